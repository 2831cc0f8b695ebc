"""Vectors by the nearest one of a codebook that moves as a whole."""

import keras
from keras import ops

from keras_genae.layers.quantisers.vector_quantiser import VectorQuantiser


@keras.saving.register_keras_serializable(package="keras_genae")
class MappedQuantiser(VectorQuantiser):
    """A codebook C·W of vectors C that stay as they are drawn, and a matrix W that is learnt.

    A gradient at one code moves them all, so that none is left behind.

    Args:
        size: rows of C.
        dim: entries of a row.

    Reference:
        Zhu et al., "Addressing Representation Collapse in Vector Quantized Models with One Linear
        Layer", 2024.
    """

    FROZEN = True

    def __init__(self, size, dim, **kwargs):
        super().__init__(size, dim, is_trained=True, restarts=False, **kwargs)
        self.kernel = self.add_weight(name="kernel", shape=(dim, dim), initializer="identity")

    @property
    def table(self):
        """C·W, `(size, dim)`."""
        return ops.matmul(self.embeddings, self.kernel)

    def follow(self, code, sample_weight, seed):
        """Its gradient is all that moves it."""

    def get_config(self):
        """The constructor's arguments."""
        config = super().get_config()
        del config["is_trained"], config["restarts"]
        return config
