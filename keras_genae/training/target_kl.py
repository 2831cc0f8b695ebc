"""A controller for the weight of the KL divergence."""

from keras_genae.training.beta import require_beta
from keras_genae.training.target_weight import TargetWeight


class TargetKL(TargetWeight):
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

    WEIGHT, MEASURED = "beta", "kl_loss"

    def next_beta(self, beta, kl):
        """The weight for the next epoch, from this epoch's weight and KL."""
        return self.next_weight(beta, kl)

    def require_weight(self):
        """See `TargetWeight.require_weight`."""
        require_beta(self)

    def verdict(self, weight, measured):
        """See `TargetWeight.verdict`."""
        reached = (
            f"the KL is {measured:.4g} nats, and `beta` has come to {weight:g}, where it stops: "
        )
        if measured < self.target:
            return (
                f"{reached}the target of {self.target:g} nats is more than this model finds to say "
                "about the data so far. Train longer, choose a smaller `target`, more "
                "`latent_dim`, or a likelihood that asks for more detail (`likelihood='sigma'`)."
            )
        return (
            f"{reached}the target of {self.target:g} nats is less than this model can be brought "
            "to. Choose a larger `target` or a lower learning rate, or leave out `free_bits`."
        )
