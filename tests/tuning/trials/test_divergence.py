"""When a training has lost what it had."""

import math

import pytest

from keras_genae.tuning.trials.divergence import StopAtDivergence


def reason_after(*losses, untrained=10.0):
    """The verdict on a training whose two losses went like this."""
    check = StopAtDivergence(untrained)
    check.set_model(type("Model", (), {"stop_training": False})())
    for epoch, (loss, val_loss) in enumerate(losses):
        check.on_epoch_end(epoch, {"loss": loss, "val_loss": val_loss})
        if check.model.stop_training:
            return check.reason
    check.on_train_end()
    return check.reason


def test_a_training_that_learns_goes_on():
    assert reason_after((9.0, 8.0), (7.0, 7.5)) is None
    assert reason_after((-5.0, -9.0), (-8.0, -7.0), untrained=-1.0) is None


def test_overfitting_is_no_divergence():
    assert reason_after((5.0, 9.0), (1.0, 40.0), (0.1, 80.0)) is None


def test_a_spike_that_is_mended_is_no_divergence():
    assert reason_after((9.0, 8.0), (1e6, 1e6), (8.0, 7.0), (1e6, 1e6), (8.0, 7.0)) is None


def test_two_bad_epochs_in_a_row_are():
    reason = reason_after((9.0, 8.0), (1e6, 1e6), (2e6, 1e6), (1.0, 1.0))
    assert reason == "diverged: the loss was 2e+06 after epoch 3, that of the untrained model 10"


def test_a_bad_last_epoch_is():
    assert "after epoch 2" in reason_after((9.0, 8.0), (11.0, 12.0))


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_is_at_once(bad):
    assert reason_after((9.0, bad), (1.0, 1.0)) == f"diverged: val_loss was {bad} after epoch 1"
