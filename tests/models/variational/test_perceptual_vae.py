import math

import keras
import numpy as np
import pytest
from zoo import compiled, examples

from keras_genae import VAE, PerceptualVAE

X = examples((12, 12, 1), 8)


def features():
    """Two layers of a network that somebody else has trained."""
    keras.utils.set_random_seed(3)
    x = keras.Input((None, None, 1))
    first = keras.layers.Conv2D(3, 3, activation="relu")(x)
    return keras.Model(x, [first, keras.layers.GlobalAveragePooling2D()(first)])


def model(model_class=PerceptualVAE, **arguments):
    keras.utils.set_random_seed(0)
    return model_class((12, 12, 1), latent_dim=3, widths=(4,), seed=0, **arguments)


def test_the_term_is_the_likelihood_of_the_features(noise_off):
    network = features()
    ours = model(features=network)
    ours.feature_scales[0].squared_error.assign(0.04)
    ours.feature_scales[0].entries.assign(1.0)
    found = ours.loss_terms(ours.unpack((X,)), training=False)["feature_loss"]
    image = ours.likelihood(ours.raw(ours.encode(X))).mean
    expected = 0.0
    for wanted, given, variance in zip(network(X), network(image), (0.04, 1.0), strict=True):
        squared = np.square(np.float64(wanted) - np.float64(given)).reshape(8, -1).mean(axis=1)
        # 144 entries of an image, half for each of two layers.
        expected += 72 * 0.5 * (squared / variance + math.log(2 * math.pi * variance))
    np.testing.assert_allclose(found, expected, rtol=1e-4)


def test_sigma_of_a_layer_is_its_error_in_training(noise_off):
    network = features()
    ours = model(features=network)
    image = ours.likelihood(ours.raw(ours.encode(X))).mean
    ours.loss_terms(ours.unpack((X,)), training=True)
    for wanted, given, scale in zip(network(X), network(image), ours.feature_scales, strict=True):
        mse = np.mean(np.square(np.array(wanted) - np.array(given)))
        assert float(scale.variance) == pytest.approx(mse, rel=1e-3)


def test_features_are_frozen_and_saved(tmp_path):
    network = features()
    before = network.get_weights()
    ours = compiled(model(features=network), run_eagerly=True)
    ours.fit(X, verbose=0)
    for a, b in zip(before, network.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    ours.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    for a, b in zip(before, loaded.features.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert loaded.evaluate(X, verbose=0) == ours.evaluate(X, verbose=0)


def test_without_similarity_and_with_pixels_it_is_the_vae():
    ours, plain = model(similarity_weight=0.0, pixel_weight=1.0), model(VAE)
    for one in (ours, plain):
        compiled(one, keras.optimizers.SGD(1e-3), run_eagerly=True).train_on_batch(X)
    for a, b in zip(ours.trainable_variables, plain.trainable_variables, strict=True):
        np.testing.assert_array_equal(a, b)


def test_what_are_no_features_of_the_images_is_refused():
    x = keras.Input((8, 8, 3))
    other = keras.Model(x, keras.layers.Flatten()(x))
    for wrong in (other, keras.layers.Flatten(), "vgg16", keras.Sequential([])):
        with pytest.raises(ValueError, match="`features` must be a built Keras model"):
            model(features=wrong)
    with pytest.raises(ValueError, match="`PerceptualVAE` compares images"):
        PerceptualVAE((16,), 2, widths=(4,))
