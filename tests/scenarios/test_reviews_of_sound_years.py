"""Reviews of sound years: false alarms, counted as the page on reviews has them; and real hourly files."""

import pytest
from tests.conftest import shared_file
from tests.docs.documents import ROOT, table
from tests.support.plants import KINDS
from tests.support.sound_years import real_year, year_of
from tests.tools import count_false_alarms

PAGE = ROOT / "docs" / "explanation" / "review.md"


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"river at full load"}))
def test_a_sound_year_has_no_flag(kind: str) -> None:
    assert year_of(kind, 1).ledger.review().flags == ()


def test_a_river_at_full_load_is_asked_about_its_inflow_alone() -> None:
    assert {flag.rule for flag in year_of("river at full load", 1).ledger.review().flags} == {"R01a"}


@pytest.mark.outside
@pytest.mark.parametrize("name", count_false_alarms.FILES)
def test_a_real_year_has_no_flag_above_low(name: str) -> None:
    story = real_year(shared_file(f"data/generation/{name}"))
    assert {flag.severity for flag in story.ledger.review().flags} <= {"low"}


@pytest.mark.slow
def test_the_page_has_the_counted_false_alarms() -> None:
    shared_file("data/generation/ercot_hydro_2016.csv")
    counted = [
        *count_false_alarms.table(count_false_alarms.YEARS),
        *count_false_alarms.series_rows(count_false_alarms.SERIES),
        *count_false_alarms.real_rows(),
    ]
    shown = [f"| {' | '.join(row).removesuffix(' |')} |" for row in table(PAGE, "False alarms")]
    assert shown == counted
