"""Built-in layouts that a file's header fits."""

from typing import Final

from attrs import evolve

from carbon_ledger.errors import CarbonLedgerError
from carbon_ledger.metering.guess.questions import ROLE_CHOICES, Inquiry, ask_zone
from carbon_ledger.metering.guess.sample import FileSample, decoded
from carbon_ledger.metering.guess.words import role_in
from carbon_ledger.metering.layouts import MeterLayout
from carbon_ledger.metering.layouts.catalogue import LAYOUTS
from carbon_ledger.metering.meter_files import read_meter_file
from carbon_ledger.printing import quote

ZONE_IS_OPEN: Final = frozenset({"us-utility-usage"})  # layouts of operators in several zones
_ANSWERS: Final = frozenset({"role", "zone"})


def built_in(sample: FileSample, zone: str | None, inquiry: Inquiry) -> MeterLayout | None:
    """The built-in layout that reads a file; None if no built-in layout does, or if a question is open.

    Args:
        sample: The beginning of the file.
        zone: The zone that the caller has given.
        inquiry: Takes the reason, the questions, or the doubt where a layout fits the header and refuses the rows.
    """
    if not inquiry.answers.keys() <= _ANSWERS:
        return None  # the caller answers questions that are not about a built-in layout
    for layout in LAYOUTS.values():
        if not _fits(layout, sample):
            continue
        try:
            read_meter_file(sample.path, layout)
        except CarbonLedgerError as error:
            shown = quote(layout.name)
            inquiry.doubt(f"the header is that of the built-in layout {shown}, which refuses the file: {error}")
            continue
        inquiry.because(f"the header is that of the built-in layout {quote(layout.name)}, and it reads the file")
        inquiry.because(f"its source: {layout.source}")
        inquiry.doubt(f"another operator may use the same header otherwise: check the facts of {quote(layout.name)}")
        return _completed(layout, zone, inquiry)
    return None


def _completed(layout: MeterLayout, zone: str | None, inquiry: Inquiry) -> MeterLayout | None:
    """The layout with the caller's zone, and with the role that no header says; None if one of them is not known."""
    if zone is None and layout.name in ZONE_IS_OPEN:
        zone = ask_zone(inquiry, None, is_local=True)
    value = layout.values[0]
    if len(layout.values) == 1 and role_in(value.column) != value.role:
        text = "the header does not say what was metered: what do the values stand for?"
        choices = {role: meaning for role, meaning in ROLE_CHOICES.items() if role != "gross"}
        role = inquiry.ask("role", text, choices, value.role)
        if role is not None:
            layout = evolve(layout, values=(evolve(value, role=role),))
    if inquiry.questions:
        return None
    return layout if zone is None else evolve(layout, zone=zone)


def _fits(layout: MeterLayout, sample: FileSample) -> bool:
    """Whether the header of a file has all columns of a layout."""
    table = layout.table
    if layout.format != "table" or not table.header or table.kind != "csv" or sample.kind != "text":
        return False
    encoding = "utf-16" if sample.head[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
    lines = decoded(sample.head, encoding).removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    header = next((line for line in lines[table.skip_lines :] if line.strip()), "")
    names = [cell.strip().strip('"') for cell in header.split(table.delimiter)]
    columns = {*layout.time.columns, *layout.time.end_columns, layout.time.summer_column, layout.time.interval_column}
    columns |= {layout.meter_column, layout.channel_column, layout.quality.column}
    columns |= {value.column for value in layout.values}
    if layout.wide is not None:
        columns |= {layout.wide.first, layout.wide.last}
    return columns - {""} <= set(names)
