import itertools

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from keras_genae.visualization.plot_factor_matrix import plot_factor_matrix

MATRIX = np.array([[0.1, 0.8, 0.0], [0.9, 0.2, 0.1], [0.0, 0.0, 0.0], [0.5, 0.1, 0.0]])
NAMES = ["smile", "$glasses_", "age"]


def test_units_stand_in_the_order_of_their_factor():
    axes = plot_factor_matrix(MATRIX, NAMES).axes[0]
    # 1 and 3 tell of the first factor, 1 more; 2 tells nothing.
    order = [1, 3, 0, 2]
    assert [tick.get_text() for tick in axes.get_xticklabels()] == [str(unit) for unit in order]
    np.testing.assert_array_equal(axes.images[0].get_array(), MATRIX[order].T)
    assert [tick.get_text() for tick in axes.get_yticklabels()] == NAMES


def test_the_scale_starts_at_nothing_and_says_what_it_is():
    figure = plot_factor_matrix(MATRIX, dict.fromkeys(NAMES), label="importance")
    assert figure.axes[0].images[0].get_clim() == (0.0, 0.9)
    assert figure.axes[1].get_ylabel() == "importance"


@pytest.mark.parametrize("units", [1, 10, 64, 200])
@pytest.mark.parametrize("factors", [1, 21])
def test_nothing_is_cut_and_no_labels_touch(units, factors):
    rng = np.random.default_rng(0)
    names = [f"a_factor_of_variation_{index}" for index in range(factors)]
    figure = plot_factor_matrix(rng.uniform(size=(units, factors)), names, title="A title")
    FigureCanvasAgg(figure).draw()
    axes, bar = figure.axes
    for texts in (axes.get_xticklabels(), axes.get_yticklabels()):
        boxes = [text.get_window_extent() for text in texts]
        assert not any(a.overlaps(b) for a, b in itertools.pairwise(boxes))
    texts = [*axes.get_xticklabels(), *axes.get_yticklabels(), axes.xaxis.label, bar.yaxis.label]
    for box in (text.get_window_extent() for text in [*texts, figure._suptitle]):
        assert box.x0 >= -1 and box.y0 >= -1
        assert box.x1 <= figure.bbox.x1 + 1 and box.y1 <= figure.bbox.y1 + 1


def test_a_matrix_of_zeros_has_a_figure():
    figure = plot_factor_matrix(np.zeros((2, 2)), ["a", "b"])
    assert figure.axes[0].images[0].get_clim() == (0.0, 1.0)


@pytest.mark.parametrize(
    ("matrix", "names", "message"),
    [
        (MATRIX, NAMES[:2], r"\(4, 3\), 2 names"),
        (np.ones(3), NAMES, r"matrix.shape=\(3,\)"),
        (-MATRIX, NAMES, "0 or more.*-0.9"),
        (MATRIX * np.nan, NAMES, "finite"),
    ],
)
def test_mistakes_are_named(matrix, names, message):
    with pytest.raises(ValueError, match=message):
        plot_factor_matrix(matrix, names)
