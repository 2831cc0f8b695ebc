"""One level of a ladder."""

import keras

from keras_genae.networks.hierarchy.level import Level, normal_of


@keras.saving.register_keras_serializable(package="keras_genae")
class LadderLevel(Level):
    """A level whose posterior is the prior, corrected by what the encoder says.

    Args:
        latent_shape: `(d,)`.
        prior_network: from the code above to the mean and log σ² of p(z|above); `None` at the top.

    Reference:
        Sønderby et al., "Ladder Variational Autoencoders", 2016.
    """

    def prior(self, h):
        """p(z_i|z_{i+1}) = N(μ_p, σ_p²)."""
        if h is None:
            return self.standard(), None
        return normal_of(*self.prior_network(h)), h

    def posterior(self, prior, h, features):
        """q(z_i|x, z_{i+1}) ∝ N(μ̂, σ̂²) · N(μ_p, σ_p²); at the top N(μ̂, σ̂²)."""
        estimate = normal_of(*features)  # N(μ̂, σ̂²), from the bottom up
        return estimate if h is None else estimate.times(prior)

    def step(self, h, z):
        """The level below is given z alone."""
        return z
