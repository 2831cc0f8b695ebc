"""What VAEs with a measure of images beside p(x|z) have in common."""

from keras_genae.layers.corruption import check_not_negative
from keras_genae.models.vae import VAE


class ImageSimilarityVAE(VAE):
    """Base of the VAEs of images that are to look like x rather than to have its pixels.

    A subclass measures in `dissimilarity`; the term is called `TERM`. −log p(x|z) stays among the
    terms, so that the ELBO is known, and weighs what `pixel_weight` says.

    Args:
        input_shape, latent_dim: as in `Autoencoder`.
        similarity_weight: weight of the dissimilarity.
        pixel_weight: weight of −log p(x|z).
        **kwargs: the other arguments of `VAE`.

    Raises:
        ValueError: on arguments that no model can be built from, or data that are no images.
    """

    TERM = ""

    def __init__(self, input_shape, latent_dim, similarity_weight, pixel_weight, **kwargs):
        super().__init__(input_shape, latent_dim, **kwargs)
        if not self.is_image:
            raise ValueError(
                f"`{type(self).__name__}` compares images of shape (height, width, channels). "
                f"Received: input_shape={self.input_shape}"
            )
        self.similarity_weight = check_not_negative("similarity_weight", similarity_weight)
        self.pixel_weight = check_not_negative("pixel_weight", pixel_weight)

    def dissimilarity(self, target, image, batch, training):
        """How unlike `image` is to `target`, both `(batch, *input_shape)`: float32 `(batch,)`."""
        raise NotImplementedError

    def reconstruction_terms(self, likelihood, batch, training):
        """−log p(x|z), and how unlike its mean is to x."""
        image = likelihood.mean
        # Where nothing is known of the target, it is as it was reconstructed.
        target = batch.target_beside(image)
        return {
            **super().reconstruction_terms(likelihood, batch, training),
            self.TERM: self.dissimilarity(target, image, batch, training),
        }

    @property
    def term_names(self):
        """Names of the loss terms, in the order in which they are logged."""
        first, *others = super().term_names
        return (first, self.TERM, *others)

    @property
    def term_weights(self):
        """The weights of pixels and of similarity."""
        weights = {"reconstruction_loss": self.pixel_weight, self.TERM: self.similarity_weight}
        return {**super().term_weights, **weights}

    def get_config(self):
        """The constructor's arguments."""
        weights = {
            "similarity_weight": self.similarity_weight,
            "pixel_weight": self.pixel_weight,
        }
        return {**super().get_config(), **weights}
