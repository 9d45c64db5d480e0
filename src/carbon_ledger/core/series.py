"""Series of files: which readings of a file an entry has, and that no series of a file counts for two subjects.

A file of several meters has a series for each of them, and a file with a column for each plant has one for each layout
that it is read by. Two series of a file are apart if its layouts show that they have no value in common. Only such
series can be those of two subjects.
"""

from collections.abc import Sequence
from typing import Any, Final

from attrs import frozen

from carbon_ledger.canonical import digest, dumps
from carbon_ledger.core.descriptions import description_of, layout_of
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.state.rows import Registration, Row, meter_run
from carbon_ledger.core.state.view import View
from carbon_ledger.errors import BrokenLogError, RefusedError
from carbon_ledger.metering.layouts import MeterLayout
from carbon_ledger.periods.instants import instant_of
from carbon_ledger.printing import quote

# Kinds of registrations that only the rules read. Subjects are ids of these, such as ``device plant``.
_NAMINGS: Final = "namings of"  # a file: how its layouts name meters and columns
_SUBJECTS: Final = "subjects of"  # a series of a file, or all series of a file under one naming
_RUNS: Final = "runs of"  # a file and a subject, by the numbers of the entries that have them


@frozen(kw_only=True)
class Series:
    """A series of a file, as one layout reads it.

    Args:
        evidence: Digest of the file.
        layout: The layout that it was read by.
        meter: The meter's id as the file has it; empty where the file does not name its meter.
    """

    evidence: str
    layout: MeterLayout
    meter: str

    def __str__(self) -> str:
        """The series in words, for messages."""
        if self.meter:
            return f"meter {quote(self.meter, 60)}"
        column, channel = _places(self.layout)[0]
        if channel:
            return f"channel {quote(channel, 60)}"
        return f"column {quote(column, 60)}" if column else "the meter"

    def is_apart_from(self, other: "Series") -> bool:
        """Whether this series has no value in common with another one, as far as layouts can show it."""
        if self.evidence != other.evidence or apart_by_columns(self.layout, other.layout):
            return True
        one, another = self.layout, other.layout
        same_names = _way(one) == _way(another) and one.meter_column == another.meter_column
        return same_names and self.meter != other.meter


def apart_by_columns(one: MeterLayout, other: MeterLayout) -> bool:
    """Whether two layouts of a file have no value in common, whatever the meter: other sheets, columns or channels.

    Layouts that take a table apart in different ways can call one column by two names.

    Args:
        one: A layout of the file.
        other: Another layout of the file.
    """
    sheets = _sheet(one), _sheet(other)
    if all(sheets) and sheets[0] != sheets[1]:
        return True
    if one.format != "table" or _way(one) != _way(other):
        return False
    places = _places(one), _places(other)
    if one.channel_column != other.channel_column:
        places = [(column, "") for column, _ in places[0]], [(column, "") for column, _ in places[1]]
    return set(places[0]).isdisjoint(places[1])


def names_meters(layout: MeterLayout) -> bool:
    """Whether a file that is read by a layout names its meters."""
    return layout.format != "table" or layout.meter_column != ""


def _sheet(layout: MeterLayout) -> str:
    """The name of the sheet that a layout reads; empty if it reads the first one, or a file without sheets."""
    return layout.table.sheet if (layout.format, layout.table.kind) == ("table", "excel") else ""


def _way(layout: MeterLayout) -> tuple[object, ...]:
    """How a layout takes a file apart: two layouts of one way have one name for each column."""
    table = layout.table
    shape = (table.kind, table.delimiter, table.encoding, table.skip_lines, table.header, layout.wide is not None)
    return (layout.format, *shape)


def _places(layout: MeterLayout) -> list[tuple[str, str]]:
    """The column and the channel of each value that a layout reads. A named format has one place for all values."""
    first = layout.wide.first if layout.wide is not None else ""
    return [(value.column or first, value.channel) for value in layout.values] or [("", "")]


