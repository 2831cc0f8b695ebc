"""The training step on the PyTorch backend: the same as on TensorFlow, one operation at a time."""

import contextlib

import keras
import numpy as np
import torch
from keras import ops

from keras_genae.training.adam_step import adam_step
from keras_genae.training.metric_state import make_metric_state
from keras_genae.training.not_finite import not_finite, unknown_label


class TrainStep:
    """Mixin of `keras.Model` that trains on named loss terms: see `tensorflow.TrainStep`.

    What a loss moves by itself, such as a codebook or a generator of noise, is kept aside until its
    gradients are known: PyTorch writes into the very numbers that these are computed from.

    On a GPU numbers that are not finite in a batch after the first make the loss NaN: to raise an
    error each step would have to wait for the one before it.
    """

    # As on TensorFlow.
    skip_above = None

    takes_strings = False

    # As on TensorFlow, which alone does.
    can_fuse = fuses_update = False

    def __setattr__(self, name, value):
        """A layer in the place of what the class says, such as `condition`, is found before it.

        PyTorch keeps modules apart, and looks there only for names that nothing else has.
        """
        super().__setattr__(name, value)
        if isinstance(value, torch.nn.Module) and getattr(type(self), name, value) is None:
            self.__dict__[name] = value

    def compile(self, *args, **kwargs):
        """Keras's hook: the state of metrics is made at once."""
        super().compile(*args, **kwargs)
        make_metric_state(self)

    def get_compile_config(self):
        """Keras's hook on saving: an optimizer by the name that all backends know."""
        return by_exported_names(super().get_compile_config())

    def train_step(self, data):
        """One step on one batch: Keras's hook, called by `fit`."""
        variables = self.trainable_variables
        with keras.StatelessScope(collect_losses=True) as scope:
            batch = check_finite(self.unpack(data))
            terms = self.loss_terms(batch, training=True)
            per_example = self.weighted_sum(terms) + self._regularisation()
            loss = ops.divide_no_nan(
                ops.sum(batch.sample_weight * per_example), ops.sum(batch.sample_weight)
            )
        gradients = gradients_of(self.optimizer.scale_loss(loss), variables)
        with torch.no_grad():
            write([*self.variables, *self.metrics_variables], scope)
            if variables:
                self.update(gradients, variables)
            return self.update_metrics(batch, terms, per_example)

    def update(self, gradients, variables):
        """Make the step, unless it is left out: see `tensorflow.TrainStep.update`."""
        if self.skip_above is not None:
            norm = global_norm(gradients) / self.optimizer.scale_loss(1.0)
            # Which NaN never is; infinite entries make it NaN.
            is_good = bool(norm <= self.skip_above)
            self.skipped_steps.assign_add(0 if is_good else 1)
            # A `LossScaleOptimizer` leaves out what is not finite by itself, and lowers its scale.
            scales = isinstance(self.optimizer, keras.optimizers.LossScaleOptimizer)
            if not (is_good or (scales and not torch.isfinite(norm))):
                return
        self.optimizer.apply(gradients, variables)

    def test_step(self, data):
        """The same losses without learning: Keras's hook, called by `evaluate`."""
        batch = check_finite(self.unpack(data))
        terms = self.loss_terms(batch, training=False)
        self.evaluation_noise.advance(ops.shape(batch.x)[0])
        return self.update_metrics(batch, terms, self.weighted_sum(terms) + self._regularisation())

    def predict_step(self, data):
        """The reconstructions of one batch: Keras's hook, called by `predict`."""
        return self(self.call_input(check_finite(self.unpack(data))))

    def _regularisation(self):
        # As on TensorFlow: one number for the batch, so the same for each example.
        return sum((ops.cast(loss, "float32") for loss in self.losses), ops.zeros(()))


def by_exported_names(config):
    """A config in which the optimizers that Keras makes of its own on PyTorch are Keras's again."""
    if not isinstance(config, dict):
        return config
    config = {name: by_exported_names(value) for name, value in config.items()}
    if ".torch.optimizers." in str(config.get("module")):
        config |= {"module": "keras.optimizers", "registered_name": None}
    return config


def gradients_of(loss, variables):
    """The gradient of a scalar to each variable; `None` to one that it does not depend on."""
    values = [variable.value for variable in variables]
    return torch.autograd.grad(loss, values, allow_unused=True) if values else []


def write(variables, scope):
    """Give variables the values that they were assigned in a `keras.StatelessScope`."""
    for variable in variables:
        value = scope.get_current_value(variable)
        if value is not None:
            variable.assign(value)


def global_norm(gradients):
    """The norm of all gradients as one vector."""
    squares = [torch.sum(torch.square(g.float())) for g in gradients if g is not None]
    return torch.sqrt(sum(squares, torch.zeros(())))


def check_finite(batch):
    """A batch whose numbers are finite: see `tensorflow.check_finite`."""
    if batch.x.is_cpu:
        if not (is_finite(batch.x) and (batch.target is batch.x or is_finite(batch.target))):
            raise not_finite()
        if batch.condition is not None and not is_finite(batch.condition):
            raise unknown_label()
    return batch


def is_finite(x):
    """Whether all numbers of a tensor are."""
    return bool(torch.isfinite(x).all())


def compile_for_batches(model, function, example_shape, dtype, others=None):
    """`function` of arrays as it is: see `tensorflow.compile_for_batches`."""
    return compile_function(model, function)


def compile_function(model, function):
    """`function`, of which nobody takes gradients: of tensors, which arrays are made."""

    @torch.no_grad()
    def run(*arguments):
        return function(*keras.tree.map_structure(as_tensor, arguments))

    return run


def as_tensor(x):
    """An array of numbers as a tensor; anything else as it is."""
    return ops.convert_to_tensor(x) if isinstance(x, np.ndarray) and x.dtype.kind in "biuf" else x


def with_shape(x, example_shape):
    """A tensor as it is: its shape is known."""
    return x


def in_words():
    """Errors are in words from the start."""
    return contextlib.nullcontext()


def is_accelerated():
    """Whether models run on something made for products, rather than on a processor."""
    return torch.cuda.is_available()


def reads_datasets():
    """Whether Keras reads arrays through a `tf.data.Dataset`."""
    return False


def is_one_device(model):
    """Whether `model` is trained on one device: Keras knows no other way here."""
    return True


def gradient(function, z):
    """∂function/∂z, as on TensorFlow."""
    goes_on = torch.is_grad_enabled()
    with torch.enable_grad():
        z = z if z.requires_grad else z.detach().requires_grad_()
        (found,) = torch.autograd.grad(torch.sum(function(z)), z, create_graph=goes_on)
    return found


def gradients(function, weight):
    """The gradients of several numbers to one tensor, as on TensorFlow."""
    with torch.enable_grad():
        weight = weight.detach().requires_grad_()
        values = function(weight)
        return [torch.autograd.grad(value, weight, retain_graph=True)[0] for value in values]


def minimise(loss, start, steps, learning_rate):
    """Where Adam ends on its way down from `start`: see `tensorflow.minimise`."""
    values = [value.detach() for value in start]
    first = second = [torch.zeros_like(value) for value in values]
    for index in range(int(steps)):
        with torch.enable_grad():
            values = [value.requires_grad_() for value in values]
            found = torch.autograd.grad(torch.sum(loss(values, index)), values)
        rate = learning_rate * (1.0 - index / steps)
        with torch.no_grad():
            values, first, second = adam_step(values, found, first, second, index, rate)
    return values
