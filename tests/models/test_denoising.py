import keras
import numpy as np
import pytest
from zoo import build, compiled, examples, loss_of, same, weights_of

X = examples((12, 12, 1), 24)
NOISY = np.clip(X + np.random.default_rng(0).normal(0, 0.2, X.shape), 0, 1).astype("float32")


def spoilt(model, x, y, training=True):
    batch = model.unpack((x, y) if y is not None else (x,))
    return keras.ops.convert_to_numpy(model.encoder_input(batch, training))


def test_what_equals_its_target_is_spoilt_and_a_pair_is_taken_as_it_is():
    model = build("DenoisingAE")
    mixed = np.concatenate([X[:2], NOISY[2:4]])
    result = spoilt(model, mixed, X[:4])
    assert np.all(np.any(result[:2] != X[:2], axis=(1, 2, 3)))
    np.testing.assert_array_equal(result[2:], NOISY[2:4])


def test_without_a_target_everything_is_spoilt():
    result = spoilt(build("DenoisingAE"), X, None)
    assert (result - X).std() == pytest.approx(0.2, rel=0.05)


def test_training_draws_new_noise_and_validation_the_same():
    model = build("DenoisingAE")
    assert np.any(spoilt(model, X, None) != spoilt(model, X, None))
    np.testing.assert_array_equal(spoilt(model, X, None, False), spoilt(model, X, None, False))


def test_fitting_to_itself_is_fitting_without_a_target():
    histories, models = [], []
    for data in ((X,), (X, X)):
        model = compiled(build("DenoisingAE"))
        histories.append(model.fit(*data, batch_size=8, epochs=2, shuffle=False, verbose=0).history)
        models.append(model)
    assert histories[0] == histories[1]
    assert same(weights_of(models[0]), weights_of(models[1]))


def test_validation_noise_is_the_same_in_each_epoch():
    model = compiled(build("DenoisingAE"), keras.optimizers.SGD(0.0))
    history = model.fit(X, epochs=3, validation_data=(X, X), verbose=0).history
    assert len(set(history["val_loss"])) == 1
    assert len(set(history["loss"])) == 3


def test_the_loss_compares_with_the_clean_target():
    model = compiled(build("DenoisingAE", scale=1.0), run_eagerly=True)
    loss = loss_of(model, NOISY, X)
    raw = np.float64(model.decoder(model.encoder(NOISY)))
    mean = raw + 0.5  # Before `denoise` cuts it to [0, 1].
    squares = np.square(X - mean).sum((1, 2, 3))
    by_hand = np.mean(0.5 * squares + 0.5 * 144 * np.log(2 * np.pi))
    assert loss == pytest.approx(by_hand, rel=1e-5)


def test_corrupt_shows_the_noise_of_validation():
    model = build("DenoisingAE")
    corrupted = model.corrupt(X)
    np.testing.assert_array_equal(corrupted, model.corrupt(X))
    np.testing.assert_allclose(corrupted, spoilt(model, X, None, training=False), atol=1e-6)
    np.testing.assert_allclose(model.corrupt(X, batch_size=5), corrupted, atol=1e-6)
    np.testing.assert_array_equal(model.denoise(corrupted), model.reconstruct(corrupted))


def test_prediction_does_not_spoil():
    model = build("DenoisingAE")
    expected = model.decode(model.encode(X))
    np.testing.assert_allclose(model.predict(X, verbose=0), expected, atol=1e-6)


@pytest.mark.slow
def test_it_learns_to_remove_noise():
    x = examples((12, 12, 1), 512)
    model = compiled(build("DenoisingAE", widths=(8, 16), latent_dim=6))
    model.fit(x, epochs=25, batch_size=32, verbose=0)
    error = np.mean((X - model.denoise(model.corrupt(X))) ** 2)
    # The noise alone has a mean square of 0.04.
    assert error < 0.02


@pytest.mark.parametrize("corruption", ["masking", "blur"])
def test_a_named_corruption_is_saved(corruption, tmp_path):
    model = build("DenoisingAE", corruption=corruption)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded.corrupt(X), model.corrupt(X))


def test_a_corruption_of_ones_own_is_saved_with_its_noise(tmp_path):
    from keras_genae.layers import SaltAndPepper

    model = build("DenoisingAE", corruption=SaltAndPepper(0.4, seed=3))
    spoilt(model, X, None)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert loaded.corruption.fraction == 0.4
    np.testing.assert_array_equal(spoilt(loaded, X, None), spoilt(model, X, None))


@pytest.mark.parametrize(
    "layer",
    [keras.layers.GaussianNoise(0.3), keras.layers.Dropout(0.5), keras.layers.GaussianDropout(0.5)],
)
def test_a_layer_that_acts_in_training_only_is_refused(layer):
    with pytest.raises(ValueError, match="does nothing outside training"):
        build("DenoisingAE", corruption=layer)


def test_a_layer_that_changes_the_shape_is_refused():
    with pytest.raises(ValueError, match="keeps the shape"):
        build("DenoisingAE", corruption=keras.layers.MaxPooling2D())


def test_a_layer_that_always_acts_is_taken(tmp_path):
    model = build("DenoisingAE", corruption=keras.layers.Rescaling(0.5))
    np.testing.assert_allclose(model.corrupt(X), 0.5 * X, atol=1e-6)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded.corrupt(X), model.corrupt(X))
