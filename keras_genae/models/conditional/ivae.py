"""The identifiable variational autoencoder."""

import keras
import numpy as np
from keras import ops

from keras_genae.distributions import DiagonalNormal
from keras_genae.models.conditional.side_information import SideInformation
from keras_genae.models.vae import LOG_VAR_BOUND, VAE, bounded
from keras_genae.models.zoo import zoo_model
from keras_genae.networks.dense import dense_encoder

PRIOR_WIDTHS = (64,)


@zoo_model(
    family="conditional",
    minimises="−log p(x|z) + beta · KL(q(z|x, u) ‖ p(z|u))",
    use="finding the sources that made the data",
    paper="Khemakhem et al. 2020",
)
class IVAE(SideInformation, VAE):
    """A VAE whose prior depends on side information u, which makes its units identifiable.

    Minimises −log p(x|z) + beta · KL(q(z|x, u) ‖ p(z|u)), in nats per example, with the prior
    p(z|u) = N(m(u), diag(s²(u))), m and s learned. The decoder sees z alone, so that all that u
    says of x goes through z. Where mean and variance of the sources vary enough with u (over 2d + 1
    values of u that are not alike, for d units), the units are the sources that made the data, up
    to their order and a function of each by itself; the units of a VAE with the prior N(0, I) are
    any rotation of them. `mean_correlation` says how near they come where the sources are known.

    u is the label: the segment of time, the class, the place, or the observation before. Choose it
    to find causes, where something is known to change how they vary. Its limits: that theorem is of
    much data and networks that can be anything; it needs u for each example, also to encode it; and
    some starts end far from the sources, with a loss that is higher: train from several, and keep
    the one of the lowest loss.

    Args:
        input_shape, latent_dim: as in `Autoencoder`.
        classes, attributes: as in `ConditionalVAE`: what u is.
        prior_network: a Keras model from u, `(batch, classes)` or `(batch, attributes)`, to the
            mean and log σ² of p(z|u), each `(batch, latent_dim)`; by default of dense layers.
        **kwargs: the other arguments of `VAE`. An encoder of one's own takes a list of two inputs,
            `[x, u]`, the decoder z alone.

    Raises:
        ValueError: on arguments that no model can be built from; on a label that is missing, of
            another shape, or none of the classes.

    Example:

    >>> import numpy as np
    >>> model = IVAE((6,), latent_dim=2, classes=5, widths=(16,), seed=0)
    >>> model.compile(optimizer="adam")
    >>> x = np.random.default_rng(0).normal(size=(60, 6)).astype("float32")
    >>> segment = np.arange(60) // 12
    >>> history = model.fit(x, segment, epochs=1, verbose=0)
    >>> model.encode(x, segment).shape, model.sample(3, label=2, seed=0).shape
    ((60, 2), (3, 6))

    Reference:
        Khemakhem, Kingma, Monti & Hyvärinen, "Variational Autoencoders and Nonlinear ICA: A
        Unifying Framework", 2020.
    """

    # What a unit means is the point, and the prior is not N(0, I).
    WHITENS = False

    def __init__(
        self,
        input_shape=None,
        latent_dim=None,
        classes=None,
        attributes=None,
        prior_network=None,
        **kwargs,
    ):
        super().__init__(input_shape, latent_dim, classes, attributes, **kwargs)
        if prior_network is None:
            built = dense_encoder(
                (self.condition_size,), self.latent_dim, PRIOR_WIDTHS, self.HEADS, dtype="float32"
            )
            prior_network = keras.Model(built.input, built.output, name="prior_network")
        check_prior_network(prior_network, self.condition_size, self.latent_dim)
        self.prior_network = prior_network

    def prior_given(self, u, training=False):
        """p(z|u), a `DiagonalNormal` of tensors, for a batch of side information."""
        mean, log_var = self.prior_network(u, training=training)
        return DiagonalNormal(mean, bounded(log_var, LOG_VAR_BOUND))

    def prior_of(self, batch):
        """p(z|u) for the examples of a batch."""
        return self.prior_given(batch.condition)

    def call(self, inputs, training=False):
        """The reconstruction of x: `inputs` is a list of x and labels."""
        pair = self.pair(inputs)
        x, _ = self.to_float(pair)
        return self._decode(self._encode(pair), like=x)

    def with_label(self, z, label):
        """Latent vectors alone: the decoder is given no label."""
        return z

    def label_moments(self, label, count):
        """Mean and standard deviation of p(z|u), arrays `(count, latent_dim)`."""
        number = self.condition.numbers(label, count)
        prior = self.prior_given(self.condition(number))
        return ops.convert_to_numpy(prior.mean), ops.convert_to_numpy(prior.stddev)

    def draw_latents(self, count, rng, temperature, label=None, **options):
        """Latent vectors from p(z|u), `(count, latent_dim)`."""
        if self.fitted_prior is not None:
            return super().draw_latents(count, rng, temperature, label, **options)
        mean, stddev = self.label_moments(label, count)
        noise = rng.standard_normal((count, self.latent_dim))
        return (mean + temperature * stddev * noise).astype("float32")

    def spread_around(self, x, strength, label=None):
        """Mean and standard deviation of the latent vectors of examples like `x`, given u."""
        mean, variance = self.posterior_moments(x, label)
        _, stddev = self.label_moments(label, len(mean))
        wider = np.maximum(np.square(stddev) - variance, 0.0)
        return mean, np.sqrt(variance + strength**2 * wider)

    def own_density(self):
        """There is one for each u, and none of all codes."""
        raise ValueError(
            "The prior p(z|u) is another one for each label, so there is no density of all codes "
            "until one is fitted: `model.fit_prior(x, label=u)`. "
            f"Received: {type(self).__name__} without a fitted prior"
        )

    def get_config(self):
        """The constructor's arguments."""
        network = keras.saving.serialize_keras_object(self.prior_network)
        return {**super().get_config(), "prior_network": network}


def check_prior_network(network, size, latent_dim):
    """Check that a network makes the mean and log σ² of a prior of side information."""
    is_functional = isinstance(network, keras.Model) and len(network.inputs) == 1
    shapes = is_functional and [tuple(part.shape[1:]) for part in network.outputs]
    fits = is_functional and tuple(network.inputs[0].shape[1:]) == (size,)
    if not fits or shapes != [(latent_dim,)] * 2:
        raise ValueError(
            f"`prior_network` must be a Keras model from (batch, {size}) to a list of the mean and "
            f"log σ² of p(z|u), each (batch, {latent_dim}). Received: {network}, outputs {shapes}"
        )
