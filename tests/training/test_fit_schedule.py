"""A rate that follows `fit` from its first step to its last, however it is called."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_genae import VAE, Autoencoder
from keras_genae.training import FitSchedule
from keras_genae.training.learning_rates import scale_learning_rate
from keras_genae.training.recipe import LEARNING_RATE

X = np.random.default_rng(0).normal(size=(32, 6)).astype("float32")
PEAK = 0.01


class Rates(keras.callbacks.Callback):
    """Notes the rate of each step."""

    def on_train_begin(self, logs=None):
        self.rates = []

    def on_train_batch_begin(self, batch, logs=None):
        self.rates.append(float(self.model.optimizer.learning_rate))


def model_of(optimizer=None, **options):
    model = Autoencoder((6,), 2, widths=(4,), seed=0)
    optimizer = optimizer or keras.optimizers.SGD(FitSchedule(PEAK))
    model.compile(optimizer, **{"run_eagerly": True, **options})
    return model


def rates_of(model, data=X, **options):
    seen = Rates()
    batch = None if isinstance(data, tf.data.Dataset) else 4
    model.fit(data, batch_size=batch, verbose=0, callbacks=[seen], **options)
    return np.array(seen.rates)


# Four epochs of eight steps: three of warm-up, the share 0.1 rounded up.
WHOLE = rates_of(model_of(), epochs=4)


def test_it_rises_to_the_peak_and_falls_to_the_floor():
    schedule = FitSchedule(PEAK, floor=0.02)
    schedule.begin(step=50, steps=2000)
    rates = np.array([float(schedule(step)) for step in range(50, 2051)])
    assert rates[0] == pytest.approx(0.02 * PEAK) and rates[100] == pytest.approx(PEAK)
    assert rates[1050] == pytest.approx(0.51 * PEAK)  # Half of the way down.
    assert rates[-1] == pytest.approx(0.02 * PEAK)
    assert np.all(np.diff(rates[:101]) > 0) and np.all(np.diff(rates[100:]) < 0)
    assert float(schedule(9999)) == pytest.approx(0.02 * PEAK)


def test_a_fit_is_one_descent():
    assert len(WHOLE) == 32 and WHOLE[0] < 0.02 * PEAK
    assert WHOLE.argmax() in (3, 4) and WHOLE.max() > 0.98 * PEAK
    assert np.all(np.diff(WHOLE[4:]) < 0) and WHOLE[-1] < 0.02 * PEAK


def test_each_fit_begins_anew():
    model = model_of()
    for _ in range(2):
        np.testing.assert_allclose(rates_of(model, epochs=4), WHOLE, rtol=1e-5)


def test_a_resumed_run_goes_on_where_it_was(tmp_path):
    model = model_of()

    class Killed(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 2:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        model.fit(X, batch_size=4, epochs=4, verbose=0, callbacks=[Killed()])
    model.save(tmp_path / "half.keras")
    for one in (model, keras.saving.load_model(tmp_path / "half.keras")):
        rest = rates_of(one, epochs=4, initial_epoch=2)
        np.testing.assert_allclose(rest, WHOLE[16:], rtol=1e-5)


def test_keras_backups_resume_it_too(tmp_path):
    class Killed(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 2:
                raise KeyboardInterrupt

    def run(*callbacks):
        seen = Rates()
        backup = keras.callbacks.BackupAndRestore(tmp_path)
        model_of().fit(X, batch_size=4, epochs=4, verbose=0, callbacks=[backup, seen, *callbacks])
        return seen.rates

    with pytest.raises(KeyboardInterrupt):
        run(Killed())
    np.testing.assert_allclose(run(), WHOLE[16:], rtol=1e-5)


# Keras says so of any source that does not know how many batches it has.
@pytest.mark.filterwarnings("ignore:Your input ran out of data")
def test_a_source_that_does_not_know_its_length_is_counted_in_the_first_epoch():
    unknown = tf.data.Dataset.from_tensor_slices(X).batch(4).filter(lambda batch: True)
    rates = rates_of(model_of(), unknown, epochs=4)
    # Keras begins one batch an epoch that then is not there: nine begin for eight steps.
    np.testing.assert_allclose(np.delete(rates, [8, 17, 26, 35])[8:], WHOLE[8:], rtol=1e-5)


@pytest.mark.parametrize(
    "how",
    [
        {"steps_per_execution": 8, "run_eagerly": False},
        {"optimizer": keras.optimizers.SGD(FitSchedule(PEAK), gradient_accumulation_steps=2)},
        {"optimizer": keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(FitSchedule(PEAK)))},
    ],
    ids=["executions", "accumulated", "scaled loss"],
)
def test_however_steps_are_made(how):
    model = model_of(**how)
    rates_of(model, epochs=4)
    assert float(model.optimizer.learning_rate) == pytest.approx(0.01 * PEAK, rel=0.02)


def as_list(callbacks, model):
    return keras.callbacks.CallbackList(callbacks, model=model, add_history=True)


@pytest.mark.slow
def test_callbacks_in_any_form_keras_takes():
    for form in (lambda c, m: c, lambda c, m: [c], lambda c, m: as_list([c], model=m)):
        seen, model = Rates(), model_of()
        for _ in range(2):
            model.fit(X, batch_size=4, epochs=4, verbose=0, callbacks=form(seen, model))
            # Keras's own list does not say how many steps there are: known after an epoch.
            np.testing.assert_allclose(seen.rates[8:], WHOLE[8:], rtol=1e-5)


def test_a_lowered_rate_stays_lower():
    model = model_of()
    scale_learning_rate(model, 0.5)
    np.testing.assert_allclose(rates_of(model, epochs=4), 0.5 * WHOLE, rtol=1e-5)
    assert model.optimizer.get_config()["learning_rate"]["config"]["peak"] == pytest.approx(0.005)


def test_outside_of_fit_the_rate_is_the_peak():
    model = model_of()
    model.train_on_batch(X)
    assert float(model.optimizer.learning_rate) == pytest.approx(PEAK)


@pytest.mark.parametrize("arguments", [{"peak": 0}, {"peak": -1.0}, {"peak": 1.0, "floor": 2.0}])
def test_wrong_numbers_are_refused(arguments):
    with pytest.raises(ValueError, match="Received"):
        FitSchedule(**arguments)


def test_models_compiled_without_an_optimizer_follow_it():
    model = Autoencoder((6,), 2, widths=(4,), seed=0)
    model.compile()
    rates = rates_of(model, epochs=4)
    np.testing.assert_allclose(rates, WHOLE / PEAK * LEARNING_RATE, rtol=1e-5)
    assert type(model.optimizer).__name__ == "Muon"


def test_matrices_between_wide_layers_are_left_to_adam():
    # Muon's products over a side of hundreds of units would take longer than the step itself.
    wide = VAE((150,), 2, widths=(140,), seed=0)
    wide.compile()
    assert wide.optimizer.exclude_layers == ["^raw/kernel$", "^stage_1/kernel$"]
    wide.fit(np.zeros((4, 150)), verbose=0)
    pairs = zip(wide.trainable_variables, wide.optimizer.adam_velocities, strict=True)
    assert {v.path for v, second in pairs if second is None} == {"mean/kernel", "log_var/kernel"}
