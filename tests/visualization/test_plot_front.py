import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from keras_genae.tuning import pareto_front
from keras_genae.visualization.plot_front import plot_front, short_number

MIN2 = ["min", "min"]
LABELS = ["error", "parameters"]
CORNERS = [["min", "min"], ["min", "max"], ["max", "min"], ["max", "max"]]


def trials(count=30, seed=0):
    """Points in (0, 1) with a front of several."""
    return np.random.default_rng(seed).uniform(0.01, 1.0, (count, 2))


def line_of(figure):
    """The points on the front's line."""
    (line,) = [m for m in figure.axes[0].get_lines() if m.get_label() == "not beaten by any"]
    return line.get_xydata()


def ring_of(figure):
    return [m.get_xydata()[0] for m in figure.axes[0].get_lines() if m.get_label() == "recommended"]


def steps_of(figure):
    """The corners of the whole stepped line, as drawn."""
    line = figure.axes[0].get_lines()[0]
    x, y = line.get_xydata().T
    if line.get_drawstyle() == "steps-post":
        return np.repeat(x, 2)[1:], np.repeat(y, 2)[:-1]
    return np.repeat(x, 2)[:-1], np.repeat(y, 2)[1:]


def boxes_of(figure):
    FigureCanvasAgg(figure).draw()
    axes = figure.axes[0]
    texts = [*axes.texts, axes.xaxis.label, axes.yaxis.label, *figure.legends, figure._suptitle]
    low, high = axes.get_xlim()
    texts += [t for t, at in zip(axes.get_xticklabels(), axes.get_xticks(), strict=True)
              if low <= at <= high]  # fmt: skip
    low, high = axes.get_ylim()
    texts += [t for t, at in zip(axes.get_yticklabels(), axes.get_yticks(), strict=True)
              if low <= at <= high]  # fmt: skip
    return [text.get_window_extent() for text in texts if text is not None]


@pytest.mark.parametrize("directions", CORNERS)
def test_the_line_goes_through_the_points_that_none_dominates(directions):
    points = trials()
    figure = plot_front(points, directions, LABELS)
    assert isinstance(figure, Figure)
    np.testing.assert_array_equal(line_of(figure), points[pareto_front(points, directions)])
    others = figure.axes[0].collections[0].get_offsets()
    assert len(others) + len(line_of(figure)) == len(points)


@pytest.mark.parametrize("directions", CORNERS)
def test_the_line_parts_what_a_trial_beats_from_what_none_beats(directions):
    points = trials()
    x, y = steps_of(plot_front(points, directions, LABELS))
    signs = np.array([1.0 if direction == "min" else -1.0 for direction in directions])
    middles = np.stack([(x[1:] + x[:-1]) / 2, (y[1:] + y[:-1]) / 2], axis=1)
    assert len(middles) >= 4
    for middle in middles:
        # A hair towards the worse in both some trial is better; a hair towards the better, none.
        beaten, free = (middle * signs + hair for hair in (1e-6, -1e-6))
        assert (points * signs <= beaten).all(axis=1).any()
        assert not (points * signs <= free).all(axis=1).any()


def test_a_front_of_ones_own_is_drawn_in_the_order_of_the_first_objective():
    points = trials()
    figure = plot_front(points, MIN2, LABELS, front=[4, 1, 7])
    x = line_of(figure)[:, 0]
    assert sorted(points[[1, 4, 7], 0].tolist()) == x.tolist()


def test_the_recommended_point_has_a_ring_its_name_and_its_numbers():
    points = [[0.30, 1e4], [0.10, 8e5], [0.12, 4.2e4]]
    figure = plot_front(points, MIN2, LABELS, recommended=2)
    assert ring_of(figure)[0].tolist() == [0.12, 4.2e4]
    (note,) = figure.axes[0].texts
    assert note.get_text().replace("\n", " ") == "trial 2 error: 0.12, parameters: 42k"
    named = plot_front(points, MIN2, LABELS, recommended=2, names=["a", "b", "$c_1"])
    assert named.axes[0].texts[0].get_text().startswith("$c_1\n")
    unmarked = plot_front(points, MIN2, LABELS)
    assert ring_of(unmarked) == [] and not unmarked.axes[0].texts


