"""The training that the scripts share: checkpointed, resumable, pictured."""

import time

from keras_genae import datasets
from keras_genae.training import Checkpoint, CollapseMonitor, ImageGrid

# How many images the callbacks look at after each epoch.
MONITORED = 512
PICTURED = 10


def train(model, training, validation, arguments, folder):
    """Train `model` by the command line's arguments, from where the folder's run stopped.

    Args:
        model: a compiled autoencoder of images.
        training, validation: uint8 arrays `(n, height, width, channels)`.
        arguments: parsed by a parser with `add_training_arguments`.
        folder: a `RunFolder`; state and pictures of the epochs go into it.

    Returns:
        History (name → list, one entry an epoch), and metrics of the run (name → (value, unit)).
    """
    folder.require_space(model)
    batch = min(arguments.batch, len(training))
    checkpoint = Checkpoint(folder.checkpoint)
    first_epoch = checkpoint.restore(model)
    if first_epoch:
        print(f"Resuming after epoch {first_epoch}.")
    callbacks = [ImageGrid(validation[:PICTURED], folder.path / "epochs", samples=PICTURED * 2)]
    if model.prior is not None:
        callbacks.append(CollapseMonitor(validation[:MONITORED]))
    else:
        callbacks[0].samples = 0  # A plain autoencoder has nothing to sample from yet.

    started = time.perf_counter()
    steps = datasets.steps_per_epoch(training, batch)
    if first_epoch < arguments.epochs:
        model.fit(
            datasets.training_batches(training, batch, arguments.seed, first_epoch),
            steps_per_epoch=steps,
            initial_epoch=first_epoch,
            epochs=arguments.epochs,
            validation_data=datasets.evaluation_batches(validation, batch),
            callbacks=[*callbacks, checkpoint],
            shuffle=False,  # The stream is shuffled already.
        )
    seconds = time.perf_counter() - started
    epochs_now = max(arguments.epochs - first_epoch, 0)
    metrics = {
        "epochs": (max(arguments.epochs, first_epoch), "epochs"),
        "training_images": (len(training), "images"),
        "validation_images": (len(validation), "images"),
        "parameters": (model.count_params(), "numbers"),
    }
    if epochs_now:
        unit = f"seconds for {epochs_now} epochs, validation and pictures included"
        metrics["training_time"] = (round(seconds, 1), unit)
    return checkpoint.history, metrics
