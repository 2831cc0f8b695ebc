"""The regularised autoencoder."""

from keras import ops

from keras_genae import noise
from keras_genae.jacobian import squared_slope
from keras_genae.layers import UnitSpectralNorm
from keras_genae.layers.corruption import check_not_negative
from keras_genae.models.regularised.penalised_ae import PenalisedAE, for_each_example
from keras_genae.models.zoo import zoo_model

# How the decoder is kept smooth, and λ by default; `None` where nothing is added to the loss.
REGULARISERS = {"l2": 1e-4, "gradient_penalty": 1e-2, "spectral_norm": None, None: None}
# Length of the step in each entry of z that the decoder's slope is found by; codes are about as
# long as draws from N(0, I).
STEP = 0.05


@zoo_model(
    family="regularised",
    minimises="−log p(x|z) + penalty_weight · ½‖z‖² + decoder_weight · R(decoder)",
    use="generation by a prior fitted afterwards",
    paper="Ghosh et al. 2020",
)
class RAE(PenalisedAE):
    """A VAE without noise: codes are kept short, and the decoder smooth.

    Minimises −log p(x|z) + β · ½‖z‖² + λ · R, z = encoder(x). In a VAE the noise of the posterior
    makes the decoder smooth; here that is asked for in words, by one of

    - `"l2"`: R = ‖θ‖², the squared weights of the decoder;
    - `"gradient_penalty"`: R = ‖∂D(z)/∂z‖², the squared Frobenius norm of the decoder's Jacobian at
      the code, estimated by one step along noise; it costs two more passes through the decoder;
    - `"spectral_norm"`: no term; after each step every kernel of the decoder is divided by its
      largest singular value, so that no layer stretches anything;
    - `None`: nothing beside what the architecture does.

    The codes follow no distribution that is known beforehand. As in the paper one is fitted to them
    afterwards: `model.fit_prior(x, "gmm")`, then `sample`.

    Choose it for samples and reconstructions sharper than a VAE's, without a likelihood.

    Its limits: no ELBO and no rate, and nothing to sample from before `fit_prior`. The two weights
    are to be tuned together: a decoder may make up for short codes by larger weights. With
    `"spectral_norm"` a deep decoder gives images of little contrast unless codes are long: take a
    small β. Its norm is found to a percent or two.

    Args:
        input_shape, latent_dim: as in `Autoencoder`.
        regulariser: `"l2"`, `"gradient_penalty"`, `"spectral_norm"` or `None`.
        penalty_weight: β, nats for each unit of ½‖z‖²; a callback may move it.
        decoder_weight: λ, nats for each unit of R; by default 1e-4 for `"l2"` and 1e-2 for
            `"gradient_penalty"`; the other two have none. A callback may move it. At 0, with β = 0,
            the model is an `Autoencoder`.
        **kwargs: the other arguments of `Autoencoder`.

    Raises:
        ValueError: on arguments that no model can be built from.

    Example:

    >>> import numpy as np
    >>> model = RAE((30,), latent_dim=2, widths=(32,), seed=0)
    >>> model.compile(optimizer="adam")
    >>> x = np.random.default_rng(0).normal(size=(64, 30)).astype("float32")
    >>> history = model.fit(x, epochs=1, verbose=0)
    >>> sorted(history.history)
    ['code_loss', 'decoder_loss', 'loss', 'reconstruction_loss']
    >>> model.fit_prior(x, "gmm", components=2).sample(3, seed=0).shape
    (3, 30)

    Reference:
        Ghosh et al., "From Variational to Deterministic Autoencoders", 2020.
    """

    PENALTY = "code_loss"

    def __init__(
        self,
        input_shape=None,
        latent_dim=None,
        regulariser="l2",
        penalty_weight=1e-2,
        decoder_weight=None,
        **kwargs,
    ):
        self.initial_decoder_weight = check_decoder_weight(decoder_weight, regulariser)
        self.regulariser = regulariser
        super().__init__(input_shape, latent_dim, penalty_weight, **kwargs)
        self.decoder_weight = None
        if self.initial_decoder_weight is not None:
            self.decoder_weight = self.weight_of_term("decoder_weight", self.initial_decoder_weight)
        if regulariser == "spectral_norm":
            for kernel in self.decoder.weights:
                if len(kernel.shape) >= 2:
                    kernel.constraint = UnitSpectralNorm()

    def penalty(self, z, batch):
        """½‖z‖²."""
        return 0.5 * ops.sum(ops.square(z), axis=-1)

    def latent_terms(self, posterior, z, batch):
        """½‖z‖², and R where it is a term."""
        terms = super().latent_terms(posterior, z, batch)
        if self.decoder_weight is not None:
            is_l2 = self.regulariser == "l2"
            terms["decoder_loss"] = self.size(batch) if is_l2 else self.slope(z, batch)
        return terms

    def size(self, batch):
        """‖θ‖², the same for each example."""
        squared = [ops.sum(ops.square(weights)) for weights in self.decoder.trainable_variables]
        return for_each_example(sum(squared), batch)

    def slope(self, z, batch):
        """‖∂D(z)/∂z‖², by one draw."""

        def decode(z):
            return self.likelihood(self.raw(z, batch.training)).mean

        epsilon = noise.normal(ops.shape(z), self.noise_for(batch.training, z))
        # ‖D(z + s·ε) − D(z)‖² / s²
        return squared_slope(decode, z, decode(z), epsilon, STEP)

    @property
    def term_names(self):
        """Names of the loss terms, in the order in which they are logged."""
        has_term = REGULARISERS[self.regulariser] is not None
        return (*super().term_names, *(["decoder_loss"] if has_term else []))

    @property
    def term_weights(self):
        """β and λ."""
        weights = super().term_weights
        return (
            weights
            if self.decoder_weight is None
            else {**weights, "decoder_loss": self.decoder_weight}
        )

    def get_config(self):
        """The constructor's arguments."""
        return {
            **super().get_config(),
            "regulariser": self.regulariser,
            "decoder_weight": self.initial_decoder_weight,
        }


def check_decoder_weight(weight, regulariser):
    """λ as a float; `None` where the regulariser adds nothing to the loss."""
    if regulariser not in REGULARISERS:
        raise ValueError(
            f"`regulariser` must be one of {', '.join(map(repr, REGULARISERS))}. "
            f"Received: regulariser={regulariser!r}"
        )
    default = REGULARISERS[regulariser]
    if weight is None:
        return default
    if default is None:
        raise ValueError(
            "`decoder_weight` weighs what `regulariser='l2'` or 'gradient_penalty' add to the "
            "loss. Leave it out with any other. "
            f"Received: decoder_weight={weight}, regulariser={regulariser!r}"
        )
    return check_not_negative("decoder_weight", weight)
