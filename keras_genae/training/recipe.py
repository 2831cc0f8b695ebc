"""How the models of the zoo are trained where nothing else is asked for."""

import keras

from keras_genae.training.fit_schedule import FitSchedule

# What was best per minute on two cores among Adam, AdamW and Muon at these rates and batches of 16
# to 128: see the README.
LEARNING_RATE = 3e-3
BATCH = 16


def default_optimizer(learning_rate=LEARNING_RATE):
    """Muon, with warm-up and cosine decay over all of `fit`.

    Reference:
        Jordan et al., "Muon: An optimizer for hidden layers in neural networks", 2024.
    """
    # Weight decay changes nothing in so few steps, and costs a pass through all weights in each.
    return keras.optimizers.Muon(
        FitSchedule(learning_rate), weight_decay=None, adam_weight_decay=None
    )
