"""Worker processes: started, watched, and started again."""

import os
import pathlib
import signal
import subprocess
import sys
import time

from keras_genae.tuning.trials.trial_folder import FAILED, TrialResult
from keras_genae.tuning.workers.worker import NO_MORE_TRIALS, TIME_FOR_A_NEW_PROCESS

# A worker that ends this often without having begun a trial will not begin one.
MOST_FALSE_STARTS = 3
LOG_LINES = 15
# What a user has set already is not overruled.
USERS_CHOICE = ("TF_CPP_MIN_LOG_LEVEL", "TF_NUM_INTRAOP_THREADS", "OMP_NUM_THREADS")


class WorkerFailure(RuntimeError):
    """Workers end before they begin a trial."""


class Worker:
    """One worker process and its place: its name, its log, its share of the machine.

    Args:
        name: its `KERASTUNER_TUNER_ID`.
        command: what to run.
        environment: with what.
        folder: output folder of the search.
    """

    def __init__(self, name, command, environment, folder):
        self.name = name
        self.command = command
        self.environment = {**environment, "KERASTUNER_TUNER_ID": name}
        self.folder = pathlib.Path(folder) / "workers"
        self.false_starts = 0
        self.process = None
        self.is_done = False

    @property
    def log(self):
        """Where its output goes."""
        return self.folder / f"{self.name}.log"

    def start(self):
        """Start the process."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._trial_path.unlink(missing_ok=True)
        self.started = time.monotonic()
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.PIPE,  # Never written to: its end tells the child of ours.
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self.environment,
                start_new_session=True,  # Ctrl-C is for the parent, which ends the child in order.
            )

    @property
    def _trial_path(self):
        return self.folder / f"{self.name}.trial"

    def trial_id(self):
        """The trial it began last, or `None`."""
        return self._trial_path.read_text() if self._trial_path.exists() else None

    def stop(self):
        """Kill the process."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
        if self.process is not None:
            self.process.wait()
            self.process.stdin.close()

    def end_of_log(self):
        """The last lines it said."""
        lines = self.log.read_text("utf-8", "replace").splitlines() if self.log.exists() else []
        return "\n".join(lines[-LOG_LINES:])


class WorkerPool:
    """Worker processes on this machine.

    Args:
        config: `SearchConfig`.
        config_path: the file that the workers read.
        folder: output folder of the search.
        names: one `KERASTUNER_TUNER_ID` a worker.
        environment: `KERASTUNER_ORACLE_IP` and `KERASTUNER_ORACLE_PORT`.
        trial_folder: trial id → `TrialFolder`.
    """

    def __init__(self, config, config_path, folder, names, environment, trial_folder):
        self.limit = config.budget.minutes_per_trial
        self.trial_folder = trial_folder
        # Not by `-m`: Python would run the module a second time beside the imported one.
        run = "from keras_genae.tuning.workers.worker import main; main()"
        command = [sys.executable, "-c", run, str(config_path), str(folder)]
        gpus = visible_gpus() if names else []
        self.workers = [
            Worker(
                name,
                command,
                {**os.environ, **share_of_machine(place, len(names), gpus), **environment},
                folder,
            )
            for place, name in enumerate(names)
        ]
        # When each trial was first seen to run, for the limit.
        self.begun = {}

    def start(self):
        """Start them all."""
        for worker in self.workers:
            worker.start()

    def poll(self):
        """Look after the workers: those that ended are started again where there is work.

        Returns:
            Names of workers that died since the last look.

        Raises:
            WorkerFailure: where a worker cannot be brought to begin a trial.
        """
        died = []
        for worker in self.workers:
            if worker.is_done:
                continue
            status = worker.process.poll()
            if status is None:
                self._check_limit(worker)
                continue
            worker.process.stdin.close()
            if status == NO_MORE_TRIALS:
                worker.is_done = True
                continue
            if status != TIME_FOR_A_NEW_PROCESS:
                died.append(worker.name)
                self._bury(worker, status)
            worker.start()
        return died

    def _bury(self, worker, status):
        """Say in the table what became of the dead worker's trial."""
        trial_id = worker.trial_id()
        if trial_id is not None:
            worker.false_starts = 0
            self.trial_folder(trial_id).finish(
                TrialResult(
                    FAILED,
                    cause_of_death(status),
                    seconds=round(time.monotonic() - worker.started, 3),
                    epochs=len(self.trial_folder(trial_id).epochs()),
                )
            )
            return
        worker.false_starts += 1
        if worker.false_starts >= MOST_FALSE_STARTS:
            raise WorkerFailure(
                f"{worker.name} ended {worker.false_starts} times before it began a trial: "
                f"{cause_of_death(status)}. The end of {worker.log}:\n{worker.end_of_log()}"
            )

    def _check_limit(self, worker):
        trial_id = worker.trial_id()
        if self.limit is None or trial_id is None:
            return
        began = self.begun.setdefault((worker.name, trial_id), time.monotonic())
        folder = self.trial_folder(trial_id)
        if time.monotonic() - began > 60 * self.limit and folder.result() is None:
            folder.finish(TrialResult(FAILED, f"took longer than {self.limit:g} minutes"))
            worker.process.kill()

    @property
    def is_done(self):
        """Whether all workers were told that there are no more trials."""
        return all(worker.is_done for worker in self.workers)

    def stop(self):
        """Kill what still runs."""
        for worker in self.workers:
            worker.stop()


def cause_of_death(status):
    """In words, how a process ended.

    Example:

    >>> cause_of_death(-9)
    'killed by SIGKILL (most often: the machine ran out of memory)'
    >>> cause_of_death(1)
    'its process ended with status 1'
    """
    if status >= 0:
        return f"its process ended with status {status}"
    try:
        name = signal.Signals(-status).name
    except ValueError:
        name = f"signal {-status}"
    hint = " (most often: the machine ran out of memory)" if name == "SIGKILL" else ""
    return f"killed by {name}{hint}"


def visible_gpus():
    """The GPUs to hand out, as `CUDA_VISIBLE_DEVICES` names them; empty where there are none."""
    given = os.environ.get("CUDA_VISIBLE_DEVICES")
    if given is not None:
        return [name for name in given.split(",") if name and name != "-1"]
    try:
        listed = subprocess.run(
            ["nvidia-smi", "-L"], capture_output=True, text=True, timeout=30, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return []
    return [str(i) for i, line in enumerate(listed.splitlines()) if line.startswith("GPU ")]


def share_of_machine(place, workers, gpus):
    """The environment that gives a worker its GPU, or its share of the cores.

    Example:

    >>> share_of_machine(place=3, workers=4, gpus=["0", "1"])["CUDA_VISIBLE_DEVICES"]
    '1'
    """
    share = {"TF_FORCE_GPU_ALLOW_GROWTH": "true", "TF_CPP_MIN_LOG_LEVEL": "3"}
    # A proxy for the network is none for this machine.
    share["no_grpc_proxy"] = "127.0.0.1"
    if gpus:
        share["CUDA_VISIBLE_DEVICES"] = gpus[place % len(gpus)]
    elif workers > 1:
        # Each with all cores, they would take turns at the cost of both.
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
        threads = str(max(1, cores // workers))
        share["TF_NUM_INTRAOP_THREADS"] = threads
        share["OMP_NUM_THREADS"] = threads
    kept = [name for name in USERS_CHOICE if name in os.environ]
    return {name: value for name, value in share.items() if name not in kept}
