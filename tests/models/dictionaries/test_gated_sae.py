import keras
import numpy as np
import pytest
from test_sparse_dictionary import X, gradients, relu
from zoo import build, compiled


def gated(**changes):
    model = compiled(build("GatedSAE", **changes), keras.optimizers.SGD(0.01), run_eagerly=True)
    rng = np.random.default_rng(0)
    for variable in (model.gate_bias, model.log_gain, model.magnitude_bias):
        variable.assign(rng.normal(0.0, 0.3, 24))
    model.begin(X)
    return model


def by_hand(model):
    centred = np.float64(X) - model.atoms_layer.bias.numpy()
    pre = centred @ model.encoder.get_layer("features").kernel.numpy()
    gates = pre + model.gate_bias.numpy()
    magnitudes = relu(np.exp(model.log_gain.numpy()) * pre + model.magnitude_bias.numpy())
    return gates, np.where(gates > 0, magnitudes, 0.0)


def test_the_terms_by_hand():
    model = gated()
    gates, z = by_hand(model)
    np.testing.assert_allclose(model.encode(X), z, atol=1e-4)
    logs = model.evaluate(X, verbose=0, return_dict=True)
    assert logs["sparsity_loss"] == pytest.approx(relu(gates).sum(1).mean(), rel=1e-5)
    error = X - model.decode(relu(gates).astype("float32"))
    alone = 0.5 * (np.square(error).sum(1) + 16 * np.log(2 * np.pi)).mean()
    assert logs["gate_loss"] == pytest.approx(alone, rel=1e-5)
    terms = logs["reconstruction_loss"], 0.05 * logs["sparsity_loss"], logs["gate_loss"]
    assert logs["loss"] == pytest.approx(sum(terms), rel=1e-5)


def test_gates_that_reconstruct_teach_the_decoder_nothing():
    found = gradients(gated(), "gate_loss")
    assert not found["atoms/kernel"].any()
    assert not found["log_gain"].any() and not found["magnitude_bias"].any()
    assert found["features/kernel"].any() and found["gate_bias"].any()


def test_the_bias_learns_from_the_gates_by_way_of_the_encoder_alone():
    model = gated()
    found = gradients(model, "gate_loss")
    # x − b_dec: −W ∂/∂π, as of the bias of the gates.
    through_encoder = -model.encoder.get_layer("features").kernel.numpy() @ found["gate_bias"]
    np.testing.assert_allclose(found["atoms/bias"], through_encoder, rtol=1e-3, atol=1e-4)


def test_the_reconstruction_teaches_the_gates_nothing():
    found = gradients(gated(), "reconstruction_loss")
    assert not found["gate_bias"].any()
    assert found["atoms/kernel"].any() and found["log_gain"].any()


def test_the_penalty_teaches_the_gates_alone():
    found = gradients(gated(), "sparsity_loss")
    others = ("atoms/kernel", "log_gain", "magnitude_bias")
    assert found["gate_bias"].any() and not any(found[name].any() for name in others)


def test_the_penalty_weight_changes_the_loss():
    losses = [float(gated(penalty_weight=w).test_on_batch(X)[0]) for w in (0.0, 0.5)]
    assert losses[1] > losses[0]
