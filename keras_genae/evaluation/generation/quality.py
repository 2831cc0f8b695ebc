"""How close generated examples come to real ones, as distributions."""

import numpy as np
from keras import ops

from keras_genae.batches import in_batches
from keras_genae.evaluation.generation.classifier import separation_in_order, shuffled
from keras_genae.evaluation.generation.density_coverage import density_coverage
from keras_genae.evaluation.generation.feature_checks import as_feature_pair
from keras_genae.evaluation.generation.frechet import frechet_distance
from keras_genae.evaluation.generation.jackknife import jackknife_margin
from keras_genae.evaluation.generation.patches import PatchProjections, sliced_wasserstein_distance
from keras_genae.evaluation.generation.pixel_features import PixelFeatures
from keras_genae.evaluation.generation.precision_recall import precision_recall
from keras_genae.evaluation.image_checks import as_unit_images

# Of each kind: halves of fewer could not be told from noise.
LEAST_EXAMPLES = 12
# The distances, and the question that each answers.
QUESTIONS = {
    "patch_distance": "do the details look real?",
    "frechet_distance": "are all kinds there, in their proportions?",
    "classifier_separation": "could a classifier tell?",
}


def generation_quality(real, generated, features=None, seed=0, batch_size=128, verbose="auto"):
    """How alike real and generated examples are as distributions, and how alike they could be.

    Three distances answer three questions:

    - fidelity, `patch_distance`, of images: do the details look real, from texture to rough shape?
    - coverage, `frechet_distance`: are all kinds of examples there, in their proportions?
    - both, `classifier_separation`: could a classifier tell them from real ones?

    In the default features all three rise with noise, blur, contrast, pasted halves, averages of
    two images and too wide a spread: `benchmarks/distance_degradations.py`.

    Beside each stand its floor and its margin. The floor is the same distance between two random
    halves of the real examples, which a perfect model comes down to. The first two distances are
    biased upward, the more so the fewer the examples, so the halves are never larger than the set
    of generated examples; being smaller than the sets compared, they put the floor a little too
    high, and a perfect model may come out below it. Compare models by equal counts. The margin is
    half of a 95 % interval, by `jackknife_margin`.

    Copies of the training data are like real examples, and no distance sees them: look at the
    nearest training examples. Few examples repeated raise the Fréchet distance and lower
    `coverage`.

    Args:
        real: array or dataset of held-out examples: images, floats in [0, 1] or uint8, or vectors.
        generated: as many of the same shape, such as `model.sample(len(real), seed=0)`.
        features: any callable from a batch, images as floats in [0, 1], to an array
            `(n, features)`, such as `InceptionFeatures()` or a Keras model; all but the patch
            distance is measured in them. By default `PixelFeatures(real)` for images, and vectors
            as they are.
        seed: of the patches, of the classifier's and the floor's halves, and of the groups that
            the margins are taken from.
        batch_size: examples at a time, for arrays.
        verbose: 1 shows a progress bar, 0 none; `"auto"` shows one where it takes long.

    Returns:
        Dict. `"patch_distance"`, of images, `"frechet_distance"` and `"classifier_separation"`;
        for each its floor, `"floor_frechet_distance"`, and margin, `"frechet_distance_margin"`;
        shares from 0 to 1, `"precision"`, `"recall"`, `"density"`, `"coverage"`; how many examples
        there were, `"real_count"` and `"generated_count"`; and `"features"`, the name of what they
        were measured in. All are floats but the counts and the name.

    Raises:
        ValueError: on data of unlike shapes or out of range, fewer than 12 examples of either
            kind, features that are not finite, real images that are all equal, or two different
            sets of equal examples.

    Example:

    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> real, good = rng.normal(size=(2, 500, 3))
    >>> quality = generation_quality(real, good)
    >>> quality["frechet_distance"] < 0.05, quality["features"]
    (True, 'the data themselves')
    """
    _check_alike(real, generated)
    # A dataset is read once, though images are looked at twice.
    real, generated = (
        in_batches(ops.convert_to_numpy, x, batch_size, verbose=0) for x in (real, generated)
    )
    _check_alike(real, generated)
    _check_counts(real, generated)
    is_image = real.ndim != 2
    if features is None:
        features = PixelFeatures(real) if is_image else _as_they_are
    options = (batch_size, verbose)
    of_real, of_generated = as_feature_pair(
        *(
            _features_of(x, name, features, *options)
            for x, name in ((real, "real"), (generated, "generated"))
        ),
        LEAST_EXAMPLES,
    )
    quality = {}
    if is_image:
        projections = PatchProjections(seed)
        patches = (projections(x, *options) for x in (real, generated))
        quality |= _measured("patch_distance", sliced_wasserstein_distance, *patches, seed)
    quality |= _measured("frechet_distance", frechet_distance, of_real, of_generated, seed)
    in_order = shuffled(of_real, of_generated, seed)
    quality |= _measured("classifier_separation", separation_in_order, *in_order, seed)
    precision, recall = precision_recall(of_real, of_generated)
    density, coverage = density_coverage(of_real, of_generated)
    return {
        **quality,
        "precision": precision,
        "recall": recall,
        "density": density,
        "coverage": coverage,
        "real_count": len(real),
        "generated_count": len(generated),
        "features": _name_of(features),
    }


def generation_table(quality):
    """What `generation_quality` returns, as lines to print: distances beside margin and floor.

    Args:
        quality: the dict that `generation_quality` returned.

    Returns:
        A string of six lines, of vectors five.

    Example:

    >>> import numpy as np
    >>> real, good = np.random.default_rng(0).normal(size=(2, 500, 3))
    >>> print(generation_table(generation_quality(real, good)))
    500 generated beside 500 real, measured in: the data themselves
    frechet distance      ... ± ...   floor ...   are all kinds there, in their proportions?
    classifier separation ... ± ...   floor ...   could a classifier tell?
    (±: 95 % interval; floor: two halves of 250 real)
    precision ...
    """
    q, half = quality, _half_size(quality["real_count"], quality["generated_count"])
    distances = [
        f"{name.replace('_', ' '):21} {q[name]:.4g} ± {q[f'{name}_margin']:.2g}   "
        f"floor {q[f'floor_{name}']:.4g}   {question}"
        for name, question in QUESTIONS.items()
        if name in q
    ]
    return "\n".join(
        [
            f"{q['generated_count']} generated beside {q['real_count']} real, "
            f"measured in: {q['features']}",
            *distances,
            f"(±: 95 % interval; floor: two halves of {half} real)",
            f"precision {q['precision']:.3f}   recall {q['recall']:.3f}   "
            f"density {q['density']:.3f}   coverage {q['coverage']:.3f}",
        ]
    )


def _measured(name, measure, real, generated, seed):
    """A distance, its floor and its margin, by name."""
    one_half, other_half = _halves(real, _half_size(len(real), len(generated)), seed)
    return {
        name: measure(real, generated),
        f"floor_{name}": measure(one_half, other_half),
        f"{name}_margin": jackknife_margin(measure, real, generated, seed),
    }


def _check_counts(real, generated):
    if min(len(real), len(generated)) < LEAST_EXAMPLES:
        raise ValueError(
            f"At least {LEAST_EXAMPLES} examples of each kind are needed. "
            f"Received: {len(real)} real and {len(generated)} generated examples"
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
