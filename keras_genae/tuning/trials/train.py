"""One model trained and measured."""

import math
import time

import keras
import numpy as np

from keras_genae import datasets
from keras_genae.evaluation import active_units, reconstruction_mse
from keras_genae.tuning.trials.best_epoch import BestEpoch
from keras_genae.tuning.trials.costs import measure_costs
from keras_genae.tuning.trials.divergence import StopAtDivergence
from keras_genae.tuning.trials.examples import examples_of

# The spread of the latent means is known well enough from this many examples.
MOST_CODES = 2000


class Qualities(keras.callbacks.Callback):
    """Add a quality to the logs of each epoch, so that what comes after it can use it.

    Args:
        validation: `Validation`.
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
        logs: name → value, with the reconstruction and the KL term, and that of classes.
        prefix: of the names.

    Example:

    >>> import keras_genae as genae
    >>> model = genae.VAE((4,), latent_dim=2, widths=(3,), beta=10.0)
    >>> elbo_per_dim(model, {"loss": 99.0, "reconstruction_loss": 2.0, "kl_loss": 1.0})
    -0.75
    """
    nats = logs[f"{prefix}reconstruction_loss"] + logs[f"{prefix}kl_loss"]
    nats += logs.get(f"{prefix}class_kl_loss", 0.0)
    return -float(nats) / math.prod(model.input_shape)


def validation_mse(model, validation):
    """The mean squared error; a denoising model is given spoilt images, as its task is."""
    x, target = validation.x, validation.target
    if target is None and hasattr(model, "corrupt"):
        x, target = model.corrupt(x, verbose=0), x
    label = label_for(model, validation)
    return reconstruction_mse(model, x, target, verbose=0, label=label)


def label_for(model, validation):
    """The labels that a model is given beside the examples; `None` where it takes none."""
    return None if model.condition is None else validation.label


class Training:
    """One training, watched: stopped where it diverges, its best epoch kept.

    Args:
        model: a compiled model.
        validation: `Validation`.
        quality: name of the quality that says which epoch is best.
        untrained: a model that is like `model` before any training; by default itself.
        path: where the best epoch is kept, for a training that may be killed.

    Attributes:
        divergence: `StopAtDivergence`.
        best: `BestEpoch`.
    """

    def __init__(self, model, validation, quality, untrained=None, path=None):
        self.model = model
        loss = validation.evaluate(untrained or model)["loss"]
        self.divergence = StopAtDivergence(loss)
        self.best = BestEpoch(quality, path)
        self.qualities = Qualities(validation, quality)

    def fit(self, callbacks=(), **arguments):
        """Train, as `keras.Model.fit` does.

        Args:
            callbacks: which see the quality in the logs.
            **arguments: of `keras.Model.fit`.

        Returns:
            Seconds spent.
        """
        own = [self.qualities, self.divergence, self.best]
        started = time.perf_counter()
        self.model.fit(callbacks=[*own, *callbacks], **{"verbose": 0, **arguments})
        return time.perf_counter() - started


def stream(split, batch_size, seed, first_epoch=0):
    """The arguments of `fit` that train on a search's own examples.

    Args:
        split: training and validation examples, as `load_split` returns them.
        batch_size: cut to the number of examples where it is larger.
        seed: of the order of the examples.
        first_epoch: where to go on.

    Returns:
        Name → value.
    """
    (training, label), validation = map(examples_of, split)
    batch_size = min(batch_size, len(training))
    return {
        "x": datasets.training_batches(training, batch_size, seed, first_epoch, label),
        "steps_per_epoch": datasets.steps_per_epoch(training, batch_size),
        "initial_epoch": first_epoch,
        "validation_data": datasets.evaluation_batches(validation[0], 128, validation[1]),
        "shuffle": False,  # The stream is shuffled already.
    }


def measure(model, validation, training_seconds, logs=None, costs=None):
    """All qualities and costs of a trained model.

    Args:
        model: a trained model.
        validation: `Validation`.
        training_seconds: what the training took.
        logs: name → value of the epoch whose weights the model has; measured anew where it is
            `None`.
        costs: what `measure_costs` said before; measured now where it is `None`.

    Returns:
        Name → float.
    """
    if logs is None:
        logs = {f"val_{name}": value for name, value in validation.evaluate(model).items()}
    measured = {"val_mse": validation_mse(model, validation)}
    if "val_l0" in logs:
        measured["val_l0"] = logs["val_l0"]
    if model.prior is not None:
        measured["val_elbo_per_dim"] = elbo_per_dim(model, logs, "val_")
        codes, label = np.asarray(validation.x[:MOST_CODES]), label_for(model, validation)
        label = None if label is None else label[:MOST_CODES]
        measured["active_units"] = active_units(model, codes, label, verbose=0).sum()
    measured["training_seconds"] = round(training_seconds, 3)
    measured.update(measure_costs(model) if costs is None else costs)
    return {name: float(value) for name, value in measured.items()}
