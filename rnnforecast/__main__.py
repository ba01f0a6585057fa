"""``python -m rnnforecast`` is ``rnnforecast``; Ctrl-C while it is still loading is no
traceback."""

import sys


def main() -> None:
    """Load the program and run it."""
    try:
        from rnnforecast.cli.main import main as run

        run()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
