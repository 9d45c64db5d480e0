"""Ledgers as columns: an export as Parquet files, and the columns audit, a faster and smaller check beside the audit.

`audit` checks a ledger, its file or an export by SQL, in DuckDB (extra ``columns``) or in Apache Spark (extra
``spark``). It is called the *columns audit*, because it proves less than `Ledger.audit`: its report lists what it does
not check. `export` writes the columns for other programs.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from carbon_ledger.columns.auditing import audit
    from carbon_ledger.columns.exporting import ColumnsExport, export
    from carbon_ledger.columns.report import ColumnsReport
    from carbon_ledger.columns.sources import Source

_HOMES = {
    "ColumnsExport": "exporting",
    "ColumnsReport": "report",
    "Source": "sources",
    "audit": "auditing",
    "export": "exporting",
}

__all__ = ["ColumnsExport", "ColumnsReport", "Source", "audit", "export"]


def __getattr__(name: str) -> object:
    """Return a public name, loading its module first."""
    if name in _HOMES:
        value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
        globals()[name] = value
        return value
    from carbon_ledger.printing import quote

    raise AttributeError(f"module {quote(__name__)} has no attribute {quote(name)}")
