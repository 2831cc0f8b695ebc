"""The VAE whose reconstructions are judged in the features of another network."""

from keras_genae.models.feature_loss import FeatureLoss
from keras_genae.models.variational.image_similarity_vae import ImageSimilarityVAE
from keras_genae.models.zoo import zoo_model


@zoo_model(
    family="variational",
    minimises="−Σ log N(φ_l(x); φ_l(x̂), σ_l²) + KL(q(z|x) ‖ N(0, I)), φ_l features",
    use="images that show the same, judged by a network of one's own",
    paper="Hou et al. 2017",
)
class PerceptualVAE(FeatureLoss, ImageSimilarityVAE):
    """A VAE of images whose reconstructions are to have the features of x: the DFC-VAE.

    Minimises Σ_l −log N(φ_l(x); φ_l(x̂), σ_l²) + beta · KL(q(z|x) ‖ p(z)), in nats per example, x̂
    the mean of p(x|z) and φ_l the outputs of a network that stays as it is: squared errors of
    features. The paper weighs layers by hand; here each has the σ at its optimum, as `"sigma"` has
    for pixels, and all together count as many entries as the image has, each layer the same share.
    `fit` logs them as `feature_loss`, and −log p(x|z) as `reconstruction_loss`, which weighs
    nothing unless `pixel_weight` says so.

    Choose it where a network is at hand that sees in images what matters in them.

    Limits: it is as good as its features. Those by default, `networks.edge_features`, know edges in
    eight directions and coarse colours, and no faces or things; nothing is downloaded. A deep
    network sees through small images to nothing, and costs two passes a step. What no feature
    depends on is left open, and shows as noise: a small `pixel_weight` holds it. The loss is no
    bound of log p(x).

    Args:
        input_shape: `(height, width, channels)`, height and width from 8 up.
        latent_dim: as in `Autoencoder`.
        features: a built Keras model from images in [0, 1], `(batch, *input_shape)`, to one output
            or several: say the first layers of a `keras.applications` network, behind a layer that
            scales pixels as it wants them. It is frozen, and saved with the model.
        similarity_weight: weight of `feature_loss`.
        pixel_weight: weight of −log p(x|z).
        **kwargs: `beta` and `free_bits` of `VAE`, and the other arguments of `Autoencoder`.

    Raises:
        ValueError: on arguments that no model can be built from, data that are no images, or
            features of other images.

    Example:

    >>> import numpy as np
    >>> model = PerceptualVAE((16, 16, 1), latent_dim=4, widths=(4, 8), seed=0)
    >>> model.compile(optimizer="adam")
    >>> x = np.random.default_rng(0).random((32, 16, 16, 1)).astype("float32")
    >>> history = model.fit(x, epochs=1, verbose=0)
    >>> sorted(history.history)
    ['feature_loss', 'kl_loss', 'loss', 'reconstruction_loss']

    References:
        Hou et al., "Deep Feature Consistent Variational Autoencoder", 2017;
        Rybkin et al., "Simple and Effective VAE Training with Calibrated Decoders", 2021 (σ).
    """

    TERM = "feature_loss"

    def __init__(
        self,
        input_shape=None,
        latent_dim=None,
        features=None,
        similarity_weight=1.0,
        pixel_weight=0.0,
        **kwargs,
    ):
        super().__init__(input_shape, latent_dim, similarity_weight, pixel_weight, **kwargs)
        self.make_features(features)

    def dissimilarity(self, target, image, batch, training):
        """−Σ log N(φ_l(x); φ_l(x̂), σ_l²), each layer as of its share of the image's entries."""
        return self.feature_loss(target, image, batch, training)

    def get_config(self):
        """The constructor's arguments."""
        return {**super().get_config(), "features": self.features_config}
