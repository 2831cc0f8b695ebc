import itertools

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import entropy

from keras_genae.layers.quantisers import BinaryQuantiser, entropy_gap


@pytest.mark.parametrize("bits", [1, 2, 5])
@pytest.mark.parametrize("scale", [0.5, 30.0])
def test_it_is_what_enumeration_gives(rng, bits, scale):
    logits = rng.normal(0, scale, (40, bits)).astype("float32")
    weight = rng.random(40).astype("float32")
    weight[:3] = 0.0
    patterns = np.array(list(itertools.product([0, 1], repeat=bits)))
    p = expit(np.float64(logits))[:, None, :]
    q = np.prod(np.where(patterns, p, 1 - p), axis=-1)  # (n, 2^bits)
    mean = np.average(q, axis=0, weights=weight)
    gap = np.array(entropy_gap(logits, weight))
    # −KL(q ‖ mean) of each.
    used = weight > 0
    np.testing.assert_allclose(gap[used], -entropy(q[used], mean, axis=1), rtol=1e-3, atol=1e-4)
    total = np.average(entropy(q, axis=1), weights=weight) - entropy(mean)
    assert np.average(gap, weights=weight) == pytest.approx(total, rel=1e-4, abs=1e-5)


def test_it_is_bounded_by_the_bits_and_reaches_them():
    corners = 50.0 * (2.0 * np.array(list(itertools.product([0, 1], repeat=4))) - 1.0)
    gap = entropy_gap(corners.astype("float32"), np.ones(16, "float32"))
    np.testing.assert_allclose(gap, -4.0 * np.log(2.0), rtol=1e-5)
    same = entropy_gap(np.ones((5, 4), "float32"), np.ones(5, "float32"))
    np.testing.assert_allclose(same, 0.0, atol=1e-5)
    nothing = entropy_gap(np.ones((5, 4), "float32"), np.zeros(5, "float32"))
    assert np.isfinite(nothing).all()


@pytest.mark.parametrize("is_spherical", [False, True])
def test_bits_are_signs_and_the_code_the_nearest_corner(rng, is_spherical):
    layer = BinaryQuantiser(5, is_spherical)
    h = rng.normal(size=(3, 7, 5)).astype("float32")
    code = layer.quantise(h)
    corners = np.array(layer.codes_of(np.arange(32, dtype="int32")))
    assert len(np.unique(corners, axis=0)) == 32
    on = h / np.linalg.norm(h, axis=-1, keepdims=True) if is_spherical else h
    np.testing.assert_allclose(code.encoded, on, rtol=1e-5)
    by_hand = ((on[..., None, :] - corners) ** 2).sum(-1).argmin(-1)
    np.testing.assert_array_equal(code.indices, by_hand)
    np.testing.assert_array_equal(code.z, corners[by_hand])
    length = 1.0 if is_spherical else 5.0**0.5
    np.testing.assert_allclose(np.linalg.norm(corners, axis=-1), length, rtol=1e-5)
    assert np.isfinite(layer.quantise(np.zeros((1, 1, 5), "float32")).z).all()
