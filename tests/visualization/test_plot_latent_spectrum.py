import itertools

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex

from keras_genae.visualization._panels import LINE, PALETTE
from keras_genae.visualization.plot_latent_spectrum import plot_latent_spectrum

KL = [0.001, 2.5, 0.02, 1.5]
ACTIVE = [False, True, False, True]


def test_bars_descend_and_active_ones_are_coloured():
    (axes,) = plot_latent_spectrum(KL, ACTIVE).axes
    assert [bar.get_height() for bar in axes.patches] == [2.5, 1.5, 0.02, 0.001]
    colours = [to_hex(bar.get_facecolor()) for bar in axes.patches]
    assert colours == [PALETTE[0]] * 2 + [LINE] * 2
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["1", "3", "2", "0"]
    assert axes.get_title(loc="left") == "2 of 4 units active, 4.02 nats in all"


@pytest.mark.parametrize(
    ("active", "named"), [(ACTIVE, ["active", "dead"]), ([True] * 4, ["active"])]
)
def test_the_legend_names_what_is_there(active, named):
    (axes,) = plot_latent_spectrum(KL, active).axes
    assert [text.get_text() for text in axes.get_legend().get_texts()] == named


@pytest.mark.parametrize("units", [1, 32, 33, 512])
def test_any_number_of_units_has_a_figure_without_labels_that_touch(units):
    figure = plot_latent_spectrum(np.linspace(3.0, 0.0, units), np.ones(units, bool), title="T")
    FigureCanvasAgg(figure).draw()
    (axes,) = figure.axes
    low, high = axes.get_xlim()
    ticks = zip(axes.get_xticks(), axes.get_xticklabels(), strict=True)
    boxes = [text.get_window_extent() for at, text in ticks if low <= at <= high]
    assert boxes and not any(a.overlaps(b) for a, b in itertools.pairwise(boxes))


def test_a_collapsed_model_has_a_figure():
    (axes,) = plot_latent_spectrum(np.zeros(3), np.zeros(3, bool)).axes
    assert axes.get_title(loc="left") == "0 of 3 units active, 0 nats in all"
    assert axes.get_ylim() == (0.0, 1.0)


@pytest.mark.parametrize(
    ("kl", "active", "message"),
    [
        ([1.0, 2.0], [True], r"kl.shape=\(2,\), active.shape=\(1,\)"),
        ([1.0, 2.0], [1, 0], "a boolean for each unit.*int"),
        ([], np.zeros(0, bool), "a number and a boolean"),
        ([1.0, -2.0], [True, True], "0 or more.*-2.0"),
        ([1.0, np.nan], [True, True], "finite"),
    ],
)
def test_mistakes_are_named(kl, active, message):
    with pytest.raises(ValueError, match=message):
        plot_latent_spectrum(kl, active)
