"""The VAE whose decoder is the generator of a GAN."""

import math

from keras import ops

from keras_genae import noise
from keras_genae.distributions import Normal
from keras_genae.layers import OptimalScale
from keras_genae.layers.corruption import check_not_negative
from keras_genae.models.variational.image_similarity_vae import ImageSimilarityVAE
from keras_genae.models.zoo import zoo_model
from keras_genae.networks.checks import check_widths
from keras_genae.networks.discriminators import image_discriminator
from keras_genae.networks.frozen import call_frozen


@zoo_model(
    family="adversarial",
    minimises="−log N(D_l(x); D_l(x̂), σ²) + KL(q(z|x) ‖ N(0, I)) − adversary_weight · log D(x̂)",
    use="sharp images, judged by what tells them from real ones",
    paper="Larsen et al. 2016",
)
class VAEGAN(ImageSimilarityVAE):
    """A VAE of images and a GAN in one: the decoder is the generator, the discriminator the judge.

    A discriminator D tells images x from those that the decoder makes: reconstructions x̂ =
    decoder(z), z ~ q(z|x), and samples x_p = decoder(z_p), z_p ~ p(z). Its features D_l(x), the
    maps of a layer within, are what reconstructions are compared in. In nats per example,

        encoder:        KL(q(z|x) ‖ p(z)) − log N(D_l(x); D_l(x̂), σ²)
        decoder:        −log N(D_l(x); D_l(x̂), σ²) − adversary_weight · ½ [log D(x̂) + log D(x_p)]
        discriminator:  −½ log D(x) − ¼ [log(1 − D(x̂)) + log(1 − D(x_p))]

    `fit` logs them as `kl_loss`, `feature_loss`, `generator_loss` and `discriminator_loss`; the
    last two are log 2 = 0.69 where D cannot tell. Each player learns from its own line alone: in
    the first two D is held constant, in what the decoder pays for being found out the codes are,
    and in D's own loss the images. −log p(x|z), `reconstruction_loss`, weighs nothing unless
    `pixel_weight` says so.

    Choose it for images that are to look real rather than to be near in each pixel.

    Limits: the features change while D learns, so that losses of two epochs say little beside each
    other: look at pictures. What D does not look at is left open. The loss bounds no likelihood.
    Training is a game, and may go round; it costs three decoders and three discriminators a step.

    Args:
        input_shape: `(height, width, channels)`, height and width from 8 up.
        latent_dim: as in `Autoencoder`.
        adversary_weight: weight of `generator_loss`, in nats; a callback may move it. (The paper's
            γ weighs the features in the decoder's line instead: γ = 1 / adversary_weight, which is
            the same where the optimizer knows no size of gradients.)
        discriminator_widths: filters of its stages, from the image inwards.
        similarity_weight: weight of `feature_loss`.
        pixel_weight: weight of −log p(x|z). With 1 here, and 0 for `similarity_weight` and
            `adversary_weight`, encoder and decoder are a `VAE`'s.
        **kwargs: `beta` and `free_bits` of `VAE`, and the other arguments of `Autoencoder`.

    Raises:
        ValueError: on arguments that no model can be built from, or data that are no images.

    Example:

    >>> import numpy as np
    >>> model = VAEGAN((16, 16, 1), 4, widths=(4, 8), discriminator_widths=(4, 8), seed=0)
    >>> model.compile(optimizer="adam")
    >>> x = np.random.default_rng(0).random((32, 16, 16, 1)).astype("float32")
    >>> history = model.fit(x, epochs=1, verbose=0)
    >>> sorted(history.history)[:4]
    ['discriminator_loss', 'feature_loss', 'generator_loss', 'kl_loss']

    References:
        Larsen et al., "Autoencoding beyond pixels using a learned similarity metric", 2016 (there
        σ = 1, whatever the size of the features; samples and reconstructions count twice as much
        as images; and D, once it is ahead, waits);
        Rybkin et al., "Simple and Effective VAE Training with Calibrated Decoders", 2021 (σ).
    """

    TERM = "feature_loss"

    def __init__(
        self,
        input_shape=None,
        latent_dim=None,
        adversary_weight=1.0,
        discriminator_widths=(64, 128, 128),
        similarity_weight=1.0,
        pixel_weight=0.0,
        **kwargs,
    ):
        super().__init__(input_shape, latent_dim, similarity_weight, pixel_weight, **kwargs)
        self.initial_adversary_weight = check_not_negative("adversary_weight", adversary_weight)
        self.adversary_weight = self.weight_of_term(
            "adversary_weight", self.initial_adversary_weight
        )
        self.discriminator_widths = check_widths(discriminator_widths)
        # Its outputs are D_l(x) and log D(x) / (1 − D(x)).
        self.discriminator = image_discriminator(
            self.input_shape, self.discriminator_widths, self.dtype_policy
        )
        self.feature_scale = OptimalScale(name="feature_scale")

    def dissimilarity(self, target, image, batch, training):
        """−log N(D_l(x); D_l(x̂), σ²), the features together as many entries as the image."""
        wanted, found = (
            ops.cast(call_frozen(self.discriminator, some)[0], "float32")
            for some in (target, image)
        )
        if training:
            self.feature_scale.update(wanted, found, batch.sample_weight)
        share = math.prod(self.input_shape) / math.prod(wanted.shape[1:])
        return -share * Normal(found, self.feature_scale.variance).log_prob(wanted)

    def latent_terms(self, posterior, z, batch):
        """The KL divergence, what the decoder pays for being found out, and D's own loss."""
        z_p = noise.normal(ops.shape(z), self.noise_for(batch.training, z))  # z_p ~ p(z)
        # As outside training: the statistics of the decoder are those of the pass over data.
        made = self.likelihood(self.raw(ops.concatenate([ops.stop_gradient(z), z_p]))).mean
        rebuilt, sampled = ops.split(ops.stop_gradient(made), 2)
        real = batch.target_beside(rebuilt)
        held = call_frozen(self.discriminator, made)[1]
        told = [self.discriminator(images)[1][:, 0] for images in (real, rebuilt, sampled)]
        return {
            **super().latent_terms(posterior, z, batch),
            # −½ [log D(x̂) + log D(x_p)]
            "generator_loss": 0.5 * sum(ops.split(ops.softplus(-held[:, 0]), 2)),
            # −½ log D(x) − ¼ [log(1 − D(x̂)) + log(1 − D(x_p))]
            "discriminator_loss": 0.5 * ops.softplus(-told[0])
            + 0.25 * (ops.softplus(told[1]) + ops.softplus(told[2])),
        }

    @property
    def term_names(self):
        """Names of the loss terms, in the order in which they are logged."""
        return (*super().term_names, "generator_loss", "discriminator_loss")

    @property
    def term_weights(self):
        """The weights of pixels, features, the KL divergence and the adversary."""
        return {**super().term_weights, "generator_loss": self.adversary_weight}

    def get_config(self):
        """The constructor's arguments."""
        return {
            **super().get_config(),
            "adversary_weight": self.initial_adversary_weight,
            "discriminator_widths": self.discriminator_widths,
        }
