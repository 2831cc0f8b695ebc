"""The training step on the JAX backend: the same as on TensorFlow, as functions of all state."""

import contextlib
import functools
import itertools

import jax
import jax.numpy as jnp
import keras
import numpy as np
from keras import ops

from keras_genae.fingerprint import layers_within
from keras_genae.training.adam_step import adam_step
from keras_genae.training.fit_schedule import fit_schedule_of
from keras_genae.training.metric_state import make_metric_state


class TrainStep:
    """Mixin of `keras.Model` that trains on named loss terms: see `tensorflow.TrainStep`.

    JAX compiles pure functions, so what a step reads and writes goes in and out as lists of arrays,
    in the order in which Keras hands them over: trainable variables, others, those of the
    optimizer, those of metrics. A batch is one array, however many devices it lies on, so that no
    replica has a share to be told.

    Numbers that are not finite in a batch after the first make the loss NaN: nothing that was
    compiled can raise an error.
    """

    # As on TensorFlow.
    skip_above = None

    takes_strings = False

    # JAX compiles the whole step in one piece.
    can_fuse = fuses_update = False

    def __setattr__(self, name, value):
        """All state, which Keras keeps anew after each step, is not looked through for layers."""
        if name == "_jax_state":
            self.__dict__[name] = value
        else:
            super().__setattr__(name, value)

    def compile(self, *args, **kwargs):
        """Keras's hook: the state of metrics is made at once."""
        super().compile(*args, **kwargs)
        make_metric_state(self)

    def make_train_function(self, force=False):
        """Keras's hook before training: to each batch come the numbers of a `FitSchedule`.

        They are no part of the state, and the compiled step would keep those of the first `fit`.
        """
        if self.train_function is not None and not force:
            return
        super().make_train_function(force)
        step = self.train_function
        if self.steps_per_execution > 1 and self.jit_compile and loops_well(self):
            step = steps_in_turn(self.train_step, self.steps_per_execution)
        self.train_function = lambda state, batches: step(state, self.scheduled(batches))

    def scheduled(self, batches):
        """Batches, each behind the numbers of the schedule that the optimizer follows."""
        schedule = fit_schedule_of(self.optimizer)
        for data in batches:
            yield [] if schedule is None else [v.value for v in schedule.variables], data

    def train_step(self, state, scheduled):
        """One step on one batch: Keras's hook, called by `fit`."""
        numbers, data = scheduled
        trainable, others, of_optimizer, of_metrics = state
        with self.holding(trainable, others):
            batch = self.unpack(data)

        def scaled_loss(trainable):
            with self.holding(trainable, others, of_optimizer, of_metrics) as scope:
                terms = self.loss_terms(batch, training=True)
                per_example = self.weighted_sum(terms) + self._regularisation()
                loss = ops.divide_no_nan(
                    ops.sum(batch.sample_weight * per_example), ops.sum(batch.sample_weight)
                )
                scaled = self.optimizer.scale_loss(loss)
            # What a term moves by itself, such as a codebook, is moved before the optimizer comes.
            kinds = self.trainable_variables, self.non_trainable_variables, self.metrics_variables
            return scaled, (terms, per_example, *[values(kind, scope) for kind in kinds])

        gradients, found = jax.grad(scaled_loss, has_aux=True)(list(trainable))
        terms, per_example, trainable, others, of_metrics = found
        with following(fit_schedule_of(self.optimizer), numbers):
            trainable, others, of_optimizer = self.updated(
                gradients, trainable, others, of_optimizer
            )
        with self.holding(trainable, others, of_metrics=of_metrics) as scope:
            logs = self.update_metrics(batch, terms, per_example)
        of_metrics = values(self.metrics_variables, scope)
        return logs, (trainable, others, of_optimizer, of_metrics)

    def updated(self, gradients, trainable, others, of_optimizer):
        """The state after the step, unless it is left out: see `tensorflow.TrainStep.update`."""
        moved = self.optimizer.stateless_apply(of_optimizer, gradients, trainable)
        if self.skip_above is None:
            return moved[0], others, moved[1]
        with self.holding(of_optimizer=of_optimizer):
            norm = global_norm(gradients) / self.optimizer.scale_loss(1.0)
        is_good = norm <= self.skip_above  # Which NaN never is; infinite entries make it NaN.
        with self.holding(others=others) as scope:
            self.skipped_steps.assign_add(1 - ops.cast(is_good, "int32"))
        others = values(self.non_trainable_variables, scope)
        if isinstance(self.optimizer, keras.optimizers.LossScaleOptimizer):
            # It leaves out what is not finite by itself, and lowers its scale.
            is_good = jnp.logical_or(is_good, jnp.logical_not(jnp.isfinite(norm)))
        trainable, of_optimizer = jax.tree.map(
            lambda new, old: jnp.where(is_good, new, old),
            tuple(map(list, moved)),
            (list(trainable), list(of_optimizer)),
        )
        return trainable, others, of_optimizer

    def test_step(self, state, data):
        """The same losses without learning: Keras's hook, called by `evaluate`."""
        with self.holding(*state[:2], of_metrics=state[2]) as scope:
            batch = self.unpack(data)
            terms = self.loss_terms(batch, training=False)
            self.evaluation_noise.advance(ops.shape(batch.x)[0])
            per_example = self.weighted_sum(terms) + self._regularisation()
            logs = self.update_metrics(batch, terms, per_example)
        others = values(self.non_trainable_variables, scope)
        return logs, (state[0], others, values(self.metrics_variables, scope))

    def predict_step(self, state, data):
        """The reconstructions of one batch: Keras's hook, called by `predict`."""
        with self.holding(*state) as scope:
            outputs = self(self.call_input(self.unpack(data)))
        return outputs, values(self.non_trainable_variables, scope)

    def holding(self, trainable=(), others=(), of_optimizer=(), of_metrics=()):
        """Context in which the model's variables have these values, where they are given."""
        pairs = [
            *zip(self.trainable_variables, trainable, strict=False),
            *zip(self.non_trainable_variables, others, strict=False),
            *zip(self.metrics_variables, of_metrics, strict=False),
        ]
        if of_optimizer:
            pairs += zip(self.optimizer.variables, of_optimizer, strict=True)
        return keras.StatelessScope(pairs, collect_losses=True)

    def _regularisation(self):
        # As on TensorFlow: one number for the batch, so the same for each example.
        return sum((ops.cast(loss, "float32") for loss in self.losses), ops.zeros(()))


