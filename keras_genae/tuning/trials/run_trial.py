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
from keras_genae.tuning.config.objectives import OF_AN_EPOCH
from keras_genae.tuning.trials.costs import measure_costs
from keras_genae.tuning.trials.hypermodel import build_model
from keras_genae.tuning.trials.train import Training, measure, stream
from keras_genae.tuning.trials.trial_folder import COMPLETED, FAILED, PRUNED, TrialResult
from keras_genae.tuning.trials.validation import Validation

# A trial killed with the whole search loses this much of its training at most, or an epoch.
SECONDS_BETWEEN_CHECKPOINTS = 20.0


class OccasionalCheckpoint(Checkpoint):
    """A `Checkpoint` that skips epochs shorter than it is worth to save.

    Args:
        folder: where to write.
        best: `BestEpoch`, which is saved first: what is resumed never knows less of the past.
    """

    def __init__(self, folder, best):
        super().__init__(folder)
        self.best = best
        self.saved_at = time.monotonic()

    def on_epoch_end(self, epoch, logs=None):
        """Save, where enough was trained since the last time."""
        if time.monotonic() - self.saved_at >= SECONDS_BETWEEN_CHECKPOINTS:
            self.best.save()
            super().on_epoch_end(epoch, logs)
            self.saved_at = time.monotonic()


class EpochReport(keras.callbacks.Callback):
    """Write each epoch's numbers, and stop where somebody says so.

    Args:
        folder: `TrialFolder`.
        costs: name → value, known before training.
        report: called with (epoch, values); returns whether to stop.
    """

    def __init__(self, folder, costs, report):
        super().__init__()
        self.folder = folder
        self.costs = costs
        self.report = report
        self.is_pruned = False

    def on_epoch_begin(self, epoch, logs=None):
        """Start the clock of the epoch."""
        self.started = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        """One line a epoch; epochs count from 1."""
        seconds = round(time.perf_counter() - self.started, 4)
        values = {name: float(value) for name, value in logs.items()}
        self.folder.add_epoch(epoch + 1, {**values, **self.costs, "seconds": seconds})
        if self.model.stop_training:  # It has diverged.
            return
        measured = {name: values[name] for name in OF_AN_EPOCH if name in values}
        if self.report(epoch + 1, {**measured, **self.costs}):
            self.is_pruned = True
            self.model.stop_training = True


def run_trial(config, values, folder, split, report, folder_of=None):
    """Train and measure one model; whatever goes wrong with it is its result.

    Args:
        config: `SearchConfig`.
        values: name → value of the trial's hyperparameters.
        folder: `TrialFolder`.
        split: training and validation examples, as `load_split` returns them.
        report: called after each epoch with (epoch, values); returns whether to stop.
        folder_of: trial id → `TrialFolder`, for Hyperband, which goes on with a trial before.

    Returns:
        `TrialResult`, which has been written to the folder.
    """
    started = time.perf_counter()
    try:
        result = _train_and_measure(config, values, folder, split, report, folder_of)
    except Exception as error:
        (folder.path / "error.txt").write_text(traceback.format_exc(), encoding="utf-8")
        text = " ".join(str(error).split())
        result = TrialResult(FAILED, f"{type(error).__name__}: {text[:500]}")
    result.seconds = round(time.perf_counter() - started, 3)
    folder.finish(result)
    return result


def _train_and_measure(config, values, folder, split, report, folder_of):
    # Initial weights too: a trial must not depend on which process trained it, and after what.
    keras.utils.set_random_seed(config.seed)
    validation = Validation(split[1])
    model = untrained = build_model(config, values, validation.x.shape[1:])
    before = values.get("tuner/trial_id")
    if before:
        model = keras.saving.load_model(folder_of(before).last_model)
    costs = measure_costs(model)
    training = Training(model, validation, config.quality, untrained, folder.best)
    checkpoint = OccasionalCheckpoint(folder.checkpoint, training.best)
    first_epoch = max(checkpoint.restore(model), values.get("tuner/initial_epoch", 0))
    folder.keep_epochs(first_epoch)
    known = {name: float(costs[name]) for name in config.objectives if name in costs}
    reporter = EpochReport(folder, known, report)
    _, options = model_and_training(config, values)
    epochs = values.get("tuner/epochs", config.budget.epochs)
    training.fit(
        [reporter, checkpoint],
        epochs=epochs,
        **stream(split, options["batch_size"], config.seed, first_epoch),
    )
    if training.divergence.reason:
        return TrialResult(FAILED, training.divergence.reason, epochs=len(folder.epochs()))
    if reporter.is_pruned:
        return _pruned(config, costs, folder, epochs)
    return _completed(config, training, costs, validation, folder)


def _pruned(config, costs, folder, epochs):
    entries = folder.epochs()
    done = entries[-1]["epoch"]
    # The first epoch pays for the compilation.
    seconds = [entry["seconds"] for entry in entries[1:] or entries]
    spared = round((epochs - done) * statistics.median(seconds), 3)
    reason = f"behind the median of its peers after epoch {done} of {epochs}"
    measures = {**costs, config.quality: entries[-1][config.quality]}
    return TrialResult(PRUNED, reason, measures, epochs=done, saved_seconds=spared)


def _completed(config, training, costs, validation, folder):
    model, best, entries = training.model, training.best, folder.epochs()
    done = entries[-1]["epoch"]
    if config.oracle == "hyperband":  # Which may go on with this trial, from its end.
        with write_aside(folder.last_model) as aside:
            model.save(aside)
    best.restore(model)
    seconds = sum(entry["seconds"] for entry in entries)
    measures = measure(model, validation, seconds, best.logs, costs)
    for name in config.objectives:
        if not math.isfinite(measures[name]):
            return TrialResult(FAILED, f"{name} was {measures[name]}", epochs=done)
    with write_aside(folder.model) as aside:
        model.save(aside)
    return TrialResult(
        COMPLETED, "", measures, epochs=done, best_epoch=best.epoch, remark=best.remark(done)
    )


def remove_model(folder):
    """Delete the model of a trial that nobody will ask for."""
    folder.model.unlink(missing_ok=True)
    shutil.rmtree(folder.checkpoint, ignore_errors=True)
