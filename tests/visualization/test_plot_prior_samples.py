import numpy as np
import pytest

from keras_genae.visualization.plot_prior_samples import plot_prior_samples


def test_a_row_a_prior():
    samples = {
        name: np.full((5, 8, 8, 1), level, "uint8") for name, level in (("a", 10), ("b", 20))
    }
    figure = plot_prior_samples(samples, title="Samples", count=3)
    picture = np.asarray(figure.axes[0].images[0].get_array())
    assert picture[::9, ::9, 0].tolist() == [[10] * 3, [20] * 3]
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["a", "b"]


def test_mistakes_are_named():
    with pytest.raises(ValueError, match="one prior at least"):
        plot_prior_samples({})
    images = np.zeros((4, 8, 8, 1))
    with pytest.raises(ValueError, match="must have the same shape"):
        plot_prior_samples({"a": images, "b": images[:, :7]})
