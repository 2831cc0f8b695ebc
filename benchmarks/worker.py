"""A process of its own for what is measured: its memory is its own, and so is its backend."""

import json
import os
import resource
import subprocess
import sys

from turns import seconds_of


class Worker:
    """A process that answers a line with a line of JSON; `serve` is its other side.

    Args:
        command: the script and its arguments.
        log: a file for what it and its libraries print.
        **environment: variables of its environment beside those of this process.
    """

    def __init__(self, command, log, **environment):
        self.log = log.name
        self.process = subprocess.Popen(
            [sys.executable, *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env={"TF_CPP_MIN_LOG_LEVEL": "3", **os.environ, **environment},
        )

    def read(self):
        """What it says next; the first is what `serve` was given as ready."""
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"A process ended early: {self.log} says why.")
        return json.loads(line)

    def round(self, name=""):
        """Let it run once: seconds, CPU seconds, peak memory so far in MB."""
        self.process.stdin.write(f"{name}\n")
        self.process.stdin.flush()
        return self.read()

    def end(self):
        """There is no further round."""
        self.process.stdin.close()
        self.process.wait()


def serve(make):
    """Be the process of a `Worker`.

    Args:
        make: function without arguments that makes all ready; it returns what to say of it, and a
            function of the name that a round is given.
    """
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # What libraries print goes elsewhere.
    ready, run = make()
    print(json.dumps(ready), file=out, flush=True)
    for line in sys.stdin:
        wall, cpu = seconds_of(lambda line=line: run(line.strip()))
        print(json.dumps({"wall": wall, "cpu": cpu, "peak_mb": peak_mb()}), file=out, flush=True)


def peak_mb():
    """The most memory that this process has held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0
