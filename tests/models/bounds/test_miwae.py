import numpy as np
import pytest
from bound_gradients import gradients_in_training, gradients_of_rows, linear_gaussian, twin

from keras_genae import IWAE, MIWAE


def losses(model, x):
    """Of each example, outside training, where models of the same posteriors draw the same."""
    return np.array(model.weighted_sum(model.loss_terms(model.unpack((x,)), training=False)))


def test_one_group_is_iwae():
    exact = linear_gaussian()
    found, loss = gradients_in_training(twin(exact, MIWAE, samples=5, groups=1), exact.x)
    expected, loss_of_iwae = gradients_in_training(twin(exact, IWAE, samples=5), exact.x)
    np.testing.assert_array_equal(loss, loss_of_iwae)
    assert all(np.array_equal(a, b) for a, b in zip(found, expected, strict=True))


def test_the_bound_of_the_same_draws_lies_between_the_elbo_and_that_of_iwae():
    exact = linear_gaussian()
    elbo, miwae, iwae = (
        -losses(twin(exact, MIWAE, samples=12 // groups, groups=groups), exact.x)
        for groups in (12, 3, 1)
    )
    log_weights = exact.model.log_weights(exact.x, 12)
    np.testing.assert_allclose(elbo, np.mean(log_weights, axis=1), rtol=1e-5)
    assert np.all(elbo < miwae) and np.all(miwae < iwae)


def test_more_groups_leave_the_bound_where_it_is_and_below_the_log_likelihood():
    exact = linear_gaussian()
    x = np.tile(exact.x, (200, 1))
    iwae, miwae = (
        -losses(twin(exact, MIWAE, samples=4, groups=groups), x).reshape(200, -1)
        for groups in (1, 5)
    )
    error = np.sqrt((iwae.mean(axis=1).var() + miwae.mean(axis=1).var()) / 200)
    assert abs(iwae.mean() - miwae.mean()) < 4.5 * error
    assert miwae.mean() < exact.log_prob().mean()
    assert miwae.std(axis=0).mean() < 0.6 * iwae.std(axis=0).mean()  # 1/√5


def test_dreg_has_the_expected_gradient_with_groups():
    exact, count = linear_gaussian(), 2000
    plain, dreg = (
        gradients_of_rows(twin(exact, MIWAE, samples=8, groups=2, gradient=kind), exact.x[0], count)
        for kind in ("reparametrised", "dreg")
    )
    error = np.sqrt((plain.var(axis=0) + dreg.var(axis=0)) / count)
    assert np.all(np.abs(plain.mean(axis=0) - dreg.mean(axis=0)) < 4.5 * error)
    assert np.all(dreg.var(axis=0) < plain.var(axis=0))


def test_no_groups_are_refused():
    with pytest.raises(ValueError, match="`groups` must be a whole number of at least 1"):
        MIWAE((4,), 2, groups=0)
