"""How odd an example is to a trained model: one number each, higher is more anomalous."""

from keras import ops

from keras_genae.batches import in_batches
from keras_genae.distributions.events import sum_over_event
from keras_genae.evaluation.compiled import compiled
from keras_genae.evaluation.likelihood import distortion, elbo, log_likelihood


def reconstruction_error(model, x, batch_size=128, verbose="auto"):
    """The mean squared error of each example's reconstruction.

    The oldest score, and one to distrust alone: it grows with how much there is in an example to
    get wrong. Simple anomalies, such as the digit 1 among others, come out more normal than what
    the model was trained on. `ComplexityNormalizer` mends this.

    Args:
        model: a model of the zoo.
        x: array, tensor or dataset of examples `(n, *input_shape)`.
        batch_size, verbose: as in `model.encode`.

    Returns:
        float32 array `(n,)`, in squared units of the data, mean over its entries.

    Raises:
        ValueError: on data of the wrong shape, dtype or range.

    Example:

    >>> import numpy as np, keras_genae as genae
    >>> model = genae.Autoencoder((4,), latent_dim=2, widths=(3,), seed=0)
    >>> x = np.ones((5, 4), "float32")
    >>> error = np.mean((x - model.reconstruct(x)) ** 2, axis=1)
    >>> bool(np.allclose(reconstruction_error(model, x), error))
    True
    """
    x = model.check_examples(x)
    return in_batches(compiled(model, _mean_squared_error), x, batch_size, verbose)


def reconstruction_probability(model, x, num_samples=10, batch_size=128, verbose="auto", seed=0):
    """How improbable an example is among its own reconstructions, −E_q[log p(x|z)], in nats.

    Unlike the squared error it weighs a deviation by the σ that the model has learnt
    (`likelihood="sigma"`), and asks all of the posterior rather than its mean. Of a plain
    autoencoder it is taken at the code.

    Args:
        model, x, batch_size, verbose: as in `reconstruction_error`.
        num_samples: draws of z for each example.
        seed: of the draws.

    Returns:
        float32 array `(n,)`, in nats.

    Raises:
        ValueError: on data of the wrong shape, dtype or range.

    Example:

    >>> import numpy as np, keras_genae as genae
    >>> model = genae.VAE((4,), latent_dim=2, widths=(3,), seed=0)
    >>> near, far = reconstruction_probability(model, np.array([[0.0] * 4, [9.0] * 4]))
    >>> bool(near < far)
    True

    Reference:
        An & Cho, "Variational Autoencoder based Anomaly Detection using Reconstruction
        Probability", 2015.
    """
    return distortion(model, x, None, num_samples, batch_size, verbose, seed)


def negative_elbo(model, x, num_samples=10, batch_size=128, verbose="auto", seed=0):
    """An upper bound of −log p(x): distortion plus rate, in nats.

    Args:
        model: a VAE.
        x, num_samples, batch_size, verbose, seed: as in `reconstruction_probability`.

    Returns:
        float32 array `(n,)`, in nats.

    Raises:
        ValueError: for a model without a posterior, or data of the wrong shape, dtype or range.

    Example:

    >>> import numpy as np, keras_genae as genae
    >>> model = genae.VAE((4,), latent_dim=2, widths=(3,), seed=0)
    >>> from keras_genae.evaluation.likelihood import rate
    >>> x = np.array([[0.0] * 4, [9.0] * 4])
    >>> parts = reconstruction_probability(model, x) + rate(model, x)
    >>> bool(np.allclose(negative_elbo(model, x), parts))
    True
    """
    return -elbo(model, x, None, num_samples, batch_size, verbose, seed)


def negative_log_likelihood(model, x, num_samples=100, batch_size=128, verbose="auto", seed=0):
    """−log p(x) by importance sampling, in nats: closer than the ELBO, and slower.

    Args:
        model: a VAE.
        x, num_samples, batch_size, verbose, seed: as in `reconstruction_probability`.

    Returns:
        float32 array `(n,)`, in nats.

    Raises:
        ValueError: for a model without a posterior, or data of the wrong shape, dtype or range.

    Example:

    >>> import numpy as np, keras_genae as genae
    >>> model = genae.VAE((4,), latent_dim=2, widths=(3,), seed=0)
    >>> x = np.zeros((50, 4))
    >>> bool(negative_log_likelihood(model, x).mean() < negative_elbo(model, x).mean())
    True

    Reference:
        Burda et al., "Importance Weighted Autoencoders", 2016.
    """
    return -log_likelihood(model, x, None, num_samples, batch_size, verbose, seed)


def _mean_squared_error(model, x):
    x = model.to_float(x)
    squared = ops.square(x - ops.cast(model(x, training=False), "float32"))
    return sum_over_event(squared) / ops.cast(ops.size(x[:1]), "float32")
