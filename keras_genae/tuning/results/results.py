"""What a search leaves behind: the table, the front, the recommended model, the pictures."""

import csv
import json
import math
import shutil

import keras
import numpy as np

from keras_genae.files import write_aside
from keras_genae.tuning.config.arguments import active
from keras_genae.tuning.config.objectives import COSTS, MEASURES, QUALITIES, directions
from keras_genae.tuning.results.pareto import hypervolume, knee, pareto_front
from keras_genae.tuning.results.plain_config import plain_config
from keras_genae.tuning.results.reference import Reference
from keras_genae.tuning.trials.examples import examples_of
from keras_genae.tuning.trials.run_trial import remove_model
from keras_genae.tuning.trials.trial_folder import PRUNED

# As many rows as a page shows well.
MOST_ROWS = 6
PICTURED = 10


class Results:
    """The results of a search, in its folder.

    Args:
        config: `SearchConfig`.
        oracle: the `SearchOracle` that knows the trials.
        folder: output folder.
    """

    def __init__(self, config, oracle, folder):
        self.config = config
        self.oracle = oracle
        self.folder = folder
        # One objective alone has no front; the size is what everybody asks for next.
        self.objectives = config.objectives
        if len(self.objectives) == 1:
            self.objectives = (config.quality, "parameters")
        self.reference = Reference(config, self.objectives, folder / "reference.json")

    @property
    def rows(self):
        """One dict a trial, in the order in which they began."""
        return [self._row(trial_id) for trial_id in self.oracle.start_order]

    def _row(self, trial_id):
        values = self.oracle.trials[trial_id].hyperparameters.values
        result = self.oracle.trial_folder(trial_id).result()
        chosen = {item.name: values[item.name] for item in active(self.config, values)}
        row = {"trial": trial_id, "status": "running", "reason": "", "values": chosen}
        row["all_values"] = values
        row["measures"] = {}
        if result is not None:
            row.update(vars(result))
        return row

    @property
    def completed(self):
        """The rows that may be recommended: completed, every objective a finite number."""
        return [
            row
            for row in self.rows
            if row["status"] == "completed"
            and all(_is_finite(row["measures"].get(name)) for name in self.objectives)
        ]

    def points(self, rows, log=False):
        """The objectives of rows, `(n, objectives)`; counts and times as decades with `log`."""
        points = [[row["measures"][name] for name in self.objectives] for row in rows]
        points = np.array(points, "float64").reshape(len(rows), len(self.objectives))
        if log:
            for column, name in enumerate(self.objectives):
                if name in COSTS:
                    points[:, column] = np.log10(np.maximum(points[:, column], 1e-12))
        return points

    def hypervolume(self, rows, reference):
        """The volume that rows dominate, costs in decades, beyond a reference: name → value."""
        beyond = self.points([{"measures": reference}], log=True)[0]
        return hypervolume(self.points(rows, log=True), beyond, directions(self.objectives))

    def front(self):
        """The completed rows that no other beats, the cheapest last objective first."""
        rows = self.completed
        chosen = [rows[i] for i in pareto_front(self.points(rows), directions(self.objectives))]
        return sorted(chosen, key=lambda row: row["measures"][self.objectives[1]])

    def recommended(self):
        """The knee of the front; of a search with a `start`, of what is no worse than the start.

        A knee says where a trade turns, not whether the quality there is enough. The start does:
        it is the model that would be used without a search.
        """
        rows, ways = self.completed, directions(self.objectives)
        first = self.oracle.start_order[:1]
        start = [row for row in rows if self.config.start and row["trial"] in first]
        if start:
            signs = [1.0 if way == "max" else -1.0 for way in ways]
            gains = signs * (self.points(rows) - self.points(start[:1]))
            rows = [row for row, gain in zip(rows, gains, strict=True) if gain.min() >= 0.0]
        return rows[knee(self.points(rows, log=True), ways)]

    def remove_beaten_models(self):
        """Keep the models of the front only: a long search would fill the disk."""
        if self.config.oracle == "hyperband":
            return  # It goes on with trials that are beaten now.
        kept = {row["trial"] for row in self.front()}
        for row in self.completed:
            if row["trial"] not in kept:
                remove_model(self.oracle.trial_folder(row["trial"]))

    def write_table(self):
        """Write `trials.csv`: every trial, whatever became of it."""
        names = [item.name for item in self.config.space]
        measures = [*QUALITIES, "active_units", *COSTS]
        rows = self.rows
        used = [name for name in measures if any(name in row["measures"] for row in rows)]
        header = ["trial", "status", "reason", *names, *used, "epochs", "best_epoch"]
        header += ["remark", "seconds", "saved_seconds"]
        with (
            write_aside(self.folder / "trials.csv") as aside,
            open(aside, "w", newline="", encoding="utf-8") as file,
        ):
            table = csv.writer(file)
            table.writerow(header)
            for row in rows:
                flat = {**row, **row["values"], **row["measures"]}
                table.writerow(["" if flat.get(n) is None else flat.get(n, "") for n in header])

    def write_all(self, validation, seconds):
        """Write the recommended model and its config, the summary and the figures.

        Args:
            validation: validation examples, as `load_split` returns them, for the pictures.
            seconds: of this run of the search.

        Returns:
            The content of `summary.json`.
        """
        rows, best = self.completed, self.recommended()
        with write_aside(self.folder / "best.yaml") as aside:
            aside.write_text(plain_config(self.config, best), encoding="utf-8")
        with write_aside(self.folder / "best.keras") as aside:
            shutil.copyfile(self.oracle.trial_folder(best["trial"]).model, aside)
        pictured = [p if p is None else np.asarray(p[:PICTURED]) for p in examples_of(validation)]
        left_out = self._draw(rows, best, *pictured)
        summary = {**self._summary(rows, best, seconds), "left_out": left_out}
        # Last: where it is, all is.
        with write_aside(self.folder / "summary.json") as aside:
            aside.write_text(json.dumps(summary, indent=2, ensure_ascii=False) + "\n", "utf-8")
        return summary

    def _summary(self, rows, best, seconds):
        every = self.rows
        reference = self.reference.of(rows)
        trained = sum(row.get("seconds", 0.0) for row in every)
        spared = sum(row.get("saved_seconds", 0.0) for row in every)
        return {
            "trials": {s: sum(row["status"] == s for row in every) for s in _statuses(every)},
            "objectives": {name: MEASURES[name].direction for name in self.objectives},
            "recommended": self._entry(best),
            "latents": latents_in_words(best),
            "front": [self._entry(row) for row in self.front()],
            "hypervolume": {
                "value": self.hypervolume(rows, reference),
                "reference": reference,
                "unit": "quality beyond the untrained model times decades (log10) of each cost "
                "below the largest model",
            },
            "seconds_of_trials": round(trained, 1),
            "seconds_of_this_run": round(seconds, 1),
            "pruning": {
                "trials": sum(row["status"] == PRUNED for row in every),
                "seconds_saved": round(spared, 1),
                "share_saved": round(spared / (trained + spared), 4) if trained + spared else 0.0,
            },
        }

    @staticmethod
    def _entry(row):
        return {name: row[name] for name in ("trial", "values", "measures", "best_epoch", "remark")}

    def _draw(self, rows, best, pictured, label):
        """Draw the figures; return the names of those that there are too few trials for."""
        from keras_genae.visualization.plot_importance import LEAST_TRIALS

        figures = {
            "front": lambda: self._draw_front(rows, best),
            "parallel_coordinates": self._draw_parallel,
            "importance": lambda: self._draw_importance(rows),
        }
        if pictured.ndim == 4:  # Vectors are no pictures.
            figures["front_reconstructions"] = lambda: self._draw_reconstructions(pictured, label)
        left_out = []
        if len(rows) < LEAST_TRIALS or not self.config.space:
            left_out.append("importance.png")
            del figures["importance"]
        for name, draw in figures.items():
            figure = draw()
            with write_aside(self.folder / f"{name}.png") as aside:
                figure.savefig(aside, dpi=150)
        return left_out

    def _draw_front(self, rows, best):
        from keras_genae.visualization.plot_front import plot_front

        return plot_front(
            self.points(rows)[:, 1::-1],
            directions(self.objectives)[1::-1],
            list(self.objectives[1::-1]),
            recommended=[row["trial"] for row in rows].index(best["trial"]),
            names=[f"trial {row['trial']}" for row in rows],
            title=f"{self.config.model_class}: what quality costs",
        )

    def _draw_parallel(self):
        from keras_genae.visualization.plot_parallel_coordinates import plot_parallel_coordinates

        rows, quality = self.rows, self.config.quality
        table = {
            item.name: [row["values"].get(item.name) for row in rows] for item in self.config.space
        }
        for name in self.objectives[:0:-1]:
            table[name] = [row["measures"].get(name) for row in rows]
        table[quality] = [
            row["measures"].get(quality) if row["status"] == "completed" else None for row in rows
        ]
        return plot_parallel_coordinates(
            table, color=quality, direction=MEASURES[quality].direction, title="Every trial"
        )

    def _draw_importance(self, rows):
        from keras_genae.visualization.plot_importance import plot_importance

        table = {
            item.name: [row["values"].get(item.name) for row in rows] for item in self.config.space
        }
        quality = self.config.quality
        return plot_importance(
            table, [row["measures"][quality] for row in rows], title=f"What moves {quality}"
        )

    def _draw_reconstructions(self, pictured, label):
        from keras_genae.visualization.plot_front_reconstructions import plot_front_reconstructions

        front = self.front()
        places = np.unique(np.linspace(0, len(front) - 1, min(MOST_ROWS, len(front))).round())
        shown = [front[int(place)] for place in places]
        rows, labels = [], []
        for row in shown:
            model = keras.saving.load_model(self.oracle.trial_folder(row["trial"]).model)
            rows.append(model.reconstruct(pictured, label, verbose=0))
            labels.append(_label(row, self.objectives))
        return plot_front_reconstructions(pictured, rows, labels, title="Along the front")


def latents_in_words(row):
    """ "you use 23 of your 50 latents", or `None` for a model without a posterior.

    Example:

    >>> latents_in_words({"measures": {"active_units": 23.0, "code_bytes": 200.0}})
    'you use 23 of your 50 latents'
    """
    measures = row["measures"]
    if measures.get("active_units") is None:
        return None
    return (
        f"you use {measures['active_units']:.0f} of your {measures['code_bytes'] / 4:.0f} latents"
    )


def _label(row, objectives):
    from keras_genae.visualization.plot_front import short_number

    return ", ".join(f"{name} {short_number(row['measures'][name])}" for name in objectives[::-1])


def _statuses(rows):
    return sorted({row["status"] for row in rows})


def _is_finite(value):
    return value is not None and math.isfinite(value)
