"""The way of data through `fit`, `evaluate` and `predict`: looked at first, then made a `Batch`."""

import inspect
import warnings

import keras
import numpy as np
from keras import ops

from keras_genae.containers import dense, is_batch_of, is_source, pick, shape_of
from keras_genae.models.array_sources import make_source, make_sources
from keras_genae.models.checked_data import CheckedData
from keras_genae.models.data_checks import (
    check_shape,
    is_target,
    is_weight_of_entries,
    single_label,
    with_channels,
)
from keras_genae.models.fused_update import pays_to_fuse
from keras_genae.models.steps_together import StepsTogether
from keras_genae.training.backend import in_words, with_shape
from keras_genae.training.batch import Batch
from keras_genae.training.fit_schedule import FollowFit, fit_schedule_of


class Fitting(CheckedData, StepsTogether):
    """Mixin of `keras.Model`: looks at the data before Keras does, and logs the loss terms.

    It asks of the model its `trackers`, `has_user_metrics`, `loss_terms` and `weighted_sum`.
    """

    def fit(self, x=None, y=None, *args, **kwargs):
        """Train: `keras.Model.fit`, after a look at the data.

        Args:
            x: an array, list, DataFrame, sparse matrix or tensor of examples; a dictionary of which
                one entry has their shape, the others being labels; or a source of batches of them:
                a `tf.data.Dataset`, a `keras.utils.PyDataset`, a generator. Images are floats in
                [0, 1] or uint8 from 0 to 255; vectors are floats.
            y: of the shape of `x`, the target to reconstruct; a number or a vector for each
                example, a label, for models with side information. By default the target is `x`.
            *args, **kwargs: as in `keras.Model.fit`. `sample_weight` weighs examples, `(n,)`; or
                the entries of the target, `(n, height, width)`, `(n, height, width, 1)` or of the
                shape of `x`: weight 0 takes an entry that is missing out of the reconstruction,
                σ and the weighted metrics. What the encoder sees in its place is yours to fill; NaN
                there counts as 0.

        Raises:
            ValueError: on data of the wrong shape, dtype or range, before the first step.
        """
        self.check_compiled("fit")
        if not self.trainable_variables:
            warnings.warn(
                "The model has no trainable weights: `fit` moves only what has its optimum in "
                "closed form. Set `model.trainable = True` and compile again. "
                f"Received: a {type(self).__name__} of {len(self.weights)} weights",
                stacklevel=2,
            )
        call = inspect.signature(super().fit).bind(x, y, *args, **kwargs)
        given = call.arguments
        given["x"], given["y"], given["sample_weight"] = self.prepare(
            given["x"],
            given["y"],
            given.get("sample_weight"),
            class_weight=given.get("class_weight"),
            steps=given.get("steps_per_epoch"),
        )
        given["x"] = self.begin(given["x"], given["sample_weight"])
        if is_source(given["x"]) and not isinstance(given["x"], keras.utils.PyDataset):
            # It has an order of its own: Keras would warn that it does not shuffle.
            given.setdefault("shuffle", False)
        if given.get("validation_data") is not None:
            parts = self.prepare(
                *parts_of(given["validation_data"], self.input_shape),
                prefix="validation ",
                steps=given.get("validation_steps"),
            )
            given["validation_data"] = keras.utils.pack_x_y_sample_weight(*parts)
        make_sources(self, given)
        steps = self.steps_for(given)
        schedule = fit_schedule_of(self.optimizer)
        if schedule is not None:
            follow = FollowFit(schedule, given.get("epochs", 1))
            follow.set_model(self)
            given["callbacks"] = with_callback(given.get("callbacks"), follow)
        with in_words(), self.steps_together(steps, pays_to_fuse(self, given)):
            return super().fit(*call.args, **call.kwargs)

    def evaluate(self, x=None, y=None, *args, **kwargs):
        """Loss and metrics on data: `keras.Model.evaluate`, after a look at the data.

        Args:
            x, y, sample_weight: as in `fit`.
            *args, **kwargs: as in `keras.Model.evaluate`.
        """
        self.check_compiled("evaluate")
        call = inspect.signature(super().evaluate).bind(x, y, *args, **kwargs)
        given = call.arguments
        steps, fuses_update = self.steps_per_execution, self.fuses_update
        # `fit` has looked at its validation data, and need not in each epoch.
        if "_use_cached_eval_dataset" not in kwargs:
            given["x"], given["y"], given["sample_weight"] = self.prepare(
                given["x"], given["y"], given.get("sample_weight"), steps=given.get("steps")
            )
            make_source(self, given)
            steps = self.steps_for(given)
        try:
            with in_words(), self.steps_together(steps, fuses_update):
                return super().evaluate(*call.args, **call.kwargs)
        finally:
            self.evaluation_noise.reset()

    def predict(self, x, *args, **kwargs):
        """The reconstructions of `x`: `keras.Model.predict`, after a look at the data.

        Args:
            x: as in `fit`.
            *args, **kwargs: as in `keras.Model.predict`.
        """
        call = inspect.signature(super().predict).bind(x, *args, **kwargs)
        steps = call.arguments.get("steps")
        call.arguments["x"] = self.prepare_alone(x, steps)
        make_source(self, call.arguments)
        # Several at once would be traced one behind the other.
        with in_words(), self.steps_together(1):
            return super().predict(*call.args, **call.kwargs)

    def train_on_batch(self, x, y=None, sample_weight=None, class_weight=None, **kwargs):
        """One step on one batch: `keras.Model.train_on_batch`, after a look at it."""
        self.check_compiled("train_on_batch")
        x, y, sample_weight = self.prepare(x, y, sample_weight, class_weight=class_weight)
        x = self.begin(x, sample_weight)
        with self.steps_together(1):
            return super().train_on_batch(dense(x), dense(y), sample_weight, class_weight, **kwargs)

    def test_on_batch(self, x, y=None, sample_weight=None, **kwargs):
        """Losses and metrics of one batch: `keras.Model.test_on_batch`, after a look at it."""
        self.check_compiled("test_on_batch")
        x, y, sample_weight = self.prepare(x, y, sample_weight)
        with self.steps_together(1):
            return super().test_on_batch(dense(x), dense(y), sample_weight, **kwargs)

    def predict_on_batch(self, x):
        """The reconstructions of one batch: `keras.Model.predict_on_batch`, after a look at it."""
        with self.steps_together(1):
            return super().predict_on_batch(keras.tree.map_structure(dense, self.prepare_alone(x)))

    def check_compiled(self, method):
        """Check that there is an optimizer, and what else `compile` chooses."""
        if not self.compiled:
            raise ValueError(
                f"You must call `compile()` before calling `{method}()`, such as "
                f"`model.compile(optimizer='adam')`. Received: a {type(self).__name__} that was "
                "never compiled"
            )

    def begin(self, x, sample_weight=None):
        """Take from the training data what the model starts from, before the first step.

        Args:
            x: an array of examples, or a source of batches.
            sample_weight: as in `fit`.

        Returns:
            `x`; of a source that can be read once only, one that brings the same batches.
        """
        return x

    def prepare_alone(self, x, steps=None):
        """x for `predict`, which Keras gives no y: labels go with it in a dictionary."""
        x, label, _ = self.prepare(x, is_own_target=False, steps=steps)
        return x if self.condition is None or is_source(x) else {"x": x, "label": label}

    # In a step.

    def unpack(self, data):
        """Make a `Batch` of what Keras hands to a step: x, (x, y) or (x, y, sample_weight)."""
        x, y, weight = keras.utils.unpack_x_y_sample_weight(data)
        x, labels = pick(x, self.input_shape)
        y = labels if y is None else y
        check_shape(shape_of(x), self.input_shape)
        has_target = y is not None and is_target(y, self.input_shape)
        x = self.to_float(x)
        target = self.to_float(y) if has_target else x
        label = None if has_target else y
        condition = None
        if self.condition is not None and label is not None:
            condition = self.condition(single_label(label))
        sample_weight, entry_weight = self.unpack_weight(weight, ops.shape(x)[0])
        if entry_weight is not None:
            is_pair = target is not x
            x = without_missing(x, entry_weight)
            target = without_missing(target, entry_weight) if is_pair else x
        return Batch(
            x=x,
            target=target,
            label=label,
            sample_weight=sample_weight,
            entry_weight=entry_weight,
            condition=condition,
        )

    def unpack_weight(self, weight, size):
        """Weights of the examples of a batch, `(batch,)`, and of their entries, or `None`."""
        if weight is None:
            return ops.ones((size,)), None
        weight = ops.cast(weight, "float32")
        if is_weight_of_entries(shape_of(weight), self.input_shape):
            return ops.ones((size,)), with_channels(weight, self.input_shape)
        return ops.reshape(weight, (-1,)), None

    def to_float(self, x):
        """Examples as a float32 tensor `(batch, *input_shape)`; bytes of images become [0, 1]."""
        x = ops.convert_to_tensor(pick(x, self.input_shape)[0], sparse=False)
        is_bytes = keras.backend.standardize_dtype(x.dtype) == "uint8"
        x = with_shape(ops.cast(x, "float32"), self.input_shape)
        return x / 255.0 if is_bytes and self.is_image else x

    def update_metrics(self, batch, terms, per_example):
        """Take a batch into what is logged, and return the logs."""
        loss_tracker = next(metric for metric in self.metrics if metric.name == "loss")
        loss_tracker.update_state(per_example, sample_weight=batch.sample_weight)
        for tracker in self.trackers:
            tracker.update_state(terms[tracker.name], sample_weight=batch.sample_weight)
        if not self.has_user_metrics:
            return self.get_metrics_result()
        # Metrics of a reconstruction are those of what `predict` returns, without noise.
        mean = self(self.call_input(batch), training=False)
        weight = batch.sample_weight if batch.entry_weight is None else batch.entry_weight
        return self.compute_metrics(batch.x, batch.target, mean, weight)

    def reset_metrics(self):
        """Keras's hook at the start of a pass through data: the noise of evaluation starts too."""
        super().reset_metrics()
        self.evaluation_noise.reset()

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        """Keras's hook: metrics of the target and its reconstruction.

        Keras itself calls it as well, while it builds a model under a distribution strategy, with
        y as it came: none, a label, bytes.
        """
        batch = self.unpack((x, y, sample_weight))
        target, weight = batch.target, batch.entry_weight
        if weight is None:
            weight = batch.sample_weight
        elif self.is_image and weight.shape[-1] == 1:
            weight = weight[..., 0]  # Keras's metrics are means over the channels of a pixel.
        else:
            # A weight for each channel: each is a pixel of its own.
            target, y_pred = target[..., None], y_pred[..., None]
        return super().compute_metrics(batch.x, target, y_pred, weight)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """Keras's hook: the loss of a batch, a float32 scalar in nats per example.

        A training step takes the gradients of `loss_terms`, which is what to override.

        Args:
            x, y, sample_weight: as in `fit`, one batch.
            y_pred: not used: losses need more than a reconstruction.
            training: whether this is a training step.
        """
        batch = self.unpack((x, y, sample_weight))
        per_example = self.weighted_sum(self.loss_terms(batch, training))
        total = ops.sum(batch.sample_weight)
        weighted = ops.sum(batch.sample_weight * per_example)
        return ops.divide_no_nan(weighted, total) + sum(self.losses)


def with_callback(callbacks, first):
    """The callbacks that `fit` was given, in any of the forms Keras takes, and one before them."""
    if isinstance(callbacks, keras.callbacks.CallbackList):
        others = [c for c in callbacks.callbacks if not isinstance(c, type(first))]
        callbacks.callbacks[:] = [first, *others]
        return callbacks
    return [first, *keras.tree.flatten(callbacks or [])]


def parts_of(validation, input_shape):
    """(x, y, sample_weight) of validation data that may be a tuple or list of them, or x."""
    is_list_of_parts = (
        isinstance(validation, list)
        and 0 < len(validation) <= 3
        and is_batch_of(np.shape(validation[0]), input_shape)
    )
    if is_list_of_parts or isinstance(validation, tuple):
        return keras.utils.unpack_x_y_sample_weight(tuple(validation))
    return validation, None, None


def without_missing(values, weight):
    """Values with 0 in place of what is not finite and has weight 0.

    0 times NaN is NaN, and so would be the loss.
    """
    is_missing = ops.logical_and(ops.equal(weight, 0.0), ops.logical_not(ops.isfinite(values)))
    return ops.where(is_missing, 0.0, values)
