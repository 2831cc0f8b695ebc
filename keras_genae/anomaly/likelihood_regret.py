"""How much better a model could explain an example than its encoder does."""

import numpy as np
from keras import ops

from keras_genae.distributions import DiagonalNormal
from keras_genae.evaluation.compiled import compiled
from keras_genae.evaluation.likelihood import require_posterior
from keras_genae.networks.checks import check_whole
from keras_genae.training.backend import minimise
from keras_genae.training.batches import in_batches

LEARNING_RATE = 0.05


def likelihood_regret(model, x, steps=50, num_samples=4, batch_size=128, verbose="auto", seed=0):
    """The ELBO that an example gains where its posterior is fitted to it alone, in nats.

    The encoder has learnt good posteriors for data like those of training: there little is left to
    gain. Of other data it knows no posterior, however easy they are to decode, so that the regret
    does not fall for simple images as the likelihood does. Mean and log σ² of q(z|x) take so many
    steps of Adam, decoder and encoder held fixed, all examples of a batch at once. It costs about
    `3 * steps * num_samples` passes through the decoder.

    Args:
        model: a VAE.
        x: array, tensor or dataset of examples `(n, *input_shape)`.
        steps: of Adam.
        num_samples: draws of noise that the ELBO is a mean over: the same before and after, and for
            all examples, so that a number does not depend on the batches.
        batch_size, verbose: as in `model.encode`.
        seed: of the noise.

    Returns:
        float32 array `(n,)`, in nats, never below 0.

    Raises:
        ValueError: for a model without a posterior, or data of the wrong shape, dtype or range.
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
    require_posterior(model, "likelihood_regret")
    x = model.check_examples(x)
    steps = np.int32(check_whole("steps", steps))
    shape = (check_whole("num_samples", num_samples), model.latent_dim)
    noise = np.random.default_rng(seed).standard_normal(shape).astype("float32")
    regret = compiled(model, _regret)
    return in_batches(lambda batch: regret(batch, noise, steps), x, batch_size, verbose)


def _regret(model, x, noise, steps):
    x = model.to_float(x)
    draws = ops.shape(noise)[0]

    def negative_elbo(values):
        posterior = DiagonalNormal(*values)
        z = posterior.mean[:, None] + posterior.stddev[:, None] * noise  # (batch, draws, latent)
        raw = model.decoder(ops.reshape(z, (-1, model.latent_dim)), training=False)
        log_prob = model.likelihood(raw).log_prob(ops.repeat(x, draws, axis=0))
        return posterior.kl(model.prior) - ops.mean(ops.reshape(log_prob, (-1, draws)), axis=1)

    posterior = model.posterior(x)
    start = [posterior.mean, posterior.log_var]
    return negative_elbo(start) - minimise(negative_elbo, start, steps, LEARNING_RATE)
