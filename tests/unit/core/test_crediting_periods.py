"""All crediting periods of the same plants in one programme: their numbers, their order, and their years together."""

from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

import pytest
from tests.conftest import Clock, device, dump
from tests.support.forging import found_in

import carbon_ledger as cl
from carbon_ledger import errors
from carbon_ledger.methodologies.programmes import years_of

BAKU = "Asia/Baku"
LETTER = cl.Waiver("crediting-period", "letter 4 of the programme")


def years(start: str, count: int) -> cl.Period:
    return cl.Period.years(start, count, zone=BAKU)


def period(name: str, ordinal: int, start: str, count: int = 7, **fields: Any) -> cl.Project:
    given: dict[str, Any] = {
        "instrument": "CDM-CER",
        "zone": BAKU,
        "devices": ("plant",),
        "methodology": "ACM0002@22.0",
        "baseline": "greenfield",
        "crediting_period": years(start, count),
        "crediting_period_ordinal": ordinal,
    }
    return cl.Project(id=name, **(given | fields))


@pytest.fixture
def plants(ledger: cl.Ledger, clock: Clock) -> cl.Ledger:
    """Two plants, in 2026."""
    clock.now = datetime(2026, 3, 1, tzinfo=UTC)
    ledger.register_device(device("plant", commissioned="2005-01-01"))
    ledger.register_device(device("other", commissioned="2005-01-01"))
    return ledger


def refused(ledger: cl.Ledger, item: cl.Project, says: str) -> None:
    """The command refuses the project, by name, changes nothing, and a waiver lifts it."""
    before = dump(ledger)
    with pytest.raises(errors.RefusedError, match=says) as refusal:
        ledger.register_project(item)
    assert (refusal.value.rule, dump(ledger)) == ("crediting-period", before)
    assert ledger.register_project(item, waivers=LETTER) == ledger.project(item.id)
    assert ledger.audit().findings == ()


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 2, 1), (2, 1, 3), (2, 3, 1)])
@pytest.mark.parametrize(
    "starts", [("2006-01-01", "2013-01-01", "2020-01-01"), ("2005-03-01", "2012-09-01", "2020-01-01")]
)
def test_periods_that_follow_each_other_are_admitted_in_each_order_of_registration(
    plants: cl.Ledger, starts: tuple[str, ...], order: tuple[int, ...]
) -> None:
    """Seven years, renewed twice, is 21 years. [S] A renewal may come late, so a gap is admitted. [P]"""
    for ordinal in order:
        plants.register_project(period(f"p{ordinal}", ordinal, starts[ordinal - 1]))
    assert plants.audit().findings == ()


def test_a_ledger_may_begin_with_a_renewed_period_whose_number_says_so(plants: cl.Ledger) -> None:
    """The number of the first period that is recorded states how many there were before it."""
    plants.register_project(period("second", 2, "2013-01-01"))
    plants.register_project(period("third", 3, "2020-01-01"))
    assert plants.audit().findings == ()


@pytest.mark.parametrize(
    ("ordinal", "start", "says"),
    [
        (2, "2019-12-31", "it begins on 2019-12-31, before crediting period 1 ends on 2020-01-01 in project first"),
        (2, "2013-01-01", "it begins on 2013-01-01, before crediting period 1 ends on 2020-01-01 in project first"),
        (2, "2005-06-01", "before crediting period 1 ends"),
        (3, "2020-01-01", "crediting_period_ordinal is 3, but the recorded period before it has number 1, in project"),
        (
            1,
            "2020-01-01",
            "crediting_period_ordinal is 1, but crediting period 1 begins on 2013-01-01 in project",
        ),
        (
            1,
            "2006-01-01",
            "crediting_period_ordinal is 1, but crediting period 1 begins on 2013-01-01 in project",
        ),
    ],
)
def test_a_renewal_follows_the_period_before_it(plants: cl.Ledger, ordinal: int, start: str, says: str) -> None:
    plants.register_project(period("first", 1, "2013-01-01"))
    refused(plants, period("again", ordinal, start, devices=("other", "plant")), says)


@pytest.mark.parametrize(
    ("ordinal", "start", "says"),
    [
        (2, "2013-01-02", "it ends on 2020-01-02, after crediting period 3 begins on 2020-01-01 in project third"),
        (1, "2006-01-01", "crediting_period_ordinal is 1, but the recorded period after it has number 3, in project"),
    ],
)
def test_an_earlier_period_that_is_recorded_later_is_before_it(
    plants: cl.Ledger, ordinal: int, start: str, says: str
) -> None:
    plants.register_project(period("third", 3, "2020-01-01"))
    refused(plants, period("earlier", ordinal, start), says)