def series_of(view: View, entry: Entry) -> Series | None:
    """The series of its evidence that an entry has readings of, or None if it names none.

    Args:
        view: The state, at or after the entry, or the state before it.
        entry: An entry that records or corrects readings.

    Raises:
        BrokenLogError: No earlier entry records a layout of the evidence, or it reads no meters and one is named.
    """
    event = entry.event
    if "series" not in event:
        return None
    evidence, meter = event.get("evidence", ""), event["series"]
    layout = layout_of(view, evidence, entry.n)
    if layout is None:
        raise BrokenLogError(
            f"entry {entry.n}: it names a series of a file, and no earlier entry records the layout of its evidence"
        )
    if meter and not names_meters(layout):
        raise BrokenLogError(f"entry {entry.n}: series {quote(meter)}, and the layout of its evidence names no meter")
    return Series(evidence=evidence, layout=layout, meter=meter)


def series_rows(view: View, pieces: Sequence[Entry]) -> list[Row]:
    """The rows by which the series of a file is found again; none for readings that name no series.

    Args:
        view: The state before.
        pieces: The entries that have the readings: one, or all parts of a correction's column.

    Raises:
        RefusedError: Live readings of another device or meter are of the same series, or may be.
        BrokenLogError: The series is not one of the layout of the evidence, or the evidence has no layout.

    Source:
        Domain invariant 5: a Wh counts once; decision 32.
    """
    entry = pieces[-1]
    series, subject = series_of(view, entry), _subject(entry)
    if series is None:
        return []
    for other in sorted(_candidates(view, series) - {subject}):
        _require_apart(view, series, subject, other)
    named, *_ = keys = _keys(series)
    found = [(f"{_NAMINGS} {series.evidence}", named), *((f"{_SUBJECTS} {key}", subject) for key in keys)]
    rows: list[Row] = [
        Registration(kind, name, entry.n) for kind, name in found if view.registration(kind, name) is None
    ]
    return rows + [Registration(_runs(series, subject), str(piece.n), entry.n) for piece in pieces]


def _candidates(view: View, series: Series) -> set[str]:
    """The subjects of the same series, and those under another naming, which can give the series another name."""
    named, *same = _keys(series)
    others = [key for key in view.registrations(f"{_NAMINGS} {series.evidence}") if key != named]
    return {subject for key in (*same, *others) for subject in view.registrations(f"{_SUBJECTS} {key}")}


def _require_apart(view: View, series: Series, subject: str, other: str) -> None:
    """Refuse a series of which another subject has live readings."""
    for n in map(int, view.registrations(_runs(series, other))):
        found = series_of(view, view.entry(n))
        if found is None or found.is_apart_from(series) or not _is_live(view, other, n):
            continue
        document, kind = description_of(view, series.evidence), other.partition(" ")[0]
        name = series.evidence if document is None else document.event["title"]
        where = f"{subject}, file {quote(name, 100)}"
        if _naming(found) == _naming(series):
            raise RefusedError(
                where,
                f"{series} of this file is recorded for {other} (entry {n}), and energy counts once; name that {kind}, "
                "or correct its readings first if they are not its own",
                rule="file-of-another",
            )
        raise RefusedError(
            where,
            f"{found} of this file is recorded for {other} (entry {n}), and the layouts do not show that this "
            f"is other energy; use layouts that differ in their values alone, or correct that {kind}'s readings first",
            rule="file-of-another",
        )


def _is_live(view: View, subject: str, n: int) -> bool:
    """Whether a reading of an entry is live."""
    kind, _, name = subject.partition(" ")
    event = view.entry(n).event
    start = instant_of(event["start"])
    end = start + event["step_s"] * len(event["net_wh"])
    live = view.readings(name if kind == "device" else meter_run(name), start, end)
    return any(row.source_n == n for row in live)


def _subject(entry: Entry) -> str:
    kind = "meter" if "meter" in entry.event else "device"
    return f"{kind} {entry.event[kind]}"


def _naming(series: Series) -> list[Any]:
    """How the layout of a series names its meters, columns and channels."""
    layout = series.layout
    return [*_way(layout), layout.table.sheet, layout.meter_column, layout.channel_column]


def _keys(series: Series) -> list[str]:
    """The keys of a series: that of its naming, and one for each of its values."""
    naming = [series.evidence, *_naming(series)]
    records = (naming, *([*naming, *place, series.meter] for place in _places(series.layout)))
    return [*dict.fromkeys(digest(dumps(record)) for record in records)]


def _runs(series: Series, subject: str) -> str:
    return f"{_RUNS} {series.evidence} {subject}"
