"""Examples in one file: NumPy's `.npy` and `.npz`, and `.csv`."""

import csv
import pathlib
import zipfile

import numpy as np

TABLES = (".csv", ".npy", ".npz")
# Names of the examples and of their labels in an .npz file; the latter also of a column.
EXAMPLES, LABELS = "x", "y"


def load_table(path):
    """Read examples and their labels, where there are some. Nothing in a file is ever run.

    Args:
        path: a `.npy` file of examples; an `.npz` file with `x` and perhaps `y`; or a `.csv` file
            of numbers, a line for each example. Its first line may name the columns: one named `y`
            holds the labels, numbers or texts.

    Returns:
        `(x, y)`: arrays `(n, ...)` and `(n, ...)`; y is `None` where the file has no labels.

    Raises:
        ValueError: where the file is none of these, or holds no such thing.
        OSError: where it cannot be read.

    Example:

    >>> import tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "table.csv"
    >>> _ = path.write_text("height,width,y\\n1.5,2,cat\\n1,3,dog\\n")
    >>> x, y = load_table(path)
    >>> x.tolist(), y.tolist()
    ([[1.5, 2.0], [1.0, 3.0]], ['cat', 'dog'])
    """
    path = pathlib.Path(path).expanduser()
    if path.suffix not in TABLES:
        raise ValueError(
            f"A table is a file that ends in one of {', '.join(TABLES)}. "
            f"Received: path={str(path)!r}"
        )
    x, y = _read_csv(path) if path.suffix == ".csv" else _read_numpy(path)
    if not x.ndim or not len(x) or (y is not None and (not y.ndim or len(y) != len(x))):
        raise ValueError(
            f"A table must hold an example or more, and a label for each where it has any. "
            f"Received: {path} with x of shape {x.shape}"
            f"{'' if y is None else f' and y of shape {y.shape}'}"
        )
    return x, y


def _read_numpy(path):
    try:
        loaded = np.load(path, allow_pickle=False)
        if isinstance(loaded, np.ndarray):
            return loaded, None
        with loaded:
            if EXAMPLES not in loaded.files:
                raise KeyError(EXAMPLES)
            return loaded[EXAMPLES], loaded[LABELS] if LABELS in loaded.files else None
    except KeyError:
        raise ValueError(
            "An .npz file must hold the examples under the name `x`, and labels, if there are "
            f"any, under `y`. Received: {path}, with {', '.join(loaded.files)}"
        ) from None
    except (ValueError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path} is no file of NumPy arrays: {error}") from error


def _read_csv(path):
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file)
            lines = [(reader.line_num, row) for row in reader if row]
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"{path} is no file of comma-separated values: {error}") from error
    names = []
    if lines and not _are_numbers(lines[0][1]):
        names = [name.strip() for name in lines.pop(0)[1]]
    place = names.index(LABELS) if LABELS in names else None
    x, y = [], []
    width = len(names or (lines[0][1] if lines else ()))
    for number, row in lines:
        label = None if place is None or len(row) != width else row.pop(place).strip()
        if len(row) != width - (label is not None) or not _are_numbers(row):
            raise ValueError(
                f"{path}:{number}: a line must hold {width} entries, numbers all but the label in "
                f"the column `{LABELS}`. Received: {','.join(row)!r}"
            )
        x.append([float(entry) for entry in row])
        y.append(label)
    return np.array(x), None if place is None else _as_labels(y)


def _as_labels(texts):
    """Labels as whole numbers or floats where all are, else as texts."""
    if not texts or not _are_numbers(texts):
        return np.array(texts, str)
    numbers = np.array(texts, "float64")
    is_whole = np.all(np.isfinite(numbers)) and np.all(numbers == np.rint(numbers))
    return numbers.astype("int64") if is_whole else numbers


def _are_numbers(texts):
    try:
        for text in texts:
            float(text)
    except ValueError:
        return False
    return True
