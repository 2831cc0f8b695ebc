"""How a script ends: its numbers as a table, its errors in words."""

import sys
import warnings


def print_metrics(metrics):
    """Print a table of name, value and unit; lists stay in the file."""
    for name, (value, unit) in metrics.items():
        if isinstance(value, (int, float)):
            print(f"{name:>22}  {value:<12.6g} {unit}")


def run_script(main, resumable=True):
    """Run `main()`; say in words, without a traceback, what a person can mend.

    The status is 0 where it went well, 1 on an error, 130 where it was interrupted.

    Args:
        main: a function without arguments.
        resumable: whether `--resume` goes on with a run that was interrupted.
    """
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _show_warning
            main()
    except KeyboardInterrupt:
        how = "The same command with --resume goes on after the last whole epoch."
        print(f"\nStopped. {how if resumable else ''}")
        sys.exit(130)
    except (ValueError, OSError) as error:
        print(f"\nerror: {error}", file=sys.stderr)
        sys.exit(1)
    except Exception as error:
        # TensorFlow's own, which is no MemoryError.
        if not isinstance(error, MemoryError) and type(error).__name__ != "ResourceExhaustedError":
            raise
        print(
            "\nerror: There is not memory enough for a model and batches of this size. Choose a "
            "smaller --image-size, --batch or --widths.",
            file=sys.stderr,
        )
        sys.exit(1)


def _show_warning(message, category, filename, lineno, file=None, line=None):
    """A warning as a sentence: the line of code that it is from is nothing to a person."""
    print(f"\nwarning: {message}", file=sys.stderr)
