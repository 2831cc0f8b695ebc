"""The training step on the TensorFlow backend."""

import contextlib
import dataclasses
import functools

import keras
import tensorflow as tf

from keras_genae.replica import sum_over_replicas
from keras_genae.training.adam_step import adam_step
from keras_genae.training.metric_state import make_metric_state
from keras_genae.training.not_finite import NOT_FINITE, UNKNOWN_LABEL, not_finite, unknown_label


class TrainStep:
    """Mixin of `keras.Model` that trains on named loss terms.

    It asks eight things of the model:

    - `unpack(data)`: a `Batch` from what `fit` hands over;
    - `call_input(batch)`: what `call` takes of it;
    - `loss_terms(batch, training)`: name → float32 `(batch,)`, in nats per example;
    - `weighted_sum(terms)`: Σ weight · term, float32 `(batch,)`;
    - `update_metrics(batch, terms, per_example)`: what `fit` logs;
    - `input_shape`, and `has_user_metrics`: whether `compile` was given metrics;
    - `evaluation_noise`: moved on by each batch of an evaluation.

    A model that sets `skip_above` has a variable `skipped_steps` too.
    """

    # The norm of the gradient above which a step is left out, infinity for those alone that are not
    # finite; `None`: no step is left out.
    skip_above = None

    # Whether the optimizer's step is compiled in one piece.
    fuses_update = False

    def compile(self, *args, **kwargs):
        """Keras's hook. Under a distribution strategy the state of metrics is made at once."""
        super().compile(*args, **kwargs)
        with self.distribute_strategy.scope():
            if tf.distribute.has_strategy():
                make_metric_state(self)

    def make_train_function(self, force=False):
        """Keras's hook before training: the optimizer's variables first, then the step.

        Those that are made while the step is traced make TensorFlow trace it twice.
        """
        if not self.optimizer.built:
            with self.distribute_strategy.scope():
                self.optimizer.build(self.trainable_variables)
        return super().make_train_function(force)

    def train_step(self, data):
        """One step on one batch: Keras's hook, called by `fit`."""
        batch = check_finite(self.unpack(data))
        with tf.GradientTape() as tape:
            terms = self.loss_terms(batch, training=True)
            per_example = self.weighted_sum(terms) + self._regularisation()
            # The sum of this over the replicas is the mean over the whole batch, and the optimizer
            # sums the gradients of the replicas.
            loss = tf.math.divide_no_nan(
                tf.reduce_sum(batch.sample_weight * per_example),
                sum_over_replicas(tf.reduce_sum(batch.sample_weight)),
            )
            # Under mixed_float16 the optimizer multiplies the loss, so that small gradients do not
            # vanish, and divides the gradients.
            scaled_loss = self.optimizer.scale_loss(loss)
        variables = self.trainable_variables
        if variables:
            gradients = tape.gradient(scaled_loss, variables)
            # No weight moves while a term, through which it may get no gradient, still reads it.
            with tf.control_dependencies(list(terms.values())):
                self.update(gradients, variables)
        return self.update_metrics(batch, terms, per_example)

    def update(self, gradients, variables):
        """Make the step, unless the gradient's norm is above `skip_above`, or not finite.

        Nothing moves in a step that is left out, neither weights nor the optimizer's averages. Over
        several replicas the norms of their shares are added up, which is at least the norm of the
        whole; there TensorFlow cannot leave a step out, and the optimizer is given zeros.
        """
        if self.skip_above is None:
            self.apply(gradients, variables)
            return
        norm = sum_over_replicas(tf.linalg.global_norm(gradients)) / self.optimizer.scale_loss(1.0)
        is_good = norm <= self.skip_above  # Which NaN never is; infinite entries make it NaN.
        self.skipped_steps.assign_add(1 - tf.cast(is_good, "int32"))
        if isinstance(self.optimizer, keras.optimizers.LossScaleOptimizer):
            # It leaves out what is not finite by itself, and lowers its scale.
            is_good = tf.logical_or(is_good, tf.logical_not(tf.math.is_finite(norm)))
        if tf.distribute.get_strategy().num_replicas_in_sync > 1:
            gradients = [g if g is None else tf.where(is_good, g, 0.0) for g in gradients]
            self.apply(gradients, variables)
            return

        def apply():
            self.apply(gradients, variables)
            return True

        tf.cond(is_good, apply, lambda: False)

    def apply(self, gradients, variables):
        """Hand gradients to the optimizer, whose many small operations XLA can make one of."""

        def apply(gradients):
            self.optimizer.apply_gradients(zip(gradients, variables, strict=True))

        # Gradients of rows that were looked up have a form that XLA does not know.
        is_dense = not any(isinstance(g, tf.IndexedSlices) for g in gradients)
        if self.fuses_update and is_dense:
            apply = tf.function(apply, jit_compile=True)
        apply(gradients)

    def test_step(self, data):
        """The same losses without learning: Keras's hook, called by `evaluate`."""
        batch = check_finite(self.unpack(data))
        terms = self.loss_terms(batch, training=False)
        self.evaluation_noise.advance(tf.shape(batch.x)[0])
        return self.update_metrics(batch, terms, self.weighted_sum(terms) + self._regularisation())

    def predict_step(self, data):
        """The reconstructions of one batch: Keras's hook, called by `predict`."""
        return self(self.call_input(check_finite(self.unpack(data))))

    @property
    def takes_strings(self):
        """Whether strings may be in the data: XLA compiles none, and replicas cannot add them."""
        return not self.jit_compile and self.distribute_strategy.num_replicas_in_sync == 1

    @property
    def can_fuse(self):
        """Whether the optimizer's step may be compiled in one piece, where the whole is not."""
        if self.jit_compile or self.run_eagerly or not tf.test.is_built_with_xla():
            return False
        with self.distribute_strategy.scope():
            return not tf.distribute.has_strategy()  # It would have to leave the piece to sum.

    def _regularisation(self):
        # What layers added by `add_loss` or `kernel_regularizer=`: one number for the batch, so the
        # same for each example.
        return tf.add_n([tf.cast(loss, "float32") for loss in self.losses]) if self.losses else 0.0


