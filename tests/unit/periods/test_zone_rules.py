"""The recorded rules of a zone have the same meaning as its file, for every zone of the database."""

import json
from bisect import bisect_right
from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest

from carbon_ledger.canonical import dumps
from carbon_ledger.core.entries.entry import MAX_BYTES
from carbon_ledger.errors import PeriodError
from carbon_ledger.periods.zone_rules import FIRST_CHANGE_UTC, ZoneRules
from carbon_ledger.periods.zones import (
    _zone_keys,
    day_start_utc,
    installed_rules,
    local_time,
    tzdata_release,
    vintage_of,
    year_start_utc,
    zone_file,
    zone_info,
)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ZONES = sorted(_zone_keys())
BAKU = "Asia/Baku"


def pinned(zone: str) -> ZoneRules:
    """The rules of a zone, written into a log and read from it."""
    return ZoneRules.from_record(zone, json.loads(dumps(installed_rules(zone).to_record())))


def instants(rules: ZoneRules, random: Random) -> list[int]:
    """Around each change, and anywhere from 1970 to 9998."""
    around = [at + d for at in rules.changes_utc for d in (-1, 0, 1) if at > 0]
    return [*around, *(random.randrange(4_102_444_800) for _ in range(40)), random.randrange(253_370_000_000)]


def test_in_every_zone_local_times_are_those_of_its_file() -> None:
    """Invariant: vintages and local midnights by the pinned rules are those of the standard library, 1970 to 2100."""
    random = Random(14)
    for zone in ZONES:
        rules, file = pinned(zone), zone_info(zone)
        for at in instants(rules, random):
            there = (EPOCH + timedelta(seconds=at)).astimezone(file)
            assert local_time(at, rules).replace(tzinfo=None) == there.replace(tzinfo=None), (zone, at)
        for day in (date(1970, 1, 1) + timedelta(days=random.randrange(47_846)) for _ in range(20)):
            assert day_start_utc(day, rules) == day_start_utc(day, zone), (zone, day)


def test_in_every_zone_a_year_begins_at_the_same_instant() -> None:
    for k, zone in enumerate(ZONES):
        rules = pinned(zone)
        for year in range(1971 + k % 4, 2101, 4):
            start = year_start_utc(year, rules)
            assert start == year_start_utc(year, zone), (zone, year)
            assert vintage_of(start, rules) == year


def test_in_every_zone_the_days_around_a_change_begin_at_the_same_instant() -> None:
    for zone in ZONES:
        rules = pinned(zone)
        for change in rules.changes_utc[-12:]:
            first = (EPOCH + timedelta(seconds=change)).date()
            for day in (first + timedelta(days=k) for k in range(-1, 3)):
                assert day_start_utc(day, rules) == day_start_utc(day, zone), (zone, day)


def test_the_rules_of_every_zone_fit_an_entry_many_times() -> None:
    sizes = {zone: len(dumps(installed_rules(zone).to_record())) for zone in ZONES}
    assert max(sizes.values()) < MAX_BYTES // 10
    assert sum(sizes.values()) // len(sizes) < 1_000


def test_changes_before_1970_are_omitted() -> None:
    for zone in ZONES:
        rules = installed_rules(zone)
        assert all(at > FIRST_CHANGE_UTC for at in rules.changes_utc)
        offset = (EPOCH + timedelta(seconds=FIRST_CHANGE_UTC)).astimezone(zone_info(zone)).utcoffset()
        assert offset == timedelta(seconds=rules.offsets_s[0]), zone


def test_the_rules_of_baku_can_be_read() -> None:
    """By hand: four hours ahead of UTC in 2025, with summer time until 2015."""
    rules = installed_rules(BAKU)
    assert (rules.key, rules.release, rules.closing) == (BAKU, tzdata_release(), "<+04>-4")
    assert rules.changes_utc[-1] == int(datetime(2015, 10, 25, 0, tzinfo=UTC).timestamp())
    assert rules.offsets_s[-2:] == (18_000, 14_400)
    may = int(datetime(2015, 5, 1, tzinfo=UTC).timestamp())
    assert rules.offsets_s[bisect_right(rules.changes_utc, may)] == 18_000


@pytest.mark.parametrize(
    "spoil",
    [
        lambda _: b"",
        lambda data: data[:43],
        lambda data: b"TZjf" + data[4:],
        lambda data: data[:4] + b"\0" + data[5:],
        lambda data: data[:-40],
        lambda data: data[: len(data) // 2],
        lambda data: data + b"\xff",
        lambda data: data[:20] + b"\x7f" * 24 + data[44:],
        lambda data: data[:20] + b"\xff" * 24 + data[44:],
    ],
)
def test_a_file_in_another_format_is_refused(spoil: object) -> None:
    with pytest.raises(PeriodError):
        ZoneRules.from_file(BAKU, spoil(zone_file(BAKU)), "2026a")


def test_no_byte_of_a_file_can_raise_another_error() -> None:
    data, random = zone_file("America/Havana"), Random(9)
    refused = 0
    for _ in range(2_000):
        spoiled = bytearray(data)
        for _ in range(random.randrange(1, 4)):
            spoiled[random.randrange(len(spoiled))] = random.randrange(256)
        try:
            ZoneRules.from_file("America/Havana", bytes(spoiled), "2026a")
        except PeriodError:
            refused += 1
    assert 100 < refused < 2_000


CLOSINGS = [
    "",
    "A",
    "UTC",
    "AAA-4\n",
    "AAA25",
    "AAA-4BBB",
    "AAA-4BBB,J0,J1",
    "AAA-4BBB,M1.6.0,M2.1.0",
    "AAA-4BBB,M1.1.7,1",
    "AAA-4BBB24,J1/0,J2/0",  # summer time may not be a day behind UTC, or a day ahead
    "AAA-4BBB-24,M3.1.0,M4.1.0",
    "AAA-23:59BBB,M3.1.0,M4.1.0",
]


@pytest.mark.parametrize("closing", [*CLOSINGS, "AAA-4BBB,366,1", "AAA-4BBB,M3.1.0/999,M4.1.0", "ÄÄÄ-4", "A" * 10_000])
def test_a_malformed_closing_rule_is_refused(closing: str) -> None:
    with pytest.raises(PeriodError, match="closing rule") as refused:
        ZoneRules(key=BAKU, release="2026a", offsets_s=[14_400], changes_utc=[], closing=closing)
    assert len(str(refused.value)) < 300
