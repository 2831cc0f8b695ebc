"""The section `hyperparameters` of a search: what may be chosen, and from what."""

from typing import Annotated

import pydantic
from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, FiniteFloat, Tag

from keras_genae.tuning.config.section import Mistake, Section, check_name
from keras_genae.tuning.config.space import Hyperparameter

KINDS = ("choice", "int", "float")
WIDTHS = ("depth", "first", "growth")
# Choices finer than this are a range; KerasTuner lists each step of one.
MOST_STEPS = 10_000

Scalar = bool | int | FiniteFloat | str
Numbers = Annotated[tuple[int | FiniteFloat, ...], Field(strict=False, min_length=1)]
Value = Annotated[Scalar | Numbers, Field(union_mode="left_to_right")]


def _check_choices(choices):
    if any(type(a) is type(b) and a == b for i, a in enumerate(choices) for b in choices[:i]):
        raise Mistake("a value stands twice in {name}.", list(choices))
    kinds = {float if type(value) is int else type(value) for value in choices}
    if len(kinds) > 1:
        text = "{name} must be of one kind: all numbers, all texts, or all lists."
        raise Mistake(text, list(choices))
    return tuple(map(float, choices)) if float in map(type, choices) else choices


def _check_pair(ends):
    if isinstance(ends, list) and len(ends) != 2:
        raise ValueError("{name} must be [lowest, highest].")
    return ends


def _check_order(ends):
    if ends[0] > ends[1]:
        raise Mistake("{name} is [lowest, highest]; turn the two around.", list(ends))
    return ends


def check_whole(item):
    """Refuse a hyperparameter of other values than whole numbers from 1 up."""
    if any(type(value) is not int or value < 1 for value in item.values):
        raise Mistake("{name} must be whole numbers from 1 up.", list(item.values))
    return item


def check_positive(item):
    """Refuse a hyperparameter of other values than numbers above 0."""
    if any(type(value) not in (int, float) or value <= 0 for value in item.values):
        raise Mistake("{name} must be numbers above 0.", list(item.values))
    return item


class Declaration(Section):
    """What every hyperparameter may say."""

    when: dict[str, Scalar | list[Scalar]] = {}
    """Choices above this one, and the values under which this one exists."""


class Choice(Declaration):
    """One of some values."""

    values: Annotated[
        tuple[Value, ...],
        Field(strict=False, alias="choice", min_length=1, json_schema_extra={"uniqueItems": True}),
        AfterValidator(_check_choices),
    ]
    """All numbers, all texts, all true or false, or all lists of numbers."""


class _Range(Declaration):
    log: bool = False
    """Whether to draw evenly on the logarithmic scale."""

    @pydantic.model_validator(mode="after")
    def _check(self):
        (low, high), step = self.values, self.step
        if self.log and low <= 0:
            raise Mistake("{name} with `log: true` must lie above 0.", [low, high])
        if step is None or low == high:
            return self
        if self.log and step <= 1:
            text = "of a range with `log: true` is a factor, and must be above 1."
            raise Mistake(f"{{name}} {text}", step, ("step",))
        if not self.log and not (high - low) / MOST_STEPS <= step <= high - low:
            text = f"must not be larger than the range, {high - low:g}, and leave at most "
            raise Mistake(f"{{name}} {text}{MOST_STEPS} values.", step, ("step",))
        return self


def _ends(kind):
    return (
        Field(strict=False, alias=kind),
        BeforeValidator(_check_pair),
        AfterValidator(_check_order),
    )


class IntRange(_Range):
    """A whole number of a range."""

    values: Annotated[tuple[int, int], *_ends("int")]
    """[lowest, highest], both included."""
    step: Annotated[int, Field(gt=0)] | None = None
    """Distance of neighbours; with `log` a factor."""


class FloatRange(_Range):
    """A number of a range."""

    values: Annotated[tuple[float, float], *_ends("float")]
    """[lowest, highest], both included."""
    step: Annotated[float, Field(gt=0)] | None = None
    """Distance of neighbours; with `log` a factor."""


def _kind(declaration):
    """The tag of a declaration, so that its mistakes are told as mistakes of its kind."""
    if isinstance(declaration, Section):
        declaration = declaration.names()
    elif not isinstance(declaration, dict):
        return None
    if set(WIDTHS) & set(declaration):
        return "<widths>"
    kinds = [f"<{kind}>" for kind in KINDS if kind in declaration]
    return kinds[0] if len(kinds) == 1 else None


_BY_KIND = Discriminator(
    _kind,
    "kind",
    "{name} must have exactly one of choice, int, float, such as {choice: [1, 2]} or "
    "{int: [4, 64], log: true}",
    {},
)
_Kinds = (
    Annotated[Choice, Tag("<choice>")]
    | Annotated[IntRange, Tag("<int>")]
    | Annotated[FloatRange, Tag("<float>")]
)


class Widths(Declaration):
    """Stages of a network: how many, how wide the first, how much wider each next one."""

    depth: Annotated[_Kinds, _BY_KIND, AfterValidator(check_whole)]
    first: Annotated[_Kinds, _BY_KIND, AfterValidator(check_whole)]
    growth: Annotated[_Kinds, _BY_KIND, AfterValidator(check_positive)]


AnyDeclaration = Annotated[_Kinds | Annotated[Widths, Tag("<widths>")], _BY_KIND]


def flat_space(declarations):
    """Declarations as `Hyperparameter`s, their conditions checked against those above them.

    Args:
        declarations: name → declaration, in the order of the file.

    Returns:
        Tuple of `Hyperparameter`, parents before those that depend on them.
    """
    items = {}
    for name, declared in declarations.items():
        conditions = _conditions(declared, items, (name, "when"))
        if not isinstance(declared, Widths):
            items[name] = _flat(name, declared, conditions)
            continue
        if name != "widths":
            raise Mistake("{name} has no parts; only `widths` has.", list(WIDTHS), (name,))
        for part in WIDTHS:
            own = getattr(declared, part)
            own_conditions = _conditions(own, items, (name, part, "when"))
            part = f"{name}.{part}"
            items[part] = _flat(part, own, {**conditions, **own_conditions})
    return tuple(items.values())


def _flat(name, declared, conditions):
    when, values = tuple(conditions.items()), declared.values
    # KerasTuner divides by the length of a range.
    if isinstance(declared, Choice) or values[0] == values[1]:
        return Hyperparameter(name, "choice", tuple(dict.fromkeys(values)), when=when)
    kind = "int" if isinstance(declared, IntRange) else "float"
    return Hyperparameter(name, kind, values, declared.step, declared.log, when)


def _conditions(declared, above, place):
    """`when: {likelihood: gaussian}` → {"likelihood": ("gaussian",)}, with the parents' own."""
    conditions = {}
    for name, wanted in declared.when.items():
        here = (*place, name)
        text = "`when` names hyperparameters that stand above it in the file"
        check_name(name, list(above), text, here)
        parent, wanted = above[name], wanted if isinstance(wanted, list) else [wanted]
        if parent.kind != "choice":
            raise Mistake("{name}: `when` asks for choices, and that is a range.", wanted, here)
        labels = [parent.label(value) for value in parent.values]
        if not wanted or any(value not in labels for value in wanted):
            raise Mistake(f"{{name}} must be one of {', '.join(map(str, labels))}.", wanted, here)
        # A child of a child exists only where its parent does.
        conditions.update(parent.when)
        conditions[name] = tuple(wanted)
    return conditions
