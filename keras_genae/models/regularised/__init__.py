"""Autoencoders without noise, that pay for their code."""
