"""The parts of a monitoring report: parameters, equipment, metered values, and calculations, as frozen records."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from attrs import frozen

from carbon_ledger.core.calibrations import RecordedCalibration
from carbon_ledger.core.entries.entry import recorded_text
from carbon_ledger.exact import text_of
from carbon_ledger.meters import Meter
from carbon_ledger.methodologies import Quantification
from carbon_ledger.periods import Period
from carbon_ledger.periods.instants import instant_text
from carbon_ledger.periods.spans import Span
from carbon_ledger.records import Record
from carbon_ledger.tables import Cells

FIXED: Final = "fixed ex ante"
MONITORED: Final = "monitored"
REMARK_UNITS: Final = ("flag", "entry")  # the units of lines that tell something and are part of no amount


@frozen(kw_only=True, repr=False)
class Parameter(Record):
    """A number that a calculation takes and does not compute.

    Attributes:
        kind: ``fixed ex ante``, for a number of no year; ``monitored``, for a number of one vintage, and for a factor
            that is determined ex post.
        symbol: The symbol of the parameter in the calculation.
        name: What the number is, in words.
        value: The exact value.
        unit: The unit.
        source: Document, version and place.
        confidence: How sure the source is: P, S, C or M.
        equipment: Ids of the meters that measured the value.
    """

    kind: str
    symbol: str
    name: str
    value: Decimal
    unit: str
    source: str
    confidence: str = ""
    equipment: tuple[str, ...] = ()

    def to_record(self) -> dict[str, Any]:
        """The parameter as plain data."""
        texts = {name: getattr(self, name) for name in ("kind", "symbol", "name", "unit", "source", "confidence")}
        return {**texts, "value": text_of(self.value), "equipment": list(self.equipment)}


@frozen(kw_only=True, repr=False)
class Equipment(Record):
    """A meter of the project's devices that is in place in some part of the period, with all its calibrations.

    Attributes:
        meter: The meter.
        devices: The devices of the project that the meter measures.
        in_place: The time in which it measures, in words.
        calibrations: Its calibrations, in the order in which they were done.
    """

    meter: Meter
    devices: tuple[str, ...]
    in_place: str
    calibrations: tuple[RecordedCalibration, ...] = ()

    def to_record(self) -> dict[str, Any]:
        """The meter as plain data."""
        calibrations = [
            {"entry": item.n, "evidence": item.evidence, **item.calibration.to_record()} for item in self.calibrations
        ]
        return {
            "meter": self.meter.to_record(),
            "devices": list(self.devices),
            "in_place": self.in_place,
            "calibrations": calibrations,
        }


@frozen(kw_only=True, repr=False)
class MeteredRun(Span):
    """Consecutive metered steps of one device that a calculation counts, all of one vintage and of one entry.

    Attributes:
        calculation: Position of the calculation in the report, from 0.
        device: The device.
        vintage: The calendar year to which the energy belongs.
        start_utc: Start of the first step. [s since 1970-01-01 UTC]
        step_s: Length of a step. [s]
        net_wh: Net energy of each step, export minus import. [Wh]
        gross_wh: Gross energy of each step, or ``None`` if it was not recorded. [Wh]
        quality: ``measured``, ``estimated`` or ``substituted``.
        entry: The entry that recorded the steps.
        meter: The shared meter whose total was divided among its devices, or ``None``.
        evidence: Digest of the document that supports the readings, or ``None``.
        split: Whether the single step is divided at the end of a vintage; its energy is then the vintage's part.
        export_wh: Metered export of each step, or ``None`` if it was not recorded, or if the energy of the steps is a
            part of a total: a share of a meter of several devices, or the part of a vintage. [Wh]
        import_wh: Metered import of each step, or ``None`` in the same cases. [Wh]
    """

    _derived = ("end",)

    calculation: int
    device: str
    vintage: int
    start_utc: int
    step_s: int
    net_wh: tuple[int, ...]
    gross_wh: tuple[int, ...] | None
    quality: str
    entry: int
    meter: str | None = None
    evidence: str | None = None
    split: bool = False
    export_wh: tuple[int, ...] | None = None
    import_wh: tuple[int, ...] | None = None

    @property
    def end_utc(self) -> int:
        """End of the last step. [s since 1970-01-01 UTC]"""
        return self.start_utc + self.step_s * len(self.net_wh)

    def to_record(self) -> dict[str, Any]:
        """The steps as plain data."""
        record: dict[str, Any] = {
            "calculation": self.calculation,
            "device": self.device,
            "vintage": self.vintage,
            "start": instant_text(self.start_utc),
            "step_s": self.step_s,
            "net_wh": list(self.net_wh),
            "quality": self.quality,
            "entry": self.entry,
            "split": self.split,
        }
        for name in ("gross_wh", "export_wh", "import_wh"):
            if (column := getattr(self, name)) is not None:
                record[name] = list(column)
        for name in ("meter", "evidence"):
            if (text := getattr(self, name)) is not None:
                record[name] = text
        return record


@frozen(kw_only=True, repr=False)
class RecordedVolume(Record):
    """What a run of readings states as a whole: the total of a meter, both of its sides, and the invoice beside it.

    Attributes:
        meter: The shared meter whose total was recorded, or ``None`` for a run of a device.
        devices: The device; or the devices of the project among which the total was divided.
        period: From the start of the run to its end.
        entry: The first entry of the run.
        quality: ``measured``, ``estimated`` or ``substituted``.
        superseded: Whether a correction has replaced a part of the run.
        net_wh: Metered net energy. [Wh]
        export_wh: Metered export, or ``None``. [Wh]
        import_wh: Metered import, or ``None``. [Wh]
        invoiced_wh: Invoiced export minus invoiced import, or ``None``. [Wh]
    """

    meter: str | None
    devices: tuple[str, ...]
    period: Period
    entry: int
    quality: str
    superseded: bool
    net_wh: int
    export_wh: int | None
    import_wh: int | None
    invoiced_wh: int | None

    def to_record(self) -> dict[str, Any]:
        """The volumes as plain data, without those that were not recorded."""
        numbers = {name: getattr(self, name) for name in ("net_wh", "export_wh", "import_wh", "invoiced_wh")}
        record: dict[str, Any] = {
            "devices": list(self.devices),
            "period": self.period.to_record(),
            "entry": self.entry,
            "quality": self.quality,
            "superseded": self.superseded,
            **{name: wh for name, wh in numbers.items() if wh is not None},
        }
        return record if self.meter is None else {"meter": self.meter, **record}


@frozen(kw_only=True, repr=False)
class CorrectionNote(Record):
    """A correction of readings that changed the calculation of an issuance.

    Attributes:
        entry: The entry of the correction.
        at: When it was recorded, UTC.
        reason: Why the readings were corrected.
        amounts: The amounts of the issuance after it. [(year, unit), ...]
    """

    entry: int
    at: datetime
    reason: str
    amounts: tuple[tuple[int, Decimal], ...]

    def to_record(self) -> dict[str, Any]:
        """The correction as plain data."""
        return {
            "entry": self.entry,
            "at": recorded_text(self.at),
            "reason": self.reason,
            "amounts": amounts_record(self.amounts),
        }


@frozen(kw_only=True, repr=False)
class Calculation(Record):
    """The calculation of one issuance, or of a quantification that is not issued yet.

    Attributes:
        issuance: The entry of the issuance, or ``None`` if nothing is issued yet.
        quantification: The calculation, line by line.
        units: Units that the issuance made, by vintage. [(year, units), ...]
        counted: Units of the issuance that count now, without those that were withdrawn.
        corrections: Corrections of readings that changed the calculation, oldest first.
    """

    _derived = ("title",)

    issuance: int | None
    quantification: Quantification
    units: tuple[tuple[int, int], ...] = ()
    counted: int = 0
    corrections: tuple[CorrectionNote, ...] = ()

    @property
    def title(self) -> str:
        """What the calculation is of, in words."""
        what = "not issued yet" if self.issuance is None else f"issuance of entry {self.issuance}"
        return f"{what}, {self.quantification.period}"

    def to_record(self) -> dict[str, Any]:
        """The calculation as plain data."""
        record: dict[str, Any] = {
            "quantification": self.quantification.to_record(),
            "digest": self.quantification.digest,
            "units": [{"vintage": year, "units": units} for year, units in self.units],
            "counted": self.counted,
            "corrections": [item.to_record() for item in self.corrections],
        }
        return record if self.issuance is None else {"issuance": self.issuance, **record}


def amounts_record(amounts: Sequence[tuple[int, Decimal]]) -> list[dict[str, Any]]:
    """The amounts of vintages as plain data.

    Example:
        >>> amounts_record([(2024, Decimal("1.50"))])
        [{'vintage': 2024, 'amount': '1.5'}]
    """
    return [{"vintage": year, "amount": text_of(amount)} for year, amount in amounts]


@frozen(kw_only=True, repr=False)
class ReportTable(Record):
    """A table of a report: a title, and rows that have the same columns.

    Attributes:
        title: What the table shows.
        columns: The names of the columns.
        rows: The rows.
        note: A sentence below the title; empty for none.
        empty: What the report says in place of a table without rows.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[Cells, ...]
    note: str = ""
    empty: str = ""


def table(
    title: str, columns: str, rows: Sequence[Sequence[str | int | None]], *, note: str = "", empty: str = "none"
) -> ReportTable:
    """A table of lists of cells.

    Args:
        title: What the table shows.
        columns: The names of the columns, separated by commas.
        rows: The cells of each row, in the order of the columns.
        note: A sentence below the title.
        empty: What the report says if there is no row.
    """
    names = tuple(columns.split(", "))
    return ReportTable(
        title=title,
        columns=names,
        rows=tuple(dict(zip(names, row, strict=True)) for row in rows),
        note=note,
        empty=empty,
    )


def fact_rows(facts: Mapping[str, str | None]) -> list[tuple[str, str]]:
    """The facts of a table with two columns, without facts that are not known."""
    return [(name, value) for name, value in facts.items() if value]
