"""The sparse autoencoder."""

from keras import ops

from keras_genae.distributions import Point
from keras_genae.models.regularised.penalised_ae import PenalisedAE, for_each_example
from keras_genae.models.zoo import zoo_model

PENALTIES = ("l1", "kl")
# Rates are kept this far off 0 and 1, where the divergence has no bound.
SMALLEST_RATE = 1e-6


@zoo_model(
    family="regularised",
    minimises="−log p(x|z) + penalty_weight · Σ|z|, or · Σ KL(ρ ‖ mean of z)",
    use="features of which few are on at a time",
    paper="Ng 2011",
)
class SparseAE(PenalisedAE):
    """Explain each x by few entries of z.

    Minimises −log p(x|z) + penalty_weight · penalty, z = encoder(x), with one of two penalties.

    - `"l1"`: Σ_j |z_j|, of each example by itself. Entries are pulled to 0 as hard near it as far
      from it, so many end there or next to it.
    - `"kl"`: Σ_j KL(ρ ‖ ρ̂_j) = Σ_j ρ log(ρ/ρ̂_j) + (1−ρ) log((1−ρ)/(1−ρ̂_j)). The code goes through
      a sigmoid, z in (0, 1), and ρ̂_j is the mean of z_j over the batch: each unit is to be on for a
      share ρ of the examples, so none dies. It belongs to the batch (under replicas, to the share
      of each), and each example is given the same number.

    Choose it where the entries of the code are to be looked at one by one, with a `latent_dim` as
    large as, or larger than, plain compression needs.

    Its limits: with `"l1"` the decoder can undo the penalty by larger weights, since only z is
    paid for; a weight decay in a decoder of one's own holds it. With `"kl"` a unit may meet its
    rate by being a little on everywhere; and small batches tell rates badly: take 10/ρ examples or
    more. Neither has a density to sample from before `fit_prior`, and a normal one suits sparse
    codes badly: take `"gmm"` or `"flow"`.

    Args:
        input_shape, latent_dim: as in `Autoencoder`.
        penalty: `"l1"` or `"kl"`.
        target_rate: ρ of `"kl"`, the share of examples for which a unit is to be on; 0.05 by
            default.
        penalty_weight: nats for each unit of the penalty; a callback may move it. At 0 the model
            is an `Autoencoder`.
        **kwargs: the other arguments of `Autoencoder`. An encoder of one's own ends without a
            sigmoid with `"kl"` too.

    Raises:
        ValueError: on arguments that no model can be built from.

    Example:

    >>> import numpy as np
    >>> model = SparseAE((30,), latent_dim=40, widths=(32,), penalty="kl", seed=0)
    >>> model.compile(optimizer="adam")
    >>> x = np.random.default_rng(0).normal(size=(64, 30)).astype("float32")
    >>> history = model.fit(x, epochs=1, verbose=0)
    >>> sorted(history.history)
    ['loss', 'reconstruction_loss', 'sparsity_loss']

    Reference:
        Ng, "Sparse Autoencoder", lecture notes CS294A, 2011.
    """

    PENALTY = "sparsity_loss"

    def __init__(self, input_shape=None, latent_dim=None, penalty="l1", target_rate=None, **kwargs):
        if penalty not in PENALTIES:
            raise ValueError(
                f"`penalty` must be one of {', '.join(map(repr, PENALTIES))}. "
                f"Received: penalty={penalty!r}"
            )
        self.penalty_name = penalty
        self.target_rate = check_target_rate(target_rate, penalty)
        super().__init__(input_shape, latent_dim, **kwargs)

    def posterior(self, x, training=False):
        """The code; of the penalty "kl" in (0, 1)."""
        code = super().posterior(x, training).mean
        return Point(ops.sigmoid(code) if self.penalty_name == "kl" else code)

    def penalty(self, z, batch):
        """Σ|z|, or Σ KL(ρ ‖ ρ̂) with the rates of the batch."""
        if self.penalty_name == "l1":
            return ops.sum(ops.abs(z), axis=-1)
        weight = batch.sample_weight
        on = ops.divide_no_nan(ops.sum(weight[:, None] * z, axis=0), ops.sum(weight))  # ρ̂
        return for_each_example(ops.sum(kl_of_rates(self.target_rate, on)), batch)

    def get_config(self):
        """The constructor's arguments."""
        return {
            **super().get_config(),
            "penalty": self.penalty_name,
            "target_rate": self.target_rate,
        }


def kl_of_rates(target, rate):
    """KL between coins that fall on heads at two rates, in nats, of the shape of `rate`."""
    rate = ops.clip(rate, SMALLEST_RATE, 1.0 - SMALLEST_RATE)
    return target * ops.log(target / rate) + (1.0 - target) * ops.log((1.0 - target) / (1.0 - rate))


def check_target_rate(rate, penalty):
    """ρ as a float, 0.05 by default; `None` where the penalty has none."""
    if penalty != "kl":
        if rate is not None:
            raise ValueError(
                "`target_rate` is the rate of `penalty='kl'`. Leave it out with any other penalty. "
                f"Received: target_rate={rate}, penalty={penalty!r}"
            )
        return None
    rate = 0.05 if rate is None else rate
    if not 0.0 < rate < 1.0:
        raise ValueError(f"`target_rate` must lie between 0 and 1. Received: target_rate={rate}")
    return float(rate)
