"""Encoders and decoders built from a shape, as plain `keras.Model`s."""

from keras_genae.networks.conv import conv_decoder, conv_encoder
from keras_genae.networks.dense import dense_decoder, dense_encoder
from keras_genae.networks.maps import (
    conv_map_decoder,
    conv_map_encoder,
    dense_group_decoder,
    dense_group_encoder,
    map_levels,
)

__all__ = [
    "conv_decoder",
    "conv_encoder",
    "conv_map_decoder",
    "conv_map_encoder",
    "dense_decoder",
    "dense_encoder",
    "dense_group_decoder",
    "dense_group_encoder",
    "map_levels",
]
