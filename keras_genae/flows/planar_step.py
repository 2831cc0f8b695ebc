"""The planar step of a normalising flow."""

import math

import keras
from keras import ops

from keras_genae.flows.amortised_step import AmortisedStep

# softplus(log(e − 1)) = 1.
ONE = math.log(math.e - 1.0)


@keras.saving.register_keras_serializable(package="keras_genae")
class PlanarStep(AmortisedStep):
    """Stretch and squeeze across a hyperplane: f(z) = z + û·tanh(wᵀz + b).

    w, u and b are linear in a context, what an encoder says of x. The step is invertible where
    wᵀû > −1, so û is u moved along w until it is:

        û = u + (m(wᵀu) − wᵀu) · w / ‖w‖²,    log |det ∂f/∂z| = log(1 + (1 − tanh²(wᵀz + b)) · wᵀû)

    m maps onto (−1, ∞): m(a) = softplus(a + log(e − 1)) − 1, the paper's moved by a constant so
    that m(0) = 0: with u = 0 the step does nothing.

    Args:
        latent_dim: entries of z.
        context_dim: entries of the context.

    Input: z `(batch, latent_dim)` and the context `(batch, context_dim)`.

    Output: f(z), and log |det ∂f/∂z|, `(batch,)`.

    Reference:
        Rezende & Mohamed, "Variational Inference with Normalizing Flows", 2015, section 4.1 and
        appendix A.
    """

    @property
    def numbers(self):
        """Of w, u and b."""
        return 2 * self.latent_dim + 1

    def call(self, z, context):
        """See the class."""
        w, u, b = ops.split(self.of_context(context), [self.latent_dim, 2 * self.latent_dim], -1)
        wu = ops.sum(w * u, axis=-1, keepdims=True)
        slope = ops.softplus(wu + ONE)  # 1 + wᵀû = 1 + m(wᵀu), above 0.
        squared = ops.sum(ops.square(w), axis=-1, keepdims=True)
        u = u + (slope - 1.0 - wu) * w / (squared + keras.config.epsilon())
        h = ops.tanh(ops.sum(w * z, axis=-1, keepdims=True) + b)
        # 1 + (1 − h²) wᵀû, as a sum of what is not negative.
        factor = ops.square(h) + (1.0 - ops.square(h)) * slope
        log_det = ops.log(ops.maximum(factor, keras.config.epsilon()))
        return z + u * h, log_det[..., 0]
