"""One model trained and measured."""

import math
import time

import keras
import numpy as np

from keras_genae import datasets
from keras_genae.evaluation import active_units, reconstruction_mse
from keras_genae.tuning.trials.costs import measure_costs

# The spread of the latent means is known well enough from this many images.
MOST_CODES = 2000


class Qualities(keras.callbacks.Callback):
    """Add a quality to the logs of each epoch, so that what comes after it can use it.

    Args:
        validation: uint8 images.
        name: one of `QUALITIES`.
    """

    def __init__(self, validation, name):
        super().__init__()
        self.validation = validation
        self.name = name

    def on_epoch_end(self, epoch, logs=None):
        """Compute the quality from the terms that Keras has just measured."""
        if self.name == "val_mse":
            logs[self.name] = validation_mse(self.model, self.validation)
        else:
            logs[self.name] = elbo_per_dim(self.model, logs, "val_")


def elbo_per_dim(model, logs, prefix=""):
    """The ELBO at beta = 1 in nats per dimension, from the terms and never from the loss.

    Args:
        model: a VAE.
        logs: name → value, with the reconstruction and the KL term.
        prefix: of the names.

    Example:

    >>> import keras_genae as genae
    >>> model = genae.VAE((4,), latent_dim=2, widths=(3,), beta=10.0)
    >>> elbo_per_dim(model, {"loss": 99.0, "reconstruction_loss": 2.0, "kl_loss": 1.0})
    -0.75
    """
    nats = logs[f"{prefix}reconstruction_loss"] + logs[f"{prefix}kl_loss"]
    return -float(nats) / math.prod(model.input_shape)


def validation_mse(model, validation):
    """The mean squared error; a denoising model is given spoilt images, as its task is."""
    if not hasattr(model, "corrupt"):
        return reconstruction_mse(model, validation, verbose=0)
    return reconstruction_mse(model, model.corrupt(validation, verbose=0), validation, verbose=0)


def train(
    model, training, validation, epochs, batch_size, seed, callbacks=(), first_epoch=0, **kwargs
):
    """Train a compiled model.

    Args:
        model: a compiled model of the zoo.
        training, validation: uint8 images.
        epochs: up to which epoch.
        batch_size: cut to the number of images where it is larger.
        seed: of the order of the images.
        callbacks: of `keras.Model.fit`.
        first_epoch: where to go on.
        **kwargs: other arguments of `keras.Model.fit`.

    Returns:
        Seconds spent.
    """
    batch_size = min(batch_size, len(training))
    started = time.perf_counter()
    model.fit(
        datasets.training_batches(training, batch_size, seed, first_epoch),
        steps_per_epoch=datasets.steps_per_epoch(training, batch_size),
        initial_epoch=first_epoch,
        epochs=epochs,
        validation_data=datasets.evaluation_batches(validation, 128),
        callbacks=list(callbacks),
        shuffle=False,  # The stream is shuffled already.
        **{"verbose": 0, **kwargs},
    )
    return time.perf_counter() - started


def measure(model, validation, training_seconds, logs=None, costs=None):
    """All qualities and costs of a trained model.

    Args:
        model: a trained model.
        validation: uint8 images.
        training_seconds: what the training took.
        logs: name → value of the last epoch; measured anew where it is `None`.
        costs: what `measure_costs` said before; measured now where it is `None`.

    Returns:
        Name → float.
    """
    measured = {"val_mse": validation_mse(model, validation)}
    if model.prior is not None:
        if logs is None:
            batches = datasets.evaluation_batches(validation, 128)
            logs = model.evaluate(batches, verbose=0, return_dict=True)
            logs = {f"val_{name}": value for name, value in logs.items()}
        measured["val_elbo_per_dim"] = elbo_per_dim(model, logs, "val_")
        codes = np.asarray(validation[:MOST_CODES])
        measured["active_units"] = active_units(model, codes, verbose=0).sum()
    measured["training_seconds"] = round(training_seconds, 3)
    measured.update(measure_costs(model) if costs is None else costs)
    return {name: float(value) for name, value in measured.items()}
