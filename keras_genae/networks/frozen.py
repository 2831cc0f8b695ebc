"""A network as a fixed function: the second player of a game, while the first one moves."""

from keras import ops


def call_frozen(network, x):
    """`network(x)` with its weights held constant: gradients pass through to `x`, none stay.

    Two networks with opposite aims learn in one backward pass: each has a loss of its own, in which
    the other is called by this function, or its output stopped. The network is called as outside
    training, and remembers nothing of the call.

    Args:
        network: a built Keras layer or model.
        x: what it takes.

    Returns:
        Its output.

    Example:

    >>> import keras
    >>> from keras import ops
    >>> network = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    >>> x = ops.ones((3, 2))
    >>> bool(ops.all(call_frozen(network, x) == network(x)))
    True
    """
    constants = [
        [ops.stop_gradient(ops.convert_to_tensor(variable)) for variable in variables]
        for variables in (network.trainable_variables, network.non_trainable_variables)
    ]
    output, _ = network.stateless_call(*constants, x, training=False)
    return output
