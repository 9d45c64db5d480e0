"""Worker processes run only this library's code, from any directory and path, and their messages are checked."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import carbon_ledger as cl
from carbon_ledger import errors
from carbon_ledger.audit import isolated, workers
from carbon_ledger.audit.isolated import command, trusted_path
from carbon_ledger.audit.replay import SliceReport
from carbon_ledger.stores.sqlite.earlier_schemas import EARLIER
from carbon_ledger.stores.sqlite.schema import split
from carbon_ledger.stores.tables import BY_NAME

LIBRARY = Path(cl.__file__).parent
NAMES = ("json", "sqlite3", "attr", "attrs", "sitecustomize", "usercustomize", "msgspec", "queue", "decimal")
REPORT = {
    "hashed": 1,
    "replayed": 1,
    "compared": 1,
    "summed": 0,
    "findings": [["c", None, "d"]],
    "notes": {"shown": [], "more": []},
    "limits": [],
}


def ledger_at(path: Path) -> Path:
    """A ledger of enough entries that two workers share them."""
    with cl.open_ledger(path, ledger_id="shared") as ledger, ledger.batch():
        for k in range(40):
            ledger.open_account(f"account-{k}", name="A")
    return path


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """A directory with a ledger, and modules beside it that each leave a mark when they are imported."""
    place = tmp_path / "delivered"
    (place / "carbon_ledger").mkdir(parents=True)
    mark = f"open({str(tmp_path / 'marks')!r}, 'a').write(__name__ + '\\n')\n"
    for name in NAMES:
        (place / f"{name}.py").write_text(mark)
    for name in ("__init__", "audit_worker"):
        (place / "carbon_ledger" / f"{name}.py").write_text(mark)
    ledger_at(place / "ledger.db")
    return place


AUDIT = """
import os, sys
sys.path.insert(0, {src!r})
import carbon_ledger as cl
os.chdir({place!r})
with cl.open_ledger("ledger.db", read_only=True) as ledger:
    report = ledger.audit(workers=2)
print(report.passed, [str(item) for item in report.findings])
"""


@pytest.mark.outside
@pytest.mark.parametrize("path", ["hostile", "empty"])
def test_nothing_beside_a_ledger_is_executed(hostile: Path, tmp_path: Path, path: str) -> None:
    """Decision 14c: modules in the current directory, in PYTHONPATH, and start-up files of somebody's own."""
    script = AUDIT.format(src=str(LIBRARY.parent), place=str(hostile))
    # The first process is started safely, so that whatever leaves a mark was started by it.
    started = [sys.executable, "-P", "-s", "-c", "import os; os.environ.update({!r})\n{}"]
    given = {
        "PYTHONPATH": str(hostile),
        "PYTHONSTARTUP": str(hostile / "json.py"),
        "PYTHONHOME": "",
        "PYTHONSAFEPATH": "",
    }
    started[-1] = started[-1].format(given if path == "hostile" else {"PYTHONPATH": "", "PYTHONSAFEPATH": ""}, script)
    ended = subprocess.run(started, cwd=hostile, capture_output=True, text=True, check=False)
    assert ended.stdout == "True []\n", ended.stderr
    assert not (tmp_path / "marks").exists()


@pytest.mark.outside
def test_the_marks_are_left_where_nothing_is_isolated(hostile: Path, tmp_path: Path) -> None:
    """The trap works: Python as it is usually started falls into it."""
    subprocess.run([sys.executable, "-c", "import json"], cwd=hostile, capture_output=True, check=False)
    assert (tmp_path / "marks").read_text() == "json\n"


AWKWARD = [
    b"plain.db",
    b"a b.db",
    b"a#b?c%d%20e.db",
    b"two\nlines.db",
    b"-x.db",
    "水力.db".encode(),
    b"file:x.db",
]


@pytest.mark.parametrize("name", [*AWKWARD[:2], *(pytest.param(name, marks=pytest.mark.slow) for name in AWKWARD[2:])])
def test_workers_find_a_ledger_by_any_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: bytes) -> None:
    """A relative one too, and one whose process has moved since."""
    monkeypatch.chdir(tmp_path)
    path = ledger_at(Path(os.fsdecode(name)))
    with cl.open_ledger(path, read_only=True) as ledger:
        (tmp_path / "elsewhere").mkdir()
        monkeypatch.chdir(tmp_path / "elsewhere")
        report = ledger.audit(workers=2)
        assert report.checks == ledger.audit().checks
    assert (report.passed, report.size) == (True, 41), report.findings


