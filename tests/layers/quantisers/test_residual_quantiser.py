import itertools

import keras
import numpy as np
import pytest

from keras_genae.layers.noise_source import NoiseSource
from keras_genae.layers.quantisers import ResidualQuantiser, VectorQuantiser

ONES = np.ones(6, "float32")


def vectors(rng):
    return rng.normal(size=(6, 20, 3)).astype("float32")


@pytest.mark.parametrize("options", [{}, {"is_trained": True}, {"restarts": False}])
def test_of_depth_1_it_is_a_vector_quantiser(rng, options):
    plain, residual = VectorQuantiser(5, 3, **options), ResidualQuantiser(1, 5, 3, **options)
    residual.codebooks[0].embeddings.assign(plain.embeddings)
    noises = NoiseSource(0), NoiseSource(0)
    for _ in range(3):
        h = vectors(rng)
        a, b = plain.quantise(h), residual.quantise(h)
        np.testing.assert_array_equal(a.indices, b.indices[..., 0])
        np.testing.assert_array_equal(a.z, b.z)
        np.testing.assert_array_equal(a.quantised, b.quantised[..., 0, :])
        plain.follow(a, ONES, noises[0])
        residual.follow(b, ONES, noises[1])
        for value, other in zip(plain.get_weights(), residual.get_weights(), strict=True):
            np.testing.assert_array_equal(value, other)


def test_each_level_takes_of_what_those_before_it_left(rng):
    layer, h = ResidualQuantiser(3, 5, 3), vectors(rng)
    code, left, total = layer.quantise(h), np.float64(h), 0.0
    for k, codebook in enumerate(layer.codebooks):
        table = np.float64(codebook.embeddings)
        index = ((left[..., None, :] - table) ** 2).sum(-1).argmin(-1)
        np.testing.assert_array_equal(code.indices[..., k], index)
        np.testing.assert_allclose(code.encoded[..., k, :], left, atol=1e-5)
        left, total = left - table[index], total + table[index]
    np.testing.assert_allclose(code.z, total, atol=1e-5)
    np.testing.assert_allclose(layer.codes_of(code.indices), code.z, atol=1e-6)


def test_the_error_falls_with_each_level(rng):
    keras.utils.set_random_seed(0)
    layer, h, noise = ResidualQuantiser(4, 8, 3), vectors(rng), NoiseSource(0)
    for _ in range(5):
        layer.follow(layer.quantise(h), ONES, noise)
    indices = layer.quantise(h).indices
    errors = [
        float(np.mean((h - layer.codes_of(indices[..., :depth])) ** 2)) for depth in (1, 2, 3, 4)
    ]
    assert all(b < 0.6 * a for a, b in itertools.pairwise(errors)), errors
