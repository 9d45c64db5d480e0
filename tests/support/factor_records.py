"""A combined margin of the grid of Azerbaijan; a test passes the fields that it is about."""

from typing import Any

from carbon_ledger.factors import EmissionFactor
from carbon_ledger.periods import Period

FIRST_MONTHS = Period.of("2023-08-25", "2024-04-29", zone="Asia/Baku")


def factor(factor_id: str = "f", **more: Any) -> EmissionFactor:
    fields: dict[str, Any] = {
        "factor_id": factor_id,
        "value": "0.384",
        "unit": "tCO2e/MWh",
        "kind": "combined_margin",
        "region": "AZ",
        "source": "a document",
    }
    return EmissionFactor(**(fields | more))
