import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from keras_genae.visualization.plot_parallel_coordinates import OFF, plot_parallel_coordinates

TABLE = {
    "error": [0.1, 0.3, 0.2, None],
    "latents": [2, 8, 32, 4],
    "network": ["mlp", "conv", "conv", "mlp"],
    "kernel": [None, 3, 5, None],
}


def collections(figure):
    return {c.get_gid(): c for c in figure.axes[0].collections}


def heights(figure, gid="trials"):
    return [segment[:, 1].tolist() for segment in collections(figure)[gid].get_segments()]


def names(figure):
    return [text.get_text() for text in figure.axes[0].texts if text.get_gid() == "name"]


def ticks(figure, column):
    """Text → height of the ticks of a column."""
    texts = [text for text in figure.axes[0].texts if text.get_gid() == "tick"]
    near = [text for text in texts if abs(text.get_position()[0] - column) < 0.3]
    return {text.get_text(): text.get_position()[1] for text in near}


def test_each_trial_is_a_line_through_its_values_the_best_on_top():
    figure = plot_parallel_coordinates(TABLE, "error")
    # latents (log 2 … 32), network, kernel, error; from the worst to the best.
    np.testing.assert_allclose(
        heights(figure),
        [[0.5, 0.0, 0.0, 1.0], [1.0, 0.0, 1.0, 0.5], [0.0, 1.0, OFF, 0.0]],
        atol=1e-12,
    )
    np.testing.assert_allclose(heights(figure, "failed"), [[0.25, 1.0, OFF, OFF]])
    assert names(figure) == ["latents\n(log)", "network", "kernel", "error"]


def test_the_best_are_dark_whichever_the_direction():
    for direction in ("min", "max"):
        figure = plot_parallel_coordinates(TABLE, "error", direction=direction)
        brightness = collections(figure)["trials"].get_colors()[:, :3].sum(axis=1)
        assert (np.diff(brightness) < 0.0).all()
        best = heights(figure)[-1][-1]
        assert best == (0.0 if direction == "min" else 1.0)
        # The key shows the same colours: row 0 is on top.
        (strip,) = figure.axes[0].images
        shown = strip.cmap(strip.norm(strip.get_array()))[..., :3].sum(axis=-1).ravel()
        assert (shown[0] < shown[-1]) == (direction == "max")


def test_ticks_name_values_categories_and_what_is_off():
    figure = plot_parallel_coordinates(TABLE, "error")
    assert ticks(figure, 0) == pytest.approx({"2": 0.0, "4": 0.25, "8": 0.5, "32": 1.0})
    assert ticks(figure, 1) == {"conv": 0.0, "mlp": 1.0}
    assert ticks(figure, 2) == {"3": 0.0, "5": 1.0, "off": OFF}
    assert ticks(figure, 3) == pytest.approx({"0.1": 0.0, "0.2": 0.5, "0.3": 1.0, "none": OFF})


def test_tuples_are_categories_in_ascending_order():
    table = {"widths": [[32, 64], [16, 32], [8]], "error": [1.0, 2.0, 3.0]}
    figure = plot_parallel_coordinates(table, "error")
    assert ticks(figure, 0) == {"[8]": 0.0, "[16, 32]": 0.5, "[32, 64]": 1.0}
    mixed = {"widths": [(32, 64), "auto", True], "error": [1.0, 2.0, 3.0]}
    assert set(ticks(plot_parallel_coordinates(mixed, "error"), 0)) == {"(32, 64)", "auto", "True"}


