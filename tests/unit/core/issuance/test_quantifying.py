"""Quantifying: factors where credits are counted, historic baselines over issuances, declared emissions."""

from decimal import Decimal
from typing import Any

import pytest
from tests.conftest import EVIDENCE, device, dump
from tests.support.forging import found_in, with_document
from tests.support.metered_project import MAY, factor, metered

import carbon_ledger as cl
from carbon_ledger import errors
from carbon_ledger.methodologies import FuelUse

__all__ = ["metered"]

BAKU = "Asia/Baku"
TEXT = cl.Waiver("methodology-text", "read in secondary sources")
HISTORY = {2019: "38200 MWh", 2020: "41500 MWh", 2021: "36900 MWh", 2022: "40100 MWh", 2023: "39300 MWh"}
BASELINE = Decimal("40960.681687")
FIRST = cl.Period.of("2024-01-01", "2024-07-01", zone=BAKU)
SECOND = cl.Period.of("2024-07-01", "2025-01-01", zone=BAKU)
FACTOR = cl.EmissionFactor(
    factor_id="one", value="1", unit="tCO2e/MWh", kind="combined_margin", region="AZ", source="a round figure"
)


@pytest.fixture
def mill(ledger: cl.Ledger) -> cl.Ledger:
    """A retrofitted plant with the history of the worked example, and a factor of 1 t/MWh."""
    ledger.register_device(device("mill", capacity="12 MW", capacity_before="9 MW"))
    ledger.register_project(
        cl.Project(
            id="p",
            instrument="CDM-CER",
            zone=BAKU,
            devices=("mill",),
            methodology="AMS-I.D@18.0",
            baseline="retrofit",
            crediting_period=cl.Period.years("2024-01-01", 10, zone=BAKU),
            history=HISTORY,
            replaced_on="2031-07-01",
        )
    )
    return ledger


def issue(ledger: cl.Ledger, period: cl.Period, **more: object) -> int:
    return sum(batch.count for batch in ledger.issue("p", period, to="op", factor=FACTOR, waivers=[TEXT], **more))


def claimed(ledger: cl.Ledger) -> Decimal:
    return ledger.carry("p").claimed


def test_a_year_s_baseline_is_subtracted_once(mill: cl.Ledger) -> None:
    """Domain section 4: the whole year's baseline first, cumulatively; the worked 40,960.681687 MWh."""
    mill.record_generation("mill", FIRST, net="24000 MWh")
    mill.record_generation("mill", SECOND, net="24000 MWh")
    assert issue(mill, FIRST) == 0
    assert claimed(mill) == 0
    assert issue(mill, SECOND) == 7_039
    assert claimed(mill) == 48_000 - BASELINE
    assert mill.audit().findings == ()


def test_a_correction_of_the_first_half_is_felt_by_the_second(mill: cl.Ledger) -> None:
    """Invariants 2 and 15: the year amounts to what it would have, issued at once."""
    mill.record_generation("mill", FIRST, net="24000 MWh")
    mill.record_generation("mill", SECOND, net="24000 MWh")
    issue(mill, FIRST)
    issue(mill, SECOND)
    for net, whole in (("23000 MWh", 47_000), ("26000 MWh", 50_000), ("1000 MWh", 25_000), ("24000 MWh", 48_000)):
        done = mill.correct_generation("mill", FIRST, net=net, reason="ratio", evidence=EVIDENCE)
        assert len(done.issuances) == 2
        assert claimed(mill) == max(Decimal(0), whole - BASELINE)
        told = mill.carry("p")
        assert told.carry == told.claimed + told.adjustments - told.counted
    assert mill.audit().findings == ()


