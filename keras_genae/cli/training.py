"""The training that the scripts share: checkpointed, resumable, pictured."""

import math
import time

from keras_genae import datasets
from keras_genae.progress import fit_verbose
from keras_genae.training import Checkpoint, CollapseMonitor, DivergenceGuard, ImageGrid

# How many images the callbacks look at after each epoch.
MONITORED = 512
PICTURED = 10
# What tells the best epoch.
JUDGE = "val_loss"


def train(model, training, validation, arguments, folder):
    """Train `model` by the command line's arguments, from where the folder's run stopped.

    The model ends with the weights of the epoch whose validation loss was lowest; one with an
    adversary with those of the last, a loss in which two players pull telling no best.

    Args:
        model: a compiled autoencoder of images.
        training, validation: uint8 arrays `(n, height, width, channels)`, or `MappedRows`.
        arguments: parsed by a parser with `add_training_arguments`.
        folder: a `RunFolder`; state and pictures of the epochs go into it.

    Returns:
        History (name → list, one entry an epoch), and metrics of the run (name → (value, unit)).

    Raises:
        ValueError: where the loss was not finite in any epoch.
    """
    folder.require_space(model)
    batch = min(arguments.batch, len(training))
    judge = None if getattr(model, "has_adversary", False) else JUDGE
    checkpoint = Checkpoint(folder.checkpoint, keep_best=judge)
    first_epoch = checkpoint.restore(model)
    if first_epoch:
        print(f"Resuming after epoch {first_epoch}.")
    callbacks = [ImageGrid(validation[:PICTURED], folder.path / "epochs", samples=PICTURED * 2)]
    if model.prior is None:
        callbacks[0].samples = 0  # There is nothing to sample from yet.
    if model.prior is not None or hasattr(model, "codebook_size"):
        callbacks.append(CollapseMonitor(validation[:MONITORED]))

    # Behind what moves the weights of the terms, before what saves the state it went back to.
    callbacks += [DivergenceGuard(history=checkpoint.history), checkpoint]

    started = time.perf_counter()
    steps = datasets.steps_per_epoch(training, batch)
    if first_epoch < arguments.epochs:
        model.fit(
            datasets.training_batches(training, batch, arguments.seed, first_epoch),
            steps_per_epoch=steps,
            initial_epoch=first_epoch,
            epochs=arguments.epochs,
            validation_data=datasets.evaluation_batches(validation, batch),
            callbacks=callbacks,
            shuffle=False,  # The stream is shuffled already.
            verbose=fit_verbose(),
        )
    best = checkpoint.restore_best(model)  # Where nothing was left to train, too.
    losses = checkpoint.history[JUDGE]
    if judge is None and math.isfinite(losses[-1]):
        best = len(losses)
    if best is None:
        raise ValueError(
            "Training diverged: no epoch had a finite validation loss. Choose a smaller "
            f"--learning-rate. Received: {arguments.learning_rate:g}"
        )
    print(what_was_kept(checkpoint.history, best), flush=True)
    seconds = time.perf_counter() - started
    epochs_now = max(arguments.epochs - first_epoch, 0)
    told_by = "the last" if judge is None else "that of the lowest validation loss"
    metrics = {
        "epochs": (max(arguments.epochs, first_epoch), "epochs"),
        "kept_epoch": (best, f"epoch, {told_by}"),
        "training_images": (len(training), "images"),
        "validation_images": (len(validation), "images"),
        "parameters": (model.count_params(), "numbers"),
    }
    if epochs_now:
        unit = f"seconds for {epochs_now} epochs, validation and pictures included"
        metrics["training_time"] = (round(seconds, 1), unit)
    return checkpoint.history, metrics


def what_was_kept(history, best):
    """Say which epoch the model is from."""
    losses = history[JUDGE]
    kept = f"Kept epoch {best} of {len(losses)}: validation loss {losses[best - 1]:,.6g}"
    return kept + ("." if best == len(losses) else f", after the last {losses[-1]:,.6g}.")
