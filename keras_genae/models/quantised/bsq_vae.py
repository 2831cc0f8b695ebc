"""The autoencoder with binary spherical quantisation."""

from keras_genae.models.quantised.lfq_vae import LFQVAE
from keras_genae.models.zoo import zoo_model


@zoo_model(
    family="quantised",
    minimises="−log p(x|e) + entropy_weight · (E[H(q)] − H(E[q])), e = sign(u)/√d, u = h/‖h‖",
    use="tokens from a very large codebook, with bounded errors",
    paper="Zhao et al. 2024",
)
class BSQVAE(LFQVAE):
    """An `LFQVAE` on the unit sphere: u = h/‖h‖, and e = sign(u)/√d.

    Minimises −log p(x|e) + entropy_weight · Σ (E[H(q)] − H(E[q])) in nats per example, with
    q(c|u) ∝ exp(−‖u − c‖² d/τ) over the 2^d codes c. On the sphere no vector is far from its code,
    so nothing is paid for the distance by default. The paper bounds H(E[q]) by the sum over bits;
    here it is exact, as in `LFQVAE`.

    Choose it in place of `LFQVAE` where that one's encoder runs away from its codes.

    Its limits: those of `LFQVAE`; the length of h says nothing.

    Args:
        input_shape, latent_dim, entropy_weight, temperature, groups: as in `LFQVAE`.
        commitment: nats for each unit of ‖u − e‖², 0 by default.
        **kwargs: the other arguments of `Autoencoder`.

    Raises:
        ValueError: on arguments that no model can be built from.

    Example:

    >>> import numpy as np
    >>> model = BSQVAE((12, 12, 1), latent_dim=6, widths=(8, 8), seed=0)
    >>> x = np.random.default_rng(0).random((8, 12, 12, 1)).astype("float32")
    >>> model.encode(x).shape
    (8, 3, 3)

    Reference:
        Zhao et al., "Image and Video Tokenization with Binary Spherical Quantization", 2024.
    """

    IS_SPHERICAL = True

    def __init__(
        self, input_shape=None, latent_dim=None, entropy_weight=0.1, commitment=0.0, **kwargs
    ):
        super().__init__(input_shape, latent_dim, entropy_weight, commitment, **kwargs)
