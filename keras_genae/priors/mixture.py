"""What the mixtures over latent vectors share."""

import numpy as np

from keras_genae.networks.checks import check_whole
from keras_genae.priors.prior import Prior, as_floats


class MixturePrior(Prior):
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
            if hasattr(self, name):
                delattr(self, name)
            weight = self.add_weight(
                name=name, shape=value.shape, initializer="zeros", trainable=False
            )
            weight.assign(value)
            setattr(self, name, weight)
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

    def variance_of_components(self):
        """Variance of each unit in each component, `(components, latent_dim)`."""
        raise NotImplementedError

    def sample(self, count, rng, temperature=1.0):
        """Draw latent vectors.

        Args:
            count: how many.
            rng: a `numpy.random.Generator`.
            temperature: the standard deviation of each component is multiplied by it; at 0 the
                means of the components are left.

        Returns:
            float32 `(count, latent_dim)`.
        """
        shares, means = as_floats(self.shares, self.means)
        chosen = rng.choice(self.components, count, p=shares / shares.sum())
        noise = temperature * rng.standard_normal((count, self.latent_dim))
        for k in np.unique(chosen):
            noise[chosen == k] = self.place(k, noise[chosen == k])
        return (means[chosen] + noise).astype("float32")

    def log_prob(self, z):
        """log density at `z`, `(n, latent_dim)`, in nats: float32 `(n,)`."""
        (shares,) = as_floats(self.shares)
        joint = np.log(shares / shares.sum()) + self.log_prob_of_components(self.check_latents(z))
        return np.logaddexp.reduce(joint, axis=1).astype("float32")

    @property
    def stddev(self):
        """Standard deviation of each unit, `(latent_dim,)`."""
        shares, means = as_floats(self.shares, self.means)
        shares = shares[:, None] / shares.sum()
        center = np.sum(shares * means, axis=0)
        variance = self.variance_of_components() + np.square(means - center)
        return np.sqrt(np.sum(shares * variance, axis=0))

    def get_config(self):
        """The constructor's arguments."""
        return {**super().get_config(), "components": self.components}
