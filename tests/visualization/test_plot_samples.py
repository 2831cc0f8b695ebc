import numpy as np
import pytest

from keras_genae.visualization.plot_samples import plot_samples


def drawn(figure):
    return np.asarray(figure.axes[0].images[0].get_array())


def test_samples_run_row_by_row_and_the_rest_is_white():
    images = np.random.default_rng(0).integers(0, 255, (7, 4, 4, 3), dtype="uint8")
    picture = drawn(plot_samples(images))
    assert picture.shape == (14, 14, 3)
    for index, image in enumerate(images):
        top, left = 5 * (index // 3), 5 * (index % 3)
        np.testing.assert_array_equal(picture[top : top + 4, left : left + 4], image)
    assert (picture[10:, 5:] == 255).all()


@pytest.mark.parametrize(
    ("count", "height", "width", "grid"),
    [
        (1, 8, 8, (1, 1)),
        (2, 8, 8, (1, 2)),
        (16, 8, 8, (4, 4)),
        (8, 20, 10, (2, 4)),
        (2, 9, 90, (2, 1)),
    ],
)
def test_the_grid_is_near_square(count, height, width, grid):
    picture = drawn(plot_samples(np.zeros((count, height, width, 1))))
    assert (picture.shape[0] // height, picture.shape[1] // width) == grid


def test_hundreds_of_samples_fit_on_a_page(tmp_path):
    figure = plot_samples(np.zeros((400, 8, 8, 1)), title="400 samples")
    assert max(figure.get_size_inches()) < 11
    figure.savefig(tmp_path / "samples.png", dpi=50)


def test_samples_have_no_axes_around_them():
    (axes,) = plot_samples(np.zeros((4, 8, 8, 1))).axes
    assert not any(spine.get_visible() for spine in axes.spines.values())
    assert len(axes.get_xticks()) == len(axes.get_yticks()) == 0
