"""The length of a code for the data, where they have a probability."""

import math

import numpy as np
from keras import ops

from keras_genae.evaluation.likelihood.bounds import log_likelihood


def bits_per_dimension(
    model, x, label=None, num_samples=100, batch_size=128, verbose="auto", seed=0
):
    """−log₂ p(x) per dimension, the mean over examples: the length of a code for such data.

    Only of a likelihood that is a probability; a density has no such length. A dimension is an
    entry of x: of an image each channel of each pixel. Of counts the code is one for a reader who
    knows how many there are of each example in all.

    Args:
        model: a VAE with a discrete likelihood: `"bernoulli"`, of grey levels or of counts.
        x: examples `(n, *input_shape)`; under `"bernoulli"` zeros and ones.
        label, num_samples, batch_size, verbose, seed: as in `log_likelihood`. Given a label, the
            code is one for a reader who knows it.

    Returns:
        A float, in bits per dimension.

    Raises:
        ValueError: where likelihood or data are not discrete.

    Example:

    >>> import numpy as np, keras_genae as genae
    >>> model = genae.VAE((4,), latent_dim=2, widths=(3,), likelihood="bernoulli", seed=0)
    >>> 0.0 < bits_per_dimension(model, np.zeros((5, 4), "float32"))
    True
    """
    if not model.likelihood_layer.IS_DISCRETE:
        raise ValueError(
            "Bits per dimension are those of a probability, and the likelihood of this model is a "
            "density: report `log_likelihood`, in nats. "
            f"Received: likelihood={model.likelihood_name!r}"
        )
    if not is_discrete(model, x):
        raise ValueError(
            "Under the Bernoulli likelihood only data of zeros and ones have a probability. "
            "Binarise them: `x = (x > 0.5).astype('float32')`. Received: other values"
        )
    return as_bits(model, log_likelihood(model, x, label, num_samples, batch_size, verbose, seed))


def as_bits(model, log_likelihoods):
    """Log-likelihoods in nats, `(n,)`, as the mean number of bits per dimension."""
    return -float(np.mean(log_likelihoods)) / (math.log(2.0) * math.prod(model.input_shape))


def is_discrete(model, x):
    """Whether the likelihood is a probability of such data: a Bernoulli's is one of 0 and 1."""
    if model.likelihood_name != "bernoulli":
        return model.likelihood_layer.IS_DISCRETE
    x = ops.convert_to_numpy(x)
    return bool(np.all((x == 0) | (x == 1)))
