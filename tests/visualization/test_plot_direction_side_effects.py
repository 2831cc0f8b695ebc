import types

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from keras_genae.visualization.plot_direction_side_effects import plot_direction_side_effects


def directions(names, effects):
    return types.SimpleNamespace(names=names, side_effects=effects)


def test_rows_are_moved_along_and_cells_say_how_much():
    effects = [[1.0, -0.254], [0.001, 1.0]]
    figure = plot_direction_side_effects(directions(("smile", "age"), effects), title="Effects")
    axes = figure.axes[0]
    np.testing.assert_array_equal(np.asarray(axes.images[0].get_array()), effects)
    assert [text.get_text() for text in axes.texts] == ["1", "−.25", "0", "1"]
    for labels in (axes.get_xticklabels(), axes.get_yticklabels()):
        assert [label.get_text() for label in labels] == ["smile", "age"]
    # No effect is white, in the middle of the colours.
    low, high = axes.images[0].get_clim()
    assert low == -high


@pytest.mark.parametrize("count", [1, 3, 12])
def test_nothing_is_cut(count):
    names = [f"a_rather_long_name_{i}" for i in range(count)]
    figure = plot_direction_side_effects(directions(names, np.eye(count)), "A long title " * 6)
    FigureCanvasAgg(figure).draw()
    axes = figure.axes[0]
    texts = (*axes.get_xticklabels(), *axes.get_yticklabels(), axes.xaxis.label, axes.yaxis.label)
    for box in (text.get_window_extent() for text in (*texts, figure._supxlabel)):
        assert box.x0 >= -1 and box.y0 >= -1
        assert box.x1 <= figure.bbox.x1 + 1 and box.y1 <= figure.bbox.y1 + 1


def test_a_matrix_that_does_not_fit_the_names_is_an_error():
    with pytest.raises(ValueError, match=r"Received: shape \(2, 2\), 3 names"):
        plot_direction_side_effects(directions(("a", "b", "c"), np.eye(2)))
