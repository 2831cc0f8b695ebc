"""The way of data through `fit`, `evaluate` and `predict`: looked at first, then made a `Batch`."""

import keras
from keras import ops

from keras_genae.models.data_checks import (
    check_data,
    check_shape,
    first_batch,
    is_shape_of,
    target_if_weighted,
)
from keras_genae.models.likelihoods import BERNOULLIS
from keras_genae.training.batch import Batch


class Fitting:
    """Mixin of `keras.Model`: looks at the data before Keras does, and logs the loss terms.

    It asks of the model its `input_shape`, `likelihood_name`, `trackers` and `has_user_metrics`.
    """

    def fit(self, x=None, y=None, *args, **kwargs):
        """Train: `keras.Model.fit`, after a look at the data.

        Args:
            x: an array, a `tf.data.Dataset`, or anything else Keras takes. Images are floats in
                [0, 1] or uint8 from 0 to 255; vectors are floats.
            y: of the shape of `x`, the target to reconstruct; of any other shape, a label. By
                default the target is `x`.
            *args, **kwargs: as in `keras.Model.fit`.

        Raises:
            ValueError: on data of the wrong shape, dtype or range, before the first step.
        """
        y = target_if_weighted(x, y, kwargs.get("sample_weight"))
        self.check_examples(x, y)
        validation = kwargs.get("validation_data")
        if isinstance(validation, (tuple, list)):
            val_x, val_y, weight = keras.utils.unpack_x_y_sample_weight(tuple(validation))
            val_y = target_if_weighted(val_x, val_y, weight)
            kwargs["validation_data"] = keras.utils.pack_x_y_sample_weight(val_x, val_y, weight)
            self.check_examples(val_x, val_y, prefix="validation ")
        else:
            self.check_examples(validation, prefix="validation ")
        return super().fit(x, y, *args, **kwargs)

    def evaluate(self, x=None, y=None, *args, **kwargs):
        """Loss and metrics on data: `keras.Model.evaluate`, after a look at the data."""
        y = target_if_weighted(x, y, kwargs.get("sample_weight"))
        self.check_examples(x, y)
        return super().evaluate(x, y, *args, **kwargs)

    def predict(self, x, *args, **kwargs):
        """The reconstructions of `x`: `keras.Model.predict`, after a look at the data."""
        self.check_examples(x, is_target=False)
        return super().predict(x, *args, **kwargs)

    # In a step.

    def unpack(self, data):
        """Make a `Batch` of what Keras hands to a step: x, (x, y) or (x, y, sample_weight)."""
        x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
        check_shape(tuple(x.shape), self.input_shape)
        x = self.to_float(x)
        is_target = y is not None and is_shape_of(y, self.input_shape)
        if sample_weight is None:
            sample_weight = ops.ones((ops.shape(x)[0],))
        return Batch(
            x=x,
            target=self.to_float(y) if is_target else x,
            label=None if is_target else y,
            sample_weight=ops.reshape(ops.cast(sample_weight, "float32"), (-1,)),
        )

    def to_float(self, x):
        """Data as float32; bytes of images become [0, 1]."""
        x = ops.convert_to_tensor(x)
        is_bytes = keras.backend.standardize_dtype(x.dtype) == "uint8"
        x = ops.cast(x, "float32")
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
        return self.compute_metrics(batch.x, batch.target, mean, batch.sample_weight)

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

    def check_examples(self, x, y=None, is_target=True, prefix=""):
        """Look at arrays, and at the first batch of a dataset, before anything is done with them.

        Args:
            x, y: as in `fit`.
            is_target: whether `x` is its own target where `y` brings none.
            prefix: what to put before the name of the data in a message.

        Raises:
            ValueError: on data of the wrong shape, dtype or range.
        """
        if not hasattr(x, "shape"):
            x, y = first_batch(x)
        has_target = y is not None and is_shape_of(y, self.input_shape)
        if has_target:
            check_data(y, self.input_shape, self.target_range, f"{prefix}y")
        is_target = is_target and not has_target
        value_range = self.target_range if is_target else self.input_range
        check_data(x, self.input_shape, value_range, f"{prefix}x")
