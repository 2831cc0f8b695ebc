"""What all corruptions have in common, then what each of them does."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_genae.layers import Blur, Corruption, GaussianNoise, MaskingNoise, SaltAndPepper

RANDOM = [GaussianNoise, MaskingNoise, SaltAndPepper]
ALL = [*RANDOM, Blur]
GREY = np.full((4, 50, 40, 3), 0.5, "float32")


def spoil(layer, x=GREY, training=True):
    return ops.convert_to_numpy(layer(x, training=training))


@pytest.mark.parametrize("layer_class", ALL)
class TestEveryCorruption:
    def test_outside_training_the_same_input_is_spoilt_the_same_way(self, layer_class, rng):
        x = rng.random((2, 8, 8, 1)).astype("float32")
        once = spoil(layer_class(seed=0), x, training=False)
        again = spoil(layer_class(seed=1), x, training=False)
        assert np.all(once == again)
        assert not np.all(once == x)

    def test_its_config_makes_the_same_layer(self, layer_class, rng):
        x = rng.random((2, 8, 8, 1)).astype("float32")
        name = "fraction" if layer_class in (MaskingNoise, SaltAndPepper) else "stddev"
        layer = layer_class(0.4, seed=3, name="spoiler")
        again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
        assert isinstance(again, layer_class) and again.name == "spoiler"
        assert getattr(again, name) == 0.4 and again.seed == 3
        assert np.all(spoil(again, x) == spoil(layer, x))

    @pytest.mark.parametrize("value", [-0.1, float("nan"), float("inf")])
    def test_an_impossible_strength_is_an_error(self, layer_class, value):
        with pytest.raises(ValueError, match=f"Received: .*={value}"):
            layer_class(value)

    def test_strength_zero_changes_nothing(self, layer_class, rng):
        x = rng.random((2, 8, 8, 1)).astype("float32")
        np.testing.assert_array_equal(spoil(layer_class(0.0, seed=0), x), x)

    def test_the_shape_is_kept_and_known_before_a_call(self, layer_class):
        assert layer_class().compute_output_shape((None, 9, 8, 3)) == (None, 9, 8, 3)
        assert spoil(layer_class(seed=0), np.ones((2, 9, 8, 3))).shape == (2, 9, 8, 3)

    def test_the_result_is_float32(self, layer_class):
        x = np.full((1, 8, 8, 1), 0.5, "float16")
        assert spoil(layer_class(seed=0), x).dtype == "float32"

    def test_it_is_a_corruption(self, layer_class):
        assert issubclass(layer_class, Corruption)


@pytest.mark.parametrize("layer_class", RANDOM)
class TestRandomCorruption:
    def test_training_spoils_anew_each_time(self, layer_class):
        layer = layer_class(seed=0)
        assert np.any(spoil(layer) != spoil(layer))

    def test_a_seed_repeats(self, layer_class):
        assert np.all(spoil(layer_class(seed=2)) == spoil(layer_class(seed=2)))
        assert np.any(spoil(layer_class(seed=2)) != spoil(layer_class(seed=3)))

    def test_the_examples_of_a_batch_are_spoilt_differently(self, layer_class):
        spoilt = spoil(layer_class(seed=0), training=False)
        assert np.any(spoilt[0] != spoilt[1])

    def test_vectors_are_spoilt_too(self, layer_class):
        x = np.full((8, 100), 0.5, "float32")
        spoilt = spoil(layer_class(seed=0), x)
        # Each entry for itself: neither all of an example nor all of a column alike.
        assert spoilt.std(axis=1).min() > 0 and np.median(spoilt.std(axis=0)) > 0

    def test_its_noise_goes_on_in_a_saved_model(self, layer_class, tmp_path):
        model = keras.Sequential([keras.Input((8, 8, 1)), layer_class(seed=0)])
        x = np.full((2, 8, 8, 1), 0.5, "float32")
        spoil(model, x)
        model.save(tmp_path / "model.keras")
        loaded = keras.saving.load_model(tmp_path / "model.keras")
        assert np.all(spoil(loaded, x) == spoil(model, x))


def test_gaussian_noise_is_added_and_not_cut():
    noise = spoil(GaussianNoise(0.3, seed=0)) - GREY
    # 24,000 draws: the standard error of the mean is 0.002, of the deviation 0.0014.
    assert noise.mean() == pytest.approx(0.0, abs=0.01)
    assert noise.std() == pytest.approx(0.3, abs=0.007)
    assert (GREY + noise).min() < 0 < 1 < (GREY + noise).max()
    # A normal distribution has 4.55 % beyond two deviations; a uniform one has none.
    assert np.mean(np.abs(noise) > 0.6) == pytest.approx(0.0455, abs=0.007)


def test_gaussian_noise_differs_between_channels():
    noise = spoil(GaussianNoise(0.3, seed=0)) - GREY
    assert abs(np.corrcoef(noise[..., 0].ravel(), noise[..., 1].ravel())[0, 1]) < 0.06


def test_masking_sets_the_fraction_to_zero_and_leaves_the_rest():
    spoilt = spoil(MaskingNoise(0.25, seed=0))
    assert set(np.unique(spoilt)) == {0.0, 0.5}
    # 8,000 pixels: a standard error of 0.005.
    assert np.mean(spoilt == 0.0) == pytest.approx(0.25, abs=0.025)


def test_masking_everything_leaves_nothing():
    assert np.all(spoil(MaskingNoise(1.0, seed=0)) == 0.0)


def test_salt_and_pepper_come_in_equal_parts():
    spoilt = spoil(SaltAndPepper(0.2, seed=0))
    assert set(np.unique(spoilt)) == {0.0, 0.5, 1.0}
    assert np.mean(spoilt == 0.0) == pytest.approx(0.1, abs=0.02)
    assert np.mean(spoilt == 1.0) == pytest.approx(0.1, abs=0.02)


@pytest.mark.parametrize("layer_class", [MaskingNoise, SaltAndPepper])
def test_all_channels_of_a_pixel_are_spoilt_together(layer_class):
    spoilt = spoil(layer_class(0.5, seed=0))
    assert np.all(spoilt == spoilt[..., :1])


@pytest.mark.parametrize("layer_class", [MaskingNoise, SaltAndPepper])
def test_a_fraction_above_one_is_an_error(layer_class):
    with pytest.raises(ValueError, match="`fraction` must be between 0 and 1"):
        layer_class(1.5)


def blur_by_hand(image, stddev):
    """Convolution of an image (height, width) by loops, its border reflected."""
    for axis in (0, 1):
        radius = min(int(np.ceil(3 * stddev)), image.shape[axis] - 1)
        kernel = np.array([np.exp(-0.5 * (k / stddev) ** 2) for k in range(-radius, radius + 1)])
        kernel /= kernel.sum()
        rows = np.moveaxis(image, axis, 0)
        blurred = np.zeros_like(rows)
        for i in range(len(rows)):
            for k in range(-radius, radius + 1):
                j = abs(i + k)
                j = 2 * (len(rows) - 1) - j if j >= len(rows) else j
                blurred[i] += kernel[k + radius] * rows[j]
        image = np.moveaxis(blurred, 0, axis)
    return image


@pytest.mark.parametrize("shape", [(12, 12), (9, 14), (3, 5), (1, 6)])
@pytest.mark.parametrize("stddev", [0.5, 1.0, 2.5])
def test_blur_is_the_convolution_with_a_gaussian(shape, stddev, rng):
    image = rng.random((2, *shape, 2))
    blurred = spoil(Blur(stddev), image.astype("float32"))
    for example in range(2):
        for channel in range(2):
            by_hand = blur_by_hand(image[example, :, :, channel], stddev)
            np.testing.assert_allclose(blurred[example, :, :, channel], by_hand, atol=1e-5)


def test_blur_leaves_a_flat_image_alone():
    np.testing.assert_allclose(spoil(Blur(2.0)), GREY, atol=1e-6)


def test_blur_is_the_same_in_training():
    image = np.eye(8, dtype="float32")[None, :, :, None]
    assert np.all(spoil(Blur(1.0), image, True) == spoil(Blur(1.0), image, False))


def test_blur_of_vectors_is_an_error():
    with pytest.raises(ValueError, match=r"`Blur` needs images of shape \(batch, height"):
        Blur()(np.ones((2, 16)))
