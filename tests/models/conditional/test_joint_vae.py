"""JointVAE: classes and numbers in one code, each at its capacity."""

import keras
import numpy as np
import pytest
from zoo import compiled, examples

from keras_genae import VAE, JointVAE

X = examples((6,), 12)


def model_of(**arguments):
    keras.utils.set_random_seed(0)
    arguments = {"discrete": (3, 4), "capacity_steps": 0, "widths": (5,), "seed": 0, **arguments}
    model = JointVAE((6,), 2, likelihood="gaussian", **arguments)
    return compiled(model, keras.optimizers.SGD(1e-3), run_eagerly=True)


def scores(model):
    return model.evaluate(X, verbose=0, return_dict=True)


def test_the_loss_by_hand():
    model = model_of(capacity=0.7, class_capacity=0.2, gamma=5.0)
    logs = scores(model)
    mean, log_var = (np.float64(head) for head in model.encoder(X))
    mu, log_var = mean[:, :2], log_var[:, :2]
    kl = 0.5 * (mu**2 + np.exp(log_var) - log_var - 1).sum(1)
    class_kl = 0.0
    for logits in (mean[:, 2:5], mean[:, 5:]):
        p = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
        class_kl = class_kl + (p * np.log(p.shape[1] * p)).sum(1)
    assert logs["kl_loss"] == pytest.approx(kl.mean(), rel=1e-5)
    assert logs["class_kl_loss"] == pytest.approx(class_kl.mean(), rel=1e-4)
    pays = 5.0 * (np.abs(kl - 0.7) + np.abs(class_kl - 0.2)).mean()
    assert logs["loss"] == pytest.approx(logs["reconstruction_loss"] + pays, rel=1e-5)


def test_the_capacities_rise_with_the_steps_of_training_alone():
    model = model_of(capacity=4.0, capacity_steps=4)
    for step in range(6):
        logs, risen = scores(model), min(step / 4, 1.0)
        expected = np.abs(4.0 * risen - np.asarray(model.encode_distribution(X).parts[0].kl()))
        assert logs["capacity_loss"] == pytest.approx(expected.mean(), rel=1e-4)
        assert float(model.share_of_capacity()) == risen
        model.train_on_batch(X)
    assert model.class_capacity == pytest.approx(np.log(12))


def test_without_capacities_and_classes_decoded_it_is_the_beta_vae(noise_off):
    # γ = β, both capacities 0, and a discrete unit that says nothing: its logits are all alike.
    model = model_of(capacity=0.0, class_capacity=0.0, gamma=3.0, discrete=(2,))
    plain = VAE((6,), 2, beta=3.0, likelihood="gaussian", widths=(5,), seed=0)
    plain.code_whitener = None
    compiled(plain, run_eagerly=True)
    weights = model.encoder.get_weights()
    plain.encoder.set_weights([w if w.shape[-1] == 5 else w[..., :2] for w in weights])
    weights[2][:, 2:] = 0.0  # No logits.
    model.encoder.set_weights(weights)
    kernel, bias, *rest = model.decoder.get_weights()
    plain.decoder.set_weights([kernel[:2], bias + kernel[2:].mean(0), *rest])
    ours, theirs = (scores(m) for m in (model, plain))
    assert ours["class_kl_loss"] == pytest.approx(0.0, abs=1e-6)
    assert ours["loss"] == pytest.approx(theirs["loss"], rel=1e-5)


def test_codes_are_means_and_probabilities():
    model = model_of()
    z = model.encode(X)
    assert z.shape == (12, 9) and model.latent_shape == (9,)
    np.testing.assert_allclose(z[:, 2:5].sum(1), 1.0, rtol=1e-5)
    np.testing.assert_allclose(z[:, 5:].sum(1), 1.0, rtol=1e-5)
    expected = np.stack([z[:, 2:5].argmax(1), z[:, 5:].argmax(1)], axis=1)
    np.testing.assert_array_equal(model.classify(X), expected)
    drawn = model.draw_latents(200, np.random.default_rng(0), temperature=0.5)
    assert set(np.unique(drawn[:, 2:])) == {0.0, 1.0} and drawn[:, :2].std() < 0.6
    np.testing.assert_array_equal(drawn[:, 2:5].sum(1), 1.0)
    varied = model.variations(X[:2], 5, seed=0)
    assert varied.shape == (2, 5, 6)
    model.fit_prior(X)
    assert model.sample(3, seed=0).shape == (3, 6)
    model.set_prior(None)
    with pytest.raises(ValueError, match="have no density"):
        model.prior_log_prob(z)


def test_gradients_reach_the_logits():
    # What the decoder gains by a class reaches the classes through the relaxed draw.
    model = model_of(gamma=0.0)
    head = model.encoder.get_layer("mean")
    before = head.get_weights()[0]
    model.train_on_batch(X)
    assert np.abs(head.get_weights()[0] - before)[:, 2:].max() > 0.0


@pytest.mark.parametrize(
    "change",
    [
        {"capacity": 1.0},
        {"class_capacity": 0.1},
        {"gamma": 1.0},
        {"discrete": (12,)},
        {"capacity_steps": 10},
        {"temperature": 5.0},
    ],
    ids=str,
)
def test_each_argument_changes_the_loss(change):
    assert scores(model_of(**change))["loss"] != scores(model_of())["loss"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"discrete": ()}, "number of classes of each"),
        ({"discrete": 10}, "number of classes of each"),
        ({"discrete": (1,)}, "at least 2"),
        ({"class_capacity": 3.0}, "2.485 nats"),
        ({"temperature": 0.0}, "above 0"),
        ({"gamma": -1.0}, "gamma"),
        ({"capacity_steps": 0.5}, "whole number"),
    ],
)
def test_what_makes_no_model_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        model_of(**arguments)
