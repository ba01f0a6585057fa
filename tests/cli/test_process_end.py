"""A finished command ends with its own exit code, whatever native libraries do at exit."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs the C library of Linux")

NATIVE_LIBRARY_ABORTS = """
import atexit, ctypes, sys
libc = ctypes.CDLL(None)
libc.__cxa_atexit(ctypes.cast(libc.abort, ctypes.c_void_p), None, None)
"""
RUN = 'from rnnforecast.__main__ import main; sys.argv[0] = "rnnforecast"; main()\n'
EXIT_FUNCTION = """
class Registers:
    def find_spec(self, name, path=None, target=None):
        if name == "rnnforecast.cli.main":  # loaded by the program, as any library is
            sys.meta_path.remove(self)
            atexit.register(sys.stderr.write, "the exit function has run")
sys.meta_path.insert(0, Registers())
"""


def run(script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", NATIVE_LIBRARY_ABORTS + script, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def test_a_native_library_that_aborts_at_exit_ends_python_by_a_signal() -> None:
    assert run("pass").returncode == -6


@pytest.mark.parametrize(
    ("arguments", "code"), [(["--version"], 0), (["config", "show", "nothing"], 2)]
)
def test_a_command_keeps_its_exit_code_where_a_library_aborts(
    arguments: list[str], code: int
) -> None:
    assert run(RUN, *arguments).returncode == code


def test_all_output_is_written_and_the_exit_functions_of_libraries_run() -> None:
    command = run(EXIT_FUNCTION + RUN, "config", "show", "gru")
    assert command.returncode == 0
    assert "architecture: gru" in command.stdout and command.stdout.endswith("\n")
    assert command.stderr == "the exit function has run"
