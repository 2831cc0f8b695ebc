"""The replicas of a distribution strategy: which one this code runs on, and sums over all."""

import keras


def replica_id():
    """The index of the replica; 0 without a strategy, and on backends that have none."""
    if keras.backend.backend() != "tensorflow":
        return 0
    import tensorflow as tf

    context = tf.distribute.get_replica_context()
    # None in cross-replica context, where variables are made and no noise is drawn.
    return 0 if context is None else context.replica_id_in_sync_group


def sum_over_replicas(value):
    """The sum of `value` over the replicas of a distribution strategy; `value` without one."""
    if keras.backend.backend() != "tensorflow":
        return value
    import tensorflow as tf

    if tf.distribute.get_strategy().num_replicas_in_sync == 1:
        return value
    return tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.SUM, value)
