"""A ladder of two levels about which everything is known in closed form."""

import keras
import numpy as np
from keras import layers
from scipy import stats

from keras_genae import LadderVAE
from keras_genae.networks.hierarchy import LadderLevel, TopDown

FEATURES, SIGMA, SLOPE, SPREAD = 3, 0.5, 1.5, 0.8
W, B = np.array([1.0, -0.7, 0.4]), np.array([0.2, 0.0, -0.5])


def two_levels(shift=0.0, log_wider=0.0):
    """A model with p(z_2) = N(0, 1), p(z_1|z_2) = N(a z_2, s²), p(x|z_1) = N(w z_1 + b, σ² I).

    Its posterior is the true one, but for the top's mean and log σ², to which something is added.
    """
    # x tells of z_1 as N(ŵ · (x − b), σ² / w²) does, and so of z_2 when z_1 is integrated out.
    to_mean, variance = W / (W @ W), SIGMA**2 / (W @ W)
    precision = 1.0 + SLOPE**2 / (variance + SPREAD**2)
    to_top = to_mean * SLOPE / (variance + SPREAD**2) / precision
    x = keras.Input((FEATURES,))
    rows = [
        (to_top, shift - B @ to_top),
        (0.0 * W, log_wider - np.log(precision)),
        (to_mean, -B @ to_mean),
        (0.0 * W, np.log(variance)),
    ]
    heads = [layers.Dense(1, name=f"head_{i}") for i in range(4)]
    encoder = keras.Model(x, [head(x) for head in heads])
    for head, (kernel, bias) in zip(heads, rows, strict=True):
        head.set_weights([kernel[:, None], np.array([bias])])
    above, z = keras.Input((1,)), keras.Input((1,))
    mean, log_var, raw = (layers.Dense(size) for size in (1, 1, FEATURES))
    prior = keras.Model(above, [mean(above), log_var(above)])
    last = keras.Model(z, raw(z))
    mean.set_weights([np.array([[SLOPE]]), np.zeros(1)])
    log_var.set_weights([np.zeros((1, 1)), np.array([2.0 * np.log(SPREAD)])])
    raw.set_weights([W[None], B])
    levels = [LadderLevel((1,), prior_network=network) for network in (None, prior)]
    return LadderVAE(
        latent_dim=1,
        widths=(1, 1),
        encoder=encoder,
        decoder=TopDown(levels, [(0, 1), (2, 3)], last),
        likelihood="gaussian",
        scale=SIGMA,
        seed=0,
    )


def draws(count):
    """Examples from it."""
    rng = np.random.default_rng(0)
    z = SLOPE * rng.normal(size=(count, 1)) + SPREAD * rng.normal(size=(count, 1))
    return (z * W + B + SIGMA * rng.normal(size=(count, FEATURES))).astype("float32")


def log_prob(x):
    """log p(x), exact."""
    covariance = (SLOPE**2 + SPREAD**2) * np.outer(W, W) + SIGMA**2 * np.eye(FEATURES)
    return stats.multivariate_normal(B, covariance).logpdf(x)
