import numpy as np
import pytest

from keras_genae.visualization.plot_denoising import plot_denoising


def test_three_rows_in_order():
    noisy, denoised, clean = (np.full((2, 4, 4, 1), value, "uint8") for value in (10, 20, 30))
    figure = plot_denoising(noisy, denoised, clean, title="Digits")
    picture = np.asarray(figure.axes[0].images[0].get_array())
    assert [picture[top, 0, 0] for top in (0, 5, 10)] == [10, 20, 30]
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert labels == ["Noisy", "Denoised", "Clean"]
    assert figure.get_suptitle() == "Digits"


def test_noise_that_left_the_range_is_an_error_that_says_what_to_do():
    clean = np.full((2, 4, 4, 1), 0.5)
    with pytest.raises(ValueError, match=r"numpy.clip\(noisy, 0, 1\).*from -0.5 to 1.5"):
        plot_denoising(clean + np.array([[[[1.0]]], [[[-1.0]]]]), clean, clean)


def test_shapes_must_agree():
    pictures = np.zeros((2, 4, 4, 1))
    with pytest.raises(ValueError, match=r"`clean` must have the same shape"):
        plot_denoising(pictures, pictures, pictures[:, :3])
