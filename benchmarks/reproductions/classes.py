"""Classes of MNIST: learnt from a hundred labels, and found without any."""

import keras
import numpy as np

import keras_genae as genae
from keras_genae import datasets
from keras_genae.evaluation import cluster_accuracy
from reproductions.row import Row, first_to_last, mean_and_range

UNKNOWN = -1
SEEDS = 1
# The paper's 0.1 · 60,000 / 100 for a label, which comes 60 times an epoch: ten labelled examples
# stand beside each hundred without a label.
ALPHA = 1.0


def load(arguments):
    """Training images and classes, then those of the test set; images as float32 `(n, 784)`."""
    return [
        (images.reshape(len(images), -1).astype("float32") / 255, classes)
        for images, classes in (
            datasets.load_idx_folder(arguments.data / "mnist", split) for split in ("train", "test")
        )
    ]


def a_few_of_each(classes, each, seed):
    """Rows of so many examples of each class."""
    random = np.random.default_rng(seed)
    rows = [random.choice(np.flatnonzero(classes == c), each, replace=False) for c in range(10)]
    return np.concatenate(rows)


class FewLabels(keras.utils.PyDataset):
    """Batches of examples without a label, and a few with one, which come round more often.

    Pixels are drawn anew each time, on with the probability of their grey level: of a hundred
    pictures a classifier would otherwise know each pixel by heart.
    """

    def __init__(self, x, labelled_x, labels, batch=100, labelled=10, seed=0):
        super().__init__()
        self.x, self.labelled_x, self.labels = x, labelled_x, labels
        self.batch, self.labelled = batch, labelled
        self.random = np.random.default_rng(seed)
        self.on_epoch_end()

    def on_epoch_end(self):
        """Another order."""
        self.order = self.random.permutation(len(self.x))

    def __len__(self):
        return len(self.x) // self.batch

    def __getitem__(self, index):
        rows = self.order[index * self.batch :][: self.batch]
        chosen = self.random.choice(len(self.labels), self.labelled, replace=False)
        levels = np.concatenate([self.x[rows], self.labelled_x[chosen]])
        x = (self.random.random(levels.shape, dtype="float32") < levels).astype("float32")
        y = np.concatenate([np.full(len(rows), UNKNOWN), self.labels[chosen]])
        return x, y


def m2_100_labels(arguments):
    """M2 with 100 labels of MNIST: test error."""
    epochs = arguments.epochs or 10
    (x, classes), (test, truth) = load(arguments)
    errors, seeds = [], range(arguments.seed, arguments.seed + SEEDS)
    for seed in seeds:
        keras.utils.set_random_seed(seed)
        rows = a_few_of_each(classes, 10, seed)
        model = genae.SemiSupervisedVAE(
            (784,),
            latent_dim=50,
            classes=10,
            alpha=ALPHA,
            widths=(300,),
            likelihood="bernoulli",
            seed=seed,
        )
        batches = FewLabels(x, x[rows], classes[rows], seed=seed)
        schedule = keras.optimizers.schedules.CosineDecay(1e-3, epochs * len(batches))
        model.compile(keras.optimizers.Adam(schedule))
        model.fit(batches, epochs=epochs, verbose=2)
        errors.append(100 * np.mean(model.classify(test) != truth))
        print(f"seed {seed}: {errors[-1]:.2f} %", flush=True)
    return [
        Row(
            what="M2 (`SemiSupervisedVAE`), 100 labels of MNIST: test error, per cent",
            paper="11.97 ± 1.71 (Kingma et al. 2014, table 1)",
            ours=mean_and_range(errors, digits=2),
            setup="one hidden layer of 300 (ReLU; 500, softplus), 50 latents as there; ten "
            "labelled examples beside each hundred without a label, pixels drawn anew each time, "
            f"alpha {ALPHA:g} for each, the paper's in sum; Adam 1e-3, cosine, {epochs} epochs",
            seeds=first_to_last(seeds),
        )
    ]


def vade_clusters(arguments):
    """VaDE: accuracy of its clusters against MNIST's classes."""
    epochs = arguments.epochs or 10
    (x, _), (test, truth) = load(arguments)
    accuracies, losses, seeds = [], [], range(arguments.seed, arguments.seed + SEEDS)
    for seed in seeds:
        keras.utils.set_random_seed(seed)
        model = genae.VaDE(
            (784,),
            latent_dim=10,
            clusters=10,
            widths=(500, 500, 2000),
            likelihood="bernoulli",
            seed=seed,
        )
        model.compile(keras.optimizers.Adam(1e-3))
        model.pretrain(x, batch_size=128, epochs=5, verbose=2)
        steps = epochs * (len(x) // 128)
        model.compile(keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(1e-3, steps)))
        history = model.fit(x, batch_size=128, epochs=epochs, verbose=2).history
        accuracies.append(cluster_accuracy(truth, model.cluster(test)))
        losses.append(history["loss"][-1])
        print(f"seed {seed}: {accuracies[-1]:.3f}, loss {losses[-1]:.2f}", flush=True)
    ours = mean_and_range(accuracies)
    if len(seeds) > 1:
        ours += f"; of the lowest loss {accuracies[np.argmin(losses)]:.3f}"
    return [
        Row(
            what="VaDE, 10 clusters of MNIST: accuracy on the test set",
            paper=".945, the best of ten runs (Jiang et al. 2017, table 2)",
            ours=ours,
            setup="the paper's network, 784-500-500-2000-10; 5 epochs as an autoencoder, not layer "
            f"by layer, then {epochs} epochs (300) of Adam 1e-3, here along a cosine",
            seeds=first_to_last(seeds),
        )
    ]
