import numpy as np
import pytest

from keras_genae.layers.gradient_balance import GradientBalance


def test_the_ratio_is_that_of_the_norms(rng):
    first, second = 5.0 * rng.normal(size=(3, 3, 4, 2)), rng.normal(size=(3, 3, 4, 2))
    balance = GradientBalance()
    balance.follow(first, second, count=0.0)
    assert float(balance.ratio) == 0.0
    balance.follow(first, second)
    expected = np.linalg.norm(first) / np.linalg.norm(second)
    assert float(balance.ratio) == pytest.approx(expected, rel=1e-5)
    # Another batch counts a tenth.
    balance.follow(2.0 * first, second)
    grown = np.sqrt((0.9 * 0.1 + 4.0 * 0.1) / (0.9 * 0.1 + 0.1))
    assert float(balance.ratio) == pytest.approx(expected * grown, rel=1e-5)


def test_no_gradients_are_no_division_by_zero():
    balance = GradientBalance()
    balance.follow(np.zeros((2, 3)), np.zeros((2, 3)))
    assert float(balance.ratio) == 0.0
