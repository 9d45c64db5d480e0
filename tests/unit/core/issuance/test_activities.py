"""Years of a small-scale project: beyond the limit, the issuances of a year together are capped at the estimate."""

from itertools import permutations
from typing import Any

import pytest
from attrs import evolve
from tests.conftest import EVIDENCE, device, dump
from tests.support.forging import found_in
from tests.support.metered_project import factor

import carbon_ledger as cl
from carbon_ledger import errors

BAKU = "Asia/Baku"
QUARTERS = tuple(cl.Period.of(f"2024-{k:02}-01", f"2024-{k + 3:02}-01", zone=BAKU) for k in (1, 4, 7))
GIVEN: dict[str, Any] = {"to": "op", "factor": factor(), "waivers": [cl.Waiver("methodology-text", "compared")]}
SINCE: dict[str, Any] = {"evidence": EVIDENCE, "reason": "a second turbine"}


def small(ledger: cl.Ledger, estimate: str | None = "30000", before: str | None = None) -> cl.Ledger:
    """A plant of 14 MW that is enlarged to 16 MW in July, with 20,000 MWh in each of three quarters.

    With *before*, an amendment says that it had this capacity when crediting began.
    """
    ledger.register_device(device("mill", capacity="14 MW"))
    expected = None
    if estimate is not None:
        expected = cl.Estimate(yearly={2024: estimate}, source="PDD, table 5", day_basis="calendar-days")
    ledger.register_project(
        cl.Project(
            id="small",
            instrument="CDM-CER",
            zone=BAKU,
            devices=("mill",),
            methodology="AMS-I.D@18.0",
            baseline="greenfield",
            crediting_period=cl.Period.years("2024-01-01", 7, zone=BAKU),
            estimate=expected,
        )
    )
    if before is not None:
        ledger.amend_device("mill", effective="2024-01-01", capacity=before, **SINCE)
    ledger.amend_device("mill", effective="2024-07-01", capacity="16 MW", **SINCE)
    for period in QUARTERS:
        ledger.record_generation("mill", period, net="20000 MWh")
    return ledger


def amounts(ledger: cl.Ledger) -> list[int]:
    """The amounts of live issuances, in order."""
    return [int(sum(amount for _, amount in item.amounts)) for item in ledger.issuances("small") if not item.voided]


@pytest.mark.parametrize("order", list(permutations(range(3))))
@pytest.mark.parametrize(("estimate", "total"), [("25000", 25_000), ("30000", 30_000), ("31000", 30_000)])
def test_the_sum_of_a_year_is_capped_in_any_order(
    ledger: cl.Ledger, order: tuple[int, ...], estimate: str, total: int
) -> None:
    """EB 20, paragraph 58(a): 30,000 t are reduced; the year counts at most its estimate. [S]"""
    small(ledger, estimate)
    for k in order:
        ledger.issue("small", QUARTERS[k], **GIVEN)
    assert ledger.carry("small").claimed == total
    assert ledger.audit().findings == ()


def test_what_was_issued_before_the_limit_was_passed_becomes_a_debit(ledger: cl.Ledger) -> None:
    small(ledger, "15000")
    for period in QUARTERS[:2]:
        ledger.issue("small", period, **GIVEN)
    assert ledger.quantify("small", QUARTERS[2], factor=factor()).amount == -5_000
    ledger.issue("small", QUARTERS[2], **GIVEN)
    assert (ledger.carry("small").claimed, ledger.carry("small").debit) == (15_000, 5_000)
    assert ledger.audit().findings == ()


def test_a_negative_period_lowers_the_year_before_its_cap(ledger: cl.Ledger) -> None:
    """10,000 t, less 500 t, are still more than the estimate of 8,000 t."""
    small(ledger, "8000")
    october = cl.Period.month(2024, 10, zone=BAKU)
    ledger.record_generation("mill", october, net="-1000 MWh")
    ledger.issue("small", QUARTERS[2], **GIVEN)
    assert ledger.quantify("small", october, factor=factor()).amount == 0


PARTS = tuple(
    cl.Period.of(*days, zone=BAKU)
    for days in (("2024-01-01", "2024-11-29"), ("2024-11-29", "2024-12-30"), ("2024-12-30", "2025-01-01"))
)


def beyond_by_generation(ledger: cl.Ledger, last: str = "400 MWh") -> cl.Ledger:
    """A plant of 15 MW that generates 132,000 MWh, takes 1,000 MWh, and generates again; 131,760 MWh are the limit."""
    ledger.register_device(device("mill", capacity="15 MW", margin="1.2"))
    expected = cl.Estimate(yearly={2024: "10000"}, source="PDD, table 5", day_basis="calendar-days")
    ledger.register_project(
        cl.Project(
            id="small",
            instrument="CDM-CER",
            zone=BAKU,
            devices=("mill",),
            methodology="AMS-I.D@18.0",
            baseline="greenfield",
            crediting_period=cl.Period.years("2024-01-01", 7, zone=BAKU),
            estimate=expected,
        )
    )
    for period, net in zip(PARTS, ("132000 MWh", "-1000 MWh", last), strict=True):
        ledger.record_generation("mill", period, net=net)
    return ledger