def test_an_axis_is_logarithmic_where_its_values_span_over_two_decades():
    for high, scale in ((99.0, "linear"), (101.0, "log")):
        axes = plot_front([[1.0, 1.0], [2.0, high]], MIN2, LABELS).axes[0]
        assert (axes.get_xscale(), axes.get_yscale()) == ("linear", scale)
    # Logarithms of zero and below do not exist.
    axes = plot_front([[-5.0, 0.0], [500.0, 900.0]], MIN2, LABELS).axes[0]
    assert (axes.get_xscale(), axes.get_yscale()) == ("linear", "linear")


def test_the_axes_say_which_direction_is_better():
    axes = plot_front(trials(), ["min", "max"], ["error", "speed"]).axes[0]
    assert axes.get_xlabel() == "error  (lower is better)"
    assert axes.get_ylabel() == "speed  (higher is better)"


def test_trials_gone_wrong_are_counted_not_drawn():
    points = [[0.1, 1.0], [np.nan, 2.0], [0.2, np.inf], [0.05, 2.0]]
    figure = plot_front(points, MIN2, LABELS)
    np.testing.assert_array_equal(line_of(figure), [[0.05, 2.0], [0.1, 1.0]])
    assert figure.legends[0].get_title().get_text().endswith("2 of the trials")
    assert plot_front(trials(), MIN2, LABELS).legends[0].get_title().get_text() == ""


@pytest.mark.parametrize("directions", CORNERS)
@pytest.mark.parametrize("which", [0, -1])
@pytest.mark.parametrize("factor", [1.0, 1e9])
def test_nothing_is_cut_and_the_note_covers_neither_trials_nor_line(directions, which, factor):
    points = trials() ** [1.0, 4.0] * [1.0, factor]
    front = pareto_front(points, directions)
    labels = ["validation MSE per pixel, a long name", "parameters of both"]
    figure = plot_front(
        points, directions, labels, recommended=int(front[which]), title="A title " * 15
    )
    boxes, page = boxes_of(figure), figure.bbox
    for index, box in enumerate(boxes):
        assert box.x0 >= -1 and box.y0 >= -1 and box.x1 <= page.x1 + 1 and box.y1 <= page.y1 + 1
        assert not any(box.overlaps(other) for other in boxes[index + 1 :])
    axes = figure.axes[0]
    # The annotation's own box takes in its line, so the text's alone.
    note = axes.texts[0].get_bbox_patch() or axes.texts[0]
    box = super(type(note), note).get_window_extent()
    drawn = axes.transData.transform(points)
    inside = (drawn > [box.x0, box.y0]) & (drawn < [box.x1, box.y1])
    assert not inside.all(axis=1).any()
    assert box.x0 >= axes.bbox.x0 - 1 and box.x1 <= axes.bbox.x1 + 1


@pytest.mark.parametrize("points", [[[1.0, 5.0]], [[0.0, 0.0]], [[2.0, 3.0]] * 4])
def test_a_single_point_has_a_figure(points):
    figure = plot_front(points, MIN2, LABELS, recommended=0)
    FigureCanvasAgg(figure).draw()
    low, high = figure.axes[0].get_xlim()
    assert low < points[0][0] < high


def test_short_numbers():
    values = [999.4, 999.6, 999_499, 999_600, 1.5e9, 1e-5, -0.25]
    assert [short_number(v) for v in values] == [
        "999", "1k", "999k", "1M", "1.5G", "1e−05", "−0.25",
    ]  # fmt: skip
    assert short_number(1_234_560, digits=6) == "1.23456M"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"points": [[1.0, 2.0, 3.0]]}, r"`points` must have the shape.*\(1, 3\)"),
        ({"points": [[np.nan, 2.0]], "names": None}, "at least one trial.*1 trials"),
        ({"directions": ["min", "up"]}, "`directions` must hold 'min' or 'max'"),
        ({"directions": "min"}, "`directions` must hold 'min' or 'max'"),
        ({"directions": ["min"]}, "one entry for each of the two"),
        ({"labels": ["error"]}, "one entry for each of the two"),
        ({"names": ["a"]}, "1 names for 2 points"),
        ({"front": [0, 5]}, "indices of points.*5 for 2 points"),
        ({"recommended": -1}, "indices of points.*-1"),
        ({"points": [[np.nan, 1.0], [1.0, 1.0]], "recommended": 0}, "indices of points.*0"),
    ],
)
def test_mistakes_are_named(change, message):
    arguments = {"points": [[1.0, 2.0], [2.0, 1.0]], "directions": MIN2, "labels": LABELS}
    with pytest.raises(ValueError, match=message):
        plot_front(**{**arguments, **change})
