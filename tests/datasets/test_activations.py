import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_genae import TopKSAE
from keras_genae.datasets import activations, map_shape

X = np.random.default_rng(0).random((10, 8, 6, 1)).astype("float32")


@pytest.fixture(scope="module")
def network():
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((8, 6, 1)),
            layers.Conv2D(3, 3, activation="relu", name="map"),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(5, name="dense"),
        ]
    )


def rows(stream):
    return np.concatenate(list(stream))


def test_each_position_of_a_map_is_a_row(network):
    expected = network.get_layer("map")(X).numpy()
    stream = activations(network, "map", X, batch_size=4)
    assert len(stream) == 3 and map_shape(network, "map") == (6, 4)
    np.testing.assert_allclose(rows(stream), expected.reshape(-1, 3), atol=1e-6)
    mean = rows(activations(network, "map", X, positions="mean", batch_size=4))
    np.testing.assert_allclose(mean, expected.mean((1, 2)), atol=1e-6)


def test_a_layer_goes_by_itself_or_its_name_and_is_not_in_training(network):
    expected = network(X, training=False).numpy()
    for layer in ("dense", network.get_layer("dense")):
        np.testing.assert_allclose(rows(activations(network, layer, X)), expected, atol=1e-6)
    assert map_shape(network, "dense") == ()


def test_datasets_stream_like_arrays_as_often_as_they_are_read(network):
    expected = rows(activations(network, "dense", X))
    pairs = tf.data.Dataset.from_tensor_slices((X, np.arange(10))).batch(4)
    unknown_length = pairs.filter(lambda x, y: True)
    for data in (pairs, unknown_length):
        stream = activations(network, "dense", data)
        for _ in range(2):
            np.testing.assert_allclose(rows(stream), expected, atol=1e-6)


@pytest.mark.slow
def test_a_dictionary_trains_on_the_stream_as_on_the_array(network):
    stream, histories = activations(network, "map", X, batch_size=10), []
    for data in (stream, rows(stream)):
        keras.utils.set_random_seed(0)
        model = TopKSAE((3,), latent_dim=6, k=1, seed=0)
        model.begin(rows(stream))
        model.compile(keras.optimizers.Adam(0.01))
        history = model.fit(data, batch_size=240, epochs=2, shuffle=False, verbose=0).history
        histories.append(history["loss"])
    np.testing.assert_allclose(histories[0], histories[1], rtol=1e-5)
    found = model.explain(0, stream, count=3, map_shape=map_shape(network, "map"), verbose=0)
    z = model.encode(rows(stream))[:, 0].reshape(10, 6, 4)
    for index, position, strength in zip(
        found.inputs, found.positions, found.strengths, strict=True
    ):
        assert strength == pytest.approx(z[index, *position], rel=1e-5)
        assert strength == pytest.approx(z[index].max(), rel=1e-5)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"layer": "none"}, "No such layer: none"),
        ({"positions": "all"}, "`positions` must be one of 'each', 'mean'"),
        ({"data": iter([X])}, "must be an array, or a dataset that can be read again"),
        ({"model": keras.Sequential()}, "`model` must be a built Keras model of one input"),
    ],
)
def test_what_cannot_be_streamed_is_refused(network, change, message):
    arguments = {"model": network, "layer": "dense", "data": X, **change}
    with pytest.raises(ValueError, match=message):
        activations(**arguments)
