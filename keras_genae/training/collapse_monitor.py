"""Watch the units of a VAE, the codes of a codebook or the features of a dictionary."""

import keras
import numpy as np
from keras import ops

from keras_genae.training.dead_codes import DeadCodes, all_the_same
from keras_genae.training.dead_features import DeadFeatures

# What a model may have in the place of latent units.
COUNTED = (DeadCodes, DeadFeatures)
# Where so many codes or features are dead the model has collapsed.
COLLAPSED_SHARE = 0.5


class CollapseMonitor(keras.callbacks.Callback):
    """Say which units, codes or features are dead, whether the decoder uses z, and what helps.

    A unit is dead where its posterior is the same for every x: see `DiagonalNormal.dead_units`.
    Where all are, the model has collapsed: it reconstructs the mean image, whatever it is shown.
    Words are printed when a collapse has lasted `patience` epochs, and at the end of training where
    units are dead. `active_units` is logged after each epoch, by the definition of Burda et al.
    (2016): units whose mean has a variance above 0.01. Small codes fall below it and may be alive.

    Of a model with a codebook it counts the codes that `x` is given, logged as `used_codes`. A code
    that is given to no place of any example is dead; where half of them are, the codebook has
    collapsed.

    Args:
        x: examples to look at, an array `(n, *input_shape)`; a few hundred of the validation data.
            Nothing is reported where all are the same, as there is nothing to tell apart; or where
            they have fewer than ten places for each code.
        patience: epochs of collapse before it is reported.

    Raises:
        ValueError: on a model that has no codebook, features or posterior, or a posterior without
            independent units.

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
        self.counted = None

    def on_train_begin(self, logs=None):
        """Look for codes, features or a posterior, and for examples that differ."""
        self.collapsed_epochs = 0
        kind = next((kind for kind in COUNTED if kind.suits(self.model)), None)
        self.counted = None if kind is None else kind(self.model, self.x)
        if self.counted is None:
            self.require_units()
            why_not = all_the_same(self.x, "latent unit")
        else:
            why_not = self.counted.why_not()
        self.can_tell = why_not is None
        if not self.can_tell:
            print(f"CollapseMonitor: {why_not}")

    def require_units(self):
        """Raise a ValueError where the model has no posterior with units."""
        if not hasattr(self.model, "encode_distribution"):
            raise ValueError(
                "`CollapseMonitor` watches the posterior of a VAE. "
                f"Received: a {type(self.model).__name__}"
            )
        posterior = self.model.posterior(ops.zeros((1, *self.model.input_shape)))
        if not hasattr(posterior, "dead_units"):
            raise ValueError(
                "`CollapseMonitor` looks for dead units, which are defined for normal posteriors "
                "with independent units. "
                f"Received: a {type(self.model).__name__}, with a {type(posterior).__name__}"
            )

    def on_epoch_end(self, epoch, logs=None):
        """Log what is in use, and report a collapse that lasts."""
        if self.counted is not None:
            logs.update(self.counted.look())
            is_collapsed = np.mean(self.counted.is_dead) >= COLLAPSED_SHARE
        else:
            posterior = self.model.encode_distribution(self.x, verbose=0)
            logs["active_units"] = int(np.sum(ops.convert_to_numpy(posterior.active_units())))
            is_collapsed = ops.convert_to_numpy(posterior.dead_units()).all()
        self.collapsed_epochs = self.collapsed_epochs + 1 if is_collapsed else 0
        if self.can_tell and self.collapsed_epochs == self.patience:
            print(f"\nCollapseMonitor: epoch {epoch + 1}: {self.verdict()}")

    def on_train_end(self, logs=None):
        """Report what is dead in the end."""
        if not self.can_tell:
            return
        if self.counted is not None:
            self.counted.look()
        is_dead = self.dead_units() if self.counted is None else self.counted.is_dead
        if is_dead.any():
            print(f"CollapseMonitor: {self.verdict()}")

    def dead_units(self):
        """Which units are dead, `(units,)` booleans; those of a map are counted row by row."""
        posterior = self.model.encode_distribution(self.x, verbose=0)
        return ops.convert_to_numpy(posterior.dead_units()).ravel()

    def verdict(self):
        """What the units, codes or features do, and what to change, in words."""
        if self.counted is not None:
            return self.counted.verdict()
        is_dead = self.dead_units()
        dead = [int(unit) for unit in np.flatnonzero(is_dead)]
        alive = len(is_dead) - len(dead)
        error, mean_error = self.errors()
        units = f"{len(dead)} of {len(is_dead)} latent units are dead"
        if dead:
            units += f" ({', '.join(map(str, dead))}): their posterior is the same for every x"
        compared = f"mean squared error {error:.4g}, of the mean image {mean_error:.4g}"
        if not alive or error > (1.0 - self.WORTH_HAVING) * mean_error:
            return (
                f"{units}. The reconstructions are hardly better than the mean image ({compared}): "
                "the decoder ignores z. Train longer, start with `KLAnnealing`, give "
                "`free_bits=0.1`, or choose a smaller `beta` or `likelihood='sigma'`."
            )
        if dead:
            return (
                f"{units}. The others carry the reconstruction ({compared}). `latent_dim={alive}` "
                "would do as well; to use more units choose a smaller `beta` or `free_bits=0.1`."
            )
        return f"none of the {len(is_dead)} latent units is dead ({compared})."

    def errors(self):
        """Mean squared error of the reconstructions, and of the mean of `x` in their place."""
        x = ops.convert_to_numpy(self.model.to_float(self.x)).astype("float64")
        reconstructed = self.model.reconstruct(self.x, verbose=0)
        return float(np.mean(np.square(x - reconstructed))), float(np.mean(x.var(axis=0)))
