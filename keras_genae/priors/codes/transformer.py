"""A transformer over codes that are indices."""

import warnings

import keras
import numpy as np
from keras import ops

from keras_genae.batches import in_batches
from keras_genae.layers.causal_transformer import CausalTransformer
from keras_genae.layers.condition import MEMORY, Condition
from keras_genae.layers.corruption import check_not_negative
from keras_genae.networks.checks import check_whole
from keras_genae.priors.codes.code_sequence import CodeSequence
from keras_genae.priors.codes.draw import draw
from keras_genae.priors.codes.fit_rows import EPOCHS, fit_rows, log_prob_of
from keras_genae.priors.held_out import hold_out
from keras_genae.progress import is_terminal

# More codes make more logits at each place than a memory holds.
MOST_CODES = 2**16
# Codes held out that are looked at after each epoch, at most.
JUDGES = 1000
SAMPLES_AT_ONCE = 128


@keras.saving.register_keras_serializable(package="keras_genae")
class TransformerPrior(keras.layers.Layer):
    """p(codes) = Π_t p(code_t | codes before, class): a causal transformer over a row of indices.

    The codes of an example come one after the other: a map row by row, those of one place behind
    each other, a coarse level before a fine one. A `CausalTransformer` tells how likely each is
    after those before it. It starts as the unigram, how often each code comes, and is trained until
    codes held out gain no more. So log p of codes is exact, and `sample` draws them one by one.

    How much of the codes it has understood is `nats_per_code`, −log p of a code held out in the
    mean, beside `unigram_nats_per_code`, which takes each code by itself.

    Its limits: it takes thousands of examples to learn from, and minutes; a sample takes a step for
    each code. What it draws is no sharper than what its codes are decoded to.

    Args:
        shape: of the codes of an example, such as `(height, width)`; or a list of shapes.
        size: values that a code takes, from 0; at most 65,536.
        codebooks: how many there are; of more than one, the last axis of a shape says which, or
            the place in the list.
        classes: of the examples, how many, or their names; `None` for no condition.
        width, depth, num_heads, dropout: of the `CausalTransformer`.

    Example:

    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> first = rng.integers(4, size=(200, 1))  # Codes that count up from the first.
    >>> prior = TransformerPrior(shape=(3,), size=4, width=16, depth=1, num_heads=2)
    >>> prior.fit((first + np.arange(3)) % 4, epochs=2)
    >>> prior.sample(5, rng, top_k=2).shape
    (5, 3)
    >>> prior.nats_per_code < prior.unigram_nats_per_code
    True

    References:
        van den Oord et al., "Neural Discrete Representation Learning", 2017, section 3.3 (a prior
        over codes, fitted afterwards);
        Esser et al., "Taming Transformers for High-Resolution Image Synthesis", 2021, section 3.2;
        Fan et al., "Hierarchical Neural Story Generation", 2018 (top-k).
    """

    # What `fit_prior` gives to the constructor, of what it is given.
    SIZES = ("width", "depth", "num_heads", "dropout")

    def __init__(
        self,
        shape,
        size,
        codebooks=1,
        classes=None,
        width=128,
        depth=4,
        num_heads=4,
        dropout=0.1,
        **kwargs,
    ):
        super().__init__(**{"dtype": "float32", "trainable": False, **kwargs})
        if size > MOST_CODES:
            raise ValueError(
                f"A transformer of codes has a logit for each, and takes {MOST_CODES} of them at "
                f"most: take a smaller codebook. Received: {size} codes"
            )
        self.sequence = CodeSequence(shape, size, codebooks)
        self.width, self.depth, self.num_heads, self.dropout = width, depth, num_heads, dropout
        self.condition = None if classes is None else Condition(classes, name="condition")
        self.network = self.make_network()
        self.nats = self.number("nats_per_code")
        self.unigram_nats = self.number("unigram_nats_per_code")
        self.trainable = False  # The network too.
        self.built = True

    def make_network(self, seed=None):
        """A new network."""
        return CausalTransformer(
            self.sequence.size,
            self.sequence.codebook_of,
            0 if self.condition is None else self.condition.size,
            self.width,
            self.depth,
            self.num_heads,
            self.dropout,
            seed,
            name="network",
            dtype=self.dtype_policy,
        )

    def number(self, name):
        """A number that is saved; not known at first."""
        return self.add_weight(name=name, shape=(), initializer=keras.initializers.Constant(np.nan))

    @property
    def nats_per_code(self):
        """−log p of a code held out from the fit, given those before it: the mean, a float."""
        return float(ops.convert_to_numpy(self.nats))

    @property
    def unigram_nats_per_code(self):
        """The same where nothing is known but how often each code of its codebook comes."""
        return float(ops.convert_to_numpy(self.unigram_nats))

    def fit(self, codes, labels=None, seed=0, epochs=EPOCHS, verbose=0):
        """Train until a tenth of the examples, held out, gains no more.

        Args:
            codes: int array `(examples, *shape)`, or a list of them.
            labels: the class of each example, where the prior has classes: numbers from 0, names or
                one-hot rows.
            seed: an int; the same data and seed give the same density.
            epochs: of 100 steps each, fewer where there are few codes; at most how many.
            verbose: 1 prints the nats per code after each epoch, 0 nothing; `"auto"` prints them
                on a terminal.

        Raises:
            ValueError: on fewer than two examples, codes of another shape, or classes that are
                missing or unknown.
        """
        epochs = check_whole("epochs", epochs)
        rows = self.sequence.rows_of(codes)
        if len(rows) < 2:
            raise ValueError(
                "A prior is fitted to the codes of at least two examples. "
                f"Received: {len(rows)} of them"
            )
        numbers = self.class_numbers(labels, len(rows))
        # Examples of the same codes are no copies here: what comes often is to be found likely.
        judges, rest = hold_out(np.arange(len(rows))[:, None], seed)
        judges = np.random.default_rng(seed).permutation(judges)[:JUDGES]
        log_frequency = log_frequencies(rows[rest], self.sequence)
        unigram = -np.mean(log_frequency[self.sequence.codebook_of, rows[judges]])

        def report(epoch, nats):
            if is_terminal() if verbose == "auto" else verbose:
                print(
                    f"Epoch {epoch}/{epochs} of the prior: {nats:.3f} nats per code held out, "
                    f"unigram {unigram:.3f}",
                    flush=True,
                )

        # A twin is trained, so that its noise starts at the seed.
        twin = self.make_network(seed)
        twin.start(seed, log_frequency)
        whole = np.concatenate([numbers[:, None], rows], axis=1)
        nats = fit_rows(twin, whole[rest], whole[judges], seed, epochs, report)
        self.network.set_weights(twin.get_weights())
        self.nats.assign(nats)
        self.unigram_nats.assign(unigram)
        if self.condition is not None:
            some = np.random.default_rng(seed).permutation(numbers)[:MEMORY]
            self.condition.seen_weight.assign(np.zeros(MEMORY))
            self.condition.update(self.condition(some), np.ones(len(some)))
        if nats > unigram:
            warnings.warn(
                "On codes held out, the transformer is no more likely than how often each code "
                "comes. More examples may show an order, or `epochs`. "
                f"Received: {len(rows)} examples, {nats:.3f} nats per code against {unigram:.3f}",
                stacklevel=3,
            )

    def sample(self, count, rng, temperature=1.0, top_k=None, label=None):
        """Draw codes, one after the other.

        Args:
            count: how many examples.
            rng: a `numpy.random.Generator`.
            temperature: logits are divided by it; at 0 each code is the likeliest.
            top_k: how many of the likeliest codes to draw each from; `None` for all.
            label: a class for all, or one each; by default they are drawn as often as they came.

        Returns:
            int32 `(count, *shape)`, or a list of arrays.
        """
        temperature = check_not_negative("temperature", temperature)
        top_k = top_k if top_k is None else check_whole("top_k", top_k)
        if self.condition is not None and label is None:
            label = self.condition.draw(count, rng)
        numbers = self.class_numbers(label, count)
        # By row of numbers of its own, so that it does not matter how many are drawn at once.
        u = rng.random((count, len(self.sequence.codebook_of)))
        rows = [np.zeros((0, u.shape[1]), "int32")]
        for start in range(0, count, SAMPLES_AT_ONCE):
            some = slice(start, start + SAMPLES_AT_ONCE)
            rows.append(self.drawn_rows(u[some], numbers[some], temperature, top_k))
        return self.sequence.codes_of(np.concatenate(rows))

    def drawn_rows(self, u, numbers, temperature, top_k):
        """Rows of codes by uniform numbers, both `(n, places)`."""
        rows, cache = np.zeros(u.shape, "int32"), self.network.empty_cache(len(u))
        for t in range(u.shape[1]):
            logits, cache = self.network.step(rows[:, t - 1], t, cache, numbers)
            rows[:, t] = draw(ops.convert_to_numpy(logits), u[:, t], temperature, top_k)
        return rows

    def log_prob(self, codes, label=None, batch_size=64, verbose=0):
        """log probability of codes, in nats: float32 `(n,)`.

        Args:
            codes: int array `(n, *shape)`, or a list of them.
            label: as in `sample`. Where a prior has classes and none is given, the probability is
                that of all of them together, as often as they came: a pass for each class.
            batch_size, verbose: as in `Autoencoder.encode`.
        """
        rows = self.sequence.rows_of(codes)

        def given(numbers):
            return in_batches(self.log_prob_of_rows, (rows, numbers), batch_size, verbose)

        if self.condition is None or label is not None:
            return given(self.class_numbers(label, len(rows)))
        # log Σ_c p(c) · p(codes | c)
        share = np.average(
            ops.convert_to_numpy(self.condition.seen),
            axis=0,
            weights=ops.convert_to_numpy(self.condition.seen_weight),
        )
        each = [
            np.log(share[c]) + given(np.full(len(rows), c, "int32")) for c in np.flatnonzero(share)
        ]
        return np.logaddexp.reduce(each, axis=0).astype("float32")

    def log_prob_of_rows(self, batch):
        """log p of rows of codes, given their classes: a tensor `(batch,)`."""
        rows, numbers = batch
        return ops.sum(log_prob_of(self.network(rows, numbers), rows), axis=-1)

    def class_numbers(self, label, count):
        """The class of each of `count` examples, int32; zeros where the prior has no classes."""
        if self.condition is not None:
            return self.condition.numbers(label, count)
        if label is not None:
            raise ValueError(
                "The prior was fitted without classes: give them to the fit, "
                f"`model.fit_prior(x, labels=y)`. Received: label={label!r}"
            )
        return np.zeros(count, "int32")

    def get_config(self):
        """The constructor's arguments."""
        sequence = self.sequence
        return {
            **super().get_config(),
            "shape": sequence.shape,
            "size": sequence.size,
            "codebooks": sequence.codebooks,
            "classes": None if self.condition is None else self.condition.get_config()["classes"],
            **{name: getattr(self, name) for name in self.SIZES},
        }


def log_frequencies(rows, sequence):
    """How often each code of each codebook comes, as logarithms `(codebooks, size)`.

    As if each had come half a time more: none is impossible.
    """
    counts = np.full((sequence.codebooks, sequence.size), 0.5)
    np.add.at(counts, (np.broadcast_to(sequence.codebook_of, rows.shape), rows), 1.0)
    return np.log(counts / counts.sum(axis=1, keepdims=True))
