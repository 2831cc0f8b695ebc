"""What one trial leaves on the disk, in a form that a kill at any moment cannot spoil."""

import dataclasses
import json
import math
import pathlib
import shutil

from keras_genae.files import write_aside

COMPLETED, PRUNED, FAILED = "completed", "pruned", "failed"


@dataclasses.dataclass
class TrialResult:
    """How a trial ended.

    Attributes:
        status: `"completed"`, `"pruned"` or `"failed"`.
        reason: why, in a line, where it did not complete.
        measures: name → value of qualities and costs.
        seconds: of the whole trial.
        epochs: how many were trained.
        best_epoch: the one that is kept and measured, from 1; 0 where none is.
        remark: which that is, in a line, where it is not the last.
        saved_seconds: of training that pruning spared, estimated.
    """

    status: str
    reason: str = ""
    measures: dict = dataclasses.field(default_factory=dict)
    seconds: float = 0.0
    epochs: int = 0
    best_epoch: int = 0
    remark: str = ""
    saved_seconds: float = 0.0

    @property
    def is_completed(self):
        """Whether it may be handed back: it ran to its end, with finite numbers."""
        return self.status == COMPLETED


class TrialFolder:
    """The folder of one trial: its epochs while it runs, its result and its model when it ended.

    Args:
        path: the folder; made if need be.
    """

    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.path.mkdir(parents=True, exist_ok=True)

    @property
    def model(self):
        """Where the trained model is, as it was after its best epoch."""
        return self.path / "model.keras"

    @property
    def last_model(self):
        """Where the model is as it was after its last epoch, for Hyperband to go on with."""
        return self.path / "last.keras"

    @property
    def best(self):
        """Where the best epoch so far is kept while the trial runs."""
        return self.path / "best.npz"

    @property
    def checkpoint(self):
        """Where the state of training is kept while it runs."""
        return self.path / "checkpoint"

    @property
    def alive(self):
        """A file whose time moves as long as the trial's process lives."""
        return self.path / "alive"

    def add_epoch(self, epoch, values):
        """Append the numbers of an epoch as one JSON line."""
        line = json.dumps({"epoch": epoch, **{k: _finite(v) for k, v in values.items()}})
        with open(self.path / "epochs.jsonl", "a", encoding="utf-8") as file:
            file.write(line + "\n")

    def epochs(self):
        """The epochs so far; a line that a killed process left half is left out.

        Returns:
            List of dicts; of an epoch that was trained twice, the later.
        """
        path = self.path / "epochs.jsonl"
        if not path.exists():
            return []
        found = {}
        for line in path.read_text(encoding="utf-8").splitlines():
            try:
                entry = json.loads(line)
                found[entry["epoch"]] = entry
            except (ValueError, KeyError, TypeError):
                continue
        return [found[epoch] for epoch in sorted(found)]

    def keep_epochs(self, count):
        """Cut the epochs to the first `count`: a resumed trial trains the others again."""
        lines = [json.dumps(entry) + "\n" for entry in self.epochs() if entry["epoch"] <= count]
        with write_aside(self.path / "epochs.jsonl") as aside:
            aside.write_text("".join(lines), encoding="utf-8")

    def finish(self, result):
        """Write the result; from then on the trial has ended, whatever happens to its process."""
        if self.result() is not None:
            return
        entries = dataclasses.asdict(result)
        entries["measures"] = {k: _finite(v) for k, v in result.measures.items()}
        with write_aside(self.path / "result.json") as aside:
            aside.write_text(json.dumps(entries, indent=2, ensure_ascii=False) + "\n", "utf-8")
        shutil.rmtree(self.checkpoint, ignore_errors=True)
        self.best.unlink(missing_ok=True)
        self.alive.unlink(missing_ok=True)

    def result(self):
        """`TrialResult`, or `None` as long as the trial has not ended."""
        path = self.path / "result.json"
        if not path.exists():
            return None
        entries = json.loads(path.read_text(encoding="utf-8"))
        return TrialResult(**entries)


def _finite(value):
    """JSON has no NaN."""
    return value if isinstance(value, str | int) or math.isfinite(value) else None
