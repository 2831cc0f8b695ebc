"""One level of a deep hierarchy with residual blocks."""

import keras

from keras_genae.networks.hierarchy.level import Level, normal_of


@keras.saving.register_keras_serializable(package="keras_genae")
class DeepLevel(Level):
    """A level that adds to a residual stream h of maps, from the top down.

    Args:
        latent_shape: `(height, width, channels)`.
        prior_network: from h to the mean and log σ² of p(z|above), and h with something added;
            `None` at the top.
        posterior_network: from a list of that h, but at the top, and the encoder's features, to the
            mean and log σ² of q(z|x, above).
        step_network: from a list of that h, but at the top, and z to the h of the level below.

    Reference:
        Child, "Very Deep VAEs Generalize Autoregressive Models and Can Outperform Them on Images",
        2021, figure 3.
    """

    NETWORKS = ("prior_network", "posterior_network", "step_network")

    def prior(self, h):
        """p(z_i|z above), and h with a residual of it added."""
        if h is None:
            return self.standard(), None
        mean, log_var, h = self.prior_network(h)
        return normal_of(mean, log_var), h

    def posterior(self, prior, h, features):
        """q(z_i|x, z above)."""
        return normal_of(*self.posterior_network([*above(h), *features]))

    def step(self, h, z):
        """h with z, and a residual of both, added; on larger maps where the next level has them."""
        return self.step_network([*above(h), z])


def above(h):
    """What a network is given of h: nothing at the top."""
    return [] if h is None else [h]
