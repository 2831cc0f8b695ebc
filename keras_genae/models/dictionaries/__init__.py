"""Sparse dictionaries: what a network's activations are made of, few features at a time."""
