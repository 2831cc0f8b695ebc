"""What the models of the zoo compute from given weights, data and draws: the same on any backend.

`python computed.py FILE` writes the numbers of the whole zoo, and the weights they were computed
from, on the backend that KERAS_BACKEND names.
"""

import sys
from unittest import mock

import keras
import numpy as np
import zoo
from keras import ops

from keras_genae.priors import (
    FlowMatchingPrior,
    FlowPrior,
    MAFPrior,
    MapFlowMatchingPrior,
    TransformerPrior,
)

EXAMPLES = 12


def computed(name, weights=None):
    """Numbers of a model of `CONFIGS`.

    Args:
        name: of the model.
        weights: as of `get_weights`; by default those it is made with, and a little more, so that
            nothing is 0 that training would have moved.

    Returns:
        (what → NumPy array, the weights).
    """
    model = zoo.build(name)
    if weights is None:
        rng = np.random.default_rng(0)
        for weight in model.trainable_weights:
            weight.assign_add(rng.normal(0.0, 0.1, weight.shape))
        weights = model.get_weights()
    model.set_weights(weights)
    x, y, side_information = data_of(model, EXAMPLES)
    z = zoo.codes(model, EXAMPLES)
    codes = keras.tree.flatten(model.encode(x, **side_information, verbose=0))
    numbers = {
        **{f"encode {i}": code for i, code in enumerate(codes)},
        "decode": model.decode(z, **side_information, verbose=0),
        "reconstruct": model.reconstruct(x, **side_information, verbose=0),
    }
    # No density over vectors is one over indices, or over rows of tokens.
    has_density = model.prior is not None or len(model.latent_shape) == 1
    if has_density and not hasattr(model, "codebook_size"):
        if model.prior is None:
            model.fit_prior(x, **side_information, verbose=0)
        numbers["sample"] = model.sample(EXAMPLES, **side_information, seed=0, verbose=0)
    # Training last: it moves what has its optimum in closed form.
    for training in (False, True):
        with draws_from_numpy():
            terms = model.loss_terms(model.unpack((x, y)), training)
        when = "training" if training else "evaluation"
        for term, value in {**terms, "weighted sum": model.weighted_sum(terms)}.items():
            numbers[f"{term} in {when}"] = ops.convert_to_numpy(value)
    return numbers, weights


def trained(name, weights):
    """What two steps of training from given weights make of a model: what → NumPy array."""
    model = zoo.build(name)
    model.set_weights(weights)
    # In proportion to the gradients: Adam would blow up those that are nothing but rounding.
    model.compile(keras.optimizers.SGD(1e-3))
    x, y, _ = data_of(model, EXAMPLES)
    numbers = {}
    for step in (1, 2):
        # The same draws in each step, as TensorFlow and JAX trace them once.
        with draws_from_numpy():
            logs = model.train_on_batch(x, y, return_dict=True)
            numbers |= {f"{what} of step {step}": np.array(value) for what, value in logs.items()}
    # Of training and evaluation together: what is logged is an average.
    logs = model.test_on_batch(x, y, return_dict=True)
    numbers |= {f"{what} in evaluation": np.array(value) for what, value in logs.items()}
    return numbers | {f"{i} {v.name}": ops.convert_to_numpy(v) for i, v in enumerate(model.weights)}


def computed_of_priors():
    """Densities and draws of flows whose weights come from NumPy: what → list of numbers."""
    numbers = {}
    for prior in (FlowPrior(3, width=8), MAFPrior(3, width=8), FlowMatchingPrior(3, width=8)):
        rng = np.random.default_rng(0)
        for weight in prior.weights:
            if weight.name in ("kernel", "bias"):
                weight.assign(rng.normal(0.0, 0.2, weight.shape))
        kind, z = type(prior).__name__, rng.normal(size=(5, 3))
        numbers[f"density of {kind}"] = prior.log_prob(z).tolist()
        numbers[f"draws from {kind}"] = prior.sample(5, rng).tolist()
    # Maps, by class and with guidance.
    prior = MapFlowMatchingPrior((3, 2, 2), widths=(4, 4), steps=2, classes=2)
    rng = np.random.default_rng(0)
    for weight in prior.field.weights:
        weight.assign(rng.normal(0.0, 0.2, weight.shape))
    draws = prior.sample(4, rng, label=[0, 1, 1, 0], guidance=2.0)
    return {**numbers, "draws of maps": draws.tolist(), **computed_of_codes()}


def computed_of_codes():
    """The same of a density over codes, of two codebooks and two classes."""
    prior = TransformerPrior((3, 2), 5, codebooks=2, classes=2, width=8, depth=2, num_heads=2)
    rng = np.random.default_rng(0)
    network = prior.network
    network.set_weights([rng.normal(0.0, 0.3, weight.shape) for weight in network.weights])
    codes = rng.integers(5, size=(5, 3, 2))
    return {
        "density of codes": prior.log_prob(codes, label=[0, 1, 0, 1, 1]).tolist(),
        "draws of codes": prior.sample(9, rng, top_k=4, label=1).tolist(),
    }


def data_of(model, count):
    """Examples, their labels or `None`, and how a method takes these."""
    x = zoo.examples(model.input_shape, count)
    y = zoo.labels(model, count) if hasattr(zoo, "labels") else None
    return x, y, {} if y is None else {"label": y}


def draws_from_numpy():
    """Context in which `keras.random` draws what NumPy draws: each backend has its own generator.

    What is drawn outside training needs none of this: `ExampleSeeds` are the same everywhere.
    """
    rng = np.random.default_rng(0)

    def normal(shape, mean=0.0, stddev=1.0, dtype=None, seed=None):
        return ops.convert_to_tensor(rng.normal(mean, stddev, shape), dtype or "float32")

    def uniform(shape, minval=0.0, maxval=1.0, dtype=None, seed=None):
        return ops.convert_to_tensor(rng.uniform(minval, maxval, shape), dtype or "float32")

    return mock.patch.multiple(keras.random, normal=normal, uniform=uniform)


def main(path):
    """Write what all models compute."""
    arrays = {}
    for name in zoo.CONFIGS:
        numbers, weights = computed(name)
        arrays |= {f"{name}/{what}": value for what, value in numbers.items()}
        arrays |= {f"{name}/weights/{i}": weight for i, weight in enumerate(weights)}
        arrays |= {
            f"{name}/trained/{what}": value for what, value in trained(name, weights).items()
        }
    np.savez(path, **arrays)


if __name__ == "__main__":
    main(sys.argv[1])
