"""The velocity field of a continuous flow, with its divergence in closed form."""

import math

import keras
from keras import ops

# Waves of t that tell the network the time: half a turn in [0, 1], one turn, two, four.
FREQUENCIES = 4
TIME_FEATURES = 2 * FREQUENCIES + 1
# What the layers' inputs are multiplied by, as if their weights had started so much larger: with
# small ones the network is all but linear, and finds nothing in a ring for a thousand steps.
GAIN = 3.0


class VelocityField(keras.layers.Layer):
    """v(x, t) = a(t)·x + a network of two hidden layers, of x and of the time t.

    a(t)·x is the field of the straight paths between independent draws from N(0, I) at both ends,

        E[x₁ − x₀ | (1 − t)·x₀ + t·x₁ = x] = a(t)·x,  a(t) = (2t − 1) / ((1 − t)² + t²),

    so that a network of zeros leaves N(0, I) as it is. Features of the time go into both layers,
    and so does a condition c, whose zeros stand for none.

    With h₁ = φ(W₁ᵀx + …), h₂ = φ(W₂ᵀh₁ + …) and the output W₃ᵀh₂ the divergence is a sum over pairs
    of hidden units, φ' being the slopes of the activation at both layers,

        ∇·v = a(t)·size + φ'₁ᵀ (W₂ ∘ (W₃W₁)ᵀ) φ'₂,

    exact, at the cost of one more matrix product: no automatic differentiation, no random vectors.

    Args:
        size: entries of x.
        width: units of each hidden layer.
        condition_size: entries of c; 0 for none.
    """

    def __init__(self, size, width, condition_size=0, **kwargs):
        super().__init__(**{"dtype": "float32", **kwargs})
        self.size, self.width, self.condition_size = size, width, condition_size
        inputs = {
            "first": (size, width),
            "second": (width, width),
            "head": (width, size),
            "first_time": (TIME_FEATURES, width),
            "second_time": (TIME_FEATURES, width),
        }
        if condition_size:
            inputs |= {f"{layer}_c": (condition_size, width) for layer in ("first", "second")}
        self.dense = {}
        for name, (entries, units) in inputs.items():
            self.dense[name] = keras.layers.Dense(
                units, use_bias=name in ("first", "second", "head"), dtype="float32", name=name
            )
            self.dense[name].build((None, entries))
        self.start()
        self.built = True

    def start(self):
        """Make the network 0, so that N(0, I) stays as it is."""
        kernel = self.dense["head"].kernel
        kernel.assign(ops.zeros(kernel.shape))

    def call(self, x, t, c=None):
        """v at x `(batch, size)` and t `(batch, 1)`, given c or nothing: `(batch, size)`."""
        return self.velocity_and_slopes(x, t, c)[0]

    def with_divergence(self, x, t, c=None):
        """v, `(batch, size)`, and ∇·v, `(batch,)`."""
        velocity, first_slope, second_slope = self.velocity_and_slopes(x, t, c)
        first, second, head = (
            ops.convert_to_tensor(self.dense[name].kernel) for name in ("first", "second", "head")
        )
        pairs = GAIN**2 * second * ops.transpose(ops.matmul(head, first))
        divergence = ops.sum(ops.matmul(first_slope, pairs) * second_slope, axis=-1)
        return velocity, divergence + self.size * of_normal_codes(t)[:, 0]

    def velocity_and_slopes(self, x, t, c=None):
        """v, and φ' of both hidden layers."""
        beside = {"time": GAIN * time_features(t)}
        if c is not None:
            beside["c"] = GAIN * c
        h = self.dense["first"](GAIN * x)
        h = h + sum(self.dense[f"first_{name}"](value) for name, value in beside.items())
        h, first_slope = silu_and_slope(h)
        h = self.dense["second"](GAIN * h)
        h = h + sum(self.dense[f"second_{name}"](value) for name, value in beside.items())
        h, second_slope = silu_and_slope(h)
        return of_normal_codes(t) * x + self.dense["head"](h), first_slope, second_slope

    def get_config(self):
        """The constructor's arguments."""
        own = {"size": self.size, "width": self.width, "condition_size": self.condition_size}
        return {**super().get_config(), **own}


def of_normal_codes(t):
    """a(t)."""
    return (2.0 * t - 1.0) / (ops.square(1.0 - t) + ops.square(t))


def time_features(t):
    """t, and sines and cosines of it: `(batch, 2 · FREQUENCIES + 1)`."""
    angles = [math.pi * 2.0**k * t for k in range(FREQUENCIES)]
    waves = [wave(angle) for angle in angles for wave in (ops.sin, ops.cos)]
    return ops.concatenate([t, *waves], axis=-1)


def silu_and_slope(h):
    """φ(h) = h · sigmoid(h), and its derivative."""
    gate = ops.sigmoid(h)
    return h * gate, gate * (1.0 + h * (1.0 - gate))
