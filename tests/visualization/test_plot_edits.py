import numpy as np
import pytest

from keras_genae.visualization.plot_edits import plot_edits


def test_a_row_a_picture_and_a_column_an_amount():
    smile = np.arange(6, dtype="uint8").reshape(2, 3, 1, 1, 1) * np.ones((8, 8, 1), "uint8")
    age = np.full((1, 3, 8, 8, 1), 200, "uint8")
    figure = plot_edits({"smile": smile, "age": age}, [-1.5, 0, 2], title="Edits")
    axes = figure.axes[0]
    picture = np.asarray(axes.images[0].get_array())
    # Pictures of 8 pixels and gaps of 1.
    assert picture[::9, ::9, 0].tolist() == [[0, 1, 2], [3, 4, 5], [200, 200, 200]]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["−1.5", "0", "+2"]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["smile", "", "age"]
    assert figure.get_suptitle() == "Edits"


def test_what_keeps_the_detail_is_drawn_below_and_named():
    decoded = np.arange(6, dtype="uint8").reshape(2, 3, 1, 1, 1) * np.ones((8, 8, 1), "uint8")
    figure = plot_edits({"smile": decoded}, [-1, 0, 1], with_detail={"smile": decoded + 100})
    axes = figure.axes[0]
    picture = np.asarray(axes.images[0].get_array())
    rows = [[0, 1, 2], [100, 101, 102], [3, 4, 5], [103, 104, 105]]
    assert picture[::9, ::9, 0].tolist() == rows
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert labels == ["smile: decoded", "detail kept", "decoded", "detail kept"]
    assert "Detail kept: " in " ".join(figure.texts[-1].get_text().split())


@pytest.mark.parametrize("other", [{}, {"age": np.zeros((1, 3, 8, 8, 1))}])
def test_detail_of_other_edits_is_named(other):
    with pytest.raises(ValueError, match=r"`with_detail` must hold the same.*\(1, 3, 8, 8, 1\)"):
        plot_edits({"smile": np.zeros((1, 3, 8, 8, 1))}, [-1, 0, 1], with_detail=other)


@pytest.mark.parametrize(
    "strips",
    [
        {},
        {"smile": np.zeros((3, 8, 8, 1))},
        {"smile": np.zeros((2, 4, 8, 8, 1))},
        {"smile": np.zeros((2, 3, 8, 8, 1)), "age": np.zeros((2, 3, 9, 8, 1))},
    ],
)
def test_strips_of_another_shape_are_named(strips):
    with pytest.raises(ValueError, match=r"`strips` must hold arrays.*3 amounts"):
        plot_edits(strips, [-1, 0, 1])
