"""A plant with a month of generation, and a project and a factor to quantify it with."""

import pytest
from tests.conftest import device

import carbon_ledger as cl

MAY = cl.Period.month(2024, 5, zone="Asia/Baku")


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
        "crediting_period": cl.Period.years("2021-01-01", 10, zone="Asia/Baku"),
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
