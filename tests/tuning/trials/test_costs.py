import math
import warnings

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from keras_genae import VQVAE, Autoencoder, ConvVAE, TopKSAE
from keras_genae.networks import conv_decoder, conv_encoder, dense_decoder, dense_encoder
from keras_genae.tuning.trials.costs import count_flops, measure_costs

KEYS = ["parameters", "flops_per_image", "encode_ms", "decode_ms", "code_bytes"]


def network(shape, *stack):
    return keras.Sequential([keras.Input(shape), *stack])


def loops(places, kernel, channels_in, channels_out, entries_out):
    """A convolution with bias, product by product: 2 for each, 1 for each bias."""
    operations = 0
    for _ in range(places[0] * places[1]):
        for _ in range(kernel[0] * kernel[1]):
            operations += 2 * channels_in * channels_out
    return operations + entries_out


@pytest.mark.parametrize(
    ("layer", "shape", "expected"),
    [
        # 7 products and as many additions, and a bias, for each of 5 units.
        (layers.Dense(5), (7,), 5 * (2 * 7 + 1)),
        (layers.Dense(5, use_bias=False), (7,), 5 * 2 * 7),
        # At each of 6 places.
        (layers.Dense(5), (2, 3, 7), 6 * 5 * (2 * 7 + 1)),
        # 9 × 11 halves to 5 × 6.
        (
            layers.Conv2D(5, 4, strides=2, padding="same"),
            (9, 11, 3),
            loops((5, 6), (4, 4), 3, 5, 5 * 6 * 5),
        ),
        # (9 − 3) / 2 + 1 = 4, (11 − 2) / 1 + 1 = 10.
        (
            layers.Conv2D(5, (3, 2), strides=(2, 1), padding="valid"),
            (9, 11, 3),
            loops((4, 10), (3, 2), 3, 5, 4 * 10 * 5),
        ),
        # Each filter sees two of the four channels.
        (
            layers.Conv2D(6, 3, groups=2, padding="same"),
            (8, 8, 4),
            loops((8, 8), (3, 3), 2, 6, 8 * 8 * 6),
        ),
        # Each of the 5 × 7 places is spread over a window; the output is 10 × 14.
        (
            layers.Conv2DTranspose(6, 4, strides=2, padding="same"),
            (5, 7, 3),
            loops((5, 7), (4, 4), 3, 6, 10 * 14 * 6),
        ),
        (
            layers.Conv2DTranspose(6, (3, 5), strides=(1, 2), padding="same"),
            (5, 7, 3),
            loops((5, 7), (3, 5), 3, 6, 5 * 14 * 6),
        ),
    ],
)
def test_a_layer_against_a_count_by_hand(layer, shape, expected):
    assert count_flops(network(shape, layer)) == expected


@pytest.mark.parametrize("shape", [(28, 28, 1), (13, 9, 3), (45, 8, 1)])
def test_our_networks_against_the_graph(shape):
    """TensorFlow's own count, of the graph's matrix products, convolutions and biases."""
    sizes = {"input_shape": shape, "latent_dim": 3, "widths": (4, 6)}
    for make in (conv_encoder, conv_decoder, dense_encoder, dense_decoder):
        model = make(**sizes)
        # What is elementwise is not counted; among the graph's additions are the ε of a
        # normalisation, and the shifts of the decoder's stages.
        elementwise = sum(isinstance(layer, layers.RMSNormalization) for layer in model.layers)
        shifts = [layer for layer in model.layers if isinstance(layer, layers.Add)]
        elementwise += sum(math.prod(layer.output.shape[1:]) for layer in shifts)
        assert count_flops(model) == flops_of_graph(model) - elementwise, make.__name__


def flops_of_graph(model):
    function = tf.function(lambda x: model(x, training=False), autograph=False)
    graph = function.get_concrete_function(tf.TensorSpec((1, *model.input_shape[1:]))).graph
    options = tf.compat.v1.profiler.ProfileOptionBuilder.float_operation()
    options |= {
        "output": "none",
        "account_type_regexes": ["MatMul", "Conv2D.*", "BiasAdd", "Add.*"],
    }
    return tf.compat.v1.profiler.profile(graph, options=options).total_float_ops


def test_layers_without_products_cost_nothing_and_nested_models_what_is_in_them():
    inner = network((7,), layers.Dense(5), layers.Dense(3))
    plain = count_flops(inner)
    others = [layers.BatchNormalization(), layers.Activation("silu"), layers.Dropout(0.5)]
    assert count_flops(network((7,), layers.Dense(5), *others, layers.Dense(3))) == plain
    assert plain == 5 * 15 + 3 * 11
    assert count_flops(network((7,), inner, layers.Reshape((3, 1)))) == plain


def test_what_cannot_be_counted_is_nan_and_named():
    @keras.saving.register_keras_serializable(package="test_costs")
    class Twice(layers.Dense):
        def call(self, x):
            return super().call(x) + super().call(x)

    with pytest.warns(UserWarning, match=r"'mystery' \(Twice\)"):
        assert math.isnan(count_flops(network((7,), Twice(5, name="mystery"))))
    with pytest.warns(UserWarning, match="'free'"):
        free = network((None, None, 1), layers.Conv2D(2, 3, name="free"))
        assert math.isnan(count_flops(free))


def test_a_layer_counts_as_often_as_it_is_applied():
    shared, x = layers.Dense(7), keras.Input((7,))
    once = keras.Model(x, shared(x))
    twice = keras.Model(x, shared(shared(x)))
    assert (count_flops(once), count_flops(twice)) == (7 * 15, 2 * 7 * 15)
    # The same filters on images of two sizes.
    filters = layers.Conv2D(2, 3, padding="same")
    small, large = (keras.Input((size, size, 1)) for size in (4, 8))
    models = [keras.Model(image, filters(image)) for image in (small, large)]
    assert [count_flops(model) for model in models] == [16 * 2 * 19, 64 * 2 * 19]


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
        measure_costs(network((7,), layers.Dense(5)))
    model = Autoencoder((5,), latent_dim=2, widths=(4,))
    with pytest.raises(ValueError, match=r"`batch_size`.*Received: batch_size=0"):
        measure_costs(model, batch_size=0)
    with pytest.raises(ValueError, match=r"`repeats`.*Received: repeats=0"):
        measure_costs(model, repeats=0)
