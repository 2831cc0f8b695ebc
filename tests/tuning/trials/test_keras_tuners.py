"""The hypermodel under each of KerasTuner's tuners, with what users hand to `search`."""

import keras
import keras_tuner as kt
import numpy as np
import pytest
import tensorflow as tf

from keras_genae.tuning import AutoencoderHyperModel
from keras_genae.tuning.trials.train import elbo_per_dim

pytest.importorskip("tensorboard")

SMALL = (
    ("{class: ConvVAE}", "{class: VAE, network: mlp, widths: [4]}"),
    ("image_size: 16, images: 200", "image_size: 8, images: 40"),
    ("{int: [2, 16], log: true}", "{choice: [2, 3, 4]}"),
    ("\n  widths: {choice: [[8], [8, 16]]}", ""),
    ("batch_size: 32", "batch_size: 8"),
)
COMMON = {"seed": 1, "overwrite": True}
TUNERS = {
    "random": lambda h, **kw: kt.RandomSearch(h, h.objective, max_trials=2, **kw),
    "bayesian": lambda h, **kw: kt.BayesianOptimization(h, h.objective, max_trials=2, **kw),
    "grid": lambda h, **kw: kt.GridSearch(h, h.objective, max_trials=2, **kw),
    "hyperband": lambda h, **kw: kt.Hyperband(h, h.objective, max_epochs=2, factor=2, **kw),
}
X = np.random.default_rng(0).integers(0, 256, (24, 8, 8, 3)).astype("uint8")
V = X[:8][::-1].copy()


def batches(*arrays):
    return tf.data.Dataset.from_tensor_slices(arrays if len(arrays) > 1 else arrays[0]).batch(8)


class Seen(keras.callbacks.Callback):
    """What trainings were given; on the class, since tuners copy callbacks."""

    epochs, batches, starts = [], [], []

    def on_train_begin(self, logs=None):
        self.starts.append(self.model.get_weights())
        self.epochs.append([])

    def on_epoch_begin(self, epoch, logs=None):
        self.epochs[-1].append(epoch)
        self.batches.append(0)

    def on_train_batch_end(self, batch, logs=None):
        self.batches[-1] += 1


@pytest.fixture
def seen():
    Seen.epochs, Seen.batches, Seen.starts = [], [], []
    return Seen


@pytest.fixture
def hypermodel(config_with):
    return lambda *changes: AutoencoderHyperModel(config_with(*SMALL, *changes), (8, 8, 3))


ARGUMENTS = {
    "array": {"x": X, "validation_data": V},
    "pair": {"x": X, "y": X, "validation_data": (V, V)},
    "tuple of one": {"x": X, "validation_data": (V,)},
    "labels": {"x": X, "y": np.arange(24), "validation_data": (V, np.arange(8))},
    "split": {"x": X, "validation_split": 0.25},
    "datasets": {"x": batches(X), "validation_data": batches(V)},
    "datasets of pairs": {"x": batches(X, X), "validation_data": batches(V, V)},
    "array and dataset": {"x": X, "validation_data": batches(V)},
    "own": {},
}


def search_with(tuner, case):
    epochs = {} if isinstance(tuner, kt.Hyperband) else {"epochs": 1}
    tuner.search(**ARGUMENTS[case], **epochs, verbose=0)
    trials = tuner.oracle.get_best_trials(2)
    assert [trial.status for trial in trials] == ["COMPLETED", "COMPLETED"], trials[0].message
    assert np.isfinite(trials[0].score) and trials[0].score >= trials[1].score
    assert trials[0].metrics.exists("parameters")


@pytest.mark.slow
@pytest.mark.parametrize("tuner", ["random", "bayesian", "grid"])
def test_any_tuner_searches(hypermodel, tmp_path, tuner):
    search_with(TUNERS[tuner](hypermodel(), directory=tmp_path, **COMMON), "split")


@pytest.mark.slow
@pytest.mark.parametrize("tuner", TUNERS)
@pytest.mark.parametrize("case", ARGUMENTS)
def test_any_tuner_takes_any_data(hypermodel, tmp_path, tuner, case):
    search_with(TUNERS[tuner](hypermodel(), directory=tmp_path, **COMMON), case)


@pytest.fixture(scope="module")
def one_model():
    """One model for many calls of `fit`, which trace once."""
    return []


@pytest.mark.slow
@pytest.mark.parametrize("case", ARGUMENTS)
def test_any_data_are_fitted(hypermodel, one_model, case):
    hypermodel, hp = hypermodel(), kt.HyperParameters()
    one_model.append(one_model[0] if one_model else hypermodel.build(hp))
    measured = hypermodel.fit(hp, one_model[0], **ARGUMENTS[case], epochs=1)
    assert list(measured) == ["val_elbo_per_dim", "parameters"]
    assert np.isfinite(measured["val_elbo_per_dim"])


@pytest.mark.slow
def test_arguments_of_fit_reach_it(hypermodel, tmp_path, seen):
    tuner = TUNERS["random"](hypermodel(), directory=tmp_path, **COMMON)
    tuner.search(
        x=X,
        validation_data=V,
        batch_size=6,
        epochs=4,
        initial_epoch=2,
        callbacks=[seen()],
        verbose=0,
    )
    assert seen.epochs == [[2, 3], [2, 3]]
    assert seen.batches == [4, 4, 4, 4]


@pytest.mark.slow
def test_the_config_says_what_the_caller_does_not(hypermodel, tmp_path, seen):
    tuner = TUNERS["random"](hypermodel(), directory=tmp_path, **COMMON)
    tuner.search(X, validation_data=V, callbacks=[seen()], verbose=0)
    assert seen.epochs == [[0, 1], [0, 1]]
    assert seen.batches == [3, 3, 3, 3]


