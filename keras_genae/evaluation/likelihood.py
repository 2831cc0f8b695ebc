"""How probable data are under a model, in nats per example."""

import concurrent.futures
import math

import numpy as np
from keras import ops

from keras_genae.distributions import DiagonalNormal
from keras_genae.evaluation.compiled import compiled
from keras_genae.networks.checks import check_whole
from keras_genae.training.batches import in_batches

# Entries of the data that are decoded at once: enough to keep matrix products busy, few enough for
# the memory of any machine.
DECODED_AT_ONCE = 2**21
# While one group is between two products, another has the cores.
GROUPS_AT_ONCE = 2


def distortion(model, x, num_samples=1, batch_size=128, verbose="auto", seed=0):
    """The distortion of each example, −log p(x|z), in nats.

    Of a VAE the mean over draws of z from the posterior q(z|x); of a plain autoencoder the value at
    its code, without noise.

    Args:
        model: a model of the zoo.
        x: array, tensor or dataset of examples `(n, *input_shape)`.
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
        x = model.check_examples(x)
        at_code = compiled(model, _distortion_at_code)
        return in_batches(at_code, x, batch_size, verbose)
    return _over_draws(
        model, _distortion_of_draws, _mean, x, num_samples, batch_size, verbose, seed
    )


def rate(model, x, batch_size=128, verbose="auto"):
    """The rate of each example, KL(q(z|x) ‖ p(z)), in nats.

    Args:
        model: a VAE.
        x, batch_size, verbose: as in `distortion`.

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
    posterior = model.encode_distribution(x, batch_size, verbose)
    return ops.convert_to_numpy(posterior.kl(model.prior))


def elbo(model, x, num_samples=1, batch_size=128, verbose="auto", seed=0):
    """The evidence lower bound of each example, in nats: at beta = 1, whatever was minimised.

    ELBO = −distortion − rate; the rate in closed form, so that only the distortion is estimated.

    Args:
        model: a VAE.
        x, num_samples, batch_size, verbose, seed: as in `distortion`.

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
    return -distortion(model, x, num_samples, batch_size, verbose, seed) - rate(
        model, x, batch_size, verbose
    )


def log_likelihood(model, x, num_samples=100, batch_size=128, verbose="auto", seed=0):
    """log p(x) of each example, in nats, estimated by importance sampling from the posterior.

    log (1/K) Σ p(x|z_k) p(z_k) / q(z_k|x), z_k from q(z|x): in expectation a lower bound, the ELBO
    at K = 1, that rises with K towards log p(x). Each example is encoded once.

    Args:
        model: a VAE.
        x: as in `distortion`.
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
    return _over_draws(
        model, _log_weights, _log_mean_exp, x, num_samples, batch_size, verbose, seed
    )


def bits_per_dimension(model, x, num_samples=100, batch_size=128, verbose="auto", seed=0):
    """−log₂ p(x) per dimension, the mean over examples: the length of a code for such data.

    Only of a likelihood that is a probability; a density has no such length.

    Args:
        model: a VAE with the likelihood `"bernoulli"`.
        x: examples of zeros and ones `(n, *input_shape)`.
        num_samples, batch_size, verbose, seed: as in `log_likelihood`.

    Returns:
        A float.

    Raises:
        ValueError: where likelihood or data are not discrete.

    Example:

    >>> import numpy as np, keras_genae as genae
    >>> model = genae.VAE((4,), latent_dim=2, widths=(3,), likelihood="bernoulli", seed=0)
    >>> 0.0 < bits_per_dimension(model, np.zeros((5, 4), "float32"))
    True
    """
    if model.likelihood_name != "bernoulli":
        raise ValueError(
            "Bits per dimension are those of a probability, and the likelihood of this model is a "
            "density: report `log_likelihood`, in nats. "
            f"Received: likelihood={model.likelihood_name!r}"
        )
    if not is_binary(x):
        raise ValueError(
            "Under the Bernoulli likelihood only data of zeros and ones have a probability. "
            "Binarise them: `x = (x > 0.5).astype('float32')`. Received: other values"
        )
    return as_bits(model, log_likelihood(model, x, num_samples, batch_size, verbose, seed))


