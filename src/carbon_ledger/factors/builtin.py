"""The factors that come with the library, each with its source, read when they are first asked for."""

import json
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any

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
    return FactorRegistry(EmissionFactor.from_record(record) for record in bundled_records())


def bundled_records() -> Iterator[dict[str, Any]]:
    """The bundled records as they are written: what a file's rows have in common, and each row's own.

    Flags of a row come after those that its file has in common.
    """
    folder = files("carbon_ledger.factors") / "data"
    documents = (item for item in folder.iterdir() if item.name.endswith(".json"))
    for document in sorted(documents, key=lambda item: item.name):
        table = json.loads(document.read_text(encoding="utf-8"))
        common = table.get("common", {})
        for row in table["factors"]:
            record = common | row
            if flags := [*common.get("flags", ()), *row.get("flags", ())]:
                record["flags"] = flags
            yield record
