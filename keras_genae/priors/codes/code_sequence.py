"""The codes of an example as a row of whole numbers, and back."""

import numpy as np
from keras import ops


class CodeSequence:
    """The order in which the codes of an example come one after the other.

    A map goes row by row. Where each place has several codes, of a codebook each, these come one
    behind the other before the next place does. Of a list of maps, the first comes first.

    Args:
        shape: of the codes of an example, such as `(height, width)`; or a list of shapes.
        size: values that a code takes, from 0.
        codebooks: how many there are; of more than one, the last axis of a shape says which, or
            the place in the list.

    Attributes:
        codebook_of: for each place of the row the number of its codebook, a list.
    """

    def __init__(self, shape, size, codebooks=1):
        self.is_list = not np.isscalar(shape[0])
        self.shapes = [tuple(one) for one in (shape if self.is_list else [shape])]
        self.size, self.codebooks = size, codebooks
        self.lengths = [int(np.prod(one)) for one in self.shapes]
        if self.is_list:
            codebook_of = np.repeat(np.arange(codebooks), self.lengths)
        else:
            codebook_of = np.arange(self.lengths[0]) % codebooks
        self.codebook_of = codebook_of.tolist()

    @property
    def shape(self):
        """As in the constructor."""
        return self.shapes if self.is_list else self.shapes[0]

    def rows_of(self, codes):
        """Codes as rows: int32 `(n, places)`.

        Raises:
            ValueError: where they are of another shape, or no numbers of the codebook.
        """
        parts = codes if self.is_list else [codes]
        parts = [np.asarray(ops.convert_to_numpy(part)) for part in parts]
        if [part.shape[1:] for part in parts] != self.shapes:
            raise ValueError(
                f"Codes are of shape (n, ...), with ... one of {self.shapes}. "
                f"Received: {[part.shape for part in parts]}"
            )
        if any(part.dtype.kind not in "iu" for part in parts) or any(
            part.size and (part.min() < 0 or part.max() >= self.size) for part in parts
        ):
            raise ValueError(
                f"Codes are whole numbers from 0 to {self.size - 1}. Received: "
                + ", ".join(f"{part.dtype} up to {np.max(part, initial=0)}" for part in parts)
            )
        rows = [part.reshape(len(part), -1) for part in parts]
        return np.concatenate(rows, axis=1).astype("int32")

    def codes_of(self, rows):
        """Rows as codes, the reverse of `rows_of`."""
        parts = np.split(rows, np.cumsum(self.lengths)[:-1], axis=1)
        parts = [part.reshape(-1, *shape) for part, shape in zip(parts, self.shapes, strict=True)]
        return parts if self.is_list else parts[0]