def loops_well(model):
    """Whether steps are as fast in a compiled loop: on a processor convolutions take twice as long.

    Batches that lie on several devices are left to Keras.
    """
    has_convolutions = any(hasattr(layer, "kernel_size") for layer in layers_within(model))
    return is_one_device(model) and (is_accelerated() or not has_convolutions)


def steps_in_turn(train_step, count):
    """`train_step` made `count` times by one call of a compiled loop; Keras calls it so often.

    Returns:
        A function of the state and an iterator of batches, to the logs of the last step and the
        state. Batches of other shapes than those before them, as the last of an epoch, take a call
        of their own; the function raises `StopIteration` where there is no batch left.
    """

    @functools.partial(jax.jit, donate_argnums=0, static_argnums=3)
    def run(state, batches, number, structure):
        kept = jax.tree.structure(state)
        stacked = [jnp.stack(arrays) for arrays in zip(*batches, strict=True)]

        def step(index, carried):
            _, state = carried
            batch = jax.tree.unflatten(structure, [array[index] for array in stacked])
            logs, state = train_step(state, batch)
            return logs, jax.tree.unflatten(kept, jax.tree.leaves(state))

        first = jax.tree.unflatten(structure, batches[0])
        logs, _ = jax.eval_shape(train_step, state, first)
        logs = jax.tree.map(lambda log: jnp.zeros(log.shape, log.dtype), logs)
        return jax.lax.fori_loop(0, number, step, (logs, state))

    def turn(state, batches):
        logs = None
        for alike, structure in runs_of_alike(itertools.islice(batches, count)):
            number = len(alike)
            # As many as it was compiled for; the others are not looked at.
            alike += alike[-1:] * (count - number)
            logs, state = run(apart(state), alike, number, structure)
        if logs is None:
            raise StopIteration
        return logs, state

    return turn


