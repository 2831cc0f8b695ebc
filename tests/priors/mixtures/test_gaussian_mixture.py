import numpy as np
import pytest
import scipy.stats
from sklearn.mixture import GaussianMixture

from keras_genae.priors import GaussianMixturePrior

# Where a normal distribution of few codes is no worse: see test_shaped.py.
pytestmark = pytest.mark.filterwarnings("ignore:On codes held out")

CENTERS = np.array([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0]])


def clusters(rng, count=200):
    return rng.normal(size=(3 * count, 2)) + np.repeat(CENTERS, count, axis=0)


def fitted(*data, **options):
    prior = GaussianMixturePrior(2)
    prior.fit(*data, **options)
    return prior


def test_bic_finds_three_clusters(rng):
    prior = fitted(clusters(rng))
    assert prior.components == 3
    means = prior.means.numpy()
    distances = np.linalg.norm(means[:, None] - CENTERS, axis=-1)
    assert sorted(distances.argmin(0)) == [0, 1, 2] and distances.min(0).max() < 0.5
    np.testing.assert_allclose(prior.shares, 1 / 3, atol=1e-3)


def test_bic_finds_one_where_there_is_one(rng):
    codes = rng.normal(size=(500, 2)) @ [[1.0, 0.9], [0.0, 0.3]]
    prior = fitted(codes)
    assert prior.components == 1
    cholesky = prior.spread[0].numpy()
    # A component is no narrower than a hundredth of the spread, which is added.
    np.testing.assert_allclose(cholesky @ cholesky.T, np.cov(codes.T, ddof=0), rtol=1e-2)


def test_its_density_is_that_of_scikit_learn(rng):
    codes = clusters(rng)
    prior = fitted(codes, components=3)
    reference = GaussianMixture(3, random_state=0).fit(codes)
    reference.weights_ = prior.shares.numpy().astype("float64")
    reference.means_ = prior.means.numpy().astype("float64")
    factors = np.linalg.inv(prior.spread.numpy().astype("float64"))
    reference.precisions_cholesky_ = np.swapaxes(factors, 1, 2)
    np.testing.assert_allclose(prior.log_prob(codes), reference.score_samples(codes), rtol=1e-5)
    # And EM found the same mixture as on codes that were not whitened.
    own = GaussianMixture(3, random_state=0).fit(codes)
    np.testing.assert_allclose(prior.log_prob(codes).mean(), own.score(codes), atol=0.01)


def test_scale_and_shift_of_the_codes_change_nothing_but_themselves(rng):
    codes = clusters(rng)
    plain, moved = fitted(codes), fitted(codes * [1e3, 1e-3] + 5.0)
    assert moved.components == plain.components
    expected = plain.log_prob(codes)  # The product of both scales is 1.
    np.testing.assert_allclose(moved.log_prob(codes * [1e3, 1e-3] + 5.0), expected, atol=0.05)


def test_posterior_variances_widen_it(rng):
    codes = clusters(rng, 1000)
    # Seed 0 would draw from the posteriors the very noise that the codes are made of.
    prior = fitted(codes, np.full_like(codes, 3.0), components=3, seed=1)
    covariances = prior.spread.numpy() @ np.swapaxes(prior.spread.numpy(), 1, 2)
    np.testing.assert_allclose(covariances, np.tile(4 * np.eye(2), (3, 1, 1)), atol=0.6)


def test_components_do_not_collapse_onto_few_codes(rng):
    # Two scales in 30 units: a full covariance for each would have 930 numbers, from 60 codes.
    scales = np.repeat([1.0, 0.1], 60)[:, None]
    codes, more = (scales * rng.normal(size=(120, 30)) for _ in range(2))
    prior = GaussianMixturePrior(30)
    prior.fit(codes)
    moments = scipy.stats.multivariate_normal(codes.mean(axis=0), np.cov(codes.T))
    assert 1 < prior.components <= 4
    assert prior.log_prob(more).mean() > moments.logpdf(more).mean() + 5.0
    assert prior.log_prob_of_shape(more).mean() > moments.logpdf(more).mean() + 5.0


@pytest.mark.slow
def test_it_can_be_fitted_anew_with_another_number(rng):
    prior = fitted(clusters(rng), components=3)
    count = len(prior.weights)
    prior.fit(clusters(rng), components=5)
    assert prior.components == 5 and len(prior.weights) == count
    assert prior.sample(10, rng).shape == (10, 2)


@pytest.mark.parametrize(
    ("components", "named"),
    [(0, "whole number of at least 1"), (1.5, "whole number"), (11, "components=11, 10 examples")],
)
def test_numbers_of_components_it_cannot_have_are_named(components, named, rng):
    with pytest.raises(ValueError, match=named):
        fitted(rng.normal(size=(10, 2)), components=components)
