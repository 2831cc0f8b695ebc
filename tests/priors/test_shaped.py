"""No prior is worse on new codes than a normal distribution; no codes are too degenerate."""

import warnings

import keras
import numpy as np
import pytest
from test_kinds import EACH_FITTED_AGAIN, OPTIONS, new

from keras_genae.priors import GaussianPrior
from keras_genae.priors.held_out import hold_out, is_higher

NORMAL_KEPT = "On codes held out, the .* is no more likely than a normal distribution"
FEW_EPOCHS = {kind: {"epochs": 3} for kind, options in OPTIONS.items() if "epochs" in options}


def fitted(kind, *moments, seed=0):
    prior = new(kind, moments[0].shape[1])
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", NORMAL_KEPT)
        warnings.simplefilter("error", RuntimeWarning)
        prior.fit(*moments, seed=seed, **FEW_EPOCHS.get(kind, {}))
    return prior


@pytest.mark.slow
@pytest.mark.parametrize("kind", EACH_FITTED_AGAIN)
@pytest.mark.parametrize(("count", "latent_dim"), [(100, 4), (1000, 10), (12, 10), (5, 10)])
def test_no_shape_is_found_in_normal_codes(kind, count, latent_dim, rng):
    codes, fresh = rng.normal(size=(count, latent_dim)), rng.normal(size=(2000, latent_dim))
    density = fitted(kind, codes).log_prob(fresh).mean()
    # The entropy is what the true density comes to.
    entropy = 0.5 * latent_dim * np.log(2.0 * np.pi * np.e)
    # Of five codes not even the variances are known well.
    lost = {5: 6.0, 12: 2.0, 100: 0.1, 1000: 0.1}[count]
    assert -entropy - lost < density < -entropy + 0.1
    assert density >= fitted("gaussian", codes).log_prob(fresh).mean() - 1e-6


@pytest.mark.slow
def test_the_flow_of_few_codes_is_the_normal_distribution_and_says_so(rng):
    codes, fresh = rng.normal(size=(100, 4)), rng.normal(size=(500, 4))
    flow, normal = new("flow", 4), GaussianPrior(4)
    with pytest.warns(UserWarning, match=NORMAL_KEPT + ".*100 codes of 4 units"):
        flow.fit(codes)
    normal.fit(codes)
    assert flow.is_normal
    np.testing.assert_array_equal(flow.log_prob(fresh), normal.log_prob(fresh))
    draws = [prior.sample(9, np.random.default_rng(1)) for prior in (flow, normal)]
    np.testing.assert_array_equal(*draws)
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(flow))
    again.set_weights(flow.get_weights())
    assert again.is_normal


CODES = np.random.default_rng(7).normal(size=(60, 3))
DEGENERATE = {
    "all zero": (np.zeros((20, 3)),),
    "all the same": (np.full((20, 3), 0.1),),
    "all the same, far off": (np.full((20, 3), 1e6),),
    "five codes, twenty times each": (np.repeat(CODES[:5], 20, axis=0),),
    "twenty codes, five times each": (np.repeat(CODES[:20], 5, axis=0),),
    "a unit that never moves": (CODES * [1.0, 1.0, 0.0],),
    "two units that are one": (CODES[:, [0, 1, 1]],),
    "two codes": (CODES[:2],),
    "three codes": (CODES[:3],),
    "the same code twice": (CODES[[0, 0]],),
    "posteriors of no width": (CODES, np.zeros_like(CODES)),
    "one mean, no width": (np.zeros((20, 3)), np.zeros((20, 3))),
    "huge and tiny units": (CODES * [1e6, 1e-4, 1.0],),
    "one far off": (np.concatenate([CODES, [[1e4, 0.0, 0.0]]]),),
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", EACH_FITTED_AGAIN)
@pytest.mark.parametrize("moments", DEGENERATE.values(), ids=DEGENERATE)
def test_degenerate_codes_give_finite_numbers(kind, moments, rng):
    prior = fitted(kind, *moments)
    drawn = prior.sample(50, rng)
    for z in (moments[0], drawn, drawn + 1.0):
        assert np.isfinite(prior.log_prob(z)).all()
    # The draws lie where the codes do.
    spread = moments[0].std(axis=0)
    assert (np.abs(drawn - moments[0].mean(axis=0)) < 12.0 * spread + 1e-2).all()
    assert (np.abs(prior.stddev - spread) <= spread + 1e-2).all()


def test_copies_of_a_code_are_held_out_together():
    codes = np.repeat(np.arange(40.0)[:, None], 3, axis=0)
    held_out, rest = hold_out(codes, seed=0)
    assert sorted([*held_out, *rest]) == list(range(120))
    assert len(held_out) == 3 * 13  # A third, of few codes.
    assert not set(codes[held_out, 0]) & set(codes[rest, 0])
    many = hold_out(np.arange(5000.0)[:, None], seed=0)[0]
    assert len(many) == 500


def test_a_difference_that_chance_explains_is_none(rng):
    other = rng.normal(size=400)
    noise = rng.normal(size=400)
    noise -= noise.mean()
    noise /= noise.std()  # A standard error of 0.05.
    assert is_higher(other + noise + 0.11, other, errors=2.0)
    assert not is_higher(other + noise + 0.09, other, errors=2.0)
    assert not is_higher(other, other, errors=2.0)


def test_correlations_are_kept_where_codes_are_many(rng):
    codes = rng.normal(size=(3000, 6)) @ rng.normal(size=(6, 6))
    prior = fitted("gaussian", codes)
    covariance = prior.cholesky.numpy() @ prior.cholesky.numpy().T
    np.testing.assert_allclose(covariance, np.cov(codes.T), rtol=1e-4, atol=1e-4)
