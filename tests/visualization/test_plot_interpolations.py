import numpy as np
import pytest

from keras_genae.visualization.plot_interpolations import plot_interpolations


def test_strips_are_rows_and_their_ends_are_framed():
    strips = np.random.default_rng(0).integers(0, 255, (3, 5, 6, 4, 1), dtype="uint8")
    (axes,) = plot_interpolations(strips, title="Digits").axes
    picture = np.asarray(axes.images[0].get_array())
    for row in range(3):
        for step in range(5):
            part = picture[7 * row : 7 * row + 6, 5 * step : 5 * step + 4, 0]
            np.testing.assert_array_equal(part, strips[row, step, ..., 0])
    # imshow puts the middle of a pixel on a whole number.
    corners = {tuple(patch.get_xy()) for patch in axes.patches}
    assert corners == {(x, y) for x in (-0.5, 19.5) for y in (-0.5, 6.5, 13.5)}
    assert {(patch.get_width(), patch.get_height()) for patch in axes.patches} == {(4, 6)}


def test_the_ends_are_named():
    (axes,) = plot_interpolations(np.zeros((1, 4, 6, 6, 1))).axes
    assert [label.get_text() for label in axes.get_xticklabels()] == ["a", "", "", "b"]


@pytest.mark.parametrize("shape", [(4, 6, 6, 1), (0, 4, 6, 6, 1), (2, 1, 6, 6, 1)])
def test_other_shapes_are_refused(shape):
    with pytest.raises(ValueError, match=r"Received: strips\.shape="):
        plot_interpolations(np.zeros(shape))


@pytest.mark.parametrize(("rows", "steps"), [(1, 2), (2, 20), (20, 3)])
def test_all_sizes_are_drawn(rows, steps, tmp_path):
    plot_interpolations(np.zeros((rows, steps, 9, 7, 3))).savefig(tmp_path / "f.png", dpi=40)