@pytest.mark.slow
@pytest.mark.parametrize("own", [True, False], ids=["own data", "given data"])
def test_hyperband_goes_on_with_what_it_trained(hypermodel, tmp_path, seen, own):
    # So many values that no two trials of a bracket are the same.
    hypermodel = hypermodel(("{choice: [2, 3, 4]}", "{int: [2, 90]}"))
    tuner = kt.Hyperband(
        hypermodel, hypermodel.objective, max_epochs=3, factor=3, directory=tmp_path, **COMMON
    )
    data = {} if own else {"x": X, "validation_data": V}
    tuner.search(**data, callbacks=[seen()], verbose=0)
    trials = list(tuner.oracle.trials.values())
    assert all(trial.status == "COMPLETED" for trial in trials)
    went_on = 0
    for number, trial in enumerate(trials):
        values = trial.hyperparameters.values
        assert seen.epochs[number] == list(
            range(values["tuner/initial_epoch"], values["tuner/epochs"])
        )
        if "tuner/trial_id" in values:
            before = tuner.oracle.get_trial(values["tuner/trial_id"])
            kept = tuner.load_model(before).get_weights()
            for weight, expected in zip(seen.starts[number], kept, strict=True):
                np.testing.assert_array_equal(weight, expected)
            went_on += 1
    assert went_on >= 1


@pytest.mark.slow
@pytest.mark.parametrize("quality", ["val_elbo_per_dim", "val_mse"])
def test_the_best_model_is_the_one_that_was_measured(hypermodel, tmp_path, quality):
    # A rate at which epochs go up and down.
    changes = (("val_elbo_per_dim", quality), ("epochs: 2", "epochs: 6, learning_rate: 0.3"))
    tuner = TUNERS["random"](hypermodel(*changes), directory=tmp_path, **COMMON)
    tuner.search(X, validation_data=V, verbose=0)
    model, trial = tuner.get_best_models()[0], tuner.oracle.get_best_trials()[0]
    if quality == "val_mse":
        found = np.mean((model.reconstruct(V, verbose=0) - V / np.float32(255)) ** 2)
    else:
        batches = tf.data.Dataset.from_tensor_slices(V).batch(128)
        found = elbo_per_dim(model, model.evaluate(batches, verbose=0, return_dict=True))
    assert found == pytest.approx(trial.score, rel=1e-4)


def test_a_split_sets_aside_what_keras_sets_aside(hypermodel, monkeypatch):
    hypermodel = hypermodel()
    hp = kt.HyperParameters()
    model = hypermodel.build(hp)
    marked = np.zeros_like(X)
    marked[18:] = 255
    given = {}
    fit = model.fit
    monkeypatch.setattr(model, "fit", lambda **kwargs: given.update(kwargs) or fit(**kwargs))
    hypermodel.fit(hp, model, marked, validation_split=0.25, epochs=1)
    assert given["x"].max() == 0 and len(given["x"]) == 18
    held_out = np.concatenate([batch.numpy() for batch in given["validation_data"]])
    assert held_out.min() == 255 and len(held_out) == 6


def test_a_target_of_its_own_is_what_the_error_is_measured_against(hypermodel):
    hypermodel = hypermodel(("val_elbo_per_dim", "val_mse"))
    hp = kt.HyperParameters()
    model = hypermodel.build(hp)
    measured = hypermodel.fit(hp, model, X, 255 - X, validation_data=(V, 255 - V), epochs=1)
    wanted = (255 - V) / np.float32(255)
    expected = np.mean((model.reconstruct(V, verbose=0) - wanted) ** 2)
    assert measured["val_mse"] == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"x": X}, "Give `validation_data` or `validation_split`"),
        ({"validation_data": V}, "Received: validation_data without x"),
        ({"validation_split": 0.5}, "Received: validation_split without x"),
        ({"x": X, "validation_split": 0.999}, "must leave examples for both"),
        ({"x": batches(X), "validation_split": 0.5}, "`validation_split` needs arrays"),
        ({"x": X, "validation_data": iter([V])}, "can be read only once"),
        ({"x": X, "validation_data": batches(V).take(0)}, "one batch or more"),
    ],
)
def test_what_cannot_be_measured_is_refused(hypermodel, arguments, words):
    hypermodel = hypermodel()
    hp = kt.HyperParameters()
    with pytest.raises(ValueError, match=words):
        hypermodel.fit(hp, hypermodel.build(hp), **arguments)


def test_a_tuned_batch_size_cannot_be_given(hypermodel):
    hypermodel = hypermodel(("{choice: [2, 3, 4]}", "{choice: [2]}\n  batch_size: {choice: [8]}"))
    hp = kt.HyperParameters()
    with pytest.raises(ValueError, match="is a hyperparameter of this search"):
        hypermodel.fit(hp, hypermodel.build(hp), X, validation_data=V, batch_size=4)


@pytest.mark.slow
def test_a_training_that_diverges_fails_in_words(hypermodel, tmp_path):
    hypermodel = hypermodel(("epochs: 2", "epochs: 3, learning_rate: 1e30"))
    tuner = kt.RandomSearch(hypermodel, hypermodel.objective, max_trials=1, directory=tmp_path)
    tuner.search(X, validation_data=V, verbose=0)
    trial = next(iter(tuner.oracle.trials.values()))
    assert trial.status == "FAILED" and "diverged: " in trial.message
