"""No number depends on how the examples are batched, and each comes out the same again."""

import numpy as np
import pytest

import keras_genae as genae
from keras_genae import evaluation


def labelled(model, x, batch_size):
    return evaluation.fit_directions(model, x, {"a": x[:, 0] > 0.0}, batch_size=batch_size).vectors


def shift(model, x, batch_size):
    found = evaluation.domain_shift(model, x[:40], x[40:], permutations=99, batch_size=batch_size)
    return [found.p_value, found.statistic, found.outlier_share, found.distortion.sum()]


def quality(model, x, batch_size):
    found = evaluation.latent_space_quality(model, x[:40], x[40:], batch_size=batch_size)
    return list(found.values())


MEASURES = {
    "domain_shift": shift,
    "fit_directions": labelled,
    "latent_space_quality": quality,
    **{
        name: getattr(evaluation, name)
        for name in (
            *("active_units", "distortion", "elbo", "kl_per_unit", "log_likelihood"),
            *("mutual_information", "rate", "rate_distortion", "reconstruction_mse"),
        )
    },
}


@pytest.fixture(scope="module")
def model():
    return genae.VAE((6,), latent_dim=3, widths=(8,), seed=0)


@pytest.mark.parametrize("name", MEASURES)
def test_numbers_do_not_depend_on_the_batches(model, name):
    x = np.random.default_rng(0).normal(size=(90, 6)).astype("float32")
    whole, again, *others = (
        np.asarray(MEASURES[name](model, x, batch_size=size)) for size in (90, 90, 1, 7)
    )
    np.testing.assert_array_equal(whole, again)
    for other in others:
        np.testing.assert_allclose(other, whole, rtol=1e-4, atol=1e-5)
