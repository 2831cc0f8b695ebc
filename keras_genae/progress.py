"""Progress: a bar on a terminal, a line where the output goes into a file."""

import sys

import keras


def is_terminal():
    """Whether a line can be drawn over: on a terminal, and in a notebook."""
    isatty = getattr(sys.stdout, "isatty", None)
    return bool(isatty and isatty()) or "ipykernel" in sys.modules


def progress_bar(target, unit_name, verbose=1):
    """Keras's progress bar; where the output is no terminal, one line when all is done.

    Args:
        target: how many there are; `None` where that is not known.
        unit_name: of one of them.
        verbose: 0 shows nothing.

    Returns:
        `keras.utils.Progbar`.
    """
    # Keras itself draws its bar into files too, anew each twentieth of a second.
    shown = 0 if not verbose else 1 if is_terminal() else 2
    return keras.utils.Progbar(target, unit_name=unit_name, verbose=shown)


def fit_verbose():
    """`verbose` for `model.fit`: a bar on a terminal, else a line an epoch."""
    return 1 if is_terminal() else 2
