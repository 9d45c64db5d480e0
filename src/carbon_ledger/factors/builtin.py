"""The factors that are bundled with the library, each with its source. They are read when they are first needed."""

import json
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any

from carbon_ledger.factors.record import EmissionFactor
from carbon_ledger.factors.registry import FactorRegistry


@cache
def builtin() -> FactorRegistry:
    """The registry of the bundled factors, which are read once.

    Returns:
        The registry; every call returns the same object.

    Example:
        >>> builtin().get("ifi-2021-v3.1-az-firm").t_per_mwh
        Decimal('0.384')
    """
    return FactorRegistry(EmissionFactor.from_record(record) for record in bundled_records())


def bundled_records() -> Iterator[dict[str, Any]]:
    """The bundled records: for each row, the fields that all rows of its file share, and the row's own fields.

    The flags of a row come after the flags that all rows of its file share.
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
