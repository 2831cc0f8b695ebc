import math
import re

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


@pytest.mark.parametrize("gain", [0.5, 1e6])
@pytest.mark.parametrize("beta", [0.0, 1e-9, 1.0, 1e9])
@pytest.mark.parametrize("kl", [-3e-8, 0.0, 1e-30, 5.0, 1e30])
def test_the_weight_is_a_number_in_its_range_whatever_comes(gain, beta, kl):
    controller = TargetKL(target=5.0, gain=gain)
    assert controller.SMALLEST <= controller.next_beta(beta, kl) <= controller.LARGEST


@pytest.mark.parametrize("kl", [math.nan, math.inf])
def test_a_kl_that_is_no_number_leaves_the_weight(kl):
    assert TargetKL(target=5.0).next_beta(0.7, kl) == 0.7


@pytest.mark.parametrize(
    ("kl", "words"), [(0.0, r"0\.0001, .* is more than"), (1e9, "10000, .* is less than")]
)
def test_a_target_out_of_reach_is_said_once(kl, words, capsys):
    model = VAE((8,), latent_dim=2, widths=(4,))
    controller = TargetKL(target=3.0, gain=5.0)
    controller.set_model(model)
    controller.on_train_begin()
    for epoch in range(5):
        controller.on_epoch_end(epoch, {"kl_loss": kl})
    printed = capsys.readouterr().out
    assert printed.count("TargetKL: epoch 2:") == printed.count("TargetKL:") == 1
    assert re.search(words, printed)


def test_a_target_in_reach_is_followed_in_silence(capsys):
    controller = TargetKL(target=3.0)
    controller.set_model(VAE((8,), latent_dim=2, widths=(4,)))
    controller.on_train_begin()
    for epoch, kl in enumerate([30.0, 10.0, 2.0, 4.0, 3.0]):
        controller.on_epoch_end(epoch, {"kl_loss": kl})
    assert capsys.readouterr().out == ""


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


@pytest.mark.parametrize("target", [0.0, -1.0, math.nan, math.inf])
def test_a_target_that_is_not_positive_is_an_error(target):
    with pytest.raises(ValueError, match="`target` must be above 0 and finite"):
        TargetKL(target)


@pytest.mark.parametrize("gain", [0.0, math.inf])
def test_a_gain_that_is_not_positive_is_an_error(gain):
    with pytest.raises(
        ValueError, match=f"`gain` must be above 0 and finite. Received: gain={gain}"
    ):
        TargetKL(target=1.0, gain=gain)


def test_a_model_without_beta_is_an_error():
    model = Autoencoder((8,), latent_dim=2, widths=(4,))
    model.compile()
    with pytest.raises(ValueError, match="`TargetKL` moves the weight `beta`"):
        model.fit(np.zeros((4, 8), "float32"), verbose=0, callbacks=[TargetKL(1.0)])
