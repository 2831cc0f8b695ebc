"""Attention of a sequence to itself, all at once or one place after the other."""

import keras
from keras import ops

from keras_genae.networks.checks import check_whole


@keras.saving.register_keras_serializable(package="keras_genae")
class SelfAttention(keras.layers.Layer):
    """Each place of a sequence takes a mean over the places, weighed by how they match.

    Of q, k, v, linear in x, every head has a part of `size / num_heads` entries each, and gives

        softmax(q kᵀ / √(size / num_heads)) v,

    with `causal` over the places up to the own one alone. What all heads give goes through a last
    linear map. (Keras's `MultiHeadAttention` has no public way to keep the keys and the values of
    the places before, which `step` is made of.)

    Args:
        num_heads: a divisor of the entries of a place.
        causal: whether a place sees none behind it.

    Input: `(batch, places, size)`, the number of places known; `visible`, bools `(batch, places)`,
    says which of them there are: no place takes anything of another. Output: of the same shape.

    Raises:
        ValueError: where `num_heads` does not divide `size`.

    Example:

    >>> import keras
    >>> from keras import ops
    >>> attention = SelfAttention(num_heads=2, causal=True)
    >>> x = keras.random.normal((3, 5, 8), seed=0)
    >>> y = attention(x)
    >>> cache = attention.empty_cache(3, 5)
    >>> for t in range(5):
    ...     last, cache = attention.step(x[:, t : t + 1], cache, t)
    >>> bool(ops.all(ops.isclose(last[:, 0], y[:, 4], atol=1e-5)))
    True

    Reference:
        Vaswani et al., "Attention Is All You Need", 2017, section 3.2.
    """

    def __init__(self, num_heads, causal=False, **kwargs):
        super().__init__(**kwargs)
        self.num_heads = check_whole("num_heads", num_heads)
        self.causal = bool(causal)

    def build(self, input_shape):
        """Keras's hook."""
        size = input_shape[-1]
        if size % self.num_heads:
            raise ValueError(
                "`num_heads` must divide the number of entries of a place. "
                f"Received: num_heads={self.num_heads}, {size} entries"
            )
        self.to_qkv = keras.layers.Dense(3 * size, dtype=self.dtype_policy, name="to_qkv")
        self.to_output = keras.layers.Dense(size, dtype=self.dtype_policy, name="to_output")
        for dense in (self.to_qkv, self.to_output):
            dense.build((*input_shape[:-1], size))
        self.size = size

    def call(self, x, visible=None):
        """What each place gets of the others, `(batch, places, size)`."""
        q, k, v = self.heads_of(x)
        mask = None if visible is None else visible[:, None, None, :]
        return self.joined(ops.dot_product_attention(q, k, v, mask=mask, is_causal=self.causal))

    # One place after the other: the keys and values of the places before are kept.

    def empty_cache(self, batch, places):
        """Keys and values of no place yet, two tensors `(batch, places, heads, entries)`."""
        shape = (batch, places, self.num_heads, self.size // self.num_heads)
        return tuple(ops.zeros(shape, dtype=self.compute_dtype) for _ in "kv")

    def step(self, x, cache, t):
        """What place `t` gets of those up to it, and the cache with its own key and value.

        Args:
            x: the place alone, `(batch, 1, size)`.
            cache: of the places before, as `empty_cache` and `step` make it.
            t: the number of the place, an int or an int32 tensor: no new graph for each.
        """
        q, k, v = self.heads_of(ops.cast(x, self.compute_dtype))
        places = ops.arange(cache[0].shape[1])
        is_here = ops.reshape(places == t, (1, -1, 1, 1))
        k, v = (ops.where(is_here, new, old) for new, old in zip((k, v), cache, strict=True))
        mask = ops.reshape(places <= t, (1, 1, 1, -1))
        return self.joined(ops.dot_product_attention(q, k, v, mask=mask)), (k, v)

    def heads_of(self, x):
        """q, k and v, each `(batch, places, heads, entries)`."""
        shape = (-1, x.shape[1], self.num_heads, self.size // self.num_heads)
        return [ops.reshape(part, shape) for part in ops.split(self.to_qkv(x), 3, axis=-1)]

    def joined(self, y):
        """The output, of what all heads give."""
        return self.to_output(ops.reshape(y, (-1, y.shape[1], self.size)))

    def compute_output_shape(self, input_shape):
        """That of the input."""
        return input_shape

    def get_config(self):
        """The constructor's arguments."""
        return {**super().get_config(), "num_heads": self.num_heads, "causal": self.causal}
