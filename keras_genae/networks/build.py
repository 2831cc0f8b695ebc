"""The pair of networks a model is made of: built by name, or the caller's own, checked."""

import keras

from keras_genae.networks.conv import conv_decoder, conv_encoder
from keras_genae.networks.dense import dense_decoder, dense_encoder

NETWORKS = {"conv": (conv_encoder, conv_decoder), "mlp": (dense_encoder, dense_decoder)}


def build_networks(network, input_shape, latent_dim, heads, widths, kernel_size, dtype):
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
        make_decoder(input_shape, latent_dim, dtype=dtype, **sizes),
    )


def check_networks(encoder, decoder, heads, network, widths, kernel_size):
    """Check that an encoder and a decoder of the caller's own fit each other."""
    if encoder is None or decoder is None:
        raise ValueError(
            "Pass `encoder` and `decoder` together, or neither. "
            f"Received: encoder={encoder}, decoder={decoder}"
        )
    if any(option is not None for option in (network, widths, kernel_size)):
        raise ValueError(
            "`network`, `widths` and `kernel_size` describe the networks to build; leave them out "
            f"with `encoder=` and `decoder=`. Received: network={network!r}, widths={widths!r}, "
            f"kernel_size={kernel_size!r}"
        )
    for name, network in (("encoder", encoder), ("decoder", decoder)):
        if not isinstance(network, keras.Model) or not network.built:
            raise ValueError(
                f"`{name}` must be a built Keras model: let its first layer be a `keras.Input`. "
                f"Received: {name}={network}"
            )
    outputs = encoder.outputs
    codes = [tuple(output.shape[1:]) for output in outputs]
    latent = tuple(decoder.input_shape[1:])
    if len(codes) != len(heads) or any(code != latent for code in codes) or len(latent) != 1:
        raise ValueError(
            f"The encoder needs {len(heads)} output(s) ({', '.join(heads)}), each of the shape "
            "(batch, latent_dim) that the decoder takes. "
            f"Received: encoder outputs {codes}, decoder input {latent}"
        )
    if tuple(decoder.output_shape[1:]) != tuple(encoder.input_shape[1:]):
        raise ValueError(
            "The decoder must give back the shape that the encoder takes. Received: "
            f"encoder input {encoder.input_shape[1:]}, decoder output {decoder.output_shape[1:]}"
        )


def check_agreement(found, input_shape, latent_dim):
    """Check that sizes given beside networks of the caller's own are theirs."""
    for name, have, given in zip(
        ("input_shape", "latent_dim"), found, (input_shape, latent_dim), strict=True
    ):
        given = tuple(given) if isinstance(given, list) else given
        if given is not None and given != have:
            raise ValueError(
                f"`{name}` may be left out with `encoder=` and `decoder=`, which say {have}. "
                f"Received: {name}={given}"
            )
