"""Layouts: how a file of metered energy is written, as a record that can be stored beside the file, or in a ledger."""

from carbon_ledger.metering.layouts.layout import FORMATS, REMAINDERS, MeterLayout
from carbon_ledger.metering.layouts.parts import (
    MeterExchange,
    NumberLayout,
    QualityLayout,
    TableLayout,
    TimeLayout,
    ValueColumn,
    WideLayout,
)

__all__ = [
    "FORMATS",
    "REMAINDERS",
    "MeterExchange",
    "MeterLayout",
    "NumberLayout",
    "QualityLayout",
    "TableLayout",
    "TimeLayout",
    "ValueColumn",
    "WideLayout",
]