@pytest.mark.parametrize("order", list(permutations(range(3))))
@pytest.mark.parametrize(("last", "total"), [("400 MWh", 65_700), ("800 MWh", 10_000)])
def test_a_period_of_imports_can_end_the_excess_of_a_year(
    ledger: cl.Ledger, order: tuple[int, ...], last: str, total: int
) -> None:
    """Each issuance counts what the year amounts to after it, less what it amounted to before: decision 28."""
    beyond_by_generation(ledger, last)
    for k in order:
        ledger.issue("small", PARTS[k], **GIVEN)
    assert ledger.carry("small").claimed == total
    assert ledger.audit().findings == ()


@pytest.mark.parametrize(("net", "amount"), [("66240 MWh", 33_120), ("66241 MWh", 20_000)])
def test_a_part_of_a_year_has_its_own_hours(ledger: cl.Ledger, net: str, amount: int) -> None:
    """15 MW generate 66,240 MWh in the 4,416 hours of the second half of 2024."""
    ledger.register_device(device("mill", capacity="15 MW", margin="1.2"))
    ledger.register_project(
        cl.Project(
            id="small",
            instrument="CDM-CER",
            zone=BAKU,
            devices=("mill",),
            methodology="AMS-I.D@18.0",
            baseline="greenfield",
            crediting_period=cl.Period.years("2024-07-01", 7, zone=BAKU),
            estimate=cl.Estimate(yearly={2024: "20000"}, source="PDD, table 5", day_basis="crediting-days"),
        )
    )
    half = cl.Period.of("2024-07-01", "2025-01-01", zone=BAKU)
    ledger.record_generation("mill", half, net=net)
    result = ledger.quantify("small", half, factor=factor())
    assert result.amount == amount
    assert amount == 33_120 or "the crediting period's part of 2024" in result.line("ER_cap[2024]").name


def test_an_issuance_that_lowers_a_year_to_its_limit_is_not_voided(ledger: cl.Ledger) -> None:
    """Without it, the later issuance alone would be of a year beyond the limit."""
    beyond_by_generation(ledger)
    for k in (1, 0):
        ledger.issue("small", PARTS[k], **GIVEN)
    lowering = ledger.issuances("small")[0]
    before = dump(ledger)
    with pytest.raises(errors.RefusedError, match="because the estimate caps the sum of the year") as refused:
        ledger.void(lowering.n, reason="wrong account")
    assert (refused.value.rule, dump(ledger)) == ("later-issuance", before)


def test_a_capacity_in_a_part_of_a_period_counts_though_the_change_is_waived(ledger: cl.Ledger) -> None:
    """16 MW until September, and 14 MW at the end of a year that is one reading: the year is beyond the limit."""
    ledger.register_device(device("mill", capacity="14 MW"))
    year = cl.Period.year(2024, zone=BAKU)
    fields: dict[str, Any] = {
        "instrument": "CDM-CER",
        "zone": BAKU,
        "devices": ("mill",),
        "methodology": "AMS-I.D@18.0",
        "baseline": "greenfield",
        "crediting_period": cl.Period.years("2023-01-01", 7, zone=BAKU),
    }
    expected = cl.Estimate(yearly={2024: "10000"}, source="PDD, table 5", day_basis="calendar-days")
    ledger.register_project(cl.Project(id="small", estimate=expected, **fields))
    ledger.register_project(cl.Project(id="without", **fields))
    ledger.amend_device("mill", effective="2024-02-01", capacity="16 MW", **SINCE)
    ledger.amend_device("mill", effective="2024-10-01", capacity="14 MW", **SINCE)
    ledger.record_generation("mill", year, net="100000 MWh")
    waivers = [cl.Waiver("capacity-changes", "one reading of the year")]
    assert ledger.quantify("small", year, factor=factor(), waivers=waivers).amount == 10_000
    with pytest.raises(errors.NotApplicableError, match="16 MW in total, and the document admits at most 15 MW"):
        ledger.quantify("without", year, factor=factor(), waivers=waivers)


def test_without_an_estimate_the_year_is_refused(ledger: cl.Ledger) -> None:
    small(ledger, None)
    ledger.issue("small", QUARTERS[0], **GIVEN)
    before = dump(ledger)
    with pytest.raises(errors.NotApplicableError, match="register the project with an estimate of the units of 2024"):
        ledger.issue("small", QUARTERS[2], **GIVEN)
    assert dump(ledger) == before


