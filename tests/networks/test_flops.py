import math

import keras
import pytest
import tensorflow as tf
from keras import layers

from keras_genae.networks import conv_decoder, conv_encoder, dense_decoder, dense_encoder
from keras_genae.networks.flops import UncountedLayer, count_flops


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


class Own(keras.Model):
    """A model of code, of which no graph is known."""

    def get_config(self):
        raise NotImplementedError


def test_what_cannot_be_counted_is_named():
    @keras.saving.register_keras_serializable(package="test_costs")
    class Twice(layers.Dense):
        def call(self, x):
            return super().call(x) + super().call(x)

    with pytest.raises(UncountedLayer, match=r"'mystery' \(Twice\)"):
        count_flops(network((7,), Twice(5, name="mystery")))
    with pytest.raises(UncountedLayer, match="'free'"):
        count_flops(network((None, None, 1), layers.Conv2D(2, 3, name="free")))
    with pytest.raises(UncountedLayer, match=r"'own' \(Own\)"):
        count_flops(Own(name="own"))


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
