"""A Keras 3 zoo of generative autoencoders."""

from keras_genae.models import VAE, Autoencoder, ConvAE, ConvVAE, DenoisingAE

__all__ = ["VAE", "Autoencoder", "ConvAE", "ConvVAE", "DenoisingAE"]
