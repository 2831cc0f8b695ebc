"""How close generated examples come to real ones, as distributions."""

from keras_genae.evaluation.generation.classifier import classifier_separation
from keras_genae.evaluation.generation.density_coverage import density_coverage
from keras_genae.evaluation.generation.features import InceptionFeatures, RandomFeatures
from keras_genae.evaluation.generation.frechet import (
    frechet_distance,
    frechet_distance_of_gaussians,
)
from keras_genae.evaluation.generation.kernel_distance import kernel_distance
from keras_genae.evaluation.generation.patches import patch_distance
from keras_genae.evaluation.generation.pixel_features import PixelFeatures
from keras_genae.evaluation.generation.precision_recall import precision_recall
from keras_genae.evaluation.generation.quality import (
    LEAST_EXAMPLES,
    QUESTIONS,
    generation_quality,
    generation_table,
)

__all__ = [
    "LEAST_EXAMPLES",
    "QUESTIONS",
    "InceptionFeatures",
    "PixelFeatures",
    "RandomFeatures",
    "classifier_separation",
    "density_coverage",
    "frechet_distance",
    "frechet_distance_of_gaussians",
    "generation_quality",
    "generation_table",
    "kernel_distance",
    "patch_distance",
    "precision_recall",
]
