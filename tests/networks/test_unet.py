"""The U-Net of maps."""

import numpy as np
import pytest

from keras_genae.networks.unet import default_widths, unet


def with_output(network, rng):
    """The network, no longer 0."""
    kernel = network.get_layer("output").kernel
    kernel.assign(rng.normal(0.0, 0.1, kernel.shape))
    return network


@pytest.mark.parametrize("shape", [(2, 2, 1), (1, 3, 2), (7, 5, 3)])
def test_a_map_of_any_size_comes_out_as_it_went_in_and_is_0_at_first(shape, rng):
    network = unet(shape, beside=2, widths=(4, 6, 4))
    inputs = [rng.normal(size=(3, *shape)), rng.normal(size=(3, 2))]
    out = np.array(network(inputs))
    assert out.shape == (3, *shape)
    np.testing.assert_array_equal(out, 0.0)
    assert np.std(with_output(network, rng)(inputs)) > 1e-3


def test_each_place_hears_of_all_others_and_of_the_vector(rng):
    network = with_output(unet((8, 8, 1), beside=2), rng)
    x, beside = np.zeros((1, 8, 8, 1)), np.zeros((1, 2))
    x[0] = rng.normal(size=(8, 8, 1))
    before = np.array(network([x, beside]))
    moved = x.copy()
    moved[0, 0, 0, 0] += 1.0
    assert np.all(np.array(network([moved, beside])) != before)
    assert np.all(np.array(network([x, beside + np.array([0.0, 1.0])])) != before)


def test_by_default_the_smallest_map_is_seen_at_once():
    sizes = {2: 1, 4: 1, 5: 2, 8: 2, 9: 3, 16: 3, 17: 4, 32: 4}
    assert {size: len(default_widths((size, 3, 1))) for size in sizes} == sizes


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"shape": (4, 4)}, r"`\(height, width, channels\)`. Received: shape=\(4, 4\)"),
        ({"shape": (4, 0, 1)}, "`shape` must be a whole number"),
        ({"beside": 0}, "`beside` must be a whole number"),
        ({"widths": ()}, "at least one layer"),
    ],
)
def test_sizes_that_make_no_network_are_named(arguments, named):
    with pytest.raises(ValueError, match=named):
        unet(**{"shape": (4, 4, 1), "beside": 1, "widths": (4,), **arguments})
