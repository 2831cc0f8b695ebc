"""The section `hyperparameters` of a search."""

from keras_genae.tuning.config.space import Hyperparameter
from keras_genae.tuning.config.yaml_file import ConfigError, is_number

RANGES = ("choice", "int", "float")
WIDTHS = ("depth", "first", "growth")
OPTIONS = (*RANGES, "step", "log", "when")
# Choices finer than this are a range; KerasTuner lists each step of one.
MOST_STEPS = 10_000


def read_hyperparameters(tree):
    """The hyperparameters of a file, in its order, checked one by one and against each other.

    Args:
        tree: `Tree` of the section, or `None` where the file has none.

    Returns:
        Tuple of `Hyperparameter`.
    """
    if tree is None or tree.value is None:
        return ()
    items = []
    for name, entry in tree.mapping(None, (), "`hyperparameters`").items():
        if name == "widths" and isinstance(entry.value, dict) and set(entry.value) & set(WIDTHS):
            items.extend(_read_widths(entry, items))
        else:
            items.append(_read_one(name, entry, items))
    return tuple(items)


def _read_widths(tree, before):
    """`widths` as depth × first width × growth, each with a range of its own."""
    values = tree.mapping((*WIDTHS, "when"), WIDTHS, "`widths` by depth, first and growth")
    when = _read_when(values.get("when"), before)
    items = []
    for part in WIDTHS:
        item = _read_one(f"widths.{part}", values[part], before)
        if part != "growth" and any(not isinstance(v, int) or v < 1 for v in item.values):
            values[part].fail(f"`{part}` of the widths must be whole numbers from 1 up.")
        if part == "growth" and any(not is_number(v) or v <= 0 for v in item.values):
            values[part].fail("`growth` of the widths must be numbers above 0.")
        items.append(Hyperparameter(**{**vars(item), "when": (*when, *item.when)}))
    return items


def _read_one(name, tree, before):
    values = tree.mapping(OPTIONS, (), f"`{name}`")
    kinds = [kind for kind in RANGES if kind in values]
    if len(kinds) != 1:
        tree.fail(
            f"`{name}` must have exactly one of {', '.join(RANGES)}, such as "
            "{choice: [1, 2]} or {int: [4, 64], log: true}."
        )
    kind = kinds[0]
    when = _read_when(values.get("when"), before)
    if kind == "choice":
        for option in ("step", "log"):
            if option in values:
                values[option].fail(f"`{option}` belongs to a range; `{name}` is a choice.")
        return Hyperparameter(name, kind, _read_choices(values[kind]), when=when, where=tree.where)
    low, high = _read_range(name, kind, values[kind])
    log = values["log"].boolean("`log`") if "log" in values else False
    if log and low <= 0:
        values[kind].fail(f"a range with `log: true` must lie above 0; `{name}` does not.")
    if low == high:  # KerasTuner divides by the length of a range.
        return Hyperparameter(name, "choice", (low,), when=when, where=tree.where)
    step = _read_step(kind, values.get("step"), low, high, log)
    return Hyperparameter(name, kind, (low, high), step, log, when, tree.where)


def _read_choices(tree):
    choices = []
    for entry in tree.sequence("`choice`"):
        value = entry.plain()
        if isinstance(value, list):
            if not value or any(not is_number(number) for number in value):
                entry.fail("a list among the choices must hold numbers, such as [32, 64].")
            value = tuple(value)
        elif not isinstance(value, bool | int | float | str):
            entry.fail("a choice must be a number, a text, true, false or a list of numbers.")
        if any(type(value) is type(other) and value == other for other in choices):
            entry.fail("a choice stands twice.")
        choices.append(value)
    kinds = {float if type(value) is int else type(value) for value in choices}
    if len(kinds) > 1:
        tree.fail("the choices must be of one kind: all numbers, all texts, or all lists.")
    if float in {type(value) for value in choices}:
        choices = [float(value) for value in choices]
    return tuple(choices)


def _read_range(name, kind, tree):
    entries = tree.sequence(f"`{kind}`")
    if len(entries) != 2:
        tree.fail(f"the range of `{name}` must be [lowest, highest].")
    for entry in entries:
        if kind == "int" and (not isinstance(entry.value, int) or isinstance(entry.value, bool)):
            entry.fail(f"the range of `{name}` must be of whole numbers (or `float:` instead).")
        entry.number(f"an end of the range of `{name}`")
    low, high = (entry.value for entry in entries)
    if low > high:
        tree.fail(f"the range of `{name}` is [lowest, highest]; turn the two around.")
    return (low, high) if kind == "int" else (float(low), float(high))


def _read_step(kind, tree, low, high, log):
    if tree is None:
        return None
    step = tree.whole("`step`", 1) if kind == "int" else tree.number("`step`", 0)
    if log and step <= 1:
        tree.fail("`step` of a range with `log: true` is a factor, and must be above 1.")
    if not log and step > high - low:
        tree.fail(f"`step` must not be larger than the range, {high - low:g}.")
    if not log and (high - low) / step > MOST_STEPS:
        tree.fail(f"`step` must leave at most {MOST_STEPS} values; leave it out for any value.")
    return step


def _read_when(tree, before):
    """`when: {likelihood: gaussian}` → ((name, values), ...)."""
    if tree is None:
        return ()
    names = {item.name: item for item in before}
    conditions = []
    for name, entry in tree.mapping(None, (), "`when`").items():
        if name not in names:
            raise ConfigError(
                f"{tree.lines[name]}: `when` names hyperparameters that stand above it in the "
                f"file. Allowed: {', '.join(names) or 'none, as this is the first'}. "
                f"Received: {name}"
            )
        parent = names[name]
        if parent.kind != "choice":
            entry.fail(f"`when` can ask for a value of a choice, and {name!r} is a range.")
        wanted = entry.plain()
        wanted = wanted if isinstance(wanted, list) else [wanted]
        labels = [parent.label(value) for value in parent.values]
        if not wanted or any(value not in labels for value in wanted):
            entry.fail(f"`when: {{{name}: …}}` must be one of {', '.join(map(str, labels))}.")
        # A child of a child exists only where its parent does.
        conditions.extend(parent.when)
        conditions.append((name, tuple(wanted)))
    return tuple(dict(conditions).items())
