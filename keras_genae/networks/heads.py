"""The last layers of a network."""


def head(layer, units, name, **options):
    """A linear layer in float32 under every dtype policy.

    Latent parameters and logits go into exponentials and into sums over thousands of entries, for
    which half precision is too coarse.
    """
    return layer(units, dtype="float32", name=name, **options)
