"""How close generated examples come to real ones, as distributions."""

import numpy as np
from keras import ops

from keras_genae.evaluation.generation.density_coverage import density_coverage
from keras_genae.evaluation.generation.feature_checks import as_feature_pair
from keras_genae.evaluation.generation.features import RandomFeatures
from keras_genae.evaluation.generation.frechet import frechet_distance
from keras_genae.evaluation.generation.kernel_distance import kernel_distance
from keras_genae.evaluation.generation.precision_recall import precision_recall
from keras_genae.evaluation.image_checks import as_unit_images
from keras_genae.training.batches import in_batches

# Of each kind: halves of fewer could not be told from noise.
LEAST_EXAMPLES = 12


def generation_quality(real, generated, features=None, seed=0, batch_size=128, verbose="auto"):
    """How alike real and generated examples are as distributions, and how alike they could be.

    A distance means little alone. Beside each stands its floor: the same distance between two
    random halves of the real examples, which a perfect model comes down to. The Fréchet distance is
    biased upward, the more so the fewer the examples, so the halves are never larger than the set
    of generated examples; being smaller than the sets compared, they put the floor a little too
    high, and a perfect model may come out below it. Compare models by equal counts.

    Args:
        real: array or dataset of held-out examples: images, floats in [0, 1] or uint8, or vectors.
        generated: as many of the same shape, such as `model.sample(len(real), seed=0)`.
        features: any callable from a batch, images as floats in [0, 1], to an array
            `(n, features)`, such as `InceptionFeatures()` or a Keras model. By default
            `RandomFeatures()` for images, and vectors as they are.
        seed: of the halves and of the kernel distance's subsets.
        batch_size: examples at a time, for arrays.
        verbose: 1 shows a progress bar, 0 none; `"auto"` shows one where it takes long.

    Returns:
        Dict. `"frechet_distance"`; `"kernel_distance"` and `"kernel_deviation"`, over its subsets;
        `"precision"`, `"recall"`, `"density"`, `"coverage"`; the same distances between halves of
        the real examples, `"floor_frechet_distance"`, `"floor_kernel_distance"` and
        `"floor_kernel_deviation"`; how many examples there were, `"real_count"` and
        `"generated_count"`; and `"features"`, the name of what they were measured in. All are
        floats but the counts and the name.

    Raises:
        ValueError: on data of unlike shapes or out of range, fewer than 12 examples of either
            kind, or features that are not finite.

    Example:

    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> real, good = rng.normal(size=(2, 500, 3))
    >>> quality = generation_quality(real, good)
    >>> quality["frechet_distance"] < 0.05, quality["features"]
    (True, 'the data themselves')
    """
    _check_alike(real, generated)
    if features is None:
        features = _as_they_are if len(getattr(real, "shape", ())) == 2 else RandomFeatures()
    real, generated = (
        _features_of(x, name, features, batch_size, verbose)
        for x, name in ((real, "real"), (generated, "generated"))
    )
    real, generated = as_feature_pair(real, generated, LEAST_EXAMPLES)
    density, coverage = density_coverage(real, generated)
    precision, recall = precision_recall(real, generated)
    distance, deviation = kernel_distance(real, generated, seed=seed)
    one_half, other_half = _halves(real, _half_size(len(real), len(generated)), seed)
    floor_distance, floor_deviation = kernel_distance(one_half, other_half, seed=seed)
    return {
        "frechet_distance": frechet_distance(real, generated),
        "floor_frechet_distance": frechet_distance(one_half, other_half),
        "kernel_distance": distance,
        "kernel_deviation": deviation,
        "floor_kernel_distance": floor_distance,
        "floor_kernel_deviation": floor_deviation,
        "precision": precision,
        "recall": recall,
        "density": density,
        "coverage": coverage,
        "real_count": len(real),
        "generated_count": len(generated),
        "features": _name_of(features),
    }


def generation_table(quality):
    """What `generation_quality` returns, as lines to print: distances beside their floor.

    Args:
        quality: the dict that `generation_quality` returned.

    Returns:
        A string of five lines.

    Example:

    >>> import numpy as np
    >>> real, good = np.random.default_rng(0).normal(size=(2, 500, 3))
    >>> print(generation_table(generation_quality(real, good)))
    500 generated beside 500 real, measured in: the data themselves
    Fréchet distance   ...   floor ... (two halves of 250 real)
    kernel distance    ... ± ...   floor ... ± ...
    ...
    """
    q, half = quality, _half_size(quality["real_count"], quality["generated_count"])
    return "\n".join(
        [
            f"{q['generated_count']} generated beside {q['real_count']} real, "
            f"measured in: {q['features']}",
            f"Fréchet distance   {q['frechet_distance']:.4g}   "
            f"floor {q['floor_frechet_distance']:.4g} (two halves of {half} real)",
            f"kernel distance    {q['kernel_distance']:.4g} ± {q['kernel_deviation']:.2g}   "
            f"floor {q['floor_kernel_distance']:.4g} ± {q['floor_kernel_deviation']:.2g}",
            f"precision {q['precision']:.3f}   recall   {q['recall']:.3f}",
            f"density   {q['density']:.3f}   coverage {q['coverage']:.3f}",
        ]
    )


def _check_alike(real, generated):
    shapes = [tuple(x.shape[1:]) for x in (real, generated) if hasattr(x, "shape")]
    if len(set(shapes)) > 1:
        raise ValueError(
            "Real and generated examples must be of one shape. "
            f"Received: real.shape={tuple(real.shape)}, generated.shape={tuple(generated.shape)}"
        )


def _features_of(x, name, features, batch_size, verbose):
    """The features of all examples; whatever the images were, a callable sees floats."""

    def of_batch(batch):
        batch = ops.convert_to_numpy(batch)
        return features(batch if batch.ndim == 2 else as_unit_images(batch, name))

    return in_batches(of_batch, x, batch_size, verbose)


def _as_they_are(x):
    return x


_as_they_are.name = "the data themselves"


def _name_of(features):
    return getattr(features, "name", getattr(features, "__name__", type(features).__name__))


def _half_size(real_count, generated_count):
    return min(real_count // 2, generated_count)


def _halves(real, size, seed):
    """Two random sets of real examples, none in both."""
    order = np.random.default_rng(seed).permutation(len(real))
    return real[order[:size]], real[order[size : 2 * size]]
