"""Ledgers with a sound year of hourly readings: synthetic ones, and real ones from files."""

import csv
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from tests.support.plants import KINDS, Numbers
from tests.support.reviewed_ledgers import Story, begun, digest_of, plant

import carbon_ledger as cl


def year_of(kind: str, seed: int) -> Story:
    """A synthetic year of one kind of plant, with everything around the series as it should be."""
    technology, capacity_w, values = KINDS[kind]
    device = plant(technology=technology, capacity=f"{capacity_w} W", zone="UTC")
    story = begun("open", device, seed=seed)
    record_year(story, list(values(Numbers(seed * 7_919 + 1))), 2025)
    return story


def years_of(kind: str, seed: int, years: int) -> Story:
    """Several synthetic years of one plant, each of another seed."""
    technology, capacity_w, values = KINDS[kind]
    device = plant(technology=technology, capacity=f"{capacity_w} W", zone="UTC")
    story = begun("open", device, seed=seed)
    for k in range(years):
        hours = list(values(Numbers((seed + 100 * k) * 7_919 + 1)))
        leap_day = list(values(Numbers(seed * 7_919 + 3)))[-24:]
        record_year(story, [*hours, *leap_day], 2025 + k)
    return story


def record_year(story: Story, values: list[int], year: int, device: str = "plant", project: str = "hydro") -> None:
    """Record and issue a year of hours, month by month, with a document for each month."""
    at = 0
    for number in range(1, 13):
        period = cl.Period.month(year, number, zone="UTC")
        hours = period.seconds // 3600
        story.clock.now = max(period.end + timedelta(days=3), story.clock.now + timedelta(hours=1))
        story.ledger.record_readings(
            device,
            start=period.start,
            step="1 hour",
            net_wh=values[at : at + hours],
            evidence=digest_of(1_000 + story.ledger.size),
            by="meter-operator",
        )
        at += hours
        story.approve_and_issue(period, project)


def real_year(path: Path, column: int = 1) -> Story:
    """The year 2016 of a file of hourly generation of the hydro plants of a region, as that of one plant."""
    with path.open(encoding="utf-8") as file:
        rows = [(row[0], row[column]) for row in csv.reader(file)][1:]
    hours = sorted((moment(text), int(Decimal(mwh) * 1_000_000)) for text, mwh in rows)
    assert [at for at, _ in hours] == [hours[0][0] + k * timedelta(hours=1) for k in range(len(hours))]
    values = [wh for _, wh in hours]
    capacity_w = 1_100_000 * (max(values) // 1_000_000 + 1)
    device = plant(capacity=f"{capacity_w} W", zone="UTC", commissioned="2015-01-01")
    story = begun("open", device, now="2016-01-02T08:00Z")
    record_year(story, values, 2016)
    return story


def moment(text: str) -> datetime:
    """A time of one of the files, read as UTC."""
    for form in ("%Y-%m-%d %H:%M:%S", "%m/%d/%Y %H:%M", "%m/%d/%y %H:%M"):
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    raise ValueError(text)
