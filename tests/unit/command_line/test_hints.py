"""Messages name commands of the shell in place of Python's functions."""

from pathlib import Path

import pytest
from tests.support.command_line import METER, begin, call, leaves

from carbon_ledger.command_line import misuse
from carbon_ledger.command_line.hints import in_shell


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("record one, or pass Waiver('gap', reason): the gap", "record one, or give --waive gap='the reason': the gap"),
        ("see holdings('operator', state='active')", "see positions operator --state active"),
        ("name units of one holder: see holdings(account)", "name units of one holder: see positions ACCOUNT"),
        ("with already='correct' and a reason", "with --already correct and --reason"),
        ('pass the zone, e.g. zone="Asia/Baku"', "give --zone Asia/Baku"),
        (
            "selection of 5 units: expected from_=, the account that holds the units; pass from_=",
            "selection of 5 units: expected its account; give --from ACCOUNT",
        ),
        ("correct what differs or expect= [unexpected-count]", "correct what differs or --expect [unexpected-count]"),
        ("expected a Block, a Batch, or text such as 'a/1'", "expected a block such as 'a/1'"),
        ("'5.5' is not a valid integer range.", "'5.5' is not a whole number."),
        ("expected one of nem12, or a MeterLayout", "expected one of nem12, or the path of a TOML file"),
        (
            "have a verifier record one with state_verification() [a]",
            "have a verifier record one with verification state [a]",
        ),
        (
            "no statement about project wind; see verifications('wind')",
            "no statement about project wind; see verification list wind",
        ),
        (
            "hexadecimal digits in lower case, as root() returns them, or the 32 bytes of a checkpoint's root",
            "hexadecimal digits in lower case, as audit prints them",
        ),
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


# What somebody types by mistake, the exit status, and what the message has to say. The words are given in a folder with
# the ledger of `begin`, in which the meter file was not read yet.
MISTAKES = [
    ("import total 2024-05 --device other", 2, "no energy is given: give --net, or --export and --import"),
    ("import total 2024-05 --device other --net 5", 2, "'5' has no unit; expected an amount with its unit"),
    ("import readings meter.csv --device other --layout absent.toml", 2, "absent.toml: there is no such file; give a"),
    ("import readings meter.csv --device other --layout en", 2, "or the path of a TOML file"),
    ("import describe meter.csv --answer zon=UTC", 2, "does not ask this, but zone, stamp; did you mean zone?"),
    ("transfer --count 5.5 --instrument I-REC-E --from operator --to buyer", 2, "'5.5' is not a whole number"),
    ("transfer --count 5 --instrument I-REC-E --to buyer", 2, "give --from ACCOUNT"),
    ("transfer three --to buyer", 2, "expected a block such as"),
    ("balance operator --as-of 999", 5, "entry 999: the ledger has entries 0 to"),
    ("show 999", 5, "entry 999: the ledger has entries 0 to"),
    ("report absent/report.html", 4, "create its folder, or name another"),
    ("key new meter.csv --name a.example/log", 4, "cannot be written: File exists; name a new file"),
    ("statement owner --since 2024-01-01", 2, "2024-01-01 is a day, which begins by a zone; give --zone"),
    ("receipt 1 --checkpoint meter.csv --out p", 2, "meter.csv: no signed checkpoint; give the file 'checkpoint'"),
    ("verify . --key a.example/log+0a1b2c3d+AQ --since meter.csv", 2, "meter.csv: no signed checkpoint"),
    ("factors find --region XX", 5, "Adopt a factor of your own by factor add"),
    (["query", "select * from holding"], 2, "query --views lists the views and their columns"),
]


# Options that have the names of Python's arguments, and what is missing or too much: what the message has to say.
MISNAMED = [
    ("retire park/2024/11/5 --beneficiary Ann", "No such option '--beneficiary'. Did you mean '--for'?\n"),
    ("init b.db --ledger-id trial", "Did you mean '--id'?\n"),
    ("review --scope park", "Did you mean '--project'?\n"),
    ("publish log --signer key.pem", "Did you mean '--key'?\n"),
    ("publish log --key key.pem --views --accounts owner", "Did you mean '--public'?\n"),
    ("verify log --trusted-keys key", "Did you mean '--key'?\n"),
    ("balance owner --at 2024-05-01T00:00Z", "Did you mean '--as-of'?\n"),
    ("workpaper out.xlsx --evidence folder", "Did you mean '--folder'?\n"),
    ("transfer --signer bob", "No such option '--signer'.\n"),  # its --key is that of a call that is repeated
    ("workpaper out.xlsx --sample seed", "Did you mean '--seed'?\n"),
    ("key new FILE --nam a.example/log", "No such option '--nam'. Did you mean '--name'?\n"),
    ("balance owner --beneficiary Ann", "No such option '--beneficiary'.\n"),
    ("key new a.example/log key.pem", "Missing option '--name'; write carbon-ledger key new FILE --name NAME\n"),
    ("balance owner buyer", "(buyer); write carbon-ledger balance ACCOUNT\n"),
    ("role grant ann", "|auditor}'; write carbon-ledger role grant ACTOR {registrar|"),
    ("verification state park 2024", "--opinion unmodified|modified|adverse|disclaimed --assurance"),
]


@pytest.mark.parametrize(("words", "text"), MISNAMED)
def test_a_wrong_call_is_answered_with_the_right_one(words: str, text: str) -> None:
    done = call(*words.split())
    assert (done.status, done.out) == (2, "")
    assert text in done.err


def test_every_name_in_the_table_is_of_an_option_that_exists_and_none_is_an_option_of_the_same_command() -> None:
    commands = [{name for item in command.params for name in item.opts} for _, command in leaves()]
    for python, shell in misuse._OPTIONS.items():
        assert any(shell in options and python not in options for options in commands), python


@pytest.mark.parametrize(("words", "status", "text"), MISTAKES, ids=[str(mistake[0]) for mistake in MISTAKES])
def test_a_mistake_is_answered_with_what_to_do(
    words: str | list[str], status: int, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    begin(tmp_path / "a.db")
    (tmp_path / "meter.csv").write_text(METER)
    monkeypatch.setenv("CARBON_LEDGER", "a.db")
    done = call(*(words.split() if isinstance(words, str) else words))
    assert (done.status, done.out) == (status, "")
    assert text in done.err


def test_nothing_new_without_a_key_speaks_of_no_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    begin(tmp_path / "a.db")
    (tmp_path / "meter.csv").write_text(METER)
    monkeypatch.setenv("CARBON_LEDGER", "a.db")
    words = ["import", "readings", "meter.csv", "--device", "other", "--zone", "UTC"]
    words += ["--answer", "stamp=start", "--already", "skip-identical"]
    assert "recorded entries" in call(*words).err
    assert call(*words).err.endswith("nothing is new; nothing was recorded\n")
    assert "the key was used" in (call(*words, "--key", "k"), call(*words, "--key", "k"))[1].err
