"""The pair of networks a model is made of, built by name."""

from keras_genae.networks.conv import conv_decoder, conv_encoder
from keras_genae.networks.dense import dense_decoder, dense_encoder

NETWORKS = {"conv": (conv_encoder, conv_decoder), "mlp": (dense_encoder, dense_decoder)}


def build_networks(network, input_shape, latent_dim, heads, widths, kernel_size, dtype, numbers=1):
    """The encoder and decoder that a name and sizes stand for; `None` leaves a size as it is."""
    if network not in NETWORKS:
        raise ValueError(
            f"`network` must be one of {', '.join(map(repr, NETWORKS))}; for any other pass "
            f"`encoder=` and `decoder=`. Received: network={network!r}"
        )
    if kernel_size is not None and network != "conv":
        raise ValueError(
            "`kernel_size` is the size of convolutions; leave it out with any other network. "
            f"Received: network={network!r}, kernel_size={kernel_size}"
        )
    make_encoder, make_decoder = NETWORKS[network]
    given = {"widths": widths, "kernel_size": kernel_size}
    sizes = {name: value for name, value in given.items() if value is not None}
    return (
        make_encoder(input_shape, latent_dim, heads=heads, dtype=dtype, **sizes),
        make_decoder(input_shape, latent_dim, dtype=dtype, numbers=numbers, **sizes),
    )
