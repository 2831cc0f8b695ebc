"""Log-likelihoods of a hierarchy of maps on MNIST: pixels drawn anew each time, and drawn once."""

import keras
import numpy as np

import keras_genae as genae
from keras_genae import datasets
from keras_genae.evaluation.likelihood import elbo, log_likelihood
from keras_genae.training import Checkpoint, KLAnnealing, default_optimizer
from reproductions.dynamic_mnist import BATCH, HELD_OUT, DrawnPixels, drawn
from reproductions.row import Row, mean_and_error
from reproductions.static_mnist import FILE, load

SHAPE = (28, 28, 1)
SIZES = {"latent_dim": 8, "widths": (32, 64, 64), "levels": (1, 2, 2)}
# Of training about an hour on two cores: 104 CPU seconds each.
EPOCHS = 50
# Epochs over which beta rises to 1, a share of all.
WARM_UP = 0.1
SAMPLES = 100


class DrawnImages(DrawnPixels):
    """`DrawnPixels` as images."""

    def __getitem__(self, index):
        (x,) = super().__getitem__(index)
        return (x.reshape(-1, *SHAPE),)


def deep_row(arguments, name, what, training, valid, test, epochs):
    """Train the model, and make a row of its test log-likelihood.

    Args:
        training: what `fit` takes: an array, or a `PyDataset`.
        valid, test: arrays of images of zeros and ones.
    """
    epochs = arguments.epochs or epochs
    model = genae.DeepVAE(SHAPE, likelihood="bernoulli", seed=arguments.seed, **SIZES)
    model.compile(default_optimizer(model, 2e-3), steps_per_execution=20)
    checkpoint = Checkpoint(arguments.output_dir / f"{name}_{arguments.seed}", keep_best="val_loss")
    model.fit(
        training,
        batch_size=None if isinstance(training, keras.utils.PyDataset) else BATCH,
        initial_epoch=checkpoint.restore(model),
        epochs=epochs,
        validation_data=(valid,),
        validation_batch_size=500,
        callbacks=[KLAnnealing(max(1, round(WARM_UP * epochs)), start=0.1), checkpoint],
        verbose=2,
    )
    print("steps left out:", int(keras.ops.convert_to_numpy(model.skipped_steps)))
    print("ELBO:", mean_and_error(elbo(model, test, num_samples=1)))
    nats = log_likelihood(model, test, num_samples=SAMPLES)
    return [
        Row(
            what=f"hierarchy of maps, {what} MNIST: log p(x), nats",
            paper="none for a model of this size",
            ours=mean_and_error(nats),
            setup=f"{sum(SIZES['levels'])} levels at 14², 7² and 4², {SIZES}, "
            f"{model.count_params():,} weights; Muon and Adam, 2e-3 at most, cosine, batches of "
            f"{BATCH}, {epochs} epochs, beta rising over the first {WARM_UP:.0%}, the best by "
            f"validation; {SAMPLES} importance samples",
            seeds=str(arguments.seed),
        )
    ]


def deep_dynamic_mnist(arguments):
    """Hierarchy of maps: test log-likelihood on dynamically binarised MNIST."""
    training = datasets.load_idx_folder(arguments.data / "mnist", "train")[0]
    test = datasets.load_idx_folder(arguments.data / "mnist", "test")[0]
    fixed = np.random.default_rng(0)
    valid, test = (
        drawn(images, fixed).reshape(-1, *SHAPE) for images in (training[-HELD_OUT:], test)
    )
    batches = DrawnImages(training[:-HELD_OUT], arguments.seed)
    return deep_row(
        arguments, "deep_dynamic", "dynamically binarised", batches, valid, test, EPOCHS
    )


def deep_static_mnist(arguments):
    """Hierarchy of maps: test log-likelihood on static binarised MNIST."""
    splits = load(arguments.data / FILE)
    parts = [splits[name].reshape(-1, *SHAPE) for name in ("train", "valid", "test")]
    return deep_row(arguments, "deep_static", "static binarised", *parts, EPOCHS)
