"""Flow matching without a network: the path, the integrator and the guidance in closed form."""

import numpy as np
import pytest
from keras import ops
from scipy import stats

from keras_genae.priors.flows.matching import MatchingError, guided, runge_kutta

# A field of correlated noise over 2 × 2 places, N(0, COVARIANCE): the nearer, the more alike.
PLACES = np.stack(np.meshgrid(range(2), range(2)), axis=-1).reshape(4, 1, 2)
DISTANCE = np.linalg.norm(PLACES - PLACES.reshape(1, 4, 2), axis=-1)
COVARIANCE = 4.0 * np.exp(-0.5 * DISTANCE)
ROOT = np.linalg.cholesky(COVARIANCE)


def matrix(t):
    """A(t) of the field v(x, t) = A(t)·x of codes of N(0, Σ), by regression of x₁ − x₀ on x_t.

    Cov(x₁ − x₀, x_t) Cov(x_t)⁻¹ = (t·Σ − (1 − t)·I) (t²·Σ + (1 − t)²·I)⁻¹
    """
    identity = np.eye(4)
    along = t * COVARIANCE - (1.0 - t) * identity
    return along @ np.linalg.inv(t**2 * COVARIANCE + (1.0 - t) ** 2 * identity)


def normal_field(x, t, c=None):
    """The closed form as a field of maps `(batch, 2, 2, 1)`."""
    flat = ops.convert_to_numpy(x).reshape(-1, 4)
    matrices = np.stack([matrix(time) for time in ops.convert_to_numpy(t)[:, 0]])
    return np.einsum("nij,nj->ni", matrices, flat).reshape(-1, 2, 2, 1).astype("float32")


def test_the_field_of_normal_codes_makes_them_of_noise(rng):
    # dx/dt = A(t)·x from N(0, I) ends at N(0, Σ): the map is linear, and symmetric, so √Σ.
    ends = runge_kutta(lambda state, t: [state[0] @ matrix(t).T], [np.eye(4)], 0.0, 1.0, steps=100)[
        0
    ]
    np.testing.assert_allclose(ends.T @ ends, COVARIANCE, atol=1e-5)


def test_no_field_has_a_smaller_error_than_the_closed_form(rng):
    u = (rng.normal(size=(4000, 4)) @ ROOT.T).reshape(-1, 2, 2, 1).astype("float32")
    least = np.mean(MatchingError(normal_field, seed=0)(u))
    for change in (0.1, -0.1):
        other = MatchingError(lambda x, t, c, by=change: normal_field(x, t) + by * x, seed=0)
        assert np.mean(other(u)) > least + 0.01


def test_draws_of_a_code_stay_together(rng):
    # Of a field that is 0 the error is ‖x₁ − x₀‖²; with x₁ far off, it tells the codes apart.
    u = np.array([0.0, 100.0], "float32").reshape(2, 1, 1, 1)
    error = np.array(MatchingError(lambda x, t, c: 0.0 * x, seed=0, draws=5)(u))
    assert error[0] < 10.0 and abs(error[1] - 1e4) < 500.0


def test_labels_are_left_out_in_training_alone():
    class Tell:
        def __call__(self, x, t, c):
            self.c = np.array(c)
            return 0.0 * x

    tell = Tell()
    c, u = np.tile([[0.0, 1.0]], (4000, 1)).astype("float32"), np.zeros((4000, 1), "float32")
    MatchingError(tell, seed=0)(u, c)
    np.testing.assert_array_equal(tell.c, c)
    MatchingError(tell, seed=0)(u, c, training=True)
    left_out = np.mean(np.all(tell.c == 0.0, axis=1))
    assert left_out == pytest.approx(0.1, abs=0.02)
    assert np.all(tell.c[tell.c.any(axis=1)] == [0.0, 1.0])


def test_the_solver_is_of_the_fourth_order():
    # dx/dt = x from 1 ends at e.
    errors = [
        abs(runge_kutta(lambda state, t: state, [1.0], 0.0, 1.0, steps)[0] - np.e)
        for steps in (4, 8)
    ]
    assert errors[0] / errors[1] == pytest.approx(16.0, rel=0.15)


def test_the_solver_goes_by_the_time():
    # dx/dt = 3 t² from 0 ends at 1, there and back.
    assert runge_kutta(lambda s, t: [3.0 * t**2], [0.0], 0.0, 1.0, 3)[0] == pytest.approx(1.0)
    assert runge_kutta(lambda s, t: [3.0 * t**2], [1.0], 1.0, 0.0, 3)[0] == pytest.approx(0.0)


def test_guidance_1_is_the_conditional_field_0_the_other_and_more_goes_on():
    asked = []

    def field(x, t, c):
        asked.append(c)
        return x + t + (0.0 if c is None else np.sum(c, axis=1)), 2.0 * t

    c = np.array([[0.3, 0.7]])
    x, t = np.array([1.0]), 0.5
    assert guided(field, c, 1.0)(x, t) == field(x, t, c)
    assert guided(field, c, 0.0)(x, t) == field(x, t, 0.0 * c)
    assert guided(field, None, 3.0)(x, t) == field(x, t, None)
    assert len(asked) == 6  # One pass each, where one tells all.
    velocity, divergence = guided(field, c, 3.0)(x, t)
    assert velocity == pytest.approx(1.5 + 3.0) and divergence == pytest.approx(1.0)


MEANS, SPREADS = np.array([-1.0, 2.0]), np.array([0.5, 1.0])


def field_of_classes(x, t, c):
    """The closed form of two normal classes, alike often, and of both where c is 0; x `(n,)`."""
    c = ops.convert_to_numpy(c)
    variance = t**2 * SPREADS**2 + (1.0 - t) ** 2
    off = x[:, None] - t * MEANS
    velocity = MEANS + (t * SPREADS**2 - (1.0 - t)) / variance * off
    # p(class | x_t), where nothing is said of it.
    odds = np.exp(-0.5 * off**2 / variance) / np.sqrt(variance)
    weight = np.where(c.any(axis=1, keepdims=True), c, odds / odds.sum(axis=1, keepdims=True))
    return np.sum(weight * velocity, axis=1)


def drawn(label, guidance):
    """What the solver makes of the quantiles of N(0, 1)."""
    x = stats.norm.ppf((np.arange(400) + 0.5) / 400)
    field = guided(field_of_classes, np.eye(2)[np.full(400, label)], guidance)
    return runge_kutta(lambda state, t: [field(state[0], t)], [x], 0.0, 1.0, 100)[0]


def test_guidance_1_draws_a_class_exactly_0_the_mixture_and_more_goes_away_from_the_other():
    quantiles = stats.norm.ppf((np.arange(400) + 0.5) / 400)
    for label in (0, 1):
        exact = MEANS[label] + SPREADS[label] * quantiles
        np.testing.assert_allclose(drawn(label, 1.0), exact, atol=1e-5)
        # Every draw of the mixture is one quantile of it.
        cdf = stats.norm.cdf((drawn(label, 0.0)[:, None] - MEANS) / SPREADS).mean(axis=1)
        np.testing.assert_allclose(cdf, (np.arange(400) + 0.5) / 400, atol=2e-3)
    away = [drawn(label, 2.0).mean() - MEANS[label] for label in (0, 1)]
    assert away[0] < -0.1 and away[1] > 0.1
