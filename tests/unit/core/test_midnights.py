"""A period is refused if its local days began at other instants by the rules that the log pins."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from tests.conftest import EVIDENCE, dump
from tests.support.other_zone_rules import (
    BAKU,
    LATER,
    RELEASE,
    another_machine,
    filled,
    opened,
    period,
    rules,
)

import carbon_ledger as cl
from carbon_ledger import errors
from carbon_ledger.core.midnights import first_difference
from carbon_ledger.periods import zones
from carbon_ledger.periods.zone_rules import ZoneRules

__all__ = ["filled"]


COMMANDS: dict[str, Callable[[cl.Ledger], object]] = {
    "record": lambda x: x.record_generation("sun", period(), net="1 MWh"),
    "record a column": lambda x: x.record_readings(
        "sun", start=date(2025, 6, 1), step="1 hour", net_wh=[1], zone=BAKU, evidence=EVIDENCE
    ),
    "record a meter": lambda x: x.record_meter("feeder", period(), net="1 MWh"),
    "record a meter's column": lambda x: x.record_meter_readings(
        "feeder", start="2025-06-01", step="1 hour", net_wh=[1], zone=BAKU
    ),
    "correct": lambda x: x.correct_generation("sun", period(), net="1 MWh", reason="r", evidence=EVIDENCE),
    "correct a column": lambda x: x.correct_readings(
        "sun", start="2025-06-01", step="1 hour", net_wh=[1], zone=BAKU, reason="r", evidence=EVIDENCE
    ),
    "issue": lambda x: x.issue("go", period(), to="op"),
    "quantify": lambda x: x.quantify("go", period()),
    "retire": lambda x: x.retire(x.batches("go")[0].take(1), beneficiary="B", purpose="p", period=period()),
    "import": lambda x: x.import_block(
        "MIRECS-123-MI-01-2024-123-1 to 2",
        registry="m-rets",
        instrument="EECS-GO",
        to="op",
        production=period(),
        project="p",
        evidence=EVIDENCE,
    ),
    "register a project": lambda x: x.register_project(
        cl.Project(
            id="new",
            instrument="CDM-CER",
            zone=BAKU,
            devices=("sun",),
            methodology="AMS-I.D@18.0",
            baseline="greenfield",
            crediting_period=cl.Period.years("2025-06-01", 7, zone=BAKU),
        )
    ),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_period_of_another_machine_is_refused(filled: Path, command: str) -> None:
    with another_machine(LATER), opened(filled) as ledger:
        before = dump(ledger)
        with pytest.raises(errors.RefusedError) as refused:
            COMMANDS[command](ledger)
        assert refused.value.rule == "zone-differs"
        for said in ("2025-06-01 begins at 2025-05-31T19:00:00Z", "2025-05-31T20:00:00Z", RELEASE, "adopt_zone("):
            assert said in str(refused.value)
        assert dump(ledger) == before


def test_an_approval_of_another_machine_is_refused(filled: Path) -> None:
    with opened(filled) as ledger:
        ledger.record_generation("sun", period(), net="1 MWh")
        asked = ledger.quantify("go", period())
    with another_machine(LATER), opened(filled) as ledger, pytest.raises(errors.RefusedError, match="zone-differs"):
        ledger.approve(asked)


def test_a_period_that_both_machines_name_alike_is_accepted(filled: Path) -> None:
    """In UTC, in another zone, and before the rules part."""
    summer = rules(5, since_utc=zones.day_start_utc(date(2025, 8, 1), BAKU))
    with another_machine(summer), opened(filled) as ledger:
        ledger.record_generation("sun", cl.Period.month(2025, 7, zone=BAKU), net="1 MWh")
        with pytest.raises(errors.RefusedError, match="2025-08-02 begins at"):
            ledger.record_generation("sun", cl.Period.month(2025, 8, zone=BAKU), net="1 MWh")
        ledger.record_generation("sun", cl.Period.month(2025, 9, zone="UTC"), net="1 MWh")
        ledger.record_generation("sun", cl.Period.month(2025, 11, zone="Europe/Berlin"), net="1 MWh")
        assert ledger.audit().passed


def test_the_same_rules_written_otherwise_refuse_nothing(filled: Path) -> None:
    """A build of the database may state changes that the closing rule implies, or that change nothing."""
    real = zones.installed_rules(BAKU)
    more = [*real.changes_utc, 1_900_000_000, 2_000_000_000]
    other = ZoneRules(
        key=BAKU,
        release=RELEASE,
        offsets_s=[*real.offsets_s, real.offsets_s[-1], real.offsets_s[-1]],
        changes_utc=more,
        closing=real.closing,
    )
    with another_machine(other), opened(filled) as ledger:
        ledger.record_generation("sun", period(), net="1 MWh")
        assert first_difference(cl.Period.of("1970-01-02", "2090-01-01", zone=BAKU), real, other) is None


def test_a_difference_far_ahead_is_found_and_a_long_period_ends_the_search() -> None:
    real, other = zones.installed_rules(BAKU), rules(5, since_utc=2_000_000_000)
    for end in ("2034-01-01", "9000-01-01"):
        found = first_difference(cl.Period.of("2025-01-01", end, zone=BAKU), real, other)
        assert found is not None
        assert found[0] == datetime.fromtimestamp(2_000_000_000, UTC).date() + timedelta(days=1)
    assert first_difference(cl.Period.of("2025-01-01", "2033-01-01", zone=BAKU), real, other) is None
    alike = rules(4, since_utc=2_000_000_000)
    assert first_difference(cl.Period.of("2025-01-01", "9000-01-01", zone=BAKU), real, alike) is None
    summer = ZoneRules(
        key=BAKU,
        release=RELEASE,
        offsets_s=real.offsets_s,
        changes_utc=real.changes_utc,
        closing="<+04>-4<+05>,M6.5.0/10,M6.5.0/13",
    )
    assert first_difference(cl.Period.of("2025-11-01", "2060-01-01", zone=BAKU), real, summer) is None
