import math
import warnings

import keras
import numpy as np
import pytest
from keras import layers

from keras_genae import VQVAE, Autoencoder, ConvVAE, TopKSAE
from keras_genae.networks.flops import count_flops
from keras_genae.tuning.trials.costs import measure_costs

KEYS = ["parameters", "flops_per_image", "encode_ms", "decode_ms", "code_bytes"]


def test_the_costs_of_a_model():
    model = ConvVAE((13, 9, 3), latent_dim=6, widths=(4, 8), seed=0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        costs = measure_costs(model, batch_size=4, repeats=1)
    assert list(costs) == KEYS
    assert costs["parameters"] == model.encoder.count_params() + model.decoder.count_params()
    assert costs["flops_per_image"] == count_flops(model.encoder) + count_flops(model.decoder)
    assert costs["code_bytes"] == 24 == model.encode(np.zeros((1, 13, 9, 3), "float32")).nbytes
    assert costs["encode_ms"] > 0.0 and costs["decode_ms"] > 0.0
    # Plain numbers, which go into JSON and CSV as they are.
    assert all(type(value) in (int, float) for value in costs.values())


def test_indices_cost_the_bits_that_tell_codes_apart():
    model = VQVAE((12, 12, 1), latent_dim=3, codebook_size=12, widths=(4, 8), seed=0)
    costs = measure_costs(model, batch_size=2, repeats=1)
    # 3 × 3 places of 4 bits are 36.
    assert costs["code_bytes"] == 5 and costs["decode_ms"] > 0.0


def test_the_costs_of_a_dictionary():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        costs = measure_costs(TopKSAE((7,), latent_dim=20, k=3), batch_size=4, repeats=1)
    assert costs["parameters"] == 2 * 7 * 20 + 20 + 7
    assert costs["flops_per_image"] == 2 * 2 * 7 * 20 + 20 + 7


def test_shared_weights_count_once():
    hidden = layers.Dense(4)
    x, z = keras.Input((4,)), keras.Input((4,))
    encoder = keras.Model(x, layers.Dense(4, use_bias=False)(hidden(x)))
    decoder = keras.Model(z, hidden(z))
    model = Autoencoder(encoder=encoder, decoder=decoder)
    costs = measure_costs(model, batch_size=2, repeats=1)
    assert costs["parameters"] == 20 + 16
    assert costs["flops_per_image"] == 2 * 4 * 9 + 4 * 8


@pytest.mark.parametrize("seconds", [(9.0, 0.008, 0.016, 0.024), (9.0, 0.016, 0.016, 9.0)])
def test_times_are_the_median_of_the_repeats_after_a_warm_up(seconds, monkeypatch):
    # The clock is read before and after each run: the first, which compiles, and three that count.
    model = Autoencoder((5,), latent_dim=2, widths=(4,))
    ticks = [tick for duration in seconds * 2 for tick in (0.0, duration)]
    monkeypatch.setattr("keras_genae.tuning.trials.costs.time.perf_counter", lambda: ticks.pop(0))
    costs = measure_costs(model, batch_size=8, repeats=3)
    assert costs["encode_ms"] == pytest.approx(2.0) and costs["decode_ms"] == pytest.approx(2.0)


def test_measuring_leaves_the_model_as_it_was():
    model = ConvVAE((8, 8, 1), latent_dim=2, widths=(4,), seed=0)
    before = [variable.numpy() for variable in model.variables]
    state = np.random.get_state()[1].copy()
    measure_costs(model, batch_size=2, repeats=1)
    for old, variable in zip(before, model.variables, strict=True):
        np.testing.assert_array_equal(old, variable.numpy())
    np.testing.assert_array_equal(state, np.random.get_state()[1])


def test_mistakes_are_named():
    with pytest.raises(ValueError, match=r"`model` must be an autoencoder.*Sequential"):
        measure_costs(keras.Sequential([keras.Input((7,)), layers.Dense(5)]))
    model = Autoencoder((5,), latent_dim=2, widths=(4,))
    with pytest.raises(ValueError, match=r"`batch_size`.*Received: batch_size=0"):
        measure_costs(model, batch_size=0)
    with pytest.raises(ValueError, match=r"`repeats`.*Received: repeats=0"):
        measure_costs(model, repeats=0)


def test_operations_that_are_not_known_are_nan_and_the_layer_is_named():
    @keras.saving.register_keras_serializable(package="test_costs")
    class Mine(layers.Dense):
        pass

    encoder = keras.Sequential([keras.Input((7,)), Mine(2, name="mystery")])
    decoder = keras.Sequential([keras.Input((2,)), layers.Dense(7)])
    model = Autoencoder(encoder=encoder, decoder=decoder)
    with pytest.warns(UserWarning, match=r"'mystery' \(Mine\) are not known, so `flops_per_image`"):
        costs = measure_costs(model, batch_size=2, repeats=1)
    assert math.isnan(costs["flops_per_image"]) and costs["parameters"] == 7 * 2 + 2 + 2 * 7 + 7
