"""What the normalising flows over latent vectors share."""

import keras
import numpy as np
from keras import ops

from keras_genae.distributions.real.diagonal_normal import LOG_TWO_PI
from keras_genae.priors.fit_network import STEPS_PER_EXECUTION, fit_network, start_anew
from keras_genae.priors.network_prior import NetworkPrior

LEARNING_RATE = 2e-3


class NormalizingFlowPrior(NetworkPrior):
    """Invertible steps that turn latent vectors into draws from N(0, I).

    z is whitened to u by the moments of the codes, and u passes through the steps to ε:

        log p(z) = log N(ε; 0, I) + log |det ∂ε/∂u| + log |det ∂u/∂z|,

    which is exact, and is maximised. Sampling goes the other way.

    Args:
        latent_dim: entries of a latent vector.
        steps: layers that give (y, log |det ∂y/∂x|) of x, with an `inverse` and a `start`, which
            makes y of the volume of x.
    """

    def __init__(self, latent_dim, steps, **kwargs):
        super().__init__(latent_dim, **kwargs)
        self.steps = steps
        self.trainable = False  # The steps too.

    def learn(self, codes, judges, seed, epochs):
        """Maximum likelihood: see `ShapedPrior.learn`."""
        self.trainable = True
        start_anew(self, seed)
        for step in self.steps:
            step.start()
        u = keras.Input((self.latent_dim,))
        model = keras.Model(u, LogProb(self.steps)(u))
        model.compile(
            keras.optimizers.Adam(LEARNING_RATE),
            loss=lambda _, log_prob: -log_prob,
            steps_per_execution=STEPS_PER_EXECUTION,
        )
        fit_network(model, codes, judges, self.gaussian.whiten, seed, epochs)
        self.trainable = False
        return {}

    def sample_shape(self, count, rng, temperature):
        """See `ShapedPrior.sample_shape`."""
        epsilon = temperature * rng.standard_normal((count, self.latent_dim))
        u = ops.convert_to_tensor(epsilon, "float32")
        for step in reversed(self.steps):
            u = step.inverse(u)
        return self.gaussian.color(ops.convert_to_numpy(u))

    def log_prob_of_shape(self, z):
        """See `ShapedPrior.log_prob_of_shape`."""
        u = self.gaussian.whiten(z).astype("float32")
        log_prob = ops.convert_to_numpy(log_prob_under(self.steps, u))
        return log_prob - np.float32(self.gaussian.log_volume)


class LogProb(keras.layers.Layer):
    """`log_prob_under` as a layer, for Keras to train."""

    def __init__(self, steps):
        super().__init__(dtype="float32")
        self.steps = steps

    def call(self, u):
        """log density at u: `(batch,)`."""
        return log_prob_under(self.steps, u)


def log_prob_under(steps, u):
    """log density at whitened u, `(batch, latent_dim)`: a tensor `(batch,)`."""
    epsilon, log_det = ops.convert_to_tensor(u, "float32"), 0.0
    for step in steps:
        epsilon, term = step(epsilon)
        log_det = log_det + term
    return log_det - 0.5 * ops.sum(ops.square(epsilon) + LOG_TWO_PI, axis=-1)
