"""What the VAEs share whose posterior is carried on by a normalising flow."""

from keras_genae.distributions import DiagonalNormal
from keras_genae.flows import FlowPosterior
from keras_genae.models.vae import VAE
from keras_genae.networks.checks import check_whole


class FlowVAE(VAE):
    """A `VAE` whose encoder has a third output, the context of the steps of a flow.

    A subclass says what a step is. Without any, the posterior is the normal one of `VAE`.

    Args:
        input_shape, latent_dim: as in `Autoencoder`.
        length: steps of the flow.
        **kwargs: `beta` of `VAE`, and the other arguments of `Autoencoder`.
    """

    WHITENS = False
    KL_IS_OF_UNITS = False

    def __init__(self, input_shape=None, latent_dim=None, length=8, **kwargs):
        self.length = check_whole("length", length, smallest=0)
        super().__init__(input_shape, latent_dim, **kwargs)
        self.steps = [self.make_step(name=f"step_{i + 1}") for i in range(self.length)]

    @property
    def HEADS(self):
        """Names of the encoder's outputs."""
        return ("mean", "log_var", "context") if self.length else ("mean", "log_var")

    def make_step(self, name):
        """A step of the flow, a layer of z and the context to (z', log |det ∂z'/∂z|)."""
        raise NotImplementedError

    def posterior_of(self, mean, log_var, *context):
        """q(z|x): a normal distribution, carried on by the steps."""
        base = DiagonalNormal(mean, log_var)
        return FlowPosterior(base, self.steps, *context) if context else base

    def get_config(self):
        """The constructor's arguments."""
        return {**super().get_config(), "length": self.length}
