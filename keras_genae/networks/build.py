"""The pair of networks a model is made of, built by name."""

from keras_genae.networks.conditioned import (
    conditioned_decoder,
    conditioned_encoder,
    conditioned_shape,
)
from keras_genae.networks.conv import conv_decoder, conv_encoder
from keras_genae.networks.dense import dense_decoder, dense_encoder
from keras_genae.networks.maps import (
    conv_map_decoder,
    conv_map_encoder,
    dense_group_decoder,
    dense_group_encoder,
)

NETWORKS = {"conv": (conv_encoder, conv_decoder), "mlp": (dense_encoder, dense_decoder)}
# Those whose code is a map or a row of vectors.
MAP_NETWORKS = {
    "conv": (conv_map_encoder, conv_map_decoder),
    "mlp": (dense_group_encoder, dense_group_decoder),
}
# How many vectors dense layers make where nothing else is asked for.
GROUPS = 8


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
    check_network(network, kernel_size)
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


def build_map_networks(
    network, input_shape, latent_dim, groups, heads, widths, kernel_size, dtype, numbers=1
):
    """The encoder and decoder of codes that are maps of vectors, or rows of them.

    Arguments are as in `build_networks`; `groups`, how many vectors dense layers make, is of the
    network `"mlp"` alone: convolutions make a map whose size follows from their strides.
    """
    check_network(network, kernel_size)
    if groups is not None and network != "mlp":
        raise ValueError(
            "`groups` is how many vectors dense layers make; leave it out with any other network, "
            "which makes a map of them. "
            f"Received: network={network!r}, groups={groups}"
        )
    make_encoder, make_decoder = MAP_NETWORKS[network]
    given = {"widths": widths, "kernel_size": kernel_size}
    sizes = {name: value for name, value in given.items() if value is not None}
    if network == "mlp":
        sizes["groups"] = GROUPS if groups is None else groups
    encoder = make_encoder(input_shape, latent_dim, heads=heads, dtype=dtype, **sizes)
    return encoder, make_decoder(input_shape, latent_dim, dtype=dtype, numbers=numbers, **sizes)


def check_network(network, kernel_size):
    """Check the name of a network, and that a kernel size is given to convolutions alone."""
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
