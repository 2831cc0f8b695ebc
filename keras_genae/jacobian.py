"""How steep a function is, by a step: gradients of gradients are not the same on all backends."""

from keras import ops


def squared_slope(function, x, value, epsilon, step):
    """‖J(x)‖² of each example, estimated: the squared Frobenius norm of the Jacobian at `x`.

    ‖f(x + s·ε) − f(x)‖² / s² is ‖J ε‖² + O(s) odd in ε + O(s²), and E ‖J ε‖² = ‖J‖² for ε of mean 0
    and covariance I. So its expectation over a symmetric ε is right to O(s²); of a linear function
    it is exact whatever the step.

    Args:
        function: tensors `(batch, ...)` to tensors `(batch, ...)`, each example by itself.
        x: where, float32 `(batch, ...)`.
        value: `function(x)`.
        epsilon: draws from N(0, I) of the shape of `x`.
        step: s, a float above 0, in units of `x`.

    Returns:
        float32 `(batch,)`, through which gradients reach the function's weights.

    Example:

    >>> import keras
    >>> epsilon = keras.random.normal((10_000, 2), seed=0)
    >>> x = ops.ones((10_000, 2))
    >>> estimate = squared_slope(lambda x: 3.0 * x, x, 3.0 * x, epsilon, step=0.1)
    >>> bool(abs(ops.mean(estimate) - 18.0) < 0.5)              # J = 3 I
    True

    References:
        Hutchinson, "A Stochastic Estimator of the Trace of the Influence Matrix", 1989;
        Alain & Bengio, "What Regularized Auto-Encoders Learn from the Data-Generating
        Distribution", 2014, section 2.
    """
    change = ops.cast(function(x + step * epsilon), "float32") - value
    return ops.sum(ops.square(change / step), axis=tuple(range(1, len(change.shape))))
