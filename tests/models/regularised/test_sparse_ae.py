import keras
import numpy as np
import pytest
from regularised import by_one_step, is_the_autoencoder
from scipy.stats import entropy
from zoo import build, compiled, examples

from keras_genae import Autoencoder, SparseAE

X = examples((16,), 12)


def sparse(**changes):
    return compiled(build("SparseAE l1", **changes), run_eagerly=True)


def test_without_a_weight_it_is_the_autoencoder():
    is_the_autoencoder("SparseAE l1", penalty_weight=0.0)


def test_without_a_weight_kl_is_an_autoencoder_with_a_sigmoid():
    model = sparse(penalty="kl", penalty_weight=0.0)
    encoder = keras.models.clone_model(model.encoder)
    encoder.set_weights(model.encoder.get_weights())
    plain = Autoencoder(
        encoder=keras.Model(encoder.input, keras.layers.Activation("sigmoid")(encoder.output)),
        decoder=model.decoder,
    )
    np.testing.assert_array_equal(model.encode(X), plain.encode(X))
    np.testing.assert_array_equal(model.reconstruct(X), plain.reconstruct(X))


def test_l1_is_the_sum_of_absolute_values():
    model = sparse()
    logs = model.evaluate(X, verbose=0, return_dict=True)
    by_hand = np.abs(np.float64(model.encode(X))).sum(1).mean()
    assert logs["sparsity_loss"] == pytest.approx(by_hand, rel=1e-5)


@pytest.mark.parametrize("weight", [None, np.linspace(0.0, 2.0, 12)])
def test_kl_is_that_of_coins_at_the_weighted_rates(weight):
    model = sparse(penalty="kl", target_rate=0.1)
    logs = model.evaluate(X, sample_weight=weight, verbose=0, return_dict=True)
    on = np.average(np.float64(model.encode(X)), axis=0, weights=weight)
    by_hand = entropy([np.full(3, 0.1), np.full(3, 0.9)], [on, 1 - on]).sum()
    assert logs["sparsity_loss"] == pytest.approx(by_hand, rel=1e-5)


def test_codes_of_kl_lie_between_0_and_1_and_reach_their_rate():
    changes = {"penalty": "kl", "target_rate": 0.2, "penalty_weight": 1e3}
    model = compiled(build("SparseAE l1", **changes), keras.optimizers.Adam(0.03))
    model.fit(np.tile(X, (60, 1)), batch_size=12, shuffle=False, verbose=0)
    z = model.encode(X)
    assert z.min() > 0.0 and z.max() < 1.0
    np.testing.assert_allclose(z.mean(0), 0.2, atol=0.03)


def test_l1_makes_codes_smaller():
    codes = []
    for weight in (0.0, 1.0):
        model = compiled(build("SparseAE l1", penalty_weight=weight), keras.optimizers.Adam(0.03))
        model.fit(np.tile(X, (60, 1)), batch_size=12, shuffle=False, verbose=0)
        codes.append(np.abs(model.encode(X)).mean())
    assert codes[1] < 0.5 * codes[0]


@pytest.mark.parametrize("bias", [-1e4, 1e4])
def test_units_that_are_always_off_or_on_cost_finite_nats(bias):
    model = sparse(penalty="kl")
    model.encoder.get_layer("z").bias.assign([bias] * 3)
    logs = model.train_on_batch(X, return_dict=True)
    assert np.isfinite(logs["loss"]) and logs["sparsity_loss"] > 0.1
    assert all(np.isfinite(w).all() for w in model.get_weights())


def test_every_argument_changes_the_loss():
    losses = [
        by_one_step("SparseAE l1", **changes)
        for changes in (
            {},
            {"penalty_weight": 2.0},
            {"penalty": "kl"},
            {"penalty": "kl", "target_rate": 0.3},
        )
    ]
    assert len(set(losses)) == len(losses)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"penalty": "l0"}, r"`penalty` must be one of 'l1', 'kl'\. Received: penalty='l0'"),
        ({"target_rate": 0.1}, "Leave it out with any other penalty"),
        ({"penalty": "kl", "target_rate": 1.0}, "must lie between 0 and 1"),
        ({"penalty_weight": -1.0}, "`penalty_weight` must be a finite number from 0 up"),
    ],
)
def test_wrong_arguments_say_what_is_right(arguments, message):
    with pytest.raises(ValueError, match=message):
        SparseAE((16,), 3, **arguments)
