"""How probable data are under a model, in nats per example."""

import keras
import numpy as np
from keras import ops

from keras_genae.batches import in_batches
from keras_genae.distributions import has_closed_kl
from keras_genae.evaluation.batches import batch_of, posterior_and_prior
from keras_genae.evaluation.compiled import compiled
from keras_genae.evaluation.likelihood.posterior_draws import over_draws, posterior_and_seeds
from keras_genae.evaluation.likelihood.unknown_classes import (
    log_of_sum,
    mean_distortion,
    mean_rate,
    over_classes,
)
from keras_genae.evaluation.requirements import (
    is_variational,
    posterior_kind,
    require_density,
    require_posterior,
)


def distortion(model, x, label=None, num_samples=1, batch_size=128, verbose="auto", seed=0):
    """The distortion of each example, −log p(x|z), in nats.

    Of a VAE the mean over draws of z from the posterior q(z|x); of a plain autoencoder the value at
    its code, without noise.

    Args:
        model: a model of the zoo.
        x: array, tensor or dataset of examples `(n, *input_shape)`.
        label: as in `encode`: of a model with side information c the label of each example, which
            makes it −log p(x|z, c). Where a model infers the class of examples without a label, the
            mean of all classes, weighed by q(y|x).
        num_samples: draws of z for each example.
        batch_size: examples that are encoded at once, for arrays.
        verbose: 1 shows a progress bar, 0 none; `"auto"` shows one where it takes long.
        seed: of the draws.

    Returns:
        float32 array `(n,)`.

    Raises:
        ValueError: on data of the wrong shape, dtype or range, or a count below 1.

    Example:

    >>> import numpy as np, keras_genae as genae
    >>> model = genae.VAE((4,), latent_dim=2, widths=(3,), seed=0)
    >>> distortion(model, np.zeros((5, 4), "float32"), num_samples=8).shape
    (5,)
    """
    if not is_variational(model):
        x = model.check_examples(x, label)
        at_code = compiled(model, _distortion_at_code)
        return in_batches(at_code, x, batch_size, verbose)
    reduced = (_distortion_of_draws, _mean, mean_distortion)
    return over_draws(model, *reduced, x, label, num_samples, batch_size, verbose, seed)


def rate(model, x, label=None, batch_size=128, verbose="auto", num_samples=1, seed=0):
    """The rate of each example, KL(q(z|x) ‖ p(z)), in nats; given a label KL(q(z|x, c) ‖ p(z|c)).

    In closed form where there is one; else the mean of log q(z|x) − log p(z) over draws of z, the
    draws of `distortion`, a single one of which may be below zero. Where a class is inferred, its
    own rate is added: Σ_y q(y|x) KL(q(z|x, y) ‖ p(z)) + KL(q(y|x) ‖ p(y)).

    Args:
        model: a VAE.
        x, label, batch_size, verbose: as in `distortion`.
        num_samples, seed: as in `distortion`, where there is no closed form.

    Returns:
        float32 array `(n,)`.

    Raises:
        ValueError: for a model without a posterior, or data of the wrong shape, dtype or range.

    Example:

    >>> import numpy as np, keras_genae as genae
    >>> model = genae.VAE((4,), latent_dim=2, widths=(3,), seed=0)
    >>> bool((rate(model, np.zeros((5, 4), "float32")) >= 0).all())
    True
    """
    require_posterior(model, "rate")
    if not has_closed_kl(posterior_kind(model), model.prior):
        reduced = (_rate_of_draws, _mean, mean_rate)
        return over_draws(model, *reduced, x, label, num_samples, batch_size, verbose, seed)
    x = model.check_examples(x, label, is_target=False)
    of_batch = over_classes(model, compiled(model, _rate_in_closed_form), mean_rate)
    return in_batches(of_batch, x, batch_size, verbose)


