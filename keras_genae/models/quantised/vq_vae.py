"""The vector-quantised autoencoder."""

from keras import ops

from keras_genae.layers.corruption import check_not_negative
from keras_genae.layers.quantisers import VectorQuantiser
from keras_genae.models.quantised.quantised_ae import QuantisedAE, squared_distance
from keras_genae.models.zoo import zoo_model
from keras_genae.networks.checks import check_whole

CODEBOOKS = ("ema", "gradient")


@zoo_model(
    family="quantised",
    minimises="−log p(x|e) + commitment · ‖h − sg[e]‖², e the nearest code to h = encoder(x)",
    use="tokens of images: codes that a language model can learn",
    paper="van den Oord et al. 2017",
)
class VQVAE(QuantisedAE):
    """Compress x to a map of indices into a codebook of vectors.

    The encoder makes a map of vectors h, and the nearest row e of a codebook is put in the place of
    each. Minimises, in nats per example,

        −log p(x|e) + commitment · ‖h − sg[e]‖² [+ ‖sg[h] − e‖²],

    sg[·] what no gradient passes, the squares summed over all places. The decoder's gradient goes
    past e straight to h. The commitment term moves the encoder alone, towards the codes. What moves
    the codes towards the encoder is the last term, with `codebook="gradient"`; or, by default, each
    is the mean of the h that it stands for, averaged over the last hundred training batches, and
    there is no such term.

    At first no code is in use: the codebook starts as the k-means of the first training batch.
    Codes that hardly come any more start anew from vectors that are far from all codes;
    `restarts=False` is the paper's codebook, most of which dies. `fit` logs `codebook_usage`, the
    share of codes that came, and `perplexity`, how many evenly used ones would say as much; a
    `CollapseMonitor` warns of dead ones.

    `encode` gives int32 indices `(n, height, width)`, `decode` takes them. Choose it for tokens:
    what comes after it (a transformer, search, compression to log₂ `codebook_size` bits a place)
    works on whole numbers.

    Its limits: it has no density, and nothing to sample from, until `fit_prior` makes one.
    A batch should hold several times as many places as there are codes, or many rest unused.
    Reconstructions are softer than those of a map without a codebook; more codes help by the
    logarithm of their number, more places by more. Under replicas the first one's share of a batch
    says where codes start.

    Args:
        input_shape: `(height, width, channels)`, or `(features,)`.
        latent_dim: entries of a code; 16 to 64 are usual.
        codebook_size: codes to choose from.
        codebook: `"ema"`, means over batches, or `"gradient"`.
        commitment: β, nats for each unit of ‖h − e‖²; a callback may move `commitment_weight`.
        restarts: whether codes that are not in use start anew.
        groups: codes of an example with `network="mlp"`, 8 by default. With convolutions the map is
            a quarter as high and wide as the image by default, of 48 pixels or more an eighth: each
            entry of `widths` is a stage that halves it.
        **kwargs: the other arguments of `Autoencoder`; the likelihood is `"sigma"` by default. An
            encoder of one's own gives `(batch, height, width, latent_dim)`, or
            `(batch, groups, latent_dim)`, which the decoder takes.

    Raises:
        ValueError: on arguments that no model can be built from.

    Example:

    >>> import numpy as np
    >>> model = VQVAE((12, 12, 1), latent_dim=4, codebook_size=32, widths=(8, 8), seed=0)
    >>> model.compile(optimizer="adam")
    >>> x = np.random.default_rng(0).random((64, 12, 12, 1)).astype("float32")
    >>> history = model.fit(x, epochs=1, verbose=0)
    >>> sorted(history.history)
    ['codebook_usage', 'commitment_loss', 'loss', 'perplexity', 'reconstruction_loss']
    >>> indices = model.encode(x)
    >>> indices.shape, indices.dtype, model.decode(indices).shape
    ((64, 3, 3), dtype('int32'), (64, 12, 12, 1))

    References:
        van den Oord et al., "Neural Discrete Representation Learning", 2017;
        Dhariwal et al., "Jukebox: A Generative Model for Music", 2020 (restarts);
        Łańcucki et al., "Robust Training of Vector Quantized Bottleneck Models", 2020 (the start).
    """

    def __init__(
        self,
        input_shape=None,
        latent_dim=None,
        codebook_size=512,
        codebook="ema",
        commitment=0.25,
        restarts=True,
        **kwargs,
    ):
        if codebook not in CODEBOOKS:
            raise ValueError(
                f"`codebook` must be one of {', '.join(map(repr, CODEBOOKS))}. "
                f"Received: codebook={codebook!r}"
            )
        self.codebook = codebook
        self.size = check_whole("codebook_size", codebook_size, smallest=2)
        self.restarts = bool(restarts)
        super().__init__(input_shape, latent_dim, **kwargs)
        self.initial_commitment = check_not_negative("commitment", commitment)
        self.commitment_weight = self.weight_of_term("commitment_weight", self.initial_commitment)

    def make_quantiser(self):
        """The codebook."""
        return VectorQuantiser(
            self.size,
            self.latent_dim,
            is_trained=self.codebook == "gradient",
            restarts=self.restarts,
            name="quantiser",
        )

    def latent_terms(self, posterior, z, batch):
        """What the encoder pays for its distance from the codes, and they for theirs from it."""
        h, e = posterior.encoded, posterior.quantised
        terms = {"commitment_loss": squared_distance(h, ops.stop_gradient(e))}  # ‖h − sg[e]‖²
        if self.codebook == "gradient":
            terms["codebook_loss"] = squared_distance(ops.stop_gradient(h), e)  # ‖sg[h] − e‖²
        return terms

    @property
    def term_names(self):
        """Names of the loss terms, in the order in which they are logged."""
        codebook = ("codebook_loss",) if self.codebook == "gradient" else ()
        return (*super().term_names, "commitment_loss", *codebook)

    @property
    def term_weights(self):
        """β weighs what the encoder pays."""
        return {"commitment_loss": self.commitment_weight}

    def get_config(self):
        """The constructor's arguments."""
        return {
            **super().get_config(),
            "codebook_size": self.size,
            "codebook": self.codebook,
            "commitment": self.initial_commitment,
            "restarts": self.restarts,
        }
