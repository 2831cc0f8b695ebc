"""The inverse autoregressive step of a normalising flow."""

import keras
import numpy as np
from keras import ops

from keras_genae.flows.masked_dense import MaskedDense

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
        width: units of the network's hidden layer.

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
        # A hidden unit of degree k sees the first k entries, and entries after k see it.
        degrees = np.arange(width) % latent_dim
        entries = np.arange(latent_dim)
        sees = entries[:, None] < degrees  # (latent_dim, width)
        is_seen = degrees[:, None] <= entries  # (width, latent_dim)
        self.of_context = keras.layers.Dense(width, dtype="float32", name="of_context")
        self.of_context.build((None, context_dim))
        self.hidden = MaskedDense(sees, name="hidden")
        self.head = MaskedDense(np.concatenate([is_seen, is_seen], axis=1), name="head")
        self.built = True

    def call(self, z, context):
        """See the class."""
        h = ops.elu(self.hidden(z) + self.of_context(context))
        m, s = ops.split(self.head(h), 2, axis=-1)
        sigma = ops.sigmoid(s + KEEPS)
        z = sigma * z + (1.0 - sigma) * m
        return ops.flip(z, axis=-1), ops.sum(ops.log_sigmoid(s + KEEPS), axis=-1)

    def get_config(self):
        """The constructor's arguments."""
        sizes = {"latent_dim": self.latent_dim, "context_dim": self.context_dim}
        return {**super().get_config(), **sizes, "width": self.width}
