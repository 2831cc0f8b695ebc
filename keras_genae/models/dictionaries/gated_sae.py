"""The gated sparse autoencoder."""

from keras import ops

from keras_genae.layers.held_constant import held_constant
from keras_genae.models.dictionaries.penalised_dictionary import PenalisedDictionary
from keras_genae.models.dictionaries.sparse_code import SparseCode
from keras_genae.models.zoo import zoo_model


@zoo_model(
    family="dictionaries",
    minimises="−log p(x|z) + penalty_weight · Σ ReLU(π) − log p(x|ReLU(π)) + revival, π the gates",
    use="dictionaries by an L1 penalty that shrinks nothing",
    paper="Rajamanoharan et al. 2024",
)
class GatedSAE(PenalisedDictionary):
    """Decide by a gate which features fire, and apart from it how much.

    Minimises

        −log p(x|z) + penalty_weight · Σ_j ReLU(π_j) − log p_frozen(x|ReLU(π)) + revival,

        π = W_gate (x − b_dec) + b_gate,    z_j = H(π_j) · ReLU(exp(r_j) · [W_gate (x − b_dec)]_j
        + b_mag,j),

    where H is 0 below 0 and 1 above, p(x|z) = N(x̂, I), half the squared error in nats, and p_frozen
    decodes by a copy of the decoder that does not learn from it. An L1 penalty makes what it is
    paid for smaller than it should be; here the gates pay, and the magnitudes are free. H has no
    gradient: the gates learn from the penalty (`sparsity_loss`) and from reconstructing by
    themselves (`gate_loss`), the magnitudes and the atoms from `reconstruction_loss`.

    Choose it where thresholds of features should be learned by plain gradients.

    Its limits: `l0` comes of `penalty_weight`, which depends on the units of x (the penalty has
    those of x, times nats): let `keras_genae.training.TargetL0` move it. Where more features fire
    than the data are made of, those are not found. Two decodings a step.

    Args:
        input_shape, latent_dim, revival_weight, dead_after: as in `SparseDictionary`.
        penalty_weight: nats for each unit of Σ ReLU(π); a callback may move it. (The paper weighs
            the whole squared error: its λ is half of it.)
        **kwargs: as in `SparseDictionary`. An encoder of one's own gives W_gate (x − b_dec),
            without b_gate.

    Raises:
        ValueError: on arguments that no model can be built from.

    Example:

    >>> import numpy as np
    >>> model = GatedSAE((16,), latent_dim=64, penalty_weight=0.2, seed=0)
    >>> model.compile(optimizer="adam")
    >>> x = np.random.default_rng(0).normal(size=(256, 16)).astype("float32")
    >>> history = model.fit(x, epochs=1, verbose=0)
    >>> {"gate_loss", "sparsity_loss"} <= set(history.history)
    True

    Reference:
        Rajamanoharan et al., "Improving Dictionary Learning with Gated Sparse Autoencoders", 2024.
    """

    ENCODER_BIAS = False

    def __init__(self, input_shape=None, latent_dim=None, penalty_weight=0.1, **kwargs):
        super().__init__(input_shape, latent_dim, penalty_weight, **kwargs)
        self.gate_bias, self.log_gain, self.magnitude_bias = (
            self.add_weight(
                name=name, shape=(self.latent_dim,), initializer="zeros", dtype="float32"
            )
            for name in ("gate_bias", "log_gain", "magnitude_bias")
        )

    def sparse(self, pre, training):
        """H(π) · ReLU(exp(r) · pre + b_mag), and π = pre + b_gate."""
        gates = pre + self.gate_bias
        magnitudes = ops.relu(ops.exp(self.log_gain) * pre + self.magnitude_bias)
        return SparseCode(ops.where(gates > 0.0, magnitudes, 0.0), gates)

    def penalty(self, posterior):
        """Σ_j ReLU(π_j)."""
        return ops.sum(ops.relu(posterior.pre), axis=-1)

    def latent_terms(self, posterior, z, batch):
        """The revival term, the penalty, and what the gates leave over when they reconstruct."""
        with held_constant(self.decoder):
            raw = self.raw(ops.relu(posterior.pre), batch.training)
        alone = self.reconstruction_loss(self.likelihood(raw), batch, training=False)
        return {**super().latent_terms(posterior, z, batch), "gate_loss": alone}

    @property
    def term_names(self):
        """Names of the loss terms, in the order in which they are logged."""
        return (*super().term_names, "gate_loss")