@pytest.mark.parametrize(
    ("values", "is_log"),
    [
        (np.geomspace(1e-4, 1e-2, 30), True),
        (np.geomspace(8, 256, 6), True),
        (np.random.default_rng(0).uniform(0.01, 0.9, 30), False),
        ([32, 64, 128], True),
        ([3, 4, 5], False),
        ([0, 10, 1000], False),
        ([1, 2, 3, 4, 5, 6, 7, 8], False),
    ],
)
def test_logarithmic_ranges_get_a_logarithmic_axis(values, is_log):
    table = {"x": list(values), "error": list(range(len(values)))}
    figure = plot_parallel_coordinates(table, "error")
    assert names(figure)[0] == ("x\n(log)" if is_log else "x")
    low, high = min(values), max(values)
    stretch = np.log if is_log else np.asarray
    expected = (stretch(values) - stretch(low)) / (stretch(high) - stretch(low))
    found = [row[0] for row in heights(figure)][::-1]
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_ticks_stand_where_their_numbers_belong():
    values = np.random.default_rng(0).uniform(-3.0, 5.0, 40)
    figure = plot_parallel_coordinates({"x": values.tolist(), "error": list(range(40))}, "error")
    found = ticks(figure, 0)
    assert len(found) >= 4
    for text, height in found.items():
        number = float(text.replace("−", "-"))
        assert height == pytest.approx((number - values.min()) / np.ptp(values))


@pytest.mark.parametrize("values", [[7, 7, 7], [None, None, None], [float("nan"), 2, 2]])
def test_columns_without_a_range_have_a_place(values):
    figure = plot_parallel_coordinates({"x": values, "error": [1.0, 2.0, 3.0]}, "error")
    FigureCanvasAgg(figure).draw()
    assert {row[0] for row in heights(figure)} <= {0.5, OFF}


def test_only_the_quality_is_a_figure_too():
    figure = plot_parallel_coordinates({"error": [1.0]}, "error")
    FigureCanvasAgg(figure).draw()
    assert ticks(figure, 0) == {"1": 0.5}


@pytest.mark.parametrize("trials", [3, 40])
@pytest.mark.parametrize("title", [None, "\n".join(["A title of many words"] * 3)])
def test_nothing_is_cut_and_no_text_overlaps(trials, title):
    rng = np.random.default_rng(0)
    table = {
        "likelihood": rng.choice(["gaussian", "continuous_bernoulli", "sigma"], trials).tolist(),
        "a_very.long_name.of_a_hyperparameter": rng.choice([8, 16, 32, 128], trials).tolist(),
        "learning_rate": (10 ** rng.uniform(-5, -1, trials)).tolist(),
        "kernel_size": rng.choice([3, 4, None], trials).tolist(),
        "error": [*rng.uniform(0.1, 0.2, trials - 1), None],
        "category": [f"value {index % 14}" for index in range(trials)],
        "widths": [(32,) * (1 + index % 6) for index in range(trials)],
    }
    figure = plot_parallel_coordinates(table, "error", title=title)
    FigureCanvasAgg(figure).draw()
    texts = [*figure.axes[0].texts, *([figure._suptitle] if title else [])]
    boxes, page = [text.get_window_extent() for text in texts], figure.bbox
    for index, box in enumerate(boxes):
        assert box.x0 >= -1 and box.y0 >= -1 and box.x1 <= page.x1 + 1 and box.y1 <= page.y1 + 1
        for other, text in zip(boxes[index + 1 :], texts[index + 1 :], strict=True):
            assert not box.overlaps(other), (texts[index], text)


@pytest.mark.parametrize(
    ("table", "arguments", "message"),
    [
        ({"a": [1, 2], "q": [1.0]}, {}, r"one length.*{'a': 2, 'q': 1}"),
        ({"a": [], "q": []}, {}, "one length"),
        ({}, {}, "one length"),
        ({"a": [1], "q": [None]}, {}, "at least one finite number.*'q'.*'a', 'q'"),
        ({"a": [1]}, {}, "must name a column"),
        ({"q": ["x"]}, {}, "at least one finite number"),
        ({"q": [1.0]}, {"direction": "up"}, "`direction` must be 'min' or 'max'"),
    ],
)
def test_mistakes_are_named(table, arguments, message):
    with pytest.raises(ValueError, match=message):
        plot_parallel_coordinates(table, "q", **arguments)
