"""The values that a search tries first."""

from keras_genae.tuning.config.yaml_file import is_number

# These choose by a plan of their own, in which a trial of another kind has no place.
WITHOUT_START = ("grid", "hyperband")


def read_start(tree, hyperparameters, oracle):
    """Read `start`: one value for each hyperparameter that exists under the others.

    Args:
        tree: of the section, or `None`.
        hyperparameters: sequence of `Hyperparameter`, parents before those that depend on them.
        oracle: the name of the oracle.

    Returns:
        Name → value as KerasTuner holds it; empty without the section.

    Raises:
        ConfigError: where a value is missing, not allowed, or not asked for.
    """
    if tree is None:
        return {}
    if oracle in WITHOUT_START:
        tree.fail(f"{oracle} follows a plan of its own: leave `start` out with it.")
    names = tuple(item.name for item in hyperparameters)
    given = tree.mapping(names, (), "`start`")
    start = {}
    for item in hyperparameters:
        is_active = all(start.get(parent) in allowed for parent, allowed in item.when)
        if is_active and item.name not in given:
            tree.fail(f"`start` needs a value for `{item.name}`.")
        if not is_active and item.name in given:
            given[item.name].fail(f"under the other values there is no `{item.name}`.")
        if is_active:
            start[item.name] = _checked(item, given[item.name])
    return start


def _checked(item, tree):
    value = tree.plain()
    value = tuple(value) if isinstance(value, list) else value
    if item.kind == "choice":
        if value not in item.values:
            tree.fail(f"`{item.name}` must be one of its choices {list(item.values)}.")
        return item.label(value)
    low, high = item.values
    is_kind = type(value) is int if item.kind == "int" else is_number(value)
    if not is_kind or not low <= value <= high:
        tree.fail(f"`{item.name}` must be in its range {[low, high]}.")
    return value
