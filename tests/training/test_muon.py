"""Muon on kernels of convolutions, by way of Gram matrices."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_genae import ConvVAE
from keras_genae.training import default_optimizer
from keras_genae.training.muon import Muon

KerasMuon = keras.optimizers.Muon


@pytest.mark.parametrize("shape", [(6, 40), (40, 6), (7, 7), (1, 5)])
def test_its_direction_is_that_of_keras(shape):
    x = np.random.default_rng(0).normal(size=shape).astype("float32")
    ours, keras_own = (o(1e-3).zeropower_via_newtonschulz5(x, 5) for o in (Muon, KerasMuon))
    np.testing.assert_allclose(ours, keras_own, atol=1e-5)


@pytest.mark.parametrize("smallest", [1.0, 1e-2, 1e-5])
def test_singular_values_come_to_about_one_but_for_those_that_are_almost_none(smallest):
    rng = np.random.default_rng(0)
    left, right = (np.linalg.qr(rng.normal(size=(side, 8)))[0] for side in (30, 8))
    values = np.geomspace(smallest, 1.0, 8)
    x = ((left * values) @ right.T).astype("float32")
    found = Muon(1e-3).zeropower_via_newtonschulz5(x, 5)
    exact = KerasMuon(1e-3).zeropower_via_newtonschulz5(x, 5)
    np.testing.assert_allclose(found, exact, atol=2e-3)
    stretched = np.linalg.svd(found, compute_uv=False)
    large = np.sort(values)[::-1] / np.linalg.norm(values) > 5e-3
    assert np.all((stretched[large] > 0.6) & (stretched[large] < 1.3))
    assert np.all(np.isfinite(stretched))


def test_a_kernel_is_a_matrix_to_its_outputs():
    kernel = np.random.default_rng(0).normal(size=(3, 3, 4, 5)).astype("float32")
    found = Muon(1e-3).zeropower_via_newtonschulz5(kernel, 5)
    as_matrix = KerasMuon(1e-3).zeropower_via_newtonschulz5(kernel.reshape(36, 5), 5)
    assert found.shape == kernel.shape
    np.testing.assert_allclose(ops.reshape(found, (36, 5)), as_matrix, atol=1e-5)


@pytest.mark.parametrize("rms_rate", [0.2, None])
def test_the_first_step_of_a_kernel_is_that_of_its_matrix(rms_rate):
    gradient = np.random.default_rng(0).normal(size=(2, 2, 3, 4)).astype("float32")
    kernel, matrix = (
        keras.Variable(np.zeros(shape, "float32")) for shape in ((2, 2, 3, 4), (12, 4))
    )
    options = {"learning_rate": 0.1, "weight_decay": None, "adam_weight_decay": None}
    options["rms_rate"] = rms_rate
    Muon(**options).apply([ops.convert_to_tensor(gradient)], [kernel])
    KerasMuon(**options).apply([ops.convert_to_tensor(gradient.reshape(12, 4))], [matrix])
    np.testing.assert_allclose(ops.reshape(kernel, (12, 4)), matrix, atol=1e-6)
    assert np.any(np.abs(np.array(matrix)) > 1e-3)


def test_a_gradient_of_zeros_moves_nothing():
    kernel = keras.Variable(np.ones((3, 3, 2, 2), "float32"))
    Muon(0.1, weight_decay=None).apply([ops.zeros((3, 3, 2, 2))], [kernel])
    np.testing.assert_array_equal(kernel, 1.0)


def test_the_default_moves_kernels_by_muon_and_the_rest_by_adam():
    model = ConvVAE((16, 16, 1), latent_dim=2, widths=(4, 8), seed=0)
    optimizer = default_optimizer(model)
    optimizer.build(model.trainable_variables)
    by_adam = {
        variable.path
        for variable, velocity in zip(
            model.trainable_variables, optimizer.adam_velocities, strict=True
        )
        if velocity is not None
    }
    assert by_adam == {v.path for v in model.trainable_variables if len(v.shape) < 2}


def test_it_is_saved_with_the_model(tmp_path):
    x = np.random.default_rng(0).random((8, 8, 8, 1)).astype("float32")
    model = ConvVAE((8, 8, 1), latent_dim=2, widths=(4,), seed=0)
    model.compile()
    model.fit(x, batch_size=4, epochs=1, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert type(loaded.optimizer) is Muon
    for own, other in zip(model.optimizer.variables, loaded.optimizer.variables, strict=True):
        np.testing.assert_array_equal(own, other)
