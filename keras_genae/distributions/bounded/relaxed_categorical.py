"""A class, relaxed to a vector near a one-hot row, so that gradients pass through its draws."""

from keras import ops

from keras_genae import noise


class RelaxedCategorical:
    """The Gumbel-softmax distribution: a draw is softmax((logits + g) / temperature), g Gumbel.

    Its largest entry is class k with the probability softmax(logits)ₖ, whatever the temperature;
    towards temperature 0 draws become one-hot rows.

    Args:
        logits: float tensor or array `(..., classes)`.
        temperature: above 0. Small ones come near to classes, with gradients that vary much.

    Example:

    >>> from keras import ops
    >>> row = RelaxedCategorical(ops.zeros((1, 3)), temperature=0.1).sample(seed=0)
    >>> round(float(ops.sum(row)), 4)
    1.0

    References:
        Jang, Gu & Poole, "Categorical Reparameterization with Gumbel-Softmax", 2017;
        Maddison, Mnih & Teh, "The Concrete Distribution", 2017.
    """

    def __init__(self, logits, temperature=0.67):
        self.logits = logits
        self.temperature = temperature

    @property
    def parameters(self):
        """What tells posteriors apart, a tuple."""
        return (self.logits,)

    @property
    def mean(self):
        """The probabilities of the classes, float32 `(..., classes)`."""
        return ops.softmax(ops.cast(self.logits, "float32"))

    @property
    def indices(self):
        """The most probable class, int32 `(...)`."""
        return ops.cast(ops.argmax(self.logits, axis=-1), "int32")

    def sample(self, seed=None):
        """One relaxed draw, float32 of the shape of the logits; `seed` as in `DiagonalNormal`."""
        logits = ops.cast(self.logits, "float32")
        uniform = noise.uniform(ops.shape(logits), seed)
        # Away from 0 and 1, where a logarithm would be infinite.
        gumbel = -ops.log(-ops.log(ops.clip(uniform, 1e-20, 1.0 - 1e-7)))
        return ops.softmax((logits + gumbel) / self.temperature)

    def kl(self, prior=None):
        """KL(self ‖ prior) of the classes in nats, exact, `(...)`; by default to all alike."""
        log_p = ops.log_softmax(ops.cast(self.logits, "float32"))
        logits = ops.zeros_like(log_p) if prior is None else ops.cast(prior.logits, "float32")
        return ops.sum(ops.exp(log_p) * (log_p - ops.log_softmax(logits)), axis=-1)
