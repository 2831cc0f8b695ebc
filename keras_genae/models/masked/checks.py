"""Checks of what masked autoencoders are made of, and are asked to fill."""

import numpy as np
from keras import layers, ops

from keras_genae.layers import Patches, PatchPositions, TransformerBlock
from keras_genae.networks.checks import check_whole

# Layers of which each token hears of itself alone.
OF_ONE_TOKEN = (
    *(layers.Dense, layers.LayerNormalization, layers.RMSNormalization),
    *(layers.Dropout, layers.Activation, layers.Rescaling),
)


def chain_of(encoder):
    """The layers of an encoder, one behind the other."""
    return [layer for layer in encoder.layers if not isinstance(layer, layers.InputLayer)]


def check_encoder(encoder):
    """Check that nothing of a hidden patch goes to a visible one on a way through an encoder."""
    kinds = [type(layer) for layer in chain_of(encoder)]
    steps = [kind for kind in kinds if kind not in OF_ONE_TOKEN]
    if steps[:2] == [Patches, PatchPositions] and set(steps[2:]) <= {TransformerBlock}:
        return
    raise ValueError(
        "The encoder must be a chain of layers in which patches hear of each other in "
        "`TransformerBlock`s alone: `Patches`, then `PatchPositions`, then these, all of "
        "`keras_genae.layers`, between them layers such as Dense and LayerNormalization; as "
        "`keras_genae.models.masked.vit.vit_encoder` makes it. "
        f"Received: layers {[kind.__name__ for kind in kinds]}"
    )


def pair(name, values):
    """Two whole numbers, of the encoder and of the decoder, from one or two; `None` stays."""
    if values is None:
        return None
    if not isinstance(values, (list, tuple)) or len(values) not in (1, 2):
        raise ValueError(
            f"`{name}` must be one or two whole numbers, of the encoder and of the decoder, such "
            f"as (3, 2). Received: {name}={values!r}"
        )
    return tuple(check_whole(f"{name}[i]", value) for value in (values[0], values[-1]))


def check_mask_ratio(mask_ratio):
    """A share of which something is left."""
    if not 0.0 <= mask_ratio < 1.0:
        raise ValueError(
            "`mask_ratio` must be 0 or more, and below 1, since hidden patches are told from "
            f"visible ones. Received: mask_ratio={mask_ratio}"
        )
    return float(mask_ratio)


def check_network(network, depths, patch_size, arguments):
    """Refuse what describes other networks, and sizes beside networks that are given."""
    if network not in (None, "vit") or arguments.get("kernel_size") is not None:
        raise ValueError(
            "Only a transformer can leave patches out: leave `network` and `kernel_size` out, and "
            "choose `widths`, `depths` and `patch_size`. "
            f"Received: network={network!r}, kernel_size={arguments.get('kernel_size')}"
        )
    is_given = arguments.get("encoder") is not None or arguments.get("decoder") is not None
    if is_given and (depths, patch_size) != (None, None):
        raise ValueError(
            "`depths` and `patch_size` describe the networks to build; leave them out with "
            f"`encoder=` and `decoder=`. Received: depths={depths}, patch_size={patch_size}"
        )


def check_mask(mask, count, size):
    """Which pixels are missing, bools `(count, height, width)`."""
    mask = np.asarray(ops.convert_to_numpy(mask))
    if mask.dtype != bool or mask.shape not in (size, (count, *size)):
        raise ValueError(
            f"`mask` says which pixels are missing: bools of shape {(count, *size)}, or {size} for "
            "all images; where numbers say so, `mask=numbers > 0`. "
            f"Received: mask of {mask.dtype} and shape {mask.shape}"
        )
    return np.broadcast_to(mask, (count, *size))
