"""A line of the table of reproductions."""

import dataclasses

import numpy as np


@dataclasses.dataclass
class Row:
    """A number of a paper, and ours.

    Attributes:
        what: model, data and measure, with its unit.
        paper: the number, and where it stands.
        ours: the number, and how sure it is.
        setup: ours, and where it is not the paper's.
        seeds: those that were run.
        minutes: of the clock, those before it was stopped too; `None` where nobody kept them.
    """

    what: str
    paper: str
    ours: str
    setup: str
    seeds: str
    minutes: float | None = None

    def markdown(self, minutes, command):
        """The line of the table; `minutes` are those of this run, for a row that kept none."""
        minutes = minutes if self.minutes is None else self.minutes
        parts = self.what, self.paper, self.ours, self.setup, self.seeds, f"{minutes:.0f}"
        return f"| {' | '.join(parts)} | `{command}` |"


def mean_and_error(values):
    """ "−86.12 ± 0.21": the mean of values of examples, and its standard error."""
    values = np.asarray(values)
    return f"{values.mean():.2f} ± {values.std() / np.sqrt(len(values)):.2f}"


def mean_and_range(values, digits=3):
    """ ".123 (.101 to .140)": the mean over seeds, and the smallest and the largest if several."""
    values = [float(value) for value in values]
    mean, *ends = (f"{v:.{digits}f}" for v in (np.mean(values), min(values), max(values)))
    return f"{mean} ({ends[0]} to {ends[1]})" if len(values) > 1 else mean


def first_to_last(seeds):
    """ "0 to 2", or "0"."""
    return f"{seeds[0]} to {seeds[-1]}" if len(seeds) > 1 else str(seeds[0])
