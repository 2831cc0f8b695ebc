"""Every model computes on this backend what it computes on TensorFlow."""

import numpy as np
import pytest
from computed import computed
from processes import run_python
from zoo import CONFIGS

# Sums of a few hundred float32 numbers, in another order, through a few layers.
ROUNDING = 2e-5


@pytest.fixture(scope="session")
def on_tensorflow(tmp_path_factory):
    """Name of a model → what it computes there, and its weights."""
    path = tmp_path_factory.mktemp("tensorflow") / "computed.npz"
    run_python(f"import computed; computed.main({str(path)!r})", backend="tensorflow")
    found = {name: ({}, []) for name in CONFIGS}
    with np.load(path) as arrays:
        for key, value in arrays.items():
            name, what, *index = key.split("/")
            if index:
                found[name][1].append(value)
            else:
                found[name][0][what] = value
    return found


@pytest.mark.parametrize("name", CONFIGS)
def test_a_model_computes_what_it_computes_on_tensorflow(name, on_tensorflow):
    expected, weights = on_tensorflow[name]
    numbers, _ = computed(name, weights)
    assert list(numbers) == list(expected)
    for what, value in numbers.items():
        assert value.dtype == expected[what].dtype and np.isfinite(value).all(), what
        size = np.abs(expected[what]).max() + 1e-12
        np.testing.assert_allclose(value / size, expected[what] / size, atol=ROUNDING, err_msg=what)
