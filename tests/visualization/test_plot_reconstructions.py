import threading

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from keras_genae.visualization.plot_reconstructions import plot_reconstructions


def random_pictures(count, height=6, width=6, channels=1, seed=0):
    return np.random.default_rng(seed).integers(
        0, 256, (count, height, width, channels), dtype="uint8"
    )


def drawn(figure):
    return np.asarray(figure.axes[0].images[0].get_array())


def row_labels(figure):
    return [label.get_text() for label in figure.axes[0].get_yticklabels()]


def assert_nothing_is_cut(figure):
    figure.canvas.draw()
    page = figure.bbox
    texts = [figure._suptitle, *figure.texts, *figure.legends]
    for axes in figure.axes:
        texts += [*axes.get_xticklabels(), *axes.get_yticklabels(), *axes.texts]
    for text in texts:
        box = text.get_window_extent() if text is not None else None
        if box is None or box.width == 0:
            continue
        assert box.x0 >= page.x0 - 1 and box.x1 <= page.x1 + 1, text
        assert box.y0 >= page.y0 - 1 and box.y1 <= page.y1 + 1, text


def render(figure):
    FigureCanvasAgg(figure)
    return figure


def test_the_pixels_are_the_given_ones_row_under_row():
    originals = random_pictures(3, 6, 5, 3)
    others = random_pictures(3, 6, 5, 3, seed=1)
    picture = drawn(plot_reconstructions(originals, others))
    # 6 x 5 pictures with a gap of one white pixel.
    assert picture.shape == (13, 17, 3)
    for column in range(3):
        left = column * 6
        np.testing.assert_array_equal(picture[:6, left : left + 5], originals[column])
        np.testing.assert_array_equal(picture[7:, left : left + 5], others[column])
    assert (picture[6] == 255).all() and (picture[:, 5] == 255).all()


def test_floats_and_bytes_draw_the_same_picture():
    pictures = random_pictures(2, channels=3)
    floats = (pictures / 255.0).astype("float32")
    np.testing.assert_array_equal(
        drawn(plot_reconstructions(pictures, pictures)), drawn(plot_reconstructions(floats, floats))
    )


@pytest.mark.parametrize("channels", [1, 2, 4])
def test_other_channels_are_shown_as_their_mean_in_grey(channels):
    pictures = random_pictures(1, channels=channels)
    picture = drawn(plot_reconstructions(pictures, pictures))[:6, :6]
    mean = np.rint(pictures[0].mean(axis=-1))
    for channel in range(3):
        np.testing.assert_array_equal(picture[..., channel], mean)


def test_count_limits_the_columns():
    pictures = random_pictures(12)
    assert drawn(plot_reconstructions(pictures, pictures, count=4)).shape[1] == 4 * 7 - 1
    assert drawn(plot_reconstructions(pictures, pictures)).shape[1] == 10 * 7 - 1


def test_rows_are_labelled_beside_their_middle():
    figure = plot_reconstructions(random_pictures(2), random_pictures(2))
    assert row_labels(figure) == ["Original", "Reconstruction"]
    np.testing.assert_allclose(figure.axes[0].get_yticks(), [2.5, 9.5])


@pytest.mark.parametrize("columns", [1, 3, 20])
@pytest.mark.parametrize("size", [(28, 28), (8, 60), (64, 10)])
@pytest.mark.parametrize(
    "title", [None, "Tail $5 and x_1, " + "a rather long name of a data set " * 3]
)
def test_nothing_is_cut_and_pictures_keep_their_shape(columns, size, title, tmp_path):
    pictures = random_pictures(columns, *size)
    figure = render(plot_reconstructions(pictures, pictures, title=title, count=columns))
    assert_nothing_is_cut(figure)
    box = figure.axes[0].get_window_extent()
    height, width = drawn(figure).shape[:2]
    assert box.width / width == pytest.approx(box.height / height, rel=1e-3)
    if title:
        assert figure._suptitle.get_window_extent().y0 >= box.y1
    figure.savefig(tmp_path / "figure.png", dpi=30)
    assert (tmp_path / "figure.png").stat().st_size > 0


def test_row_labels_do_not_touch():
    figure = render(plot_reconstructions(random_pictures(20, 4, 60), random_pictures(20, 4, 60)))
    figure.canvas.draw()
    upper, lower = [label.get_window_extent() for label in figure.axes[0].get_yticklabels()]
    assert upper.y0 > lower.y1


def test_figures_do_not_touch_matplotlibs_global_state():
    settings = dict(matplotlib.rcParams)
    figure = plot_reconstructions(random_pictures(1), random_pictures(1))
    assert isinstance(figure, Figure)
    assert plt.get_fignums() == []
    assert dict(matplotlib.rcParams) == settings


def test_threads_draw_the_same_figure(tmp_path):
    def draw(name):
        figure = plot_reconstructions(random_pictures(4), random_pictures(4), title="threads")
        figure.savefig(tmp_path / name, dpi=40, metadata={"Software": None})

    names = [f"{index}.png" for index in range(4)]
    threads = [threading.Thread(target=draw, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({(tmp_path / name).read_bytes() for name in names}) == 1


def test_tiny_excess_is_clipped_and_more_is_an_error():
    pictures = np.ones((1, 4, 4, 1))
    assert drawn(plot_reconstructions(pictures, pictures + 5e-4)).max() == 255
    assert drawn(plot_reconstructions(pictures * 0, pictures * 0 - 5e-4))[:4].max() == 0
    with pytest.raises(ValueError, match=r"`reconstructions` must hold finite floats.*to 1.01"):
        plot_reconstructions(pictures, pictures + 0.01)
    with pytest.raises(ValueError, match=r"from -0.01"):
        plot_reconstructions(pictures * 0 - 0.01, pictures)
    with pytest.raises(ValueError, match="finite"):
        plot_reconstructions(pictures * np.nan, pictures)


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (np.zeros((2, 4, 4)), r"\[..., None\].*\(2, 4, 4\)"),
        (np.zeros((0, 4, 4, 1)), "at least one picture"),
        (np.zeros((2, 4, 4, 0)), "at least one picture"),
        (np.zeros((2, 4, 4, 1), "int64"), "int64"),
    ],
)
def test_what_is_no_picture_is_refused(images, message):
    with pytest.raises(ValueError, match=message):
        plot_reconstructions(images, images)


def test_shapes_must_agree():
    with pytest.raises(ValueError, match=r"same shape.*\(2, 6, 6, 1\).*\(3, 6, 6, 1\)"):
        plot_reconstructions(random_pictures(2), random_pictures(3))


@pytest.mark.parametrize("count", [0, -1, 2.5])
def test_count_must_be_a_whole_number(count):
    with pytest.raises(ValueError, match="`count`"):
        plot_reconstructions(random_pictures(2), random_pictures(2), count=count)
