"""The convolutional variational autoencoder."""

from keras_genae.models.convolutional import Convolutional
from keras_genae.models.vae import VAE
from keras_genae.models.zoo import zoo_model


@zoo_model(
    family="variational",
    minimises="−log p(x|z) + beta · KL(q(z|x) ‖ N(0, I))",
    use="generation, interpolation, maps of images",
    paper="Kingma & Welling 2014; Higgins et al. 2017",
)
class ConvVAE(Convolutional, VAE):
    """A `VAE` of images with convolutional networks.

    Args:
        input_shape: `(height, width, channels)`, height and width from 8 up.
        latent_dim: entries of the latent vector.
        widths: filters of each stage, from the image inwards; (32, 64, 128, 256) by default.
        kernel_size: of every convolution, in pixels; 4 by default.
        **kwargs: `beta` and `free_bits` of `VAE`; `likelihood`, `scale`, `seed`, `name`, `dtype`
            of `Autoencoder`.

    Raises:
        ValueError: on arguments that no model can be built from.

    Example:

    >>> import numpy as np
    >>> model = ConvVAE(input_shape=(28, 28, 1), latent_dim=16, widths=(16, 32), seed=0)
    >>> model.compile(optimizer="adam")
    >>> x = np.random.default_rng(0).integers(0, 256, (32, 28, 28, 1)).astype("uint8")
    >>> history = model.fit(x, epochs=1, verbose=0)
    >>> model.interpolate(x[0], x[1], steps=5).shape
    (5, 28, 28, 1)

    References:
        Kingma & Welling, "Auto-Encoding Variational Bayes", 2014;
        Higgins et al., "beta-VAE", 2017 (`beta`).
    """
