"""What the sections of a search have in common: strict values, and mistakes in words."""

import difflib
import re

import pydantic

from keras_genae.tuning.config.yaml_file import ConfigError

# Pydantic's words → those of a person who writes a file.
WORDS = {
    r"^\w+ should (be|have)": r"{name} must \1",
    r"a valid dictionary( or .*)?": "`name: value` lines",
    r"a valid (list|tuple)": "a list",
    r"a valid integer|an integer": "a whole number",
    r"a valid boolean": "true or false",
    r"a valid (string|number)": r"a \1",
    r"greater than or equal to": "at least",
    r"greater than": "above",
    r"less than": "below",
    r"item after validation": "entry",
    r"items after validation": "entries",
}


class Mistake(ValueError):
    """A mistake at a place within what a validator was given.

    Args:
        message: in words; `{name}` stands for the name of the place.
        received: what was found there.
        place: names and indices, from what was validated to the mistake.
    """

    def __init__(self, message, received, place=()):
        super().__init__(message)
        self.received = received
        self.place = tuple(place)


class Section(pydantic.BaseModel):
    """A section of a file: the values that it declares, of exactly their kinds, and no others."""

    model_config = pydantic.ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        allow_inf_nan=False,
        use_attribute_docstrings=True,
    )

    @classmethod
    def names(cls):
        """The names that the section may have."""
        return [field.alias or name for name, field in cls.model_fields.items()]

    @pydantic.model_validator(mode="before")
    @classmethod
    def _check_names(cls, values):
        if isinstance(values, dict) and cls.model_config["extra"] == "forbid":
            for name in values:
                check_name(name, cls.names(), "{name} is unknown", (name,))
        return values


def check_name(name, allowed, message, place):
    """Raise a `Mistake` that lists the allowed names, the nearest first, where `name` is none."""
    if name not in allowed:
        question = _did_you_mean(name, allowed)
        text = f"{message}.{question} Allowed: {', '.join(allowed) or 'none'}."
        raise Mistake(text, name, place)


def _did_you_mean(name, allowed):
    near = difflib.get_close_matches(str(name), allowed, n=1)
    return f" Did you mean {near[0]!r}?" if near else ""


def in_words(error, file):
    """All mistakes that pydantic found, each with its line, in the order of the file.

    Args:
        error: `pydantic.ValidationError`.
        file: the `YamlFile` it came from.

    Returns:
        `ConfigError`.
    """
    found = []
    for entry in error.errors(include_url=False):
        cause = entry.get("ctx", {}).get("error")
        place = (*entry["loc"], *getattr(cause, "place", ()))
        received = getattr(cause, "received", entry["input"])
        # Where a name is missing, the names that are there say enough.
        received = list(received) if entry["type"] == "missing" else received
        message = _message(entry, cause).replace("{name}", _name(place))
        text = f"{file.where(*place)}: {message} Received: {received!r}"
        found.append((file.line(place), text))
    return ConfigError("\n".join(text for _, text in sorted(found)))


def _message(entry, cause):
    if cause is not None:
        return str(cause)
    if entry["type"] == "missing":
        return "{name} is missing."
    if entry["type"] == "literal_error":
        allowed = re.findall(r"'([^']*)'", entry["ctx"]["expected"])
        question = _did_you_mean(entry["input"], allowed)
        return f"{{name}} must be one of {', '.join(allowed)}.{question}"
    text = entry["msg"].removesuffix(".") + "."
    for theirs, ours in WORDS.items():
        text = re.sub(theirs, ours, text)
    return text


def _name(place):
    """`("budget", "epochs")` → "`budget.epochs`"; tags of unions, in angles, are passed over."""
    names = [part for part in map(str, place) if not part.startswith("<")]
    if len(names) > 1 and names[0] == "hyperparameters":
        names = names[1:]
    return f"`{'.'.join(names)}`" if names else "a search"
