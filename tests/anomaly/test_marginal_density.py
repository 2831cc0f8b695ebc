import numpy as np
import pytest

from keras_genae.anomaly.marginal_density import MarginalDensity

GRID = np.linspace(-3000.0, 3000.0, 1_200_001)[:, None]


@pytest.mark.parametrize("size", [1, 7, 400])
def test_the_density_of_a_feature_integrates_to_1(rng, size):
    # In units of its own deviation, of which a single example has none.
    density = MarginalDensity().fit(rng.gamma(2.0, size=(size, 1)))
    integral = np.trapezoid(np.exp(-density(GRID)), GRID[:, 0]) / density.scale[0]
    # The Cauchy distribution has a few of its ten thousandths further out.
    np.testing.assert_allclose(integral, 1.0, atol=2e-3)


def test_it_is_the_normal_density_for_normal_data(rng):
    x = rng.normal(3.0, 5.0, (50_000, 1))
    at = np.array([-2.0, -1.0, 0.0, 1.0, 2.0])
    expected = 0.5 * np.square(at) + 0.5 * np.log(2.0 * np.pi)
    found = MarginalDensity().fit(x)(3.0 + 5.0 * at[:, None])
    np.testing.assert_allclose(found, expected, atol=0.1)


def test_features_add_up_and_units_do_not_matter(rng):
    x, y = rng.standard_t(3, (300, 3)), rng.standard_t(2, (50, 3))
    alone = sum(MarginalDensity().fit(x[:, [j]])(y[:, [j]]) for j in range(3))
    scale, shift = np.array([1e6, 1.0, -1e-3]), np.array([0.0, -7.0, 1.0])
    np.testing.assert_allclose(MarginalDensity().fit(x)(y), alone)
    np.testing.assert_allclose(
        MarginalDensity().fit(scale * x + shift)(scale * y + shift), alone, atol=0.02
    )


def test_beyond_the_data_it_still_rises(rng):
    density = MarginalDensity().fit(rng.normal(size=(500, 1)))
    scores = density(np.array([0.0, 3.0, 6.0, 10.0, 100.0, 1e6, 1e200])[:, None])
    assert (np.diff(scores) > 0.5).all() and np.isfinite(scores).all()


def test_a_new_value_of_a_constant_is_rarer_than_the_constant():
    x = np.full((100, 2), [0.1, 5.0])
    density = MarginalDensity().fit(x)
    usual, odd = density(np.array([[0.1, 5.0], [0.1, 8.0]]))
    assert odd > usual + 3.0


@pytest.mark.parametrize(
    ("x", "named"),
    [(np.zeros((0, 3)), "one example or more"), ([[np.nan]], "1 of them not finite")],
)
def test_what_has_no_density_is_refused(x, named):
    with pytest.raises(ValueError, match=named):
        MarginalDensity().fit(x)


def test_other_features_are_refused():
    density = MarginalDensity().fit(np.zeros((5, 3)))
    with pytest.raises(ValueError, match="that of 3 features"):
        density(np.zeros((5, 2)))
