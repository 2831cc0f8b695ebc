"""One trial from its values to its result."""

import math
import shutil
import statistics
import time
import traceback

import keras

from keras_genae.files import write_aside
from keras_genae.training import Checkpoint
from keras_genae.tuning.config.arguments import model_and_training
from keras_genae.tuning.trials.costs import measure_costs
from keras_genae.tuning.trials.hypermodel import build_model
from keras_genae.tuning.trials.train import Qualities, measure, train
from keras_genae.tuning.trials.trial_folder import COMPLETED, FAILED, PRUNED, TrialResult

# A trial killed with the whole search loses this much of its training at most, or an epoch.
SECONDS_BETWEEN_CHECKPOINTS = 20.0


class OccasionalCheckpoint(Checkpoint):
    """A `Checkpoint` that skips epochs shorter than it is worth to save."""

    def __init__(self, folder):
        super().__init__(folder)
        self.saved_at = time.monotonic()

    def on_epoch_end(self, epoch, logs=None):
        """Save, where enough was trained since the last time."""
        if time.monotonic() - self.saved_at >= SECONDS_BETWEEN_CHECKPOINTS:
            super().on_epoch_end(epoch, logs)
            self.saved_at = time.monotonic()


class EpochReport(keras.callbacks.Callback):
    """Write each epoch's numbers, and stop where they are not finite or somebody says so.

    Args:
        folder: `TrialFolder`.
        quality: the name of the quality among the logs.
        costs: name → value, known before training.
        report: called with (epoch, values); returns whether to stop.
    """

    def __init__(self, folder, quality, costs, report):
        super().__init__()
        self.folder = folder
        self.quality = quality
        self.costs = costs
        self.report = report
        self.diverged = None
        self.is_pruned = False

    def on_epoch_begin(self, epoch, logs=None):
        """Start the clock of the epoch."""
        self.started = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        """One line a epoch; epochs count from 1."""
        seconds = round(time.perf_counter() - self.started, 4)
        values = {name: float(value) for name, value in logs.items()}
        self.folder.add_epoch(epoch + 1, {**values, **self.costs, "seconds": seconds})
        bad = [name for name, value in values.items() if not math.isfinite(value)]
        if bad:
            name = self.quality if self.quality in bad else bad[0]
            self.diverged = f"{name} was {values[name]} after epoch {epoch + 1}"
            self.model.stop_training = True
        elif self.report(epoch + 1, {self.quality: values[self.quality], **self.costs}):
            self.is_pruned = True
            self.model.stop_training = True


def run_trial(config, values, folder, images, report, folder_of=None):
    """Train and measure one model; whatever goes wrong with it is its result.

    Args:
        config: `SearchConfig`.
        values: name → value of the trial's hyperparameters.
        folder: `TrialFolder`.
        images: training and validation images.
        report: called after each epoch with (epoch, values); returns whether to stop.
        folder_of: trial id → `TrialFolder`, for Hyperband, which goes on with a trial before.

    Returns:
        `TrialResult`, which has been written to the folder.
    """
    started = time.perf_counter()
    try:
        result = _train_and_measure(config, values, folder, images, report, folder_of)
    except Exception as error:
        (folder.path / "error.txt").write_text(traceback.format_exc(), encoding="utf-8")
        text = " ".join(str(error).split())
        result = TrialResult(FAILED, f"{type(error).__name__}: {text[:500]}")
    result.seconds = round(time.perf_counter() - started, 3)
    folder.finish(result)
    return result


def _train_and_measure(config, values, folder, images, report, folder_of):
    training, validation = images
    # Initial weights too: a trial must not depend on which process trained it, and after what.
    keras.utils.set_random_seed(config.seed)
    model, costs = _build(config, values, training, folder_of)
    checkpoint = OccasionalCheckpoint(folder.checkpoint)
    begun = values.get("tuner/initial_epoch", 0)
    first_epoch = max(checkpoint.restore(model), begun)
    folder.keep_epochs(first_epoch)
    epochs = values.get("tuner/epochs", config.budget.epochs)
    known = {name: float(costs[name]) for name in config.objectives if name in costs}
    reporter = EpochReport(folder, config.quality, known, report)
    _, options = model_and_training(config, values)
    train(
        model,
        training,
        validation,
        epochs=epochs,
        batch_size=options["batch_size"],
        seed=config.seed,
        callbacks=[Qualities(validation, config.quality), reporter, checkpoint],
        first_epoch=first_epoch,
    )
    return _result(config, model, costs, validation, folder, reporter, epochs)


def _build(config, values, training, folder_of):
    before = values.get("tuner/trial_id")
    if before:
        model = keras.saving.load_model(folder_of(before).model)
    else:
        model = build_model(config, values, training.shape[1:])
    return model, measure_costs(model)


def _result(config, model, costs, validation, folder, reporter, epochs):
    entries = folder.epochs()
    done = entries[-1]["epoch"] if entries else 0
    seconds = [entry["seconds"] for entry in entries]
    last = {name: value for name, value in entries[-1].items() if name.startswith("val_")}
    if reporter.diverged:
        return TrialResult(FAILED, reporter.diverged, epochs=done)
    if reporter.is_pruned:
        # The first epoch pays for the compilation.
        later = seconds[1:] or seconds
        spared = (epochs - done) * statistics.median(later)
        reason = f"behind the median of its peers after epoch {done} of {epochs}"
        measures = {**costs, config.quality: last[config.quality]}
        return TrialResult(PRUNED, reason, measures, epochs=done, saved_seconds=round(spared, 3))
    measures = measure(model, validation, sum(seconds), last, costs)
    for name in config.objectives:
        if not math.isfinite(measures[name]):
            return TrialResult(FAILED, f"{name} was {measures[name]}", epochs=done)
    with write_aside(folder.model) as aside:
        model.save(aside)
    return TrialResult(COMPLETED, "", measures, epochs=done)


def remove_model(folder):
    """Delete the model of a trial that nobody will ask for."""
    folder.model.unlink(missing_ok=True)
    shutil.rmtree(folder.checkpoint, ignore_errors=True)
