"""Classes as conditions of a prior, in whatever form they come."""

import keras
import numpy as np
import pytest

from keras_genae.priors import FlowMatchingPrior, MapFlowMatchingPrior
from keras_genae.priors.kinds import new_prior
from keras_genae.priors.labelled import classes_of

pytestmark = pytest.mark.filterwarnings("ignore:On codes held out")

NAMES = ["ash", "oak"]
Y = np.array([0, 1] * 10)
FORMS = {
    "numbers": (Y, 2),
    "a column": (Y[:, None], 2),
    "one-hot": (np.eye(2)[Y], 2),
    "names": (np.array(NAMES)[Y], NAMES),
    "bytes": (np.array(NAMES, "S")[Y], NAMES),
    "a list": (Y.tolist(), 2),
}


def vectors(classes=2, **options):
    return FlowMatchingPrior(3, width=8, steps=2, classes=classes, **options)


def maps(classes=2, **options):
    return MapFlowMatchingPrior((2, 3, 2), widths=(4,), steps=2, classes=classes, **options)


BOTH = pytest.mark.parametrize("make", [vectors, maps])


def with_random_weights(prior):
    rng = np.random.default_rng(0)
    for weight in prior.field.weights:
        weight.assign(rng.normal(0.0, 0.3, weight.shape))
    return prior


@pytest.mark.parametrize("form", FORMS)
def test_labels_of_any_form_say_the_classes_and_become_conditions(form):
    labels, classes = FORMS[form]
    assert classes_of(labels) == classes
    (c,) = vectors(classes).conditions_of(labels, len(Y), seed=0)
    np.testing.assert_array_equal(c, np.eye(2)[Y])


@BOTH
def test_a_label_draws_another_code_from_the_same_noise(make):
    prior = with_random_weights(make(NAMES))
    draws = {
        label: prior.sample(4, np.random.default_rng(0), label=label) for label in ("ash", "oak", 1)
    }
    assert draws["ash"].shape == (4, *prior.latent_shape) and draws["ash"].dtype == "float32"
    assert np.abs(draws["ash"] - draws["oak"]).max() > 0.01
    np.testing.assert_array_equal(draws["oak"], draws[1])
    each = prior.sample(4, np.random.default_rng(0), label=["ash", "oak", "oak", "ash"])
    np.testing.assert_allclose(each[[0, 3]], draws["ash"][[0, 3]], atol=1e-5)
    np.testing.assert_allclose(each[[1, 2]], draws["oak"][[1, 2]], atol=1e-5)


@BOTH
def test_guidance_0_knows_no_label_and_more_of_it_goes_on_from_1(make):
    prior = with_random_weights(make())
    draws = {
        (label, guidance): prior.sample(5, np.random.default_rng(0), label=label, guidance=guidance)
        for label in (0, 1)
        for guidance in (0.0, 1.0, 1.0 + 1e-3)
    }
    np.testing.assert_array_equal(draws[0, 0.0], draws[1, 0.0])
    assert np.abs(draws[0, 1.0] - draws[0, 0.0]).max() > 0.01
    # Both fields together, at a guidance of all but 1: a thousandth further.
    way = np.abs(draws[0, 1.0] - draws[0, 0.0]).max()
    np.testing.assert_allclose(draws[0, 1.0 + 1e-3], draws[0, 1.0], atol=0.01 * way)


@BOTH
def test_without_a_label_they_come_as_often_as_in_training(make, monkeypatch):
    prior = make(NAMES)
    prior.conditions_of(["ash"] * 30 + ["oak"] * 10, 40, seed=0)
    c = prior.wanted(None, 1.0, 4000, np.random.default_rng(0))
    assert c[:, 0].mean() == pytest.approx(0.75, abs=0.03)


def test_codes_of_unknown_class_are_learnt_without_it():
    prior = vectors(NAMES)
    (c,) = prior.conditions_of(["ash", "", "oak", ""], 4, seed=0)
    np.testing.assert_array_equal(c, [[1, 0], [0, 0], [0, 1], [0, 0]])
    assert prior.wanted(None, 1.0, 100, np.random.default_rng(0)).sum(axis=1).min() == 1.0


@BOTH
def test_the_config_makes_an_equal_prior_to_load_weights_into(make):
    prior = with_random_weights(make(NAMES))
    prior.conditions_of(["ash"] * 3, 3, seed=0)
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(prior))
    again.set_weights(prior.get_weights())
    draws = [p.sample(5, np.random.default_rng(1), guidance=2.0) for p in (prior, again)]
    np.testing.assert_array_equal(*draws)


@BOTH
@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"label": "elm"}, "one of 'ash', 'oak'.*Received: 'elm'"),
        ({"label": 2}, "Received: 2"),
        ({"label": [0, 1]}, "one label for each of the 3 examples"),
        ({"label": -1}, "Received: -1"),
        ({"guidance": -1.0}, "`guidance` must be a number of at least 0.*Received: guidance=-1.0"),
        ({"guidance": "much"}, "`guidance` must be a number"),
    ],
)
def test_what_cannot_be_drawn_by_is_named(make, options, named, rng):
    with pytest.raises(ValueError, match=named):
        make(NAMES).sample(3, rng, **options)


@BOTH
def test_labels_and_classes_come_together(make, rng):
    codes = rng.normal(size=(20, *make().latent_shape))
    for classes, labels in ((2, None), (None, Y)):
        with pytest.raises(ValueError, match="fitted with `labels=`"):
            make(classes).fit(codes, labels=labels)
    for options in ({"label": 0}, {"guidance": 2.0}):
        with pytest.raises(ValueError, match="fitted without labels"):
            make(None).sample(3, rng, **options)
    with pytest.raises(ValueError, match="one label for each of the 20 examples"):
        make().fit(codes, labels=Y[:5])


@pytest.mark.parametrize(
    ("labels", "named"),
    [
        (np.zeros((3, 2, 2)), r"Received: labels of dtype float64 and shape \(3, 2, 2\)"),
        ([np.nan, 1.0], "whole numbers from 0"),
        ([], "whole numbers from 0"),
        ([None, None], "dtype object"),
    ],
)
def test_what_is_no_label_is_named(labels, named):
    with pytest.raises(ValueError, match=named):
        classes_of(labels)


@pytest.mark.parametrize(
    ("kind", "shape", "options", "named"),
    [
        ("gmm", (3,), {"labels": Y}, "`labels` are for 'flow_matching'. Received: kind='gmm'"),
        ("flow_matching", (3,), {"depth": 3}, "takes 'width', 'steps', .* Received: depth=3"),
        ("flow_matching", (3,), {"labels": np.zeros(9)}, "of 2 classes at least"),
    ],
)
def test_what_a_kind_does_not_take_is_named(kind, shape, options, named):
    with pytest.raises(ValueError, match=named):
        new_prior(kind, shape, options)


def test_options_go_to_the_class_and_to_its_fit():
    options = {"labels": Y, "widths": (4, 8), "seed": 3, "epochs": 2}
    prior, of_fit = new_prior("flow_matching", (2, 2, 1), options)
    assert isinstance(prior, MapFlowMatchingPrior)
    assert prior.widths == (4, 8) and prior.classes == 2
    assert of_fit == {"labels": Y, "seed": 3, "epochs": 2}


def test_a_map_is_one_long_vector_where_there_is_no_prior_of_maps():
    assert new_prior("gaussian", (2, 3, 2), {})[0].latent_shape == (12,)
