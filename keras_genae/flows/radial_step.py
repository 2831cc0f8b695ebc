"""The radial step of a normalising flow."""

import keras
from keras import ops

from keras_genae.flows.amortised_step import AmortisedStep


@keras.saving.register_keras_serializable(package="keras_genae")
class RadialStep(AmortisedStep):
    """Pull towards a point, or push away from it: f(z) = z + β·h·(z − c), h = 1 / (α + ‖z − c‖).

    c, α > 0 and β are made of a context, what an encoder says of x. The step is invertible where
    β > −α, so β = γ − α with γ > 0. With r = ‖z − c‖ and d entries of z

        log |det ∂f/∂z| = (d − 1) log(1 + βh) + log(1 + βh − βr h²)

    Args:
        latent_dim, context_dim: as in `PlanarStep`; input and output too.

    Reference:
        Rezende & Mohamed, "Variational Inference with Normalizing Flows", 2015, section 4.1 and
        appendix A.
    """

    @property
    def numbers(self):
        """Of c, α and γ."""
        return self.latent_dim + 2

    def call(self, z, context):
        """See the class."""
        c, alpha, gamma = ops.split(
            self.of_context(context), [self.latent_dim, self.latent_dim + 1], -1
        )
        alpha, gamma = ops.softplus(alpha), ops.softplus(gamma)
        tiny = keras.config.epsilon() ** 2  # At r = 0 the root has no gradient.
        r = ops.sqrt(ops.sum(ops.square(z - c), axis=-1, keepdims=True) + tiny)
        h = 1.0 / (alpha + r + tiny)
        # Both factors of the determinant as sums of what is not negative.
        around = (r + gamma) * h  # 1 + βh
        along = (ops.square(r) + 2.0 * alpha * r + alpha * gamma) * ops.square(h)  # 1 + βh − βr h²
        log_det = (self.latent_dim - 1) * ops.log(around + tiny) + ops.log(along + tiny)
        return z + (gamma - alpha) * h * (z - c), log_det[..., 0]
