"""Plants, activities and factors for the tests of VMR0017."""

from typing import Any

import pytest

from carbon_ledger.devices import Device
from carbon_ledger.errors import NotApplicableError
from carbon_ledger.factors import EmissionFactor
from carbon_ledger.methodologies import METHODOLOGIES, Activity, Line, VintageGeneration, quantify_lines
from carbon_ledger.periods import Period

VMR0017 = METHODOLOGIES["VMR0017@1.0"]
YEAR = Period.year(2027, zone="UTC")


def device(name: str = "plant", **more: Any) -> Device:
    fields: dict[str, Any] = {
        "id": name,
        "name": name,
        "technology": "hydro/run-of-river",
        "capacity": "10 MW",
        "country": "NP",
        "grid": "NP",
        "zone": "UTC",
    }
    return Device(**(fields | more))


def activity(*devices: Device, net_wh: int = 10_000_000_000, **more: Any) -> Activity:
    made = devices or (device(),)
    fields: dict[str, Any] = {
        "project": "p",
        "baseline": "greenfield",
        "crediting_period_ordinal": 1,
        "devices": made,
        "period": YEAR,
        "generation": [VintageGeneration(2027, item.id, net_wh) for item in made],
    }
    return Activity(**(fields | more))


def margin(**more: Any) -> EmissionFactor:
    fields: dict[str, Any] = {
        "factor_id": "f",
        "value": "0.5",
        "unit": "tCO2e/MWh",
        "kind": "combined_margin",
        "region": "NP",
        "source": "a test",
        "tool": "VT0011@1.0",
    }
    return EmissionFactor(**(fields | more))


def quantified(made: Activity, factor: EmissionFactor) -> dict[str, Line]:
    lines, amounts = quantify_lines(VMR0017, made, factor)
    found = {line.symbol: line for line in lines}
    assert len(found) == len(lines)
    assert [amount for _, amount in amounts] == [found[f"ER[{year}]"].value for year, _ in amounts]
    assert all(line.source.startswith("VMR0017 v1.0") for line in lines if line.symbol[:2] in {"LE", "BE", "ER"})
    return found


def refused(made: Activity, says: str) -> None:
    with pytest.raises(NotApplicableError, match=says):
        quantify_lines(VMR0017, made, margin())
