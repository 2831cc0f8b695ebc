"""KerasTuner's chief, served from a thread of this process."""

import contextlib
import os
import socket
import threading

LOOPBACK = "127.0.0.1"
NAMES = ("KERASTUNER_TUNER_ID", "KERASTUNER_ORACLE_IP", "KERASTUNER_ORACLE_PORT")


def cluster_role():
    """`"chief"` or `"worker"` by KerasTuner's environment variables; `None` outside a cluster.

    Raises:
        ValueError: where only some of the variables are set.
    """
    given = [name for name in NAMES if os.environ.get(name)]
    if not given:
        return None
    if len(given) < len(NAMES):
        missing = [name for name in NAMES if name not in given]
        raise ValueError(
            f"A cluster needs all of {', '.join(NAMES)}. Received: {', '.join(given)} "
            f"without {', '.join(missing)}"
        )
    return "chief" if "chief" in os.environ[NAMES[0]] else "worker"


def free_port():
    """A port of the loopback interface that nobody uses."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def chief_environment():
    """Make this process the chief, on the cluster's address or on one of this machine.

    Yields:
        The variables that its workers need: name → value.
    """
    before = {name: os.environ.get(name) for name in NAMES}
    if cluster_role() is None:
        os.environ.update(dict(zip(NAMES, ("chief", LOOPBACK, str(free_port())), strict=True)))
    try:
        yield {name: os.environ[name] for name in NAMES[1:]}
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


class ChiefThread:
    """`tuner.search()` of the chief, in the background.

    KerasTuner's chief waits for every worker it has ever heard of, and for ever for a dead one, so
    nobody waits for it here: whether the search is over is asked of the oracle.

    Args:
        tuner: a `SearchTuner` made under `chief_environment`.
    """

    def __init__(self, tuner):
        self.tuner = tuner
        self.error = None
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self):
        try:
            self.tuner.search()
        except Exception as error:
            self.error = error

    def check(self):
        """Raise what went wrong with the server, or with the choice of values."""
        error = self.error or self.tuner.oracle.failure
        if error is not None:
            raise RuntimeError(
                f"The search cannot go on: {type(error).__name__}: {error}"
            ) from error
