"""The folder a run leaves behind."""

import json
import pathlib
import zlib

from keras_genae.files import lock_folder, require_space, write_aside

# Beside the model: figures, logs, and room to write each file aside before it replaces the old one.
SPARE_BYTES = 50 * 2**20

# Arguments that may differ when a run is resumed: where the same data lie, and how long to go on.
# With a model that was trained elsewhere there is nothing to resume.
NOT_SETTINGS = (
    *("epochs", "output_dir", "resume"),
    *("data_dir", "dataset", "labels", "idx", "tfds"),
    "model",
)


def settings_of(arguments, data):
    """What a resumed run must have in common with the one before: arguments and images.

    Args:
        arguments: the parsed command line.
        data: `Faces`, the images and where they are from.
    """
    settings = {key: value for key, value in vars(arguments).items() if key not in NOT_SETTINGS}
    return {**settings, "data": data.source, "data_crc32": zlib.crc32(data.images.tobytes())}


class RunFolder:
    """The output folder of one run: locked while it runs, its settings kept with the results.

    Files are written aside and renamed, so none is ever half there. A context manager: the lock is
    held inside, and goes with the process however that ends.

    Args:
        path: the folder; made if need be.
        settings: name → JSON value; what a resumed run must have in common with the one before.
        resume: whether to go on with what the folder holds.

    Raises:
        ValueError: where the folder holds another run, or is in use.
        OSError: where it cannot be written to.
    """

    def __init__(self, path, settings, resume):
        self.path = pathlib.Path(path)
        self.settings = json.loads(json.dumps(settings))  # As they will be read back.
        self.resume = resume

    def __enter__(self):
        self.path.mkdir(parents=True, exist_ok=True)
        self._lock = lock_folder(self.path)
        try:
            self._check_settings()
        except BaseException:
            self._lock.close()
            raise
        return self

    def __exit__(self, *error):
        self._lock.close()

    @property
    def checkpoint(self):
        """Where the state of training is kept."""
        return self.path / "checkpoint"

    def require_space(self, model):
        """Raise an OSError now where the disk has no room for what the run will write."""
        # Weights with an optimizer's two moments, twice over while one replaces the other, and the
        # model file.
        needed = 3 * 3 * 4 * model.count_params() + SPARE_BYTES
        require_space(self.path, needed, "The run needs", "choose another --output-dir")

    def save_model(self, model):
        """Write `model.keras`."""
        with write_aside(self.path / "model.keras") as aside:
            model.save(aside)

    def save_figure(self, name, figure):
        """Write `name.png`."""
        with write_aside(self.path / f"{name}.png") as aside:
            figure.savefig(aside, dpi=150)

    def save_metrics(self, metrics):
        """Write `metrics.json`.

        Args:
            metrics: name → (value, unit).
        """
        entries = {name: {"value": value, "unit": unit} for name, (value, unit) in metrics.items()}
        with write_aside(self.path / "metrics.json") as aside:
            aside.write_text(json.dumps(entries, indent=2, ensure_ascii=False) + "\n")

    def _check_settings(self):
        path = self.path / "settings.json"
        # A run that ended before its first epoch, for want of space, say, left nothing to keep.
        if not path.exists() or not any(self.checkpoint.glob("epoch-*")):
            with write_aside(path) as aside:
                aside.write_text(json.dumps(self.settings, indent=2) + "\n")
            return
        if not self.resume:
            raise ValueError(
                f"{self.path} already holds a run. Go on with it by --resume, choose another "
                "--output-dir, or remove the folder."
            )
        before = json.loads(path.read_text())
        changed = [
            f"{name} was {before.get(name)!r} and is {self.settings.get(name)!r}"
            for name in sorted(before.keys() | self.settings.keys())
            if before.get(name) != self.settings.get(name)
        ]
        if changed:
            raise ValueError(
                f"The run in {self.path} had other settings: {'; '.join(changed)}. Resume with the "
                "same ones, or choose another --output-dir."
            )
