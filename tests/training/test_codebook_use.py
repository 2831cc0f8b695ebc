import numpy as np
import pytest
from scipy.stats import entropy

from keras_genae.training.codebook_use import CodebookUse


def numbers(metric):
    return {name: float(value) for name, value in metric.result().items()}


def test_usage_and_perplexity_of_all_batches_together(rng):
    metric, counts = CodebookUse(9), np.zeros(9)
    for _ in range(2):
        indices, weight = rng.integers(6, size=(5, 2, 3)), rng.random(5).astype("float32")
        weight[0] = 0.0
        metric.update_state([indices.astype("int32")], weight)
        counts += np.bincount(indices.ravel(), np.repeat(weight, 6), minlength=9)
    expected = {"codebook_usage": np.mean(counts > 0), "perplexity": np.exp(entropy(counts))}
    assert numbers(metric) == pytest.approx(expected, rel=1e-5)
    metric.reset_state()
    assert numbers(metric) == {"codebook_usage": 0.0, "perplexity": 1.0}


def test_several_codebooks_are_counted_apart():
    metric = CodebookUse(4, codebooks=2)
    metric.update_state([np.int32([[0, 0]]), np.int32([[1, 2, 3]])], np.ones(1, "float32"))
    expected = {"codebook_usage": (1 / 4 + 3 / 4) / 2, "perplexity": (1 + 3) / 2}
    assert numbers(metric) == pytest.approx(expected, rel=1e-5)
