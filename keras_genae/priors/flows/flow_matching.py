"""A continuous flow over latent vectors, trained by flow matching."""

import keras
import numpy as np
from keras import ops

from keras_genae.distributions.real.diagonal_normal import LOG_TWO_PI
from keras_genae.networks.checks import check_whole
from keras_genae.priors.fit_network import MAX_EPOCHS, fit_network, start_anew
from keras_genae.priors.flows.matching import guided, matching_model, runge_kutta
from keras_genae.priors.flows.velocity_field import VelocityField
from keras_genae.priors.labelled import Labelled
from keras_genae.priors.network_prior import NetworkPrior

# Draws of x₀ and t for each code of a batch.
DRAWS = 4


@keras.saving.register_keras_serializable(package="keras_genae")
class FlowMatchingPrior(Labelled, NetworkPrior):
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

    With `classes` it learns the codes of each class too, v(x, t, c), the label of one in ten being
    left out; `sample(…, label=, guidance=)` follows v(x, t) + guidance · (v(x, t, c) − v(x, t)).
    A guidance of 1 draws from the class, 0 from all codes; above 1 codes are more typical of the
    class, and more alike. The density is that of all codes.

    Its limits: what is minimised is not the likelihood, and codes on a thin surface, whose density
    has no bound, get a smooth one. The equation is solved in fixed steps of the fourth order; sharp
    edges ask for more of them. It takes thousands of codes to learn from; before training, and
    where training gains nothing on codes held out, the density is that of `GaussianPrior`.

    Args:
        latent_dim: entries of a latent vector.
        width: units of each of the two hidden layers.
        steps: of the solver, four passes through the network each.
        classes: how many classes there are, or the list of their names; `fit` is then given
            `labels`. By default the density knows of none.

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
        Chen et al., "Neural Ordinary Differential Equations", 2018, section 4 (the density);
        Ho & Salimans, "Classifier-Free Diffusion Guidance", 2022 (classes, and their guidance).
    """

    def __init__(self, latent_dim, width=256, steps=32, classes=None, **kwargs):
        super().__init__(latent_dim, **kwargs)
        self.make_condition(classes)
        self.width = check_whole("width", width)
        self.steps = check_whole("steps", steps)
        self.field = VelocityField(latent_dim, width, self.condition_size, name="field")
        self.trainable = False  # The field too.

    def fit(self, mean, variance=None, seed=0, epochs=MAX_EPOCHS, labels=None):
        """Train until a tenth of the examples, held out, gains no more.

        Args:
            mean, variance, seed, epochs: as in `NetworkPrior.fit`.
            labels: with `classes`, that of each code: whole numbers, one-hot rows, or names.

        Raises:
            ValueError: on fewer than two examples, entries that are not finite, or labels that are
                missing or none of the classes.
        """
        mean, variance = self.check_moments(mean, variance)
        conditions = self.conditions_of(labels, len(mean), seed)
        epochs = check_whole("epochs", epochs)
        self.fit_if_better(mean, variance, seed, conditions, epochs=epochs)

    def learn(self, codes, judges, seed, epochs):
        """Flow matching: see `ShapedPrior.learn`."""
        self.trainable = True
        start_anew(self, seed)
        self.field.start()
        model = matching_model(self.field, self.latent_shape, self.condition_size, seed, DRAWS)
        fit_network(model, codes, judges, self.gaussian.whiten, seed, epochs)
        self.trainable = False
        return {}

    def sample(self, count, rng, temperature=1.0, label=None, guidance=1.0):
        """Draw latent vectors.

        Args:
            count, rng, temperature: as in `Prior.sample`.
            label: with `classes`, the class of all, or one each; by default drawn as often as they
                came.
            guidance: how much the class counts: 0 not at all, 1 as it came, more than it did.

        Returns:
            float32 `(count, latent_dim)`.

        Raises:
            ValueError: on a label that is none of the classes, or without classes on any.
        """
        c = self.wanted(label, guidance, count, rng)
        if self.is_normal:
            return self.gaussian.sample(count, rng, temperature)
        x = temperature * rng.standard_normal((count, self.latent_dim))
        u, _ = self.solve(x, start=0.0, end=1.0, c=c, guidance=guidance)
        return self.gaussian.color(u).astype("float32")

    def log_prob_of_shape(self, z, c=None):
        """log density at `z`, of all codes or given conditions: see `ShapedPrior`."""
        x, integral = self.solve(self.gaussian.whiten(z), start=1.0, end=0.0, c=c)
        log_normal = -0.5 * np.sum(np.square(x) + LOG_TWO_PI, axis=-1)
        # Backwards in time the integral has the other sign already.
        return log_normal + integral - np.float32(self.gaussian.log_volume)

    def solve(self, x, start, end, c=None, guidance=1.0):
        """x at the end of its way through the field, and ∫ ∇·v dt along it: NumPy arrays."""
        x = ops.convert_to_tensor(x, "float32")
        c = None if c is None else ops.convert_to_tensor(c)
        field = guided(self.field.with_divergence, c, guidance)

        def slope(state, t):
            return field(state[0], ops.full((x.shape[0], 1), t, dtype="float32"))

        state = [x, ops.zeros((x.shape[0],))]
        return [ops.convert_to_numpy(y) for y in runge_kutta(slope, state, start, end, self.steps)]

    def get_config(self):
        """The constructor's arguments."""
        own = {"width": self.width, "steps": self.steps, "classes": self.classes}
        return {**super().get_config(), **own}
