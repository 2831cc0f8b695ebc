"""The variational autoencoder with categorical codes."""

from keras import ops

from keras_genae.distributions import RelaxedCategorical
from keras_genae.layers import Sampling
from keras_genae.layers.corruption import check_not_negative
from keras_genae.layers.quantisers import OneHotQuantiser
from keras_genae.models.quantised.quantised_ae import QuantisedAE
from keras_genae.models.zoo import zoo_model
from keras_genae.priors.codes import UniformCodesPrior


@zoo_model(
    family="quantised",
    minimises="−log p(x|c) + beta · Σ KL(q(c|x) ‖ uniform), c ~ q(c|x) relaxed",
    use="codes of classes with a rate, sampled without a fitted prior",
    paper="Jang et al. 2017; Maddison et al. 2017",
)
class CategoricalVAE(QuantisedAE):
    """A VAE whose code is a map, or a row, of classes.

    The encoder gives logits, q(c|x) = softmax(logits) at each place, and the prior makes all K
    classes alike. Minimises, in nats per example,

        −log p(x|c) + beta · Σ KL(q(c|x) ‖ uniform),

    Σ over the places, the KL exact, log K − H(q). So that gradients pass, what is decoded is a
    relaxed draw, softmax((logits + g)/temperature) with g Gumbel noise, near a one-hot row.

    `encode` gives the most probable class of each place, int32, `decode` the image of such classes.
    `sample` draws classes all alike, as the prior has them, until `fit_prior` has learnt what comes
    beside what. A high temperature learns fast what a low one then makes discrete; a callback may
    move `temperature` down.

    Choose it where codes are to be classes and their rate is to be weighed; with `network="mlp"`
    and a few `groups` for vectors and small images. For tokens of images take `VQVAE` or `FSQVAE`.

    Its limits: relaxed draws are no classes, so the loss is no strict bound of log p(x), and images
    of true classes are worse than those of training; at a low temperature gradients vary much.
    Draws that are all alike look poor from maps of many places. Classes of a place may go unused
    where beta is high.

    Args:
        input_shape: `(height, width, channels)`, or `(features,)`.
        latent_dim: K, classes of each place.
        beta: weight of the KL divergence; a callback may move it: see `KLAnnealing`.
        temperature: of the relaxation, above 0; a Keras variable.
        groups: places with `network="mlp"`, 8 by default; the map as in `VQVAE`.
        **kwargs: the other arguments of `Autoencoder`; the likelihood is `"sigma"` by default. An
            encoder of one's own ends without a softmax.

    Raises:
        ValueError: on arguments that no model can be built from.

    Example:

    >>> import numpy as np
    >>> model = CategoricalVAE((20,), latent_dim=10, groups=5, widths=(16,), seed=0)
    >>> model.compile(optimizer="adam")
    >>> x = np.random.default_rng(0).normal(size=(64, 20)).astype("float32")
    >>> history = model.fit(x, epochs=1, verbose=0)
    >>> model.encode(x).shape, model.sample(3, seed=0).shape
    ((64, 5), (3, 20))

    References:
        Jang, Gu & Poole, "Categorical Reparameterization with Gumbel-Softmax", 2017;
        Maddison, Mnih & Teh, "The Concrete Distribution", 2017.
    """

    def __init__(self, input_shape=None, latent_dim=None, beta=1.0, temperature=0.67, **kwargs):
        super().__init__(input_shape, latent_dim, **kwargs)
        self.sampling = Sampling(seed=self.noise, name="sampling")
        self.initial_beta = check_not_negative("beta", beta)
        self.beta = self.weight_of_term("beta", self.initial_beta)
        self.initial_temperature = check_not_negative("temperature", temperature)
        if self.initial_temperature == 0.0:
            raise ValueError(f"`temperature` must be above 0. Received: temperature={temperature}")
        self.temperature = self.weight_of_term("temperature", self.initial_temperature)

    def make_quantiser(self):
        """One-hot rows."""
        return OneHotQuantiser(self.latent_dim, name="quantiser")

    def bottleneck(self, h, training=False):
        """q(c|x) at each place, of the encoder's logits."""
        return RelaxedCategorical(h, ops.convert_to_tensor(self.temperature))

    def draw(self, posterior, training):
        """A relaxed draw from q(c|x)."""
        return self.sampling.draw(posterior, training)

    def latent_terms(self, posterior, z, batch):
        """Σ KL(q(c|x) ‖ uniform) over the places."""
        kl = posterior.kl()  # (batch, *places)
        return {"kl_loss": ops.sum(ops.reshape(kl, (ops.shape(kl)[0], -1)), axis=-1)}

    @property
    def term_names(self):
        """Names of the loss terms, in the order in which they are logged."""
        return (*super().term_names, "kl_loss")

    @property
    def term_weights(self):
        """Beta weighs what the posterior costs."""
        return {"kl_loss": self.beta}

    def own_density(self):
        """Classes all alike, at all places."""
        return UniformCodesPrior(self.latent_shape, self.codebook_size)

    def get_config(self):
        """The constructor's arguments."""
        return {
            **super().get_config(),
            "beta": self.initial_beta,
            "temperature": self.initial_temperature,
        }
