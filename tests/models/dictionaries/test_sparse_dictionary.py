"""What all sparse dictionaries share, on the one that has least beside it."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from zoo import build, compiled, examples

from keras_genae import Autoencoder, TopKSAE
from keras_genae.layers import Atoms
from keras_genae.training import CollapseMonitor

X = 2.0 + examples((16,), 32)
ALL_DEAD = 10_000.0


def dictionary(**changes):
    return compiled(build("TopKSAE", **changes), keras.optimizers.SGD(0.01), run_eagerly=True)


def gradients(model, term, x=X):
    """∂(sum of a term)/∂(each trainable variable): name → array, zeros where nothing reaches."""
    with tf.GradientTape() as tape:
        value = tf.reduce_sum(model.loss_terms(model.unpack((x,)), training=True)[term])
    variables = model.trainable_variables
    zeros = tf.UnconnectedGradients.ZERO
    found = tape.gradient(value, [v.value for v in variables], unconnected_gradients=zeros)
    return {
        v.path.removeprefix(f"{model.name}/"): g.numpy()
        for v, g in zip(variables, found, strict=True)
    }


def relu(a):
    return np.maximum(a, 0.0)


def pre_activations(model, x):
    kernel, bias = model.encoder.get_layer("features").get_weights()
    return (np.float64(x) - model.atoms_layer.bias.numpy()) @ kernel + bias


def test_the_encoder_sees_what_differs_from_the_bias_and_starts_as_the_atoms():
    model = dictionary()
    model.atoms_layer.bias.assign(np.arange(16.0))
    kernel = model.encoder.get_layer("features").kernel.numpy()
    np.testing.assert_allclose(kernel, model.atoms.T, atol=1e-6)
    z = model.encode(X)
    np.testing.assert_allclose(z[z > 0], pre_activations(model, X)[z > 0], rtol=1e-4)
    np.testing.assert_allclose(model.decode(z), z @ model.atoms + np.arange(16.0), atol=1e-5)


def test_atoms_are_unit_vectors_and_no_gradient_runs_along_them():
    model = dictionary()
    model.atoms_layer.kernel.assign(3.0 * model.atoms)
    for _ in range(3):
        along = gradients(model, "reconstruction_loss")["atoms/kernel"] * model.atoms
        np.testing.assert_allclose(along.sum(axis=1), 0.0, atol=1e-4)
        assert np.abs(along).max() > 0.01
        model.train_on_batch(X)
        kernel = model.atoms_layer.kernel.numpy()  # The constraint holds the variable itself.
        np.testing.assert_allclose(np.linalg.norm(kernel, axis=1), 1.0, atol=1e-5)


def test_a_row_of_zeros_is_no_nan():
    layer = Atoms(3)
    layer.build((None, 2))
    layer.kernel.assign([[0.0, 0.0, 0.0], [0.0, 3.0, 4.0]])
    np.testing.assert_allclose(layer(np.ones((1, 2))), [[0.0, 0.6, 0.8]], atol=1e-6)


@pytest.mark.parametrize("kind", ["array", "weights", "dataset", "generator"])
def test_training_begins_at_the_mean_of_the_data_once(kind):
    model = compiled(build("TopKSAE"), keras.optimizers.SGD(0.0), run_eagerly=True)
    weight = np.linspace(0.0, 2.0, 32) if kind == "weights" else np.ones(32)
    if kind == "dataset":
        model.fit(tf.data.Dataset.from_tensor_slices(X).batch(32), verbose=0)
    elif kind == "generator":
        model.fit(iter([X]), steps_per_epoch=1, verbose=0)
    else:
        model.fit(X, sample_weight=weight if kind == "weights" else None, verbose=0)
    mean = np.average(X, axis=0, weights=weight)
    np.testing.assert_allclose(model.atoms_layer.bias, mean, rtol=1e-5)
    variance = np.average((X - mean) ** 2, axis=0, weights=weight).mean()
    assert float(model.unit) == pytest.approx(np.sqrt(variance), rel=1e-4)
    model.fit(X + 5.0, verbose=0)
    np.testing.assert_allclose(model.atoms_layer.bias, mean, rtol=1e-5)


def test_constant_data_train_without_nan():
    model = dictionary()
    history = model.fit(np.full((8, 16), 3.0, "float32"), verbose=0, epochs=2).history
    assert all(np.isfinite(values).all() for values in history.values())


def test_what_is_logged_by_hand():
    model = dictionary()
    model.begin(X)
    model.idle.assign([ALL_DEAD] * 6 + [0.0] * 18)
    logs = model.evaluate(X, verbose=0, return_dict=True)
    z, error = model.encode(X), X - model.reconstruct(X)
    assert logs["l0"] == pytest.approx((z > 0).sum(1).mean())
    variance = np.square(X - X.mean(0)).sum()
    assert logs["explained_variance"] == pytest.approx(1 - np.square(error).sum() / variance)
    assert logs["dead_share"] == pytest.approx(0.25)
    by_hand = 0.5 * (np.square(error).sum(1) + 16 * np.log(2 * np.pi)).mean()
    assert logs["reconstruction_loss"] == pytest.approx(by_hand, rel=1e-5)
    weighed = logs["reconstruction_loss"] + logs["revival_loss"] / 32
    assert logs["loss"] == pytest.approx(weighed, rel=1e-6)


def test_a_feature_is_idle_until_it_fires_for_an_example_that_counts():
    model = dictionary()
    model.begin(X)
    weight = np.r_[np.ones(2), np.zeros(30)].astype("float32")
    fires = (model.encode(X) > 0)[:2].any(axis=0)
    assert fires.any() and not fires.all()
    model.optimizer.learning_rate = 0.0
    for times in (1, 2):
        model.train_on_batch(X, sample_weight=weight)
        np.testing.assert_array_equal(model.idle, np.where(fires, 0.0, 2.0 * times))


def test_the_revival_term_is_what_the_best_of_the_dead_explain_of_the_rest():
    model = dictionary(k=2)
    model.begin(X)
    dead = np.arange(24) < 12
    model.idle.assign(np.where(dead, ALL_DEAD, 0.0))
    logs = model.evaluate(X, verbose=0, return_dict=True)
    activations = relu(pre_activations(model, X)) * dead
    eighth = np.sort(activations, axis=1)[:, [-8]]  # Half as many as x has entries.
    z = np.where(activations >= eighth, activations, 0.0)
    error = np.float64(X - model.reconstruct(X))
    left = np.square(error - z @ model.atoms).sum(1) - np.square(error).sum(1)
    assert logs["revival_loss"] == pytest.approx(0.5 * left.mean(), rel=1e-4)
    model.idle.assign(np.zeros(24))
    assert model.evaluate(X, verbose=0, return_dict=True)["revival_loss"] == 0.0


def test_the_revival_term_teaches_the_dead_alone():
    model = dictionary(k=2)
    model.begin(X)
    dead = np.arange(24) < 12
    model.idle.assign(np.where(dead, ALL_DEAD, 0.0))
    found = gradients(model, "revival_loss")
    assert np.abs(found["atoms/kernel"][dead]).max() > 0.0
    assert np.abs(found["features/kernel"][:, dead]).max() > 0.0
    assert not found["atoms/kernel"][~dead].any()
    assert not found["features/kernel"][:, ~dead].any()


def test_dead_features_are_named_with_what_helps(capsys):
    # Two fire for everything, and the others for nothing.
    model = dictionary(k=2, dead_after=64)
    model.optimizer.learning_rate = 0.0
    model.encoder.get_layer("features").bias.assign([1e3] * 2 + [0.0] * 22)
    for epochs, said in ((1, 0), (3, 2)):
        model.fit(X, epochs=epochs, verbose=0, callbacks=[CollapseMonitor(X, patience=2)])
        printed = capsys.readouterr().out
        assert printed.count("CollapseMonitor: ") == said
    assert "epoch 2: 22 of 24 features are dead (2, 3, 4, 5, 6, 7, 8, 9, 10, 11, …)" in printed
    assert "none of the last 64 training examples" in printed and "`revival_weight`" in printed


def test_features_that_fire_are_left_in_peace(capsys):
    model = dictionary(k=24, dead_after=64)
    model.fit(X, epochs=3, verbose=0, callbacks=[CollapseMonitor(X, patience=1)])
    assert not model.is_dead.numpy().any() and capsys.readouterr().out == ""


@pytest.mark.slow
def test_dead_features_come_back():
    dead = {}
    for revival_weight in (0.0, 1.0):
        model = build("TopKSAE", k=2, revival_weight=revival_weight, dead_after=64)
        compiled(model, keras.optimizers.Adam(0.03))
        model.encoder.get_layer("features").bias.assign([-2.0] * 20 + [0.0] * 4)
        x = np.random.default_rng(0).normal(size=(64, 16)).astype("float32")
        history = model.fit(x, epochs=60, batch_size=32, verbose=0).history
        dead[revival_weight] = history["dead_share"][-1]
    assert dead[0.0] > 0.3 and dead[1.0] < 0.5 * dead[0.0]


@pytest.mark.parametrize("map_shape", [(), (2, 4)])
def test_explain_finds_the_inputs_that_fire_a_feature_most(map_shape):
    model = dictionary()
    model.begin(X)
    fired = model.encode(X)[:, 5]
    if map_shape:
        fired = fired.reshape(-1, 8)
        place, fired = fired.argmax(axis=1), fired.max(axis=1)
    order = np.argsort(-fired)[: min(3, (fired > 0).sum())]
    found = model.explain(5, X, count=3, map_shape=map_shape, batch_size=5)
    assert found.feature == 5 and len(order) > 1
    np.testing.assert_array_equal(found.inputs, order)
    np.testing.assert_allclose(found.strengths, fired[order])
    assert found.positions.shape == (len(order), len(map_shape))
    if map_shape:
        np.testing.assert_array_equal(found.positions @ [4, 1], place[order])


def test_explain_takes_several_features_and_streams_and_names_the_silent():
    model = dictionary()
    model.encoder.get_layer("features").bias.assign([-1e6] + [0.0] * 23)
    stream = tf.data.Dataset.from_tensor_slices(X).batch(7)
    silent, other = model.explain([0, 3], stream, count=4)
    assert len(silent.inputs) == len(silent.strengths) == 0
    np.testing.assert_array_equal(other.inputs, model.explain(3, X, count=4).inputs)


def test_the_config_holds_the_arguments():
    model = dictionary(dead_after=5, revival_weight=0.5)
    again = TopKSAE.from_config(model.get_config())
    assert (again.dead_after, again.revival_weight) == (5, 0.5)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"input_shape": (4, 4, 1)}, r"`input_shape` must be \(entries,\)"),
        ({"widths": (8,)}, r"A dictionary is linear.*Received: widths=\(8,\)"),
        ({"network": "mlp"}, "A dictionary is linear"),
        ({"k": 25}, "Received: k=25, latent_dim=24"),
        ({"k": 0}, "`k` must be a whole number"),
        ({"dead_after": 0}, "`dead_after` must be"),
        ({"revival_weight": -1.0}, "`revival_weight` must be"),
    ],
)
def test_wrong_arguments_say_what_is_right(arguments, message):
    with pytest.raises(ValueError, match=message):
        build("TopKSAE", **arguments)


def test_a_decoder_of_ones_own_has_atoms():
    plain = Autoencoder((16,), 24, widths=(8,))
    with pytest.raises(ValueError, match=r"one layer, `keras_genae.layers.Atoms"):
        TopKSAE(encoder=plain.encoder, decoder=plain.decoder, k=4)
    model = TopKSAE(encoder=plain.encoder, decoder=build("TopKSAE").decoder, k=4)
    assert ((model.encode(X) > 0).sum(axis=1) <= 4).all()


@pytest.mark.parametrize("features", [24, -1, [0, 30], 1.5])
def test_there_are_no_other_features(features):
    with pytest.raises(ValueError, match="indices from 0 to 23"):
        dictionary().explain(features, X)


def test_rows_must_make_whole_maps():
    with pytest.raises(ValueError, match="Received: 32 rows"):
        dictionary().explain(0, X, map_shape=(3, 3))
