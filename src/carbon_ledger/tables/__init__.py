"""Tables: columns with kinds, listings of records, and rows as text, HTML, Arrow, CSV, JSON lines and Excel."""

from carbon_ledger.tables.columns import (
    BOOLEAN,
    DATE,
    DECIMAL,
    INTEGER,
    TEXT,
    TIME,
    Column,
    Kind,
    Table,
    columns_of,
    list_column,
    period_columns,
    table_of,
)
from carbon_ledger.tables.html import html_table
from carbon_ledger.tables.listing import Listed, Listing
from carbon_ledger.tables.tabular import Tabular
from carbon_ledger.tables.text import Cells, Value, shown, text_table

__all__ = [
    "BOOLEAN",
    "DATE",
    "DECIMAL",
    "INTEGER",
    "TEXT",
    "TIME",
    "Cells",
    "Column",
    "Kind",
    "Listed",
    "Listing",
    "Table",
    "Tabular",
    "Value",
    "columns_of",
    "html_table",
    "list_column",
    "period_columns",
    "shown",
    "table_of",
    "text_table",
]
