"""Columns of frames in memory: Arrow, pandas, polars, DuckDB, read by their types and never through a float."""

from carbon_ledger.metering.columns.sources import is_column_of_frame, one_column, table_columns
from carbon_ledger.metering.columns.typed import TypedColumn

__all__ = ["TypedColumn", "is_column_of_frame", "one_column", "table_columns"]
