"""Draws from the posteriors of many examples, decoded in groups that fit the memory."""

import concurrent.futures
import math

import numpy as np
from keras import ops

from keras_genae.batches import in_batches
from keras_genae.evaluation.compiled import compiled
from keras_genae.evaluation.likelihood.unknown_classes import over_classes
from keras_genae.networks.checks import check_whole
from keras_genae.noise import ExampleSeeds

# Entries of the data that are decoded at once: enough to keep matrix products busy, few enough for
# the memory of any machine.
DECODED_AT_ONCE = 2**21
# While one group is between two products, others have the cores: on two of them three groups took
# 5 % less than two, and four no less.
GROUPS_AT_ONCE = 3


def over_draws(model, of_draws, reduce, total, x, label, num_samples, batch_size, verbose, seed):
    """Draw z from the posteriors, decode in batches, and reduce over the draws of an example.

    Args:
        of_draws: function of (model, examples, draws) to `(examples, draws)`; the examples are
            `(x,)` or `(x, label)`, and `posterior_and_seeds` takes apart what it gets as
            `draws`.
        reduce: NumPy function of `(examples, draws)` to `(examples,)`.
        total: as in `over_classes`, of examples whose class is not known.
    """
    num_samples = check_whole("num_samples", num_samples)
    x = model.check_examples(x, label)
    stream = np.random.default_rng(seed).integers(2**31, dtype="int32")
    of_draws = compiled(model, of_draws)
    # All draws of a few examples, or a few draws of one.
    rows = max(1, DECODED_AT_ONCE // math.prod(model.input_shape))
    examples, draws = max(1, rows // num_samples), min(num_samples, rows)

    # The noise of a draw is that of its place among all draws of all examples, however the examples
    # are batched.
    seen = 0

    def groups(batch):
        nonlocal seen
        count = len(batch[0])
        parameters = model.encode_distribution(*batch, batch_size=count, verbose=0).parameters
        places = np.arange(num_samples) + num_samples * (seen + np.arange(count))[:, None]
        seen += count
        for i in range(0, count, examples):
            group = slice(i, i + examples)
            for start in range(0, num_samples, draws):
                numbers = places[group, start : start + draws].astype("int32")
                rows = tuple(part[group] for part in batch)
                yield rows, ([a[group] for a in parameters], numbers, stream)

    def of_batch(batch):
        batch = batch if isinstance(batch, tuple) else (batch,)
        batch = [_as_float(ops.convert_to_numpy(part)) for part in batch]
        parts = pool.map(lambda group: ops.convert_to_numpy(of_draws(*group)), groups(batch))
        # Either each part has all draws of its examples, or each example takes several parts.
        flat = np.concatenate([part.reshape(-1) for part in parts])
        return reduce(flat.reshape(len(batch[0]), num_samples))

    with concurrent.futures.ThreadPoolExecutor(GROUPS_AT_ONCE) as pool:
        return in_batches(over_classes(model, of_batch, total), x, batch_size, verbose)


def posterior_and_seeds(model, draws):
    """q(z|x) of a group of examples, repeated for each draw, and the seeds to draw from it with.

    Args:
        draws: what `over_draws` hands to its function.
    """
    parameters, places, stream = draws
    count = ops.shape(places)[1]
    posterior = model.posterior_of(*[ops.repeat(a, count, axis=0) for a in parameters])
    return posterior, ExampleSeeds(ops.reshape(places, (-1,)), stream)


def _as_float(array):
    # Double precision would make another graph, and none of the numbers better.
    return array.astype("float32") if array.dtype.kind == "f" else array
