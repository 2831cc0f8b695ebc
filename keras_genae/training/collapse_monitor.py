"""Watch the latent units of a VAE while it trains."""

import keras
import numpy as np
from keras import ops


class CollapseMonitor(keras.callbacks.Callback):
    """Say which latent units are dead, whether the decoder uses z at all, and what helps.

    A unit is dead where its posterior is the prior for every x (Burda et al., 2016: the variance of
    its mean is below 0.01). Where all are, the model has collapsed: it reconstructs the mean image,
    whatever it is shown. `active_units` is logged after each epoch; words are printed when a
    collapse has lasted `patience` epochs, and at the end of training where units are dead.

    Args:
        x: examples to look at, an array `(n, *input_shape)`; a few hundred of the validation data.
        patience: epochs of collapse before it is reported.

    Raises:
        ValueError: on a model that has no posterior.

    Example:

    >>> import keras, numpy as np, keras_genae as genae
    >>> x = np.random.default_rng(0).random((64, 16)).astype("float32")
    >>> model = genae.VAE((16,), latent_dim=4, widths=(8,), beta=1000.0, seed=0)
    >>> model.compile(keras.optimizers.Adam(0.01))
    >>> history = model.fit(
    ...     x, epochs=100, verbose=0, callbacks=[CollapseMonitor(x, patience=200)]
    ... )  # doctest: +ELLIPSIS
    CollapseMonitor: 4 of 4 latent units are dead ...
    >>> history.history["active_units"][-1]
    0
    """

    # Reconstructions must beat the mean image by this share of its error to count as such.
    WORTH_HAVING = 0.02

    def __init__(self, x, patience=5):
        super().__init__()
        self.x = x
        self.patience = patience
        self.collapsed_epochs = 0

    def on_train_begin(self, logs=None):
        """Look for a posterior."""
        if not hasattr(self.model, "encode_distribution"):
            raise ValueError(
                "`CollapseMonitor` watches the posterior of a VAE. "
                f"Received: a {type(self.model).__name__}"
            )
        self.collapsed_epochs = 0

    def on_epoch_end(self, epoch, logs=None):
        """Count the active units, and report a collapse that lasts."""
        active = self.active_units()
        logs["active_units"] = int(active.sum())
        self.collapsed_epochs = 0 if active.any() else self.collapsed_epochs + 1
        if self.collapsed_epochs == self.patience:
            print(f"\nCollapseMonitor: epoch {epoch + 1}: {self.verdict()}")

    def on_train_end(self, logs=None):
        """Report units that are dead in the end."""
        if not self.active_units().all():
            print(f"CollapseMonitor: {self.verdict()}")

    def active_units(self):
        """Which units are active, `(latent_dim,)` booleans."""
        posterior = self.model.encode_distribution(self.x, verbose=0)
        return ops.convert_to_numpy(posterior.active_units())

    def verdict(self):
        """What the units do, and what to change, in words."""
        active = self.active_units()
        dead = [int(unit) for unit in np.flatnonzero(~active)]
        error, mean_error = self.errors()
        units = f"{len(dead)} of {len(active)} latent units are dead"
        if dead:
            units += f" ({', '.join(map(str, dead))}): their posterior is the prior for every x"
        compared = f"mean squared error {error:.4g}, of the mean image {mean_error:.4g}"
        if error > (1.0 - self.WORTH_HAVING) * mean_error:
            return (
                f"{units}. The reconstructions are no better than the mean image ({compared}): "
                "the decoder ignores z. Train longer, start with `KLAnnealing`, give "
                "`free_bits=0.1`, or choose a smaller `beta` or `likelihood='sigma'`."
            )
        if dead:
            return (
                f"{units}. The others carry the reconstruction ({compared}). `latent_dim="
                f"{len(active) - len(dead)}` would do as well; to use more units choose a smaller "
                "`beta` or `free_bits=0.1`."
            )
        return f"all {len(active)} latent units are active ({compared})."

    def errors(self):
        """Mean squared error of the reconstructions, and of the mean of `x` in their place."""
        x = ops.convert_to_numpy(self.model.to_float(self.x))
        reconstructed = self.model.reconstruct(self.x, verbose=0)
        return float(np.mean(np.square(x - reconstructed))), float(np.mean(x.var(axis=0)))
