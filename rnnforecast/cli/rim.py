"""What the machine may refuse, as failures that a user can act on:
disk, memory, permission, libraries."""

from __future__ import annotations

import errno
import re
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

from rnnforecast.errors import DataError, RnnForecastError, RunError, UsageError, shortened

SPACE = "free some space, or use another --home"
PERMISSION = "make it readable and writable for this user, or use another --home"
REMEDIES = {
    errno.ENOSPC: SPACE,
    errno.EDQUOT: SPACE,
    errno.EFBIG: "raise the limit on the size of files (ulimit -f), or use another --home",
    errno.EROFS: PERMISSION,
    errno.EACCES: PERMISSION,
    errno.EPERM: PERMISSION,
    errno.EMFILE: "raise the limit on open files: ulimit -n 4096",
    errno.ENFILE: "close other programs: the machine has no open file left",
    errno.EIO: "check the disk: it failed to read or to write",
    errno.ENOENT: "it was there a moment ago, or its folder is missing; run the command again",
    errno.ENOTDIR: "a file stands where a folder is needed; move it away",
    errno.EISDIR: "a folder stands where a file is needed; move it away",
    errno.ELOOP: "put the file itself in the place of the link",
}
"""What helps against an error of the operating system."""
MEMORY = (
    "use smaller window, model.units or training.batch_size, fewer symbols, "
    "or a machine with more memory"
)
LIGHT = ("runs", "data", "config", "features")
"""Commands that need little memory."""
_ASIDE = re.compile(r"\.[0-9a-f]{12}\.tmp\.")
"""What stands before a file's name while it is written aside."""
_PACKAGE = str(Path(__file__).parents[1])
EXPLAINABLE = (
    OSError, MemoryError, ImportError, RuntimeError, AttributeError, TypeError, ValueError,
    SystemError,
)  # fmt: skip
"""What may be explained: TensorFlow's errors are RuntimeErrors, and loading raises any of these."""
LEAST_BYTES = 1e9
"""Address space below which numerical libraries do not fail, but spin."""
DISTRIBUTIONS = {"sklearn": "scikit-learn", "yaml": "pyyaml"}
"""What pip calls a library that is imported by another name."""
OUT_OF_MEMORY = ("ResourceExhaustedError", "ArrowMemoryError")
"""What libraries call it that are not imported here."""


def explain_failure(error: BaseException, home: Path = Path()) -> RnnForecastError | None:
    """Return what the machine refused as an expected failure; None for a bug of ours.

    Args:
        error: that nobody caught.
        home: the folder that holds ``data/`` and ``runs/``.
    """
    if isinstance(error, MemoryError) or type(error).__name__ in OUT_OF_MEMORY:
        reason = shortened(str(error) or "Python could not allocate an object")
        return RunError(f"out of memory ({reason})", MEMORY)
    library = _library_being_loaded(error)
    if library or isinstance(error, ImportError):
        library = (getattr(error, "name", None) or library or "a library").partition(".")[0]
        if isinstance(error, ModuleNotFoundError) and library not in sys.modules:
            package = DISTRIBUTIONS.get(library, library)
            return RunError(f"{library} is not installed", f"run: pip install {package}")
        reason = shortened(str(error).splitlines()[0] if str(error) else "no reason given", 160)
        return RunError(
            f"{library} cannot be loaded ({reason})",
            "free some memory, or install it again; run: rnnforecast doctor",
        )
    if isinstance(error, OSError):
        return _explain_os_error(error, home)
    if is_foreign(error):
        reason = shortened(str(error).splitlines()[0] if str(error) else "no reason given", 160)
        return RunError(
            f"a library has given up ({type(error).__name__}: {reason})",
            "free some memory and try again; --verbose shows where",
        )
    if isinstance(error, RecursionError):
        return RunError(
            f"something is nested too deeply ({shortened(str(error))})",
            "look for it with --verbose",
        )
    return None


def is_foreign(error: BaseException) -> bool:
    """Return whether a library has raised what no ``except Exception`` catches.

    Libraries written in Rust do so where they panic (``PanicException`` of pyo3), as when memory
    runs out. Python's own of that kind ask the program to end, and are obeyed.
    """
    asked_to_end = (KeyboardInterrupt, SystemExit, GeneratorExit)
    return not isinstance(error, (Exception, *asked_to_end))


def _library_being_loaded(error: BaseException) -> str:
    """Return which library was being loaded when it failed, whatever it raised; else nothing.

    A library that was built for another NumPy fails with nearly any exception.
    """
    frames = list(traceback.walk_tb(error.__traceback__))
    ours = [at for at, (frame, _) in enumerate(frames) if _PACKAGE in frame.f_code.co_filename]
    beyond = frames[ours[-1] + 1 :] if ours else []
    if not beyond or beyond[0][0].f_code.co_name != "<module>":  # importlib's own are left out
        return ""
    loading = [frame for frame, _ in beyond if frame.f_code.co_name == "<module>"]
    return str(loading[-1].f_globals.get("__name__", "")).partition(".")[0]


def _explain_os_error(error: OSError, home: Path) -> RnnForecastError:
    reason = error.strerror or shortened(str(error) or type(error).__name__, 160)
    path = "" if error.filename is None else shortened(_ASIDE.sub("", str(error.filename)))
    problem = f"{path}: {reason}" if path else reason
    if error.errno == errno.ENOENT and not path and _folder_is_gone():
        return RunError("the current folder was removed", "cd to one that exists, and try again")
    if error.errno == errno.ENAMETOOLONG:
        return UsageError(problem, "use a shorter name")
    kind = DataError if path and _is_inside(Path(path), home / "data") else RunError
    return kind(problem, REMEDIES.get(error.errno or 0, "run: rnnforecast doctor"))


def _folder_is_gone() -> bool:
    try:
        Path.cwd()
    except FileNotFoundError:
        return True
    return False


def _is_inside(path: Path, folder: Path) -> bool:
    return folder.absolute() in path.absolute().parents


def check_address_space(arguments: Sequence[str]) -> None:
    """Refuse to load libraries where they would spin instead of failing.

    Raises:
        RunError: if the shell allows too little, for all commands but lists and help.
    """
    words = [word for word in arguments if not word.startswith("-")]
    if not words or {"-h", "--help"} & set(arguments) or set(words) & set(LIGHT):
        return
    try:
        import resource  # POSIX alone
    except ImportError:
        return
    allowed = resource.getrlimit(resource.RLIMIT_AS)[0]
    if allowed != resource.RLIM_INFINITY and allowed < LEAST_BYTES:
        raise RunError(
            f"this shell allows {allowed / 1e9:.1f} GB of address space",
            f"allow {LEAST_BYTES / 1e9:.0f} GB or more: ulimit -v unlimited",
        )
