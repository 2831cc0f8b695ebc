"""Python in processes of their own, on a backend."""

import os
import subprocess
import sys


def start_python(code, backend, *arguments):
    """Start code: a `subprocess.Popen`, of which what it prints and its errors can be read."""
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={
            **os.environ,
            "KERAS_BACKEND": backend,
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        },
    )


def run_python(code, backend):
    """Run code; what it prints."""
    with start_python(code, backend) as process:
        said, errors = process.communicate()
    assert process.returncode == 0, errors
    return said
