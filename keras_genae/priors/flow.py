"""A normalising flow over latent vectors."""

import keras
import numpy as np
from keras import ops

from keras_genae.distributions.diagonal_normal import LOG_TWO_PI
from keras_genae.networks.checks import check_whole
from keras_genae.priors.affine_coupling import AffineCoupling
from keras_genae.priors.fit_network import STEPS_PER_EXECUTION, fit_network, start_anew
from keras_genae.priors.network_prior import NetworkPrior
from keras_genae.priors.rotation import Rotation

LEARNING_RATE = 2e-3


@keras.saving.register_keras_serializable(package="keras_genae")
class FlowPrior(NetworkPrior):
    """RealNVP: an invertible network that turns latent vectors into draws from N(0, I).

    z is whitened to u by the moments of the codes, and u passes through affine couplings to ε:

        log p(z) = log N(ε; 0, I) + log |det ∂ε/∂u| + log |det ∂u/∂z|,

    which is exact, and is maximised. Sampling goes the other way. Before each pair of couplings a
    fixed random rotation mixes the units, where the paper permutes them: halves that happen to be
    independent would have nothing to tell each other.

    It takes thousands of codes to learn from; before training, and where training gains nothing on
    codes held out, the density is that of `GaussianPrior`. In one dimension, where a unit has no
    other to look at, it stays a normal distribution.

    Args:
        latent_dim: entries of a latent vector.
        pairs: pairs of couplings; the second changes the half of the units that the first lets
            through.
        width: units of each hidden layer within a coupling.

    Example:

    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> prior = FlowPrior(latent_dim=2, pairs=2, width=16)
    >>> prior.fit(rng.normal(size=(500, 2)), epochs=2)
    >>> z = prior.sample(3, rng)
    >>> z.shape, prior.log_prob(z).shape
    ((3, 2), (3,))

    Reference:
        Dinh et al., "Density Estimation Using Real NVP", 2017.
    """

    def __init__(self, latent_dim, pairs=4, width=64, **kwargs):
        super().__init__(latent_dim, **kwargs)
        self.width = check_whole("width", width)
        first = [unit % 2 for unit in range(latent_dim)]
        second = [1 - entry for entry in first] if latent_dim > 1 else first
        self.steps = []
        for i in range(check_whole("pairs", pairs)):
            self.steps += [
                Rotation(latent_dim, seed=i, name=f"rotation_{i + 1}"),
                AffineCoupling(first, width, name=f"coupling_{i + 1}_a"),
                AffineCoupling(second, width, name=f"coupling_{i + 1}_b"),
            ]
        self.trainable = False  # The couplings too.

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

    def get_config(self):
        """The constructor's arguments."""
        return {**super().get_config(), "pairs": len(self.steps) // 3, "width": self.width}


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
