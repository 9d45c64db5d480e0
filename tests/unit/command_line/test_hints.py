"""Messages name commands of the shell in place of Python's functions."""

from pathlib import Path

import pytest
from tests.support.command_line import begin, call

from carbon_ledger.command_line.hints import in_shell


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("record one, or pass Waiver('gap', reason): the gap", "record one, or give --waive gap='the reason': the gap"),
        ("see holdings('operator', state='active')", "see positions operator --state active"),
        ("name units of one holder: see holdings(account)", "name units of one holder: see positions ACCOUNT"),
        ("with already='correct' and a reason", "with --already correct and --reason"),
        ('pass the zone, e.g. zone="Asia/Baku"', "give --zone Asia/Baku"),
        ("nothing to change", "nothing to change"),
    ],
)
def test_a_hint_is_a_command(message: str, expected: str) -> None:
    assert in_shell(message) == expected


def test_text_has_commands_and_json_has_the_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begin(tmp_path / "a.db")
    monkeypatch.setenv("CARBON_LEDGER", str(tmp_path / "a.db"))
    words = ["transfer", "park/2024/11/5", "--to", "nobody"]
    assert "open it with account add first" in call(*words).err
    assert "open_account()" in call(*words, "--json").json["error"]["message"]
