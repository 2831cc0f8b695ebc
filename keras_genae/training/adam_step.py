"""Adam by hand: an optimizer's state lives in variables, to be made anew for each batch."""

from keras import ops

FIRST_DECAY, SECOND_DECAY = 0.9, 0.999


def adam_step(values, gradients, first, second, index, rate):
    """Lists of values and of their gradients' two averages after a step of Adam.

    It scales each entry for itself, so that examples do not depend on their batch.

    Args:
        values, gradients, first, second: lists of float32 tensors, alike in shape.
        index: how many steps were made before.
        rate: how far an entry moves in the first step.

    Reference:
        Kingma & Ba, "Adam: A Method for Stochastic Optimization", 2015.
    """
    count = ops.cast(index, "float32") + 1.0
    rate = rate * ops.sqrt(1.0 - SECOND_DECAY**count) / (1.0 - FIRST_DECAY**count)
    moved = ([], [], [])
    for value, gradient, m, v in zip(values, gradients, first, second, strict=True):
        m = FIRST_DECAY * m + (1.0 - FIRST_DECAY) * gradient
        v = SECOND_DECAY * v + (1.0 - SECOND_DECAY) * ops.square(gradient)
        for kept, new in zip(moved, (value - rate * m / (ops.sqrt(v) + 1e-8), m, v), strict=True):
            kept.append(new)
    return moved