def test_a_fixed_period_does_not_follow_renewable_ones(plants: cl.Ledger) -> None:
    """CDM: ten years are not renewed, and seven are not followed by ten. [S]"""
    plants.register_project(period("first", 1, "2006-01-01"))
    refused(plants, period("fixed", 2, "2013-01-01", 10), "longer than 7 years")
    plants.register_device(device("third", commissioned="2005-01-01"))
    plants.register_project(period("one", 1, "2006-01-01", devices=("third",)))
    refused(plants, period("ten", 1, "2013-01-01", 10, devices=("third",)), "crediting period 1 begins on 2006-01-01")


def test_a_second_first_period_does_not_extend_ten_years(plants: cl.Ledger) -> None:
    """Global Carbon Council: at most ten years in all. [S]"""
    gcc: dict[str, Any] = {"instrument": "GCC-ACC", "methodology": "GCCM001@4.0"}
    plants.register_project(period("first", 1, "2005-06-01", 5, **gcc))
    plants.register_project(period("the-same", 1, "2005-06-01", 10, **gcc))
    refused(plants, period("more", 1, "2005-12-01", 10, **gcc), "crediting period 1 begins on 2005-06-01")


def test_the_years_of_all_periods_are_those_of_the_programme(plants: cl.Ledger) -> None:
    """CDM: 7 x 3 = 21 years. [S] An exception for one period does not lengthen all of them together."""
    plants.register_project(period("first", 1, "2005-01-01", 7))
    plants.register_project(period("second", 2, "2012-01-01", 8), waivers=LETTER)
    refused(
        plants,
        period("third", 3, "2020-01-01", 7),
        "together with those of first, second, it is longer than 21 years",
    )


@pytest.mark.parametrize("last_days", [0, 1])
def test_the_years_of_all_periods_are_counted_to_the_day(plants: cl.Ledger, last_days: int) -> None:
    plants.register_project(period("first", 1, "2005-01-01", 7))
    plants.register_project(period("second", 2, "2012-01-01", 8), waivers=LETTER)
    end = cl.Period.of("2020-01-01", "2026-01-01", zone=BAKU).end_utc + last_days * 86_400
    item = period("third", 3, "2020-01-01", crediting_period=cl.Period(years("2020-01-01", 1).start_utc, end, BAKU))
    if last_days:
        refused(plants, item, "longer than 21 years")
    else:
        plants.register_project(item)


def test_the_years_of_gaps_do_not_count(plants: cl.Ledger) -> None:
    plants.register_project(period("first", 1, "2000-01-01"))
    plants.register_project(period("second", 2, "2009-01-01"))
    plants.register_project(period("third", 3, "2017-01-01"))
    assert plants.audit().findings == ()


def test_years_by_an_older_rule_do_not_count(plants: cl.Ledger, clock: Clock) -> None:
    """VCS Standard v5.0, table 8, judges what is registered or renewed from 2027 on. [S]"""
    vcs: dict[str, Any] = {"instrument": "VCS-VCU", "methodology": "VMR0017@1.0"}
    clock.now = datetime(2027, 3, 15, tzinfo=UTC)
    old = period("first", 1, "2017-03-01", 10, **vcs | {"registered": "2025-01-01", "methodology": "ACM0002@22.0"})
    plants.register_project(old)
    plants.register_project(period("second", 2, "2027-03-01", 5, **vcs))
    plants.register_project(period("third", 3, "2032-03-01", 5, **vcs))
    assert plants.audit().findings == ()


def test_periods_of_other_plants_or_programmes_do_not_matter(plants: cl.Ledger) -> None:
    """A user's own instrument has no programme whose periods could be out of order."""
    own = cl.Instrument(id="OWN", name="Own", unit="tCO2e", claim="emission-reduction")
    plants.register_project(period("first", 1, "2013-01-01"))
    plants.register_project(period("elsewhere", 3, "2014-01-01", 5, instrument="GS-VER"))
    plants.register_project(period("other-plant", 3, "2014-01-01", devices=("other",)))
    plants.register_project(period("own", 3, "2014-01-01", instrument=own))
    plants.register_project(period("own-again", 1, "2016-01-01", instrument=own))
    assert plants.audit().findings == ()


def test_the_order_is_refused_where_a_programme_has_no_other_rule(plants: cl.Ledger) -> None:
    """Verra before 2027: no source states the length of periods, but none begins before the last one ended. [C]"""
    vcs = {"instrument": "VCS-VCU", "registered": "2025-01-01"}
    plants.register_project(period("first", 1, "2013-01-01", 10, **vcs))
    refused(plants, period("second", 2, "2022-01-01", 10, **vcs), "before crediting period 1 ends on 2023-01-01")


