"""How much better a model could explain an example than its encoder does."""

import numpy as np
from keras import ops

from keras_genae.batches import in_batches
from keras_genae.distributions import DiagonalNormal, kl_divergence
from keras_genae.evaluation.compiled import compiled
from keras_genae.evaluation.requirements import (
    posterior_kind,
    refuse_condition,
    require_posterior,
    require_units,
    require_vectors,
)
from keras_genae.networks.checks import check_whole
from keras_genae.training.backend import minimise

# Of the first step; it falls to 0.
LEARNING_RATE = 0.1
# Draws that judge the posterior before and after.
JUDGES = 32


def likelihood_regret(model, x, steps=50, num_samples=4, batch_size=128, verbose="auto", seed=0):
    """The ELBO that an example gains where its posterior is fitted to it alone, in nats.

    The encoder has learnt good posteriors for data like those of training: there little is left to
    gain. Of other data it knows no posterior, however easy they are to decode, so that the regret
    does not fall for simple images as the likelihood does. Mean and log σ² of q(z|x) take so many
    steps of Adam, decoder and encoder held fixed, all examples of a batch at once. It costs about
    `3 * steps * num_samples` passes through the decoder.

    What is fitted to a few draws fits their noise, and the more so the more latent variables there
    are. So each step sees other draws, and the gain is measured on draws that none has seen. All of
    them come in pairs ±ε, of variance 1 in each unit: under a linear decoder with independent
    units they are as good as infinitely many.

    Args:
        model: a VAE.
        x: array, tensor or dataset of examples `(n, *input_shape)`.
        steps: of Adam.
        num_samples: draws that the ELBO is a mean over in a step, an even number. All examples see
            the same, so that a number does not depend on the batches.
        batch_size, verbose: as in `model.encode`.
        seed: of the noise.

    Returns:
        float32 array `(n,)`, in nats, never below 0.

    Raises:
        ValueError: for a model without a posterior, or whose posterior is not normal with
            independent units, data of the wrong shape, dtype or range, or
            `num_samples` that do not come in pairs.
        NotImplementedError: on a backend without gradients here.

    Example:

    >>> import numpy as np, keras_genae as genae
    >>> model = genae.VAE((4,), latent_dim=2, widths=(3,), seed=0)
    >>> regret = likelihood_regret(model, np.array([[0.0] * 4, [9.0] * 4]))
    >>> bool(0.0 <= regret[0] < regret[1])
    True

    Reference:
        Xiao et al., "Likelihood Regret: An Out-of-Distribution Detection Score for Variational
        Auto-encoder", 2020 (its second form, which moves the posterior instead of the encoder).
    """
    refuse_condition(model, "likelihood_regret")
    require_posterior(model, "likelihood_regret")
    x = model.check_examples(x)
    require_vectors(model, "likelihood_regret")
    require_units(posterior_kind(model), "likelihood_regret")
    steps, num_samples = check_whole("steps", steps), check_whole("num_samples", num_samples)
    if num_samples % 2:
        raise ValueError(
            f"The draws come in pairs of opposite sign. Received: num_samples={num_samples}"
        )
    rng = np.random.default_rng(seed)
    noise = matched_draws((steps, num_samples, model.latent_dim), rng)
    judges = matched_draws((JUDGES, model.latent_dim), rng)
    regret = compiled(model, _regret)
    return in_batches(lambda batch: regret(batch, noise, judges), x, batch_size, verbose)


def matched_draws(shape, rng):
    """Normal noise `(..., draws, units)`, whose mean over the draws is 0 and whose variance is 1.

    Each draw comes with its opposite, so `draws` is even.
    """
    *groups, draws, units = shape
    half = rng.standard_normal((*groups, draws // 2, units))
    half /= np.sqrt(np.mean(np.square(half), axis=-2, keepdims=True))
    return np.concatenate([half, -half], axis=-2).astype("float32")


def _regret(model, x, noise, judges):
    x = model.to_float(x)

    def negative_elbo(values, epsilon):
        posterior, draws = DiagonalNormal(*[v[:, None] for v in values]), ops.shape(epsilon)[0]
        z = posterior.mean + posterior.stddev * epsilon  # (batch, draws, latent)
        raw = model.raw(ops.reshape(z, (-1, model.latent_dim)))
        log_prob = model.likelihood(raw).log_prob(ops.repeat(x, draws, axis=0))
        rate = kl_divergence(posterior, model.prior, z)  # (batch, draws), or (batch, 1) where exact
        distortion = -ops.reshape(log_prob, (-1, draws))
        return ops.mean(rate, axis=1) + ops.mean(distortion, axis=1)

    posterior = model.posterior(x)
    start = [ops.cast(values, "float32") for values in posterior.parameters]
    end = minimise(
        lambda values, step: negative_elbo(values, noise[step]),
        start,
        ops.shape(noise)[0],
        LEARNING_RATE,
    )
    return ops.relu(negative_elbo(start, judges) - negative_elbo(end, judges))
