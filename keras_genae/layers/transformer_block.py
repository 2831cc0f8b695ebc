"""A block of a transformer."""

import keras
from keras import ops

from keras_genae.layers.self_attention import SelfAttention
from keras_genae.networks.checks import check_whole

EPSILON = 1e-5


@keras.saving.register_keras_serializable(package="keras_genae")
class TransformerBlock(keras.layers.Layer):
    """x ← x + attention(norm(x)), then x ← x + mlp(norm(x)).

    The norms stand before what they serve (pre-norm), so that gradients have a free way down a
    stack of blocks, which then trains without a warm-up. Behind the last block comes a norm, which
    is the caller's. The mlp has one hidden layer, with GELU.

    Args:
        num_heads: of the attention, a divisor of the entries of a place.
        mlp_ratio: units of the hidden layer, for each entry of a place.
        causal: whether a place sees none behind it.
        dropout: share of what both branches add that is left out in training.
        seed: of what is left out.

    Input: `(batch, places, size)`, the number of places known. Output: of the same shape.

    Example:

    >>> import numpy as np
    >>> block = TransformerBlock(num_heads=2, causal=True)
    >>> tuple(block(np.ones((3, 5, 8))).shape)
    (3, 5, 8)

    References:
        Vaswani et al., "Attention Is All You Need", 2017;
        Xiong et al., "On Layer Normalization in the Transformer Architecture", 2020 (pre-norm).
    """

    def __init__(self, num_heads, mlp_ratio=4, causal=False, dropout=0.0, seed=None, **kwargs):
        super().__init__(**kwargs)
        self.mlp_ratio = check_whole("mlp_ratio", mlp_ratio)
        self.seed = seed
        norm = {"epsilon": EPSILON, "dtype": self.dtype_policy}
        self.norm_1 = keras.layers.LayerNormalization(name="norm_1", **norm)
        self.attention = SelfAttention(num_heads, causal, dtype=self.dtype_policy, name="attention")
        self.norm_2 = keras.layers.LayerNormalization(name="norm_2", **norm)
        self.dropout = keras.layers.Dropout(
            dropout, seed=seed, dtype=self.dtype_policy, name="dropout"
        )

    def build(self, input_shape):
        """Keras's hook."""
        size = input_shape[-1]
        hidden = self.mlp_ratio * size
        self.expand = keras.layers.Dense(hidden, "gelu", dtype=self.dtype_policy, name="expand")
        self.contract = keras.layers.Dense(size, dtype=self.dtype_policy, name="contract")
        for layer in (self.norm_1, self.attention, self.norm_2, self.expand):
            layer.build(input_shape)
        self.contract.build((*input_shape[:-1], hidden))

    def call(self, x, training=None):
        """x with what the two branches add."""
        return self.mlp(self.added(x, self.attention(self.norm_1(x)), training), training)

    def mlp(self, x, training=None):
        """The second branch."""
        return self.added(x, self.contract(self.expand(self.norm_2(x))), training)

    def added(self, x, branch, training):
        """x and a branch."""
        return x + self.dropout(branch, training=training)

    # One place after the other, as in `SelfAttention`.

    def empty_cache(self, batch, places):
        """See `SelfAttention.empty_cache`."""
        return self.attention.empty_cache(batch, places)

    def step(self, x, cache, t):
        """Place `t` of what `call` gives, and the cache: see `SelfAttention.step`."""
        x = ops.cast(x, self.compute_dtype)
        y, cache = self.attention.step(self.norm_1(x), cache, t)
        return self.mlp(x + y), cache

    def compute_output_shape(self, input_shape):
        """That of the input."""
        return input_shape

    def get_config(self):
        """The constructor's arguments."""
        return {
            **super().get_config(),
            "num_heads": self.attention.num_heads,
            "mlp_ratio": self.mlp_ratio,
            "causal": self.attention.causal,
            "dropout": self.dropout.rate,
            "seed": self.seed,
        }
