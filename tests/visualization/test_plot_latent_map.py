import types
from statistics import NormalDist

import matplotlib.colors
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from keras_genae.distributions import DiagonalNormal
from keras_genae.visualization.plot_latent_map import plot_latent_map

IMAGES = np.random.default_rng(0).random((60, 6, 4, 3)).astype("float32")


class FakeAutoencoder:
    """Decodes z[0] as red and z[1] as green, each growing with its unit."""

    latent_dim = 2

    def encode(self, images):
        return images[:, 0, 0, :2] * np.array([4.0, 2.0]) + 1.0

    def decode(self, z):
        self.z = z
        colour = 1.0 / (1.0 + np.exp(-np.concatenate([z, 0.0 * z[:, :1]], axis=1)))
        return np.tile(colour[:, None, None, :], (1, 6, 4, 1))


class FakeVAE(FakeAutoencoder):
    prior = DiagonalNormal.standard(2)

    def encode_distribution(self, images):
        return types.SimpleNamespace(mean=self.encode(images))


def manifold(figure):
    return figure.axes[1].images[0]


def points(figure):
    return [np.asarray(group.get_offsets()) for group in figure.axes[0].collections]


def test_the_scatter_holds_the_codes():
    (offsets,) = points(plot_latent_map(FakeVAE(), IMAGES))
    np.testing.assert_allclose(offsets, FakeVAE().encode(IMAGES))


def test_the_manifold_grows_to_the_right_and_upwards():
    figure = plot_latent_map(FakeVAE(), IMAGES, steps=5)
    picture = np.asarray(manifold(figure).get_array()).astype(int)
    assert picture.shape == (5 * 6, 5 * 4, 3)
    # Rows of the array run down the page when the origin is "upper".
    assert manifold(figure).origin == "upper"
    assert (np.diff(picture[0, ::4, 0]) > 0).all() and (np.diff(picture[::6, 0, 0]) == 0).all()
    assert (np.diff(picture[::6, 0, 1]) < 0).all() and (np.diff(picture[0, ::4, 1]) == 0).all()
    for axes in figure.axes:
        assert axes.get_xlabel() == "z[0]" and axes.get_ylabel() == "z[1]"
        assert np.diff(axes.get_xlim()) > 0 and np.diff(axes.get_ylim()) > 0


def test_a_vae_is_decoded_at_the_quantiles_of_its_prior():
    model = FakeVAE()
    plot_latent_map(model, IMAGES, steps=4)
    quantiles = [NormalDist().inv_cdf(p) for p in (0.125, 0.375, 0.625, 0.875)]
    z = model.z.reshape(4, 4, 2)
    np.testing.assert_allclose(z[0, :, 0], quantiles, rtol=1e-5)
    np.testing.assert_allclose(z[:, 0, 1], quantiles[::-1], rtol=1e-5)


def test_an_autoencoder_is_decoded_over_the_range_of_its_codes():
    model = FakeAutoencoder()
    figure = plot_latent_map(model, IMAGES, steps=3)
    codes = model.encode(IMAGES)
    np.testing.assert_allclose(model.z.min(axis=0), codes.min(axis=0), rtol=1e-5)
    np.testing.assert_allclose(model.z.max(axis=0), codes.max(axis=0), rtol=1e-5)
    (outline,) = figure.axes[0].patches
    np.testing.assert_allclose(outline.get_xy(), codes.min(axis=0))


def test_ticks_of_the_manifold_tell_where_a_value_lies():
    axes = plot_latent_map(FakeVAE(), IMAGES, steps=21).axes[1]
    places = dict(
        zip([t.get_text() for t in axes.get_xticklabels()], axes.get_xticks(), strict=True)
    )
    assert places["0"] == pytest.approx(10.0)
    # The grid's k-th column stands at the quantile (k + 1/2) / steps.
    assert places["1"] == pytest.approx(21 * NormalDist().cdf(1.0) - 0.5, abs=0.05)
    assert places["−1"] == pytest.approx(20.0 - places["1"])


def test_classes_have_one_colour_each_and_a_legend():
    labels = np.arange(60) % 3
    figure = plot_latent_map(FakeVAE(), IMAGES, labels)
    legend = figure.axes[0].get_legend()
    assert [text.get_text() for text in legend.get_texts()] == ["0", "1", "2"]
    colours = figure.axes[0].collections[0].get_facecolors()[:, :3]
    for label, handle in enumerate(legend.legend_handles):
        expected = matplotlib.colors.to_rgb(handle.get_color())
        np.testing.assert_allclose(colours[labels == label], [expected] * 20)


def test_more_classes_than_colours_get_another_marker():
    labels = np.arange(60) % 15
    figure = plot_latent_map(FakeVAE(), IMAGES, labels)
    codes = FakeVAE().encode(IMAGES)
    first, second = points(figure)
    np.testing.assert_allclose(first, codes[labels < 10])
    np.testing.assert_allclose(second, codes[labels >= 10])
    looks = {(h.get_color(), h.get_marker()) for h in figure.axes[0].get_legend().legend_handles}
    assert len(looks) == 15


@pytest.mark.parametrize(
    "labels", [np.linspace(0.0, 1.0, 60), np.arange(60), np.arange(60)[:, None]]
)
def test_other_numbers_are_a_scale(labels):
    figure = plot_latent_map(FakeVAE(), IMAGES, labels)
    assert len(figure.axes) == 3 and figure.axes[0].get_legend() is None
    np.testing.assert_allclose(figure.axes[0].collections[0].get_array(), labels.reshape(60))


@pytest.mark.parametrize(
    "labels", [None, ["ape", "a very long name of a class"] * 30, list(range(60))]
)
def test_nothing_is_cut(labels):
    figure = plot_latent_map(FakeVAE(), IMAGES, labels, title="Random pictures", steps=3)
    FigureCanvasAgg(figure).draw()
    page = figure.bbox
    for axes in figure.axes:
        box = axes.get_tightbbox()
        assert box.x0 >= -1 and box.y0 >= -1 and box.x1 <= page.x1 + 1 and box.y1 <= page.y1 + 1
    left, right = figure.axes[0].get_tightbbox(), figure.axes[1].get_tightbbox()
    assert left.x1 < right.x0


def test_codes_that_are_all_the_same_are_drawn(tmp_path):
    figure = plot_latent_map(FakeAutoencoder(), np.repeat(IMAGES[:1], 3, axis=0), steps=2)
    figure.savefig(tmp_path / "map.png", dpi=40)


def test_other_dimensions_are_refused():
    model = FakeVAE()
    model.latent_dim = 3
    with pytest.raises(ValueError, match=r"latent_dim=2.*Received: model.latent_dim=3"):
        plot_latent_map(model, IMAGES)


def test_labels_must_fit_the_images():
    with pytest.raises(ValueError, match=r"one value for each image.*\(59,\) for 60 images"):
        plot_latent_map(FakeVAE(), IMAGES, np.zeros(59))
    with pytest.raises(ValueError, match="Received: 60 different texts"):
        plot_latent_map(FakeVAE(), IMAGES, [f"person {index}" for index in range(60)])
