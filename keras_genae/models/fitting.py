"""The way of data through `fit`, `evaluate` and `predict`: looked at first, then made a `Batch`."""

import inspect

import keras
import numpy as np
from keras import ops

from keras_genae.models.data_checks import (
    check_class_weight,
    check_data,
    check_no_strings,
    check_shape,
    check_values,
    check_weights,
    code_of,
    dtype_name,
    is_target,
    is_weight_of_entries,
    with_channels,
)
from keras_genae.models.likelihoods import BERNOULLIS
from keras_genae.training.backend import in_words, with_shape
from keras_genae.training.batch import Batch
from keras_genae.training.containers import (
    Examples,
    arrays_in,
    as_array,
    dense,
    is_batch_of,
    is_endless,
    is_source,
    peek,
    pick,
    shape_of,
)


class Fitting:
    """Mixin of `keras.Model`: looks at the data before Keras does, and logs the loss terms.

    It asks of the model its `input_shape`, `likelihood_name`, `trackers`, `has_user_metrics`,
    `loss_terms` and `weighted_sum`.
    """

    def fit(self, x=None, y=None, *args, **kwargs):
        """Train: `keras.Model.fit`, after a look at the data.

        Args:
            x: an array, list, DataFrame, sparse matrix or tensor of examples; a dictionary of which
                one entry has their shape, the others being labels; or a source of batches of them:
                a `tf.data.Dataset`, a `keras.utils.PyDataset`, a generator. Images are floats in
                [0, 1] or uint8 from 0 to 255; vectors are floats.
            y: of the shape of `x`, the target to reconstruct; a number or a vector for each
                example, a label. By default the target is `x`.
            *args, **kwargs: as in `keras.Model.fit`. `sample_weight` weighs examples, `(n,)`; or
                the entries of the target, `(n, height, width)`, `(n, height, width, 1)` or of the
                shape of `x`: weight 0 takes an entry that is missing out of the reconstruction,
                σ and the weighted metrics. What the encoder sees in its place is yours to fill; NaN
                there counts as 0.

        Raises:
            ValueError: on data of the wrong shape, dtype or range, before the first step.
        """
        call = inspect.signature(super().fit).bind(x, y, *args, **kwargs)
        given = call.arguments
        given["x"], given["y"], given["sample_weight"] = self.prepare(
            given["x"],
            given["y"],
            given.get("sample_weight"),
            class_weight=given.get("class_weight"),
            steps=given.get("steps_per_epoch"),
        )
        if given.get("validation_data") is not None:
            parts = self.prepare(
                *parts_of(given["validation_data"], self.input_shape),
                prefix="validation ",
                steps=given.get("validation_steps"),
            )
            given["validation_data"] = keras.utils.pack_x_y_sample_weight(*parts)
        with in_words():
            return super().fit(*call.args, **call.kwargs)

    def evaluate(self, x=None, y=None, *args, **kwargs):
        """Loss and metrics on data: `keras.Model.evaluate`, after a look at the data.

        Args:
            x, y, sample_weight: as in `fit`.
            *args, **kwargs: as in `keras.Model.evaluate`.
        """
        call = inspect.signature(super().evaluate).bind(x, y, *args, **kwargs)
        given = call.arguments
        # `fit` has looked at its validation data, and need not in each epoch.
        if "_use_cached_eval_dataset" not in kwargs:
            given["x"], given["y"], given["sample_weight"] = self.prepare(
                given["x"], given["y"], given.get("sample_weight"), steps=given.get("steps")
            )
        try:
            with in_words():
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
        call.arguments["x"] = self.prepare(x, is_own_target=False, steps=steps)[0]
        with in_words():
            return super().predict(*call.args, **call.kwargs)

    def train_on_batch(self, x, y=None, sample_weight=None, class_weight=None, **kwargs):
        """One step on one batch: `keras.Model.train_on_batch`, after a look at it."""
        x, y, sample_weight = self.prepare(x, y, sample_weight, class_weight=class_weight)
        return super().train_on_batch(dense(x), dense(y), sample_weight, class_weight, **kwargs)

    def test_on_batch(self, x, y=None, sample_weight=None, **kwargs):
        """Losses and metrics of one batch: `keras.Model.test_on_batch`, after a look at it."""
        x, y, sample_weight = self.prepare(x, y, sample_weight)
        return super().test_on_batch(dense(x), dense(y), sample_weight, **kwargs)

    def predict_on_batch(self, x):
        """The reconstructions of one batch: `keras.Model.predict_on_batch`, after a look at it."""
        return super().predict_on_batch(dense(self.prepare(x, is_own_target=False)[0]))

    # Before the first step.

    def check_examples(self, x, is_target=True):
        """Look at examples before anything is done with them.

        Args:
            x: as in `fit`.
            is_target: whether `x` is to be compared with its reconstruction.

        Returns:
            The examples alone, for `in_batches`: an array, or an iterable of arrays. Use this
            rather than `x`, from which a look takes the first batch where it is a generator.

        Raises:
            ValueError: on data of the wrong shape, dtype or range.
        """
        x = self.prepare(x, is_own_target=is_target)[0]
        if not is_source(x):
            return x

        def examples(element):
            x, _, _ = keras.utils.unpack_x_y_sample_weight(element)
            batch = as_array(pick(x, self.input_shape)[0])
            self.check_arrays(batch, is_own_target=is_target, prefix="a batch of ", codes="x")
            return batch

        return map(examples, x) if iter(x) is x else Examples(x, examples)

    def prepare(
        self,
        x,
        y=None,
        sample_weight=None,
        class_weight=None,
        is_own_target=True,
        prefix="",
        steps=None,
    ):
        """Look at arrays, and at the first batch of a source.

        Args:
            x, y, sample_weight, class_weight: as in `fit`.
            is_own_target: whether `x` is its own target where `y` brings none.
            prefix: what to put before the name of the data in a message.
            steps: how many batches of a source are wanted; `None`: all.

        Returns:
            (x, y, sample_weight) as Keras takes them.

        Raises:
            ValueError: on data of the wrong shape, dtype or range.
        """
        if not is_source(x):
            arrays = self.as_arrays(x, y, sample_weight, prefix)
            codes = code_of(x, "x"), code_of(y, "y")
            self.check_arrays(*arrays, class_weight, is_own_target, prefix, codes)
            x, y, sample_weight = arrays
            # Keras drops weights that come without y.
            return x, x if y is None and sample_weight is not None else y, sample_weight
        if is_endless(x) and steps is None:
            raise ValueError(
                f"The {prefix or 'training '}data have no end. Say how many batches are meant: "
                f"`steps_per_epoch=`, `validation_steps=`, `steps=`, or `data.take(100)`. "
                f"Received: {x}"
            )
        if is_distributed(x):
            return x, y, sample_weight  # The first step sees their shape.
        elements, x = peek(x)
        if not elements:
            raise ValueError(f"There is no example in `{prefix}x`. Received: {x}")
        self.check_element(elements[0], x, class_weight, is_own_target, prefix)
        return x, y, sample_weight

    def as_arrays(self, x, y, sample_weight, prefix=""):
        """(x, y, sample_weight) as arrays, from whatever containers."""
        x = arrays_in(x, f"{prefix}x") if isinstance(x, dict) else as_array(x, f"{prefix}x")
        x, labels = pick(x, self.input_shape)
        y = labels if y is None else arrays_in(y, f"{prefix}y")
        if dtype_name(y) == "str":
            y = y.astype(object)  # In which Keras takes strings.
        return x, y, dense(arrays_in(sample_weight, f"{prefix}sample_weight"))

    def check_element(self, element, source, class_weight, is_own_target, prefix):
        """Look at the first element of a source."""
        x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(element)
        x, labels = pick(x, self.input_shape)
        y = labels if y is None else y
        is_read_once = iter(source) is source
        for part in () if is_read_once else (x, y, sample_weight):
            if not (part is None or isinstance(part, dict) or hasattr(part, "dtype")):
                raise ValueError(
                    "The elements must be arrays: `np.asarray(x)`, for targets, labels and weights "
                    f"as well. Received: a batch of type {type(part).__name__}"
                )
        if shape_of(x) == self.input_shape:
            is_dataset = hasattr(source, "batch")
            line = "`data = data.batch(32)`" if is_dataset else "one example is `x[None]`"
            raise ValueError(
                f"The model takes batches of examples, but the data come one by one: {line}. "
                f"Received: elements of shape {self.input_shape}"
            )
        prefix = f"{prefix}first batch of "
        arrays = self.as_arrays(x, y, sample_weight, prefix)
        self.check_arrays(*arrays, class_weight, is_own_target, prefix, codes="xy")

    def check_arrays(
        self,
        x,
        y=None,
        sample_weight=None,
        class_weight=None,
        is_own_target=True,
        prefix="",
        codes="xy",
    ):
        """Look at examples, their targets and their weights; `codes` is how to write x and y."""
        check_shape(shape_of(x), self.input_shape, f"{prefix}x", codes[0])
        has_target = y is not None and is_target(y, self.input_shape, f"{prefix}y")
        if y is not None and not has_target and not self.takes_strings:
            check_no_strings(y, f"{prefix}y")
        if class_weight is not None:
            check_class_weight(y, self.input_shape)
        weight = None
        if sample_weight is not None:
            weight = check_weights(sample_weight, self.input_shape, f"{prefix}sample_weight")
        if has_target and y is not x:
            check_data(y, self.input_shape, self.target_range, f"{prefix}y", codes[1], weight)
        is_own_target = is_own_target and not has_target
        value_range = self.target_range if is_own_target else self.input_range
        check_values(x, self.is_image, value_range, f"{prefix}x", codes[0], weight)

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
        sample_weight, entry_weight = self.unpack_weight(weight, ops.shape(x)[0])
        if entry_weight is not None:
            is_pair = target is not x
            x = without_missing(x, entry_weight)
            target = without_missing(target, entry_weight) if is_pair else x
        return Batch(
            x=x,
            target=target,
            label=None if has_target else y,
            sample_weight=sample_weight,
            entry_weight=entry_weight,
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
        mean = self(batch.x, training=False)
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

    # Data.

    @property
    def is_image(self):
        """Whether an example is an image rather than a vector."""
        return len(self.input_shape) == 3

    @property
    def target_range(self):
        """(lowest, highest) value that the likelihood gives a density to; `None`: any."""
        return (0.0, 1.0) if self.is_image or self.likelihood_name in BERNOULLIS else None

    @property
    def input_range(self):
        """(lowest, highest) value the encoder may see; `None`: any finite number."""
        return self.target_range


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


def is_distributed(source):
    """Whether a dataset has been dealt out to replicas, so that its elements are no batches."""
    return (
        hasattr(source, "element_spec")
        and not hasattr(source, "take")
        and iter(source) is not source
    )


def without_missing(values, weight):
    """Values with 0 in place of what is not finite and has weight 0.

    0 times NaN is NaN, and so would be the loss.
    """
    is_missing = ops.logical_and(ops.equal(weight, 0.0), ops.logical_not(ops.isfinite(values)))
    return ops.where(is_missing, 0.0, values)
