"""A linear decoder whose atoms have length 1."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="keras_genae")
class Atoms(keras.layers.Layer):
    """z ↦ Σ_j z_j · d_j + b: sums of atoms d_j, each a unit vector.

    An atom is a row of the kernel at length 1. Since the length is divided out here, the gradient
    has no component along the atom, and what an entry of z is worth cannot hide in its atom. The
    optimizer sets rows back to length 1 after each step, so that its steps stay as long as they
    are. It computes in float32 under every dtype policy, as the heads of all networks do.

    Args:
        entries: of what is decoded.
        **kwargs: of any Keras layer.

    Example:

    >>> from keras import ops
    >>> layer = Atoms(3)
    >>> layer(ops.zeros((1, 5))).shape == (1, 3)
    True
    >>> ops.convert_to_numpy(ops.norm(layer.atoms, axis=-1)).round(4).tolist()
    [1.0, 1.0, 1.0, 1.0, 1.0]
    """

    def __init__(self, entries, **kwargs):
        super().__init__(**{**kwargs, "dtype": "float32"})
        self.entries = entries

    def build(self, input_shape):
        """Make the kernel, of random directions, and the bias."""
        self.kernel = self.add_weight(
            name="kernel",
            shape=(input_shape[-1], self.entries),
            initializer=keras.initializers.RandomNormal(stddev=self.entries**-0.5),
            constraint=keras.constraints.UnitNorm(axis=-1),
        )
        self.bias = self.add_weight(name="bias", shape=(self.entries,), initializer="zeros")

    @property
    def atoms(self):
        """The unit vectors d_j, float32 `(features, entries)`."""
        kernel = ops.convert_to_tensor(self.kernel)
        # A row of zeros, which has no direction, stays.
        length = ops.sqrt(ops.sum(ops.square(kernel), axis=-1, keepdims=True) + 1e-20)
        return kernel / length

    def call(self, z):
        """Σ_j z_j · d_j + b."""
        return ops.matmul(z, self.atoms) + self.bias

    def flops_on(self, input_shape):
        """Operations for one example; those of dividing by lengths are of the kernel alone."""
        return (2 * input_shape[-1] + 1) * self.entries

    def compute_output_shape(self, input_shape):
        """`(batch, entries)`."""
        return (*input_shape[:-1], self.entries)

    def get_config(self):
        """The constructor's arguments."""
        return {**super().get_config(), "entries": self.entries}
