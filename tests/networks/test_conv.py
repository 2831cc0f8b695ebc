import keras
import numpy as np
import pytest
from cases import fast
from keras import layers

from keras_genae.networks import conv_decoder, conv_encoder
from keras_genae.networks.conv import SMALLEST_MAP, stage_sizes

WIDTHS = (2, 3, 4, 5)


@pytest.mark.parametrize("size", fast(range(8, 65), [8, 9, 11, 16, 17, 28, 31, 33, 63, 64]))
def test_the_decoder_gives_back_every_square_size(size):
    shape = (size, size, 1)
    assert conv_encoder(shape, 2, WIDTHS).output_shape == (None, 2)
    assert conv_decoder(shape, 2, WIDTHS).output_shape == (None, *shape)


@pytest.mark.parametrize("shape", [(8, 8, 1), (9, 31, 2), (45, 28, 3), (63, 8, 4), (218, 178, 3)])
def test_a_batch_passes_through_both(shape, rng):
    x = rng.random((2, *shape)).astype("float32")
    z = conv_encoder(shape, 3, WIDTHS)(x)
    raw = conv_decoder(shape, 3, WIDTHS)(z)
    assert tuple(z.shape) == (2, 3) and tuple(raw.shape) == x.shape
    assert np.isfinite(raw).all()
    # Two images, two codes: the networks look at their input.
    assert np.abs(z[0] - z[1]).max() > 0


def test_every_output_pixel_of_an_odd_size_depends_on_the_code(rng):
    # Cropping too much or in the wrong place would leave a border that is always the same.
    decoder = conv_decoder((45, 27, 1), 4, WIDTHS)
    raw = decoder.predict(rng.normal(size=(64, 4)), verbose=0)
    assert raw.std(axis=0).min() > 0


def stage_outputs(model):
    """Height and width after each stage, cropped where it is cropped, by stage number."""
    sizes = {}
    for layer in model.layers:
        kind, _, number = layer.name.partition("_")
        if kind in ("stage", "crop"):
            sizes[int(number)] = layer.output.shape[1:3]
    return sizes


@pytest.mark.parametrize("shape", [(28, 28, 1), (45, 19, 1), (218, 178, 3)])
def test_the_decoder_mirrors_the_sizes_of_the_encoders_stages(shape):
    down = stage_outputs(conv_encoder(shape, 2, WIDTHS))
    up = stage_outputs(conv_decoder(shape, 2, WIDTHS))
    # What stage i of the encoder makes, stage i + 1 of the decoder makes again.
    for stage in range(1, len(WIDTHS)):
        assert up[stage + 1] == down[stage]


def test_sizes_halve_rounding_up_until_the_map_is_small():
    assert stage_sizes((45, 9, 1), 5) == [(45, 9), (23, 5), (12, 3), (6, 3), (3, 3), (3, 3)]
    # A long axis of an image is divided by four first; one that is short is not.
    assert stage_sizes((218, 47, 3), 3) == [(218, 47), (55, 24), (28, 12), (14, 6)]
    for size in range(8, 65):
        last = stage_sizes((size, size, 1), 10)[-1][0]
        assert SMALLEST_MAP / 2 < last <= SMALLEST_MAP


@pytest.mark.parametrize("dtype", ["mixed_float16", "mixed_bfloat16"])
def test_heads_and_logits_are_float32_under_mixed_precision(dtype):
    encoder = conv_encoder((12, 12, 1), 2, (4,), heads=("mean", "log_var"), dtype=dtype)
    decoder = conv_decoder((12, 12, 1), 2, (4,), dtype=dtype)
    outputs = [*encoder.outputs, *decoder.outputs]
    assert [keras.backend.standardize_dtype(o.dtype) for o in outputs] == ["float32"] * 3
    for model, name in ((encoder, "mean"), (encoder, "log_var"), (decoder, "raw")):
        assert model.get_layer(name).compute_dtype == "float32"
    assert encoder.get_layer("stage_1").compute_dtype == dtype.removeprefix("mixed_")


def test_heads_are_named_outputs_in_order():
    encoder = conv_encoder((8, 8, 1), 2, (4,), heads=("mean", "log_var"))
    assert encoder.output_shape == [(None, 2), (None, 2)]
    assert encoder.output_names == ["mean", "log_var"]


def kernels(model):
    kinds = (layers.Conv2D, layers.Conv2DTranspose)
    return [layer.kernel.shape for layer in model.layers if isinstance(layer, kinds)]


def test_widths_and_kernel_size_are_those_of_the_kernels():
    encoder = conv_encoder((16, 16, 3), 2, widths=(4, 6), kernel_size=5)
    decoder = conv_decoder((16, 16, 3), 2, widths=(4, 6), kernel_size=5)
    assert kernels(encoder) == [(5, 5, 3, 4), (5, 5, 4, 6)]
    # A transposed kernel is (height, width, out, in).
    assert kernels(decoder) == [(5, 5, 4, 6), (5, 5, 3, 4)]


def test_no_kernel_passes_over_pixels():
    encoder = conv_encoder((64, 9, 3), 2, widths=(4, 6), kernel_size=3)
    assert kernels(encoder) == [(4, 3, 3, 4), (3, 3, 4, 6)]
    assert encoder.get_layer("stage_1").strides == (4, 2)


@pytest.mark.parametrize("make", [conv_encoder, conv_decoder])
@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"input_shape": (7, 28, 1)}, "at least 8"),
        ({"input_shape": (30,)}, "network='mlp'"),
        ({"input_shape": (28, 28)}, r"\(28, 28, 1\)"),
        ({"input_shape": 28}, "input_shape=28"),
        ({"input_shape": (28, 28, 0)}, "whole number of at least 1"),
        ({"input_shape": (28, None, 1)}, "None"),
        ({"latent_dim": 0}, "latent_dim=0"),
        ({"latent_dim": 2.0}, "latent_dim=2.0"),
        ({"latent_dim": True}, "latent_dim=True"),
        ({"widths": ()}, "at least one layer"),
        ({"widths": (8, 0)}, "whole number of at least 1"),
        ({"widths": 8}, r"such as \(32, 64, 128\)"),
        ({"widths": "88"}, "sequence of whole numbers"),
        ({"kernel_size": 0}, "kernel_size=0"),
        ({"kernel_size": 2.5}, "kernel_size=2.5"),
    ],
)
def test_arguments_no_network_can_be_built_from_are_named(make, arguments, named):
    with pytest.raises(ValueError, match=named):
        make(**{"input_shape": (28, 28, 1), "latent_dim": 2, **arguments})
