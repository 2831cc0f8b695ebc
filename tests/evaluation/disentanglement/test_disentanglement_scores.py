import numpy as np
import pytest
from known_factors import copied, drawn_factors, mixed, random_codes, with_dead_units

from keras_genae.evaluation.disentanglement import disentanglement_scores
from keras_genae.evaluation.disentanglement.dci import dci
from keras_genae.evaluation.disentanglement.factor_vae_score import factor_vae_score
from keras_genae.evaluation.disentanglement.mig import mig
from keras_genae.evaluation.disentanglement.modularity import modularity
from keras_genae.evaluation.disentanglement.sap import sap

FACTORS = drawn_factors()
GAPS = {"mig": mig, "sap": sap}


@pytest.fixture(scope="module")
def scores():
    codes = {"copied": copied(FACTORS), "mixed": mixed(FACTORS), "random": random_codes()}
    return {name: disentanglement_scores(z, FACTORS) for name, z in codes.items()}


def test_a_copy_has_the_highest_scores(scores):
    copy = dict(scores["copied"])
    # Balanced accuracy leaves ½ for the factor of two classes; tanh is not quite linear.
    assert copy.pop("sap") == pytest.approx((3 * 1.0 + 0.5) / 4, abs=0.02)
    assert copy["mig"] == pytest.approx(1.0, abs=0.03)  # Less what counts see by chance.
    assert copy["factor_vae_score"] == 1.0
    assert min(copy.values()) > 0.97 and max(copy.values()) <= 1.0


def test_a_mixture_keeps_the_information_and_loses_the_rest(scores):
    mixture = scores["mixed"]
    assert mixture["dci_informativeness"] > 0.75
    assert mixture["mig"] < 0.1 and mixture["sap"] < 0.1
    assert mixture["dci_disentanglement"] < 0.3 and mixture["dci_completeness"] < 0.3
    assert mixture["factor_vae_score"] < 0.75 and mixture["modularity"] < 0.8


def test_codes_that_know_nothing_are_at_chance(scores):
    random = scores["random"]
    assert random["factor_vae_score"] == pytest.approx(0.25, abs=0.08)
    assert random["dci_informativeness"] < 0.02
    assert random["mig"] < 0.02 and random["sap"] < 0.02
    assert random["dci_disentanglement"] < 0.1 and random["dci_completeness"] < 0.1


def test_two_units_for_a_factor_leave_no_gap_and_are_disentangled_all_the_same():
    codes = np.repeat(copied(FACTORS), 2, axis=1)
    for gap in GAPS.values():
        assert gap(codes, FACTORS) == 0.0
    sides = dci(codes, FACTORS)
    assert sides["disentanglement"] > 0.97 and sides["informativeness"] > 0.97
    # Each of the four factors is served by two of eight units: 1 − log 2 / log 8.
    assert sides["completeness"] == pytest.approx(2.0 / 3.0, abs=0.05)
    assert modularity(codes, FACTORS) > 0.98
    assert factor_vae_score(codes, FACTORS) == 1.0


def test_a_unit_for_two_factors_is_not_disentangled(rng):
    pair = rng.integers(0, 4, (2, 4000))
    codes = np.stack([4 * pair[0] + pair[1], rng.permutation(4000)], axis=1)
    factors = {"a": pair[0], "b": pair[1]}
    # The unit tells both factors wholly: deviation 1. The other tells neither.
    assert modularity(codes * [[1.0, 0.0]], factors) == pytest.approx(0.0, abs=0.01)
    # Of each factor it is the one unit, which is all that the gap and completeness ask.
    assert mig(codes, factors) == pytest.approx(1.0, abs=0.02)
    sides = dci(codes, factors)
    assert sides["completeness"] > 0.95 and sides["disentanglement"] < 0.05


@pytest.mark.parametrize("measure", [mig, sap, modularity, factor_vae_score, dci])
def test_dead_units_and_the_scale_of_units_change_nothing(measure):
    codes = copied(FACTORS) + 0.1 * random_codes()
    score = measure(codes, FACTORS)
    scaled = measure(codes * [1e-3, 1.0, 50.0, -1.0] + 2.0, FACTORS)
    dead = measure(with_dead_units(codes), FACTORS)
    if measure is dci:
        # Completeness is to the base of the number of units, and ties fall otherwise.
        score, scaled, dead = (np.array(list(s.values()))[[0, 2]] for s in (score, scaled, dead))
    assert scaled == pytest.approx(score, abs=0.02)
    assert dead == pytest.approx(score, abs=0.02)


@pytest.mark.parametrize(
    ("measure", "nothing"), [(mig, 0.0), (sap, 0.0), (modularity, 0.0), (factor_vae_score, 0.25)]
)
def test_where_all_units_are_dead(measure, nothing):
    assert measure(np.ones((2000, 3)), FACTORS) == nothing


def test_dci_where_all_units_are_dead():
    sides = dci(np.ones((2000, 3)), FACTORS)
    assert list(sides.values()) == pytest.approx([0.0, 0.0, 0.0], abs=1e-9)


def test_the_seed_decides():
    codes = mixed(FACTORS)
    assert dci(codes, FACTORS, seed=1) == dci(codes, FACTORS, seed=1) != dci(codes, FACTORS, seed=2)
    first, again, other = (factor_vae_score(codes, FACTORS, seed) for seed in (1, 1, 2))
    assert first == again != other


@pytest.mark.parametrize("measure", [mig, sap, modularity, factor_vae_score, dci])
def test_bad_input_is_refused(measure):
    with pytest.raises(ValueError, match=r"factors\['angle'\].*never changes"):
        measure(copied(FACTORS), {**FACTORS, "angle": np.zeros(2000)})