def test_declared_fuel_is_subtracted_pinned_and_audited(mill: cl.Ledger) -> None:
    """Invariant 22: 12.5 t x 43.3 GJ/t x 74.8 kg/GJ = 40.4855 t."""
    fuel = FuelUse(
        fuel="diesel oil",
        amount="12.5 t",
        ncv="43.3 TJ/Gg",
        emission_factor="74800 kgCO2/TJ",
        vintage=2024,
        basis="ipcc-upper",
        source="IPCC 2006",
    )
    mill.record_generation("mill", FIRST, net="50000 MWh")
    told = mill.quantify("p", FIRST, factor=FACTOR, emissions=[fuel])
    assert told.amount == 50_000 - BASELINE - Decimal("40.4855")
    batches = mill.issue("p", FIRST, to="op", factor=FACTOR, waivers=[TEXT], emissions=[fuel], key="k")
    assert mill.issue("p", FIRST, to="op", factor=FACTOR, waivers=[TEXT], emissions=[fuel], key="k") == batches
    with pytest.raises(errors.IdempotencyError):
        mill.issue("p", FIRST, to="op", factor=FACTOR, waivers=[TEXT], key="k")
    n = int(batches[0].batch_id.rsplit("/", 1)[1])
    assert mill.entry(n).event["fuel_uses"] == [fuel.to_record()]
    mill.correct_generation("mill", FIRST, net="49000 MWh", reason="ratio", evidence=EVIDENCE)
    assert claimed(mill) == 49_000 - BASELINE - Decimal("40.4855")
    assert mill.audit().findings == ()


def test_an_unseen_text_needs_a_waiver_to_issue_on(mill: cl.Ledger) -> None:
    mill.record_generation("mill", FIRST, net="50000 MWh")
    assert mill.quantify("p", FIRST, factor=FACTOR).amount == 50_000 - BASELINE
    before = dump(mill)
    with pytest.raises(errors.NotApplicableError, match="methodology-text"):
        mill.issue("p", FIRST, to="op", factor=FACTOR)
    assert dump(mill) == before


def test_what_is_no_emission_is_refused(mill: cl.Ledger) -> None:
    mill.register_project(cl.Project(id="c", instrument="I-REC-E", zone=BAKU, devices=("mill",)))
    mill.record_generation("mill", FIRST, net="50000 MWh")
    with pytest.raises(errors.MethodologyError, match="expected a FuelUse"):
        mill.quantify("p", FIRST, factor=FACTOR, emissions=["12 t of diesel"])
    fuel = FuelUse(
        fuel="d", amount="1 t", ncv="43.3 TJ/Gg", emission_factor="74800 kgCO2/TJ", vintage=2024,
        basis="ipcc-upper", source="s",
    )  # fmt: skip
    with pytest.raises(errors.MethodologyError, match="no emissions to declare"):
        mill.quantify("c", FIRST, emissions=[fuel])


def test_credits_are_counted_with_a_factor_and_energy_without(metered: cl.Ledger) -> None:
    assert metered.quantify("credits", MAY, factor=factor()).amount == 50
    assert metered.quantify("energy", MAY).amount == 100
    before = dump(metered)
    for error, message, arguments in (
        (errors.MethodologyError, r"is credited by ACM0002@22\.0: pass factor=", {"project": "credits"}),
        (
            errors.MethodologyError,
            r"energy, and uses no factor \(f\): leave factor= out",
            {"project": "energy", "factor": factor()},
        ),
        (errors.UnknownFactorError, "factor f: this ledger has not adopted it", {"project": "credits", "factor": "f"}),
    ):
        for ask in (metered.quantify, lambda project, period, **more: metered.issue(project, period, to="op", **more)):
            with pytest.raises(error, match=message):
                ask(period=MAY, **arguments)
    assert dump(metered) == before


def test_what_a_later_issuance_rests_on_is_not_voided(mill: cl.Ledger) -> None:
    mill.record_generation("mill", FIRST, net="41000 MWh")
    mill.record_generation("mill", SECOND, net="10 MWh")
    assert issue(mill, FIRST) == 39
    assert issue(mill, SECOND) == 10
    first, second = mill.batches("p")
    before = dump(mill)
    with pytest.raises(errors.RefusedError, match="later-issuance"):
        mill.void(first, reason="no")
    assert dump(mill) == before
    mill.void(second, reason="order")
    mill.void(first, reason="order")
    assert issue(mill, SECOND) == 0
    assert issue(mill, FIRST) == 49
    assert mill.audit().findings == ()


