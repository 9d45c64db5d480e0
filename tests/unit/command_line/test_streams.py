"""Standard streams that are closed, full, or of an encoding that lacks characters."""

import os
import subprocess
from pathlib import Path

import pytest
from tests.support.command_line import begin, call
from tests.support.each import by_default
from tests.unit.command_line.test_running import COMMAND, ENVIRONMENT

pytestmark = pytest.mark.outside


def shell(script: str, path: Path, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Run a shell script in which `c` is the command, on a ledger file."""
    return subprocess.run(
        ["sh", "-c", script.replace("{c}", '"$@"'), "sh", *COMMAND],
        env={**ENVIRONMENT, "CARBON_LEDGER": str(path), **environment},
        capture_output=True,
        check=False,
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    begin(tmp_path / "a.db")
    return tmp_path / "a.db"


@pytest.mark.parametrize("encoding", by_default(["latin-1", "cp1252", "koi8-r"], lambda encoding: encoding == "koi8-r"))
def test_a_name_is_shown_escaped_where_the_encoding_lacks_its_characters(encoding: str, path: Path) -> None:
    assert call("-f", path, "account", "add", "plant", "--name", "K\u0259lb\u0259c\u0259r \u2744").status == 0
    done = shell("{c} account list", path, PYTHONIOENCODING=encoding)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"K\\u0259lb\\u0259c\\u0259r \\u2744" in done.stdout
    done = shell("{c} account add other --name Ə", path, PYTHONIOENCODING=encoding)
    assert (done.returncode, b"Traceback" in done.stderr) == (0, False)


@pytest.mark.parametrize(
    ("script", "status"),
    by_default(
        [
            ("{c} account list >&-", 0),
            ("{c} account add x --name X >&- 2>&- <&-", 0),
            ("{c} --help >&-", 0),
            ("{c} >&-", 2),
            ("{c} 2>&-", 2),
            ("{c} balance nobody >&- 2>&-", 5),
            ("{c} query - <&-", 2),
            ("{c} --help >/dev/full", 4),
            ("{c} account list >/dev/full", 4),
            ("{c} account list >/dev/full 2>/dev/full", 4),
            ("{c} account add x --name X 2>/dev/full", 0),
            ("{c} balance nobody 2>/dev/full", 5),
            ("printf 'select \\377' | {c} query -", 2),
            ("{c} query $(printf 'select.\\377')", 2),
            ("{c} balance $(printf '\\377')", 2),
        ],
        lambda case: (
            case[0] in ("{c} account list >&-", "{c} account list >/dev/full", "{c} balance nobody 2>/dev/full")
        ),
    ),
)
def test_a_stream_that_is_closed_full_or_no_utf_8_is_no_accident(script: str, status: int, path: Path) -> None:
    if "/dev/full" in script and not os.path.exists("/dev/full"):
        pytest.skip("this system has no /dev/full")
    done = shell(script, path)
    assert b"Traceback" not in done.stderr
    assert b"Exception" not in done.stderr
    assert done.returncode == status
    if " add " in script:
        assert call("-f", path, "account", "show", "x").status == 0


def test_help_to_a_reader_that_goes_away_is_no_error(path: Path) -> None:
    with subprocess.Popen([*COMMAND, "--help"], env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:
        assert run.stdout is not None
        assert run.stderr is not None
        run.stdout.close()
        assert run.stderr.read() == b""
    assert run.returncode == 141
