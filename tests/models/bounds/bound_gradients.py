"""A linear-Gaussian model under each bound, and gradients of its parts."""

import numpy as np
import tensorflow as tf
from linear_gaussian import LinearGaussian

from keras_genae.distributions import DiagonalNormal

SIGMA = 0.5


def linear_gaussian(shift=0.3, log_wider=0.7):
    """Two latents and four features, the posterior shifted and widened."""
    return LinearGaussian(2, 4, SIGMA, shift=shift, log_wider=log_wider)


def twin(exact, kind, scale=SIGMA, **arguments):
    """A model of class `kind` with the networks of a `LinearGaussian`."""
    networks = {"encoder": exact.model.encoder, "decoder": exact.model.decoder}
    return kind(**networks, likelihood="gaussian", scale=scale, seed=0, **arguments)


def gradients(model, loss):
    """Of the mean of `loss()`, `(batch,)`, in the trainable variables; and the losses."""
    with tf.GradientTape() as tape:
        losses = loss()
        mean = tf.reduce_mean(losses)
    return [g.numpy() for g in tape.gradient(mean, model.trainable_variables)], losses.numpy()


def gradients_in_training(model, x):
    """`gradients` of the model's own loss of examples."""
    batch = model.unpack((x,))
    return gradients(model, lambda: model.weighted_sum(model.loss_terms(batch, training=True)))


def gradients_of_rows(model, x, count):
    """Gradients of the loss of one example in its posterior's mean and log σ², `(count, ·)`.

    Each row has its own draws, in training.
    """
    posterior = model.posterior(x[None])
    moments = [tf.constant(np.tile(m, (count, 1))) for m in (posterior.mean, posterior.log_var)]
    model.posterior = lambda x, training: DiagonalNormal(*moments)
    batch = model.unpack((np.tile(x[None], (count, 1)),))
    with tf.GradientTape() as tape:
        tape.watch(moments)
        loss = tf.reduce_sum(model.weighted_sum(model.loss_terms(batch, training=True)))
    return np.concatenate(tape.gradient(loss, moments), axis=1)