@pytest.mark.parametrize("start", ["2020-01-01", "2027-06-01"])
def test_a_fourth_period_is_refused_by_its_number_before_the_end_of_its_methodology(
    plants: cl.Ledger, clock: Clock, start: str
) -> None:
    """Issue 14: a fourth CDM period. What no other methodology changes is told first."""
    clock.now = datetime(2027, 3, 15, tzinfo=UTC)
    refused_first = period("fourth", 4, start)
    with pytest.raises(errors.RefusedError, match="a project has at most 3 crediting periods") as refusal:
        plants.register_project(refused_first)
    assert refusal.value.rule == "crediting-period"
    if start > "2027":
        with pytest.raises(errors.RefusedError, match="methodology-life"):
            plants.register_project(refused_first, waivers=LETTER)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"crediting_period_ordinal": 3}, "the recorded period before it has number 1"),
        ({"crediting_period_ordinal": 1}, "crediting period 1 begins on 2006-01-01"),
        ({"crediting_period": years("2012-12-31", 7).to_record()}, "before crediting period 1 ends on 2013-01-01"),
    ],
)
def test_a_forged_entry_is_found(plants: cl.Ledger, fields: dict[str, Any], words: str) -> None:
    """Domain invariant 34: what no command writes, an audit finds."""
    plants.register_project(period("first", 1, "2006-01-01"))
    plants.register_project(period("second", 2, "2013-01-01"))
    found = found_in(plants, plants.size - 1, lambda event: event.update(fields))
    assert words in found.detail


def test_a_forged_length_of_all_periods_is_found(plants: cl.Ledger) -> None:
    """Domain invariant 34. The waiver of the first period is not one of the last."""
    plants.register_project(period("first", 1, "2005-01-01", 7))
    plants.register_project(period("second", 2, "2012-01-01", 8), waivers=LETTER)
    plants.register_project(period("third", 3, "2020-01-01", 7), waivers=LETTER)
    found = found_in(plants, plants.size - 1, lambda event: event.pop("waivers"))
    assert "longer than 21 years" in found.detail


def test_a_number_that_the_plants_have_is_given_again(plants: cl.Ledger) -> None:
    """The number of a period that was admitted by a waiver is not judged again."""
    plants.register_project(period("first", 1, "2005-01-01"))
    plants.register_project(period("third", 3, "2019-01-01"), waivers=LETTER)
    plants.register_project(period("third-again", 3, "2019-01-01"))


def test_of_two_periods_with_one_number_the_longer_one_counts(plants: cl.Ledger) -> None:
    plants.register_project(period("first", 1, "2005-01-01"))
    plants.register_project(period("second", 2, "2012-01-01", 8), waivers=LETTER)
    plants.register_project(period("second-again", 2, "2012-01-01", 5))
    refused(plants, period("third", 3, "2020-01-01"), "together with those of first, second, it is longer than 21")


@pytest.mark.parametrize(
    ("start", "end", "count"),
    [
        ("2005-06-01", "2012-06-01", 7),
        ("2017-06-01", "2024-03-01", 6 + Fraction(274, 366)),
        ("2024-02-29", "2025-02-28", 1),
        ("2024-01-01", "2024-01-02", Fraction(1, 366)),
    ],
)
def test_a_part_of_a_year_counts_as_a_part_of_the_longest_year(start: str, end: str, count: Fraction) -> None:
    assert years_of(cl.Period.of(start, end, zone=BAKU), BAKU) == count


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/New_York"])
def test_a_period_is_as_long_as_the_calendar_of_its_own_project_says(plants: cl.Ledger, zone: str) -> None:
    """Baku ended summer time in 2016: seven of its years are an hour longer in UTC, and neither fixed nor too long."""
    plants.register_project(period("first", 1, "2006-07-01"))
    plants.register_project(period("second", 2, "2013-07-01"))
    third = cl.Period.years("2020-07-02", 7, zone=zone)
    plants.register_project(period("third", 3, "2020-07-02", zone=zone, crediting_period=third))
    plants.register_device(device("new", commissioned="2005-01-01"))
    plants.register_project(period("one", 1, "2013-07-01", devices=("new",)))
    plants.register_project(period("two", 2, "2020-07-02", zone=zone, crediting_period=third, devices=("new",)))
    assert plants.audit().findings == ()


def test_a_time_of_day_is_named_where_the_days_are_the_same(plants: cl.Ledger) -> None:
    plants.register_project(
        period("first", 1, "2013-01-01", zone="UTC", crediting_period=cl.Period.years("2013-01-01", 7, zone="UTC"))
    )
    refused(
        plants,
        period("second", 2, "2020-01-01"),
        "begins on 2020-01-01, before crediting period 1 ends on 2020-01-01 04:00",
    )
