"""A continuous flow over latent vectors, trained by flow matching."""

import keras
import numpy as np
from keras import ops

from keras_genae.distributions.real.diagonal_normal import LOG_TWO_PI
from keras_genae.networks.checks import check_whole
from keras_genae.priors.fit_network import STEPS_PER_EXECUTION, fit_network, start_anew
from keras_genae.priors.flows.velocity_field import VelocityField
from keras_genae.priors.network_prior import NetworkPrior

LEARNING_RATE = 1e-3
# Draws of x₀ and t for each code of a batch.
DRAWS = 4


@keras.saving.register_keras_serializable(package="keras_genae")
class FlowMatchingPrior(NetworkPrior):
    """A velocity field that carries draws from N(0, I) to the codes along straight paths.

    z is whitened to u by the moments of the codes. A draw x₀ from N(0, I) and a code x₁ = u are
    joined by the straight path of optimal transport, and the field learns the mean direction of all
    paths that pass through a point:

        x_t = (1 − t)·x₀ + t·x₁,  minimise E ‖v(x_t, t) − (x₁ − x₀)‖²,  t uniform in [0, 1].

    (The paper ends its paths at N(x₁, σ²_min I); here σ_min = 0.) Sampling solves dx/dt = v(x, t)
    from t = 0 to 1; the density solves it backwards, with the exact divergence along the way:

        log p(z) = log N(x₀; 0, I) − ∫ ∇·v(x_t, t) dt + log |det ∂u/∂z|.

    Nothing is inverted and no determinant taken in training, so the network is an ordinary one,
    with no layer built for the sake of its inverse.

    Its limits: what is minimised is not the likelihood, and codes on a thin surface, whose density
    has no bound, get a smooth one. The equation is solved in fixed steps of the fourth order; sharp
    edges ask for more of them. It takes thousands of codes to learn from; before training, and
    where training gains nothing on codes held out, the density is that of `GaussianPrior`.

    Args:
        latent_dim: entries of a latent vector.
        width: units of each of the two hidden layers.
        steps: of the solver, four passes through the network each.

    Example:

    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> prior = FlowMatchingPrior(latent_dim=2, width=16)
    >>> prior.fit(rng.normal(size=(500, 2)), epochs=2)
    >>> z = prior.sample(3, rng)
    >>> z.shape, prior.log_prob(z).shape
    ((3, 2), (3,))

    References:
        Lipman et al., "Flow Matching for Generative Modeling", 2023, section 4.1 (optimal transport
        paths);
        Chen et al., "Neural Ordinary Differential Equations", 2018, section 4 (the density).
    """

    def __init__(self, latent_dim, width=256, steps=32, **kwargs):
        super().__init__(latent_dim, **kwargs)
        self.width = check_whole("width", width)
        self.steps = check_whole("steps", steps)
        self.field = VelocityField(latent_dim, width, name="field")
        self.trainable = False  # The field too.

    def learn(self, codes, judges, seed, epochs):
        """Flow matching: see `ShapedPrior.learn`."""
        self.trainable = True
        start_anew(self, seed)
        self.field.start()
        u = keras.Input((self.latent_dim,))
        model = keras.Model(u, MatchingError(self.field, seed)(u))
        model.compile(
            keras.optimizers.Adam(LEARNING_RATE),
            loss=lambda _, error: error,
            steps_per_execution=STEPS_PER_EXECUTION,
        )
        fit_network(model, codes, judges, self.gaussian.whiten, seed, epochs)
        self.trainable = False
        return {}

    def sample_shape(self, count, rng, temperature):
        """See `ShapedPrior.sample_shape`."""
        x = temperature * rng.standard_normal((count, self.latent_dim))
        u, _ = self.solve(x, start=0.0, end=1.0)
        return self.gaussian.color(u)

    def log_prob_of_shape(self, z):
        """See `ShapedPrior.log_prob_of_shape`."""
        x, integral = self.solve(self.gaussian.whiten(z), start=1.0, end=0.0)
        log_normal = -0.5 * np.sum(np.square(x) + LOG_TWO_PI, axis=-1)
        # Backwards in time the integral has the other sign already.
        return log_normal + integral - np.float32(self.gaussian.log_volume)

    def solve(self, x, start, end):
        """x at the end of its way through the field, and ∫ ∇·v dt along it: NumPy arrays.

        By the classical method of Runge and Kutta, in `steps` steps.
        """
        step = (end - start) / self.steps
        x, integral = ops.convert_to_tensor(x, "float32"), 0.0

        def slope(x, t):
            return self.field.with_divergence(x, ops.full((x.shape[0], 1), t, dtype="float32"))

        for i in range(self.steps):
            t = start + i * step
            v1, d1 = slope(x, t)
            v2, d2 = slope(x + 0.5 * step * v1, t + 0.5 * step)
            v3, d3 = slope(x + 0.5 * step * v2, t + 0.5 * step)
            v4, d4 = slope(x + step * v3, t + step)
            x = x + step / 6.0 * (v1 + 2.0 * v2 + 2.0 * v3 + v4)
            integral = integral + step / 6.0 * (d1 + 2.0 * d2 + 2.0 * d3 + d4)
        return ops.convert_to_numpy(x), ops.convert_to_numpy(integral)

    def get_config(self):
        """The constructor's arguments."""
        return {**super().get_config(), "width": self.width, "steps": self.steps}


class MatchingError(keras.layers.Layer):
    """‖v(x_t, t) − (x₁ − x₀)‖² of codes x₁, a mean over draws of x₀ and t, for Keras to train."""

    def __init__(self, field, seed):
        super().__init__(dtype="float32")
        self.field = field
        self.noise = keras.random.SeedGenerator(seed)

    def call(self, u, training=False):
        """One number for each code: `(batch,)`."""
        # Codes held out are judged by the same draws each time.
        seed = self.noise if training else 0
        count = ops.shape(u)[0]
        x1 = ops.tile(u, (DRAWS, 1))
        x0 = keras.random.normal(ops.shape(x1), seed=seed)
        # Times spread evenly, with a common random offset, are as good as more independent ones.
        offset = keras.random.uniform((1,), seed=seed)
        places = ops.arange(DRAWS * count, dtype="float32") / ops.cast(DRAWS * count, "float32")
        t = ops.reshape((places + offset) % 1.0, (-1, 1))
        error = self.field((1.0 - t) * x0 + t * x1, t) - (x1 - x0)
        return ops.mean(ops.reshape(ops.sum(ops.square(error), axis=-1), (DRAWS, -1)), axis=0)
