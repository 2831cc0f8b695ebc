"""The folder a run leaves behind."""

import json
import pathlib

from keras_genae.files import lock_folder, require_space, write_aside

# Beside the model: figures, logs, and room to write each file aside before it replaces the old one.
SPARE_BYTES = 50 * 2**20


class RunFolder:
    """The output folder of one run: locked while it runs, its settings kept with the results.

    Files are written aside and renamed, so none is ever half there. A context manager: the lock is
    held inside, and goes with the process however that ends.

    Args:
        path: the folder; made if need be.
        settings: name → JSON value; what a resumed run must have in common with the one before.
            `None` where `keep_settings` will tell, when the data have been read.
        resume: whether to go on with what the folder holds.

    Raises:
        ValueError: where the folder holds another run, or is in use.
        OSError: where it cannot be written to.
    """

    def __init__(self, path, settings, resume):
        self.path = pathlib.Path(path)
        self.settings = settings
        self.resume = resume

    def __enter__(self):
        self.path.mkdir(parents=True, exist_ok=True)
        self._lock = lock_folder(self.path)
        try:
            if self._holds_a_run() and not self.resume:
                raise ValueError(
                    f"{self.path} already holds a run. Go on with it by --resume, choose another "
                    "--output-dir, or remove the folder."
                )
            if self.settings is not None:
                self.keep_settings(self.settings)
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
        # Weights with an optimizer's two moments: those of the last epoch, of the best, and of the
        # one that is being written; and the model file, twice while one replaces the other.
        needed = 5 * 3 * 4 * model.count_params() + SPARE_BYTES
        require_space(self.path, needed, "The run needs", "choose another --output-dir")

    def save_model(self, model):
        """Write `model.keras`."""
        with write_aside(self.path / "model.keras") as aside:
            model.save(aside)

    def save_results(self, model, metrics, trained_by):
        """Write the model, the `Split` that it was trained by, and what was measured."""
        self.save_metrics(metrics)
        self.save_model(model)
        if trained_by is not None:
            trained_by.keep_beside(self.path / "model.keras")

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

    def keep_settings(self, settings):
        """Write down the settings of a new run; a ValueError where the run before had others."""
        settings = json.loads(json.dumps(settings))  # As they will be read back.
        if not self._holds_a_run():
            with write_aside(self._settings_path) as aside:
                aside.write_text(json.dumps(settings, indent=2) + "\n")
            return
        before = json.loads(self._settings_path.read_text())
        changed = [
            f"{name} was {before.get(name)!r} and is {settings.get(name)!r}"
            for name in sorted(before.keys() | settings.keys())
            if before.get(name) != settings.get(name)
        ]
        if changed:
            raise ValueError(
                f"The run in {self.path} had other settings: {'; '.join(changed)}. Resume with the "
                "same ones, or choose another --output-dir."
            )

    @property
    def _settings_path(self):
        return self.path / "settings.json"

    def _holds_a_run(self):
        # A run that ended before its first epoch, for want of space, say, left nothing to keep.
        return self._settings_path.exists() and any(self.checkpoint.glob("epoch-*"))
