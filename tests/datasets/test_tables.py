"""Examples in one file."""

import numpy as np
import pytest

from keras_genae.datasets import load_table

X = np.array([[1.5, 2.0], [0.0, -3.0], [4.0, 5.0]])


def test_numpy_files(tmp_path):
    np.save(tmp_path / "x.npy", X)
    np.savez(tmp_path / "x.npz", x=X, y=["a", "b", "a"])
    x, y = load_table(tmp_path / "x.npy")
    np.testing.assert_array_equal(x, X)
    assert y is None
    x, y = load_table(tmp_path / "x.npz")
    np.testing.assert_array_equal(x, X)
    assert y.tolist() == ["a", "b", "a"]


TEXTS = {
    "names": ("a,b\n1.5,2\n0,-3\n4,5\n", None),
    "no names": ("1.5,2\n\n0,-3\n4,5\n", None),
    "classes": ("a,y,b\n1.5,0,2\n0,1,-3\n4,0,5\n", [0, 1, 0]),
    "texts": ("a, b ,y\n1.5,2,cat\n0,-3,dog\n4,5, cat\n", ["cat", "dog", "cat"]),
    "numbers": ("y,a,b\n0.5,1.5,2\n1,0,-3\n2,4,5\n", [0.5, 1.0, 2.0]),
}


@pytest.mark.parametrize("kind", TEXTS)
def test_csv_files(kind, tmp_path):
    text, labels = TEXTS[kind]
    (tmp_path / "x.csv").write_text("\ufeff" + text, encoding="utf-8")
    x, y = load_table(tmp_path / "x.csv")
    np.testing.assert_array_equal(x, X)
    assert (y if y is None else y.tolist()) == labels
    if kind == "classes":
        assert y.dtype.kind == "i"


BAD = {
    "x.csv": [
        ("a,b\n1,2\n3\n", r"x.csv:3: a line must hold 2 entries.*Received: '3'"),
        ("a,b\n1,two\n", r"x.csv:2: .*Received: '1,two'"),
        ("a,y\n1,0\n1,0,2\n", r"x.csv:3: "),
        ("a,b\n", "an example or more"),
        ("", "an example or more"),
    ],
    "x.npz": [("no archive", "is no file of NumPy arrays")],
    "x.txt": [("1,2", "ends in one of .csv, .npy, .npz")],
}


@pytest.mark.parametrize(
    ("name", "text", "message"), [(name, *bad) for name, bads in BAD.items() for bad in bads]
)
def test_what_is_no_table_is_said(name, text, message, tmp_path):
    (tmp_path / name).write_text(text)
    with pytest.raises(ValueError, match=message):
        load_table(tmp_path / name)


def test_arrays_that_are_none(tmp_path):
    np.savez(tmp_path / "x.npz", data=X)
    with pytest.raises(ValueError, match=r"under the name `x`.*with data"):
        load_table(tmp_path / "x.npz")
    np.savez(tmp_path / "y.npz", x=X, y=[1, 2])
    with pytest.raises(ValueError, match=r"a label for each.*y of shape \(2,\)"):
        load_table(tmp_path / "y.npz")
    # Objects would have to be unpickled, which runs what a file says.
    np.save(tmp_path / "x.npy", np.array([{}, 1], object), allow_pickle=True)
    with pytest.raises(ValueError, match="is no file of NumPy arrays"):
        load_table(tmp_path / "x.npy")
    with pytest.raises(FileNotFoundError):
        load_table(tmp_path / "none.csv")
