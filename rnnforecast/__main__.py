"""``python -m rnnforecast`` is ``rnnforecast``; Ctrl-C while it is still loading is no
traceback."""

import atexit
import os
import sys


class ProcessEnd:
    """Ends the process before the destructors of native libraries run.

    A C++ library whose thread is still alive when its statics are destroyed calls std::terminate.
    A command that had done all its work then died of SIGABRT: one fetch of 240, and one training of
    4,600 tests, both on a busy machine. Python's own exit functions run in reverse order of
    registration, so this one, registered first, comes after all of them.
    """

    def __init__(self) -> None:
        self.code: int | None = None

    def __call__(self) -> None:
        """Leave with the exit code; where there is none, Python ends the process as usual."""
        if self.code is not None:
            os._exit(self.code)


def main() -> None:
    """Load the program and run it."""
    end = ProcessEnd()
    atexit.register(end)
    try:
        from rnnforecast.cli.main import main as run

        run()
    except KeyboardInterrupt:
        end.code = 130
        sys.exit(130)
    except SystemExit as stop:
        if isinstance(stop.code, int):
            end.code = stop.code  # standard output was flushed, and its failure is in the code
        raise


if __name__ == "__main__":
    main()
