import dataclasses

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from keras_genae.visualization.plot_domain_shift import plot_domain_shift


@dataclasses.dataclass
class Shift:
    distortion: np.ndarray
    reference_distortion: np.ndarray
    worst: np.ndarray

    def __str__(self):
        return "Of another kind than the reference: " + "a long verdict " * 8


def made(rng, count):
    distortion = rng.normal(5.0, 1.0, count)
    return Shift(distortion, rng.normal(0.0, 1.0, 30), np.argsort(-distortion))


def test_the_worst_come_first_and_bars_are_shares_of_each(rng):
    shift = made(rng, 20)
    images = np.arange(20, dtype="uint8")[:, None, None, None] * np.ones((8, 8, 1), "uint8")
    figure = plot_domain_shift(shift, images, count=3)
    histogram, pictures = figure.axes
    strip = np.asarray(pictures.images[0].get_array())
    assert strip[0, ::9, 0].tolist() == shift.worst[:3].tolist()
    bars = [patch.get_height() for patch in histogram.patches if hasattr(patch, "get_height")]
    assert sum(bars) == pytest.approx(2.0)  # 1 of the reference, 1 of the data in question.
    assert [text.get_text() for text in histogram.get_legend().get_texts()] == [
        "reference, 30",
        "in question, 20",
    ]


@pytest.mark.parametrize(("count", "shape"), [(20, (8, 8, 1)), (4, (16, 8, 3))])
def test_nothing_is_cut_and_nothing_overlaps(rng, count, shape):
    figure = plot_domain_shift(made(rng, count), rng.random((count, *shape)), "A long title " * 8)
    FigureCanvasAgg(figure).draw()
    histogram, pictures = figure.axes
    boxes = [text.get_window_extent() for text in figure.texts]
    boxes += [axes.get_tightbbox() for axes in (histogram, pictures)]
    for index, box in enumerate(boxes):
        assert box.x0 >= -1 and box.y0 >= -1
        assert box.x1 <= figure.bbox.x1 + 1 and box.y1 <= figure.bbox.y1 + 1
        assert not any(box.overlaps(other) for other in boxes[index + 1 :])


def test_other_images_than_those_tested_are_an_error(rng):
    with pytest.raises(ValueError, match="19 images, 20 tested"):
        plot_domain_shift(made(rng, 20), rng.random((19, 8, 8, 1)))
