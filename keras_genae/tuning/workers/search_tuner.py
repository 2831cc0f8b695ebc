"""Our side of KerasTuner's chief and workers."""

import threading
import time

import keras_tuner as kt

from keras_genae.files import write_aside
from keras_genae.tuning.oracles.search_oracle import Status
from keras_genae.tuning.trials.run_trial import run_trial

SECONDS_BETWEEN_SIGNS = 5.0
# While an oracle waits for other trials before it can choose.
SECONDS_IDLE = 0.5


class SearchTuner(kt.engine.base_tuner.BaseTuner):
    """A `kt.Tuner` whose workers report each epoch and leave their results on the disk.

    With KerasTuner's environment variables set it is the chief, whose `search` serves the oracle,
    or a worker, whose `search` asks the chief for trials.

    Args:
        config: `SearchConfig`.
        oracle: a `SearchOracle`.
        examples: `SharedExamples`, which a worker opens.
        folder: output folder of the search.
    """

    def __init__(self, config, oracle, examples, folder):
        # Without a hypermodel: KerasTuner would build models here to find the hyperparameters,
        # which the config has told the oracle already.
        super().__init__(oracle, hypermodel=None, directory=str(folder), project_name="trials")
        self.is_worker = "chief" not in self.tuner_id
        self.config = config
        self.examples = examples
        self.folder_of = oracle.trial_folder
        self.folder = oracle.folder
        self.trials_left = float("inf")

    def search(self):
        """Serve (chief), or train trials until there are none or it is time for a new process.

        Returns:
            Whether there are no more trials.
        """
        if not self.is_worker:
            super().search()
            return True
        split = self.examples.open()
        while self.trials_left > 0:
            trial = self.oracle.create_trial(self.tuner_id)
            if trial.status == Status.STOPPED:
                return True
            if trial.status == Status.IDLE:
                time.sleep(SECONDS_IDLE)
                continue
            self.run_trial(trial, split)
            self.oracle.end_trial(trial)
            self.trials_left -= 1
        return False

    def run_trial(self, trial, split):
        """Train one trial; its result is in its folder afterwards."""
        folder = self.folder_of(trial.trial_id)
        with write_aside(self.folder / "workers" / f"{self.tuner_id}.trial") as aside:
            aside.write_text(trial.trial_id)

        def report(epoch, values):
            answer = self.oracle.update_trial(trial.trial_id, values, step=epoch)
            return answer.status == Status.STOPPED

        with SignOfLife(folder.alive):
            values = trial.hyperparameters.values
            return run_trial(self.config, values, folder, split, report, self.folder_of)

    def save(self):
        """The oracle keeps all there is to keep."""
        if not self.is_worker:
            self.oracle.save()


class SignOfLife:
    """Touch a file every few seconds as long as the block runs.

    Args:
        path: the file.
    """

    def __init__(self, path):
        self.path = path
        self.stop = threading.Event()

    def __enter__(self):
        self.path.touch()
        self.thread = threading.Thread(target=self._touch, daemon=True)
        self.thread.start()

    def __exit__(self, *error):
        self.stop.set()
        self.thread.join()
        self.path.unlink(missing_ok=True)

    def _touch(self):
        while not self.stop.wait(SECONDS_BETWEEN_SIGNS):
            self.path.touch()
