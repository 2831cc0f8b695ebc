"""Random numbers for layers and models: seeded, saved, different on each replica."""

import keras
from keras import ops

from keras_genae.noise import ExampleSeeds
from keras_genae.replica import replica_id

SAVED_STATE = "seed_state"


class NoiseSource(keras.random.SeedGenerator):
    """A seed generator whose replicas draw different numbers.

    Under `tf.distribute` each replica holds the same generator state, and would add the same noise
    to its share of the batch; the replica's index goes into the seed.
    """

    def __init__(self, seed=None, **kwargs):
        super().__init__(seed, **kwargs)
        # The noise outside training of all that draw from this source.
        self.evaluation = EvaluationNoise()

    def next(self, ordered=True):
        """The next seed, and one step forward."""
        seed = super().next(ordered)
        # The first number is the seed, the second counts: two replicas never meet in the same pair.
        offset = ops.stack([ops.cast(replica_id(), seed.dtype), ops.zeros((), dtype=seed.dtype)])
        return seed + offset


class EvaluationNoise(keras.random.SeedGenerator):
    """The noise outside training: of each example by its place in the data that are evaluated.

    So the same weights give the same loss each time, however the data are batched, and a validation
    pass leaves the noise of the next training epoch as it was.
    """

    def __init__(self):
        super().__init__(seed=0)

    def seeds(self, count):
        """`ExampleSeeds` of a batch of `count` examples."""
        first = ops.cast(self.state.value[1], "int32")
        return ExampleSeeds(first + ops.arange(count, dtype="int32"), stream=replica_id())

    def advance(self, count):
        """The batch is done: the next example has the place after its last."""
        step = ops.cast(count, self.state.dtype) * ops.array([0, 1], dtype=self.state.dtype)
        self.state.assign(self.state.value + step)

    def reset(self):
        """Back to the first place, as before any pass through data."""
        self.state.assign(ops.zeros_like(self.state.value))


class HasNoiseSource:
    """Mixin for a layer or model that owns a `NoiseSource`, saved and loaded with the weights.

    Keras saves a layer's weights but not the state of its seed generators, so that a resumed run
    repeats its noise. With this, a resumed run equals an unbroken one.
    """

    def make_noise(self, seed):
        """Make the source.

        Args:
            seed: an int; `None` for a random start; or a `keras.random.SeedGenerator` that somebody
                else owns and saves, such as the model the layer is part of.
        """
        self.owns_noise = not isinstance(seed, keras.random.SeedGenerator)
        self.noise = NoiseSource(seed) if self.owns_noise else seed
        # A layer evaluates at the place where its model is.
        shared = getattr(self.noise, "evaluation", None)
        self.evaluation_noise = EvaluationNoise() if shared is None else shared

    def noise_for(self, training, examples):
        """The moving source in training; outside, a seed for each example of `(batch, ...)`."""
        return self.noise if training else self.evaluation_noise.seeds(ops.shape(examples)[0])

    def save_own_variables(self, store):
        """Keras's hook: what this layer writes beside its weights."""
        super().save_own_variables(store)
        if self.owns_noise:
            store[SAVED_STATE] = ops.convert_to_numpy(self.noise.state)

    def load_own_variables(self, store):
        """Keras's hook: the reverse."""
        entries = {key: store[key] for key in list(store.keys())}
        state = entries.pop(SAVED_STATE, None)
        if state is not None and self.owns_noise:
            self.noise.state.assign(state)
        super().load_own_variables(entries)
