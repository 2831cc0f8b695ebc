import types

import numpy as np
import pytest

from keras_genae.distributions import DiagonalNormal
from keras_genae.visualization.plot_traversals import plot_traversals

KL = np.array([0.5, 3.21, 0.0, 1.25])
IMAGES = np.random.default_rng(0).random((8, 4, 4, 1)).astype("float32")


class FakeAutoencoder:
    """Its first four pixels are its code; remembers what it decoded."""

    latent_dim = 4

    def encode(self, images):
        return images[:, 0, :, 0] * np.array([1.0, 4.0, 2.0, 3.0])

    def decode(self, z):
        self.z = z
        return np.full((len(z), 4, 4, 1), 0.5, "float32")


class FakeVAE(FakeAutoencoder):
    prior = DiagonalNormal.standard(4)

    def encode_distribution(self, images):
        mean = self.encode(images)
        # Differs from image to image; the mean over the images is KL.
        weights = np.linspace(0.0, 2.0, len(images))[:, None]
        return types.SimpleNamespace(
            mean=mean, log_var=np.zeros_like(mean), kl_per_unit=lambda: weights * KL
        )


def row_labels(figure):
    return [label.get_text() for label in figure.axes[0].get_yticklabels()]


def column_labels(figure):
    return [label.get_text() for label in figure.axes[0].get_xticklabels()]


def test_rows_follow_the_kl_largest_first():
    figure = plot_traversals(FakeVAE(), IMAGES, title="Drawn faces")
    assert row_labels(figure) == [
        "z[1]  KL 3.21",
        "z[3]  KL 1.25",
        "z[0]  KL 0.50",
        "z[2]  KL 0.00",
    ]
    assert figure.get_suptitle() == "Drawn faces"


def test_one_unit_moves_over_the_prior_the_others_stay_at_the_most_typical_code():
    model = FakeVAE()
    plot_traversals(model, IMAGES, count=2, span=2.0, steps=5)
    z = model.z.reshape(2, 5, 4)
    codes = model.encode(IMAGES)
    start = codes[np.argmin(np.linalg.norm(codes, axis=1))]
    for row, unit in enumerate([1, 3]):
        np.testing.assert_allclose(z[row, :, unit], [-2.0, -1.0, 0.0, 1.0, 2.0])
        others = np.delete(z[row], unit, axis=1)
        np.testing.assert_allclose(others, np.tile(np.delete(start, unit), (5, 1)), rtol=1e-6)


def test_a_plain_autoencoder_moves_in_standard_deviations_of_its_codes():
    model = FakeAutoencoder()
    figure = plot_traversals(model, IMAGES, span=3.0, steps=3)
    codes = model.encode(IMAGES)
    order = np.argsort(-codes.var(axis=0))
    assert row_labels(figure) == [f"z[{i}]  variance {codes[:, i].var():.2f}" for i in order]
    z = model.z.reshape(4, 3, 4)
    for row, unit in enumerate(order):
        mean = codes.mean(axis=0)
        np.testing.assert_allclose(z[row, 1], mean, rtol=1e-5)
        reach = 3.0 * codes[:, unit].std()
        np.testing.assert_allclose(
            z[row, :, unit], mean[unit] + np.array([-reach, 0.0, reach]), rtol=1e-5
        )


def test_pictures_stand_where_their_codes_say():
    class Grey(FakeVAE):
        def decode(self, z):
            return np.clip(0.5 + z[:, :1] / 10.0, 0, 1)[:, :, None, None] * np.ones((1, 4, 4, 1))

    model = Grey()
    picture = np.asarray(plot_traversals(model, steps=3).axes[0].images[0].get_array())
    # Without images: z[0] first, from -3 to 3; all else at the prior's mean.
    assert picture[0, [0, 5, 10], 0].tolist() == [51, 128, 204]
    assert picture[5, [0, 5, 10], 0].tolist() == [128, 128, 128]


def test_a_vae_without_images_keeps_the_units_own_order():
    assert row_labels(plot_traversals(FakeVAE(), count=3)) == ["z[0]", "z[1]", "z[2]"]


def test_a_plain_autoencoder_needs_images():
    with pytest.raises(ValueError, match="Pass some of the data as `images`"):
        plot_traversals(FakeAutoencoder())


def test_columns_are_labelled_with_what_fits():
    assert column_labels(plot_traversals(FakeVAE(), IMAGES, steps=5)) == [
        "−3", "−1.5", "0", "1.5", "3",
    ]  # fmt: skip
    narrow = column_labels(plot_traversals(FakeVAE(), IMAGES, steps=41))
    assert [label for label in narrow if label] == ["−3", "0", "3"]
    assert len(narrow) == 41


@pytest.mark.parametrize(
    ("argument", "message"),
    [({"count": 0}, "`count`"), ({"steps": 1}, "`steps`"), ({"span": 0.0}, "`span`")],
)
def test_numbers_out_of_range_are_refused(argument, message):
    with pytest.raises(ValueError, match=message):
        plot_traversals(FakeVAE(), IMAGES, **argument)


def test_what_is_no_picture_is_refused():
    with pytest.raises(ValueError, match="`images`"):
        plot_traversals(FakeVAE(), IMAGES[..., 0])
