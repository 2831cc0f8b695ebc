"""The vector-quantised autoencoder of two levels."""

import numpy as np

from keras_genae.layers.quantisers import TwoLevelQuantiser
from keras_genae.models.quantised.quantised_ae import check_indices
from keras_genae.models.quantised.vq_vae import VQVAE
from keras_genae.models.zoo import zoo_model


@zoo_model(
    family="quantised",
    minimises="−log p(x|e_t, e_b) + commitment · Σ ‖h_i − sg[e_i]‖², e_t coarse, e_b the rest",
    use="tokens of larger images: the coarse apart from the fine",
    paper="Razavi et al. 2019",
)
class VQVAE2(VQVAE):
    """A `VQVAE` of two levels: a top of half the height and width, and the bottom given the top.

    h_b = encoder(x) goes on down to h_t, whose code is e_t; what e_t says comes up again, to h_b
    before it is quantised to e_b, and to the decoder beside e_b. Minimises, in nats per example,

        −log p(x|e_t, e_b) + commitment · Σ_i ‖h_i − sg[e_i]‖² [+ Σ_i ‖sg[h_i] − e_i‖²].

    Here what comes up is added, where the paper puts it behind; and it is 0 at first, so that the
    model begins as the `VQVAE` of its bottom.

    `encode` gives a list of int32 indices, `(n, height/2, width/2)` of the top and
    `(n, height, width)` of the bottom; `decode` takes it. `fit` logs means of `codebook_usage` and
    `perplexity` over both codebooks. Choose it for images of 64 pixels and more, for a prior over
    few coarse tokens first, and of the fine ones given them.

    Its limits: those of `VQVAE`; a quarter more tokens. On small images the bottom alone does as
    well.

    Args:
        input_shape: `(height, width, channels)`.
        latent_dim, codebook_size: of both levels, as in `VQVAE`.
        **kwargs: the other arguments of `VQVAE`, but `groups`.

    Raises:
        ValueError: on arguments that no model can be built from.

    Example:

    >>> import numpy as np
    >>> model = VQVAE2((16, 16, 1), latent_dim=4, codebook_size=16, widths=(8, 8), seed=0)
    >>> x = np.random.default_rng(0).random((8, 16, 16, 1)).astype("float32")
    >>> [level.shape for level in model.encode(x)]
    [(8, 2, 2), (8, 4, 4)]
    >>> model.decode(model.encode(x)).shape
    (8, 16, 16, 1)

    Reference:
        Razavi et al., "Generating Diverse High-Fidelity Images with VQ-VAE-2", 2019.
    """

    CODE_AXES = (3,)

    def make_quantiser(self):
        """Both codebooks, and the networks between them."""
        if len(self.places) != 2:
            raise ValueError(
                "Two levels are of maps: take `network='conv'`, for images. "
                f"Received: a code of {self.places[0]} vectors in a row"
            )
        return TwoLevelQuantiser(
            (*self.places, self.latent_dim),
            self.size,
            is_trained=self.codebook == "gradient",
            restarts=self.restarts,
            network_dtype=self.dtype_policy.name,
            name="quantiser",
        )

    @property
    def latent_shape(self):
        """The shapes of the indices of an example: of the top, and of the bottom."""
        return [self.quantiser.down.output_shape[1:-1], self.places]

    def latent_terms(self, posterior, z, batch):
        """What both levels pay for their distances."""
        top, bottom = (
            super(VQVAE2, self).latent_terms(code, z, batch) for code in posterior.levels
        )
        return {name: top[name] + bottom[name] for name in top}

    def decode(self, z, label=None, batch_size=128, verbose="auto"):
        """The mean of p(x|z) for indices of both levels: images in [0, 1].

        Args:
            z: list of arrays, of the top and of the bottom, as `encode` gives them.
            label: none is taken.
            batch_size, verbose: as in `encode`.

        Returns:
            float32 array `(n, *input_shape)`.

        Raises:
            ValueError: where `z` is no such list.
        """
        self.check_latents(z)
        self.check_wanted(label)
        z = tuple(np.asarray(level).astype("int32") for level in z)
        return self.in_batches(self._decode, z, batch_size, verbose, self.latent_shape[0])

    def check_latents(self, z):
        """Check that `z` are indices of both levels."""
        if not isinstance(z, (list, tuple)) or len(z) != 2:
            raise ValueError(
                "`z` must be a list of two, the indices of the top and those of the bottom, as "
                f"`encode` gives them. Received: {type(z).__name__}"
            )
        for i, (level, shape) in enumerate(zip(z, self.latent_shape, strict=True)):
            check_indices(level, shape, self.codebook_size, f"z[{i}]")
        if len(z[0]) != len(z[1]):
            raise ValueError(
                "Both levels are of the same examples. "
                f"Received: {len(z[0])} of the top, {len(z[1])} of the bottom"
            )
