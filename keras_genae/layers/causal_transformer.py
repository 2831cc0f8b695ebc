"""An autoregressive network of whole numbers: of each, from those before it."""

import math

import keras
import numpy as np
from keras import ops

from keras_genae.layers.transformer_block import EPSILON, TransformerBlock
from keras_genae.networks.checks import check_whole

# Of kernels and tables at the start.
STDDEV = 0.02


@keras.saving.register_keras_serializable(package="keras_genae")
class CausalTransformer(keras.layers.Layer):
    """Logits of each of a row of whole numbers, from those before it, all in one pass.

    The vector of place t is that of the number at place t − 1, and one of the place itself, and one
    of the class where there are classes; causal `TransformerBlock`s make logits of it.

    Args:
        size: values that a number takes, from 0.
        codebook_of: for each place the number of its codebook, from 0: what a number means is the
            same at all places of one codebook.
        classes: of the rows; 0 for none.
        width: entries of the vector of a place.
        depth: blocks.
        num_heads, dropout, seed: of each block, see `TransformerBlock`.

    Input: int32 `(batch, places)`, and with classes their numbers `(batch,)`, by a second argument.

    Output: logits, float32 `(batch, places, size)`.

    Example:

    >>> import numpy as np
    >>> network = CausalTransformer(size=5, codebook_of=[0, 0, 0], width=8, depth=1, num_heads=2)
    >>> tuple(network(np.array([[4, 0, 1], [2, 2, 3]])).shape)
    (2, 3, 5)

    Reference:
        Radford et al., "Language Models are Unsupervised Multitask Learners", 2019, section 2.3.
    """

    def __init__(
        self,
        size,
        codebook_of,
        classes=0,
        width=128,
        depth=4,
        num_heads=4,
        dropout=0.0,
        seed=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.size = check_whole("size", size)
        self.codebook_of = [int(codebook) for codebook in codebook_of]
        self.classes = check_whole("classes", classes, smallest=0)
        self.width = check_whole("width", width)
        self.depth = check_whole("depth", depth)
        self.num_heads = check_whole("num_heads", num_heads)
        self.dropout, self.seed = dropout, seed
        places, codebooks = len(self.codebook_of), max(self.codebook_of) + 1
        # The places of each codebook; and, these one behind the other, where each place is.
        of_codebook = np.array(self.codebook_of)
        self.places_of = [np.flatnonzero(of_codebook == i) for i in range(codebooks)]
        self.order = np.argsort(np.concatenate(self.places_of))

        options = {"dtype": self.dtype_policy}
        vectors = keras.layers.Embedding
        self.of_number = vectors(codebooks * size, width, name="of_number", **options)
        self.of_place = vectors(places, width, name="of_place", **options)
        self.of_class = vectors(classes, width, name="of_class", **options) if classes else None
        self.blocks = [
            TransformerBlock(
                num_heads,
                causal=True,
                dropout=dropout,
                seed=None if seed is None else seed + i,
                name=f"block_{i + 1}",
                **options,
            )
            for i in range(depth)
        ]
        self.norm = keras.layers.LayerNormalization(epsilon=EPSILON, name="norm", **options)
        self.heads = [
            keras.layers.Dense(size, name=f"head_{i + 1}", **options) for i in range(codebooks)
        ]
        for layer in (self.of_number, self.of_place, self.of_class):
            if layer is not None:
                layer.build((None,))
        for layer in (*self.blocks, self.norm, *self.heads):
            layer.build((None, places, width))
        self.built = True

    def start(self, seed, log_frequency):
        """Give all weights new values, from a seed: the same on any backend.

        Args:
            seed: an int.
            log_frequency: of each codebook the logarithms of how often its numbers come,
                `(codebooks, size)`: what the network says at first, wherever and behind whatever.
        """
        rng = np.random.default_rng(seed)
        for weight in self.trainable_weights:
            draw = {
                "gamma": np.ones,
                "beta": np.zeros,
                "bias": np.zeros,
            }.get(weight.name, lambda shape: rng.normal(0.0, STDDEV, shape))
            weight.assign(draw(weight.shape))
        for block in self.blocks:
            # Each branch adds to x: the more of them, the less each.
            for dense in (block.attention.to_output, block.contract):
                dense.kernel.assign(dense.kernel / math.sqrt(2.0 * self.depth))
        for head, bias in zip(self.heads, log_frequency, strict=True):
            head.kernel.assign(ops.zeros(head.kernel.shape))
            head.bias.assign(bias)

    def call(self, numbers, label=None, training=None):
        """Logits of each place."""
        first = ops.convert_to_tensor(self.codebook_of, "int32") * self.size
        vectors = self.of_number(ops.cast(numbers, "int32") + first)
        before = ops.pad(vectors[:, :-1], [[0, 0], [1, 0], [0, 0]])
        x = before + self.of_place(np.arange(len(self.codebook_of)))
        if self.of_class is not None:
            x = x + self.of_class(label)[:, None]
        for block in self.blocks:
            x = block(x, training=training)
        h = self.norm(x)
        logits = [
            head(ops.take(h, places, axis=1))
            for head, places in zip(self.heads, self.places_of, strict=True)
        ]
        return ops.cast(ops.take(ops.concatenate(logits, axis=1), self.order, axis=1), "float32")

    # One place after the other, as in `SelfAttention`.

    def empty_cache(self, batch):
        """That of each block, a list."""
        return [block.empty_cache(batch, len(self.codebook_of)) for block in self.blocks]

    def step(self, before, t, cache, label=None):
        """Logits of place `t`, float32 `(batch, size)`, and the cache.

        Args:
            before: the numbers at place `t` − 1, `(batch,)`; anything at place 0.
            t: an int.
            cache: as `empty_cache` and `step` make it.
            label: as in `call`.
        """
        x = self.of_place(np.full(np.shape(before), t))
        if t > 0:
            x = x + self.of_number(before + self.codebook_of[t - 1] * self.size)
        if self.of_class is not None:
            x = x + self.of_class(label)
        x, after = x[:, None], []
        for block, kept in zip(self.blocks, cache, strict=True):
            x, kept = block.step(x, kept, t)
            after.append(kept)
        head = self.heads[self.codebook_of[t]]
        return ops.cast(head(self.norm(x))[:, 0], "float32"), after

    def compute_output_shape(self, numbers_shape, label_shape=None):
        """Logits at each place."""
        return (*numbers_shape, self.size)

    def get_config(self):
        """The constructor's arguments."""
        own = ("size", "codebook_of", "classes", "width", "depth", "num_heads", "dropout", "seed")
        return {**super().get_config(), **{name: getattr(self, name) for name in own}}
