import mmap

import numpy as np
import pytest

from keras_genae.datasets import mapped_rows
from keras_genae.datasets.mapped_rows import MappedRows, mapping_of, rows_of
from keras_genae.datasets.pipeline import evaluation_batches, split_images, training_batches


@pytest.fixture
def array():
    return np.random.default_rng(0).integers(0, 256, (60, 4, 4, 3), dtype="uint8")


@pytest.fixture
def mapped(array, tmp_path):
    np.save(tmp_path / "images.npy", array)
    return np.load(tmp_path / "images.npy", mmap_mode="r")


KEYS = [3, -1, slice(2, 9), slice(None, None, -2), np.array([5, 1, 5]), np.arange(60) % 7 == 0]


@pytest.mark.parametrize("key", KEYS, ids=str)
def test_rows_are_those_of_an_array(array, mapped, key):
    for rows in (MappedRows(mapped), MappedRows(mapped, np.arange(60))):
        picked = rows[key]
        np.testing.assert_array_equal(picked, array[key])
        assert type(picked) is np.ndarray and mapping_of(picked) is None
    if not isinstance(key, int):
        chosen = MappedRows(mapped).select(key)
        np.testing.assert_array_equal(np.asarray(chosen), array[key])
        assert chosen.shape == array[key].shape and len(chosen) == len(array[key])
        assert chosen.dtype == array.dtype and chosen.ndim == 4


def test_only_what_lies_in_a_file_is_wrapped(array, mapped):
    assert rows_of(array) is array and isinstance(rows_of(array.tolist()), np.ndarray)
    for view in (mapped, np.asarray(mapped), mapped[3:], mapped[..., :1]):
        assert isinstance(rows_of(view), MappedRows)
        np.testing.assert_array_equal(rows_of(view)[:], view)
    assert mapping_of(mapped[np.array([1, 2])]) is None  # Read, and so in memory.


def test_pages_are_given_back_and_can_be_read_again(array, mapped, monkeypatch):
    monkeypatch.setattr(mapped_rows, "KEPT_BYTES", 100)
    rows = MappedRows(mapped)
    calls = []

    class Mapping:
        def madvise(self, advice):
            calls.append(advice)
            mapping_of(mapped).madvise(advice)

    rows._mapping = Mapping()
    for _ in range(2):
        for i in range(60):
            np.testing.assert_array_equal(rows[i : i + 1][0], array[i])
    assert calls and set(calls) == {mmap.MADV_DONTNEED}


@pytest.mark.parametrize("mode", ["c", "r+"])
def test_changes_of_a_writeable_map_are_never_thrown_away(array, tmp_path, monkeypatch, mode):
    monkeypatch.setattr(mapped_rows, "KEPT_BYTES", 1)
    np.save(tmp_path / "images.npy", array)
    changed = np.load(tmp_path / "images.npy", mmap_mode=mode)
    changed[:] = 7
    rows = MappedRows(changed)
    for _ in range(3):
        assert (rows[:] == 7).all()


def test_training_sees_the_same_batches_as_from_memory(array, mapped):
    labels = np.arange(60)
    for first_epoch in (0, 2):
        options = {"seed": 3, "first_epoch": first_epoch, "labels": labels}
        streams = [training_batches(x, 16, **options).take(7) for x in (array, mapped)]
        for (x, y), (mapped_x, mapped_y) in zip(*streams, strict=True):
            np.testing.assert_array_equal(x, mapped_x)
            np.testing.assert_array_equal(y, mapped_y)


def test_the_split_is_the_same_as_in_memory(array, mapped):
    parts = split_images(array, 0.2, seed=4)
    mapped_parts = split_images(mapped, 0.2, seed=4)
    for part, rows in zip(parts, mapped_parts, strict=True):
        assert isinstance(rows, MappedRows)
        np.testing.assert_array_equal(part, rows[:])
        batches = zip(evaluation_batches(part, 7), evaluation_batches(rows, 7), strict=True)
        assert all((a.numpy() == b.numpy()).all() for a, b in batches)
        # A part of a part.
        smaller = split_images(rows, 0.5, seed=1)[1]
        np.testing.assert_array_equal(smaller[:], split_images(part, 0.5, seed=1)[1])
