"""A controller for the penalty of a sparse dictionary."""

from keras_genae.training.target_weight import TargetWeight


class TargetL0(TargetWeight):
    """Move `penalty_weight` until as many features fire as were asked for.

    How many features are to fire is easier to say than what a firing one should cost, which depends
    on the units of the data. After each epoch `penalty_weight` is multiplied by
    exp(gain · relative error of `l0`). It is logged as `penalty_weight`, and saved with the
    weights. Where it arrives at the end of its range, 1e-8 to 1e8, it says so.

    Give it twenty epochs or more: shorter ones, by `steps_per_epoch`, where the data are many.
    Begin with a small `penalty_weight`: features are then found before they are paid for, which is
    what the papers raise their penalties slowly for. (The JumpReLU paper proposes a penalty of
    (l0 / target − 1)², too.)

    Args:
        target: how many features are to fire, mean over a training epoch.
        gain: how fast; `penalty_weight` changes by a factor of at most exp(gain) in an epoch.

    Raises:
        ValueError: on a target or gain that is not positive and finite, or a model that pays for no
            features, such as `TopKSAE`, whose `k` says how many fire.

    Example:

    >>> import numpy as np, keras_genae as genae
    >>> model = genae.JumpReLUSAE((16,), latent_dim=64, seed=0)
    >>> model.compile(optimizer="adam")
    >>> x = np.random.default_rng(0).normal(size=(256, 16)).astype("float32")
    >>> history = model.fit(x, epochs=2, verbose=0, callbacks=[TargetL0(4)]).history
    >>> history["l0"][0] > 4 and history["penalty_weight"][1] > history["penalty_weight"][0]
    True
    """

    WEIGHT, MEASURED = "penalty_weight", "l0"
    SMALLEST, LARGEST = 1e-8, 1e8

    def require_weight(self):
        """See `TargetWeight.require_weight`."""
        measured = getattr(self.model, "measure_names", ())
        if self.MEASURED not in measured or not hasattr(self.model, self.WEIGHT):
            raise ValueError(
                "`TargetL0` moves what `JumpReLUSAE` and `GatedSAE` pay for features that fire. "
                "Dictionaries with `k` are told by it how many do. "
                f"Received: a {type(self.model).__name__}"
            )

    def verdict(self, weight, measured):
        """See `TargetWeight.verdict`."""
        reached = (
            f"{measured:.4g} features fire, and `penalty_weight` has come to {weight:g}, where it "
            f"stops: the target of {self.target:g} is "
        )
        if measured < self.target:
            return f"{reached}more than there is to explain. Choose a smaller `target`."
        return (
            f"{reached}less than it can be brought to. Train longer, or choose a larger `target`."
        )
