import numpy as np
import pytest
from bound_gradients import gradients_in_training, gradients_of_rows, linear_gaussian, twin
from zoo import build, examples

from keras_genae import CIWAE, IWAE, MIWAE


def test_a_mixture_of_loss_and_gradients():
    exact = linear_gaussian()
    results = {
        a: gradients_in_training(twin(exact, CIWAE, samples=5, elbo_weight=a), exact.x)
        for a in (0.0, 0.3, 1.0)
    }
    iwae = gradients_in_training(twin(exact, IWAE, samples=5), exact.x)
    elbo = gradients_in_training(twin(exact, MIWAE, samples=1, groups=5), exact.x)
    for a, (found, loss) in results.items():
        np.testing.assert_allclose(loss, a * elbo[1] + (1.0 - a) * iwae[1], rtol=1e-5)
        for gradient, of_elbo, of_iwae in zip(found, elbo[0], iwae[0], strict=True):
            expected = a * of_elbo + (1.0 - a) * of_iwae
            np.testing.assert_allclose(gradient, expected, rtol=1e-4, atol=1e-5)


def test_dreg_has_the_expected_gradient_of_the_mixture():
    exact, count = linear_gaussian(), 2000
    plain, dreg = (
        gradients_of_rows(twin(exact, CIWAE, samples=16, gradient=kind), exact.x[0], count)
        for kind in ("reparametrised", "dreg")
    )
    error = np.sqrt((plain.var(axis=0) + dreg.var(axis=0)) / count)
    assert np.all(np.abs(plain.mean(axis=0) - dreg.mean(axis=0)) < 4.5 * error)


def test_the_weight_can_be_moved_and_the_scale_follows_it():
    x = examples((16,), 6)
    scales = []
    for a, moved in ((0.5, 1.0), (1.0, 1.0), (0.0, 0.0)):
        model = build("CIWAE", elbo_weight=a)
        model.elbo_weight.assign(moved)
        model.loss_terms(model.unpack((x,)), training=True)
        scales.append(float(model.optimal_scale.variance))
    assert scales[0] == pytest.approx(scales[1], rel=1e-6)
    # The draws that are weighed by how well they reconstruct have smaller errors.
    assert scales[2] < scales[1]
    assert model.get_config()["elbo_weight"] == 0.0


@pytest.mark.parametrize("a", [-0.1, 1.5, float("nan"), True, "much"])
def test_what_is_no_share_is_refused(a):
    with pytest.raises(ValueError, match="`elbo_weight` must be a number from 0 to 1"):
        CIWAE((4,), 2, elbo_weight=a)
