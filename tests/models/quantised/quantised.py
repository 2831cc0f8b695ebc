"""What the tests of quantised models share."""

import keras
from zoo import build, compiled, examples


def by_one_step(name, **changes):
    """The loss of a model of the zoo before and after a step, to tell arguments apart."""
    model = compiled(build(name, **changes), keras.optimizers.SGD(1e-3), run_eagerly=True)
    x = examples(model.input_shape, 8)
    return tuple(float(model.train_on_batch(x, return_dict=True)["loss"]) for _ in range(2))


def all_differ(name, *changes):
    """Check that each of several sets of arguments gives another loss."""
    losses = [by_one_step(name, **change) for change in ({}, *changes)]
    assert len(set(losses)) == len(losses), losses
