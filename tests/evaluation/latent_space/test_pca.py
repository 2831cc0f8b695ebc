import numpy as np
import pytest

from keras_genae.evaluation.latent_space.pca import pca_codes, pca_reconstruction_mse


@pytest.fixture
def x(rng):
    return rng.normal(size=(200, 2, 3)) @ rng.normal(size=(3, 3)) + 5.0


def by_hand(train, test, dim):
    """Codes and squared error by the singular vectors of the centred training set."""
    train, test = train.reshape(len(train), -1), test.reshape(len(test), -1)
    axes = np.linalg.svd(train - train.mean(0), full_matrices=False)[2][:dim]
    codes = (test - train.mean(0)) @ axes.T
    return codes, np.mean(np.square(codes @ axes + train.mean(0) - test))


@pytest.mark.parametrize("dim", [1, 3, 6])
def test_they_are_the_singular_vectors(x, dim):
    codes, error = by_hand(x[:150], x[150:], dim)
    found = pca_codes(x[:150], x[150:], dim)
    assert found.dtype == "float32"
    np.testing.assert_allclose(np.abs(found), np.abs(codes), atol=2e-3)
    mse = pca_reconstruction_mse(x[:150], x[150:], dim)
    assert mse == pytest.approx(error, rel=1e-4, abs=1e-9)


def test_of_the_training_set_the_error_is_the_variance_left(x):
    flat = x.reshape(200, -1)
    variances = np.sort(np.linalg.eigvalsh(np.cov(flat.T, bias=True)))
    assert pca_reconstruction_mse(x, x, 2) == pytest.approx(variances[:-2].sum() / 6, rel=1e-4)


def test_bytes_are_grey_levels_from_0_to_1(rng):
    x = rng.integers(0, 256, (50, 4, 4, 1), dtype="uint8")
    floats = x / np.float32(255)
    assert pca_reconstruction_mse(x, x, 3) == pytest.approx(
        pca_reconstruction_mse(floats, floats, 3)
    )
    np.testing.assert_allclose(pca_codes(x, x, 3), pca_codes(floats, floats, 3), atol=1e-5)


@pytest.mark.parametrize(
    ("train", "dim", "message"),
    [
        (np.ones((5, 6)), 6, "must not exceed.*dim=6, 5 examples of 6 features"),
        (np.ones((5, 3)), 2, "examples of one shape"),
        (np.full((9, 6), np.nan), 2, "`x_train` holds numbers that are not finite"),
        (np.ones(6), 2, r"`x_train` must be an array of examples.*\(6,\)"),
        (np.ones((9, 6)), 0, "`dim` must be a whole number of at least 1"),
    ],
)
def test_mistakes_are_named(train, dim, message):
    with pytest.raises(ValueError, match=message):
        pca_codes(train, np.ones((4, 6)), dim)
