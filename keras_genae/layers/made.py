"""An autoregressive network: what it says of an entry hangs on the entries before it."""

import keras
import numpy as np
from keras import ops

from keras_genae.layers.masked_dense import MaskedDense


@keras.saving.register_keras_serializable(package="keras_genae")
class MADE(keras.layers.Layer):
    """Numbers for each entry of x, from the entries before it, all in one pass.

    Masked dense layers: output i of each of the `outputs` tensors is a function of x₁ … xᵢ₋₁ (and
    of the context), so that the Jacobian by x is strictly triangular. This is what autoregressive
    flows are made of. At first all outputs are 0, so that such a flow starts as the identity.

    Args:
        size: entries of x.
        width: units of each of the two hidden layers.
        outputs: how many numbers for each entry, such as a shift and a log scale.
        context: entries of a context that every output may see, such as what an encoder says of
            the data; 0 for none.

    Input: x `(batch, size)`, and with a context `(batch, context)`, by a second argument.

    Output: a tuple of `outputs` tensors `(batch, size)`.

    Example:

    >>> import numpy as np
    >>> shift, log_scale = MADE(size=3, width=16, outputs=2)(np.ones((4, 3)))
    >>> tuple(shift.shape)
    (4, 3)

    Reference:
        Germain et al., "MADE: Masked Autoencoder for Distribution Estimation", 2015;
        Kingma et al., "Improved Variational Inference with Inverse Autoregressive Flow", 2016,
        section 3 (the context).
    """

    def __init__(self, size, width, outputs=2, context=0, **kwargs):
        super().__init__(**kwargs)
        self.size, self.width, self.outputs, self.context = size, width, outputs, context
        entries = np.arange(1, size + 1)
        # Up to size − 1, in turn: a hidden unit that saw all entries would be of no use to any
        # output. Units of degree 0 see the context alone, and tell it the first output.
        lowest = 0 if context else 1
        hidden = lowest + np.arange(width) % max(1, size - lowest)
        self.hidden = [
            MaskedDense(degrees, hidden, dtype=self.dtype_policy, name=f"hidden_{i + 1}")
            for i, degrees in enumerate([entries, hidden])
        ]
        self.from_context = None
        if context:
            self.from_context = keras.layers.Dense(
                width, use_bias=False, dtype=self.dtype_policy, name="from_context"
            )
            self.from_context.build((None, context))
        self.head = MaskedDense(
            hidden,
            np.tile(entries, outputs),
            strict=True,
            kernel_initializer="zeros",
            dtype=self.dtype_policy,
            name="head",
        )
        self.built = True

    def start(self):
        """Make all outputs 0 again."""
        self.head.kernel.assign(ops.zeros(self.head.kernel.shape))
        self.head.bias.assign(ops.zeros(self.head.bias.shape))

    def call(self, x, context=None):
        """One tensor `(batch, size)` for each of `outputs`."""
        first, second = self.hidden
        h = first(x)
        if self.from_context is not None:
            h = h + self.from_context(context)
        h = ops.relu(second(ops.relu(h)))
        return tuple(ops.split(self.head(h), self.outputs, axis=-1))

    def compute_output_shape(self, input_shape, context_shape=None):
        """As many shapes like that of x."""
        return (tuple(input_shape),) * self.outputs

    def get_config(self):
        """The constructor's arguments."""
        sizes = ("size", "width", "outputs", "context")
        return {**super().get_config(), **{name: getattr(self, name) for name in sizes}}
