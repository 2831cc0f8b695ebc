"""Numbers: how good a trained model is."""

from keras_genae.evaluation.reconstruction import reconstruction_mse

__all__ = ["reconstruction_mse"]
