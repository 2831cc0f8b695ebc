"""How a script ends."""

import sys

from keras_genae.datasets.celeba import CelebAUnavailable


def run_script(main):
    """Run `main()`; say in words, without a traceback, what a person can mend.

    The status is 0 where it went well, 1 on an error, 130 where it was interrupted.
    """
    try:
        main()
    except KeyboardInterrupt:
        print("\nStopped. The same command with --resume goes on after the last whole epoch.")
        sys.exit(130)
    except (ValueError, OSError, CelebAUnavailable) as error:
        print(f"\nerror: {error}", file=sys.stderr)
        sys.exit(1)
