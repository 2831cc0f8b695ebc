"""How a script ends."""

import sys
import warnings

from keras_genae.datasets.celeba import CelebAUnavailable


def run_script(main):
    """Run `main()`; say in words, without a traceback, what a person can mend.

    The status is 0 where it went well, 1 on an error, 130 where it was interrupted.
    """
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _show_warning
            main()
    except KeyboardInterrupt:
        print("\nStopped. The same command with --resume goes on after the last whole epoch.")
        sys.exit(130)
    except (ValueError, OSError, CelebAUnavailable) as error:
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
