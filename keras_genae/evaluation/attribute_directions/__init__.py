"""Directions of a latent space along which one attribute changes: a smile, glasses, age."""

from keras_genae.evaluation.attribute_directions.directions import AttributeDirections
from keras_genae.evaluation.attribute_directions.fit import fit_directions

__all__ = ["AttributeDirections", "fit_directions"]