def as_bits(model, log_likelihoods):
    """Log-likelihoods in nats, `(n,)`, as the mean number of bits per dimension."""
    return -float(np.mean(log_likelihoods)) / (math.log(2.0) * math.prod(model.input_shape))


def is_binary(x):
    """Whether an array holds nothing but zeros and ones."""
    x = ops.convert_to_numpy(x)
    return bool(np.all((x == 0) | (x == 1)))


def is_variational(model):
    """Whether the model has a posterior q(z|x) rather than a code."""
    return hasattr(model, "posterior")


def require_posterior(model, name):
    """Raise a ValueError where the model has no posterior."""
    if not is_variational(model):
        raise ValueError(
            f"`{name}` needs a posterior q(z|x) and a prior p(z), which a VAE has and a plain "
            "autoencoder has not; `distortion` works with both. "
            f"Received: a {type(model).__name__}"
        )


def _over_draws(model, of_draws, reduce, x, num_samples, batch_size, verbose, seed):
    """Draw z from the posteriors, decode in batches, and reduce over the draws of an example.

    Args:
        of_draws: function of (model, x, mean, log_var, epsilon) to `(examples, draws)`.
        reduce: NumPy function of `(examples, draws)` to `(examples,)`.
    """
    num_samples = check_whole("num_samples", num_samples)
    x = model.check_examples(x)
    rng = np.random.default_rng(seed)
    of_draws = compiled(model, of_draws)
    # All draws of a few examples, or a few draws of one: the noise comes in the same order however
    # the examples are batched.
    rows = max(1, DECODED_AT_ONCE // math.prod(model.input_shape))
    examples, draws = max(1, rows // num_samples), min(num_samples, rows)

    def groups(batch):
        posterior = model.encode_distribution(batch, len(batch), verbose=0)
        mean, log_var = posterior.mean, posterior.log_var
        for i in range(0, len(batch), examples):
            group = slice(i, i + examples)
            for start in range(0, num_samples, draws):
                count = min(draws, num_samples - start)
                shape = (len(batch[group]), count, model.latent_dim)
                epsilon = rng.standard_normal(shape, dtype="float32")
                yield batch[group], mean[group], log_var[group], epsilon

    def of_batch(batch):
        batch = _as_float(ops.convert_to_numpy(batch))
        parts = pool.map(lambda group: ops.convert_to_numpy(of_draws(*group)), groups(batch))
        # Either each part has all draws of its examples, or each example takes several parts.
        flat = np.concatenate([part.reshape(-1) for part in parts])
        return reduce(flat.reshape(len(batch), num_samples))

    with concurrent.futures.ThreadPoolExecutor(GROUPS_AT_ONCE) as pool:
        return in_batches(of_batch, x, batch_size, verbose)


def _as_float(array):
    # Double precision would make another graph, and none of the numbers better.
    return array.astype("float32") if array.dtype.kind == "f" else array


def _distortion_at_code(model, x):
    x = model.to_float(x)
    raw = model.decoder(model.encoder(x, training=False), training=False)
    return -model.likelihood(raw).log_prob(x)


def _distortion_of_draws(model, x, mean, log_var, epsilon):
    """−log p(x|z), `(examples, draws)`."""
    z = mean[:, None] + ops.exp(0.5 * log_var)[:, None] * epsilon
    count, draws = ops.shape(epsilon)[0], ops.shape(epsilon)[1]
    raw = model.decoder(ops.reshape(z, (-1, model.latent_dim)), training=False)
    target = ops.repeat(model.to_float(x), draws, axis=0)
    return ops.reshape(-model.likelihood(raw).log_prob(target), (count, draws))


def _log_weights(model, x, mean, log_var, epsilon):
    """log p(x|z) + log p(z) − log q(z|x), `(examples, draws)`."""
    posterior = DiagonalNormal(mean[:, None], log_var[:, None])
    z = posterior.mean + posterior.stddev * epsilon
    return (
        model.prior.log_prob(z)
        - posterior.log_prob(z)
        - _distortion_of_draws(model, x, mean, log_var, epsilon)
    )


def _mean(values):
    return values.mean(axis=1, dtype="float64").astype("float32")


def _log_mean_exp(values):
    values = values.astype("float64")
    largest = values.max(axis=1, keepdims=True)
    return (largest[:, 0] + np.log(np.mean(np.exp(values - largest), axis=1))).astype("float32")