def compile_for_batches(model, function, example_shape, dtype, others=None):
    """Compile `function` of one array for any number of examples of one shape: traced once.

    What it reads of the variables of `model` is what they are when it is called.

    With arrays like those in `others`, each `(n, ...)`, it is a function of a tuple of all.
    """
    # TensorFlow counts the traces of a method over all models together, and would warn of the sixth
    # model as if one had been traced six times; a partial is counted by itself.
    argument = tf.TensorSpec((None, *example_shape), dtype)
    if others is not None:
        specs = [tf.TensorSpec((None, *array.shape[1:]), array.dtype) for array in others]
        argument = (argument, *specs)
    return tf.function(functools.partial(function), input_signature=[argument])


def compile_function(model, function):
    """Compile a function of any tensors, that reads the variables of `model`.

    Another number of examples does not trace it again.
    """
    return tf.function(function, reduce_retracing=True)


def with_shape(x, example_shape):
    """`x` with the shape of a batch where a pipeline lost it; each step checks that it is right."""
    return x if x.shape[1:].is_fully_defined() else tf.ensure_shape(x, (None, *example_shape))


def check_finite(batch):
    """A batch whose numbers are finite; where one is not, the step ends without an update.

    An array is looked at as a whole before the first step, but of a source of batches only the
    first. Under XLA, which knows no such check, the loss becomes NaN instead.
    """
    is_own_target = batch.target is batch.x
    x = tf.debugging.check_numerics(batch.x, NOT_FINITE)
    target = x if is_own_target else tf.debugging.check_numerics(batch.target, NOT_FINITE)
    condition = batch.condition
    if condition is not None:
        condition = tf.debugging.check_numerics(condition, UNKNOWN_LABEL)
    return dataclasses.replace(batch, x=x, target=target, condition=condition)


@contextlib.contextmanager
def in_words():
    """Say what `check_finite` found as an error like those that come before the first step."""
    try:
        yield
    except tf.errors.InvalidArgumentError as error:
        if UNKNOWN_LABEL in str(error):
            raise unknown_label() from None
        if NOT_FINITE not in str(error):
            raise
        raise not_finite() from None


def is_accelerated():
    """Whether models run on something made for products, rather than on a processor."""
    return any(device.device_type != "CPU" for device in tf.config.list_logical_devices())


def reads_datasets():
    """Whether Keras reads arrays through a `tf.data.Dataset`."""
    return True


def is_one_device(model):
    """Whether `model` is trained on one device."""
    return model.distribute_strategy.num_replicas_in_sync == 1


def gradient(function, z):
    """∂function/∂z of each example, through which gradients flow on.

    Args:
        function: of a tensor like `z` to float32 `(batch,)`, each number of which depends on the
            entries of its own example alone.
        z: float32 tensor `(batch, ...)`.

    Returns:
        A tensor like `z`.
    """
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        z = tf.convert_to_tensor(z)
        tape.watch(z)
        value = function(z)
    return tape.gradient(value, z)


def gradients(function, weight):
    """The gradients of several numbers to one tensor.

    Args:
        function: of a tensor like `weight` to a list of float32 scalars.
        weight: float32 tensor.

    Returns:
        A list of tensors like `weight`, through which no gradients flow.
    """
    weight = tf.stop_gradient(weight)
    with tf.GradientTape(persistent=True, watch_accessed_variables=False) as tape:
        tape.watch(weight)
        values = function(weight)
    return [tf.stop_gradient(tape.gradient(value, weight)) for value in values]


def minimise(loss, start, steps, learning_rate):
    """Where Adam ends on its way down from `start`, for each example by itself.

    Args:
        loss: function of a list of tensors like `start`, and of the number of the step, to float32
            `(batch,)`, each number of which depends on the entries of its own example alone.
        start: list of float32 tensors `(batch, ...)`.
        steps: how many.
        learning_rate: the distance an entry moves in the first step; it falls linearly to 0, so
            that noise in the loss averages out.

    Returns:
        List of tensors like `start`.
    """
    zeros = [tf.zeros_like(value) for value in start]
    total = tf.cast(steps, "float32")

    def step(index, values, first, second):
        with tf.GradientTape() as tape:
            tape.watch(values)
            losses = loss(values, index)
        gradients = tape.gradient(losses, values)
        rate = learning_rate * (1.0 - tf.cast(index, "float32") / total)
        return index + 1, *adam_step(values, gradients, first, second, index, rate)

    _, values, _, _ = tf.while_loop(
        lambda index, *_: index < steps, step, (tf.constant(0), list(start), zeros, zeros)
    )
    return values
