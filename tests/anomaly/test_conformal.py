import numpy as np
import pytest
from scipy import stats

from keras_genae.anomaly.conformal import SplitConformal


@pytest.mark.parametrize("alpha", [0.05, 0.1, 0.3])
@pytest.mark.parametrize("calibrated_with", [19, 60, 200])
def test_false_alarms_keep_to_alpha(rng, alpha, calibrated_with):
    # Each draw of calibration scores has its own rate of false alarms, Beta(k, n + 1 − k): of m new
    # examples a beta-binomial number is flagged. The sum over draws is near normal.
    draws, new = 400, 50
    scores = rng.standard_exponential((draws, calibrated_with + new))
    flagged = sum(
        SplitConformal().fit(row[:calibrated_with]).is_anomaly(row[calibrated_with:], alpha).sum()
        for row in scores
    )
    k = int(alpha * (calibrated_with + 1) + 1e-9)
    law = stats.betabinom(new, k, calibrated_with + 1 - k)
    assert law.mean() / new <= alpha
    assert abs(flagged - draws * law.mean()) < 4.0 * np.sqrt(draws * law.var())


def test_p_values_count_the_calibration_scores_that_are_as_high(rng):
    calibration, scores = rng.normal(size=50).round(1), rng.normal(size=30).round(1)
    expected = [(1 + np.sum(calibration >= score)) / 51 for score in scores]
    np.testing.assert_allclose(SplitConformal().fit(calibration).p_values(scores), expected)


def test_ties_broken_at_random_make_p_values_uniform(rng):
    # Three values only: nearly all are ties.
    p = np.concatenate(
        [
            SplitConformal().fit(row[:50]).p_values(row[50:], seed=index)
            for index, row in enumerate(rng.integers(0, 3, (2000, 51)))
        ]
    )
    assert stats.kstest(p, "uniform").pvalue > 0.01
    whole = SplitConformal().fit([0.0, 1.0, 1.0]).p_values([0.0, 1.0, 2.0])
    broken = SplitConformal().fit([0.0, 1.0, 1.0]).p_values([0.0, 1.0, 2.0], seed=0)
    assert (broken <= whole).all() and (broken > 0).all()


@pytest.mark.parametrize("alpha", [0.01, 0.05, 0.1, 0.29, 0.5])
def test_flags_are_p_values_of_at_most_alpha(rng, alpha):
    conformal = SplitConformal().fit(rng.integers(0, 40, 99))
    scores = np.arange(-1.0, 41.0, 0.5)
    np.testing.assert_array_equal(
        conformal.is_anomaly(scores, alpha), conformal.p_values(scores) <= alpha + 1e-12
    )


def test_an_alpha_too_small_to_ever_be_reached_is_an_error():
    conformal = SplitConformal().fit(np.arange(18.0))
    with pytest.raises(ValueError, match="Calibrate with 19 or more"):
        conformal.threshold(0.05)
    assert SplitConformal().fit(np.arange(19.0)).threshold(0.05) == 18.0


@pytest.mark.parametrize("alpha", [0.0, 1.0, -0.1, np.nan])
def test_alpha_is_a_probability(alpha):
    with pytest.raises(ValueError, match="between 0 and 1"):
        SplitConformal().fit(np.arange(100.0)).threshold(alpha)


@pytest.mark.parametrize("scores", [[], [np.nan], [[1.0]], [np.inf]])
def test_calibration_scores_that_cannot_be_used_are_refused(scores):
    with pytest.raises(ValueError, match="finite scores"):
        SplitConformal().fit(scores)


def test_a_score_that_is_no_number_is_refused():
    with pytest.raises(ValueError, match="1 of them NaN"):
        SplitConformal().fit([1.0, 2.0]).p_values([0.0, np.nan])
