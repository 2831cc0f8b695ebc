import numpy as np
import pytest

from keras_genae.networks.edge_features import edge_features


def of_one(image):
    return [np.array(output)[0] for output in edge_features(image.shape)(image[None])]


def test_an_edge_is_found_with_its_direction_and_side():
    image = np.zeros((16, 16, 1), "float32")
    image[:, 8:] = 1.0  # Bright on the right: the derivative along x is positive there.
    edges = of_one(image)[0].max(axis=(0, 1))
    assert edges.argmax() == 0 and edges[4] == 0.0  # To the right, not to the left.
    np.testing.assert_allclose(edges[[1, 7]], edges[1])  # As far from both its neighbours.
    turned = of_one(image.transpose(1, 0, 2))[0].max(axis=(0, 1))
    assert turned.argmax() == 2


def test_a_flat_image_has_no_edges_and_its_colour():
    image = np.full((40, 33, 3), [0.2, 0.5, 0.9], "float32")
    *edges, colours = of_one(image)
    assert len(edges) == 3
    assert all(np.abs(one).max() < 1e-6 for one in edges)
    np.testing.assert_allclose(colours, np.broadcast_to(image[0, 0], colours.shape), rtol=1e-6)


def test_nothing_in_it_is_trained_and_small_images_have_fewer_scales():
    network = edge_features((8, 9, 1))
    assert not network.trainable_variables and len(network.outputs) == 2
    with pytest.raises(ValueError, match="8 × 8 pixels or more"):
        edge_features((7, 9, 1))
    with pytest.raises(ValueError, match="8 × 8 pixels or more"):
        edge_features((16,))
