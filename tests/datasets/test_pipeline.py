import keras
import numpy as np
import pytest

from keras_genae.datasets.pipeline import (
    evaluation_batches,
    split_images,
    steps_per_epoch,
    training_batches,
)


def numbered(count):
    # Each row tells its own number, so that an order can be read off a batch.
    return np.arange(count, dtype="int32")[:, None] * np.ones((1, 3), dtype="int32")


def epochs(count, batch_size, number_of_epochs, **options):
    """The row numbers seen, as an array (epochs, steps, batch_size)."""
    batches = training_batches(numbered(count), batch_size, **options)
    steps = steps_per_epoch(numbered(count), batch_size)
    seen = [batch.numpy()[:, 0] for batch in batches.take(steps * number_of_epochs)]
    return np.stack(seen).reshape(number_of_epochs, steps, batch_size)


def test_each_epoch_is_a_new_permutation():
    seen = epochs(24, 6, 3, seed=1).reshape(3, -1)
    for epoch in seen:
        assert sorted(epoch) == list(range(24))
        assert epoch.tolist() != list(range(24))
    assert not (seen[0] == seen[1]).all() and not (seen[1] == seen[2]).all()


def test_order_depends_on_the_seed_alone():
    np.testing.assert_array_equal(epochs(50, 7, 2, seed=3), epochs(50, 7, 2, seed=3))
    assert not (epochs(50, 7, 2, seed=3) == epochs(50, 7, 2, seed=4)).all()
    # Seed 3 at its second epoch is not seed 4 at its first.
    assert not (epochs(50, 7, 2, seed=3)[1] == epochs(50, 7, 2, seed=4)[0]).all()


@pytest.mark.parametrize("first_epoch", [1, 3])
def test_resumed_stream_equals_the_unbroken_one(first_epoch):
    unbroken = epochs(50, 8, 5, seed=0)
    resumed = epochs(50, 8, 5 - first_epoch, seed=0, first_epoch=first_epoch)
    np.testing.assert_array_equal(resumed, unbroken[first_epoch:])


def test_last_odd_batch_is_dropped_and_differs_between_epochs():
    seen = epochs(11, 4, 6, seed=0)
    assert seen.shape == (6, 2, 4)
    left_out = [frozenset(range(11)) - set(epoch.ravel()) for epoch in seen]
    assert all(len(rows) == 3 for rows in left_out)
    assert len(set(left_out)) > 1


def test_global_seed_does_not_matter():
    keras.utils.set_random_seed(1)
    first = epochs(20, 5, 1, seed=0)
    keras.utils.set_random_seed(2)
    np.testing.assert_array_equal(epochs(20, 5, 1, seed=0), first)


def make_model():
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile(optimizer=keras.optimizers.SGD(0.01), loss="mse")
    return model


def fit(model, data, first_epoch, last_epoch):
    inputs, targets = data
    model.fit(
        training_batches(inputs, 8, seed=5, first_epoch=first_epoch, labels=targets),
        steps_per_epoch=steps_per_epoch(inputs, 8),
        initial_epoch=first_epoch,
        epochs=last_epoch,
        shuffle=False,
        verbose=0,
    )


def test_resumed_fit_equals_the_unbroken_one(tmp_path):
    random = np.random.default_rng(0)
    data = random.normal(size=(60, 3)).astype("float32"), random.normal(size=(60, 1))
    unbroken = make_model()
    fit(unbroken, data, 0, 4)

    broken = make_model()
    fit(broken, data, 0, 2)
    broken.save(tmp_path / "model.keras")
    resumed = keras.saving.load_model(tmp_path / "model.keras")
    fit(resumed, data, 2, 4)
    repeated = keras.saving.load_model(tmp_path / "model.keras")
    fit(repeated, data, 0, 2)

    np.testing.assert_array_equal(resumed.get_weights()[0], unbroken.get_weights()[0])
    assert not (repeated.get_weights()[0] == unbroken.get_weights()[0]).all()


@pytest.mark.parametrize("dtype", ["uint8", "float32", "float16", "int64"])
def test_type_and_shape_are_kept(dtype):
    images = np.random.default_rng(0).integers(0, 200, (9, 4, 5, 3)).astype(dtype)
    training = training_batches(images, 4, seed=0)
    evaluation = evaluation_batches(images, 4)
    assert training.element_spec.shape == (4, 4, 5, 3)
    assert evaluation.element_spec.shape.as_list() == [None, 4, 5, 3]
    for batches in (training, evaluation):
        assert batches.element_spec.dtype == dtype
        assert next(iter(batches)).numpy().dtype == dtype


