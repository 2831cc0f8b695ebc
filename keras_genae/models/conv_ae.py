"""The convolutional autoencoder."""

from keras_genae.models.autoencoder import Autoencoder
from keras_genae.models.convolutional import Convolutional
from keras_genae.models.zoo import zoo_model


@zoo_model(
    family="autoencoders",
    minimises="−log p(x|z), z = encoder(x)",
    use="compression, features of images",
    paper="Masci et al. 2011",
)
class ConvAE(Convolutional, Autoencoder):
    """An `Autoencoder` of images with convolutional networks.

    Args:
        input_shape: `(height, width, channels)`, height and width from 8 up.
        latent_dim: entries of the latent vector.
        widths: filters of each stage, from the image inwards; (32, 64, 128, 256) by default.
        kernel_size: of every convolution, in pixels; 4 by default.
        **kwargs: `likelihood`, `scale`, `seed`, `name`, `dtype` of `Autoencoder`.

    Raises:
        ValueError: on arguments that no model can be built from.

    Example:

    >>> import numpy as np
    >>> model = ConvAE(input_shape=(28, 28, 1), latent_dim=16, widths=(16, 32), seed=0)
    >>> model.compile(optimizer="adam")
    >>> x = np.random.default_rng(0).integers(0, 256, (32, 28, 28, 1)).astype("uint8")
    >>> history = model.fit(x, epochs=1, verbose=0)
    >>> model.encode(x).shape
    (32, 16)

    Reference:
        Masci et al., "Stacked Convolutional Auto-Encoders for Hierarchical Feature
        Extraction", 2011.
    """
