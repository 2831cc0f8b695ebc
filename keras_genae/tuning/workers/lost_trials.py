"""Trials on other machines that nobody has heard of for too long."""

import time

from keras_genae.tuning.trials.trial_folder import FAILED, TrialResult

SECONDS_OF_SILENCE = 120.0


class LostTrials:
    """Notices running trials whose sign of life has stopped.

    A worker of this machine is known to be dead the moment it dies; of one on another machine only
    its silence tells.

    Args:
        oracle: a `SearchOracle`.
        local: names of this machine's workers.
    """

    def __init__(self, oracle, local):
        self.oracle = oracle
        self.local = set(local)
        # Trial id → (the time written on its sign of life, when that was seen to change here).
        self.signs = {}

    def look(self):
        """End the trials that have been silent too long.

        Returns:
            Names of the workers that are given up.
        """
        lost = []
        for name, trial in list(self.oracle.ongoing_trials.items()):
            if name not in self.local and self._is_silent(trial.trial_id):
                seconds = f"{SECONDS_OF_SILENCE:.0f} seconds"
                self.oracle.trial_folder(trial.trial_id).finish(
                    TrialResult(FAILED, f"no sign of life from {name} for {seconds}")
                )
                lost.append(name)
        return lost

    def _is_silent(self, trial_id):
        path = self.oracle.trial_folder(trial_id).alive
        written = path.stat().st_mtime if path.exists() else None
        now = time.monotonic()
        if trial_id not in self.signs or self.signs[trial_id][0] != written:
            # By this machine's clock: the other's may be wrong.
            self.signs[trial_id] = (written, now)
        return now - self.signs[trial_id][1] > SECONDS_OF_SILENCE
