import json

import keras
import numpy as np
import pytest

from keras_genae import VAE, Autoencoder
from keras_genae.training import Checkpoint, KLAnnealing

X = np.random.default_rng(0).normal(size=(32, 8)).astype("float32")


def model_of(model_class=VAE, optimizer=None, **arguments):
    model = model_class((8,), **{"latent_dim": 2, "widths": (8,), "seed": 0, **arguments})
    model.compile(optimizer=optimizer or keras.optimizers.Adam(0.01))
    return model


def train(folder, epochs, callbacks=(), **arguments):
    """Resume where the folder stands, up to a number of epochs."""
    model, checkpoint = model_of(**arguments), Checkpoint(folder)
    first = checkpoint.restore(model)
    options = {"batch_size": 8, "shuffle": False, "verbose": 0}
    model.fit(
        X,
        initial_epoch=first,
        epochs=epochs,
        validation_data=(X,),
        callbacks=[*callbacks, checkpoint],
        **options,
    )
    return model, checkpoint


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("dtype", ["float32", "mixed_float16"])
def test_a_resumed_run_equals_an_unbroken_one_bit_for_bit(dtype, tmp_path):
    # The weights a model starts from come from Keras's global generator.
    keras.utils.set_random_seed(0)
    whole, whole_log = train(tmp_path / "whole", 4, [KLAnnealing(4)], dtype=dtype)
    keras.utils.set_random_seed(0)
    train(tmp_path / "broken", 2, [KLAnnealing(4)], dtype=dtype)
    # Other weights and noise to start from: all that counts comes from the folder.
    resumed, log = train(tmp_path / "broken", 4, [KLAnnealing(4)], dtype=dtype, seed=9)
    for a, b in zip(resumed.variables, whole.variables, strict=True):
        np.testing.assert_array_equal(a, b)
    for a, b in zip(resumed.optimizer.variables, whole.optimizer.variables, strict=True):
        np.testing.assert_array_equal(a, b)
    np.testing.assert_array_equal(resumed.noise.state, whole.noise.state)
    assert log.history == whole_log.history
    assert set(log.history) >= {"loss", "kl_loss", "val_loss", "val_kl_loss", "beta"}
    assert all(len(values) == 4 for values in log.history.values())


def test_the_folder_holds_the_last_state_and_all_logs(tmp_path):
    _, checkpoint = train(tmp_path, 3)
    assert names(tmp_path) == ["epoch-000003.weights.h5", "history.json"]
    assert json.loads((tmp_path / "history.json").read_text()) == checkpoint.history


def test_an_empty_or_missing_folder_starts_from_the_beginning(tmp_path):
    for folder in (tmp_path, tmp_path / "missing"):
        checkpoint = Checkpoint(folder)
        assert checkpoint.restore(model_of()) == 0 and checkpoint.history == {}


def test_a_run_killed_while_writing_resumes_from_the_last_whole_epoch(tmp_path):
    train(tmp_path, 2)
    # What a killed process leaves: a hidden half of the next state, beside logs that are ahead.
    (tmp_path / ".epoch-000003-abc.weights.h5").write_bytes(b"half a file")
    history = json.loads((tmp_path / "history.json").read_text())
    ahead = {name: [*values, 123.0] for name, values in history.items()}
    (tmp_path / "history.json").write_text(json.dumps(ahead))
    checkpoint = Checkpoint(tmp_path)
    assert checkpoint.restore(model_of()) == 2
    assert checkpoint.history == history


def test_a_run_killed_before_the_old_state_was_removed_takes_the_newer(tmp_path):
    train(tmp_path, 1)
    old = (tmp_path / "epoch-000001.weights.h5").read_bytes()
    trained, _ = train(tmp_path, 2)
    (tmp_path / "epoch-000001.weights.h5").write_bytes(old)
    model = model_of()
    assert Checkpoint(tmp_path).restore(model) == 2
    np.testing.assert_array_equal(model.reconstruct(X), trained.reconstruct(X))
    train(tmp_path, 3)
    assert names(tmp_path) == ["epoch-000003.weights.h5", "history.json"]


@pytest.mark.parametrize(
    ("model_class", "arguments"),
    [
        (VAE, {"latent_dim": 3}),
        (VAE, {"widths": (9,)}),
        (VAE, {"widths": (8, 8)}),
        (Autoencoder, {}),
        (VAE, {"optimizer": keras.optimizers.SGD()}),
    ],
)
def test_the_state_of_another_model_is_an_error(model_class, arguments, tmp_path):
    train(tmp_path, 1)
    with pytest.raises(ValueError, match="made by a model of other sizes or options"):
        Checkpoint(tmp_path).restore(model_of(model_class, **arguments))


def test_fewer_layers_than_were_saved_are_an_error_too(tmp_path):
    train(tmp_path, 1, widths=(8, 8))
    with pytest.raises(ValueError, match="made by a model of other sizes or options"):
        Checkpoint(tmp_path).restore(model_of(widths=(8,)))


def test_a_new_run_in_a_used_folder_is_stopped_before_it_mixes_with_the_old_one(tmp_path):
    # Without `restore` the new run counts from epoch 1, and its state would be passed over for the
    # old one's, which has the higher number.
    train(tmp_path, 2)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(ValueError, match="restore"):
        model_of().fit(X, epochs=1, verbose=0, callbacks=[Checkpoint(tmp_path)])
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
