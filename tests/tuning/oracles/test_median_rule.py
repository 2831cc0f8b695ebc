"""The median rule."""

from keras_genae.tuning.oracles.median_rule import MedianRule


def rule_with(values, quality="val_mse", **kwargs):
    rule = MedianRule(quality, **{"costs": [], "warmup_epochs": 1, **kwargs})
    for trial, value in enumerate(values):
        rule.add(str(trial), 2, {quality: value})
    return rule


def test_worse_than_the_median_of_the_others_stops():
    assert rule_with([0.1, 0.2, 0.3, 0.21]).should_stop("3", 2)
    assert not rule_with([0.1, 0.2, 0.3, 0.2]).should_stop("3", 2)
    assert not rule_with([0.1, 0.2, 0.3, 0.19]).should_stop("3", 2)


def test_its_own_value_is_not_among_the_others():
    # With its own, the median would be 0.25, and it would pass.
    assert rule_with([0.1, 0.2, 0.3, 0.25]).should_stop("3", 2)


def test_direction():
    assert rule_with([1.0, 2.0, 3.0, 1.9], "val_elbo_per_dim").should_stop("3", 2)
    assert not rule_with([1.0, 2.0, 3.0, 2.1], "val_elbo_per_dim").should_stop("3", 2)


def test_few_others_and_early_epochs_are_left_alone():
    assert not rule_with([0.1, 0.2, 0.9]).should_stop("2", 2)
    assert not rule_with([0.1, 0.2, 0.3, 0.9], warmup_epochs=2).should_stop("3", 2)


def test_only_the_same_epoch_counts():
    rule = rule_with([0.1, 0.2, 0.3])
    rule.add("late", 3, {"val_mse": 0.9})
    assert not rule.should_stop("late", 3)


def test_a_cheap_model_is_not_measured_against_dear_ones():
    rule = MedianRule("val_mse", ["parameters"], warmup_epochs=0)
    for trial in range(5):
        rule.add(str(trial), 1, {"val_mse": 0.1, "parameters": 1000})
    rule.add("small", 1, {"val_mse": 0.5, "parameters": 10})
    rule.add("large", 1, {"val_mse": 0.5, "parameters": 1000})
    assert not rule.should_stop("small", 1)
    assert rule.should_stop("large", 1)
