import numpy as np
import pytest
from bound_gradients import gradients_in_training, gradients_of_rows, linear_gaussian, twin

from keras_genae import IWAE, MIWAE, RenyiVAE


def losses(model, x):
    return np.array(model.weighted_sum(model.loss_terms(model.unpack((x,)), training=False)))


@pytest.mark.parametrize("gradient", ["reparametrised", "dreg"])
@pytest.mark.parametrize(
    ("alpha", "kind", "sizes"),
    [(0.0, IWAE, {"samples": 5}), (1.0, MIWAE, {"samples": 1, "groups": 5})],
    ids=["IWAE", "ELBO"],
)
def test_both_ends_are_models_of_the_zoo(alpha, kind, sizes, gradient):
    exact = linear_gaussian()
    found, loss = gradients_in_training(
        twin(exact, RenyiVAE, samples=5, alpha=alpha, gradient=gradient), exact.x
    )
    expected, other = gradients_in_training(twin(exact, kind, gradient=gradient, **sizes), exact.x)
    np.testing.assert_allclose(loss, other, rtol=1e-6)
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)


def test_the_bound_falls_with_alpha_and_goes_smoothly_through_its_limit():
    exact = linear_gaussian()
    alphas = (-1.0, 0.0, 0.5, 0.997, 1.0, 1.003, 3.0)
    bounds = [-losses(twin(exact, RenyiVAE, samples=6, alpha=a), exact.x) for a in alphas]
    assert np.all(np.diff(bounds, axis=0) < 0.0)
    np.testing.assert_allclose(bounds[4], (bounds[3] + bounds[5]) / 2, atol=1e-3)


def test_many_draws_give_the_divergence_from_the_true_posterior():
    # Normals of different means and the same variances v, along each axis: D_α = α · d² / 2v.
    exact, alpha, shift = linear_gaussian(log_wider=0.0), 0.5, 0.3
    variance = np.exp(exact.model.posterior(exact.x[:1]).log_var)[0]
    divergence = np.sum(alpha * shift**2 / (2.0 * variance))
    x = np.tile(exact.x[:1], (100, 1))
    found = -losses(twin(exact, RenyiVAE, samples=100, alpha=alpha), x).mean()
    assert divergence > 0.15
    assert found == pytest.approx(exact.log_prob()[0] - divergence, abs=0.05)


@pytest.mark.parametrize("alpha", [0.5, -0.5])
def test_dreg_has_the_expected_gradient(alpha):
    exact, count = linear_gaussian(), 2000
    plain, dreg = (
        gradients_of_rows(
            twin(exact, RenyiVAE, samples=8, alpha=alpha, gradient=kind), exact.x[0], count
        )
        for kind in ("reparametrised", "dreg")
    )
    error = np.sqrt((plain.var(axis=0) + dreg.var(axis=0)) / count)
    assert np.all(np.abs(plain.mean(axis=0) - dreg.mean(axis=0)) < 4.5 * error)


@pytest.mark.parametrize("alpha", [float("inf"), float("nan"), True, "half"])
def test_what_is_no_number_is_refused(alpha):
    with pytest.raises(ValueError, match="`alpha` must be a finite number"):
        RenyiVAE((4,), 2, alpha=alpha)
