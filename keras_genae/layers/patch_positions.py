"""Where a patch lies."""

import keras
import numpy as np
from keras import ops

from keras_genae.networks.checks import check_whole


@keras.saving.register_keras_serializable(package="keras_genae")
class PatchPositions(keras.layers.Layer):
    """Add to each token where its patch lies: sines and cosines of its row and of its column.

    One half of the entries tells of the row r, the other of the column: sin(r/w) and cos(r/w), w
    from 1 to the number of rows, or of columns, evenly spaced by their logarithms. (The paper's go
    on to 10,000, for texts: of a few patches most of them would tell nothing.) Nothing is learned.

    Args:
        rows, columns: of patches.
        **kwargs: of any Keras layer.

    Input: `(batch, rows · columns, size)`. Output: of the same shape.

    Example:

    >>> import numpy as np
    >>> layer = PatchPositions(2, 3)
    >>> np.array(layer(np.zeros((1, 6, 4))))[0, 0].tolist()
    [0.0, 1.0, 0.0, 1.0]

    Reference:
        Vaswani et al., "Attention Is All You Need", 2017, section 3.5.
    """

    def __init__(self, rows, columns, **kwargs):
        super().__init__(**kwargs)
        self.rows, self.columns = check_whole("rows", rows), check_whole("columns", columns)
        self.built = True

    def call(self, x):
        """x, and where its patches lie."""
        table = position_table(self.rows, self.columns, x.shape[-1])
        return x + ops.convert_to_tensor(table, dtype=x.dtype)

    def compute_output_shape(self, input_shape):
        """That of the input."""
        return input_shape

    def get_config(self):
        """The constructor's arguments."""
        return {**super().get_config(), "rows": self.rows, "columns": self.columns}


def position_table(rows, columns, size):
    """Sines and cosines of rows and columns, float32 array `(rows · columns, size)`."""
    half = -(-size // 2)
    of_rows = np.repeat(waves(rows, half), columns, axis=0)
    of_columns = np.tile(waves(columns, size - half), (rows, 1))
    return np.concatenate([of_rows, of_columns], axis=1).astype("float32")


def waves(count, size):
    """sin(i/w), cos(i/w) of i from 0 to `count` − 1, `(count, size)`."""
    pairs = -(-size // 2)
    w = count ** np.linspace(0.0, 1.0, pairs)
    angles = np.arange(count)[:, None] / w
    return np.stack([np.sin(angles), np.cos(angles)], axis=-1).reshape(count, -1)[:, :size]
