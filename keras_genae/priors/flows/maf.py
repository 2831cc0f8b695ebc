"""A masked autoregressive flow over latent vectors."""

import keras

from keras_genae.networks.checks import check_whole
from keras_genae.priors.flows.autoregressive import Autoregressive
from keras_genae.priors.flows.normalizing_flow import NormalizingFlowPrior
from keras_genae.priors.flows.rotation import Rotation


@keras.saving.register_keras_serializable(package="keras_genae")
class MAFPrior(NormalizingFlowPrior):
    """Masked autoregressive flow: each unit is normal, given the units before it, layer upon layer.

    z is whitened to u by the moments of the codes, and u passes through autoregressive steps to ε:

        ε_i = (u_i − μ_i(u_1 … u_{i−1})) · exp(−α_i(u_1 … u_{i−1})), step after step,
        log p(z) = log N(ε; 0, I) − Σ α + log |det ∂u/∂z|,

    which is exact, and is maximised. Every unit is changed in every step, where a coupling of
    `FlowPrior` changes half of them. Before each step a fixed random rotation mixes the units,
    where the paper turns their order round.

    Its limits: a density costs one pass through the network, a sample one for each unit, so that
    sampling from hundreds of units is slow. It takes thousands of codes to learn from; before
    training, and where training gains nothing on codes held out, the density is that of
    `GaussianPrior`. In one dimension it stays a normal distribution.

    Args:
        latent_dim: entries of a latent vector.
        steps: autoregressive steps.
        width: units of each hidden layer within a step.

    Example:

    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> prior = MAFPrior(latent_dim=2, steps=2, width=16)
    >>> prior.fit(rng.normal(size=(500, 2)), epochs=2)
    >>> z = prior.sample(3, rng)
    >>> z.shape, prior.log_prob(z).shape
    ((3, 2), (3,))

    Reference:
        Papamakarios et al., "Masked Autoregressive Flow for Density Estimation", 2017.
    """

    def __init__(self, latent_dim, steps=5, width=128, **kwargs):
        latent_dim = check_whole("latent_dim", latent_dim)
        self.width = check_whole("width", width)
        layers = []
        for i in range(check_whole("steps", steps)):
            layers += [
                Rotation(latent_dim, seed=i, name=f"rotation_{i + 1}"),
                Autoregressive(latent_dim, width, name=f"autoregressive_{i + 1}"),
            ]
        super().__init__(latent_dim, layers, **kwargs)

    def get_config(self):
        """The constructor's arguments."""
        return {**super().get_config(), "steps": len(self.steps) // 2, "width": self.width}