def test_labels_stay_with_their_images():
    images, labels = numbered(20), 10 * np.arange(20)
    for batches in (
        training_batches(images, 6, seed=0, labels=labels).take(6),
        evaluation_batches(images, 6, labels=labels),
    ):
        for batch, answers in batches:
            np.testing.assert_array_equal(10 * batch.numpy()[:, 0], answers.numpy())


def test_evaluation_keeps_order_and_the_odd_batch_and_ends():
    batches = evaluation_batches(numbered(10), 4)
    assert len(batches) == 3
    for _ in range(2):
        seen = [batch.numpy()[:, 0].tolist() for batch in batches]
        assert seen == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]


def test_evaluation_batch_larger_than_the_data():
    (batch,) = evaluation_batches(numbered(3), 128)
    assert batch.numpy()[:, 0].tolist() == [0, 1, 2]


def test_images_are_read_in_place_not_copied():
    images = numbered(8)
    training, evaluation = training_batches(images, 8, seed=0), evaluation_batches(images, 8)
    images += 100
    assert next(iter(training)).numpy().min() == 100
    assert next(iter(evaluation)).numpy().min() == 100


def test_memory_map_is_read(tmp_path):
    np.save(tmp_path / "images.npy", numbered(10))
    images = np.load(tmp_path / "images.npy", mmap_mode="r")
    batch = next(iter(training_batches(images, 10, seed=0)))
    assert sorted(batch.numpy()[:, 0]) == list(range(10))


def test_batch_size_errors():
    with pytest.raises(ValueError, match=r"should not exceed.*batch_size=11, 10 images"):
        training_batches(numbered(10), 11, seed=0)
    with pytest.raises(ValueError, match="should not exceed"):
        steps_per_epoch(numbered(10), 11)
    for bad in (0, -1, 2.0, True, None):
        with pytest.raises(ValueError, match="Received: batch_size="):
            training_batches(numbered(10), bad, seed=0)
        with pytest.raises(ValueError, match="Received: batch_size="):
            evaluation_batches(numbered(10), bad)


def test_other_errors():
    with pytest.raises(ValueError, match="first_epoch=-1"):
        training_batches(numbered(10), 2, seed=0, first_epoch=-1)
    with pytest.raises(ValueError, match="seed=None"):
        training_batches(numbered(10), 2, seed=None)
    with pytest.raises(ValueError, match="10 images, 9 labels"):
        training_batches(numbered(10), 2, seed=0, labels=np.arange(9))
    with pytest.raises(ValueError, match="10 images, 11 labels"):
        evaluation_batches(numbered(10), 2, labels=np.arange(11))
    with pytest.raises(ValueError, match="one row or more"):
        evaluation_batches(numbered(0), 2)


def test_split_is_a_deterministic_partition():
    images = numbered(100)
    train, validation = split_images(images, 0.15, seed=0)
    assert len(train) == 85 and len(validation) == 15
    assert sorted([*train[:, 0], *validation[:, 0]]) == list(range(100))
    # In the order they had, and not simply the last ones.
    assert (np.diff(validation[:, 0]) > 0).all() and validation[0, 0] < 50

    np.testing.assert_array_equal(split_images(images, 0.15, seed=0)[1], validation)
    assert not (split_images(images, 0.15, seed=1)[1] == validation).all()


@pytest.mark.parametrize("fraction", [0, 1, -0.1, 1.5, float("nan"), "0.1", None])
def test_split_fraction_errors(fraction):
    with pytest.raises(ValueError, match="Received: validation_fraction="):
        split_images(numbered(10), fraction, seed=0)


@pytest.mark.parametrize(("count", "fraction"), [(10, 0.01), (10, 0.99), (1, 0.5), (0, 0.5)])
def test_split_that_leaves_a_part_empty(count, fraction):
    with pytest.raises(ValueError, match="each should have 1 at least"):
        split_images(numbered(count), fraction, seed=0)
    assert [len(part) for part in split_images(numbered(2), 0.5, seed=0)] == [1, 1]


def test_tensorflow_does_not_tune_what_is_fixed():
    # While it does, one of two cores may wait from the first batch of a pass to its last.
    for batches in (training_batches(numbered(8), 4, seed=0), evaluation_batches(numbered(8), 4)):
        assert batches.options().autotune.enabled is False
