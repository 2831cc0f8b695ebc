import numpy as np
import pytest

from keras_genae.models.dictionaries.explanation import Explanation
from keras_genae.visualization import plot_features

IMAGES = np.linspace(0.0, 0.9, 6)[:, None, None, None] * np.ones((6, 8, 8, 1))


def explanation(feature, strengths, map_shape=()):
    activations = np.asarray(strengths, "float32").reshape(len(strengths), -1)
    return Explanation.of(feature, activations, 3, map_shape)


def test_a_row_holds_the_strongest_pictures_of_a_feature_and_white_behind():
    found = [explanation(7, [0, 3, 1, 2, 9, 0]), explanation(2, [0, 0, 5, 0, 0, 0])]
    figure = plot_features(IMAGES, found, names=["a", "b"], title="Features")
    picture = np.asarray(figure.axes[0].images[0].get_array())
    cells = picture[[0, 9]][:, [0, 9, 18], 0] / 255
    np.testing.assert_allclose(cells[0], IMAGES[[4, 1, 3], 0, 0, 0], atol=0.01)
    np.testing.assert_allclose(cells[1], [IMAGES[2, 0, 0, 0], 1.0, 1.0], atol=0.01)
    assert [t.get_text() for t in figure.axes[0].get_yticklabels()] == ["7: a", "2: b"]


def test_the_position_that_fires_is_framed():
    strengths = np.zeros((6, 4, 2))
    strengths[3, 2, 1] = 1.0  # Of a map of 4 by 2 over 8 by 8 pixels.
    figure = plot_features(IMAGES, [explanation(0, strengths, (4, 2))])
    (frame,) = figure.axes[0].patches
    assert frame.get_xy() == (3.5, 3.5) and (frame.get_width(), frame.get_height()) == (4, 2)


def test_nothing_to_draw_is_said():
    with pytest.raises(ValueError, match="no input fires any of the features"):
        plot_features(IMAGES, [explanation(0, np.zeros(6))])
    with pytest.raises(ValueError, match="2 names for 1 features"):
        plot_features(IMAGES, [explanation(0, np.ones(6))], names=["a", "b"])