IMPLAUSIBLE = cl.Waiver("implausible-factor", "an island that burns oil shale")


@pytest.mark.parametrize("fields", [{"value": "384"}, {"value": "1.51"}, {"value": "-0.1", "kind": "marginal"}])
def test_a_factor_outside_what_any_grid_emits_credits_nothing(metered: cl.Ledger, fields: dict[str, str]) -> None:
    """Ledger-model section 8a, at the door and in the rule; a waiver is stored in the entry."""
    asked = {"factor": factor(**fields), "waivers": [TEXT, cl.Waiver("factor-kind", "r")]}
    before = dump(metered)
    for ask in (metered.quantify, metered.issue):
        with pytest.raises(errors.FactorNotApplicableError, match=r"a grid emits from 0 to 1\.5 t/MWh") as refused:
            ask("credits", MAY, **asked, **({"to": "op"} if ask == metered.issue else {}))
        assert (refused.value.rule, dump(metered)) == ("implausible-factor", before)
    metered.issue("credits", MAY, to="op", **asked | {"waivers": [*asked["waivers"], IMPLAUSIBLE]})
    n = metered.size - 1
    assert IMPLAUSIBLE.name in [item["name"] for item in metered.entry(n).event["waivers"]]
    assert metered.audit().findings == ()
    finding = found_in(metered, n, lambda event: event["waivers"].pop())
    assert "a grid emits from 0 to 1.5 t/MWh" in finding.detail


ARMENIA = {
    "value": "0.3748",
    "operating_margin": "0.4620",
    "build_margin": "0.3456",
    "weights": ("0.25", "0.75"),
}
MARGINS = "not-its-weights-times-margins: 0.25 x 0.4620 + 0.75 x 0.3456"


def test_a_factor_is_pinned_as_published_and_its_flags_are_lines(metered: cl.Ledger) -> None:
    """Ledger-model section 8a; domain section 4, published: 0.3748, while the rounded margins give 0.3747."""
    (batch,) = metered.issue(
        "credits", MAY, to="op", factor=factor(**ARMENIA, flags=("data-years-not-stated",)), waivers=[TEXT]
    )
    result = metered.trace(f"{batch.batch_id}/1").quantification
    assert result.amount == Decimal("37.48")
    flags = [(line.symbol, line.source) for line in result.lines if line.symbol.startswith("EF_flag")]
    assert flags == [("EF_flag_1", "data-years-not-stated"), ("EF_flag_2", MARGINS)]
    assert metered.factor("f").flags == ("data-years-not-stated",)
    assert metered.audit().findings == ()


@pytest.mark.parametrize("change", ["left out", "another", "one more"])
def test_a_flag_cannot_be_left_out_of_a_quantification(metered: cl.Ledger, change: str) -> None:
    """A forged document is found, whether it hides a flag or makes one up."""
    metered.issue("credits", MAY, to="op", factor=factor(**ARMENIA), waivers=[TEXT])
    n = metered.size - 1

    def changed(record: dict[str, Any]) -> None:
        line = record["lines"].pop()
        assert line["source"] == MARGINS
        if change != "left out":
            other = {**line, "source": "seems-fine"}
            record["lines"] += [other] if change == "another" else [line, other]

    finding = with_document(metered, n, changed)
    assert finding.entry == n
    assert "line EF_flag" in finding.detail


def test_an_approval_of_a_flagged_factor_that_is_not_adopted_yet(metered: cl.Ledger) -> None:
    """The flags are read back from the lines, with the value, so that the rule computes the same document."""
    result = metered.quantify("credits", MAY, factor=factor(**ARMENIA), waivers=[TEXT])
    metered.approve(result, by="verifier")
    metered.issue("credits", MAY, to="op", factor=factor(**ARMENIA), waivers=[TEXT])
    assert [item.status for item in metered.approvals("credits")] == ["used"]
    assert metered.audit().findings == ()
