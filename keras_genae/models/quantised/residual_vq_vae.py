"""The autoencoder with residual vector quantisation."""

from keras_genae.layers.quantisers import ResidualQuantiser
from keras_genae.models.quantised.vq_vae import VQVAE
from keras_genae.models.zoo import zoo_model
from keras_genae.networks.checks import check_whole


@zoo_model(
    family="quantised",
    minimises="−log p(x|Σ e_k) + commitment · Σ ‖r_k − sg[e_k]‖², r_k what is left of h",
    use="tokens in levels of detail, few places, many bits",
    paper="Lee et al. 2022; Zeghidour et al. 2021",
)
class ResidualVQVAE(VQVAE):
    """A `VQVAE` whose codes are sums, each from a codebook of what those before it have left over.

    r₀ = h = encoder(x); e_k is the code nearest to r_k in codebook k, r_{k+1} = r_k − sg[e_k], and
    Σ e_k is decoded. Minimises, in nats per example,

        −log p(x|Σ e_k) + commitment · Σ_k ‖r_k − sg[e_k]‖² [+ Σ_k ‖sg[r_k] − e_k‖²].

    D codebooks of K codes say as much of a place as one of K^D codes, which nobody could learn.
    Here each codebook is its own. With `depth=1` it is the `VQVAE`.

    `encode` gives int32 indices `(n, height, width, depth)`, the coarse level first. `fit` logs
    means of `codebook_usage` and `perplexity` over the codebooks. Choose it where places are few
    and each is to say much: sound, large patches; or where detail is to come in levels.

    Its limits: those of `VQVAE`; and a prior over its indices has `depth` times as many to predict.
    Later levels say less: where the error hardly falls any more, take fewer.

    Args:
        input_shape, latent_dim: as in `VQVAE`.
        depth: D, how many codebooks.
        **kwargs: the other arguments of `VQVAE`; `codebook_size` is that of each codebook.

    Raises:
        ValueError: on arguments that no model can be built from.

    Example:

    >>> import numpy as np
    >>> model = ResidualVQVAE(
    ...     (12, 12, 1), latent_dim=4, codebook_size=16, depth=3, widths=(8, 8), seed=0
    ... )
    >>> model.compile(optimizer="adam")
    >>> x = np.random.default_rng(0).random((64, 12, 12, 1)).astype("float32")
    >>> history = model.fit(x, epochs=1, verbose=0)
    >>> model.encode(x).shape
    (64, 3, 3, 3)

    References:
        Lee et al., "Autoregressive Image Generation using Residual Quantization", 2022;
        Zeghidour et al., "SoundStream: An End-to-End Neural Audio Codec", 2021.
    """

    def __init__(self, input_shape=None, latent_dim=None, codebook_size=512, depth=4, **kwargs):
        self.depth = check_whole("depth", depth)
        super().__init__(input_shape, latent_dim, codebook_size, **kwargs)

    def make_quantiser(self):
        """The codebooks."""
        return ResidualQuantiser(
            self.depth,
            self.size,
            self.latent_dim,
            is_trained=self.codebook == "gradient",
            restarts=self.restarts,
            name="quantiser",
        )

    def get_config(self):
        """The constructor's arguments."""
        return {**super().get_config(), "depth": self.depth}
