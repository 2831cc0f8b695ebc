"""The autoencoder with lookup-free quantisation."""

from keras import ops

from keras_genae.layers.corruption import check_not_negative
from keras_genae.layers.quantisers import BinaryQuantiser, entropy_gap, places_of
from keras_genae.models.quantised.quantised_ae import QuantisedAE, squared_distance
from keras_genae.models.zoo import zoo_model

# The entropy of all codes is over all there are.
MOST_BITS = 20


@zoo_model(
    family="quantised",
    minimises="−log p(x|e) + commitment · ‖h − e‖² + entropy_weight · (E[H(q)] − H(E[q]))",
    use="tokens from a very large codebook",
    paper="Yu et al. 2023",
)
class LFQVAE(QuantisedAE):
    """Compress x to a map of indices made of bits: the signs of what the encoder gives.

    With h = encoder(x) of d entries and e = sign(h), one of 2^d codes, it minimises, in nats per
    example,

        −log p(x|e) + commitment · ‖h − sg[e]‖² + entropy_weight · Σ (E[H(q)] − H(E[q])),

    q(c|h) ∝ exp(−‖h − c‖²/τ) over all codes c, E the mean over the places of a batch, Σ over those
    of an example. The first entropy is small where each place is sure of its code, the second large
    where all codes come alike often; their difference is minus what codes say of their place, so at
    most d · log 2 nats a place are gained. Both are exact, the second over all 2^d codes: q factors
    into bits, so that its mean is a product of two matrices.

    The entropy belongs to the batch (under replicas, to the share of each); each example is given
    its own part of it. `BSQVAE` does the same on a sphere. Choose it for codebooks that no one
    could look up, 2^10 to 2^18 codes.

    Its limits: two values an entry say little, so small codebooks reconstruct worse than those of
    `FSQVAE` or `VQVAE`. A batch should hold several times as many places as there are codes, or
    H(E[q]) is bounded by the batch. Nothing to sample from until a prior over indices is fitted.

    Args:
        input_shape: `(height, width, channels)`, or `(features,)`.
        latent_dim: d, bits of a code, 20 at most.
        entropy_weight: nats for each nat of entropy; a callback may move it.
        commitment: nats for each unit of ‖h − e‖²; a callback may move `commitment_weight`.
        temperature: τ, in squared entries of a code: how near to 0 an entry leaves its bit open.
        groups: codes of an example with `network="mlp"`, as in `VQVAE`; the map too.
        **kwargs: the other arguments of `Autoencoder`; the likelihood is `"sigma"` by default.

    Raises:
        ValueError: on arguments that no model can be built from.

    Example:

    >>> import numpy as np
    >>> model = LFQVAE((12, 12, 1), latent_dim=6, widths=(8, 8), seed=0)
    >>> model.compile(optimizer="adam")
    >>> x = np.random.default_rng(0).random((64, 12, 12, 1)).astype("float32")
    >>> history = model.fit(x, epochs=1, verbose=0)
    >>> model.codebook_size, model.encode(x).shape
    (64, (64, 3, 3))

    Reference:
        Yu et al., "Language Model Beats Diffusion: Tokenizer is Key to Visual Generation", 2023.
    """

    IS_SPHERICAL = False

    def __init__(
        self,
        input_shape=None,
        latent_dim=None,
        entropy_weight=0.1,
        commitment=0.25,
        temperature=1.0,
        **kwargs,
    ):
        self.temperature = check_not_negative("temperature", temperature)
        if self.temperature == 0.0:
            raise ValueError(f"`temperature` must be above 0. Received: temperature={temperature}")
        super().__init__(input_shape, latent_dim, **kwargs)
        self.initial_entropy_weight = check_not_negative("entropy_weight", entropy_weight)
        self.entropy_weight = self.weight_of_term("entropy_weight", self.initial_entropy_weight)
        self.initial_commitment = check_not_negative("commitment", commitment)
        self.commitment_weight = self.weight_of_term("commitment_weight", self.initial_commitment)

    def make_quantiser(self):
        """The corners of a cube."""
        if self.latent_dim > MOST_BITS:
            raise ValueError(
                f"Of {MOST_BITS} bits there are a million codes, over all of which an entropy is "
                f"taken; take fewer. Received: latent_dim={self.latent_dim}"
            )
        return BinaryQuantiser(self.latent_dim, self.IS_SPHERICAL, name="quantiser")

    def latent_terms(self, posterior, z, batch):
        """What h pays for its distance from the code, and for bits that are unsure or alike."""
        h, e = posterior.encoded, posterior.quantised
        places, weight = places_of(h / self.quantiser.scale, batch.sample_weight, axes=1)
        # exp(−(u − 1)²/τ) against exp(−(u + 1)²/τ): log-odds 4u/τ.
        gap = entropy_gap(4.0 * places / self.temperature, weight)  # E[H(q)] − H(E[q])
        gap = ops.reshape(gap, (ops.shape(h)[0], -1))
        return {
            "commitment_loss": squared_distance(h, ops.stop_gradient(e)),  # ‖h − sg[e]‖²
            "entropy_loss": ops.sum(gap, axis=-1),
        }

    @property
    def term_names(self):
        """Names of the loss terms, in the order in which they are logged."""
        return (*super().term_names, "commitment_loss", "entropy_loss")

    @property
    def term_weights(self):
        """The weights of both."""
        return {"commitment_loss": self.commitment_weight, "entropy_loss": self.entropy_weight}

    def get_config(self):
        """The constructor's arguments."""
        return {
            **super().get_config(),
            "entropy_weight": self.initial_entropy_weight,
            "commitment": self.initial_commitment,
            "temperature": self.temperature,
        }
