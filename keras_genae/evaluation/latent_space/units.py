"""What each latent unit of a VAE carries."""

import keras
import numpy as np

from keras_genae.batches import in_batches
from keras_genae.evaluation.batches import posterior_and_prior
from keras_genae.evaluation.compiled import compiled
from keras_genae.evaluation.requirements import (
    is_of_units,
    posterior_kind,
    require_posterior,
    require_units,
)


def active_units(model, x, label=None, threshold=0.01, batch_size=128, verbose="auto"):
    """Which units tell examples apart: those whose posterior mean varies over the examples.

    Args:
        model: a VAE.
        x: array, tensor or dataset of examples `(n, *input_shape)`.
        label: of a model with side information, as in `encode`.
        threshold: smallest variance of an active unit's mean; 0.01 as in the paper.
        batch_size: examples at a time, for arrays.
        verbose: 1 shows a progress bar, 0 none; `"auto"` shows one where it takes long.

    Returns:
        Boolean array `(latent_dim,)`; its sum is the number of active units. Of a model with
        several levels a list of such arrays, each of the shape of its level's code.

    Raises:
        ValueError: for a model without a posterior, or data of the wrong shape, dtype or range.

    Example:

    >>> import numpy as np, keras_genae as genae
    >>> model = genae.VAE((4,), latent_dim=3, widths=(8,), seed=0)
    >>> active = active_units(model, np.ones((20, 4), "float32"))   # one example, many times
    >>> int(active.sum())
    0

    Reference:
        Burda et al., "Importance Weighted Autoencoders", 2016, section 5.2.
    """
    require_posterior(model, "active_units")
    codes = model.encode(x, label, batch_size, verbose)
    return keras.tree.map_structure(lambda z: np.var(z, axis=0) > threshold, codes)


def kl_per_unit(model, x, label=None, batch_size=128, verbose="auto"):
    """The rate unit by unit: KL(q(z_i|x) ‖ p(z_i)) in nats, the mean over the examples.

    Args:
        model: a VAE whose prior is normal with independent units, as that of `VAE` is.
        x, label, batch_size, verbose: as in `active_units`.

    Returns:
        float32 array `(latent_dim,)`; its sum is the rate. Of examples whose class the model is to
        infer, it is that of the likeliest class.

    Raises:
        ValueError: for a model without a posterior or with units that depend on each other in the
            prior, or data of the wrong shape, dtype or range.

    Example:

    >>> import numpy as np, keras_genae as genae
    >>> model = genae.VAE((4,), latent_dim=3, widths=(8,), seed=0)
    >>> x = np.random.default_rng(0).normal(size=(20, 4)).astype("float32")
    >>> bool((kl_per_unit(model, x) >= 0.0).all())
    True

    Reference:
        Kingma & Welling, "Auto-Encoding Variational Bayes", 2014, appendix B.
    """
    require_posterior(model, "kl_per_unit")
    require_units(posterior_kind(model), "kl_per_unit")
    if not is_of_units(model.prior):
        raise ValueError(
            "Under a prior whose units depend on each other the rate does not split into units: "
            "use `rate`, the sum. "
            f"Received: a prior of class {type(model.prior).__name__}"
        )
    x = model.check_examples(x, label, is_target=False)
    per_example = in_batches(compiled(model, _kl_per_unit), x, batch_size, verbose)
    return np.mean(per_example, axis=0, dtype="float64").astype("float32")


def _kl_per_unit(model, examples):
    posterior, prior = posterior_and_prior(model, examples)
    return posterior.kl_per_unit(prior)
