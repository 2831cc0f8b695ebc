"""The VAE whose prior is a mixture of its own posteriors."""

import keras
import numpy as np
from keras import ops

from keras_genae.distributions import NormalMixture
from keras_genae.models.vae import VAE
from keras_genae.models.zoo import zoo_model
from keras_genae.networks.checks import check_whole
from keras_genae.priors.mixtures.vamp_mixture import density_of


@zoo_model(
    family="priors and posteriors",
    minimises="−log p(x|z) + beta · [log q(z|x) − log 1/K Σ_k q(z|u_k)], u_k learned",
    use="generation where codes do not fill N(0, I); prototypes",
    paper="Tomczak & Welling 2018",
)
class VampPriorVAE(VAE):
    """Learn the prior too: a mixture of the posteriors of K learned pseudo-inputs u_k.

    Minimises −log p(x|z) + beta · [log q(z|x) − log p(z)], z ~ q(z|x), in nats per example, with
    the prior p(z) = 1/K Σ_k q(z|u_k). Of all priors the best for the ELBO is the aggregated
    posterior, the mean of q(z|x) over the data; this one approaches it, and costs the nats that
    codes pay to fill N(0, I) no more. `kl_loss` is taken at the draw: a mixture has no closed form.

    Choose it where samples of a `VAE` are worse than its reconstructions. `initialise(x)` starts
    the pseudo-inputs from examples, which is faster than from noise; decoded, they are prototypes.

    Its limits: each step encodes the K pseudo-inputs beside the batch. Many components remember
    training examples. Units have no order and no KL of their own, so no `free_bits`. To fit such a
    mixture after training instead: `fit_prior(x, "vamp_mixture")`.

    Args:
        input_shape, latent_dim: as in `Autoencoder`.
        components: K; the paper's is 500, for digits.
        **kwargs: `beta` of `VAE`, and the other arguments of `Autoencoder`.

    Raises:
        ValueError: on arguments that no model can be built from.

    Example:

    >>> import numpy as np
    >>> x = np.random.default_rng(0).normal(size=(64, 8)).astype("float32")
    >>> model = VampPriorVAE((8,), latent_dim=2, components=5, widths=(16,), seed=0)
    >>> model.initialise(x)
    >>> model.compile(optimizer="adam")
    >>> history = model.fit(x, epochs=1, verbose=0)
    >>> model.sample(4, seed=0).shape
    (4, 8)

    Reference:
        Tomczak & Welling, "VAE with a VampPrior", 2018.
    """

    WHITENS = False
    KL_IS_OF_UNITS = False

    def __init__(self, input_shape=None, latent_dim=None, components=100, **kwargs):
        self.components = check_whole("components", components)
        super().__init__(input_shape, latent_dim, **kwargs)
        noise = keras.initializers.RandomUniform(0.0, 1.0)
        self.given_inputs = self.add_weight(
            name="pseudo_inputs",
            shape=(self.components, *self.input_shape),
            initializer=noise if self.is_image else keras.initializers.RandomNormal(stddev=1.0),
            dtype="float32",
        )

    @property
    def pseudo_inputs(self):
        """u_k, `(components, *input_shape)`: images within [0, 1], as the data are."""
        inputs = ops.convert_to_tensor(self.given_inputs)
        return ops.clip(inputs, 0.0, 1.0) if self.is_image else inputs

    @property
    def prior(self):
        """p(z) = 1/K Σ_k q(z|u_k)."""
        return NormalMixture(*self.heads(self.pseudo_inputs))

    def initialise(self, x, seed=0):
        """Start the pseudo-inputs from examples.

        Args:
            x: array of training examples `(n, *input_shape)`.
            seed: of which are chosen; some twice where `x` has fewer than `components`.

        Raises:
            ValueError: on data of the wrong shape, dtype or range.
        """
        x = self.check_examples(x)
        if not hasattr(x, "shape"):
            raise ValueError(f"`x` must be an array of examples. Received: {type(x).__name__}")
        repeats = len(x) < self.components
        rows = np.random.default_rng(seed).choice(len(x), self.components, replace=repeats)
        self.given_inputs.assign(self.to_float(np.asarray(x)[rows]))

    def own_density(self):
        """The mixture that the model is trained with, as it is now."""
        return density_of(self.prior)

    def get_config(self):
        """The constructor's arguments."""
        return {**super().get_config(), "components": self.components}
