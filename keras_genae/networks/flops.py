"""How much arithmetic a network takes for one example, counted layer by layer."""

import math

import keras
from keras import layers

CONVOLUTIONS = (layers.Conv1D, layers.Conv2D, layers.Conv3D)
TRANSPOSED = (layers.Conv1DTranspose, layers.Conv2DTranspose, layers.Conv3DTranspose)
# Their few operations for each entry are left out, like those of activations.
ELEMENTWISE = (
    layers.BatchNormalization,
    layers.GroupNormalization,
    layers.LayerNormalization,
    layers.Normalization,
    layers.PReLU,
    layers.RMSNormalization,
    layers.UnitNormalization,
)


class UncountedLayer(ValueError):
    """A layer whose operations are not known."""


def uncounted(layer):
    """The error that names the layer."""
    return UncountedLayer(
        f"The operations of layer '{layer.name}' ({type(layer).__name__}) are not known"
    )


def count_flops(network):
    """Operations of a functional or sequential Keras model for one example.

    A layer of one's own says them itself, by a method `flops_on(shape)`.

    Args:
        network: a built `keras.Model` of fixed shapes; models may be nested in it.

    Raises:
        UncountedLayer: where the operations of a layer are not known.

    Example:

    >>> count_flops(keras.Sequential([keras.Input((30,)), layers.Dense(16)]))    # 2·30·16 + 16
    976
    """
    if not _is_graph(network):
        raise uncounted(network)
    return sum(_flops_of(layer, shape) for layer, shape in _applications(network))


def _applications(network):
    """Each layer with weights and the shape it is applied to, once for each time it is applied."""
    if isinstance(network, keras.Sequential):
        shape = network.input_shape
        for layer in network.layers:
            yield layer, shape
            shape = layer.compute_output_shape(shape)
        return
    # `layer.input` knows the first application alone, which may even be in another model.
    saved = {entry["name"]: entry["inbound_nodes"] for entry in network.get_config()["layers"]}
    for layer in network.layers:
        for node in saved[layer.name] if layer.weights else ():
            arguments = keras.saving.deserialize_keras_object(node["args"])
            yield layer, keras.tree.flatten(arguments)[0].shape


def _flops_of(layer, shape):
    """Operations of a layer applied to one example of `shape`, which has a batch axis."""
    if not layer.weights or isinstance(layer, ELEMENTWISE):
        return 0
    if _is_graph(layer):
        return count_flops(layer)
    if hasattr(layer, "flops_on"):
        return layer.flops_on(shape)
    # Subclasses may compute anything, so the exact classes alone.
    if type(layer) in (layers.Dense, *CONVOLUTIONS, *TRANSPOSED) and None not in shape[1:]:
        output_shape = layer.compute_output_shape(shape)
        biases = math.prod(output_shape[1:]) if layer.use_bias else 0
        return 2 * _multiply_adds(layer, shape, output_shape) + biases
    raise uncounted(layer)


def _is_graph(layer):
    """Whether the layer is a model whose layers are known, rather than code of its own."""
    if isinstance(layer, keras.Sequential) or not isinstance(layer, keras.Model):
        return isinstance(layer, keras.Sequential)
    try:
        return "layers" in layer.get_config()
    except NotImplementedError:  # Keras's, of a model that does not say what it is made of.
        return False


def _multiply_adds(layer, shape, output_shape):
    """Products of a weight and an entry, for one example."""
    if isinstance(layer, layers.Dense):
        return math.prod(shape[1:]) * layer.units
    # A convolution gathers a window for each place of its output; a transposed one spreads each
    # place of its input over a window. Its kernel already is that of one group.
    map_shape = shape if isinstance(layer, TRANSPOSED) else output_shape
    places = map_shape[1:-1] if layer.data_format == "channels_last" else map_shape[2:]
    return math.prod(places) * math.prod(layer.kernel.shape)
