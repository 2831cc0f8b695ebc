"""Training that can be stopped at any moment and goes on where it was."""

import json
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

    Args:
        folder: where to write.

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

    def __init__(self, folder):
        super().__init__()
        self.folder = pathlib.Path(folder)
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
        saved = self._saved()
        if not saved:
            self.history = {}
            return 0
        epochs = int(saved[-1].name.split(".")[0].removeprefix("epoch-"))
        # Keras leaves out what an optimizer has not made yet.
        model.optimizer.build(model.trainable_variables)
        try:
            with warnings.catch_warnings():
                # Keras loads the weights of another model or optimizer in part, and only warns.
                warnings.filterwarnings("error", message="Skipping")
                model.load_weights(saved[-1])
        except (ValueError, KeyError, UserWarning) as error:
            raise ValueError(
                "The checkpoint was made by a model of other sizes or options. Resume with the "
                f"same ones, or choose another folder. Received: {saved[-1]}"
            ) from error
        # The logs are written before the state: a run killed in between has one epoch too many.
        history = json.loads(self._history_path.read_text())
        self.history = {name: values[:epochs] for name, values in history.items()}
        return epochs

    def on_train_begin(self, logs=None):
        """Refuse to mix two runs in one folder."""
        if not self.is_restored and self._saved():
            raise ValueError(
                "The folder holds the state of another run. Call `checkpoint.restore(model)` "
                f"before `fit` to go on with it, or choose another folder. Received: {self.folder}"
            )
        self.is_restored = True

    def on_epoch_end(self, epoch, logs=None):
        """Save logs, then state, then remove the state before."""
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(float(value))
        with write_aside(self._history_path) as aside:
            aside.write_text(json.dumps(self.history))
        older = self._saved()
        with write_aside(self.folder / f"epoch-{epoch + 1:06d}.weights.h5") as aside:
            self.model.save_weights(aside, overwrite=True)
        for path in older:
            if path != self._saved()[-1]:
                path.unlink()

    @property
    def _history_path(self):
        return self.folder / "history.json"

    def _saved(self):
        # Hidden files beside them are ones that a killed run was writing.
        return sorted(self.folder.glob("epoch-*.weights.h5"))
