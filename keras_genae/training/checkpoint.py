"""Training that can be stopped at any moment and goes on where it was."""

import json
import math
import pathlib
import warnings

import keras

from keras_genae.files import write_aside


class Checkpoint(keras.callbacks.Callback):
    """Save the state of training after each epoch; `restore` brings it back.

    The state is one file, written aside and renamed: a run killed at any moment leaves the last
    whole epoch. It holds weights, optimizer, noise and `beta`, so a resumed run equals an unbroken
    one, provided the data come in the same order (`datasets.training_batches` sees to that). The
    logs of all epochs are kept beside it. Put this callback last, to save what the others logged.

    With `keep_best` the state of the best epoch stays beside the last one, and the model has it
    when training ends. A resumed run goes on from the last epoch all the same, so that it too
    equals an unbroken one. Losses are compared between epochs of one objective: where a schedule
    moves what they are weighted by, such as `beta`, only the epochs that had its last value count,
    and with `TargetKL`, which moves it in each, that is the last one.

    Args:
        folder: where to write.
        keep_best: name of the log that is lowest in the best epoch, such as `"val_loss"`; `None`
            keeps the last epoch alone.

    Example:

    >>> import tempfile, numpy as np, keras_genae as genae
    >>> folder = tempfile.mkdtemp()
    >>> x = np.random.default_rng(0).random((64, 8)).astype("float32")
    >>> def train(epochs):
    ...     model = genae.Autoencoder((8,), latent_dim=2, widths=(4,), seed=0)
    ...     model.compile()
    ...     checkpoint = Checkpoint(folder)
    ...     first_epoch = checkpoint.restore(model)
    ...     model.fit(x, initial_epoch=first_epoch, epochs=epochs, verbose=0, shuffle=False,
    ...               callbacks=[checkpoint])
    ...     return first_epoch
    >>> train(2), train(5)
    (0, 2)
    """

    def __init__(self, folder, keep_best=None):
        super().__init__()
        self.folder = pathlib.Path(folder)
        self.keep_best = keep_best
        self.history = {}
        self.is_restored = False

    def restore(self, model):
        """Bring back the newest state, if there is one.

        Args:
            model: a compiled model like the one that was saved.

        Returns:
            How many epochs are done: `fit`'s `initial_epoch`.

        Raises:
            ValueError: where the state is that of another model or optimizer.
        """
        self.is_restored = True
        self.set_model(model)
        saved = self._saved()
        if not saved:
            self.history = {}
            return 0
        epochs = max(saved)
        _load(model, saved[epochs])
        # The logs are written before the state: a run killed in between has one epoch too many.
        history = json.loads(self._history_path.read_text())
        self.history = {name: values[:epochs] for name, values in history.items()}
        return epochs

    @property
    def best_epoch(self):
        """The epoch, counted from 1, whose log `keep_best` is lowest; `None` where there is none.

        Of equal ones it is the first. Epochs that were not saved, or whose log is not a finite
        number, are left out.
        """
        saved = self._saved()
        values = dict(enumerate(self.history.get(self.keep_best, []), start=1))
        objective = self._objective(max(values, default=0))
        comparable = [
            epoch
            for epoch in sorted(saved)
            if _is_finite(values.get(epoch)) and self._objective(epoch) == objective
        ]
        return min(comparable, key=values.get, default=None)

    def _objective(self, epoch):
        """What the losses of an epoch depend on that a callback moves, and logs by its name."""
        if self.keep_best not in ("loss", "val_loss"):
            return []
        moved = [
            values
            for name, values in self.history.items()
            if isinstance(getattr(self.model, name, None), keras.Variable)
        ]
        return [values[epoch - 1] for values in moved if epoch <= len(values)]

    def restore_best(self, model):
        """Give a model the weights of the best epoch.

        Args:
            model: as for `restore`.

        Returns:
            `best_epoch`; where that is `None` the model stays as it is.
        """
        epoch = self.best_epoch
        if epoch is not None:
            _load(model, self._saved()[epoch])
        return epoch

    def on_train_begin(self, logs=None):
        """Refuse to mix two runs in one folder."""
        if not self.is_restored and self._saved():
            raise ValueError(
                "The folder holds the state of another run. Call `checkpoint.restore(model)` "
                f"before `fit` to go on with it, or choose another folder. Received: {self.folder}"
            )
        self.is_restored = True

    def on_epoch_end(self, epoch, logs=None):
        """Save logs, then state, then remove the states that are neither the last nor the best."""
        logs = logs or {}
        if self.keep_best is not None and self.keep_best not in {**self.history, **logs}:
            raise ValueError(
                "`keep_best` names what the best epoch is told by, one of the logs: "
                f"{', '.join(logs)}. A `val_` log needs `fit(validation_data=...)`. "
                f"Received: keep_best={self.keep_best!r}"
            )
        for name in {**self.history, **logs}:
            values = self.history.setdefault(name, [])
            # What is not logged in each epoch has gaps: the n-th entry is that of the n-th epoch.
            values += [None] * (epoch - len(values))
            values.append(float(logs[name]) if name in logs else None)
        with write_aside(self._history_path) as aside:
            aside.write_text(json.dumps(self.history))
        with write_aside(self.folder / f"epoch-{epoch + 1:06d}.weights.h5") as aside:
            self.model.save_weights(aside, overwrite=True)
        kept = {epoch + 1, self.best_epoch}
        for number, path in self._saved().items():
            if number not in kept:
                path.unlink()

    def on_train_end(self, logs=None):
        """Give the model the weights of the best epoch."""
        self.restore_best(self.model)

    @property
    def _history_path(self):
        return self.folder / "history.json"

    def _saved(self):
        """Epoch → file of its state. Hidden files beside them are ones that are being written."""
        paths = sorted(self.folder.glob("epoch-*.weights.h5"))
        return {int(path.name.split(".")[0].removeprefix("epoch-")): path for path in paths}


def _load(model, path):
    # Keras leaves out what an optimizer has not made yet.
    model.optimizer.build(model.trainable_variables)
    try:
        with warnings.catch_warnings():
            # Keras loads the weights of another model or optimizer in part, and only warns.
            warnings.filterwarnings("error", message="Skipping")
            model.load_weights(path)
    except (ValueError, KeyError, UserWarning) as error:
        raise ValueError(
            "The checkpoint was made by a model of other sizes or options. Resume with the "
            f"same ones, or choose another folder. Received: {path}"
        ) from error


def _is_finite(value):
    return value is not None and math.isfinite(value)
