import types

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from keras_genae.visualization.plot_training_curves import plot_training_curves


def names(figure):
    return [axes.get_title(loc="left") for axes in figure.axes]


def curves(axes):
    return {line.get_label(): line.get_xydata() for line in axes.get_lines()}


def notes(axes):
    return [text.get_text() for text in axes.texts]


def test_a_panel_for_each_quantity_the_losses_first():
    keys = ["beta", "kl_loss", "learning_rate", "loss", "val_kl_loss", "val_loss", "val_score"]
    figure = plot_training_curves({key: [3.0, 2.0, 1.0] for key in keys}, title="Run 7")
    assert names(figure) == ["loss", "kl_loss", "beta", "learning_rate", "score"]
    units = [axes.get_ylabel() for axes in figure.axes]
    assert units == ["nats per example"] * 2 + [""] * 3
    assert figure.get_suptitle() == "Run 7"


def test_training_and_validation_share_a_panel_from_epoch_one():
    (axes,) = plot_training_curves({"loss": [3.0, 2.0], "val_loss": [4.0, 3.5]}).axes
    np.testing.assert_array_equal(curves(axes)["training"], [[1, 3.0], [2, 2.0]])
    np.testing.assert_array_equal(curves(axes)["validation"], [[1, 4.0], [2, 3.5]])


def test_a_history_object_counts_on_after_a_resumed_training():
    history = types.SimpleNamespace(history={"loss": [2.0, 1.0]}, epoch=[5, 6])
    (axes,) = plot_training_curves(history).axes
    np.testing.assert_array_equal(curves(axes)["training"], [[6, 2.0], [7, 1.0]])


def test_rare_validation_stands_at_its_epochs():
    (axes,) = plot_training_curves({"loss": [1.0] * 10, "val_loss": [3.0, 2.0, 1.0]}).axes
    assert curves(axes)["validation"][:, 0].tolist() == [3, 6, 9]


@pytest.mark.parametrize("epochs", [1, 2, 5, 100])
def test_epochs_have_whole_numbers(epochs):
    figure = plot_training_curves({"loss": list(range(epochs))})
    FigureCanvasAgg(figure).draw()
    low, high = figure.axes[0].get_xlim()
    ticks = [tick for tick in figure.axes[0].get_xticks() if low <= tick <= high]
    assert ticks and all(tick == round(tick) and 1 <= tick <= epochs for tick in ticks)


def test_one_epoch_is_a_marker():
    (axes,) = plot_training_curves({"loss": [3.0]}).axes
    assert axes.get_lines()[0].get_marker() == "o"


def test_a_point_between_gaps_is_a_marker():
    numbers = [1.0, None, 2.0, float("nan"), 3.0, float("inf")] * 4
    (axes,) = plot_training_curves({"loss": numbers}).axes
    line = axes.get_lines()[0]
    assert line.get_marker() == "o"
    np.testing.assert_array_equal(np.isnan(line.get_ydata()), [False, True] * 12)


def test_a_huge_start_is_cut_and_the_panel_says_so():
    falling = [100.0 + 50.0 / epoch for epoch in range(1, 20)]
    (axes,) = plot_training_curves({"loss": [54321.0, *falling]}).axes
    low, high = axes.get_ylim()
    # All but the first epoch is in sight, and fills the panel.
    assert low < min(falling) and max(falling) < high < 160.0
    assert notes(axes) == ["start cut: epoch 1, up to 54,321"]


@pytest.mark.parametrize(
    "numbers",
    [
        [150.0, 120.0, 110.0, 105.0, 102.0, 100.0],
        [54321.0, 100.0],
        [5.0, 0.0, 0.0, 0.0, 0.0],
        [0.0, 20.0, 25.0, 25.1, 25.2],
    ],
)
def test_an_ordinary_start_is_in_sight(numbers):
    (axes,) = plot_training_curves({"loss": numbers}).axes
    low, high = axes.get_ylim()
    assert low <= min(numbers) and max(numbers) <= high
    assert notes(axes) == []


def test_a_rise_in_the_middle_is_never_cut():
    numbers = [100.0 - epoch for epoch in range(30)]
    numbers[15] = 1e6
    (axes,) = plot_training_curves({"loss": numbers}).axes
    assert axes.get_ylim()[1] >= 1e6 and notes(axes) == []


def test_schedules_are_never_cut():
    (axes,) = plot_training_curves({"learning_rate": [1.0, *np.linspace(0.01, 0.001, 30)]}).axes
    assert axes.get_ylim()[1] >= 1.0 and notes(axes) == []


def test_a_quantity_without_a_number_says_so():
    (axes,) = plot_training_curves({"loss": [float("nan")] * 5}).axes
    assert notes(axes) == ["no finite value"]


def test_the_legend_is_there_for_validation_only():
    assert plot_training_curves({"loss": [1.0, 2.0]}).legends == []
    (legend,) = plot_training_curves({"loss": [1.0, 2.0], "val_loss": [1.0, 2.0]}).legends
    assert [text.get_text() for text in legend.get_texts()] == ["training", "validation"]


@pytest.mark.parametrize("history", [{}, {"loss": []}])
def test_no_epoch_is_an_error(history):
    with pytest.raises(ValueError, match="at least one epoch"):
        plot_training_curves(history)


@pytest.mark.parametrize("panels", [1, 2, 3, 4, 7])
def test_panels_neither_overlap_nor_leave_the_page(panels):
    history = {f"{'x' * index}_loss": [1e4, 5.0, 4.0, 3.0] for index in range(panels)}
    history |= {f"val_{name}": numbers for name, numbers in history.items()}
    figure = plot_training_curves(history, title="A title " * 12)
    FigureCanvasAgg(figure).draw()
    boxes = [axes.get_tightbbox() for axes in figure.axes]
    boxes += [figure._suptitle.get_window_extent(), figure.legends[0].get_window_extent()]
    page = figure.bbox
    for index, box in enumerate(boxes):
        assert box.x0 >= -1 and box.y0 >= -1 and box.x1 <= page.x1 + 1 and box.y1 <= page.y1 + 1
        assert not any(box.overlaps(other) for other in boxes[index + 1 :])
