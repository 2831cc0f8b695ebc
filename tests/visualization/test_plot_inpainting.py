import numpy as np
import pytest

from keras_genae.visualization.plot_inpainting import HOLE, plot_inpainting

IMAGES, FILLED = (np.full((2, 4, 4, 1), value, "uint8") for value in (10, 30))


def drawn(mask, **options):
    figure = plot_inpainting(IMAGES, mask, FILLED, **options)
    return figure, np.asarray(figure.axes[0].images[0].get_array())


def test_three_rows_in_order_with_the_holes_in_a_colour_of_their_own():
    hole = np.zeros((4, 4), bool)
    hole[0, 1] = True
    figure, picture = drawn(hole, title="Digits")
    assert [picture[top, 0].tolist() for top in (0, 5, 10)] == [[10] * 3, [10] * 3, [30] * 3]
    # A gap of one pixel stands between the pictures.
    assert all(np.array_equal(picture[5, left + 1], HOLE) for left in (0, 5))
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert labels == ["Original", "Holes", "Filled"] and figure.get_suptitle() == "Digits"


def test_each_image_has_holes_of_its_own():
    holes = np.zeros((2, 4, 4), bool)
    holes[1, 0, 0] = True
    _, picture = drawn(holes)
    assert picture[5, 0].tolist() == [10] * 3 and np.array_equal(picture[5, 5], HOLE)
    _, one = drawn(holes, count=1)
    assert one.shape[1] == 4


@pytest.mark.parametrize("mask", [np.zeros((2, 4, 4)), np.zeros((3, 4, 4), bool)])
def test_a_mask_says_which_pixels_of_these_images_are_missing(mask):
    with pytest.raises(ValueError, match=r"bools of shape \(2, 4, 4\), or \(4, 4\) for all"):
        drawn(mask)


def test_shapes_must_agree():
    with pytest.raises(ValueError, match="must have the same shape"):
        plot_inpainting(IMAGES, np.zeros((4, 4), bool), FILLED[:, :3])
