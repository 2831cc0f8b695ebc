"""YAML files as trees that remember their lines, so that every mistake can be shown where it is."""

import pathlib
import re

import yaml

# Far beyond what a person writes, and far below what would hurt to read.
LARGEST_FILE = 2**20

PLAIN_TAGS = {
    f"tag:yaml.org,2002:{kind}" for kind in ("str", "int", "float", "bool", "null", "seq", "map")
}


class ConfigError(ValueError):
    """A mistake in a config file: where it is, what was found, what is allowed."""


class Loader(yaml.SafeLoader):
    """PyYAML's safe loader, which takes `1e-3` for the number that everybody means by it."""


Loader.yaml_implicit_resolvers = {
    key: list(resolvers) for key, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"^[-+]?[0-9]+(\.[0-9]*)?[eE][-+]?[0-9]+$"),
    list("-+0123456789"),
)


class Tree:
    """One value of a YAML file with its place.

    Attributes:
        value: a scalar, a list of `Tree`, or a dict of name → `Tree`.
        where: `"file:line"`.
        lines: for a dict, name → `"file:line"` of the name itself.
    """

    def __init__(self, value, where, lines=None):
        self.value = value
        self.where = where
        self.lines = lines or {}

    def plain(self):
        """The value without its places: dicts, lists and scalars."""
        if isinstance(self.value, dict):
            return {name: tree.plain() for name, tree in self.value.items()}
        if isinstance(self.value, list):
            return [tree.plain() for tree in self.value]
        return self.value

    def fail(self, message):
        """Raise a `ConfigError` at this place; the message is completed by what was found."""
        raise ConfigError(f"{self.where}: {message} Received: {self.plain()!r}")

    def mapping(self, allowed, required=(), what="this section"):
        """The dict of a section, its keys checked.

        Args:
            allowed: the names that may be there; `None` allows any.
            required: the names that must be there.
            what: what to call the section in a message.
        """
        if not isinstance(self.value, dict):
            self.fail(f"{what} must be `name: value` lines.")
        for name, where in self.lines.items():
            if allowed is not None and name not in allowed:
                raise ConfigError(
                    f"{where}: {what} has no {name!r}. Allowed: {', '.join(allowed)}. "
                    f"Received: {name}"
                )
        missing = [name for name in required if name not in self.value]
        if missing:
            self.fail(f"{what} lacks {', '.join(map(repr, missing))}.")
        return self.value

    def sequence(self, what):
        """The list of this place, with at least one entry."""
        if not isinstance(self.value, list) or not self.value:
            self.fail(f"{what} must be a list with at least one entry, such as [1, 2].")
        return self.value

    def one_of(self, choices, what):
        """The value, where it is one of `choices`."""
        if not isinstance(self.value, str) or self.value not in choices:
            self.fail(f"{what} must be one of {', '.join(choices)}.")
        return self.value

    def text(self, what):
        """The value, where it is a text."""
        if not isinstance(self.value, str) or not self.value:
            self.fail(f"{what} must be a text.")
        return self.value

    def boolean(self, what):
        """The value, where it is true or false."""
        if not isinstance(self.value, bool):
            self.fail(f"{what} must be true or false.")
        return self.value

    def whole(self, what, least):
        """The value, where it is a whole number of at least `least`."""
        if not _is_whole(self.value) or self.value < least:
            self.fail(f"{what} must be a whole number of at least {least}.")
        return self.value

    def number(self, what, above=None, below=None):
        """The value as a float, where it is finite and strictly between the two."""
        if not is_number(self.value) or not abs(self.value) < float("inf"):
            self.fail(f"{what} must be a number.")
        if (above is not None and self.value <= above) or (
            below is not None and self.value >= below
        ):
            limits = f"above {above}" + ("" if below is None else f" and below {below}")
            self.fail(f"{what} must be a number {limits}.")
        return float(self.value)


def _is_whole(value):
    return isinstance(value, int) and not isinstance(value, bool)


def is_number(value):
    """Whether a value is an int or a float, and no boolean."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def read_yaml(path):
    """Read a YAML file as a `Tree`.

    Nothing but plain values is made: no Python objects, and no anchors, by which a short file can
    stand for a very long one.

    Args:
        path: the file.

    Returns:
        `Tree`.

    Raises:
        ConfigError: where the file is no YAML, is empty, or uses what is left out.
        OSError: where it cannot be read.
    """
    path = pathlib.Path(path)
    if path.stat().st_size > LARGEST_FILE:
        raise ConfigError(
            f"{path}:1: a config file has at most {LARGEST_FILE} bytes. "
            f"Received: {path.stat().st_size} bytes"
        )
    try:
        text = path.read_text(encoding="utf-8")
        loader = Loader(text)
        try:
            node = loader.get_single_node()
            if node is None:
                raise ConfigError(f"{path}:1: the file is empty. Received: no value")
            return _tree(node, loader, path, set())
        finally:
            loader.dispose()
    except UnicodeDecodeError as error:
        raise ConfigError(
            f"{path}:1: the file must be text in UTF-8. Received: {error.reason} "
            f"at byte {error.start}"
        ) from error
    except RecursionError as error:
        raise ConfigError(
            f"{path}:1: the file is nested too deeply. Received: more levels than Python has"
        ) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        line = mark.line + 1 if mark else 1
        problem = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
        found = _line_of(path, line)
        raise ConfigError(
            f"{path}:{line}: this is no valid YAML: {problem}. Received: {found!r}"
        ) from error


def _line_of(path, line):
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    return lines[line - 1].strip() if line <= len(lines) else ""


def _tree(node, loader, path, seen):
    where = f"{path}:{node.start_mark.line + 1}"
    if id(node) in seen:
        raise ConfigError(
            f"{where}: anchors and aliases (&name, *name) are not taken; write the value out. "
            f"Received: an alias of line {node.start_mark.line + 1}"
        )
    seen.add(id(node))
    if node.tag not in PLAIN_TAGS:
        raise ConfigError(
            f"{where}: only plain values are taken: texts, numbers, true, false, lists and "
            f"`name: value` lines. Received: {node.tag}"
        )
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, loader, path, where, seen)
    if isinstance(node, yaml.SequenceNode):
        return Tree([_tree(child, loader, path, seen) for child in node.value], where)
    try:
        return Tree(loader.construct_object(node), where)
    except ValueError as error:  # Such as a date with a thirteenth month.
        raise ConfigError(f"{where}: {error}. Received: {node.value!r}") from error


def _mapping(node, loader, path, where, seen):
    value, lines = {}, {}
    for key_node, value_node in node.value:
        key = _tree(key_node, loader, path, seen)
        if not isinstance(key.value, str):
            key.fail("a name must be a text.")
        if key.value in value:
            key.fail(f"the name stands twice; the first is at {lines[key.value]}.")
        value[key.value] = _tree(value_node, loader, path, seen)
        lines[key.value] = key.where
    return Tree(value, where, lines)
