"""YAML files as plain values, with the line of every place, so that a mistake is shown there."""

import pathlib

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent
from ruamel.yaml.nodes import MappingNode, SequenceNode

# Far beyond what a person writes, and far below what would hurt to read.
LARGEST_FILE = 2**16
DEEPEST = 20


class ConfigError(ValueError):
    """A mistake in a config file: where it is, what was found, what is allowed."""


class YamlFile:
    """A YAML file, read by ruamel's safe loader, which makes plain values only.

    Args:
        path: the file.

    Attributes:
        path: the same.
        values: dicts, lists and scalars.

    Raises:
        ConfigError: where the file is no YAML, is empty, is nested without end, or has aliases, by
            which a short file can stand for a very long one.
        OSError: where it cannot be read.
    """

    def __init__(self, path):
        self.path = pathlib.Path(path)
        if (size := self.path.stat().st_size) > LARGEST_FILE:
            raise self._error(1, f"a file has at most {LARGEST_FILE} bytes", f"{size} bytes")
        try:
            text = self.path.read_text(encoding="utf-8")
            self._check_size(_yaml().parse(text))
            self.root, self.values = _yaml().compose(text), _yaml().load(text)
        except UnicodeDecodeError as error:
            raise self._error(1, "the file must be text in UTF-8", error.reason) from error
        except YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            problem = getattr(error, "problem", None) or getattr(error, "reason", str(error))
            line = mark.line if mark else 0
            found = repr([*text.splitlines(), ""][line].strip())
            raise self._error(line + 1, f"this is no valid YAML: {problem}", found) from error
        if self.values is None:
            raise self._error(1, "the file is empty", "no value")

    def _check_size(self, events):
        depth = 0
        for event in events:
            line = event.start_mark.line + 1
            if isinstance(event, AliasEvent):
                advice = "aliases (*name) are not taken; write the value out"
                raise self._error(line, advice, f"*{event.anchor}")
            depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
            if depth > DEEPEST:
                raise self._error(line, "this is nested too deeply", f"{depth} levels")

    def line(self, place):
        """The line of the innermost of some nested names and indices that the file has."""
        node, line = self.root, self.root.start_mark.line + 1
        for part in place:
            if isinstance(node, MappingNode):
                found = [(key, value) for key, value in node.value if key.value == part]
            else:
                inner = node.value if isinstance(node, SequenceNode) else []
                found = [(value, value) for index, value in enumerate(inner) if index == part]
            if found:
                line, node = found[0][0].start_mark.line + 1, found[0][1]
        return line

    def where(self, *place):
        """`"file:line"` of nested names and indices, such as `("budget", "epochs")`."""
        return f"{self.path}:{self.line(place)}"

    def _error(self, line, message, received):
        return ConfigError(f"{self.path}:{line}: {message}. Received: {received}")


def _yaml():
    return YAML(typ="safe", pure=True)
