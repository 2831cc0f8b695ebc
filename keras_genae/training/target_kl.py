"""A controller for the weight of the KL divergence."""

import math

import keras
from keras import ops

from keras_genae.training.beta import require_beta


class TargetKL(keras.callbacks.Callback):
    """Move `beta` until the KL divergence, the rate, is the one asked for.

    How many nats a code may hold is easier to say than the weight that leads there. After each
    epoch `beta` is multiplied by exp(gain · relative error), so it rises where the KL is too large
    and falls where it is too small. It is logged as `beta`, and saved with the weights. Where it
    arrives at the end of its range, 1e-4 to 1e4, the target is out of reach, and it says so.

    Args:
        target: KL divergence to reach, in nats per example.
        gain: how fast; `beta` changes by a factor of at most exp(gain) in an epoch.

    Raises:
        ValueError: on a target or gain that is not positive and finite, or a model without `beta`.

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
            if not 0 < value < math.inf:
                raise ValueError(f"`{name}` must be above 0 and finite. Received: {name}={value}")
        self.target = target
        self.gain = gain
        self.is_out_of_reach = False

    def next_beta(self, beta, kl):
        """The weight for the next epoch, from this epoch's weight and KL."""
        if not math.isfinite(kl):
            return beta  # A run that diverged says nothing of the weight.
        error = min(1.0, max(-1.0, (kl - self.target) / self.target))
        # No step is longer than the range, so that exp does not overflow.
        step = min(self.gain, math.log(self.LARGEST / self.SMALLEST)) * error
        return min(self.LARGEST, max(self.SMALLEST, beta * math.exp(step)))

    def on_train_begin(self, logs=None):
        """Look for the weight to move."""
        require_beta(self)
        self.is_out_of_reach = False

    def on_epoch_end(self, epoch, logs=None):
        """Log this epoch's weight, and set the next."""
        logs["beta"] = float(ops.convert_to_numpy(self.model.beta))
        following = self.next_beta(logs["beta"], logs["kl_loss"])
        self.model.beta.assign(following)
        was_out_of_reach = self.is_out_of_reach
        self.is_out_of_reach = following in (self.SMALLEST, self.LARGEST)
        if self.is_out_of_reach and not was_out_of_reach:
            print(f"\nTargetKL: epoch {epoch + 1}: {self.verdict(following, logs['kl_loss'])}")

    def verdict(self, beta, kl):
        """Why `beta` is at the end of its range, and what to change, in words."""
        reached = f"the KL is {kl:.4g} nats, and `beta` has come to {beta:g}, where it stops: "
        if kl < self.target:
            return (
                f"{reached}the target of {self.target:g} nats is more than this model finds to say "
                "about the data so far. Train longer, choose a smaller `target`, more "
                "`latent_dim`, or a likelihood that asks for more detail (`likelihood='sigma'`)."
            )
        return (
            f"{reached}the target of {self.target:g} nats is less than this model can be brought "
            "to. Choose a larger `target` or a lower learning rate, or leave out `free_bits`."
        )
