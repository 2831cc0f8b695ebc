"""What the mixtures over latent vectors share."""

import numpy as np

from keras_genae.networks.checks import check_whole
from keras_genae.priors.prior import as_floats
from keras_genae.priors.shaped import ShapedPrior


class MixturePrior(ShapedPrior):
    """Σ_k shares[k] · N(means[k], covariance of component k).

    A subclass says what `spread` holds: the covariances, in the form it samples from.

    Args:
        latent_dim: entries of a latent vector.
        components: how many; `fit` finds it, and a loaded prior is made with what was saved.
    """

    def __init__(self, latent_dim, components=None, **kwargs):
        super().__init__(latent_dim, **kwargs)
        self.components = components
        if components is not None:
            components = check_whole("components", components)
            shares, means = (
                np.full(components, 1.0 / components),
                np.zeros((components, latent_dim)),
            )
            self.keep(shares, means, self.unit_spread(components))

    def keep(self, shares, means, spread):
        """Hold a mixture in weights, in place of the one before."""
        for name, value in {"shares": shares, "means": means, "spread": spread}.items():
            if getattr(getattr(self, name, None), "shape", None) != value.shape:
                if hasattr(self, name):
                    delattr(self, name)
                weight = self.add_weight(
                    name=name, shape=value.shape, initializer="zeros", trainable=False
                )
                setattr(self, name, weight)
            getattr(self, name).assign(value)
        self.components = len(shares)

    def unit_spread(self, components):
        """The spread of components with covariance I."""
        raise NotImplementedError

    def place(self, k, epsilon):
        """What component `k` makes of normal noise `(n, latent_dim)`, without its mean."""
        raise NotImplementedError

    def log_prob_of_components(self, z):
        """log density of each component at `z`: `(n, components)`."""
        raise NotImplementedError

    def sample_shape(self, count, rng, temperature):
        """At a temperature of 0 the means of the components are left."""
        shares, means = as_floats(self.shares, self.means)
        chosen = rng.choice(self.components, count, p=shares / shares.sum())
        noise = temperature * rng.standard_normal((count, self.latent_dim))
        for k in np.unique(chosen):
            noise[chosen == k] = self.place(k, noise[chosen == k])
        return means[chosen] + noise

    def log_prob_of_shape(self, z):
        """See `ShapedPrior.log_prob_of_shape`."""
        (shares,) = as_floats(self.shares)
        joint = np.log(shares / shares.sum()) + self.log_prob_of_components(z)
        return np.logaddexp.reduce(joint, axis=1)

    @property
    def has_shape(self):
        """A single component is a normal distribution."""
        return self.components > 1

    def get_config(self):
        """The constructor's arguments."""
        return {**super().get_config(), "components": self.components}
