"""The inverse autoregressive step of a normalising flow."""

import keras
from keras import ops

from keras_genae.layers.made import MADE

# sigmoid(2) = 0.88: a step keeps most of z at first.
KEEPS = 2.0


@keras.saving.register_keras_serializable(package="keras_genae")
class AutoregressiveStep(keras.layers.Layer):
    """Each entry of z moved and scaled by what a network makes of the entries before it.

        z'_i = σ_i·z_i + (1 − σ_i)·m_i,   m, σ of z_1 … z_{i−1} and the context

    The Jacobian is triangular, so log |det ∂z'/∂z| = Σ_i log σ_i. The entries come out in reverse
    order, so that in the next step the last of them is the first.

    Args:
        latent_dim: entries of z.
        context_dim: entries of the context, which every entry sees.
        width: units of each hidden layer of the network.

    Input: z `(batch, latent_dim)` and the context `(batch, context_dim)`.

    Output: z', and log |det ∂z'/∂z|, `(batch,)`.

    References:
        Kingma et al., "Improved Variational Inference with Inverse Autoregressive Flow", 2016,
        algorithm 1 and section 4 (z' as an LSTM updates its state);
        Germain et al., "MADE: Masked Autoencoder for Distribution Estimation", 2015.
    """

    def __init__(self, latent_dim, context_dim, width, **kwargs):
        super().__init__(**{"dtype": "float32", **kwargs})
        self.latent_dim, self.context_dim, self.width = latent_dim, context_dim, width
        self.network = MADE(latent_dim, width, context=context_dim, dtype="float32", name="made")
        self.built = True

    def call(self, z, context):
        """See the class."""
        m, s = self.network(z, context)
        sigma = ops.sigmoid(s + KEEPS)
        z = sigma * z + (1.0 - sigma) * m
        return ops.flip(z, axis=-1), ops.sum(ops.log_sigmoid(s + KEEPS), axis=-1)

    def get_config(self):
        """The constructor's arguments."""
        sizes = {"latent_dim": self.latent_dim, "context_dim": self.context_dim}
        return {**super().get_config(), **sizes, "width": self.width}