def apart(state):
    """The state with a copy of each array that it holds twice, since memory is given away once.

    A generator of noise that layers share is among the variables of each.
    """
    seen = set()

    def once(array):
        is_known = id(array) in seen
        seen.add(id(array))
        return jnp.copy(array) if is_known else array

    return jax.tree.map(once, state)


def runs_of_alike(batches):
    """Lists of batches of the same shapes, one behind the other, each batch a list of arrays.

    Beside each list stands the structure that its batches have.
    """
    taken = [jax.tree.flatten(batch) for batch in batches]
    for (_, structure), group in itertools.groupby(
        taken, lambda pair: ([(np.shape(array), array.dtype) for array in pair[0]], pair[1])
    ):
        yield [arrays for arrays, _ in group], structure


def values(variables, scope):
    """What the variables are worth at the end of a `keras.StatelessScope`."""
    return [scope.get_current_value(variable) for variable in variables]


def following(schedule, numbers):
    """Context in which the schedule, if there is one, has these numbers."""
    return contextlib.nullcontext() if schedule is None else schedule.holding(numbers)


def global_norm(gradients):
    """The norm of all gradients as one vector."""
    return jnp.sqrt(sum(jnp.sum(jnp.square(ops.cast(g, "float32"))) for g in gradients))


def compile_for_batches(model, function, example_shape, dtype, others=None):
    """Compile `function` of arrays: see `tensorflow.compile_for_batches`.

    JAX compiles it once for each number of examples.
    """
    return compile_function(model, function)


def compile_function(model, function):
    """Compile a function of any arrays and of the variables of `model`."""
    variables = model.variables

    @jax.jit
    def run(found, *arguments):
        with keras.StatelessScope(list(zip(variables, found, strict=True))):
            return function(*arguments)

    def compiled(*arguments):
        return run([variable.value for variable in variables], *arguments)

    return compiled


def with_shape(x, example_shape):
    """A tensor as it is: its shape is known."""
    return x


def in_words():
    """Errors are left as they are."""
    return contextlib.nullcontext()


def is_accelerated():
    """Whether models run on something made for products, rather than on a processor."""
    return jax.default_backend() != "cpu"


def reads_datasets():
    """Whether Keras reads arrays through a `tf.data.Dataset`."""
    return False


def is_one_device(model):
    """Whether `model` is trained on one device."""
    return keras.distribution.distribution() is None


def gradient(function, z):
    """∂function/∂z, as on TensorFlow."""
    return jax.grad(lambda z: ops.sum(function(z)))(ops.convert_to_tensor(z))


def gradients(function, weight):
    """The gradients of several numbers to one tensor, as on TensorFlow."""
    values, pull_back = jax.vjp(function, jax.lax.stop_gradient(ops.convert_to_tensor(weight)))
    ones = ops.unstack(ops.eye(len(values)), axis=0)
    return [jax.lax.stop_gradient(pull_back(ops.unstack(row))[0]) for row in ones]


def minimise(loss, start, steps, learning_rate):
    """Where Adam ends on its way down from `start`: see `tensorflow.minimise`."""
    start = [jnp.asarray(value) for value in start]
    zeros = [jnp.zeros_like(value) for value in start]

    def step(index, state):
        values, first, second = state
        gradients = jax.grad(lambda values: jnp.sum(loss(values, index)))(values)
        rate = learning_rate * (1.0 - index / steps)
        return adam_step(values, gradients, first, second, index, rate)

    return jax.lax.fori_loop(0, steps, step, (start, zeros, zeros))[0]