def elbo(model, x, label=None, num_samples=1, batch_size=128, verbose="auto", seed=0):
    """The evidence lower bound of each example, in nats: at beta = 1, whatever was minimised.

    ELBO = −distortion − rate, a bound of log p(x), or given a label of log p(x|c); the rate in
    closed form where there is one, so that only the distortion is estimated.

    Args:
        model: a VAE.
        x, label, num_samples, batch_size, verbose, seed: as in `distortion`.

    Returns:
        float32 array `(n,)`.

    Raises:
        ValueError: for a model without a posterior, or data of the wrong shape, dtype or range.

    Example:

    >>> import numpy as np, keras_genae as genae
    >>> model = genae.VAE((4,), latent_dim=2, widths=(3,), seed=0)
    >>> x = np.zeros((5, 4), "float32")
    >>> bool(np.allclose(elbo(model, x), -distortion(model, x) - rate(model, x)))
    True

    Reference:
        Kingma & Welling, "Auto-Encoding Variational Bayes", 2014.
    """
    require_posterior(model, "elbo")
    require_density(model, "elbo")
    return -distortion(model, x, label, num_samples, batch_size, verbose, seed) - rate(
        model, x, label, batch_size, verbose, num_samples, seed
    )


def log_likelihood(model, x, label=None, num_samples=100, batch_size=128, verbose="auto", seed=0):
    """log p(x) of each example, in nats, estimated by importance sampling from the posterior.

    log (1/K) Σ p(x|z_k) p(z_k) / q(z_k|x), z_k from q(z|x): in expectation a lower bound, the ELBO
    at K = 1, that rises with K towards log p(x). Each example is encoded once. Given a label it is
    log p(x|c); of an example whose class the model is to infer, log Σ_y p(y) p(x|y).

    Args:
        model: a VAE.
        x, label: as in `distortion`.
        num_samples: K, exactly.
        batch_size, verbose, seed: as in `distortion`. The draws do not depend on the batches.

    Returns:
        float32 array `(n,)`.

    Raises:
        ValueError: for a model without a posterior, data of the wrong shape, dtype or range, or a
            count below 1.

    Example:

    >>> import numpy as np, keras_genae as genae
    >>> model = genae.VAE((4,), latent_dim=2, widths=(3,), seed=0)
    >>> log_likelihood(model, np.zeros((5, 4), "float32"), num_samples=50).shape
    (5,)

    Reference:
        Burda et al., "Importance Weighted Autoencoders", 2016.
    """
    require_posterior(model, "log_likelihood")
    require_density(model, "log_likelihood")
    reduced = (_log_weights, _log_mean_exp, log_of_sum)
    return over_draws(model, *reduced, x, label, num_samples, batch_size, verbose, seed)


def _distortion_at_code(model, examples):
    batch = batch_of(model, examples)
    z = model.posterior(model.to_float(examples)).mean
    return -model.likelihood(model.raw(model.decoder_input(z, batch))).log_prob(batch.x)


def _rate_in_closed_form(model, examples):
    posterior, prior = posterior_and_prior(model, examples)
    return posterior.kl(prior)


def _draws(model, examples, draws):
    """What draws cost, `WeighedDraws`, each number `(examples, draws)`."""
    return model.weigh_draws(batch_of(model, examples), *posterior_and_seeds(model, draws))


def _distortion_of_draws(model, examples, draws):
    # Not those of `_draws`: a distortion needs no density of z.
    posterior, seed = posterior_and_seeds(model, draws)
    z, batch = posterior.sample(seed), batch_of(model, examples)
    count = ops.shape(keras.tree.flatten(z)[0])[0] // ops.shape(batch.x)[0]
    batch = batch.repeated(count)
    likelihood = model.likelihood(model.raw(model.decoder_input(z, batch)))  # p(x|z)
    return ops.reshape(model.reconstruction_loss(likelihood, batch, training=False), (-1, count))


def _rate_of_draws(*parts):
    return _draws(*parts).rate


def _log_weights(*parts):
    return _draws(*parts).log_weights


def _mean(values):
    return values.mean(axis=1, dtype="float64").astype("float32")


def _log_mean_exp(values):
    from scipy.special import logsumexp

    # Of draws that are all impossible, such as of data beyond float32's squares, −∞.
    count = values.shape[1]
    return (logsumexp(values.astype("float64"), axis=1) - np.log(count)).astype("float32")
