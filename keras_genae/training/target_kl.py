"""A controller for the weight of the KL divergence."""

import math

import keras
from keras import ops

from keras_genae.training.beta import require_beta


class TargetKL(keras.callbacks.Callback):
    """Move `beta` until the KL divergence, the rate, is the one asked for.

    How many nats a code may hold is easier to say than the weight that leads there. After each
    epoch `beta` is multiplied by exp(gain · relative error), so it rises where the KL is too large
    and falls where it is too small. It is logged as `beta`, and saved with the weights.

    Args:
        target: KL divergence to reach, in nats per example.
        gain: how fast; `beta` changes by a factor of at most exp(gain) in an epoch.

    Raises:
        ValueError: on a target or gain that is not positive, or a model without `beta`.

    Example:

    >>> controller = TargetKL(target=20.0)
    >>> controller.next_beta(beta=1.0, kl=20.0)
    1.0
    >>> controller.next_beta(beta=1.0, kl=30.0) > 1.0
    True

    Reference:
        Shao et al., "ControlVAE: Controllable Variational Autoencoder", 2020 (there a
        proportional-integral controller; here its integral part, on a logarithmic scale).
    """

    # A KL that cannot be reached would otherwise drive the weight to zero or infinity.
    SMALLEST, LARGEST = 1e-4, 1e4

    def __init__(self, target, gain=0.5):
        super().__init__()
        for name, value in (("target", target), ("gain", gain)):
            if not value > 0:
                raise ValueError(f"`{name}` must be above 0. Received: {name}={value}")
        self.target = target
        self.gain = gain

    def next_beta(self, beta, kl):
        """The weight for the next epoch, from this epoch's weight and KL."""
        error = min(1.0, max(-1.0, (kl - self.target) / self.target))
        return min(self.LARGEST, max(self.SMALLEST, beta * math.exp(self.gain * error)))

    def on_train_begin(self, logs=None):
        """Look for the weight to move."""
        require_beta(self)

    def on_epoch_end(self, epoch, logs=None):
        """Log this epoch's weight, and set the next."""
        logs["beta"] = float(ops.convert_to_numpy(self.model.beta))
        self.model.beta.assign(self.next_beta(logs["beta"], logs["kl_loss"]))
