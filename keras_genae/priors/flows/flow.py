"""A normalising flow of affine couplings over latent vectors."""

import keras

from keras_genae.networks.checks import check_whole
from keras_genae.priors.flows.affine_coupling import AffineCoupling
from keras_genae.priors.flows.normalizing_flow import NormalizingFlowPrior
from keras_genae.priors.flows.rotation import Rotation


@keras.saving.register_keras_serializable(package="keras_genae")
class FlowPrior(NormalizingFlowPrior):
    """RealNVP: an invertible network that turns latent vectors into draws from N(0, I).

    z is whitened to u by the moments of the codes, and u passes through affine couplings to ε:

        log p(z) = log N(ε; 0, I) + log |det ∂ε/∂u| + log |det ∂u/∂z|,

    which is exact, and is maximised. Sampling goes the other way. Before each pair of couplings a
    fixed random rotation mixes the units, where the paper permutes them: halves that happen to be
    independent would have nothing to tell each other.

    It takes thousands of codes to learn from; before training, and where training gains nothing on
    codes held out, the density is that of `GaussianPrior`. In one dimension, where a unit has no
    other to look at, it stays a normal distribution.

    Args:
        latent_dim: entries of a latent vector.
        pairs: pairs of couplings; the second changes the half of the units that the first lets
            through.
        width: units of each hidden layer within a coupling.

    Example:

    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> prior = FlowPrior(latent_dim=2, pairs=2, width=16)
    >>> prior.fit(rng.normal(size=(500, 2)), epochs=2)
    >>> z = prior.sample(3, rng)
    >>> z.shape, prior.log_prob(z).shape
    ((3, 2), (3,))

    Reference:
        Dinh et al., "Density Estimation Using Real NVP", 2017.
    """

    def __init__(self, latent_dim, pairs=4, width=64, **kwargs):
        latent_dim = check_whole("latent_dim", latent_dim)
        self.width = check_whole("width", width)
        first = [unit % 2 for unit in range(latent_dim)]
        second = [1 - entry for entry in first] if latent_dim > 1 else first
        steps = []
        for i in range(check_whole("pairs", pairs)):
            steps += [
                Rotation(latent_dim, seed=i, name=f"rotation_{i + 1}"),
                AffineCoupling(first, width, name=f"coupling_{i + 1}_a"),
                AffineCoupling(second, width, name=f"coupling_{i + 1}_b"),
            ]
        super().__init__(latent_dim, steps, **kwargs)

    def get_config(self):
        """The constructor's arguments."""
        return {**super().get_config(), "pairs": len(self.steps) // 3, "width": self.width}
