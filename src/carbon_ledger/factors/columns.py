"""The columns of a table of emission factors."""

from decimal import Decimal
from typing import Any, Final

from carbon_ledger.tables import DATE, DECIMAL, INTEGER, TEXT, Column, list_column


def _number(name: str) -> Column:
    """A column of numbers that a record has as published text."""

    def number(record: Any) -> Decimal | None:
        text = getattr(record, name)
        return None if text is None else Decimal(text)

    return Column(name, DECIMAL, number)


COLUMNS: Final = (
    Column("factor_id", TEXT),
    _number("value"),
    Column("value_published", TEXT, lambda item: item.value),  # 0.4620 is as a number 0.462
    Column("unit", TEXT),
    Column("kind", TEXT),
    Column("region", TEXT),
    list_column("technologies"),
    Column("valid_from", DATE),
    Column("valid_to", DATE),
    list_column("data_years"),
    _number("lower"),
    _number("upper"),
    Column("gas", TEXT),
    Column("gwp_set", TEXT),
    _number("operating_margin"),
    _number("build_margin"),
    list_column("weights", lambda item: item.weights or ()),
    Column("tool", TEXT),
    Column("vintage_option", TEXT),
    Column("project_class", TEXT),
    Column("crediting_period_ordinal", INTEGER),
    Column("series", TEXT),
    Column("revision", INTEGER),
    Column("supersedes", TEXT),
    Column("published_at", DATE),
    Column("recorded_at", DATE),
    Column("withdrawn_at", DATE),
    Column("source", TEXT),
    Column("publisher", TEXT),
    Column("dataset", TEXT),
    Column("version", TEXT),
    Column("place", TEXT),
    Column("digest", TEXT),
    Column("licence", TEXT),
    list_column("derived_from"),
    list_column("flags"),
    Column("confidence", TEXT),
)
