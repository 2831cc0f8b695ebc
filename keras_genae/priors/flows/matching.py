"""Flow matching: the paths, what is minimised, and the way along the field that was learnt."""

import keras
from keras import ops, tree

from keras_genae.priors.fit_network import STEPS_PER_EXECUTION

LEARNING_RATE = 1e-3
# The share of training codes whose label is left out, so that one network learns both fields.
UNLABELLED = 0.1


class MatchingError(keras.layers.Layer):
    """‖v(x_t, t, c) − (x₁ − x₀)‖² of codes x₁, a mean over draws of x₀ and t, for Keras to train.

        x_t = (1 − t)·x₀ + t·x₁,  x₀ from N(0, I),  t uniform in [0, 1]

    Args:
        field: the layer v, of x `(batch, ...)`, t `(batch, 1)`, and c `(batch, classes)` or `None`.
        seed: of x₀, t, and whose labels are left out in training.
        draws: of x₀ and t for each code of a batch.
    """

    def __init__(self, field, seed, draws=1):
        super().__init__(dtype="float32")
        self.field, self.draws = field, draws
        self.noise = keras.random.SeedGenerator(seed)

    def call(self, u, c=None, training=False):
        """One number for each code u `(batch, ...)` of condition c: `(batch,)`."""
        # Codes held out are judged by the same draws each time.
        seed = self.noise if training else 0
        count = self.draws * ops.shape(u)[0]
        x1 = ops.concatenate([u] * self.draws)
        x0 = keras.random.normal(ops.shape(x1), seed=seed)
        # Times spread evenly, with a common random offset, are as good as more independent ones.
        offset = keras.random.uniform((1,), seed=seed)
        places = ops.arange(count, dtype="float32") / ops.cast(count, "float32")
        t = ops.reshape((places + offset) % 1.0, (-1, 1))
        if c is not None:
            c = ops.concatenate([c] * self.draws)
            if training:
                is_known = keras.random.uniform((count, 1), seed=seed) >= UNLABELLED
                c = c * ops.cast(is_known, "float32")
        at = ops.reshape(t, (-1, *[1] * (len(u.shape) - 1)))
        error = self.field((1.0 - at) * x0 + at * x1, t, c) - (x1 - x0)
        error = ops.sum(ops.square(error), axis=tuple(range(1, len(u.shape))))
        return ops.mean(ops.reshape(error, (self.draws, -1)), axis=0)


def matching_model(field, shape, classes, seed, draws):
    """A compiled Keras model from codes, and their conditions, to what is minimised of each.

    Args:
        field, seed, draws: as of `MatchingError`.
        shape: of a code.
        classes: how many numbers a condition has; 0 for none.
    """
    inputs = [keras.Input(shape, name="u")]
    if classes:
        inputs.append(keras.Input((classes,), name="c"))
    model = keras.Model(inputs, MatchingError(field, seed, draws)(*inputs))
    model.compile(
        keras.optimizers.Adam(LEARNING_RATE),
        loss=lambda _, error: error,
        steps_per_execution=STEPS_PER_EXECUTION,
    )
    return model


def guided(field, c, guidance):
    """The field of x and t in which the condition c counts `guidance` times.

    Classifier-free guidance: v(x, t) + guidance · (v(x, t, c) − v(x, t)), v without c being what
    the network learnt where labels were left out. 1 is the conditional field, 0 the unconditional.

    Args:
        field: function of x, t and c, to a tensor or a nest of tensors.
        c: `(batch, classes)`, or `None` for the unconditional field.
        guidance: a number.

    Reference:
        Ho & Salimans, "Classifier-Free Diffusion Guidance", 2022 (its w is `guidance` − 1).
    """

    def of(c):
        return lambda x, t: field(x, t, c)

    if c is None or guidance == 1.0:
        return of(c)
    free, given = of(ops.zeros_like(c)), of(c)
    if guidance == 0.0:
        return free
    return lambda x, t: tree.map_structure(
        lambda without, with_c: without + guidance * (with_c - without), free(x, t), given(x, t)
    )


def runge_kutta(slope, state, start, end, steps):
    """Where dy/dt = slope(y, t) leads from `state` at t = `start`, by the classical method.

    Args:
        slope: function of the state and a float t to a list of tensors like the state.
        state: list of tensors.
        start, end: floats.
        steps: how many; each takes four slopes.

    Returns:
        The state at t = `end`.
    """
    step = (end - start) / steps

    def moved(by, slopes):
        return [y + by * dy for y, dy in zip(state, slopes, strict=True)]

    for i in range(steps):
        t = start + i * step
        first = slope(state, t)
        second = slope(moved(0.5 * step, first), t + 0.5 * step)
        third = slope(moved(0.5 * step, second), t + 0.5 * step)
        fourth = slope(moved(step, third), t + step)
        slopes = zip(first, second, third, fourth, strict=True)
        state = moved(step / 6.0, [a + 2.0 * b + 2.0 * c + d for a, b, c, d in slopes])
    return state
