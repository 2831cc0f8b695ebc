"""The VAE whose reconstructions are judged by structural similarity."""

import math

from keras_genae.models.variational.image_similarity_vae import ImageSimilarityVAE
from keras_genae.models.zoo import zoo_model
from keras_genae.structural_similarity import ms_ssim

# What the similarity at a scale counts as where it is less: near 0 powers have endless gradients.
SMALLEST = 1e-3


@zoo_model(
    family="variational",
    minimises="C · (1 − MS-SSIM(x, x̂)) + KL(q(z|x) ‖ N(0, I))",
    use="images whose structure counts, not their single pixels",
    paper="Snell et al. 2017",
)
class MSSSIMVAE(ImageSimilarityVAE):
    """A VAE of images whose reconstructions are to be similar in structure, at several scales.

    Minimises C · (1 − MS-SSIM(x, x̂)) + beta · KL(q(z|x) ‖ p(z)) per example, x̂ the mean of p(x|z):
    the multi-scale structural similarity compares contrasts and patterns in windows, as people do,
    and forgives what no one sees. `fit` logs 1 − MS-SSIM as `ms_ssim_loss`, and −log p(x|z) in nats
    as `reconstruction_loss`, which weighs nothing unless `pixel_weight` says so.

    Choose it where edges and textures matter more than exact brightness.

    Limits: C stands for no probability, so the loss is no bound of log p(x), and the rate depends
    on it. Means are compared at the coarsest scale only, and colours one by one: tints may drift,
    a small `pixel_weight` holds them. Where a reconstruction is inverted a scale gives no gradient.
    Small images have few scales: one below 21 pixels, two below 41.

    Args:
        input_shape: `(height, width, channels)`.
        latent_dim: as in `Autoencoder`.
        similarity_weight: C; by default the number of entries of an image, so that 1 − MS-SSIM
            counts for each.
        pixel_weight: weight of −log p(x|z).
        **kwargs: `beta` and `free_bits` of `VAE`, and the other arguments of `Autoencoder`.

    Raises:
        ValueError: on arguments that no model can be built from, or data that are no images.

    Example:

    >>> import numpy as np
    >>> model = MSSSIMVAE((16, 16, 1), latent_dim=4, widths=(4, 8), seed=0)
    >>> model.compile(optimizer="adam")
    >>> x = np.random.default_rng(0).random((32, 16, 16, 1)).astype("float32")
    >>> history = model.fit(x, epochs=1, verbose=0)
    >>> sorted(history.history)
    ['kl_loss', 'loss', 'ms_ssim_loss', 'reconstruction_loss']

    Reference:
        Snell et al., "Learning to Generate Images with Perceptual Similarity Metrics", 2017.
    """

    TERM = "ms_ssim_loss"

    def __init__(
        self,
        input_shape=None,
        latent_dim=None,
        similarity_weight=None,
        pixel_weight=0.0,
        **kwargs,
    ):
        given = 0.0 if similarity_weight is None else similarity_weight
        super().__init__(input_shape, latent_dim, given, pixel_weight, **kwargs)
        if similarity_weight is None:
            self.similarity_weight = float(math.prod(self.input_shape))

    def dissimilarity(self, target, image, batch, training):
        """1 − MS-SSIM(x, x̂)."""
        return 1.0 - ms_ssim(target, image, SMALLEST)
