"""What is shown: tables, colours, progress, and plain values."""

import io
import json
import sys

import pytest

import carbon_ledger as cl
from carbon_ledger.command_line import showing


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def on_terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """A terminal in place of stderr. A fixture would set it too early: pytest sets stderr again for the test itself."""
    found = Terminal()
    monkeypatch.setattr(sys, "stderr", found)
    monkeypatch.delenv("NO_COLOR", raising=False)
    return found


def test_an_error_is_red_on_a_terminal_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_terminal(monkeypatch)
    showing.talk("no", important=True)
    assert terminal.getvalue() == "\x1b[31mno\x1b[0m\n"
    plain = io.StringIO()
    monkeypatch.setattr(sys, "stderr", plain)
    showing.talk("no", important=True)
    assert plain.getvalue() == "no\n"


def test_nothing_is_coloured_if_the_reader_wants_none(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_terminal(monkeypatch)
    monkeypatch.setenv("NO_COLOR", "1")
    showing.talk("no", important=True)
    assert terminal.getvalue() == "no\n"


def test_progress_is_shown_on_a_terminal_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_terminal(monkeypatch)
    progress = showing.progress_on("audit")
    assert progress is not None
    for done in (0, 1, 2, 200):
        progress(done, 200)
    assert terminal.getvalue() == "\raudit: 0 %\raudit: 1 %\raudit: 100 %\n"
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    assert showing.progress_on("audit") is None


def test_tables_leave_out_empty_columns_and_escape(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [{"name": "a\x1b[2K", "units": 1_000, "none": None}, {"name": "b", "units": 2, "none": ""}]
    showing.say_rows(rows, "nothing")
    assert capsys.readouterr().out == "name      units\na\\x1b[2K  1,000\nb             2\n"
    showing.say_rows(rows[:1], "nothing", every_column=True)
    assert "none" in capsys.readouterr().out
    showing.say_rows([], "nothing")
    assert capsys.readouterr() == ("", "nothing\n")


def test_values_are_shown_by_their_texts_and_written_as_plain_data(capsys: pytest.CaptureFixture[str]) -> None:
    block, month = cl.Block("p/2024/7", 1, 9), cl.Period.of("2024-01-01T00:00Z", "2024-02-01T00:00Z")
    showing.say_fields([("block", block), ("period", month), ("yes", True), ("none", None), ("list", [block, "a"])])
    assert capsys.readouterr().out.splitlines() == [
        "block   p/2024/7/1-9",
        "period  2024-01-01T00:00:00Z to 2024-02-01T00:00:00Z",
        "yes     yes",
        "list    p/2024/7/1-9, a",
    ]
    showing.say_json({"block": block, "text": "\x1b\u202eé", "amount": 2**60})
    out = capsys.readouterr().out
    assert out.isascii()
    assert "\x1b" not in out
    assert json.loads(out)["amount"] == 2**60
    assert json.loads(out)["block"]["batch_id"] == "p/2024/7"
