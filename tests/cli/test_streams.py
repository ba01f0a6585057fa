"""Whatever standard output is, and whatever the machine refuses:
no traceback, and the right exit code."""

from __future__ import annotations

import ast
import errno
import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import rnnforecast
from rnnforecast.cli.rim import explain_failure, is_foreign
from rnnforecast.cli.streams import PLAIN, Output
from rnnforecast.data.store import Store
from rnnforecast.errors import DataError, RunError, UsageError, printable
from rnnforecast.runs import summaries
from tests.conftest import Command, random_walk

PACKAGE = Path(rnnforecast.__file__).parent


@pytest.fixture
def home(tmp_path: Path) -> Path:
    Store(tmp_path / "data").save(random_walk())
    return tmp_path


def shell(line: str, home: Path, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """A line of bash in which ``rnnforecast`` is the program."""
    program = f'rnnforecast() {{ "{sys.executable}" -m rnnforecast --home "{home}" "$@"; }}\n'
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", program + line],
        capture_output=True, timeout=120, env={**os.environ, **environment},
    )  # fmt: skip


COMMANDS = ("data list", "data show WALK", "config show gru", "data list --json", "runs list")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_closed_standard_output_is_no_traceback(command: str, home: Path) -> None:
    result = shell(f"rnnforecast {command} >&-", home)
    assert result.returncode == 0 and b"Traceback" not in result.stderr


CHILD_SEES = """
import subprocess, sys
from rnnforecast.cli.streams import guarded_output
with guarded_output():
    subprocess.run([sys.executable, "-c", "import os; [os.fstat(n) for n in range(3)]"], check=True)
"""


def test_processes_that_are_started_without_standard_streams_have_some() -> None:
    line = f"exec \"{sys.executable}\" -c '{CHILD_SEES}' <&- >&- 2>&-"
    assert subprocess.run(["bash", "-c", line], timeout=60).returncode == 0


@pytest.mark.parametrize("command", COMMANDS)
def test_a_full_standard_output_is_one_line_and_exit_code_6(command: str, home: Path) -> None:
    result = shell(f"rnnforecast {command} >/dev/full", home)
    assert result.returncode == 6
    assert result.stderr.splitlines()[-1].startswith(
        b"error: cannot write standard output (No space left on device)"
    )
    assert b"Traceback" not in result.stderr and b"free some space on the disk" in result.stderr


def test_a_standard_output_that_is_open_for_reading_is_named_with_what_to_type(home: Path) -> None:
    result = shell("rnnforecast config show gru 1</dev/null", home)
    assert result.returncode == 6 and b"redirect it with >, not with <" in result.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_a_reader_that_goes_away_is_no_failure(command: str, home: Path) -> None:
    result = shell(f"rnnforecast {command} | true", home)
    assert (result.returncode, result.stderr.replace(b"no runs yet", b"")[:9]) == (0, b"")


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "utf-8"])
@pytest.mark.parametrize("command", COMMANDS[:3])
def test_any_encoding_of_the_output_will_do(command: str, encoding: str, home: Path) -> None:
    result = shell(f"rnnforecast {command}", home, PYTHONIOENCODING=encoding)
    assert result.returncode == 0, result.stderr
    assert result.stdout.decode(encoding)


def test_rules_are_drawn_in_ascii_where_the_encoding_has_no_better(home: Path) -> None:
    plain = shell("rnnforecast data list", home, PYTHONIOENCODING="ascii").stdout.decode("ascii")
    assert set(plain.splitlines()[1]) == {"-"}
    assert "?" not in plain


