"""What a search may choose: hyperparameters with their ranges and conditions."""

import dataclasses

import keras_tuner as kt


@dataclasses.dataclass(frozen=True)
class Hyperparameter:
    """One number or name that the search chooses.

    Attributes:
        name: as in the table of trials; `"latent_dim"`, or `"widths.depth"` for a part of it.
        kind: `"choice"`, `"int"` or `"float"`.
        values: the choices; or (lowest, highest), both included.
        step: the distance of two neighbours, or `None`.
        log: whether to draw evenly on the logarithmic scale.
        when: ((name, values), ...): it exists only where each of those has one of the values.
    """

    name: str
    kind: str
    values: tuple
    step: float | None = None
    log: bool = False
    when: tuple = ()

    def allows(self, value):
        """Whether a value, as a file says it, is one that may be chosen."""
        if self.kind == "choice":
            return value in self.values
        low, high = self.values
        is_kind = type(value) is int if self.kind == "int" else type(value) in (int, float)
        return is_kind and low <= value <= high

    def label(self, value):
        """A choice as KerasTuner can hold it: lists become texts such as `"32-64"`."""
        return "-".join(map(str, value)) if isinstance(value, tuple) else value

    def from_label(self, label):
        """The choice that a label stands for."""
        return next((value for value in self.values if self.label(value) == label), label)


def declare(hp, hyperparameters):
    """Declare hyperparameters on a `kt.HyperParameters`.

    Args:
        hp: `kt.HyperParameters`; where it has a value already, that value is kept.
        hyperparameters: sequence of `Hyperparameter`, parents before those that depend on them.

    Returns:
        Name → value of the active ones, as KerasTuner holds them.
    """
    values = {}
    for item in hyperparameters:
        with _Conditions(hp, item.when):
            value = _declare_one(hp, item)
        if all(values.get(parent) in allowed for parent, allowed in item.when):
            values[item.name] = value
    return values


class _Conditions:
    """`hp.conditional_scope` of several parents, one inside the other."""

    def __init__(self, hp, when):
        self.scopes = [hp.conditional_scope(parent, list(allowed)) for parent, allowed in when]

    def __enter__(self):
        for scope in self.scopes:
            scope.__enter__()

    def __exit__(self, *error):
        for scope in reversed(self.scopes):
            scope.__exit__(*error)


def _declare_one(hp, item):
    if item.kind == "choice":
        labels = [item.label(value) for value in item.values]
        return hp.Choice(item.name, labels, ordered=_is_ordered(labels))
    low, high = item.values
    make = hp.Int if item.kind == "int" else hp.Float
    return make(item.name, low, high, item.step, sampling="log" if item.log else "linear")


def _is_ordered(labels):
    return all(isinstance(label, int | float) and not isinstance(label, bool) for label in labels)


def as_hyperparameters(hyperparameters):
    """The space as a `kt.HyperParameters`, for an oracle.

    Example:

    >>> space = as_hyperparameters([Hyperparameter("latent_dim", "int", (4, 64))])
    >>> space.get("latent_dim")
    4
    """
    hp = kt.HyperParameters()
    declare(hp, hyperparameters)
    return hp
