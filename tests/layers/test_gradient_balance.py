import numpy as np
import pytest

from keras_genae.layers.gradient_balance import GradientBalance


def test_the_ratio_is_that_of_the_norms(rng):
    first, second = 5.0 * rng.normal(size=(6, 4, 3)), rng.normal(size=(6, 4, 3))
    weight = np.array([1.0, 0.0, 2.0, 0.5, 1.0, 1.0])
    balance = GradientBalance()
    assert float(balance.ratio) == 0.0
    balance.follow(first, second, weight)
    root = np.sqrt(weight)[:, None, None]
    expected = np.linalg.norm(root * first) / np.linalg.norm(root * second)
    assert float(balance.ratio) == pytest.approx(expected, rel=1e-5)
    # Another batch counts a tenth.
    balance.follow(2.0 * first, second, weight)
    grown = np.sqrt((0.9 * 0.1 + 4.0 * 0.1) / (0.9 * 0.1 + 0.1))
    assert float(balance.ratio) == pytest.approx(expected * grown, rel=1e-5)


def test_no_gradients_and_no_weights_are_no_division_by_zero():
    balance = GradientBalance()
    balance.follow(np.ones((2, 3)), np.ones((2, 3)), np.zeros(2))
    assert float(balance.ratio) == 0.0
    balance.follow(np.zeros((2, 3)), np.zeros((2, 3)), np.ones(2))
    assert float(balance.ratio) == 0.0
