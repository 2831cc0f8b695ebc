"""Log-likelihoods on static binarised MNIST: plain VAE, IWAE, VampPrior, planar flow.

The data are Larochelle's 50,000 / 10,000 / 10,000 binary images, packed by `np.packbits` under the
names train, valid and test. All are trained by Adam in batches of 100 with a rate that falls to
zero by a cosine; the epoch with the best validation loss is kept.
"""

import keras
import numpy as np
from keras import layers

import keras_genae as genae
from keras_genae.evaluation.likelihood import log_likelihood
from keras_genae.training import Checkpoint
from reproductions.row import Row, mean_and_error

BATCH = 100
FILE = "binarized_mnist_larochelle.npz"


def load(path):
    """Name of a split → float32 `(n, 784)` of zeros and ones."""
    with np.load(path, allow_pickle=False) as file:
        return {split: np.unpackbits(file[split], axis=1).astype("float32") for split in file.files}


def trained(model, splits, folder, epochs, rate):
    """Train, or go on with a run that was stopped; the model ends as it was in its best epoch."""
    steps = len(splits["train"]) // BATCH
    schedule = keras.optimizers.schedules.CosineDecay(rate, epochs * steps)
    model.compile(optimizer=keras.optimizers.Adam(schedule), steps_per_execution=20)
    checkpoint = Checkpoint(folder, keep_best="val_loss")
    model.fit(
        splits["train"],
        batch_size=BATCH,
        initial_epoch=checkpoint.restore(model),
        epochs=epochs,
        validation_data=(splits["valid"],),
        validation_batch_size=1000,
        callbacks=[checkpoint],
        verbose=2,
    )
    return model


def likelihood_row(arguments, model, *, name, what, paper, setup, samples, epochs, rate):
    """Train a model, and make a row of its test log-likelihood."""
    epochs = arguments.epochs or epochs
    splits = load(arguments.data / FILE)
    folder = arguments.output_dir / f"{name}_{arguments.seed}"
    model = trained(model, splits, folder, epochs, rate)
    nats = log_likelihood(model, splits["test"], samples)
    return [
        Row(
            what=f"{what}, static binarised MNIST: log p(x), nats",
            paper=paper,
            ours=mean_and_error(nats),
            setup=f"{setup}; Adam {rate:g}, cosine, batches of {BATCH}, {epochs} epochs, the best "
            f"by validation; {samples} importance samples",
            seeds=str(arguments.seed),
        )
    ]


def vae_static_mnist(arguments):
    """VAE with one hidden layer: test log-likelihood on static binarised MNIST."""
    return likelihood_row(
        arguments,
        genae.VAE((784,), 40, widths=(400,), likelihood="bernoulli", seed=arguments.seed),
        name="vae",
        what="VAE",
        paper="−89.9 (Rezende & Mohamed 2015, table 1)",
        setup="one hidden layer of 400 (ReLU), 40 latents",
        samples=200,
        epochs=150,
        rate=2e-3,
    )


def iwae_static_mnist(arguments):
    """IWAE with 5 draws: test log-likelihood on static binarised MNIST."""
    return likelihood_row(
        arguments,
        genae.IWAE(
            (784,), 50, samples=5, widths=(200, 200), likelihood="bernoulli", seed=arguments.seed
        ),
        name="iwae",
        what="IWAE, k = 5",
        paper="−87.6 over 5,000 samples (Burda et al. 2016, fixed binarisation)",
        setup="two hidden layers of 200, 50 latents, as there (ReLU for tanh)",
        samples=1000,
        epochs=60,
        rate=1e-3,
    )


def gated(x, units):
    """A linear map times a gate, as in the paper."""
    return layers.Multiply()([layers.Dense(units)(x), layers.Dense(units, "sigmoid")(x)])


def gated_networks(pixels=784, latents=40, units=300):
    """Encoder and decoder of two gated layers each."""
    x, z = keras.Input((pixels,)), keras.Input((latents,))
    hidden = gated(gated(x, units), units)
    heads = [layers.Dense(latents, name=name)(hidden) for name in ("mean", "log_var")]
    raw = layers.Dense(pixels, name="raw")(gated(gated(z, units), units))
    return {"encoder": keras.Model(x, heads), "decoder": keras.Model(z, raw)}


def vamp_static_mnist(arguments):
    """VampPrior of 500 components beside N(0, I): test log-likelihood on static binarised MNIST."""
    shared = {"likelihood": "bernoulli", "seed": arguments.seed}
    model = genae.VampPriorVAE(components=500, **gated_networks(), **shared)
    model.initialise(load(arguments.data / FILE)["train"], arguments.seed)
    networks = "two gated layers of 300, 40 latents"
    options = {"samples": 1000, "epochs": 40, "rate": 1e-3}
    return [
        *likelihood_row(
            arguments,
            model,
            name="vamp",
            what="VampPrior, K = 500",
            paper="−85.57 over 5,000 samples (Tomczak & Welling 2018, table 1)",
            setup=f"{networks}; pseudo-inputs start from examples",
            **options,
        ),
        *likelihood_row(
            arguments,
            genae.VAE(**gated_networks(), **shared),
            name="gated_vae",
            what="the same networks, prior N(0, I)",
            paper="−88.56 over 5,000 samples (the same)",
            setup=networks,
            **options,
        ),
    ]


def planar_static_mnist(arguments):
    """Ten planar flow steps: test log-likelihood on static binarised MNIST."""
    return likelihood_row(
        arguments,
        genae.PlanarFlowVAE(
            (784,), 40, length=10, widths=(400,), likelihood="bernoulli", seed=arguments.seed
        ),
        name="planar",
        what="planar flow, K = 10",
        paper="−87.5 (Rezende & Mohamed 2015, table 1)",
        setup="one hidden layer of 400 (ReLU), 40 latents",
        samples=200,
        epochs=100,
        rate=2e-3,
    )
