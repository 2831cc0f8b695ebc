"""Labels of images, from a table."""

import csv
import pathlib
import re

import numpy as np

# A column of more different texts says something else than a kind.
MOST_KINDS = 12
# 31, -0.5, 30-39, 70+, more than 70.
NUMBER = re.compile(r"(?:more than )?([+-]?\d+(?:\.\d+)?)(?: ?- ?(\d+(?:\.\d+)?)|\+)?")


def read_labels(path, names, folder=""):
    """Read attributes of images from a table.

    The first column is the file's name, each other an attribute. Numbers stay numbers; of a range,
    "30-39" or "more than 70", the middle or the end is taken. A column of words becomes an
    attribute of 0 and 1 for each of them, "hair: red"; of two words one is enough. Columns of more
    than twelve words, and those that never change, are left out.

    Args:
        path: a CSV file with a header, or CelebA's own `list_attr_celeba.txt`.
        names: of the images, as `load_images` returns them.
        folder: of the images: the table may write "folder/name".

    Returns:
        Tuple of a boolean array `(len(names),)`, which images have all their labels, and a dict of
        attribute's name to a float array with an entry for each of these.

    Raises:
        OSError: where the file cannot be read.
        ValueError: where it is no table, names none of the images, or has no attribute.
    """
    header, table = _read_table(path)
    base_names = [pathlib.PurePosixPath(name).name for name in names]
    # One base name in two folders would get the labels of either.
    plain = base_names if len(set(base_names)) == len(names) else names
    keys = [
        next((key for key in (name, f"{folder}/{name}", base) if key in table), None)
        for name, base in zip(names, plain, strict=True)
    ]
    labelled = np.array([key is not None for key in keys])
    if not labelled.any():
        raise ValueError(
            f"The labels are of other images: none of the files has a row in the table. Its first "
            f"column must hold their names, such as {names[0]!r}. "
            f"Received: {str(path)!r}, with {list(table)[:3]}"
        )
    rows = np.array([table[key] for key in keys if key is not None])
    labels = {}
    for column, values in zip(header[1:], rows.T, strict=True):
        labels.update(_as_attributes(column, values))
    if not labels:
        raise ValueError(
            "There is no attribute in the table that differs from image to image. "
            f"Received: {str(path)!r}, with the columns {header}"
        )
    return labelled, labels


def kinds_of(attributes, least=None):
    """Which of some attributes each image has, as a class.

    Args:
        attributes: name → numbers `(n,)`.
        least: name → what is more has it; by default the middle between the least and the most.

    Returns:
        The number of each image's class, int `(n,)`, and the classes' names, such as
        "glasses + bald", or "none".
    """
    names = list(attributes)
    least = {name: 0.5 * (min(v) + max(v)) for name, v in attributes.items()} | (least or {})
    has = np.stack([attributes[name] > least[name] for name in names], axis=-1)
    kinds, numbers = np.unique(has, axis=0, return_inverse=True)
    return numbers.ravel(), [" + ".join(np.array(names)[kind]) or "none" for kind in kinds]


def _read_table(path):
    """The header, and a dict of file's name to the other cells of its row, none of them empty."""
    with open(path, newline="", encoding="utf-8") as file:
        lines = file.read().splitlines()
    if lines and lines[0].strip().isdigit():
        # As CelebA's authors write it: the number of rows, then names without one for the file.
        header, rows = ["file", *lines[1].split()], [line.split() for line in lines[2:]]
    else:
        header, *rows = list(csv.reader(lines)) or [[]]
    rows = [row for row in rows if row]
    if len(header) < 2 or not rows or any(len(row) != len(header) for row in rows):
        raise ValueError(
            "The labels must be a CSV table: a header, the column of file names first, and as many "
            f"cells in every row. Received: {str(path)!r}, with the header {header}"
        )
    return header, {row[0]: row[1:] for row in rows if all(row)}


def _as_attributes(column, values):
    """Attributes of one column of texts: name → floats."""
    kinds = np.unique(values)
    if len(kinds) == 1:
        return {}
    numbers = {kind: _as_number(kind) for kind in kinds}
    if None not in numbers.values():
        return {column: np.array([numbers[value] for value in values])}
    if len(kinds) > MOST_KINDS:
        return {}
    kinds = kinds[1:] if len(kinds) == 2 else kinds
    return {f"{column}: {kind}": (values == kind).astype("float64") for kind in kinds}


def _as_number(text):
    """The number that a text is, the middle of the range that it is, or None."""
    match = NUMBER.fullmatch(text.strip())
    if match is None:
        return None
    low, high = match.groups()
    return float(low) if high is None else 0.5 * (float(low) + float(high))
