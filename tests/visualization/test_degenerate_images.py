"""One picture, constant pictures, any number of channels: a figure, and never a warning."""

import types
import warnings

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

import keras_genae as genae
from keras_genae import visualization

COUNTS = (1, 2, 12)
CHANNELS = (1, 2, 3, 4)
CONSTANTS = {"black": np.zeros, "white": np.ones}


@pytest.fixture(autouse=True)
def no_warnings():
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        warnings.simplefilter("error", UserWarning)
        yield


def render(figure):
    FigureCanvasAgg(figure).draw()


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("channels", CHANNELS)
@pytest.mark.parametrize("make", CONSTANTS.values(), ids=CONSTANTS)
def test_figures_of_pictures(count, channels, make):
    images = make((count, 8, 9, channels))
    render(visualization.plot_samples(images, "A title"))
    render(visualization.plot_reconstructions(images, images))
    render(visualization.plot_denoising(images, images, images))
    render(visualization.plot_inpainting(images, np.ones((8, 9), bool), images))
    render(visualization.plot_interpolations(np.stack([images] * 3, axis=1)))


@pytest.fixture(scope="module", params=["ConvVAE", "ConvAE"])
def models(request):
    """Untrained models of two latent variables, by their number of channels."""
    model_class = getattr(genae, request.param)
    return {c: model_class((8, 8, c), latent_dim=2, widths=(2,), seed=0) for c in (1, 2)}


@pytest.mark.parametrize("count", [1, 3])
def test_figures_of_models(models, count):
    for channels, model in models.items():
        images = np.full((count, 8, 8, channels), 0.5, "float32")
        render(visualization.plot_traversals(model, images, steps=3))
        for labels in (None, np.zeros(count), np.linspace(0, 1, count), ["a"] * count):
            render(visualization.plot_latent_map(model, images, labels, steps=3))


@pytest.mark.parametrize("value", [0.0, -3.5, 1e30, float("nan"), float("inf")])
@pytest.mark.parametrize("epochs", [1, 2, 30])
def test_training_curves_of_constants(value, epochs):
    history = {"loss": [value] * epochs, "val_loss": [value] * epochs}
    render(visualization.plot_training_curves(types.SimpleNamespace(history=history)))
