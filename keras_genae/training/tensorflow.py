"""The training step on the TensorFlow backend."""

import tensorflow as tf


class TrainStep:
    """Mixin of `keras.Model` that trains on named loss terms.

    It asks four things of the model:

    - `unpack(data)`: a `Batch` from what `fit` hands over;
    - `loss_terms(batch, training)`: name → float32 `(batch,)`, in nats per example;
    - `weighted_sum(terms)`: Σ weight · term, float32 `(batch,)`;
    - `update_metrics(batch, terms, per_example)`: what `fit` logs.
    """

    def train_step(self, data):
        """One step on one batch: Keras's hook, called by `fit`."""
        batch = self.unpack(data)
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
        gradients = tape.gradient(scaled_loss, variables)
        self.optimizer.apply_gradients(zip(gradients, variables, strict=True))
        return self.update_metrics(batch, terms, per_example)

    def test_step(self, data):
        """The same losses without learning: Keras's hook, called by `evaluate`."""
        batch = self.unpack(data)
        terms = self.loss_terms(batch, training=False)
        return self.update_metrics(batch, terms, self.weighted_sum(terms) + self._regularisation())

    def _regularisation(self):
        # What layers added by `add_loss` or `kernel_regularizer=`: one number for the batch, so the
        # same for each example.
        return tf.add_n([tf.cast(loss, "float32") for loss in self.losses]) if self.losses else 0.0


def sum_over_replicas(value):
    """The sum of `value` over the replicas of a distribution strategy."""
    if tf.distribute.get_strategy().num_replicas_in_sync == 1:
        return value
    return tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.SUM, value)


def compile_for_batches(function, example_shape, dtype):
    """Compile `function` of one array for any number of examples of one shape: traced once."""
    return tf.function(function, input_signature=[tf.TensorSpec((None, *example_shape), dtype)])
