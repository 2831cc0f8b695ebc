import keras
import numpy as np
import pytest

from keras_genae import ConvVAE
from keras_genae.training import (
    Checkpoint,
    CollapseMonitor,
    DivergenceGuard,
    ImageGrid,
    KLAnnealing,
    TargetKL,
)

ONE = np.random.default_rng(0).random((1, 8, 8, 1)).astype("float32")


@pytest.mark.slow
@pytest.mark.parametrize("x", [ONE, np.repeat(ONE, 5, axis=0), np.zeros((3, 8, 8, 1), "float32")])
@pytest.mark.parametrize("schedule", [KLAnnealing(2), TargetKL(5.0)])
def test_all_callbacks_together_log_numbers(x, schedule, tmp_path, capsys):
    """One example, or some that are all the same, for training and validation."""
    model = ConvVAE((8, 8, 1), latent_dim=2, widths=(4,), seed=0)
    model.compile(keras.optimizers.Adam(0.01))
    callbacks = [
        schedule,
        ImageGrid(x, tmp_path / "pictures", samples=1),
        CollapseMonitor(x, patience=1),
        DivergenceGuard(),
        Checkpoint(tmp_path / "state"),
    ]
    history = model.fit(
        x, epochs=3, verbose=0, validation_data=(x[:1],), callbacks=callbacks
    ).history
    assert set(history) >= {"val_loss", "beta", "active_units", "learning_rate_factor"}
    for values in history.values():
        assert len(values) == 3 and np.isfinite(values).all()