def test_a_project_that_was_large_when_crediting_began_is_refused(ledger: cl.Ledger) -> None:
    """An amendment from before the crediting period, whenever it is recorded, makes the project large-scale."""
    small(ledger, before="15.5 MW")
    with pytest.raises(errors.NotApplicableError, match=r"with 15\.5 MW when the crediting period began: use a large"):
        ledger.issue("small", QUARTERS[2], **GIVEN)


def test_a_correction_changes_the_later_issuances_of_the_year(ledger: cl.Ledger) -> None:
    small(ledger, "25000")
    for period in QUARTERS:
        ledger.issue("small", period, **GIVEN)
    assert amounts(ledger) == [10_000, 10_000, 5_000]
    ledger.correct_generation("mill", QUARTERS[0], net="14000 MWh", reason="ratio", evidence=EVIDENCE)
    assert amounts(ledger) == [7_000, 10_000, 8_000]
    ledger.correct_generation("mill", QUARTERS[2], net="10000 MWh", reason="ratio", evidence=EVIDENCE)
    assert amounts(ledger) == [7_000, 10_000, 5_000]
    assert ledger.carry("small").claimed == 22_000
    assert ledger.audit().findings == ()


def test_an_issuance_that_a_capped_one_rests_on_is_not_voided(ledger: cl.Ledger) -> None:
    small(ledger, "25000")
    first, second = [ledger.issue("small", period, **GIVEN)[0] for period in QUARTERS[:2]]
    ledger.void(first, reason="wrong account")  # the second is not of a year that is beyond the limit
    ledger.issue("small", QUARTERS[0], **GIVEN)
    (last,) = ledger.issue("small", QUARTERS[2], **GIVEN)
    before = dump(ledger)
    with pytest.raises(errors.RefusedError, match="because the estimate caps the sum of the year") as refused:
        ledger.void(second, reason="wrong account")
    assert (refused.value.rule, dump(ledger)) == ("later-issuance", before)
    ledger.void(last, reason="wrong account")
    ledger.void(second, reason="wrong account")
    assert ledger.audit().findings == ()


def test_an_approval_lapses_if_an_earlier_issuance_of_the_year_changes(ledger: cl.Ledger) -> None:
    small(ledger, "25000")
    ledger.issue("small", QUARTERS[0], **GIVEN)
    ledger.approve(ledger.quantify("small", QUARTERS[2], factor=factor()))
    ledger.correct_generation("mill", QUARTERS[0], net="14000 MWh", reason="ratio", evidence=EVIDENCE)
    assert not [item for item in ledger.approvals("small") if item.status == "standing"]


def test_carry_that_was_issued_is_no_claim_of_the_year(ledger: cl.Ledger) -> None:
    small(ledger, "20000")
    ledger.issue("small", QUARTERS[0], **GIVEN)
    ledger.correct_generation("mill", QUARTERS[0], net="21000 MWh", reason="ratio", evidence=EVIDENCE)
    ledger.issue_carry("small", to="op")
    ledger.issue("small", QUARTERS[2], **GIVEN)
    assert amounts(ledger) == [10_500, 0, 9_500]
    assert ledger.audit().findings == ()


def test_only_years_with_an_estimate_are_capped(ledger: cl.Ledger) -> None:
    """A period of two years, of which the first was estimated, and the other is within the limit."""
    small(ledger, "25000")
    winter = cl.Period.of("2023-10-01", "2024-01-01", zone=BAKU)
    project = ledger.project("small")
    longer = evolve(project, id="both", crediting_period=cl.Period.years("2023-01-01", 7, zone=BAKU))
    ledger.register_project(longer, waivers=cl.Waiver("crediting-period", "the first one had a wrong beginning"))
    ledger.record_generation("mill", winter, net="2000 MWh")
    ledger.issue("both", cl.Period.of("2023-10-01", "2024-04-01", zone=BAKU), **GIVEN)
    ledger.issue("both", QUARTERS[1], **GIVEN)
    (row,) = ledger.quantify("both", QUARTERS[2], factor=factor()).amounts
    assert row == (2024, 5_000)


@pytest.mark.parametrize("estimate", ["24999", "25001"])
def test_a_forged_estimate_is_found(ledger: cl.Ledger, estimate: str) -> None:
    """Domain invariant 34: the amount of the last issuance follows from the estimate that the project recorded."""
    small(ledger, "25000")
    for period in QUARTERS:
        ledger.issue("small", period, **GIVEN)
    registered = next(n for n in range(ledger.size) if ledger.entry(n).type == "project.registered")
    finding = found_in(ledger, registered, lambda event: event["estimate"]["yearly_units"].update({"2024": estimate}))
    assert ledger.entry(finding.entry).type in ("quantification.stored", "issuance.recorded")
    assert finding.entry > registered
