"""Side information: every form of a label is one vector, and what is no label is refused."""

import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from keras_genae.layers import Condition

NAMES = ["cat", "dog", "owl"]
NUMBERS = np.array([2, 0, 1, 1])
ONE_HOT = np.eye(3, dtype="float32")[NUMBERS]

FORMS = {
    "whole numbers": NUMBERS,
    "a column": NUMBERS[:, None],
    "floats": NUMBERS.astype("float32"),
    "one-hot rows": ONE_HOT,
    "one-hot rows of booleans": ONE_HOT == 1,
    "names": np.array(NAMES)[NUMBERS],
    "names as objects": np.array(NAMES, dtype=object)[NUMBERS],
    "names as bytes": np.array(NAMES, dtype="S")[NUMBERS],
    "numbers as objects": NUMBERS.astype(object),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_a_class_is_the_same_vector(form):
    condition = Condition(classes=NAMES)
    numbers = condition.numbers(FORMS[form], 4)
    assert numbers.dtype == "int32" and numbers.tolist() == NUMBERS.tolist()
    np.testing.assert_array_equal(condition(numbers), ONE_HOT)
    if form != "numbers as objects":
        tensor = ops.convert_to_tensor(FORMS[form])
        np.testing.assert_array_equal(condition(tensor), ONE_HOT)
        np.testing.assert_array_equal(tf.function(condition)(tensor), ONE_HOT)


def test_a_single_label_is_that_of_all():
    assert Condition(classes=NAMES).numbers("owl", 3).tolist() == [2, 2, 2]
    assert Condition(classes=3).numbers(1, 2).tolist() == [1, 1]
    assert Condition(attributes=2).numbers([0.5, 1], 2).tolist() == [[0.5, 1.0], [0.5, 1.0]]
    assert Condition(attributes=1).numbers(0.5, 2).tolist() == [[0.5], [0.5]]


def test_attributes_stay_what_they_are():
    condition = Condition(attributes=2)
    values = np.array([[1, 2], [3, -4]])
    for label in (values, values.astype("float64"), values.tolist(), tf.constant(values)):
        numbers = condition.numbers(label, 2)
        assert numbers.dtype == "float32"
        np.testing.assert_array_equal(condition(numbers), values)
    np.testing.assert_array_equal(Condition(attributes=1)(np.array([1.0, 2.0])), [[1.0], [2.0]])


@pytest.mark.parametrize(
    ("made_of", "label", "message"),
    [
        ({"classes": 3}, None, "asks for a label beside each example.*None"),
        ({"classes": 3}, [0, 1, 2, 3], "from 0 to 2.*Received: 3 in `label`"),
        ({"classes": 3}, [0, -1, 2, 2], "Received: -1 in"),
        ({"classes": 3}, [0, 0.5, 2, 2], "Received: 0.5 in"),
        ({"classes": 3}, [0.0, np.nan, 2, 2], "Received: nan in"),
        ({"classes": 3}, ["cat"] * 4, "Received: 'cat' in"),
        ({"classes": NAMES}, ["cat", "dog", "", "owl"], "'cat', 'dog', 'owl'.*Received: '' in"),
        ({"classes": 3}, ONE_HOT * 0.5, r"Received: \[0.0, 0.0, 0.5\] in"),
        ({"classes": 3}, ONE_HOT * 0, "one-hot row of 3"),
        ({"classes": 3}, np.ones((4, 2)), r"label.shape=\(4, 2\)"),
        ({"classes": 3}, [0, 1], r"each of the 4 examples, or a single one.*\(2,\)"),
        ({"attributes": 2}, np.ones((4, 3)), r"an array \(n, 2\). Received: label.shape=\(4, 3\)"),
        ({"attributes": 2}, [[1, np.inf]] * 4, "finite numbers. Received: label from 1.0 to inf"),
        ({"attributes": 2}, [["a", "b"]] * 4, "2 finite number"),
    ],
)
def test_what_is_no_label_is_refused(made_of, label, message):
    with pytest.raises(ValueError, match=message) as error:
        Condition(**made_of).numbers(label, 4)
    assert "Received:" in str(error.value)


def test_what_is_no_class_is_nan_in_the_graph():
    condition = Condition(classes=NAMES)
    for label in ([0, 3], [0.0, 0.5], ["cat", "cow"], [[1.0, 0, 0], [0, 0, 0]], [0, -1]):
        c = np.asarray(condition(tf.constant(label)))
        assert c[0].tolist() == [1.0, 0.0, 0.0] and np.isnan(c[1]).all()


@pytest.mark.parametrize(
    "label", [[0, -1], ["cat", ""], [[1, 0, 0], [0, 0, 0]], [[1.0, 0, 0], [np.nan] * 3]]
)
def test_a_class_may_be_missing_where_that_is_said(label):
    condition = Condition(classes=NAMES, optional=True)
    assert condition.numbers(label, 2).tolist() == [0, -1]
    assert np.asarray(condition(tf.constant(label))).tolist() == [[1.0, 0.0, 0.0], [0.0] * 3]
    assert condition.numbers(None, 2).tolist() == [-1, -1]


def test_labels_are_drawn_as_often_as_they_came(rng):
    condition = Condition(classes=3)
    assert np.bincount(condition.draw(3000, rng)).min() > 900  # All alike before any came.
    # Weights count, and what weighs nothing never comes.
    condition.update(ops.convert_to_tensor(ONE_HOT), np.float32([0, 3, 1, 1]))
    drawn = condition.draw(5000, rng)
    np.testing.assert_allclose(np.bincount(drawn) / 5000, [0.6, 0.4], atol=0.03)


def test_the_last_labels_push_out_the_first(rng):
    condition = Condition(attributes=1)
    with pytest.raises(ValueError, match="no attributes to draw from"):
        condition.draw(1, rng)
    for value in (1.0, 2.0, 3.0):
        condition.update(tf.fill((512, 1), value), np.ones(512))
    drawn = condition.draw(2000, rng)
    assert set(drawn[:, 0]) == {2.0, 3.0} and abs(drawn.mean() - 2.5) < 0.05


@pytest.mark.parametrize(
    ("classes", "attributes"),
    [(None, None), (3, 2), (1, None), ("ab", None), (["a", "a"], None), ([0, 1], None), (None, 0)],
)
def test_what_makes_no_condition_is_refused(classes, attributes):
    with pytest.raises(ValueError, match="Received"):
        Condition(classes, attributes)


def test_the_config_makes_the_same_layer():
    for arguments in ({"classes": NAMES}, {"classes": 4, "optional": True}, {"attributes": 3}):
        config = Condition(**arguments).get_config()
        assert {name: config[name] for name in arguments} == arguments
        assert Condition.from_config(config).get_config() == config
