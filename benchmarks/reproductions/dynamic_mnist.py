"""Log-likelihoods on MNIST whose pixels are drawn anew each time: on a sphere, and in the plane."""

import keras
import numpy as np

import keras_genae as genae
from keras_genae import datasets
from keras_genae.evaluation.likelihood import log_likelihood
from keras_genae.training import Checkpoint
from reproductions.row import Row, mean_and_error

BATCH = 64
HELD_OUT = 10_000
SAMPLES = 500


class DrawnPixels(keras.utils.PyDataset):
    """Batches of images whose pixels are on with the probability of their grey level."""

    def __init__(self, images, seed, **kwargs):
        super().__init__(**kwargs)
        self.images = images
        self.random = np.random.default_rng(seed)
        self.on_epoch_end()

    def on_epoch_end(self):
        """Another order of the images."""
        self.order = self.random.permutation(len(self.images))

    def __len__(self):
        return len(self.images) // BATCH

    def __getitem__(self, index):
        return (drawn(self.images[self.order[index * BATCH :][:BATCH]], self.random),)


def drawn(images, random):
    """Zeros and ones of bytes, float32 `(n, pixels)`."""
    levels = images.reshape(len(images), -1)
    return (255 * random.random(levels.shape, dtype="float32") < levels).astype("float32")


def on_spheres(arguments, dimension, published):
    """Test log p(x) of a normal and of a hyperspherical VAE of as many dimensions."""
    epochs = arguments.epochs or 40
    training = datasets.load_idx_folder(arguments.data / "mnist", "train")[0]
    test = datasets.load_idx_folder(arguments.data / "mnist", "test")[0]
    fixed = np.random.default_rng(0)
    valid, test = drawn(training[-HELD_OUT:], fixed), drawn(test, fixed)
    found = {}
    # A direction of d dimensions has d + 1 entries.
    for model_class, entries in ((genae.VAE, 0), (genae.HypersphericalVAE, 1)):
        model = model_class(
            (784,),
            dimension + entries,
            widths=(256, 128),
            likelihood="bernoulli",
            seed=arguments.seed,
        )
        batches = DrawnPixels(training[:-HELD_OUT], arguments.seed)
        schedule = keras.optimizers.schedules.CosineDecay(1e-3, epochs * len(batches))
        model.compile(keras.optimizers.Adam(schedule), steps_per_execution=20)
        folder = arguments.output_dir / f"sphere_{dimension}_{model_class.__name__}"
        checkpoint = Checkpoint(folder, keep_best="val_loss")
        model.fit(
            batches,
            initial_epoch=checkpoint.restore(model),
            epochs=epochs,
            validation_data=(valid,),
            validation_batch_size=1000,
            callbacks=[checkpoint],
            verbose=2,
        )
        found[model_class.__name__] = mean_and_error(log_likelihood(model, test, SAMPLES))
    return [
        Row(
            what=f"log p(x) of dynamically binarised MNIST, nats, {dimension} dimensions: "
            "normal VAE; hyperspherical",
            paper=f"{published} (Davidson et al. 2018, table 1)",
            ours="; ".join(found.values()),
            setup="the paper's networks, 784-256-128 (ReLU), Adam 1e-3, here along a cosine, "
            f"batches of {BATCH}, {epochs} epochs (until validation no longer gains), best "
            f"epoch by validation; {SAMPLES} importance samples, as in the paper",
            seeds=str(arguments.seed),
        )
    ]


def sphere_2(arguments):
    """Normal and hyperspherical VAE, d = 2: test log-likelihood on dynamic MNIST."""
    return on_spheres(arguments, 2, "−135.73; −132.50")


def sphere_5(arguments):
    """Normal and hyperspherical VAE, d = 5: test log-likelihood on dynamic MNIST."""
    return on_spheres(arguments, 5, "−110.21; −108.43")
