"""Whatever happens to a command becomes a message and an exit status."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import click
import pytest
from tests.support.command_line import REGISTRY, begin, call
from tests.support.places import PYTHONPATH

from carbon_ledger import command_line
from carbon_ledger.command_line import running
from carbon_ledger.errors import NotHolderError, StoreFullError, UnknownAccountError

ENVIRONMENT = {**os.environ, "PYTHONPATH": PYTHONPATH}
COMMAND = [sys.executable, "-m", "carbon_ledger.command_line"]


def raising(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def invoke(_: object) -> None:
        raise error

    monkeypatch.setattr(running.program, "invoke", invoke)


@pytest.mark.parametrize(
    ("error", "status", "text"),
    [
        (NotHolderError("block a", "it is not yours"), 3, "[not-holder]"),
        (UnknownAccountError("account a", "not open"), 5, "[unknown-account]"),
        (StoreFullError("the disk is full"), 4, "the disk is full"),
        (click.UsageError("no such thing"), 2, "no such thing"),
        (click.ClickException("a file"), 2, "a file"),
        (KeyboardInterrupt(), 130, "interrupted"),
        (click.Abort(), 130, "interrupted"),
        (OSError(28, "No space left on device", "out.csv"), 4, "out.csv: No space left on device"),
    ],
)
def test_an_error_has_its_status(error: BaseException, status: int, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    raising(monkeypatch, error)
    done = call("audit")
    assert (done.status, done.out) == (status, "")
    assert text in done.err


def test_an_error_is_one_json_object_if_the_caller_asks_for_json(monkeypatch: pytest.MonkeyPatch) -> None:
    raising(monkeypatch, NotHolderError("block a", "it is not yours"))
    assert call("audit", "--json").json == {
        "error": {
            "kind": "NotHolderError",
            "message": "block a: it is not yours [not-holder]",
            "rule": "not-holder",
            "status": 3,
            "subject": "block a",
            "detail": "it is not yours",
        }
    }


def test_remarks_are_in_the_one_object_if_the_caller_asks_for_json(tmp_path: Path) -> None:
    path, units = tmp_path / "a.db", tmp_path / "units.csv"
    begin(path)
    units.write_text(f"{REGISTRY}no serial,1\n")
    options = ("--serial-column", "Serial", "--quantity-column", "Quantity", "--to", "owner", "--json")
    done = call("-f", path, "import", "units", units, *options)
    assert (done.status, done.out, list(done.json)) == (2, "", ["error", "remarks"])
    assert done.json["remarks"][0].startswith("line 3: ")
    more = ("--skip-refused", "--production", "2025-01", "--zone", "UTC", "--dry-run")
    done = call("-f", path, "import", "units", units, *options, *more)
    assert (done.status, done.err, len(done.json["remarks"])) == (0, "", 1), done


@pytest.mark.parametrize("words", ["audit a.db", "balance a.db owner", "a.db audit", "log -n 3 a.db --json"])
def test_a_ledger_among_the_arguments_is_named_with_the_option(
    words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(tmp_path / "a.db")
    monkeypatch.chdir(tmp_path)
    done = call(*words.split())
    assert (done.status, done.out) == (2, "")
    assert "; name the ledger with -f a.db" in done.err


@pytest.mark.parametrize("words", ["audit b.csv", "audit absent.db", "-f a.db audit a.db", "audit ."])
def test_other_arguments_that_are_too_many_are_no_ledger(
    words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(tmp_path / "a.db")
    (tmp_path / "b.csv").write_text("a table")
    monkeypatch.chdir(tmp_path)
    done = call(*words.split())
    assert (done.status, "unexpected extra argument" in done.err, "-f" in done.err) == (2, True, False)


def test_an_error_is_json_if_the_option_is_before_a_command_that_does_not_exist() -> None:
    assert call("--json", "absent").json["error"]["kind"] == "UsageError"


def test_the_url_of_a_ledger_among_the_arguments_is_named_without_its_password() -> None:
    done = call("audit", "postgresql://ann:secret@db.example/registry")
    assert "; name the ledger with -f postgresql://ann:***@db.example/registry\n" in done.err
    assert "secret" not in done.err


@pytest.mark.parametrize("n", ["18", "9" * 26])
def test_an_entry_that_is_not_there_is_not_found(n: str, tmp_path: Path) -> None:
    begin(tmp_path / "a.db")
    for words in (["positions", "--as-of", n], ["doctor", "why", n]):
        done = call("-f", tmp_path / "a.db", *words)
        assert (done.status, "[unknown-entry]" in done.err) == (5, True), done
    assert call("-f", tmp_path / "a.db", "void", n, "--reason", "x").status in (2, 5)


def test_what_follows_two_dashes_is_no_option(tmp_path: Path) -> None:
    done = call("-f", tmp_path / "no.db", "balance", "--", "--json")
    assert (done.status, done.err.startswith("carbon-ledger: ")) == (4, True)
    done = call("-f", tmp_path / "no.db", "account", "add", "a", "--name", "--", "--json")
    assert (done.status, done.json["error"]["kind"]) == (4, "NotALedgerError")


@pytest.mark.parametrize("bad", ["\x1b[2Jclear", "a\u202eb", "\ud800", "x" * 100_000])
@pytest.mark.parametrize(
    "words",
    [
        ["{}"],
        ["balance", "{}"],
        ["--{}"],
        ["-f", "{}", "log"],
        ["show", "{}"],
        ["transfer", "{}", "--to", "{}"],
        ["log", "-n", "{}"],
        ["retire", "x", "--for", "{}", "--purpose", "{}", "--period", "{}"],
        ["import", "describe", "{}"],
        ["apply", "{}"],
        ["export", "entries", "{}/{}"],
        ["verify", "{}", "--key", "{}"],
    ],
)
def test_what_was_typed_is_printed_escaped_and_cut(
    words: list[str], bad: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(tmp_path / "a.db")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CARBON_LEDGER", "a.db")
    done = call(*(word.replace("{}", bad) for word in words))
    assert done.status in (2, 4, 5)
    shown = done.out + done.err
    assert all(line.isprintable() for line in shown.splitlines())
    assert len(shown) < 10_000


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    begin(tmp_path / "a.db")
    words = [*COMMAND, "-f", str(tmp_path / "a.db"), "log"]
    with subprocess.Popen(words, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141


def test_what_cannot_be_written_is_named(tmp_path: Path) -> None:
    begin(tmp_path / "a.db")
    with open("/dev/full", "w") as full:
        words = [*COMMAND, "-f", str(tmp_path / "a.db"), "log"]
        done = subprocess.run(words, env=ENVIRONMENT, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, "No space left" in done.stderr) == (4, True)
    assert "Traceback" not in done.stderr


def interrupted(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def test_an_interrupt_before_a_command_begins_is_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("carbon_ledger.command_line._runner", interrupted)
    assert command_line.main(["log"]) == 130
    assert capsys.readouterr().err == "carbon-ledger: interrupted; nothing was recorded\n"
    monkeypatch.setattr("carbon_ledger.command_line._runner", lambda: interrupted)
    assert command_line.main(["log"]) == 130
    assert "see log" in capsys.readouterr().err


def test_an_interrupt_after_the_command_was_recorded_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.db"
    begin(path)
    words = ("-f", path, "account", "add", "new", "--name", "New")
    monkeypatch.setattr("carbon_ledger.command_line.sessions.Session.report", interrupted)
    done = call(*words)
    assert (done.status, done.out) == (130, "")
    assert "interrupted; the command itself was done: recorded entry 18 (account.opened)" in done.err
    done = call("-f", path, "account", "add", "newer", "--name", "Newer", "--dry-run")
    assert (done.status, "nothing of this command was recorded" in done.err) == (130, True)


def test_an_interrupt_during_the_commit_does_not_say_that_nothing_was_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(tmp_path / "a.db")
    monkeypatch.setattr("carbon_ledger.ledger.ledger.Ledger.close", interrupted)
    done = call("-f", tmp_path / "a.db", "account", "add", "new", "--name", "New")
    assert (done.status, "is not known: see log" in done.err) == (130, True)


def test_a_command_whose_answer_cannot_be_written_says_that_it_was_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    begin(tmp_path / "a.db")
    monkeypatch.setattr("carbon_ledger.command_line.sessions.Session.report", full)
    done = call("-f", tmp_path / "a.db", "account", "add", "new", "--name", "New")
    assert done.status == 4
    assert "output: No space left on device; the command itself was done: recorded entry 18" in done.err


@pytest.mark.slow
def test_an_interrupted_command_leaves_the_ledger_as_it_was(tmp_path: Path) -> None:
    begin(tmp_path / "a.db")
    before = call("-f", tmp_path / "a.db", "--json", "log").json["entries"]
    words = [*COMMAND, "-f", str(tmp_path / "a.db"), "audit"]
    with subprocess.Popen(words, env=ENVIRONMENT, stderr=subprocess.PIPE, text=True) as process:
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        process.communicate()
    assert process.returncode in (130, 0, -signal.SIGINT)
    assert call("-f", tmp_path / "a.db", "--json", "log").json["entries"] == before
