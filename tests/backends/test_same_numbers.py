"""Every model computes on this backend what it computes on TensorFlow."""

import numpy as np
import pytest
from computed import computed
from zoo import CONFIGS

# Sums of a few hundred float32 numbers, in another order, through a few layers.
ROUNDING = 2e-5


@pytest.mark.parametrize("name", CONFIGS)
def test_a_model_computes_what_it_computes_on_tensorflow(name, on_tensorflow):
    expected, weights = on_tensorflow[name]
    expected = {what: v for what, v in expected.items() if not what.startswith("trained/")}
    numbers, _ = computed(name, weights)
    assert list(numbers) == list(expected)
    for what, value in numbers.items():
        assert value.dtype == expected[what].dtype and np.isfinite(value).all(), what
        size = np.abs(expected[what]).max() + 1e-12
        np.testing.assert_allclose(value / size, expected[what] / size, atol=ROUNDING, err_msg=what)
