"""What every oracle of a search has in common: nothing is lost, nothing is done twice."""

import json
import math
import pathlib

import keras_tuner as kt

from keras_genae.files import write_aside
from keras_genae.tuning.config.objectives import MEASURES
from keras_genae.tuning.config.space import as_hyperparameters
from keras_genae.tuning.oracles.median_rule import MedianRule
from keras_genae.tuning.trials.trial_folder import FAILED, TrialFolder, TrialResult

Status = kt.engine.trial.TrialStatus
# KerasTuner ends a search after this many failures in a row, by an error in the middle of a lock
# that it then never frees. One trial's failure says nothing about the next one's values.
NEVER = 2**62


def oracle_arguments(config):
    """The arguments that all of KerasTuner's oracles take."""
    return {
        "objective": kt.Objective(config.quality, MEASURES[config.quality].direction),
        "hyperparameters": as_hyperparameters(config.space),
        # KerasTuner takes 0 for no seed.
        "seed": config.seed + 1,
        "max_consecutive_failed_trials": NEVER,
        "allow_new_entries": True,
        "tune_new_entries": True,
    }


class SearchOracle:
    """Mixin of `kt.Oracle` that keeps one whole file of its state, and the truth in trial folders.

    How a trial ended is read from the `result.json` that its process wrote, not from what comes
    over the wire: KerasTuner's messages carry no reason, and metrics as 32-bit floats only. A
    trial has ended when that file is there, so a kill between the file and the message, on either
    side, neither loses the trial nor runs it again.
    """

    def attach(self, config, folder):
        """Say where the state is kept.

        Args:
            config: `SearchConfig`.
            folder: output folder of the search.

        Returns:
            The oracle.
        """
        self.config = config
        self.folder = pathlib.Path(folder)
        self.is_exhausted = False
        self.failure = None
        self.verbose = 0
        costs = config.objectives[1:]
        self.median = MedianRule(config.quality, costs, config.pruning.warmup_epochs)
        return self

    def trial_folder(self, trial_id):
        """`TrialFolder` of a trial."""
        return TrialFolder(self.folder / "trials" / f"trial_{trial_id}")

    # What workers ask for, through KerasTuner's chief.

    @kt.synchronized
    def create_trial(self, tuner_id):
        """Hand out a trial; afterwards it is on the disk."""
        # A worker that was started again asks under its old name, and would get its dead trial.
        self.collect()
        trial = super().create_trial(tuner_id)
        if trial.status == Status.STOPPED:
            self.is_exhausted = True
        return trial

    def populate_space(self, trial_id):
        """Choose values. An error ends the search: raised here, it would leave a lock held."""
        try:
            return super().populate_space(trial_id)
        except Exception as error:
            self.failure = error
            return {"status": Status.STOPPED, "values": None}

    @kt.synchronized
    def update_trial(self, trial_id, metrics, step=0):
        """Take the numbers of an epoch; the status that goes back tells the worker to stop."""
        trial = self.trials[trial_id]
        self.median.add(trial_id, step, dict(metrics))
        answer = kt.engine.trial.Trial(trial.hyperparameters, trial_id, status=trial.status)
        is_last = step >= self.config.budget.epochs  # Nothing is left to save.
        if self.config.pruning.median and not is_last and self.median.should_stop(trial_id, step):
            answer.status = Status.STOPPED
        return answer

    @kt.synchronized
    def end_trial(self, trial):
        """Take the result of a trial from its folder; a second word about it changes nothing."""
        own = self.trials.get(trial.trial_id)
        if own is None or own not in self.ongoing_trials.values():
            return
        folder = self.trial_folder(own.trial_id)
        if folder.result() is None:
            folder.finish(TrialResult(FAILED, "its process ended without a result"))
        result = folder.result()
        # KerasTuner knows completed trials and failed ones; a pruned one has no final value.
        own.status = Status.COMPLETED if result.is_completed else Status.FAILED
        own.message = result.reason or None
        self._register(own, result)
        super().end_trial(own)
        if hasattr(self, "learn"):  # Oracles that learn from more than the score.
            self.learn(own, result)
        self.save()

    def _register(self, trial, result):
        for name, value in result.measures.items():
            if value is None or not math.isfinite(value):
                continue
            if not trial.metrics.exists(name):
                direction = MEASURES[name].direction if name in MEASURES else "min"
                trial.metrics.register(name, direction=direction)
            trial.metrics.update(name, value, step=result.epochs)

    def score_trial(self, trial):
        """The score is the quality after the best epoch, which is that of the model kept."""
        result = self.trial_folder(trial.trial_id).result()
        trial.score = result.measures[self.config.quality]
        trial.best_step = result.best_epoch

    # What the chief does.

    @kt.synchronized
    def collect(self):
        """End the running trials whose result is there, whoever wrote it.

        Returns:
            Ids of the trials that ended now.
        """
        ongoing = list(self.ongoing_trials.values())
        ended = [t for t in ongoing if self.trial_folder(t.trial_id).result() is not None]
        for trial in ended:
            self.end_trial(trial)
        return [trial.trial_id for trial in ended]

    @kt.synchronized
    def forget(self, tuner_id):
        """Wait no longer for a worker that is gone."""
        self.tuner_ids.discard(tuner_id)

    @property
    def is_finished(self):
        """Whether no trial runs and none will."""
        return self.is_exhausted and not self.ongoing_trials

    def get_best_trials(self, num_trials=1):
        """The best completed trials; fewer than asked for where fewer completed."""
        completed = [t for t in self.trials.values() if t.status == Status.COMPLETED]
        sign = -1 if self.objective.direction == "max" else 1
        return sorted(completed, key=lambda trial: sign * trial.score)[:num_trials]

    # State.

    @property
    def state_path(self):
        """The file that the whole state is in."""
        return self.folder / "oracle.json"

    @kt.synchronized
    def save(self):
        """Write state and trials as one file, aside and renamed."""
        state = {
            "oracle": self.get_state(),
            "trials": [trial.get_state() for trial in self.trials.values()],
        }
        with write_aside(self.state_path) as aside:
            aside.write_text(json.dumps(state))

    def _save_trial(self, trial):
        """KerasTuner would write each trial in place, where a kill leaves half a file."""

    @kt.synchronized
    def reload(self):
        """Go on where the search stopped: what ended has ended, what ran then runs again."""
        if not self.state_path.exists():
            return
        state = json.loads(self.state_path.read_text())
        for entry in state["trials"]:
            trial = kt.engine.trial.Trial.from_state(entry)
            self.trials[trial.trial_id] = trial
        interrupted = state["oracle"]["ongoing_trials"]
        self.set_state(state["oracle"])
        self.verbose = 0
        self.ongoing_trials = {f"before-{id}": self.trials[id] for id in interrupted.values()}
        self.collect()
        self._run_again([trial.trial_id for trial in self.ongoing_trials.values()])
        for trial_id in self.trials:
            for entry in self.trial_folder(trial_id).epochs():
                if entry.get(self.config.quality) is not None:
                    self.median.add(trial_id, entry["epoch"], entry)

    def _run_again(self, trial_ids):
        # Its only public door: `set_state` takes the list of trials to retry.
        self.ongoing_trials = {}
        state = self.get_state()
        queue = [id for id in state["retry_queue"] if id not in trial_ids]
        # Taken from the end: the eldest first.
        self.set_state({**state, "retry_queue": queue + trial_ids[::-1]})
        self.verbose = 0
