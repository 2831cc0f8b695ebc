import numpy as np
import pytest

from keras_genae.anomaly.rank_combination import RankCombination, surprise


def test_surprise_is_the_log_share_of_the_reference_that_is_as_high(rng):
    reference = np.sort(rng.normal(size=999))
    at = [0, 300, 700, 940]
    expected = -np.log([(999 - i) / 1000 for i in at])
    np.testing.assert_allclose(surprise(reference, reference[at]), expected)


@pytest.mark.parametrize("size", [12, 40, 150, 1000])
@pytest.mark.parametrize("step", [0.0, 0.25, 1.0])
def test_surprise_is_right_for_few_scores_and_for_ties(rng, size, step):
    # Exponential, −log P(score ≥ s) = s; in steps, the same at each step. Mean over references.
    at = step * np.round(np.array([0.5, 1.0, 2.0]) / step) if step else np.array([0.5, 1.0, 2.0])
    found = []
    for _ in range(200):
        scores = rng.standard_exponential(size)
        reference = np.sort(step * np.floor(scores / step) if step else scores)
        found.append(surprise(reference, at))
    # A factor of two would be 0.69.
    np.testing.assert_allclose(np.mean(found, axis=0), at, atol=0.25)


def test_ties_at_the_start_of_the_tail_are_none_of_it():
    # 900 normal examples score 1, 50 score 0, and the rest 2, 3, …: one in twenty is above 1.
    reference = np.sort(np.concatenate([np.zeros(50), np.ones(900), 2.0 + np.arange(50.0)]))
    shares = np.exp(-surprise(reference, np.array([0.0, 1.0, 2.0, 27.0, 51.0])))
    np.testing.assert_allclose(shares * 1001, [1000, 950, 50, 25, 1], rtol=1e-6)
    beyond = surprise(reference, np.array([52.0, 60.0]))
    assert (beyond > np.log(1001)).all()
    np.testing.assert_allclose(np.diff(beyond), 8.0 / np.mean(reference[-50:] - 1.0))


def test_surprise_rises_with_the_score_also_beyond_the_reference(rng):
    reference = np.sort(rng.normal(size=200))
    scores = np.linspace(reference[0], 50.0, 2000)
    assert (np.diff(surprise(reference, scores)) > 0).all()
    assert (surprise(reference, np.array([-50.0, -60.0])) < 0.01).all()


def test_the_tail_of_an_exponential_is_found(rng):
    # −log P(score > s) = s: of a law with an exponential tail the extrapolation is right.
    reference = np.sort(rng.standard_exponential(50_000))
    np.testing.assert_allclose(surprise(reference, np.array([1, 6, 15])), [1, 6, 15], rtol=0.1)


def test_units_and_monotone_changes_within_the_reference_do_not_matter(rng):
    reference, scores = rng.normal(size=(500, 2)), 0.5 * rng.normal(size=(100, 2))
    combined = RankCombination().fit(reference)(scores)
    scaled = RankCombination().fit(1e6 * reference - 3.0)(1e6 * scores - 3.0)
    np.testing.assert_allclose(combined, scaled, rtol=1e-6)


def test_one_score_that_objects_outweighs_one_that_does_not(rng):
    combine = RankCombination().fit(rng.normal(size=(500, 2)))
    odd_in_one, slightly_odd = combine([[-2.0, 4.5], [0.8, 0.8]])
    assert odd_in_one > slightly_odd


@pytest.mark.parametrize("count", [2, 5, 30])
def test_small_and_constant_references_give_finite_numbers(rng, count):
    reference = np.stack([rng.normal(size=count), np.ones(count)], axis=1)
    combined = RankCombination().fit(reference)([[0.0, 1.0], [9.0, 1.0], [0.0, 2.0]])
    assert np.isfinite(combined).all()
    assert combined[0] < min(combined[1:])


@pytest.mark.parametrize("scores", [[1.0, 2.0], [[1.0]], [[1.0], [np.nan]]])
def test_a_reference_that_cannot_be_used_is_refused(scores):
    with pytest.raises(ValueError, match="reference"):
        RankCombination().fit(scores)


def test_another_number_of_scores_is_refused():
    with pytest.raises(ValueError, match="2 scores"):
        RankCombination().fit(np.eye(2))([[1.0, 2.0, 3.0]])
