"""What a command names: the names, numbers and times from which chains of references begin."""

import pytest

from carbon_ledger.periods import Period
from carbon_ledger.stores.postgres.neighbours import neighbours

DAY = Period.of("2025-05-01T00:00Z", "2025-05-02T00:00Z")


def test_names_numbers_and_times_are_found_in_nested_arguments() -> None:
    about = {
        "device": "plant",
        "units": [{"batch": "p/2025/17", "first": 3, "last": 4}],
        "block": "q/2024/9/1-7",
        "offer": 12,
        "vintage": 2025,
        "meter": {"id": "m", "shares": {"roof": 2}},
        "period": {"start": "2025-01-01T00:00:00Z", "end": "2025-02-01T00:00:00Z"},
        "named": DAY,
    }
    found = neighbours(about).values
    assert isinstance(found, dict)
    assert {"plant", "p/2025/17", "q/2024/9", "m", "roof"} <= set(found["names"])
    assert found["numbers"] == [12]
    assert (found["start"], found["end"]) == (1_735_689_600, DAY.end_utc)


def test_a_run_has_a_time_and_no_numbers_of_entries() -> None:
    found = neighbours({"device": "plant", "start": 0, "step": 3_600, "net": [1, 2, 3]}).values
    assert isinstance(found, dict)
    assert (found["start"], found["end"], found["numbers"]) == (0, 3 * 3_600, [])


@pytest.mark.parametrize("name", ["a\x00b", "\ud800", "x" * 300])
def test_a_text_that_the_server_cannot_take_or_that_names_nothing_is_left_out(name: str) -> None:
    found = neighbours({"account": name}).values
    assert isinstance(found, dict)
    assert found["names"] == []


@pytest.mark.parametrize(
    "text", ["2024-05-01T00:00Z", "2024-99-99T00:00:00Z", "1700-01-01T00:00:00Z", "2024-05-01T00:00:00.5Z"]
)
def test_a_text_that_is_no_time_of_an_entry_is_a_name(text: str) -> None:
    """A title or a reference may be any text: a command is not refused because of what it resembles."""
    found = neighbours({"title": text}).values
    assert isinstance(found, dict)
    assert text in found["names"]


def test_a_holder_that_nobody_has_checked_yet_is_no_error() -> None:
    found = neighbours({"holder": ["a"]}).values
    assert isinstance(found, dict)
    assert found["holders"] == []


def test_only_chains_that_a_command_can_follow_are_read() -> None:
    plain, units, energy = (neighbours({field: "x"}).sql for field in ("account", "block", "device"))
    assert "from piece" not in plain
    assert "from reading" not in plain
    assert "from piece" in units
    assert "from reading" not in units
    assert "from piece" in energy
    assert "from reading" in energy
