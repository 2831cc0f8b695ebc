"""Which replica of a distribution strategy this code runs on."""

import keras


def replica_id():
    """The index of the replica; 0 without a strategy, and on backends that have none."""
    if keras.backend.backend() != "tensorflow":
        return 0
    import tensorflow as tf

    context = tf.distribute.get_replica_context()
    # None in cross-replica context, where variables are made and no noise is drawn.
    return 0 if context is None else context.replica_id_in_sync_group
