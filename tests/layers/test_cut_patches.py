"""Patches of images, where they lie, and the images they make."""

import numpy as np
import pytest

from keras_genae.layers import JoinedPatches, Patches, PatchPositions
from keras_genae.layers.patch_positions import position_table


@pytest.mark.parametrize(("height", "width", "size"), [(4, 6, 2), (5, 7, 3), (3, 8, 4)])
def test_patches_are_cut_row_by_row_and_joined_to_the_image(height, width, size, rng):
    x = rng.random((2, height, width, 3)).astype("float32")
    patches, rows, columns = Patches(size)(x), -(-height // size), -(-width // size)
    padded = np.zeros((2, rows * size, columns * size, 3), "float32")
    padded[:, :height, :width] = x
    by_hand = [
        padded[:, size * i : size * (i + 1), size * j : size * (j + 1)].reshape(2, -1)
        for i in range(rows)
        for j in range(columns)
    ]
    np.testing.assert_array_equal(patches, np.stack(by_hand, axis=1))
    np.testing.assert_array_equal(JoinedPatches(height, width, size)(patches), x)


def test_their_shapes_are_known_before_they_are():
    cut, joined = Patches(3), JoinedPatches(5, 7, 3)
    assert cut.compute_output_shape((None, 5, 7, 2)) == (None, 6, 18)
    assert joined.compute_output_shape((None, 6, 18)) == (None, 5, 7, 2)
    assert joined.grid == cut.grid((None, 5, 7, 2)) == (2, 3)


def test_positions_tell_rows_and_columns_apart():
    table = position_table(3, 4, 8).reshape(3, 4, 8)
    # sin(i / w) and cos(i / w), of the row, w = 1 and 3, then of the column, w = 1 and 4.
    for row in range(3):
        for column in range(4):
            angles = [row, row / 3, column, column / 4]
            by_hand = np.stack([np.sin(angles), np.cos(angles)], axis=1).reshape(-1)
            np.testing.assert_allclose(table[row, column], by_hand, atol=1e-6)
    assert len(np.unique(table.reshape(12, 8).round(4), axis=0)) == 12
    x = np.ones((2, 12, 8), "float32")
    np.testing.assert_allclose(PatchPositions(3, 4)(x)[1], 1.0 + table.reshape(12, 8), atol=1e-6)


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_positions_fit_tokens_of_any_size(size):
    assert position_table(3, 4, size).shape == (12, size)
