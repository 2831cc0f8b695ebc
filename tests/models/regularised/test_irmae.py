import keras
import numpy as np
import pytest
from regularised import by_one_step, is_the_autoencoder
from zoo import build, examples

from keras_genae import IRMAE, Autoencoder

X = examples((16,), 64)


def test_without_matrices_it_is_the_autoencoder():
    is_the_autoencoder("IRMAE", linear_layers=0)


def test_its_matrices_are_one_matrix():
    model = build("IRMAE", linear_layers=3)
    inner = keras.Model(model.encoder.input, model.encoder.get_layer("z").output)
    kernels = [model.encoder.get_layer(f"linear_{i}").get_weights() for i in (1, 2, 3)]
    assert [len(weights) for weights in kernels] == [1, 1, 1]
    product = np.linalg.multi_dot([weights[0] for weights in kernels])
    np.testing.assert_allclose(model.encode(X), inner(X) @ product, atol=1e-6)


@pytest.mark.parametrize("change", ["quantised", "a layer frozen"])
def test_a_changed_matrix_loads_as_it_was_saved(change, tmp_path):
    model = build("IRMAE")
    layer = model.encoder.get_layer("linear_1")
    if change == "quantised":
        layer.quantize("int8")
    else:
        layer.trainable = False
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert loaded.linear_layers == 2
    assert [v.shape for v in loaded.trainable_variables] == [
        v.shape for v in model.trainable_variables
    ]
    np.testing.assert_array_equal(loaded.encode(X), model.encode(X))


def test_the_rank_is_that_of_the_covariance_of_the_codes():
    model = build("IRMAE", latent_dim=5)
    codes = np.float64(model.encode(X))
    eigenvalues = np.linalg.eigvalsh(np.cov(codes.T))[::-1]
    np.testing.assert_allclose(model.singular_values(X), eigenvalues, rtol=1e-4, atol=1e-9)
    for threshold in (0.9, 0.1, 1e-3):
        expected = np.sum(eigenvalues > threshold * eigenvalues[0])
        assert model.rank(X, threshold) == expected
    # A matrix of rank 2 behind leaves two dimensions; equal examples leave none.
    kernel = model.encoder.get_layer("linear_2").kernel
    kernel.assign(np.diag([1.0, 1.0, 0.0, 0.0, 0.0]))
    assert model.rank(X, 1e-6) == 2
    assert model.rank(np.repeat(X[:1], 8, axis=0)) == 0
    assert model.singular_values(X[:3]).shape == (5,)
    with pytest.raises(ValueError, match="at least two examples"):
        model.rank(X[:1])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("optimizer", "is_fewer"),
    [
        (lambda: None, True),
        (lambda: keras.optimizers.Adam(3e-3), True),
        (lambda: keras.optimizers.Muon(3e-3), False),
    ],
    ids=["default", "Adam", "Muon"],
)
def test_it_finds_fewer_dimensions_than_an_autoencoder(optimizer, is_fewer):
    # Points on a plane, codes of eight entries; a plain autoencoder spreads over more of them.
    x = examples((16,), 256)
    options = {"latent_dim": 8, "widths": (32,), "seed": 0}
    outside = []
    for model in (Autoencoder((16,), **options), IRMAE((16,), linear_layers=4, **options)):
        model.compile(optimizer=optimizer())
        model.fit(np.tile(x, (6, 1)), batch_size=16, epochs=5, verbose=0)
        eigenvalues = np.linalg.eigvalsh(np.cov(np.float64(model.encode(x)).T))[::-1]
        # The share of the variance outside the two largest.
        outside.append(eigenvalues[2:].sum() / eigenvalues.sum())
    # Of six seeds at most a twentieth as much, with Keras's Muon a quarter at least.
    assert (outside[1] < 0.1 * outside[0]) == is_fewer


def test_every_argument_changes_the_loss():
    losses = [by_one_step("IRMAE", linear_layers=count) for count in (0, 1, 2)]
    assert len(set(losses)) == 3


def test_a_number_of_matrices_that_is_none_is_refused():
    with pytest.raises(ValueError, match="`linear_layers` must be a whole number of at least 0"):
        IRMAE((16,), 3, linear_layers=-1)
