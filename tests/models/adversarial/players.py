"""What the tests of adversarial models share."""

import numpy as np
import tensorflow as tf


def players(model):
    """Name → the network of each player."""
    names = ("encoder", "decoder", "discriminator")
    return {name: getattr(model, name) for name in names if hasattr(model, name)}


def gradients_of_terms(model, x, training=True):
    """Name of a term → name of a player → its gradients, `None` where nothing reaches a weight.

    Each of the mean of the term over the examples `x`; "loss" is the weighted sum.
    """
    networks = players(model)
    with tf.GradientTape(persistent=True) as tape:
        terms = model.loss_terms(model.unpack((x,)), training)
        losses = {name: tf.reduce_mean(term) for name, term in terms.items()}
        losses["loss"] = tf.reduce_mean(model.weighted_sum(terms))
    return {
        term: {
            name: tape.gradient(loss, network.trainable_variables)
            for name, network in networks.items()
        }
        for term, loss in losses.items()
    }


def who_learns(gradients):
    """The players whom a term reaches, and moves."""
    reached = set()
    for name, of_weights in gradients.items():
        if any(gradient is not None and np.any(gradient != 0.0) for gradient in of_weights):
            reached.add(name)
    return reached


def assert_equal_gradients(found, expected, rtol=1e-5):
    """Compare the gradients of a network, to five digits of the largest of each weight."""
    for some, other in zip(found, expected, strict=True):
        some, other = (np.zeros(()) if g is None else np.array(g) for g in (some, other))
        size = np.abs(other).max()
        np.testing.assert_allclose(some, other, atol=rtol * size + 1e-12)
