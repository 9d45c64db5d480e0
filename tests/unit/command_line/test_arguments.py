"""What the words of a call mean: periods."""

import pytest
from click import UsageError

from carbon_ledger.command_line.arguments import period_of


@pytest.mark.parametrize("text", ["2016-01/2016-07", "2016..2017", "2016-01-01/2016-07", "2016/2016-07-01"])
def test_months_and_years_are_no_start_and_end(text: str) -> None:
    """Whether the last month is included could be read in two ways."""
    with pytest.raises(UsageError, match="two days or times, such as 2024-01-01/2024-07-01, where the second is not"):
        period_of(text, "Europe/Berlin")


def test_days_are_a_start_and_an_end_that_is_not_included() -> None:
    period = period_of("2016-01-01/2016-07-01", "Europe/Berlin")
    assert str(period.end) == "2016-06-30 22:00:00+00:00"
