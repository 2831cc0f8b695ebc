"""The JumpReLU sparse autoencoder."""

import math

import keras
from keras import ops

from keras_genae.models.dictionaries.penalised_dictionary import PenalisedDictionary
from keras_genae.models.dictionaries.sparse_code import SparseCode
from keras_genae.models.zoo import zoo_model

# Where thresholds start, in standard deviations of the data's entries.
START = 0.3
# How many times as far as other weights a step moves log θ: from `START` to where few features fire
# it is a way of 2 to 3, for which steps as long as a learning rate would have to be thousands.
PACE = 4.0


@zoo_model(
    family="dictionaries",
    minimises="−log p(x|z) + penalty_weight · ‖z‖₀ + revival, z_j = a_j where a_j > θ_j",
    use="dictionaries whose features have thresholds of their own",
    paper="Rajamanoharan et al. 2024",
)
class JumpReLUSAE(PenalisedDictionary):
    """Let each feature fire above a threshold that it learns, and pay for each that fires.

    Minimises −log p(x|z) + penalty_weight · ‖z‖₀ + revival_weight · revival, with

        a = W_enc (x − b_dec) + b_enc,    z_j = a_j H(a_j − θ_j),    ‖z‖₀ = Σ_j H(a_j − θ_j),

    where H is 0 below 0 and 1 above, and p(x|z) = N(x̂, I), half the squared error in nats. A
    feature comes to fire where it takes more than `penalty_weight` nats off the error: where it
    brings x̂ closer by 2 · penalty_weight in squared length. (The paper weighs the whole squared
    error: its λ is half of it.) What jumps has no gradient; in its place stand pseudo-derivatives
    that estimate the gradient of the expected loss,

        ∂z_j/∂θ_j = −θ_j/ε · K((a_j − θ_j)/ε),    ∂H(a_j − θ_j)/∂θ_j = −1/ε · K((a_j − θ_j)/ε),

    K = 1 within ±½: exact for a loss that is linear in z and in H, smoothed by noise on a that is
    uniform over ε. Only the thresholds feel the penalty.

    Choose it where inputs differ in how much is in them: its paper finds it to reconstruct best at
    equal `l0`, on language models.

    Its limits: `l0` is not asked for but comes of `penalty_weight`, which depends on the units of
    x: let `keras_genae.training.TargetL0` move it, from a small one. Where features have to be paid
    for before they are found, some die, and their thresholds stay. Thresholds learn from the few
    entries within ε of them, so training takes long. Some features fire for nearly everything.

    Args:
        input_shape, latent_dim, revival_weight, dead_after: as in `SparseDictionary`.
        penalty_weight: nats for each feature that fires; a callback may move it.
        bandwidth: ε, in standard deviations of the entries of the data that training began with, by
            which the thresholds are measured, too.
        **kwargs: as in `SparseDictionary`.

    Raises:
        ValueError: on arguments that no model can be built from.

    Example:

    >>> import numpy as np
    >>> model = JumpReLUSAE((16,), latent_dim=64, penalty_weight=0.2, seed=0)
    >>> model.compile(optimizer="adam")
    >>> x = np.random.default_rng(0).normal(size=(256, 16)).astype("float32")
    >>> history = model.fit(x, epochs=1, verbose=0)
    >>> z = model.encode(x)
    >>> z.shape, bool((z >= 0).all())
    ((256, 64), True)

    Reference:
        Rajamanoharan et al., "Jumping Ahead: Improving Reconstruction Fidelity with JumpReLU Sparse
        Autoencoders", 2024.
    """

    def __init__(
        self, input_shape=None, latent_dim=None, penalty_weight=0.1, bandwidth=0.3, **kwargs
    ):
        if not 0.0 < bandwidth < math.inf:
            raise ValueError(
                f"`bandwidth` must be a finite number above 0. Received: bandwidth={bandwidth}"
            )
        self.bandwidth = float(bandwidth)
        super().__init__(input_shape, latent_dim, penalty_weight, **kwargs)
        self.log_threshold = self.add_weight(
            name="log_threshold",
            shape=(self.latent_dim,),
            initializer=keras.initializers.Constant(math.log(START) / PACE),
            dtype="float32",
        )

    @property
    def thresholds(self):
        """θ in units of the pre-activations, float32 `(features,)`."""
        return self.unit * ops.exp(PACE * self.log_threshold)

    def sparse(self, pre, training):
        """a_j H(a_j − θ_j), with the pseudo-derivative for θ."""
        theta = self.thresholds
        jump = step(pre, theta, self.bandwidth * self.unit)
        is_on = ops.stop_gradient(jump)
        # The second product is 0, and has the gradient of a step of height θ.
        z = pre * is_on + ops.stop_gradient(theta) * (jump - is_on)
        return SparseCode(z, pre)

    def penalty(self, posterior):
        """‖z‖₀ = Σ_j H(a_j − θ_j)."""
        jump = step(posterior.pre, self.thresholds, self.bandwidth * self.unit)
        return ops.sum(jump, axis=-1)

    def get_config(self):
        """The constructor's arguments."""
        return {**super().get_config(), "bandwidth": self.bandwidth}


def step(pre, theta, width):
    """H(pre − θ), whose gradient is 0 for `pre` and −K((pre − θ)/ε)/ε for θ, ε = `width`."""
    distance = ops.stop_gradient((pre - theta) / width)
    is_on = ops.cast(distance > 0.0, "float32")
    kernel = ops.cast(ops.abs(distance) < 0.5, "float32")
    return is_on - kernel / width * (theta - ops.stop_gradient(theta))
