"""How the models of the zoo are trained where nothing else is asked for."""

import re

from keras_genae.training.fit_schedule import FitSchedule
from keras_genae.training.muon import Muon, matrix_shape

# What was best for its CPU seconds of what was tried on images of 64×64: Adam at 1e-3 with batches
# of 64, Muon at 1e-3 to 4e-3 with batches of 16 and 32.
LEARNING_RATE = 3e-3
BATCH = 16
# Muon multiplies matrices as wide as a kernel's shorter side twenty times a step: between layers of
# hundreds of units that takes many times as long as the step itself.
LONGEST_SHORT_SIDE = 128


def default_optimizer(model, learning_rate=LEARNING_RATE):
    """Muon, with warm-up and cosine decay over all of `fit`.

    Muon moves the kernels of layers, of convolutions as well as of an encoder's heads. Vectors,
    kernels whose shorter side is above 128, and what is of no layer, such as the means of a
    mixture, are moved by Adam, as part of the same optimizer; so is all of a model whose `MUON` is
    `False`.

    Args:
        model: what is to be trained.
        learning_rate: the highest, after the warm-up.

    Returns:
        A Keras optimizer.

    Example:

    >>> import keras_genae as genae
    >>> model = genae.ConvVAE((16, 16, 1), latent_dim=2, widths=(4,))
    >>> type(default_optimizer(model)).__name__
    'Muon'

    Reference:
        Jordan et al., "Muon: An optimizer for hidden layers in neural networks", 2024.
    """
    kernels = [v for v in model.trainable_variables if len(v.shape) > 1]
    in_layers = {v.path for layer in model.layers for v in layer.trainable_variables}
    longest = LONGEST_SHORT_SIDE if getattr(model, "MUON", True) else 0
    left = {
        v.path for v in kernels if min(matrix_shape(v.shape)) > longest or v.path not in in_layers
    }
    return Muon(
        FitSchedule(learning_rate),
        exclude_layers=[f"^{re.escape(path)}$" for path in sorted(left)],
        # Weight decay changes nothing in so few steps, and costs a pass through all weights.
        weight_decay=None,
        adam_weight_decay=None,
    )
