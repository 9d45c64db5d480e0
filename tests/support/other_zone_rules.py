"""A machine whose tzdata has other rules, and a ledger whose issuances depend on local days and years."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from tests.conftest import EVIDENCE, Clock, device

import carbon_ledger as cl
from carbon_ledger.periods import zone_rules, zones
from carbon_ledger.periods.zone_rules import ZoneRules

BAKU = "Asia/Baku"
RELEASE = "2027a"
SINCE_2000_UTC = 946_684_800
MWH = 1_000_000

WHOLE = cl.Period(1_735_502_400, 1_735_761_600, BAKU)  # 2024-12-30 to 2025-01-02, local days of Baku at UTC+4
RUN: dict[str, Any] = {"start": WHOLE.start, "step": "1 hour", "net_wh": [MWH] * 72}
FACTOR = cl.EmissionFactor(
    factor_id="two-days",
    value="0.5",
    unit="tCO2e/MWh",
    kind="combined_margin",
    region="AZ",
    source="valid on the local days of the period, and on no other",
    valid_from="2024-12-30",
    valid_to="2025-01-01",
)
HISTORY = {2019 + k: "10 MWh" for k in range(5)}
WAIVERS = [cl.Waiver("methodology-text", "r"), cl.Waiver("straddling-step", "r"), cl.Waiver("factor-method", "r")]


def rules(hours: int, since_utc: int = SINCE_2000_UTC, zone: str = BAKU, release: str = RELEASE) -> ZoneRules:
    """Rules of a zone that is *hours* ahead of UTC from *since_utc* on, without later changes."""
    real = zones.installed_rules(zone)
    changes = [at for at in real.changes_utc if at < since_utc]
    return ZoneRules(
        key=zone,
        release=release,
        offsets_s=[*real.offsets_s[: len(changes) + 1], hours * 3600],
        changes_utc=[*changes, since_utc],
        closing=f"<+{hours:02}>-{hours}",
    )


@contextmanager
def another_machine(*other: ZoneRules) -> Iterator[None]:
    """Replace the rules of these zones by others; the release of tzdata is that of the first."""
    files = {
        item.key: zone_rules._written(item.offsets_s, item.changes_utc, item.closing)  # what a package would hold
        for item in other
    }
    here = zones.zone_file
    caches = (zones._zone, zones.installed_rules, zones._day_start)
    for cache in caches:
        cache.cache_clear()
    try:
        with (
            patch.object(zones, "zone_file", lambda name: files[name] if name in files else here(name)),
            patch.object(zones, "tzdata_release", lambda: other[0].release),
            patch("carbon_ledger.ledger.commands.timekeeping.tzdata_release", lambda: other[0].release),
        ):
            yield
    finally:
        for cache in caches:
            cache.cache_clear()


def opened(path: Path, **more: Any) -> cl.Ledger:
    clock = Clock()
    clock.now = datetime(2026, 3, 1, tzinfo=UTC)
    return cl.open_ledger(path, ledger_id="zoned", clock=clock, by="tester", **more)


def set_up(ledger: cl.Ledger) -> None:
    """Register projects of expiring certificates, of credits over a historic baseline, and of granular certificates."""
    ledger.open_account("op", name="Operator")
    for name in ("sun", "roof"):
        ledger.register_device(device(name, commissioned="2024-12-30"))
    for name in ("mill", "next-mill"):
        ledger.register_device(device(name, commissioned="2024-12-30", capacity="12 MW", capacity_before="9 MW"))
    ledger.register_meter(cl.Meter(id="feeder", shares={"sun": 1, "roof": 1}))
    ledger.register_project(cl.Project(id="go", instrument="EECS-GO", zone=BAKU, devices=("sun",)))
    ledger.register_project(cl.Project(id="h", instrument="GC", zone=BAKU, devices=("roof",)))
    rebuilt: dict[str, Any] = {
        "instrument": "CDM-CER",
        "zone": BAKU,
        "devices": ("mill",),
        "methodology": "AMS-I.D@18.0",
        "baseline": "retrofit",
        "replaced_on": "2025-01-02",
    }
    crediting = cl.Period.years("2024-12-30", 10, zone=BAKU)
    ledger.register_project(cl.Project(id="c", crediting_period=crediting, history=HISTORY, **rebuilt))
    # Its history ends with 2024, and its crediting begins with the first second of 2025.
    crediting, past = cl.Period.years("2025-01-01", 10, zone=BAKU), HISTORY | {2024: "10 MWh"}
    ledger.register_project(
        cl.Project(id="next", crediting_period=crediting, history=past, **rebuilt | {"devices": ("next-mill",)})
    )


def fill(ledger: cl.Ledger) -> None:
    """Record, issue, import and correct over the new year: everything that depends on local days and years."""
    set_up(ledger)
    ledger.record_readings("sun", **RUN | {"step": "3 hours", "net_wh": [3 * MWH] * 24}, evidence=EVIDENCE)
    ledger.record_readings("mill", **RUN, evidence=EVIDENCE)
    ledger.record_readings("roof", **RUN, evidence=EVIDENCE)
    # What is before the first local day of operation is no gap.
    longer = cl.Period(WHOLE.start_utc - 5 * 3600, WHOLE.end_utc, BAKU)
    ledger.issue("go", longer, to="op", waivers=[cl.Waiver("straddling-step", "r")])
    ledger.issue("h", WHOLE, to="op")
    ledger.issue("c", WHOLE, to="op", factor=FACTOR, waivers=WAIVERS)
    last = cl.Period(WHOLE.start_utc + 47 * 3600, WHOLE.start_utc + 48 * 3600)
    for name in ("mill", "roof"):
        ledger.correct_generation(name, last, net="0.9 MWh", reason="r", evidence=EVIDENCE)
    ledger.import_block(
        "MIRECS-123-MI-01-2024-123-608 to 30350",
        registry="m-rets",
        instrument="EECS-GO",
        to="op",
        production=cl.Period(1_704_052_800, 1_735_675_200, BAKU),
        vintage=2024,
        project="GS7495",
        evidence=EVIDENCE,
    )


LATER = rules(5)


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    """A ledger over a new year in Baku."""
    path = tmp_path / "zoned.db"
    with opened(path) as ledger:
        fill(ledger)
        assert ledger.audit().passed
    return path


def period() -> cl.Period:
    """A month of local days of Baku. Other rules of the zone move it by an hour."""
    return cl.Period.of("2025-06-01", "2025-07-01", zone=BAKU)
