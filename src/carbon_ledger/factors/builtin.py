"""The factors that come with the library, each with its source."""

import json
from functools import cache
from importlib.resources import files

from carbon_ledger.factors.record import EmissionFactor
from carbon_ledger.factors.registry import FactorRegistry


@cache
def builtin() -> FactorRegistry:
    """Read the bundled factors, once.

    Returns:
        The registry; the same object every time.

    Example:
        >>> builtin().get("ifi-2021-v3.1-az-firm").t_per_mwh
        Decimal('0.384')
    """
    documents = sorted(
        (item for item in (files("carbon_ledger.factors") / "data").iterdir() if item.name.endswith(".json")),
        key=lambda item: item.name,
    )
    factors = [
        EmissionFactor.from_record(record)
        for document in documents
        for record in json.loads(document.read_text(encoding="utf-8"))["factors"]
    ]
    return FactorRegistry(factors)
