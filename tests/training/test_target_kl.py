import math

import keras
import numpy as np
import pytest

from keras_genae import VAE, Autoencoder
from keras_genae.training import TargetKL


def test_the_weight_rises_where_the_kl_is_too_large_and_falls_where_too_small():
    controller = TargetKL(target=10.0, gain=0.5)
    assert controller.next_beta(2.0, 10.0) == 2.0
    assert controller.next_beta(2.0, 12.0) == pytest.approx(2.0 * math.exp(0.1))
    assert controller.next_beta(2.0, 5.0) == pytest.approx(2.0 * math.exp(-0.25))


def test_one_epoch_changes_the_weight_by_the_gain_at_most():
    controller = TargetKL(target=1.0, gain=0.5)
    assert controller.next_beta(1.0, 1e9) == pytest.approx(math.exp(0.5))
    assert controller.next_beta(1.0, 0.0) == pytest.approx(math.exp(-0.5))


def test_a_target_out_of_reach_does_not_drive_the_weight_out_of_range():
    controller, high, low = TargetKL(target=1.0), 1.0, 1.0
    for _ in range(100):
        high, low = controller.next_beta(high, 1e9), controller.next_beta(low, 0.0)
    assert high == controller.LARGEST and low == controller.SMALLEST


@pytest.mark.slow
@pytest.mark.parametrize("target", [1.0, 4.0])
def test_it_reaches_the_kl_asked_for(target):
    # Points of a plane, with noise: about as many nats as one likes can be spent on them.
    rng = np.random.default_rng(0)
    x = rng.normal(size=(256, 2)) @ rng.normal(size=(2, 8)) + rng.normal(0, 0.1, (256, 8))
    model = VAE((8,), latent_dim=2, widths=(16,), likelihood="gaussian", scale=0.3, seed=0)
    model.compile(optimizer=keras.optimizers.Adam(0.01))
    history = model.fit(
        x.astype("float32"), epochs=60, batch_size=32, verbose=0, callbacks=[TargetKL(target)]
    ).history
    assert np.mean(history["kl_loss"][-5:]) == pytest.approx(target, rel=0.15)
    # `beta` is what each epoch was trained with, and the model holds the next.
    assert history["beta"][0] == 1.0 and len(history["beta"]) == 60
    following = TargetKL(target).next_beta(history["beta"][-1], history["kl_loss"][-1])
    assert float(model.beta) == pytest.approx(following, rel=1e-5)


@pytest.mark.parametrize("arguments", [{"target": 0.0}, {"target": -1.0}, {"target": math.nan}])
def test_a_target_that_is_not_positive_is_an_error(arguments):
    with pytest.raises(ValueError, match="`target` must be above 0"):
        TargetKL(**arguments)


def test_a_gain_that_is_not_positive_is_an_error():
    with pytest.raises(ValueError, match=r"`gain` must be above 0\. Received: gain=0"):
        TargetKL(target=1.0, gain=0)


def test_a_model_without_beta_is_an_error():
    model = Autoencoder((8,), latent_dim=2, widths=(4,))
    model.compile()
    with pytest.raises(ValueError, match="`TargetKL` moves the weight `beta`"):
        model.fit(np.zeros((4, 8), "float32"), verbose=0, callbacks=[TargetKL(1.0)])
