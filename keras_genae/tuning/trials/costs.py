"""What an autoencoder costs: in memory, in arithmetic, in time, in bytes."""

import math
import statistics
import time
import warnings

import keras
import numpy as np

from keras_genae.networks.checks import check_whole
from keras_genae.networks.flops import UncountedLayer, count_flops

BYTES_PER_FLOAT = 4
ADVICE = (
    "Counted are Keras's dense and convolutional layers, on data of fixed shape. Compare such "
    "models by their parameters or times."
)


def measure_costs(model, batch_size=64, repeats=5):
    """Measure what a model costs, on this machine.

    Args:
        model: an autoencoder of this package; it need not be trained or compiled.
        batch_size: examples that are encoded and decoded together.
        repeats: how often each time is taken, after one run that does not count. The median is
            reported: it does not move where something else holds the machine up once.

    Returns:
        A dict of

        - `parameters`: weights of the encoder and the decoder, a count. Weights that both share
          count once;
        - `flops_per_image`: floating-point operations that encode and decode one example, a count.
          A multiply-add is two, the addition of a bias one. Products with zeros of the padding
          count like all others. Activations, normalisation and reshaping are left out: next to the
          products with weights they are few. Counted layer by layer, so the same on every backend
          and machine. NaN, with a warning, where a layer's operations are not known;
        - `encode_ms`, `decode_ms`: milliseconds per example, through `model.encode` and
          `model.decode`, in batches of `batch_size`;
        - `code_bytes`: bytes of one code: float32 of latent vectors; of indices into a codebook as
          many bits as tell its codes apart.

    Raises:
        ValueError: where `model` is no autoencoder, or a count is below 1.

    Example:

    >>> import keras_genae as genae
    >>> model = genae.Autoencoder((30,), latent_dim=2, widths=(16,))
    >>> costs = measure_costs(model)
    >>> costs["parameters"], costs["code_bytes"]
    (1088, 8)
    >>> costs["flops_per_image"]            # 2·(30·16 + 16·2) + 16 + 2, and back
    2112
    >>> costs["encode_ms"] > 0.0
    True
    """
    check_autoencoder(model)
    batch_size = check_whole("batch_size", batch_size)
    repeats = check_whole("repeats", repeats)
    rng = np.random.default_rng(0)
    # Zeros and ones, which every likelihood takes.
    x = rng.integers(0, 2, (batch_size, *model.input_shape)).astype("float32")
    label = {} if model.condition is None else {"label": some_labels(model.condition, batch_size)}
    z = model.encode(x, **label, batch_size=batch_size, verbose=0)
    return {
        "parameters": count_parameters(model),
        "flops_per_image": flops_per_image(model),
        "encode_ms": milliseconds_per_example(model.encode, x, repeats, **label),
        "decode_ms": milliseconds_per_example(model.decode, z, repeats, **label),
        "code_bytes": count_code_bytes(model, z),
    }


def flops_per_image(model):
    """Operations that encode and decode one example; NaN, with a warning, where not known."""
    try:
        return count_flops(model.encoder) + count_flops(model.decoder)
    except UncountedLayer as error:
        warnings.warn(f"{error}, so `flops_per_image` is NaN. {ADVICE}", stacklevel=3)
        return math.nan


def count_code_bytes(model, codes):
    """Bytes of one code: of indices as many bits each as tell them apart, of floats 32."""
    parts = keras.tree.flatten(codes)
    bits = 8 * BYTES_PER_FLOAT
    if hasattr(model, "codebook_size"):
        bits = math.ceil(math.log2(model.codebook_size))
    return math.ceil(sum(bits * math.prod(part.shape[1:]) for part in parts) / 8)


def check_autoencoder(model):
    """Refuse what has no encoder and decoder."""
    if not all(hasattr(model, name) for name in ("encoder", "decoder", "latent_dim")):
        raise ValueError(
            "`model` must be an autoencoder of this package: its encoder and its decoder are what "
            f"is measured. Received: model={model!r} of type {type(model).__name__}"
        )


def count_parameters(model):
    """How many numbers the weights of the encoder and the decoder are, shared ones once."""
    weights = {id(weight): weight for weight in (*model.encoder.weights, *model.decoder.weights)}
    return sum(math.prod(weight.shape) for weight in weights.values())


def some_labels(condition, count):
    """Labels that a condition takes, `(count, ...)`."""
    return np.zeros(count, "int32") if condition.is_class else np.zeros((count, condition.size))


def milliseconds_per_example(method, batch, repeats, **arguments):
    """The median time of `method(batch)`, divided by the examples."""

    def run():
        start = time.perf_counter()
        # Returns NumPy arrays, so it has finished.
        method(batch, batch_size=len(batch), verbose=0, **arguments)
        return time.perf_counter() - start

    run()  # The first call compiles.
    return 1e3 * statistics.median(run() for _ in range(repeats)) / len(batch)
