"""Distances between examples of which some may be equal."""

import numpy as np


def distinct_rows(x):
    """The different rows of an array, and the number of each row among them.

    Args:
        x: float64 `(n, features)`.

    Returns:
        float64 `(m, features)`, about a middle near 0, and int `(n,)`.

    Example:

    >>> rows, numbers = distinct_rows(np.array([[1.0, 9.0], [3.0, 7.0], [1.0, 9.0]]))
    >>> len(rows), numbers.tolist()
    (2, [0, 1, 0])
    """
    numbers = {}
    # 0 is added because −0 has other bytes than 0.
    of_rows = np.array([numbers.setdefault(row.tobytes(), len(numbers)) for row in x + 0.0])
    _, first = np.unique(of_rows, return_index=True)
    rows = x[first]
    # Squares are expanded to a matrix product below, which has the most digits about the middle;
    # about a whole number nearby it stays exact for whole numbers, of which many are equally far.
    return rows - np.rint(rows.mean(axis=0)), of_rows


def squared_distances(rows, chosen):
    """Of chosen rows to all, `(len(chosen), n)`; of a row to itself exactly 0.

    Args:
        rows: float64 `(n, features)`, as `distinct_rows` gives them. Of equal rows the distance
            would be rounding.
        chosen: int array of their numbers.

    Example:

    >>> squared_distances(np.array([[0.0], [3.0]]), np.array([1])).tolist()
    [[9.0, 0.0]]
    """
    squares = np.sum(np.square(rows), axis=1)
    distances = squares[chosen, None] + squares - 2.0 * rows[chosen] @ rows.T
    distances[np.arange(len(chosen)), chosen] = 0.0
    return np.maximum(distances, 0.0, out=distances)
