import numpy as np
import pytest
import scipy.stats

from keras_genae.priors import VampMixturePrior
from keras_genae.priors.mixtures.vamp_mixture import best_bandwidth, squared_distances

# Where a normal distribution of few codes is no worse: see test_shaped.py.
pytestmark = pytest.mark.filterwarnings("ignore:On codes held out")


def fitted(*data, latent_dim=2, **options):
    prior = VampMixturePrior(latent_dim)
    prior.fit(*data, **options)
    return prior


@pytest.mark.slow
def test_with_all_examples_it_is_the_aggregated_posterior(rng):
    mean, variance = rng.normal(size=(40, 2)), rng.uniform(0.1, 0.5, (40, 2))
    prior = fitted(mean, variance)
    assert prior.components == 40
    z = rng.normal(size=(20, 2))
    each = scipy.stats.norm.logpdf(z[:, None], mean, np.sqrt(variance)).sum(-1)
    expected = scipy.special.logsumexp(each, axis=1) - np.log(40)
    np.testing.assert_allclose(prior.log_prob_of_shape(z), expected, rtol=1e-4)


def test_components_are_posteriors_of_examples_with_the_share_they_stand_for(rng):
    centers = np.array([[0.0, 0.0], [50.0, 0.0], [0.0, 50.0]])
    which = np.repeat([0, 1, 2], [100, 200, 700])
    mean = rng.normal(size=(1000, 2)) + centers[which]
    variance = rng.uniform(0.1, 0.5, mean.shape)
    prior = fitted(mean, variance, components=3)
    found = [np.flatnonzero(np.all(mean.astype("float32") == m, 1)) for m in prior.means.numpy()]
    chosen = np.concatenate(found)
    assert sorted(which[chosen]) == [0, 1, 2]
    np.testing.assert_allclose(np.square(prior.spread), variance[chosen], rtol=1e-5)
    np.testing.assert_allclose(prior.shares, np.bincount(which)[which[chosen]] / 1000, rtol=1e-6)
    # An example in the middle of its cluster, not at its edge.
    assert np.linalg.norm(mean[chosen] - centers[which[chosen]], axis=1).max() < 0.5


def test_the_kernel_of_codes_without_posteriors_is_as_wide_as_their_finest_structure(rng):
    normal = rng.normal(size=(800, 2))
    clusters = 0.05 * normal + rng.choice([-1.0, 1.0], (800, 1))
    wide, narrow = (
        fitted(codes, components=200).spread.numpy().mean() for codes in (normal, clusters)
    )
    # Scott's rule would give 0.33 of the overall spread, which is 1, to both.
    assert 0.15 < wide < 0.6 and narrow < 0.05


def test_the_width_is_the_most_likely_one_on_examples_left_out(rng):
    # With all examples as centers each would be its own best kernel, at width 0.
    u = rng.normal(size=(300, 1))
    everyone = np.arange(300)
    width = best_bandwidth(u, everyone, np.full(300, 1 / 300), seed=0)
    fresh = rng.normal(size=(2000, 1))

    def likelihood(h):
        return np.mean(np.log(scipy.stats.norm.pdf(fresh, u.T, h).mean(1)))

    best = max(np.geomspace(0.05, 1.0, 30), key=likelihood)
    assert abs(np.log(width / best)) < np.log(2.0)


def test_repeated_examples_are_one_component(rng):
    mean = np.repeat(rng.normal(size=(5, 2)), [1, 2, 3, 4, 10], axis=0)
    prior = fitted(mean, np.ones_like(mean), components=50)
    assert sorted(prior.shares.numpy()) == pytest.approx([0.05, 0.1, 0.15, 0.2, 0.5])


def test_distances_of_far_off_latents_keep_their_digits(rng):
    z, means = 1e4 + rng.normal(size=(2, 6, 3))
    stddev = rng.uniform(0.01, 1.0, (6, 3))
    expected = np.square((z[:, None] - means) / stddev).sum(-1)
    np.testing.assert_allclose(squared_distances(z, means, stddev), expected, rtol=1e-6)


def test_a_single_component_is_no_mixture():
    with pytest.raises(ValueError, match="`components` must be a whole number of at least 2"):
        fitted(np.eye(2), components=1)
