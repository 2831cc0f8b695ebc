"""The vector-quantised autoencoder whose codebook moves as a whole."""

from keras_genae.layers.quantisers import MappedQuantiser
from keras_genae.models.quantised.vq_vae import VQVAE
from keras_genae.models.zoo import zoo_model


@zoo_model(
    family="quantised",
    minimises="−log p(x|e) + commitment · ‖h − sg[e]‖² + ‖sg[h] − e‖², e nearest in C·W, C frozen",
    use="tokens from a large codebook",
    paper="Zhu et al. 2024",
)
class SimVQVAE(VQVAE):
    """A `VQVAE` whose codes are C·W: C drawn once and frozen, W a matrix that is learnt.

    Minimises, in nats per example, with e the row of C·W that is nearest to h = encoder(x),

        −log p(x|e) + commitment · ‖h − sg[e]‖² + ‖sg[h] − e‖²,

    the last term moving W, the middle one the encoder. In a codebook of free vectors only those
    that come are moved, and the others are left behind; here what moves one moves all, so nearly
    all stay in use, without restarts or statistics of batches.

    Choose it for large codebooks, of thousands of codes, and under several replicas.

    Its limits: the codes are the image of a cube of vectors drawn evenly, which suits codes in
    clusters badly; a small `VQVAE` reconstructs better. Nothing to sample from until a prior over
    indices is fitted.

    Args:
        input_shape, latent_dim, codebook_size, commitment, groups: as in `VQVAE`.
        **kwargs: the other arguments of `Autoencoder`.

    Raises:
        ValueError: on arguments that no model can be built from.

    Example:

    >>> import numpy as np
    >>> model = SimVQVAE((12, 12, 1), latent_dim=4, codebook_size=64, widths=(8, 8), seed=0)
    >>> model.compile(optimizer="adam")
    >>> x = np.random.default_rng(0).random((64, 12, 12, 1)).astype("float32")
    >>> history = model.fit(x, epochs=1, verbose=0)
    >>> model.encode(x).shape
    (64, 3, 3)

    Reference:
        Zhu et al., "Addressing Representation Collapse in Vector Quantized Models with One Linear
        Layer", 2024.
    """

    def __init__(
        self, input_shape=None, latent_dim=None, codebook_size=512, commitment=0.25, **kwargs
    ):
        super().__init__(
            input_shape,
            latent_dim,
            codebook_size,
            codebook="gradient",
            commitment=commitment,
            restarts=False,
            **kwargs,
        )

    def make_quantiser(self):
        """The codebook C·W."""
        return MappedQuantiser(self.size, self.latent_dim, name="quantiser")

    def get_config(self):
        """The constructor's arguments."""
        config = super().get_config()
        del config["codebook"], config["restarts"]
        return config
