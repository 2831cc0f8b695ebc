"""Encoders and decoders built from a shape, as plain `keras.Model`s."""

from keras_genae.networks.conv import conv_decoder, conv_encoder
from keras_genae.networks.dense import dense_decoder, dense_encoder

__all__ = ["conv_decoder", "conv_encoder", "dense_decoder", "dense_encoder"]
