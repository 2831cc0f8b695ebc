import numpy as np
import pytest

from keras_genae.visualization.plot_anomalies import plot_anomalies, plot_anomaly_scores


def bars(figure):
    """Heights of the two histograms, in percent."""
    return [np.array([bar.get_height() for bar in kind]) for kind in figure.axes[0].containers]


def test_each_kind_adds_up_to_a_hundred_percent_outliers_included(rng):
    normal, anomalous = rng.normal(size=1000), np.append(rng.normal(4, 1, 50), 1e9)
    figure = plot_anomaly_scores(normal, anomalous, threshold=2.0)
    for heights in bars(figure):
        assert heights.sum() == pytest.approx(100.0)
    # One score out of all proportion does not press the others into one bar.
    assert (bars(figure)[0] > 0).sum() > 10


def test_the_key_says_how_many_are_flagged():
    figure = plot_anomaly_scores(np.arange(10.0), np.arange(8.0, 12.0), threshold=8.5)
    texts = [text.get_text() for text in figure.legends[0].get_texts()]
    assert {"normal (10, 10.0% flagged)", "anomalies (4, 75.0% flagged)"} <= set(texts)
    assert figure.axes[0].get_lines()[0].get_xdata()[0] == 8.5


@pytest.mark.parametrize("normal", [[], [np.nan], [[1.0]]])
def test_what_are_no_scores_is_refused(normal):
    with pytest.raises(ValueError, match="finite scores"):
        plot_anomaly_scores(normal, [1.0])


def test_scores_that_are_all_the_same_are_drawn():
    plot_anomaly_scores(np.zeros(3), np.zeros(2)).canvas.draw()


def test_the_oddest_come_first_with_reconstruction_and_heat_below():
    images = np.linspace(0.1, 0.9, 5)[:, None, None, None] * np.ones((5, 6, 4, 1))
    heat = np.ones((5, 6, 4))
    heat[3, 2, 1] = 100.0
    figure = plot_anomalies(images, 1.0 - images, heat, scores=[0, 5, 1, 9, 2], count=2)
    picture = np.asarray(figure.axes[0].images[0].get_array()).astype(int)
    np.testing.assert_allclose(picture[0, [0, 5], 0], 255 * images[[3, 1], 0, 0, 0], atol=1)
    np.testing.assert_allclose(picture[7, [0, 5], 0], 255 - picture[0, [0, 5], 0], atol=1)
    # Only the hot pixel has a colour.
    colorful = np.argwhere(np.ptp(picture, axis=-1) > 0)
    assert colorful.tolist() == [[14 + 2, 1]]
    red, _, blue = picture[16, 1]
    assert red > blue


def test_what_does_not_fit_together_is_refused():
    images = np.zeros((3, 6, 4, 1))
    with pytest.raises(ValueError, match=r"heat_maps\.shape=\(3, 6\)"):
        plot_anomalies(images, images, np.ones((3, 6)), np.zeros(3))