def test_every_sign_that_is_printed_has_one_that_any_encoding_knows() -> None:
    signs: set[str] = set()
    for path in [*(PACKAGE / "cli").rglob("*.py"), *(PACKAGE / "report" / "tables").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                signs |= {sign for sign in node.value if not sign.isascii() and sign.isprintable()}
    assert {"─", "√"} <= signs and not {sign for sign in signs if ord(sign) not in PLAIN}


def test_what_follows_a_failed_write_is_dropped_and_the_failure_is_remembered() -> None:
    class Full(io.StringIO):
        def write(self, text: str) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    output = Output(Full())
    assert output.write("three") == 5 and output.write("more") == 4
    assert output.failure is not None and output.failure.errno == errno.ENOSPC


def test_control_codes_reach_neither_tables_nor_messages_nor_json(home: Path) -> None:
    hostile = "a\x1b[2J\x9b31m\x07\u202eb"
    assert printable(hostile) == "a\\x1b[2J\\x9b31m\\x07\\u202eb"
    for command in (
        f"data show '{hostile}'",
        f"train --set '{hostile}=1'",
        f"config show '{hostile}'",
    ):
        for flag in ("", " --json"):
            result = shell(f"rnnforecast {command}{flag}", home)
            shown = result.stdout + result.stderr
            assert result.returncode in (2, 4), shown
            assert not {"\x1b", "\x9b", "\x07", "\u202e"} & set(shown.decode())
            if flag:
                json.loads(result.stdout)


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (OSError(errno.ENOSPC, "No space left", "home/runs/x"), RunError, "free some space"),
        (OSError(errno.EROFS, "Read-only file system", "home/data/A/1d"), DataError, "writable"),
        (PermissionError(errno.EACCES, "Permission denied", "home/runs/x"), RunError, "writable"),
        (OSError(errno.EMFILE, "Too many open files"), RunError, "ulimit -n"),
        (OSError(errno.ENAMETOOLONG, "File name too long", "x" * 5000), UsageError, "shorter name"),
        (MemoryError(), RunError, "out of memory"),
        (ImportError("libtensorflow_framework.so.2: failed to map segment"), RunError, "doctor"),
    ],
)  # fmt: skip
def test_what_the_machine_refuses_is_one_line_with_a_remedy(
    error: BaseException, kind: type[Exception], words: str
) -> None:
    failure = explain_failure(error, Path("home"))
    assert type(failure) is kind and words in str(failure)
    assert "\n" not in str(failure) and len(str(failure)) < 500


def test_a_mistake_of_ours_stays_a_traceback() -> None:
    assert explain_failure(KeyError("x")) is None


class PanicException(BaseException):
    """What libraries written in Rust raise."""


def test_what_no_except_exception_catches_is_one_line_at_the_rim(
    here: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gives_up(*_: object, **__: object) -> None:
        raise PanicException("memory allocation of 8 bytes failed\nand more")

    monkeypatch.setattr(summaries, "overview", gives_up)
    done = here("runs", "list")
    assert done.returncode == 6 and done.stderr.count("\n") == 1
    assert "a library has given up (PanicException: memory allocation" in done.stderr


@pytest.mark.parametrize("end", [SystemExit(3), GeneratorExit()])
def test_what_asks_python_to_end_is_obeyed(end: BaseException) -> None:
    assert not is_foreign(end) and explain_failure(end) is None


@pytest.mark.skipif(os.name != "posix", reason="needs permissions of POSIX")
def test_a_folder_without_permission_is_one_line(home: Path, tmp_path: Path) -> None:
    # root may write into every folder but those of the kernel
    folder = Path("/sys") if os.geteuid() == 0 else tmp_path
    mode = folder.stat().st_mode
    if folder == tmp_path:
        folder.chmod(0o555)
    try:
        result = shell(f"rnnforecast config new gru --out {folder}/x.yaml", home)
    finally:
        if folder == tmp_path:
            folder.chmod(mode)
    expected = f"error: cannot write {folder}/x.yaml (Permission denied); name another file with"
    assert result.returncode == 2 and result.stderr.decode() == f"{expected} --out\n"


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_a_command_within_two_seconds(
    number: int, code: int, home: Path, tmp_path: Path
) -> None:
    script = (
        "import signal, sys, time; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "import rnnforecast.cli.data as data\n"
        "def wait(*_): print('ready', flush=True); time.sleep(60)\n"
        "import rnnforecast.data.records as records; records.Records.survey = wait\n"
        f"sys.argv = ['rnnforecast', '--home', {str(home)!r}, 'data', 'list']\n"
        "from rnnforecast.__main__ import main; main()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
        begun = time.monotonic()
        process.send_signal(number)
        _, errors = process.communicate(timeout=90)
    finally:
        process.kill()
    assert (process.returncode, "Traceback" in errors) == (code, False)
    assert errors.startswith("interrupted; ")
    assert time.monotonic() - begun < 2 or os.getloadavg()[0] > 4
