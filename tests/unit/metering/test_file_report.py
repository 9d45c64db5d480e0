"""What is refused is raised, or listed; notes are taken once."""

import pytest

from carbon_ledger.errors import PeriodError, QuantityError
from carbon_ledger.metering.file_report import FileReport, RefusedReading


def test_a_refusal_is_raised_or_listed() -> None:
    error = PeriodError("f, line 2, column 'time': '' is no time")
    with pytest.raises(PeriodError) as caught:
        FileReport("f").refuse(2, "time", error)
    assert caught.value is error
    report = FileReport("f", "report")
    report.refuse(2, "time", error)
    assert report.refused == [RefusedReading(line=2, column="time", error="PeriodError", reason=str(error))]


@pytest.mark.parametrize("choice", ["", "ignore", None, 1, ["raise"]])
def test_another_choice_is_refused(choice: object) -> None:
    with pytest.raises(QuantityError, match=r"on_refusal .*: expected one of raise, report"):
        FileReport("f", choice)  # type: ignore[arg-type]


def test_a_note_is_taken_once() -> None:
    report = FileReport("f")
    report.note("a")
    report.note("a")
    assert report.notes == ["a"]
