"""What was expected is compared with what is counted, and is no part of an amount."""

from decimal import Decimal

from attrs import evolve
from tests.conftest import device
from tests.support.forging import found_in
from tests.support.metered_project import MAY, factor, project

import carbon_ledger as cl

SUFFIXES = ("counted", "expected", "difference")
TEXT = cl.Waiver("methodology-text", "compared by the verifier")
PLAN = cl.Estimate(
    monthly={f"2024-{month:02}": "95 MWh" for month in range(1, 13)},
    yearly={2024: "549"},
    source="PDD v3, section B.6.4",
    day_basis="calendar-days",
)


def twins() -> cl.Ledger:
    """Two plants that generated the same; one project has an estimate, the other has none."""
    ledger = cl.open_ledger(":memory:")
    ledger.open_account("op", name="Operator")
    for name in ("one", "two"):
        ledger.register_device(device(name))
        ledger.record_generation(name, MAY, net="100.000001 MWh")
    ledger.register_project(evolve(project("planned"), devices=("one",), estimate=PLAN))
    ledger.register_project(evolve(project("other"), devices=("two",)))
    return ledger


def test_an_estimate_changes_no_amount_and_only_adds_lines() -> None:
    """The quantification of a project without an estimate has the same bytes as before."""
    ledger = twins()
    with_plan = ledger.quantify("planned", MAY, factor=factor())
    without = ledger.quantify("other", MAY, factor=factor())
    assert with_plan.amounts == without.amounts
    added = {line.symbol: line for line in with_plan.lines if line.symbol.partition("_")[2] in SUFFIXES}
    rest = [line.symbol.replace("one", "two") for line in with_plan.lines if line.symbol not in added]
    assert rest == [line.symbol for line in without.lines]
    assert list(added) == [f"{symbol}_{suffix}" for symbol in ("EG", "ER") for suffix in SUFFIXES]
    values = {symbol: line.value for symbol, line in added.items()}
    assert values == {
        "EG_counted": Decimal("100.000001"),
        "EG_expected": Decimal(95),
        "EG_difference": Decimal("5.000001"),
        "ER_counted": Decimal("50.0000005"),
        "ER_expected": Decimal("46.5"),
        "ER_difference": Decimal("3.5000005"),
    }
    assert "31 of 31 days of the period, by calendar-days" in added["ER_expected"].name
    assert added["ER_expected"].source == "PDD v3, section B.6.4"
    assert [batch.count for batch in ledger.issue("planned", MAY, factor=factor(), to="op", waivers=[TEXT])] == [50]
    assert [batch.count for batch in ledger.issue("other", MAY, factor="f", to="op", waivers=[TEXT])] == [50]
    assert ledger.audit().passed


def test_a_part_that_is_not_covered_is_named_and_roundings_go_down() -> None:
    ledger = twins()
    plan = evolve(PLAN, monthly={"2024-05": "0.000100 MWh"}, yearly={2024: "1"})
    part = cl.Project(id="part", instrument="I-REC-E", zone="Asia/Baku", devices=("one",), estimate=plan)
    ledger.register_project(part)
    ledger.record_generation("one", cl.Period.month(2024, 6, zone="Asia/Baku"), net="1 MWh")
    period = cl.Period.of("2024-05-01", "2024-07-01", zone="Asia/Baku")
    found = ledger.quantify("part", period)
    assert found.line("EG_expected").value == Decimal("0.0001")
    assert "31 of 61 days" in found.line("EG_expected").name
    assert "not every day of the period has an estimate" in found.line("EG_difference").name
    assert found.line("ER_expected").value == Decimal("0.166666")  # 61/366 = 0.1666...
    assert found.unit == found.line("ER_expected").unit == "MWh"


def test_granular_certificates_are_of_one_device_and_are_not_compared() -> None:
    ledger = twins()
    plan = evolve(PLAN, yearly={2024: "1"})
    ledger.register_project(
        cl.Project(id="hours", instrument="GC", zone="Asia/Baku", devices=("one", "two"), estimate=plan)
    )
    day = cl.Period.of("2024-06-01T00:00Z", "2024-06-01T02:00Z")
    for name in ("one", "two"):
        ledger.record_readings(name, start=day.start, step="1 hour", net_wh=[1000, 2000])
    assert not any("expected" in line.symbol for line in ledger.quantify("hours", day).lines)
    assert [item.what for item in ledger.reconcile("hours", day).comparisons] == ["generation", "amount"]


def test_reconciling_compares_and_has_no_rows_without_an_estimate() -> None:
    ledger = twins()
    ledger.issue("planned", MAY, factor=factor(), to="op", waivers=[TEXT])
    found = ledger.reconcile("planned", MAY)
    energy, amount = found.comparisons
    assert (energy.unit, energy.expected, energy.actual, energy.difference) == (
        "Wh",
        95_000_000,
        100_000_001,
        5_000_001,
    )
    assert (amount.unit, amount.expected, amount.actual) == ("tCO2e", Decimal("46.5"), Decimal("50.0000005"))
    assert (energy.complete, energy.days_text, energy.day_basis) == (True, "31 of 31 days", "calendar-days")
    rows = {str(row["what"]): (row["amount"], row["unit"]) for row in found.rows()}
    assert rows["expected amount (31 of 31 days)"] == ("46.5", "tCO2e")
    assert rows["  claimed amount - expected"] == ("3.5000005", "tCO2e")
    assert rows["  generated - expected"] == ("5000001", "Wh")
    assert found.holds
    without = ledger.reconcile("other", MAY)
    assert without.comparisons == ()
    assert not any("expected" in str(row["what"]) for row in without.rows())


def test_a_forged_comparison_is_a_finding() -> None:
    """Invariant 34: a document whose lines were computed with another estimate does not agree."""
    ledger = twins()
    ledger.issue("planned", MAY, factor=factor(), to="op", waivers=[TEXT])
    n = next(entry.n for entry in ledger.entries() if entry.event.get("project") == "planned")
    finding = found_in(ledger, n, lambda event: event["estimate"]["yearly_units"].update({"2024": "600"}))
    assert "ER_expected" in finding.detail