def test_a_ledger_that_is_read_in_a_copy_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader of an older schema has the derived tables in a temporary directory."""
    import sqlite3
    from contextlib import closing

    path = ledger_at(tmp_path / "old.db")
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for name in BY_NAME:
            connection.execute(f"drop table {name}")
        for statement in sorted(split(EARLIER[2][0]), key=lambda text: text.startswith("create index")):
            connection.execute(statement)
        connection.execute("pragma user_version = 2")
    with cl.open_ledger(path, read_only=True) as ledger:
        assert ledger.audit(workers=2).passed


def test_a_worker_is_given_the_places_to_import_from_that_are_trusted(tmp_path: Path) -> None:
    root, other, here = str(LIBRARY.parent), str(tmp_path / "site"), str(tmp_path / "here")
    assert trusted_path(["", ".", here, other, "relative", other], [here]) == [root, other]
    assert trusted_path([here, root], [root, str(tmp_path)]) == [root, here]


def test_a_worker_loads_the_library_that_started_it(tmp_path: Path) -> None:
    """Not another one that is installed, and not one beside the ledger."""
    started = command("carbon_ledger.audit.isolated", (), str(tmp_path / "x.db"))
    job = json.loads(started[-1])
    assert (job["package"], job["init"]) == (str(LIBRARY), str(LIBRARY / "__init__.py"))
    assert started[:3] == [sys.executable, "-I", "-c"]


def test_a_frozen_program_cannot_start_workers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    with pytest.raises(errors.StoreError, match="workers=1"):
        command("carbon_ledger.opening.audit_worker", (), "x.db")
    with cl.open_ledger(ledger_at(tmp_path / "a.db"), read_only=True) as ledger:
        (finding,) = ledger.audit(workers=2).findings
    assert "workers=1" in finding.detail


def test_a_directory_that_is_gone_is_no_surrounding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone() -> str:
        raise FileNotFoundError

    monkeypatch.setattr(isolated.os, "getcwd", gone)
    assert isinstance(command("carbon_ledger.opening.audit_worker", (), str(tmp_path / "x.db")), list)


def said(*lines: bytes) -> list[dict[str, object]]:
    return list(workers._messages(io.BytesIO(b"".join(lines))))


GARBAGE = [
    b"hello\n",
    b"[]\n",
    b"{}\n",
    b'{"done": "1"}\n',
    b'{"done": true}\n',
    b'{"done": 1, "error": "x"}\n',
    b'{"other": 1}\n',
    b'{"error": 7}\n',
    b'{"done": 1}',
    b"\xff\xfe\n",
    b"[" * 100_000 + b"\n",
    b'{"done": 1' + b"0" * 5_000 + b"}\n",
    *(
        json.dumps({"report": report}).encode() + b"\n"
        for report in (
            7,
            {},
            {**REPORT, "findings": []} | {"more": 1},
            {**REPORT, "findings": [], "hashed": "1"},
            {
                **REPORT,
                "notes": {"shown": [["k", 1, "n"]], "more": [["k", 2, 3]]},
                "findings": [{"check": "c", "entry": "x", "detail": "d"}],
            },
            {
                **REPORT,
                "notes": {"shown": [["k", 1, "n"]], "more": [["k", 2, 3]]},
                "findings": [{"check": 1, "entry": None, "detail": "d"}],
            },
            {**REPORT, "findings": [{"check": "c", "entry": None}]},
            {**REPORT, "findings": 7},
            *(
                {**REPORT, "findings": [], "limits": limits}
                for limits in (7, [7], [["k", "r", [1]]], [["k", "r", ["1"], 1]])
            ),
        )
    ),
]


@pytest.mark.parametrize("line", GARBAGE)
def test_what_is_no_line_of_a_worker_is_an_error(line: bytes) -> None:
    """It is named, cut short, and nothing that follows it counts."""
    messages = said(b'{"done": 5}\n', line, b'{"done": 9}\n')
    assert messages[0] == {"done": 5}
    assert [list(message) for message in messages[1:]] == [["error"]]
    assert "expected progress or a report" in str(messages[1]["error"])
    assert len(str(messages[1]["error"])) < 500


def test_a_line_that_never_ends_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "MAX_LINE", 100)
    assert [list(word) for word in said(b"x" * 10_000)] == [["error"]]


def test_a_report_is_read_back() -> None:
    report = SliceReport.from_record({**REPORT, "findings": [{"check": "c", "entry": 3, "detail": "d"}]})
    line = json.dumps({"report": report.to_record()}).encode() + b"\n"
    assert said(line) == [{"report": report}]


@pytest.mark.parametrize("script", ["print('nonsense')", "import sys; sys.stderr.write('x' * 1_000_000); sys.exit(3)"])
def test_a_worker_that_misbehaves_is_a_finding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """However much it complains, nobody waits for it for ever."""
    monkeypatch.setattr(workers, "command", lambda *_: [sys.executable, "-I", "-c", script])
    with cl.open_ledger(ledger_at(tmp_path / "a.db"), read_only=True) as ledger:
        report = ledger.audit(workers=2)
    (finding,) = report.findings
    assert "worker" in finding.detail
    assert not report.passed


def test_a_worker_that_cannot_be_started_is_a_finding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "no-python"))
    with cl.open_ledger(ledger_at(tmp_path / "a.db"), read_only=True) as ledger:
        (finding,) = ledger.audit(workers=2).findings
    assert "cannot be started" in finding.detail
