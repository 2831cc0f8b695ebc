"""Autoencoders that tell what is hidden from what is not."""
