import keras
import numpy as np
import pytest

from keras_genae.layers import UnitSpectralNorm


@pytest.mark.parametrize("shape", [(5, 3), (3, 5), (4, 1), (3, 3, 2, 6)])
def test_the_largest_singular_value_becomes_1(shape, rng):
    kernel = rng.normal(size=shape).astype("float32")
    limited = np.asarray(UnitSpectralNorm()(kernel))
    # Several singular values of random kernels are nearly as large, the hardest case.
    assert np.linalg.norm(limited.reshape(-1, shape[-1]), 2) == pytest.approx(1.0, abs=0.02)
    assert limited.shape == shape
    ratio = limited / kernel
    np.testing.assert_allclose(ratio, ratio.flat[0], rtol=1e-5)


def test_a_kernel_that_has_the_norm_stays(rng):
    left, right = (np.linalg.qr(rng.normal(size=(4, 4)))[0] for _ in range(2))
    kernel = (left @ np.diag([1.0, 0.5, 0.2, 0.0]) @ right).astype("float32")
    np.testing.assert_allclose(UnitSpectralNorm()(kernel), kernel, atol=1e-6)


def test_zeros_stay():
    assert not np.asarray(UnitSpectralNorm()(np.zeros((3, 2), "float32"))).any()


def test_the_optimizer_applies_it_after_a_step():
    model = keras.Sequential(
        [keras.Input((3,)), keras.layers.Dense(4, kernel_constraint=UnitSpectralNorm())]
    )
    model.compile(optimizer=keras.optimizers.SGD(0.1), loss="mse", run_eagerly=True)
    model.train_on_batch(np.ones((2, 3)), np.full((2, 4), 5.0))
    assert np.linalg.norm(model.layers[0].kernel, 2) == pytest.approx(1.0, abs=0.02)
    loaded = keras.models.model_from_json(model.to_json())
    assert isinstance(loaded.layers[0].kernel_constraint, UnitSpectralNorm)
