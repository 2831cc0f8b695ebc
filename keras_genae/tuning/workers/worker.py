"""The process that trains trials; its arguments are the config and the output folder."""

import os
import pathlib
import sys
import threading

# Exit statuses that the parent understands.
NO_MORE_TRIALS = 0
TIME_FOR_A_NEW_PROCESS = 75


def main():
    """Train trials until there are none, or until this process has had its share."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    # TensorFlow takes seconds to import: after the thread that watches the parent.
    from keras_genae.tuning.config.search_config import load_config
    from keras_genae.tuning.oracles.make_oracle import make_oracle
    from keras_genae.tuning.trials.examples import SharedExamples
    from keras_genae.tuning.workers.search_tuner import SearchTuner

    config_path, folder = (pathlib.Path(argument) for argument in sys.argv[1:3])
    config = load_config(config_path)
    tuner = SearchTuner(
        config, make_oracle(config, folder), SharedExamples(folder / "data"), folder
    )
    tuner.trials_left = config.budget.trials_per_process
    is_done = tuner.search()
    _leave(NO_MORE_TRIALS if is_done else TIME_FOR_A_NEW_PROCESS)


def _end_with_parent():
    """End this process when the one that started it is gone: its end of the pipe closes."""
    while sys.stdin.buffer.read(1):
        pass
    os._exit(1)


def _leave(status):
    sys.stdout.flush()
    sys.stderr.flush()
    # Everything is on the disk; TensorFlow's and gRPC's threads need not be waited for.
    os._exit(status)
