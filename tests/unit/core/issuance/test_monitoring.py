"""The steps of an issuance: shared meters, plants before commissioning, and damaged rows."""

from decimal import Decimal
from typing import Any

import pytest
from tests.conftest import EVIDENCE, device, dump
from tests.support.forging import found_in
from tests.support.hourly_plant import hours
from tests.support.hourly_plant import record as record_hours
from tests.support.hourly_plant import set_up as set_up_granular
from tests.support.metered_project import MAY, factor, metered

import carbon_ledger as cl
from carbon_ledger import errors

__all__ = ["metered"]

JUNE = cl.Period.month(2024, 6, zone="Asia/Baku")
TEXT = cl.Waiver("methodology-text", "compared")
DAY = cl.Period.of("2024-05-01T00:00Z", "2024-05-02T00:00Z")


def test_a_part_of_a_shared_column_is_what_the_device_has_of_it(ledger: cl.Ledger) -> None:
    """Invariants 2 and 5: a shared meter's column, apportioned by 1 to 2, issued in two parts."""
    ledger.register_device(device())
    ledger.register_device(device("second"))
    ledger.register_meter(cl.Meter(id="feeder", shares={"plant": 1, "second": 2}))
    ledger.register_project(cl.Project(id="p", instrument="I-REC-E", zone="UTC", devices=("plant",)))
    values = [3_000_000 * k for k in range(1, 7)]
    ledger.record_meter_readings("feeder", start=hours(0, 1).start, step="1 hour", net_wh=values, evidence=EVIDENCE)
    assert [batch.count for batch in ledger.issue("p", hours(1, 3), to="op")] == [2 + 3]
    (rest,) = ledger.issue("p", hours(3, 6), to="op")
    assert rest.count == 4 + 5 + 6
    assert ledger.generation("plant", hours(0, 1)) == cl.quantity("1 MWh")
    assert ledger.audit().findings == ()


def test_a_plant_that_does_not_run_yet_has_no_gap(ledger: cl.Ledger) -> None:
    """Before commissioning is no gap (decision 3), whatever of the period that is."""
    ledger.register_device(device())
    ledger.register_device(device("planned", commissioned=None))
    ledger.register_device(device("next", zone="UTC", commissioned="2024-05-02"))
    ledger.register_device(device("running", zone="UTC", commissioned="2024-05-01"))
    ledger.record_generation("plant", DAY, net="2 MWh")
    for name, others in (("a", ("planned",)), ("b", ("planned", "next")), ("c", ("running",))):
        ledger.register_project(cl.Project(id=name, instrument="I-REC-E", zone="UTC", devices=("plant", *others)))
    assert ledger.quantify("a", DAY).amount == 2
    assert [item.gaps for item in ledger.quantify("b", DAY).steps] == [(), (), ()]
    with pytest.raises(errors.GapError, match="device running"):
        ledger.quantify("c", DAY)


def test_a_step_longer_than_an_hour_is_no_granular_certificate_s(ledger: cl.Ledger) -> None:
    set_up_granular(ledger)
    record_hours(ledger, [10, 20], step_s=3600)
    assert ledger.quantify("h", hours(0, 2)).amount == 30
    record_hours(ledger, [5], first=1, step_s=7200)
    before = dump(ledger)
    with pytest.raises(errors.RefusedError, match="its steps are 7200 s long, and a granular certificate's interval"):
        ledger.issue("h", hours(2, 4), to="op")
    assert dump(ledger) == before


def test_a_granular_issuance_takes_no_step_that_is_not_above_zero(ledger: cl.Ledger) -> None:
    set_up_granular(ledger)
    record_hours(ledger, [0, -5])
    with pytest.raises(errors.MissingDataError, match=r"no step of .* can be certified, because no step has energy"):
        ledger.issue("h", hours(0, 2), to="op")


def test_reconciling_lists_every_gap_at_the_edges_too(ledger: cl.Ledger) -> None:
    set_up_granular(ledger)
    record_hours(ledger, [10, 20], first=2)
    record_hours(ledger, [5], first=6)
    told = ledger.reconcile("h", hours(0, 9))
    assert told.gaps == (("plant", hours(0, 2)), ("plant", hours(4, 6)), ("plant", hours(7, 9)))


def test_a_gap_is_named_and_the_others_are_counted(ledger: cl.Ledger) -> None:
    """Invariant 5: the first of them, and how many there are beside it."""
    set_up_granular(ledger)
    for first in (1, 3):
        record_hours(ledger, [10], first=first)
    for last, more in ((2, ""), (3, " (and 1 more)"), (5, " (and 2 more)")):
        with pytest.raises(errors.GapError) as refused:
            ledger.quantify("h", hours(0, last))
        assert refused.value.subject == "device plant"
        first_gap = "no reading for 2024-05-01T00:00:00+00:00 to 2024-05-01T01:00:00+00:00 (UTC)"
        assert refused.value.detail.startswith(f"{first_gap}{more}; record one, or pass Waiver('gap', reason)")


