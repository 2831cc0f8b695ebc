"""How far a search has come, in a line."""

import statistics
import time

from keras_genae.tuning.config.objectives import is_better
from keras_genae.tuning.trials.trial_folder import COMPLETED, FAILED, PRUNED


class Progress:
    """Prints a line whenever a trial ends.

    Args:
        config: `SearchConfig`.
        total: how many trials there are at most.
        workers: how many run at once.
        say: what takes a line; `print` by default.
    """

    def __init__(self, config, total, workers, say=None):
        self.quality = config.quality
        self.total = total
        self.workers = max(1, workers)
        self.say = say or (lambda line: print(line, flush=True))
        self.results = {}
        self.started = time.monotonic()
        self.seconds = []

    def known(self, trial_id, result):
        """Take a trial that ended before this search was resumed."""
        self.results[trial_id] = result

    def ended(self, trial_id, result):
        """Take a trial that ended now, and print the line."""
        self.results[trial_id] = result
        self.seconds.append(result.seconds)
        self.say(self.line())
        if result.status == FAILED:
            self.say(f"    trial {trial_id} failed: {result.reason}")
        if result.remark:
            self.say(f"    trial {trial_id} {result.remark}")

    def line(self):
        """Trials done, best so far, time left."""
        counts = dict.fromkeys((COMPLETED, PRUNED, FAILED), 0)
        for result in self.results.values():
            counts[result.status] += 1
        parts = [f"{len(self.results)}/{self.total} trials"]
        parts.append(", ".join(f"{count} {status}" for status, count in counts.items() if count))
        parts.append(self._best())
        parts.append(self._time_left())
        return " · ".join(part for part in parts if part)

    def _best(self):
        best = None
        for trial_id, result in self.results.items():
            if not result.is_completed:
                continue
            value = result.measures[self.quality]
            if best is None or is_better(self.quality, value, best[1]):
                best = (trial_id, value)
        return f"best {self.quality} {best[1]:.4g} (trial {best[0]})" if best else "none completed"

    def _time_left(self):
        left = self.total - len(self.results)
        if not self.seconds or left <= 0:
            return ""
        seconds = statistics.mean(self.seconds) * left / min(self.workers, left)
        return f"about {in_words(seconds)} left"


def in_words(seconds):
    """A duration.

    Example:

    >>> in_words(42), in_words(600), in_words(9000)
    ('42 s', '10 min', '2.5 h')
    """
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
