"""All that is worth knowing of a latent space, beside principal components of the same number."""

import math

from keras_genae.evaluation.latent_space.mutual_information import mutual_information
from keras_genae.evaluation.latent_space.pca import pca_codes, pca_reconstruction_mse
from keras_genae.evaluation.latent_space.probes import linear_probe, neighbour_probe
from keras_genae.evaluation.latent_space.trustworthiness import latent_trustworthiness
from keras_genae.evaluation.latent_space.units import active_units
from keras_genae.evaluation.likelihood.rate_distortion import rate_distortion
from keras_genae.evaluation.reconstruction.quality import reconstruction_mse
from keras_genae.evaluation.requirements import (
    is_of_units,
    is_variational,
    posterior_kind,
    vectors_by,
)


def latent_space_quality(
    model, x_train, x_test, y_train=None, y_test=None, batch_size=128, verbose="auto", seed=0
):
    """Measure a latent space, and that of PCA with `latent_dim` components in the same way.

    Probes and components are fitted to the training set; every number is of the test set.

    Args:
        model: a model of the zoo, whose code is a vector, or which has `feature_vectors`.
        x_train: array of training examples `(n, *input_shape)`; some thousands do.
        x_test: array of examples `(m, *input_shape)` that the model has not seen.
        y_train, y_test: a label for each, as in `linear_probe`; without them nothing is probed. A
            model with side information is given them too.
        batch_size, verbose: as in `model.encode`.
        seed: of all draws.

    Returns:
        dict of name to float:
        `"reconstruction_mse"`, `"trustworthiness"`, and with labels `"linear_probe"` and
        `"neighbour_probe"`, each of the model and, with the prefix `"pca_"`, of the components;
        of a VAE besides `"active_units"` and, in nats, `"rate"`, `"distortion"`, and where its
        posterior is normal `"mutual_information"` with its upper bound
        `"mutual_information_bound"`, log m.

    Raises:
        ValueError: where the functions of those names do, or only one set has labels.

    Example:

    >>> import numpy as np, keras_genae as genae
    >>> x = np.random.default_rng(0).normal(size=(60, 4)).astype("float32")
    >>> model = genae.Autoencoder((4,), latent_dim=2, widths=(8,), seed=0)
    >>> sorted(latent_space_quality(model, x[:40], x[40:]))
    ['pca_reconstruction_mse', 'pca_trustworthiness', 'reconstruction_mse', 'trustworthiness']
    """
    if (y_train is None) != (y_test is None):
        raise ValueError(
            "Probes are fitted on one set and judged on the other: give both `y_train` and "
            f"`y_test`, or neither. Received: only `{'y_test' if y_train is None else 'y_train'}`"
        )
    vectors_of = vectors_by(model, "latent_space_quality")
    options = {"batch_size": batch_size, "verbose": verbose}
    sets = (x_train, x_test)
    labels = (None, None) if model.condition is None else (y_train, y_test)
    quality = {
        "reconstruction_mse": reconstruction_mse(model, x_test, label=labels[1], **options),
        "pca_reconstruction_mse": pca_reconstruction_mse(*sets, model.latent_dim),
    }
    codes = {
        "": [vectors_of(x, label, **options) for x, label in zip(sets, labels, strict=True)],
        "pca_": [pca_codes(x_train, x, model.latent_dim) for x in sets],
    }
    for prefix, (z_train, z_test) in codes.items():
        quality[f"{prefix}trustworthiness"] = latent_trustworthiness(x_test, z_test, seed=seed)
        if y_train is not None:
            probed = (z_train, y_train, z_test, y_test)
            quality[f"{prefix}linear_probe"] = linear_probe(*probed)
            quality[f"{prefix}neighbour_probe"] = neighbour_probe(*probed)
    if is_variational(model):
        quality |= _of_posterior(model, x_test, {"label": labels[1], **options}, seed)
    return quality


def _of_posterior(model, x, options, seed):
    rate, distortion = rate_distortion(model, x, seed=seed, **options)
    quality = {
        "active_units": float(active_units(model, x, **options).sum()),
        "rate": rate,
        "distortion": distortion,
    }
    if is_of_units(posterior_kind(model)):
        quality["mutual_information"] = mutual_information(model, x, seed=seed, **options)
        quality["mutual_information_bound"] = math.log(len(x))
    return quality
