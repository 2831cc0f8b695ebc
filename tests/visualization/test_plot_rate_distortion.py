import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from keras_genae.visualization.plot_rate_distortion import plot_rate_distortion

POINTS = np.array([[40.0, 25.0], [0.0, 90.0], [10.0, 70.0], [20.0, 30.0]])
HULL = [1, 3, 0]
NAMES = ["beta 0.5", "beta 8", "beta 4", "beta $1"]


def lines(figure):
    return {line.get_label(): line for line in figure.axes[0].get_lines()}


def test_the_curve_goes_through_the_hull_the_others_stand_beside():
    drawn = lines(plot_rate_distortion(POINTS, HULL[::-1], NAMES))
    np.testing.assert_array_equal(drawn["lower convex hull"].get_xydata(), POINTS[HULL])
    np.testing.assert_array_equal(drawn["model"].get_xydata(), POINTS[[2]])


def test_without_a_hull_there_is_no_curve_and_with_all_on_it_no_other():
    assert "lower convex hull" not in lines(plot_rate_distortion(POINTS))
    assert "model" not in lines(plot_rate_distortion(POINTS[HULL], [0, 1, 2]))


def test_the_dashed_line_goes_through_the_best_elbo():
    drawn = lines(plot_rate_distortion(POINTS))
    (dashed,) = [line for label, line in drawn.items() if label.startswith("the best ELBO")]
    assert dashed.get_label() == "the best ELBO, −50 nats"
    assert (dashed.get_xy1(), dashed.get_slope()) == ((20.0, 30.0), -1.0)


@pytest.mark.parametrize("crowded", [False, True])
def test_names_touch_neither_each_other_nor_the_edge(crowded):
    points = POINTS[:2] if not crowded else np.array([[5.0, 5.0], [5.1, 5.1], [4.9, 5.0], [0, 9.0]])
    names = NAMES[: len(points)]
    figure = plot_rate_distortion(points, names=names, title="Models")
    FigureCanvasAgg(figure).draw()
    texts = figure.axes[0].texts
    assert [text.get_text() for text in texts] == names
    boxes = [text.get_window_extent() for text in texts]
    for index, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[index + 1 :])
        assert box.x0 >= 0 and box.y0 >= 0
        assert box.x1 <= figure.bbox.x1 and box.y1 <= figure.bbox.y1


@pytest.mark.parametrize("point", [[0.0, 0.0], [3.0, -2000.0]])
def test_a_single_model_has_a_figure(point):
    figure = plot_rate_distortion([point], [0], ["one"])
    FigureCanvasAgg(figure).draw()
    low, high = figure.axes[0].get_xlim()
    assert low < point[0] < high


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"points": [[1.0, 2.0, 3.0]]}, r"`points` must have the shape.*\(1, 3\)"),
        ({"points": [[np.nan, 2.0]]}, "a finite rate"),
        ({"points": []}, "at least one model"),
        ({"names": ["a"]}, "1 names for 2 models"),
        ({"hull": [0, 2]}, "`hull` must hold indices"),
    ],
)
def test_mistakes_are_named(change, message):
    with pytest.raises(ValueError, match=message):
        plot_rate_distortion(**{"points": [[1.0, 2.0], [2.0, 1.0]], **change})
