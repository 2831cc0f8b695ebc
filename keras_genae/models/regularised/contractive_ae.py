"""The contractive autoencoder."""

import math

from keras import ops

from keras_genae import noise
from keras_genae.jacobian import squared_slope
from keras_genae.models.regularised.penalised_ae import PenalisedAE
from keras_genae.models.zoo import zoo_model


@zoo_model(
    family="regularised",
    minimises="−log p(x|z) + penalty_weight · ‖∂z/∂x‖²",
    use="features that small changes of x leave alone",
    paper="Rifai et al. 2011; Alain & Bengio 2014",
)
class ContractiveAE(PenalisedAE):
    """Let z change little where x does.

    Minimises −log p(x|z) + penalty_weight · ‖J_f(x)‖², z = f(x), where J_f(x) = ∂f/∂x is the
    Jacobian of the encoder and ‖·‖ the Frobenius norm: the sum of all its squared entries. Against
    the reconstruction, which needs z to tell the examples apart, only those directions of x stay
    steep along which the data vary.

    The norm has a closed form for one layer only. For any encoder it is estimated in each step by
    one draw ε from N(0, I): ‖f(x + step·ε) − f(x)‖² / step², whose expectation is ‖J_f(x)‖² to
    O(step²). It costs one more pass through the encoder.

    Choose it for features that are to be stable, and where a `DenoisingAE`, whose training is
    nearly the same for small noise, should not reconstruct from spoilt data.

    Its limits: the encoder may shrink all codes and the decoder stretch them again, which lowers
    the penalty and changes nothing; the paper ties the two networks' weights. Here a weight decay
    in a decoder of one's own holds it, or `RAE`, which pays on both sides. Dropout in an encoder of
    one's own counts as slope. In half precision a small step drowns in rounding: take 0.1 or more.

    Args:
        input_shape, latent_dim: as in `Autoencoder`.
        penalty_weight: nats for each unit of ‖J_f(x)‖²; a callback may move it. At 0 the model is
            an `Autoencoder`.
        step: length of the step in each entry of x, in units of the data: small against what the
            data vary by.
        **kwargs: the other arguments of `Autoencoder`.

    Raises:
        ValueError: on arguments that no model can be built from.

    Example:

    >>> import numpy as np
    >>> model = ContractiveAE((30,), latent_dim=4, widths=(32,), penalty_weight=0.1, seed=0)
    >>> model.compile(optimizer="adam")
    >>> x = np.random.default_rng(0).normal(size=(64, 30)).astype("float32")
    >>> history = model.fit(x, epochs=1, verbose=0)
    >>> sorted(history.history)
    ['contraction_loss', 'loss', 'reconstruction_loss']

    References:
        Rifai et al., "Contractive Auto-Encoders: Explicit Invariance During Feature
        Extraction", 2011;
        Alain & Bengio, "What Regularized Auto-Encoders Learn from the Data-Generating
        Distribution", 2014 (the estimate).
    """

    PENALTY = "contraction_loss"

    def __init__(self, input_shape=None, latent_dim=None, penalty_weight=0.1, step=0.05, **kwargs):
        self.step = check_step(step)
        super().__init__(input_shape, latent_dim, penalty_weight, **kwargs)

    def penalty(self, z, batch):
        """‖J_f(x)‖², by one draw."""

        def encode(x):
            return self.posterior(x, batch.training).mean

        epsilon = noise.normal(ops.shape(batch.x), self.noise_for(batch.training, z))
        # ‖f(x + s·ε) − f(x)‖² / s²
        return squared_slope(encode, batch.x, z, epsilon, self.step)

    def get_config(self):
        """The constructor's arguments."""
        return {**super().get_config(), "step": self.step}


def check_step(step):
    """`step` as a float above 0."""
    if not 0.0 < step < math.inf:
        raise ValueError(f"`step` must be a finite number above 0. Received: step={step}")
    return float(step)
