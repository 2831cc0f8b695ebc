"""The pair of networks a model is made of, built by name."""

from keras_genae.networks.conditioned import (
    conditioned_decoder,
    conditioned_encoder,
    conditioned_shape,
)
from keras_genae.networks.conv import conv_decoder, conv_encoder
from keras_genae.networks.dense import dense_decoder, dense_encoder

NETWORKS = {"conv": (conv_encoder, conv_decoder), "mlp": (dense_encoder, dense_decoder)}


def build_networks(
    network,
    input_shape,
    latent_dim,
    heads,
    widths,
    kernel_size,
    dtype,
    condition_sizes=(0, 0),
    numbers=1,
):
    """The encoder and decoder that a name and sizes stand for; `None` leaves a size as it is.

    With side information of `condition_sizes` numbers c, they take `[x, c]` and `[z, c]`. The
    decoder gives `numbers` raw numbers for each entry of x.
    """
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
    beside_x, beside_z = condition_sizes
    seen = conditioned_shape(input_shape, beside_x) if beside_x else input_shape
    encoder = make_encoder(seen, latent_dim, heads=heads, dtype=dtype, **sizes)
    decoder = make_decoder(
        input_shape, latent_dim + beside_z, dtype=dtype, numbers=numbers, **sizes
    )
    if beside_x:
        encoder = conditioned_encoder(encoder, input_shape, beside_x, dtype)
    if beside_z:
        decoder = conditioned_decoder(decoder, latent_dim, beside_z, dtype)
    return encoder, decoder
