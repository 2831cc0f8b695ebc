"""How probable data are under a model, and what a VAE pays to tell them, in nats per example."""

from keras_genae.evaluation.likelihood.bits_per_dimension import bits_per_dimension
from keras_genae.evaluation.likelihood.bounds import distortion, elbo, log_likelihood, rate
from keras_genae.evaluation.likelihood.rate_distortion import (
    lower_hull,
    rate_distortion,
    rate_distortion_curve,
)

__all__ = [
    "bits_per_dimension",
    "distortion",
    "elbo",
    "log_likelihood",
    "lower_hull",
    "rate",
    "rate_distortion",
    "rate_distortion_curve",
]
