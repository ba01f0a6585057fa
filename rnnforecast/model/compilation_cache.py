"""Programs that XLA has compiled, kept for the next process: to compile them again takes a second.

TensorFlow reads and writes them, but a training fails where what it reads is not whole. So each
process gives it a folder of its own, with links to the programs that were kept, each checked
against the hash in its name; what the process has added is kept when it ends.

They are in the folder ``xla`` of the user's cache (``user_cache.py``).
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import sys
from contextlib import suppress
from multiprocessing.util import Finalize
from pathlib import Path

from rnnforecast.atomic import read_regular, write_atomic
from rnnforecast.user_cache import cache_folder, newest_first

OPTION = "--tf_xla_persistent_cache_directory="
MOST = 100
"""Programs that are kept for one kind of processor, the newest; each has some 200 kB."""
ROOM = 2**26
"""Bytes that must be free: a program that cannot be written would end the training."""
_OWN = "process-"
"""Begins the name of a process' own folder."""


def lend_programs(version: str, options: str) -> str:
    """Give this process the programs that fit it, and keep those that it adds when it ends.

    Args:
        version: of TensorFlow.
        options: of the compiler.

    Returns:
        the option that TensorFlow is to be given; empty where nothing can be kept.
    """
    programs = cache_folder("xla")
    if sys.platform != "linux" or programs is None or len(str(programs).split()) != 1:
        return ""  # blanks part the options
    try:
        kept = programs / kind_of(version, options)
        own = _own_folder(kept)
    except OSError:
        return ""  # programs are compiled again, as on a machine that has none
    if own is None:
        return ""
    Finalize(None, _keep, (own, kept, os.getpid()), exitpriority=1)  # at a worker's end, too
    return f"{OPTION}{own}"


def kind_of(version: str, options: str) -> str:
    """Name the programs that run on this processor, of one TensorFlow.

    A program has the instructions of the processor that it was compiled for.
    """
    kind = [version, options, platform.machine(), platform.libc_ver(), *_processor()]
    return hashlib.sha256(repr(kind).encode()).hexdigest()[:16]


def _processor() -> list[str]:
    """Return what Linux says of the model of the first processor and of its instructions."""
    names = ("vendor_id", "cpu family", "model", "model name", "stepping", "flags", "Features")
    lines = Path("/proc/cpuinfo").read_text("utf-8", "replace").partition("\n\n")[0].splitlines()
    return [line for line in lines if line.partition(":")[0].strip() in names]


def _own_folder(kept: Path) -> Path | None:
    """Make a folder for this process, with every program that is whole; None without room."""
    kept.mkdir(mode=0o700, parents=True, exist_ok=True)
    if shutil.disk_usage(kept).free < ROOM or not os.access(kept, os.W_OK):
        return None
    for other in kept.glob(f"{_OWN}*"):
        if not _runs(other.name.removeprefix(_OWN)):
            shutil.rmtree(other, ignore_errors=True)
    own = kept / f"{_OWN}{os.getpid()}"
    own.mkdir(mode=0o700)
    for path in newest_first(kept, "*~*"):
        name, _, digest = path.name.partition("~")
        with suppress(OSError):  # another process may just have removed it
            if (own / name).exists() or hashlib.sha256(read_regular(path)).hexdigest() != digest:
                path.unlink()
            else:
                os.link(path, own / name)
    return own


def _runs(number: str) -> bool:
    """Return whether another process of this number is running."""
    if not number.isdecimal() or int(number) == os.getpid():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True  # somebody else's
    return True


def _keep(own: Path, kept: Path, process: int) -> None:
    """Keep what a process has added, and remove its folder; a failure costs no result."""
    if process != os.getpid():
        return  # a copy of the process that was forked later
    try:
        for path in own.iterdir():
            if path.stat().st_nlink == 1:  # others are links to what is kept
                content = read_regular(path)
                digest = hashlib.sha256(content).hexdigest()
                write_atomic(kept / f"{path.name}~{digest}", content)
        for path in newest_first(kept, "*~*")[MOST:]:
            path.unlink(missing_ok=True)
    except OSError:
        pass  # it is compiled once more
    shutil.rmtree(own, ignore_errors=True)