ESTIMATED = cl.Waiver("estimated-readings", "the meter was out of order, report 12")


@pytest.mark.parametrize(("project", "unit"), [("credits", "MWh"), ("energy", "MWh")])
def test_issuing_on_readings_that_were_not_measured_needs_a_waiver(metered: cl.Ledger, project: str, unit: str) -> None:
    """ledger-model section 2: a run's quality is a fact, and the quantification has a line for it."""
    metered.record_generation("plant", JUNE, net="12.5 MWh", quality="estimated")
    metered.correct_generation(
        "plant", MAY, net="90 MWh", quality="substituted", reason="a spare meter", evidence=EVIDENCE
    )
    period = cl.Period.of("2024-05-01", "2024-07-01", zone="Asia/Baku")
    given: dict[str, Any] = {"factor": factor(), "waivers": [TEXT]} if project == "credits" else {"waivers": []}
    before = dump(metered)
    with pytest.raises(errors.RefusedError, match="12500000 Wh of plant in 2024 were estimated") as refused:
        metered.issue(project, period, to="op", **given)
    assert refused.value.rule == "estimated-readings"
    assert dump(metered) == before
    given["waivers"].append(ESTIMATED)
    result = metered.quantify(project, period, **given)
    assert [(line.symbol, str(line.value), line.unit) for line in result.lines if "EG_" in line.symbol] == [
        ("EG_estimated[2024,plant]", "12.500000", unit),
        ("EG_substituted[2024,plant]", "90.000000", unit),
    ]
    assert result.line("EG[2024]").value == Decimal("102.5")
    (batch,) = metered.issue(project, period, to="op", **given)
    assert "2 (1 estimated, 1 substituted)" in str(metered.trace(batch))
    found = metered.reconcile(project, period)
    assert (found.estimated_wh, found.substituted_wh) == (12_500_000, 90_000_000)
    assert "of generated: substituted" in str(found)
    assert found.holds
    assert metered.audit().passed


@pytest.mark.parametrize("net", ["80 MWh", "120 MWh"])
def test_a_claimed_reading_is_corrected_by_an_estimate_only_with_a_waiver(metered: cl.Ledger, net: str) -> None:
    """Units of later carry would rest on what nobody measured."""
    metered.issue("energy", MAY, to="op")
    before = dump(metered)
    with pytest.raises(errors.RefusedError, match="not measured") as refused:
        metered.correct_generation("plant", MAY, net=net, quality="estimated", reason="failed", evidence=EVIDENCE)
    assert refused.value.rule == "estimated-readings"
    assert dump(metered) == before


def test_a_waiver_admits_an_estimate_of_claimed_readings(metered: cl.Ledger) -> None:
    """The new quantification shows it."""
    metered.issue("energy", MAY, to="op")
    estimated = cl.Waiver("estimated-readings", "the meter failed on 3 May")
    done = metered.correct_generation(
        "plant",
        MAY,
        net="80 MWh",
        quality="estimated",
        reason="the meter failed",
        evidence=EVIDENCE,
        waivers=[estimated],
    )
    assert done.withdrawn
    assert metered.issuances("energy")[0].amounts == ((2024, Decimal(80)),)
    metered.void(metered.issuances("energy")[0].n, reason="again")
    with pytest.raises(errors.RefusedError, match="estimated-readings"):
        metered.issue("energy", MAY, to="op")
    assert metered.audit().passed


def test_a_forged_quality_is_found(metered: cl.Ledger) -> None:
    """The rule of the issuance asks for the waiver, whatever the command did."""
    (batch,) = metered.issue("energy", MAY, to="op")
    recorded = metered.readings("plant", MAY)[0].source_n
    found = found_in(metered, recorded, lambda event: event.update(quality="estimated"))
    assert found.entry == metered.issuances("energy")[0].n
    assert "Waiver('estimated-readings', reason)" in str(found)
    assert batch.count == 100


def test_a_forged_line_of_quality_is_found(metered: cl.Ledger) -> None:
    metered.correct_generation("plant", MAY, net="9 MWh", quality="estimated", reason="r", evidence=EVIDENCE)
    metered.issue("energy", MAY, to="op", waivers=[ESTIMATED])
    recorded = metered.readings("plant", MAY)[0].source_n
    for quality in ("substituted", None):
        found = found_in(
            metered, recorded, lambda event, to=quality: event.update(quality=to) if to else event.pop("quality")
        )
        assert "EG_estimated[2024,plant]: 9" in str(found)
