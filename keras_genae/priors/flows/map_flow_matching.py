"""A continuous flow over maps of latent vectors, trained by flow matching."""

import keras
import numpy as np
from keras import ops

from keras_genae.batches import in_batches
from keras_genae.networks.checks import check_whole, check_widths
from keras_genae.networks.unet import check_map_shape
from keras_genae.priors.fit_network import (
    BATCH_SIZE,
    MAX_EPOCHS,
    fit_network,
    judged,
    start_anew,
)
from keras_genae.priors.flows.map_velocity import MapVelocity
from keras_genae.priors.flows.matching import guided, matching_model, runge_kutta
from keras_genae.priors.held_out import distinct, divide, is_higher
from keras_genae.priors.labelled import Labelled
from keras_genae.priors.prior import Prior, as_floats
from keras_genae.priors.shaped import FEWEST, warn_as_good_as_normal

# Maps that are drawn together: the passes of few take no less time.
DRAWN_AT_ONCE = 512
# A channel that never moves has no spread to divide by.
SMALLEST_STDDEV = 1e-6


@keras.saving.register_keras_serializable(package="keras_genae")
class MapFlowMatchingPrior(Labelled, Prior):
    """A velocity field that carries maps of noise to maps of codes along straight paths.

    z, a map, is standardised to u, channel by channel. As in `FlowMatchingPrior`, a draw x₀ from
    N(0, I) and a code x₁ = u are joined by a straight path, and a U-Net learns the mean direction
    of all paths through a point; c is the class of the code, left out one time in ten:

        x_t = (1 − t)·x₀ + t·x₁,  minimise E ‖v(x_t, t, c) − (x₁ − x₀)‖²,  t uniform in [0, 1].

    Sampling solves dx/dt = v(x, t) + guidance · (v(x, t, c) − v(x, t)) from t = 0 to 1. A guidance
    of 1 draws from the class, 0 from all codes; above 1 codes are more typical of the class, and
    more alike. Over the codes of an autoencoder of images this is a latent diffusion model.

    Its limits: it draws, but does not tell a density, which would take the trace of the Jacobian of
    a U-Net at every step. It takes thousands of codes to learn from, and thousands of steps. Where
    training gains nothing on codes held out, and of fewer than ten codes, the channels are drawn as
    independent normal noise, with a warning.

    Args:
        latent_shape: of a code, `(height, width, channels)`.
        widths: filters of each stage of the U-Net, the map being halved between them; by default
            64, then 128 for each halving down to 4 places on a side.
        steps: of the solver, four passes through the network each; twice as many with a guidance
            other than 0 and 1.
        classes: how many classes there are, or the list of their names; `fit` is then given
            `labels`. By default the density knows of none.

    Raises:
        ValueError: on arguments that no network can be built from.

    Example:

    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> prior = MapFlowMatchingPrior((2, 2, 1), widths=(8,), steps=2, classes=["day", "night"])
    >>> codes = rng.normal(size=(100, 2, 2, 1))
    >>> prior.fit(codes - 3.0, labels=["day", "night"] * 50, epochs=1)
    >>> prior.sample(3, rng, label="night", guidance=2.0).shape
    (3, 2, 2, 1)

    References:
        Lipman et al., "Flow Matching for Generative Modeling", 2023, section 4.1 (optimal transport
        paths);
        Rombach et al., "High-Resolution Image Synthesis with Latent Diffusion Models", 2022;
        Ho & Salimans, "Classifier-Free Diffusion Guidance", 2022.
    """

    def __init__(self, latent_shape, widths=None, steps=8, classes=None, **kwargs):
        self.map_shape = check_map_shape(latent_shape)
        super().__init__(self.map_shape[-1], **kwargs)
        self.widths = None if widths is None else check_widths(widths)
        self.steps = check_whole("steps", steps)
        self.make_condition(classes)
        kept = {"shape": (self.latent_dim,), "trainable": False}
        self.channel_mean = self.add_weight(name="channel_mean", initializer="zeros", **kept)
        self.channel_stddev = self.add_weight(name="channel_stddev", initializer="ones", **kept)
        self.field = MapVelocity(self.map_shape, self.widths, self.condition_size, name="field")
        self.trainable = False  # The field too.

    @property
    def latent_shape(self):
        """The shape of a code."""
        return self.map_shape

    def fit(self, mean, variance=None, seed=0, epochs=MAX_EPOCHS, labels=None):
        """Train until a tenth of the examples, held out, gains no more.

        Args:
            mean: codes, or posterior means, `(examples, *latent_shape)`.
            variance: posterior variances of the same shape; each epoch then sees new draws from the
                posteriors.
            seed: an int; the same data and seed give the same density.
            epochs: of 100 steps each, fewer where there are few codes; at most how many.
            labels: with `classes`, that of each code: whole numbers, one-hot rows, or names.

        Raises:
            ValueError: on fewer than two examples, entries that are not finite, or labels that are
                missing or none of the classes.
        """
        mean, variance = self.check_moments(mean, variance)
        epochs = check_whole("epochs", epochs)
        parts = mean, variance, *self.conditions_of(labels, len(mean), seed)
        self.standardise_by(mean, variance)
        self.field.start()
        if distinct(mean)[1] < FEWEST:
            return
        judges, rest = divide(parts, seed)
        self.trainable = True
        start_anew(self.field, seed)
        self.field.start()
        model = matching_model(self.field, self.map_shape, self.condition_size, seed, draws=1)
        data = judged(judges, self.standardise, seed)
        as_normal = model.predict(data, BATCH_SIZE, verbose=0)
        fit_network(model, rest, judges, self.standardise, seed, epochs, 1, BATCH_SIZE)
        as_learnt = model.predict(data, BATCH_SIZE, verbose=0)
        self.trainable = False
        if not is_higher(-as_learnt, -as_normal, errors=2.0):
            self.field.start()
            warn_as_good_as_normal(self, len(mean))

    def sample(self, count, rng, temperature=1.0, label=None, guidance=1.0):
        """Draw maps of latent vectors.

        Args:
            count, rng, temperature: as in `Prior.sample`.
            label: with `classes`, the class of all, or one each; by default drawn as often as they
                came.
            guidance: how much the class counts: 0 not at all, 1 as it came, more than it did.

        Returns:
            float32 `(count, *latent_shape)`.

        Raises:
            ValueError: on a label that is none of the classes, or without classes on any.
        """
        c = self.wanted(label, guidance, count, rng)
        x = (temperature * rng.standard_normal((count, *self.map_shape))).astype("float32")

        def solve(batch):
            return self.solve(*batch, guidance)

        u = in_batches(solve, (x,) if c is None else (x, c), DRAWN_AT_ONCE, verbose=0)
        mean, stddev = as_floats(self.channel_mean, self.channel_stddev)
        return (mean + stddev * u).astype("float32")

    def solve(self, x, c=None, guidance=1.0):
        """Where the field carries noise x, `(batch, *latent_shape)`, from t = 0 to 1."""
        x = ops.convert_to_tensor(x, "float32")
        field = guided(self.field, None if c is None else ops.convert_to_tensor(c), guidance)

        def slope(state, t):
            return [field(state[0], ops.full((x.shape[0], 1), t, dtype="float32"))]

        return runge_kutta(slope, [x], 0.0, 1.0, self.steps)[0]

    def log_prob(self, z):
        """Refused: a map is drawn, its density is not told.

        Raises:
            ValueError: always.
        """
        raise ValueError(
            "The flow over maps draws codes, and does not tell how likely one is: that would take "
            "the trace of the Jacobian of its network at every step of the way. A model whose code "
            "is a vector has priors that do. "
            f"Received: {type(self).__name__}.log_prob, codes of {self.map_shape}"
        )

    @property
    def stddev(self):
        """Standard deviation of each entry of a code, that of its channel: `latent_shape`."""
        (stddev,) = as_floats(self.channel_stddev)
        return np.broadcast_to(stddev, self.map_shape)

    def standardise_by(self, mean, variance):
        """Take the moments of each channel, over all codes and places."""
        spread = np.var(mean, axis=(0, 1, 2))
        if variance is not None:
            spread = spread + np.mean(variance, axis=(0, 1, 2))
        self.channel_mean.assign(np.mean(mean, axis=(0, 1, 2)))
        self.channel_stddev.assign(np.maximum(np.sqrt(spread), SMALLEST_STDDEV))

    def standardise(self, z):
        """u = (z − mean) / stddev, channel by channel, float64."""
        mean, stddev = as_floats(self.channel_mean, self.channel_stddev)
        return (z - mean) / stddev

    def get_config(self):
        """The constructor's arguments."""
        config = super().get_config()
        del config["latent_dim"]
        own = {"latent_shape": self.map_shape, "widths": self.widths, "steps": self.steps}
        return {**config, **own, "classes": self.classes}
