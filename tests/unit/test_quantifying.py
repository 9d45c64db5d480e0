"""Factors of a quantification: needed where credits are counted, refused where energy is, one record an id."""

from decimal import Decimal

import pytest
from tests.conftest import device, dump

import carbon_ledger as cl
from carbon_ledger import errors

MAY = cl.Period.month(2024, 5, zone="Asia/Baku")
TEXT = cl.Waiver("methodology-text", "read in secondary sources")


def factor(**fields: object) -> cl.EmissionFactor:
    given: dict[str, object] = {
        "factor_id": "f",
        "value": "0.5",
        "unit": "tCO2e/MWh",
        "kind": "combined_margin",
        "region": "AZ",
        "source": "a test",
    }
    return cl.EmissionFactor(**(given | fields))


def project(name: str, **fields: object) -> cl.Project:
    credited = {
        "instrument": "GCC-ACC",
        "methodology": "ACM0002@22.0",
        "baseline": "greenfield",
        "crediting_period": cl.Period.years("2024-01-01", 7, zone="Asia/Baku"),
    }
    return cl.Project(**({"id": name, "zone": "Asia/Baku", "devices": ("plant",)} | (fields or credited)))


@pytest.fixture
def metered(ledger: cl.Ledger) -> cl.Ledger:
    """A plant of 100 MWh in May, with a project of credits and one of certificates."""
    ledger.register_device(device())
    ledger.register_project(project("credits"))
    ledger.register_project(project("energy", instrument="I-REC-E"))
    ledger.record_generation("plant", MAY, net="100 MWh")
    return ledger


def test_credits_are_counted_with_a_factor_and_energy_without(metered: cl.Ledger) -> None:
    assert metered.quantify("credits", MAY, factor=factor()).amount == 50
    assert metered.quantify("energy", MAY).amount == 100
    before = dump(metered)
    for error, message, arguments in (
        (errors.MethodologyError, r"is credited by ACM0002@22\.0: pass factor=", {"project": "credits"}),
        (errors.MethodologyError, r"certifies energy: pass no factor \(f\)", {"project": "energy", "factor": factor()}),
        (errors.UnknownFactorError, "factor f: not adopted", {"project": "credits", "factor": "f"}),
    ):
        for ask in (metered.quantify, lambda project, period, **more: metered.issue(project, period, to="op", **more)):
            with pytest.raises(error, match=message):
                ask(period=MAY, **arguments)
    assert dump(metered) == before


def test_an_adopted_id_means_one_record_for_ever(metered: cl.Ledger) -> None:
    """Invariant 23: a revision has an id of its own."""
    metered.adopt_factor(factor())
    assert metered.factor("f") == factor()
    assert metered.quantify("credits", MAY, factor="f") == metered.quantify("credits", MAY, factor=factor())
    before = dump(metered)
    revised = factor(value="0.6")
    for ask in (
        lambda: metered.quantify("credits", MAY, factor=revised),
        lambda: metered.issue("credits", MAY, to="op", factor=revised, waivers=[TEXT]),
    ):
        with pytest.raises(errors.FactorError, match=r"adopted another record under this id \(0\.5 tCO2e/MWh\)"):
            ask()
    with pytest.raises(errors.AlreadyRegisteredError):
        metered.adopt_factor(revised)
    assert dump(metered) == before
    other = factor(factor_id="f-2", value="0.6")
    (batch,) = metered.issue("credits", MAY, to="op", factor=other, waivers=[TEXT])
    assert batch.count == 60
    assert metered.factor("f-2").value == "0.6"


def test_a_methodology_is_adopted_with_its_first_project(metered: cl.Ledger) -> None:
    """Design decision 13: once, however many projects follow it."""
    before = metered.size
    metered.register_project(project("more"))
    assert [metered.entry(n).type for n in range(before, metered.size)] == ["project.registered"]
    adopted = [entry.event["methodology"] for entry in metered.entries() if entry.type == "methodology.adopted"]
    assert adopted == ["ACM0002@22.0"]
    assert metered.quantify("more", MAY, factor=factor()).amount == Decimal(50)
