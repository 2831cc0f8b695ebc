"""The weights of the best epoch, kept while a training goes on."""

import json

import keras
import numpy as np

from keras_genae.files import write_aside
from keras_genae.tuning.config.objectives import is_better


class BestEpoch(keras.callbacks.Callback):
    """Keep the weights of the epoch whose quality is best.

    Keras's `EarlyStopping(restore_best_weights=True)` does this in memory, where a killed process
    loses it. This one also keeps a file, whenever `save` is called: call it before the state of
    training is saved, and a resumed training knows the best of the epochs it does not train again.

    Args:
        quality: name of the quality, among the logs.
        path: the file; `None` for memory alone. What it holds is taken up.

    Attributes:
        epoch: the best so far, from 1; 0 where there is none.
        logs: name → value of that epoch.
        last: the newest value of the quality, `None` before the first epoch.
    """

    def __init__(self, quality, path=None):
        super().__init__()
        self.quality = quality
        self.path = path
        self.epoch, self.logs, self.weights, self.last = 0, None, None, None
        self.is_saved = True
        if path is not None and path.exists():
            with np.load(path, allow_pickle=False) as saved:
                state = json.loads(saved["state"].item())
                self.weights = [saved[f"weight_{i}"] for i in range(len(saved.files) - 1)]
            self.epoch, self.logs, self.last = state["epoch"], state["logs"], state["last"]

    def on_epoch_end(self, epoch, logs=None):
        """Copy the weights where the quality is better than before."""
        self.last = float(logs[self.quality])
        if not np.isfinite(self.last):
            return
        if self.epoch == 0 or is_better(self.quality, self.last, self.logs[self.quality]):
            self.epoch = epoch + 1
            self.logs = {name: float(value) for name, value in logs.items()}
            self.weights = self.model.get_weights()
            self.is_saved = False

    def save(self):
        """Write the file, where there is something new."""
        if self.path is None or self.is_saved:
            return
        state = json.dumps({"epoch": self.epoch, "logs": self.logs, "last": self.last})
        weights = {f"weight_{i}": weight for i, weight in enumerate(self.weights)}
        with write_aside(self.path) as aside, open(aside, "wb") as file:
            np.savez(file, state=np.array(state), **weights)
        self.is_saved = True

    def restore(self, model):
        """Give a model the weights of the best epoch, where there is one."""
        if self.weights is not None:
            model.set_weights(self.weights)

    def remark(self, epochs):
        """In a line, which of `epochs` was kept, where it is not the last; else nothing."""
        if self.epoch in (0, epochs):
            return ""
        return (
            f"kept epoch {self.epoch} of {epochs}: {self.quality} "
            f"{self.logs[self.quality]:.4g} there, {self.last:.4g} at the end"
        )
