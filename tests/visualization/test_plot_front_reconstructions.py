import numpy as np
import pytest

from keras_genae.visualization.plot_front_reconstructions import plot_front_reconstructions


def pictures(count=3, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (count, 6, 6, 3), dtype="uint8")


def drawn(figure):
    return np.asarray(figure.axes[0].images[0].get_array())


def test_the_originals_are_on_top_and_the_models_follow_in_their_order():
    images, rows = pictures(), [pictures(seed=1), pictures(seed=2)]
    figure = plot_front_reconstructions(images, rows, ["2k, 4 latents", "9k"], title="A front")
    canvas = drawn(figure)
    for row, expected in enumerate([images, *rows]):
        for column, picture in enumerate(expected):
            top, left = 7 * row, 7 * column
            np.testing.assert_array_equal(canvas[top : top + 6, left : left + 6], picture)
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert labels == ["Original", "2k, 4 latents", "9k"]
    assert figure.get_suptitle() == "A front"


def test_two_models_of_one_label_are_two_rows():
    figure = plot_front_reconstructions(pictures(), [pictures(), pictures(seed=1)], ["2k", "2k"])
    assert drawn(figure).shape[0] == 3 * 7 - 1


def test_count_limits_the_columns():
    images = pictures(12)
    assert drawn(plot_front_reconstructions(images, [images], ["a"])).shape[1] == 10 * 7 - 1
    assert drawn(plot_front_reconstructions(images, [images], ["a"], count=2)).shape[1] == 13


@pytest.mark.parametrize(
    ("rows", "labels", "message"),
    [
        ([], [], "at least one"),
        ([pictures()], ["a", "b"], r"1 rows, labels=\['a', 'b'\]"),
        ([pictures()], "a", "labels='a'"),
        ([pictures(), pictures(2)], ["a", "b"], r"same shape.*rows\[1\].shape=\(2, 6, 6, 3\)"),
        ([pictures() * np.nan], ["a"], "same|finite"),
    ],
)
def test_mistakes_are_named(rows, labels, message):
    with pytest.raises(ValueError, match=message):
        plot_front_reconstructions(pictures(), rows, labels)
