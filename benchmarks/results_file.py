"""A JSON file of results, so that what has been run is not run again."""

import json

from keras_genae.files import write_aside


class ResultsFile:
    """Results and times by name, written after each.

    Args:
        path: the file; read where it exists.
        settings: dict of what the results depend on; those in the file must be the same.

    Raises:
        SystemExit: where the file holds results of other settings.
    """

    def __init__(self, path, settings):
        self.path = path
        self.content = {"settings": settings}
        if path.exists():
            self.content = json.loads(path.read_text())
        if self.content["settings"] != settings:
            raise SystemExit(f"error: {path} holds other settings: {self.content['settings']}")

    def part(self, name):
        """A dict of results: what is put into it is saved."""
        return self.content.setdefault(name, {})

    @property
    def auroc(self):
        """Dict of what was measured."""
        return self.part("auroc")

    @property
    def seconds(self):
        """Dict of how long it took."""
        return self.part("seconds")

    def save(self):
        """Write the file."""
        with write_aside(self.path) as aside:
            aside.write_text(json.dumps(self.content, indent=2) + "\n")
