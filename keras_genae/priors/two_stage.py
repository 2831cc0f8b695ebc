"""A second variational autoencoder, over the latent vectors of the first."""

import keras
import numpy as np
from keras import ops

from keras_genae.priors.fit_network import STEPS_PER_EXECUTION, fit_network, start_anew
from keras_genae.priors.network_prior import NetworkPrior

LEARNING_RATE = 1e-3
WARM_UP_BETA, WARM_UP_EPOCHS = 0.1, 3
# Draws from q(w|u) that a density is estimated with.
IMPORTANCE_SAMPLES = 64


@keras.saving.register_keras_serializable(package="keras_genae")
class TwoStagePrior(NetworkPrior):
    """A VAE of latent vectors: z has a latent vector w of its own, whose prior N(0, I) it fills.

    A first VAE with a sharp decoder puts its codes on a part of the latent space only, of a shape
    that N(0, I) does not have. A second VAE with as many latent units as the codes have finds that
    shape. z is whitened to u by the moments of the codes, and u ~ p(u|w) = N(mean(w), σ²), w ~
    N(0, I), is what the second VAE learns.

    Args:
        latent_dim: entries of a latent vector.
        vae: a `keras_genae.VAE` of vectors of `latent_dim` entries with `likelihood="sigma"`.

    Example:

    >>> import numpy as np, keras_genae as genae
    >>> rng = np.random.default_rng(0)
    >>> second = genae.VAE((2,), latent_dim=2, likelihood="sigma", widths=(16,), seed=0)
    >>> prior = TwoStagePrior(latent_dim=2, vae=second)
    >>> prior.fit(rng.normal(size=(300, 2)), epochs=2)
    >>> prior.sample(3, rng).shape
    (3, 2)

    Reference:
        Dai & Wipf, "Diagnosing and Enhancing VAE Models", 2019, section 4.
    """

    def __init__(self, latent_dim, vae, **kwargs):
        super().__init__(latent_dim, **kwargs)
        self.vae = vae
        self.trainable = False  # The VAE too.

    def learn(self, codes, judges, seed, epochs):
        """See `ShapedPrior.learn`."""
        # A twin is trained, so that no optimizer is saved with the prior.
        twin = self.vae.from_config({**self.vae.get_config(), "seed": seed})
        twin.trainable = True
        start_anew(twin, seed)
        twin.compile(keras.optimizers.Adam(LEARNING_RATE), steps_per_execution=STEPS_PER_EXECUTION)
        # With the full KL from the start it may stay N(0, I), which whitened codes resemble: what a
        # posterior tells is not worth its nats before the decoder makes something of it.
        for beta, most in ((WARM_UP_BETA, WARM_UP_EPOCHS), (1.0, epochs)):
            twin.beta.assign(beta)
            fit_network(twin, codes, judges, self.gaussian.whiten, seed, most)
        self.vae.set_weights(twin.get_weights())
        return {}

    def sample_shape(self, count, rng, temperature):
        """w, and the noise of p(u|w), are multiplied by the temperature."""
        w, noise = temperature * rng.standard_normal((2, count, self.latent_dim))
        given_w = self.vae.likelihood(self.vae.raw(w.astype("float32")))
        sigma = np.sqrt(ops.convert_to_numpy(given_w.variance))
        u = ops.convert_to_numpy(given_w.mean) + sigma * noise
        return self.gaussian.color(u)

    def log_prob_of_shape(self, z):
        """A lower bound of the log density at `z`, `(n, latent_dim)`, in nats: float32 `(n,)`.

        The mean of p(u|w)·p(w) / q(w|u) over 64 draws from q(w|u), always the same ones, estimates
        p(u) without bias; its logarithm is below log p(u) on average (Burda et al., 2016).
        """
        u = self.gaussian.whiten(z).astype("float32")
        bound = ops.convert_to_numpy(self.bound(u))
        return bound - np.float32(self.gaussian.log_volume)

    def bound(self, u):
        """The same of whitened u, a tensor `(n,)`."""
        shape = (IMPORTANCE_SAMPLES, 1, self.latent_dim)
        epsilon = ops.convert_to_tensor(np.random.default_rng(0).standard_normal(shape), "float32")
        posterior = self.vae.posterior(u)  # q(w|u)
        w = posterior.mean + posterior.stddev * epsilon  # (samples, n, latent_dim)
        raw = self.vae.raw(ops.reshape(w, (-1, self.latent_dim)))
        log_joint = self.vae.likelihood(raw).log_prob(ops.tile(u, (IMPORTANCE_SAMPLES, 1)))
        log_joint = ops.reshape(log_joint, w.shape[:2])
        log_weights = log_joint + self.vae.prior.log_prob(w) - posterior.log_prob(w)
        return ops.logsumexp(log_weights, axis=0) - np.log(IMPORTANCE_SAMPLES)

    def get_config(self):
        """The constructor's arguments."""
        return {**super().get_config(), "vae": keras.saving.serialize_keras_object(self.vae)}

    @classmethod
    def from_config(cls, config):
        """Make a prior from `get_config`'s result."""
        return cls(**{**config, "vae": keras.saving.deserialize_keras_object(config["vae"])})
