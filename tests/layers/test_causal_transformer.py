import keras
import numpy as np
import pytest

from keras_genae.layers import CausalTransformer

# Of one codebook; of three at each place of a map; of a coarse and a fine level.
ROWS = {"one": [0] * 6, "depth": [0, 1, 2] * 2, "levels": [0, 0, 1, 1, 1, 1]}
SIZE = 5


def filled(rows="one", classes=0, **options):
    """A network all of whose weights matter."""
    network = CausalTransformer(SIZE, ROWS[rows], classes, 8, 2, 2, **options)
    rng = np.random.default_rng(0)
    network.set_weights([rng.normal(0.0, 0.5, weight.shape) for weight in network.weights])
    return network


def numbers(count=4):
    return np.random.default_rng(1).integers(SIZE, size=(count, 6)).astype("int32")


@pytest.mark.parametrize("dtype", ["float32", "mixed_bfloat16", "mixed_float16"])
@pytest.mark.parametrize("classes", [0, 3])
@pytest.mark.parametrize("rows", ROWS)
def test_place_after_place_with_a_cache_the_logits_are_the_same(rows, classes, dtype):
    network, x = filled(rows, classes, dtype=dtype), numbers()
    label = np.arange(4) % 3 if classes else None
    expected = np.array(network(x, label))
    assert expected.shape == (4, 6, SIZE) and expected.dtype == "float32"
    cache = network.empty_cache(4)
    tolerance = {"float32": 1e-5, "mixed_bfloat16": 0.1, "mixed_float16": 0.01}[dtype]
    for t in range(6):
        logits, cache = network.step(x[:, t - 1], t, cache, label)
        np.testing.assert_allclose(logits, expected[:, t], atol=tolerance)


def test_a_place_hangs_on_all_before_it_and_on_no_other():
    network, x = filled(), numbers(1)
    before = np.array(network(x))[0]
    for t in range(6):
        changed = x.copy()
        changed[0, t] = (x[0, t] + 1) % SIZE
        is_changed = np.any(np.array(network(changed))[0] != before, axis=-1)
        np.testing.assert_array_equal(is_changed, np.arange(6) > t)


def test_the_class_is_seen_at_all_places():
    network, x = filled(classes=2), numbers(1)
    zero, one = (np.array(network(x, np.array([c])))[0] for c in (0, 1))
    assert np.all(np.abs(zero - one).max(axis=-1) > 1e-3)


@pytest.mark.parametrize("rows", ROWS)
def test_it_starts_as_the_frequencies_of_each_codebook(rows):
    network = filled(rows)
    log_frequency = np.random.default_rng(2).normal(size=(max(ROWS[rows]) + 1, SIZE))
    network.start(0, log_frequency)
    logits = np.array(network(numbers()))
    expected = np.broadcast_to(log_frequency[ROWS[rows]], logits.shape)
    np.testing.assert_allclose(logits, expected, atol=1e-6)


def test_the_start_is_that_of_the_seed():
    starts = []
    for seed in (0, 0, 1):
        network = filled()
        network.start(seed, np.zeros((1, SIZE)))
        starts.append(np.concatenate([weight.ravel() for weight in network.get_weights()]))
    np.testing.assert_array_equal(starts[0], starts[1])
    assert np.any(starts[0] != starts[2])


def test_a_number_means_another_thing_in_each_codebook():
    # 2 at place 0 says the same as 2 at place 1 but for the place, in one codebook alone.
    one, levels = CausalTransformer(SIZE, [0, 0]), CausalTransformer(SIZE, [0, 1])
    assert one.of_number.embeddings.shape[0] == SIZE
    assert levels.of_number.embeddings.shape[0] == 2 * SIZE and len(levels.heads) == 2


def test_the_config_makes_an_equal_network():
    network = filled("depth", 2, dropout=0.1, seed=3)
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(network))
    assert again.get_config() == network.get_config()
    again.set_weights(network.get_weights())
    label = np.zeros(4, "int32")
    np.testing.assert_array_equal(again(numbers(), label), network(numbers(), label))
