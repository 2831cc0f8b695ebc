"""Python in a process of its own, on a backend."""

import os
import subprocess
import sys


def run_python(code, backend):
    """Run code; what it prints."""
    result = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={
            **os.environ,
            "KERAS_BACKEND": backend,
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        },
    )
    assert result.returncode == 0, result.stderr
    return result.stdout
