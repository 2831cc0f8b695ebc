"""Metrics that users give to `compile` have state, which no step may make."""

from keras import ops


def make_metric_state(model):
    """Make the state of the metrics of `compile` at once, where there are any.

    Keras would make it by a call of the model with the x and y that `fit` is given: and y may be a
    label, or none, and a model with side information cannot be called without.
    """
    if model.has_user_metrics:
        x = ops.zeros((1, *model.input_shape))
        model.compute_metrics(x, x, x)
        model.reset_metrics()
