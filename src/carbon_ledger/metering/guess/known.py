"""Built-in layouts that a file's header fits."""

from attrs import evolve

from carbon_ledger.errors import CarbonLedgerError
from carbon_ledger.metering.guess.questions import Inquiry
from carbon_ledger.metering.guess.sample import FileSample, decoded
from carbon_ledger.metering.layouts import MeterLayout
from carbon_ledger.metering.layouts.catalogue import LAYOUTS
from carbon_ledger.metering.meter_files import read_meter_file
from carbon_ledger.printing import quote


def built_in(sample: FileSample, zone: str | None, inquiry: Inquiry) -> MeterLayout | None:
    """The built-in layout that reads a file; None if there is none.

    Args:
        sample: The beginning of the file.
        zone: The zone that the caller has given.
        inquiry: Takes the reason, or the doubt where a layout fits the header and refuses the rows.
    """
    if inquiry.answers:
        return None  # the caller answers questions that a built-in layout does not ask
    for known in LAYOUTS.values():
        if not _fits(known, sample):
            continue
        layout = known if zone is None else evolve(known, zone=zone)
        try:
            read_meter_file(sample.path, layout)
        except CarbonLedgerError as error:
            inquiry.doubt(
                f"the header is that of the built-in layout {quote(layout.name)}, which refuses the file: {error}"
            )
            continue
        inquiry.because(f"the header is that of the built-in layout {quote(layout.name)}, and it reads the file")
        inquiry.because(f"its source: {layout.source}")
        inquiry.doubt(f"another operator may use the same header otherwise: check the facts of {quote(layout.name)}")
        return layout
    return None


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
