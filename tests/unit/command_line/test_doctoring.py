"""What the doctor explains: what an entry rests on, refusals, and gaps."""

from pathlib import Path

import pytest
from tests.support.command_line import Done, begin, call


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    begin(tmp_path / "a.db")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CARBON_LEDGER", "a.db")
    return tmp_path


def refusal(*words: str) -> Done:
    return call("doctor", "refusal", "--json", "--", *words)


def test_a_refusal_is_explained_without_a_trace() -> None:
    before = Path("a.db").read_bytes()
    found = refusal("transfer", "park/2024/11/4", "--to", "buyer").json["refusal"]
    assert (found["rule"], found["status"], found["kind"]) == ("not-active", 3, "NotActiveError")
    assert found["meaning"] == "Some of the units are in a state that does not allow the action."
    assert "locked" in found["detail"]
    assert Path("a.db").read_bytes() == before


def test_a_refusal_that_can_be_waived_says_how() -> None:
    found = refusal("issue", "park", "2024-03-01/2024-05-01", "--to", "owner").json["refusal"]
    assert found["rule"] == "gap"
    assert found["waiver"].startswith("--waive gap=")


def test_a_command_that_would_be_recorded_is_not_recorded() -> None:
    before = Path("a.db").read_bytes()
    assert refusal("transfer", "park/2024/11/5", "--to", "buyer").json == {"refusal": None}
    assert Path("a.db").read_bytes() == before


@pytest.mark.parametrize(
    "words",
    [
        ["backup", "copy.db"],
        ["init", "other.db"],
        ["-f", "transfer", "init", "other.db"],
        ["key", "new", "log.key", "--name", "a"],
        ["export", "entries", "transfer"],
        ["doctor", "refusal", "--", "backup", "copy.db"],
    ],
)
def test_a_command_that_writes_files_is_not_tried(words: list[str]) -> None:
    before = sorted(Path().iterdir())
    assert refusal(*words).status == 2
    assert sorted(Path().iterdir()) == before


def test_what_was_mistyped_is_a_matter_of_usage() -> None:
    assert refusal("transfr", "x").status == 2
    assert refusal("transfer", "--nothing").status == 2
    assert call("doctor", "refusal").status == 2


def test_why_shows_both_directions() -> None:
    found = call("doctor", "why", "7", "--json").json
    assert found["rests_on"] == [{"n": 3, "type": "device.registered", "relation": "registers device mill"}]
    assert found["resting_on_it"] == [{"n": 11, "type": "issuance.recorded", "relation": "has readings of mill"}]
    text = call("doctor", "why", "11")
    assert "part of the same command" in text.out
    assert "issued batch park/2024/11" in text.out
    assert call("doctor", "why", "99").status == 5


def test_gaps_are_time_without_readings_and_energy_that_is_not_issued() -> None:
    done = call("doctor", "gaps", "park", "2024-03-01/2024-05-01", "--json")
    assert done.status == 1
    assert [(item["what"], item["device"]) for item in done.json["gaps"]] == [
        ("no reading", "mill"),
        ("not issued", None),
    ]
    assert call("doctor", "gaps", "park", "2024-01").status == 0
    whole = call("doctor", "gaps", "--json").json["gaps"]
    assert [(item["unclaimed_wh"], item["period"]["zone"]) for item in whole] == [(21_200_000, "Europe/Berlin")]
    assert "21,200,000 Wh" in call("doctor", "gaps").out
    call("project", "add", "second", "--instrument", "I-REC-E", "--zone", "UTC", "--device", "other")
    assert "no reading at all" in call("doctor", "gaps").out
