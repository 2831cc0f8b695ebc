import keras
import numpy as np
import pytest
from quantised import all_differ
from scipy.stats import entropy
from zoo import build, compiled, examples

from keras_genae import CategoricalVAE
from keras_genae.training import KLAnnealing

X = examples((16,), 12)


def test_the_kl_is_log_k_less_the_entropy_of_each_place():
    model = compiled(build("CategoricalVAE"), run_eagerly=True)
    logs = model.evaluate(X, verbose=0, return_dict=True)
    p = np.exp(np.float64(model.heads(X)[0]))
    by_hand = (np.log(3) - entropy(p, axis=-1)).sum(-1).mean()
    assert logs["kl_loss"] == pytest.approx(by_hand, rel=1e-4)
    expected = logs["reconstruction_loss"] + 0.5 * logs["kl_loss"]
    assert logs["loss"] == pytest.approx(expected, rel=1e-5)


def test_codes_are_the_most_probable_classes():
    model = build("CategoricalVAE")
    logits = np.array(model.heads(X)[0])
    np.testing.assert_array_equal(model.encode(X), logits.argmax(-1))
    rows = np.eye(3, dtype="float32")[logits.argmax(-1)]
    by_hand = model.likelihood(model.raw(rows)).mean
    np.testing.assert_allclose(model.decode(model.encode(X)), by_hand, atol=1e-5)


def test_at_a_low_temperature_what_is_decoded_in_training_is_nearly_a_class():
    largest = []
    for temperature in (0.01, 2.0):
        model = build("CategoricalVAE", temperature=temperature)
        z = np.array(model.draw(model.posterior(X), training=True))
        np.testing.assert_allclose(z.sum(-1), 1.0, rtol=1e-4)
        largest.append(z.max(-1).mean())
    assert largest[0] > 0.97 and largest[1] < 0.7


def test_samples_are_of_classes_that_are_all_alike():
    model = build("CategoricalVAE")
    z = model.draw_latents(2000, np.random.default_rng(0), temperature=1.0)
    counts = np.stack([np.bincount(z[:, place], minlength=3) for place in range(8)])
    assert np.abs(counts / 2000 - 1 / 3).max() < 0.05
    np.testing.assert_array_equal(model.sample(5, seed=3), model.sample(5, seed=3))
    assert model.sample(5, seed=3).shape == (5, 16)


def test_every_argument_changes_the_loss_and_schedules_move_two_of_them():
    all_differ("CategoricalVAE", {"beta": 2.0}, {"temperature": 0.3}, {"groups": 3})
    model = compiled(build("CategoricalVAE"), keras.optimizers.SGD(0.0), run_eagerly=True)
    before = model.evaluate(X, verbose=0)
    model.temperature.assign(0.1)
    assert model.evaluate(X, verbose=0) != before
    model.fit(X, epochs=1, verbose=0, callbacks=[KLAnnealing(epochs=1, start=0.0)])
    assert float(model.beta) == 0.0
    with pytest.raises(ValueError, match="`temperature` must be above 0"):
        CategoricalVAE((16,), 3, temperature=0.0)
