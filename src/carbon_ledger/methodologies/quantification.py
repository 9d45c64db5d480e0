"""Quantifications: every number between a meter reading and an amount, line by line, and how two of them differ."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from typing import Any, Final

from attrs import frozen

from carbon_ledger import units
from carbon_ledger.canonical import digest, dumps
from carbon_ledger.errors import MethodologyError
from carbon_ledger.exact import arithmetic, plain, text_of
from carbon_ledger.methodologies.lines import Fields, Line, line_differences, pinned_number
from carbon_ledger.periods import Period
from carbon_ledger.periods.instants import instant_of, instant_text
from carbon_ledger.periods.spans import Span
from carbon_ledger.printing import lines, quote
from carbon_ledger.records import Json, Record, plain_value, reads_record
from carbon_ledger.tables import TEXT, Cells, Column, Table, Tabular, html_table, table_of
from carbon_ledger.waivers import Waiver, waivers_record

__all__ = ["DeviceSteps", "Line", "Quantification", "Split", "differences"]

Interval = tuple[int, int]

_COLUMNS: Final = ("symbol", "name", "value", "unit", "formula", "source")
_PARTS: Final = ("project", "period", "unit", "methodology", "factor", "waivers", "steps", "splits", "amounts")


def _intervals(intervals: Sequence[Interval]) -> list[list[str]]:
    return [[instant_text(start), instant_text(end)] for start, end in intervals]


def _parsed(record: Sequence[Sequence[str]]) -> tuple[Interval, ...]:
    return tuple((instant_of(start), instant_of(end)) for start, end in record)


@frozen(kw_only=True, repr=False)
class DeviceSteps(Record):
    """The metered steps of one device that a quantification counts, and the steps that it leaves out.

    Attributes:
        device: The device's id.
        steps: Number of counted steps.
        net_wh: Net energy of the counted steps. [Wh]
        gross_wh: Gross energy of the counted steps, or ``None`` if it was not recorded. [Wh]
        claimed: Half-open intervals of the counted steps. [s since 1970-01-01 UTC]
        gaps: Intervals without a reading, for which there is a waiver. [s since 1970-01-01 UTC]
        excluded: Intervals whose net energy is not positive (granular certificates only). They remain unclaimed.
            [s since 1970-01-01 UTC]
    """

    device: str
    steps: int
    net_wh: int
    gross_wh: int | None
    claimed: tuple[Interval, ...]
    gaps: tuple[Interval, ...] = ()
    excluded: tuple[Interval, ...] = ()

    def to_dict(self) -> dict[str, Json]:
        """The steps as plain values, with the edges of the intervals as ISO 8601 texts."""
        times = {name: plain_value(_intervals(getattr(self, name))) for name in ("claimed", "gaps", "excluded")}
        return super().to_dict() | times

    def to_record(self) -> dict[str, Any]:
        """The steps as a document pins them."""
        record: dict[str, Any] = {
            "device": self.device,
            "steps": self.steps,
            "net_wh": self.net_wh,
            "claimed": _intervals(self.claimed),
        }
        if self.gross_wh is not None:
            record["gross_wh"] = self.gross_wh
        for key in ("gaps", "excluded"):
            if intervals := getattr(self, key):
                record[key] = _intervals(intervals)
        return record

    @classmethod
    @reads_record("a device's steps")
    def from_record(cls, record: Mapping[str, Any]) -> "DeviceSteps":
        """The steps that a document pinned.

        Raises:
            QuantityError: *record* is not what `to_record` gives.
        """
        return cls(
            device=record["device"],
            steps=record["steps"],
            net_wh=record["net_wh"],
            gross_wh=record.get("gross_wh"),
            claimed=_parsed(record["claimed"]),
            gaps=_parsed(record.get("gaps", ())),
            excluded=_parsed(record.get("excluded", ())),
        )


@frozen(kw_only=True, repr=False)
class Split(Span):
    """A step that is divided at the end of a vintage, in whole Wh, in proportion to seconds.

    Attributes:
        device: The device's id.
        start_utc: Start of the step. [s since 1970-01-01 UTC]
        end_utc: End of the step. [s since 1970-01-01 UTC]
        parts: Energy of each vintage. [(year, Wh), ...]
    """

    device: str
    start_utc: int
    end_utc: int
    parts: tuple[tuple[int, int], ...]

    def to_record(self) -> dict[str, Any]:
        """The split as a document pins it."""
        return {
            "device": self.device,
            "start": instant_text(self.start_utc),
            "end": instant_text(self.end_utc),
            "parts": [{"vintage": year, "net_wh": wh} for year, wh in self.parts],
        }

    @classmethod
    @reads_record("a split")
    def from_record(cls, record: Mapping[str, Any]) -> "Split":
        """The split that a document pinned.

        Raises:
            QuantityError: *record* is not what `to_record` gives.
        """
        return cls(
            device=record["device"],
            start_utc=instant_of(record["start"]),
            end_utc=instant_of(record["end"]),
            parts=tuple((part["vintage"], part["net_wh"]) for part in record["parts"]),
        )


@frozen(kw_only=True, repr=False)
class Quantification(Record, Tabular):
    """What a project generated in a period and how many units may be issued for it, line by line: a table of its lines.

    Attributes:
        project: The project's id.
        period: The monitoring period.
        unit: Unit of the amounts: ``tCO2e`` for credits, ``MWh`` or ``Wh`` for certificates.
        methodology: Name and version of the methodology, for credits.
        factor_id: The id of the emission factor, for credits.
        waivers: The waivers that the quantification relies on.
        steps: The metered steps of each device; empty for units of carry, which claim no steps.
        splits: Steps that are divided at the end of a vintage.
        lines: A line for every number.
        amounts: The exact amount that may be issued for each vintage. It is negative if more energy was imported than
            exported. [(year, unit), ...]
    """

    _in_repr = ("project", "amount", "unit", "period")
    _derived = ("digest", "amount")

    project: str
    period: Period
    unit: str
    methodology: str | None = None
    factor_id: str | None = None
    waivers: tuple[Waiver, ...] = ()
    steps: tuple[DeviceSteps, ...] = ()
    splits: tuple[Split, ...] = ()
    lines: tuple[Line, ...] = ()
    amounts: tuple[tuple[int, Decimal], ...] = ()

    @property
    def amount(self) -> Decimal:
        """Sum of the vintages' amounts, exact. [unit]"""
        with arithmetic():
            return plain(sum((amount for _, amount in self.amounts), Decimal(0)))

    @property
    def net_wh(self) -> int:
        """Net energy of all counted steps. [Wh]"""
        return sum(steps.net_wh for steps in self.steps)

    @property
    def emission_reductions(self) -> "units.Quantity":
        """Emission reductions, exact; negative if the plants imported more energy than they exported. [tCO2e]

        Raises:
            MethodologyError: The project certifies energy, not emission reductions.
        """
        if self.unit != "tCO2e":
            raise MethodologyError(
                f"project {self.project} certifies energy in {self.unit}, not emission reductions; read `.amount`"
            )
        return units.emissions(self.amount)

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical record, which an issuance pins."""
        return self._digest

    @cached_property
    def _digest(self) -> str:
        return digest(self.to_bytes())

    def line(self, symbol: str) -> Line:
        """The line with this symbol.

        Raises:
            MethodologyError: The quantification has no line with this symbol.
        """
        for line in self.lines:
            if line.symbol == symbol:
                return line
        raise MethodologyError(
            f"quantification of {self.project} has no line {quote(symbol)}; it has "
            f"{', '.join(n.symbol for n in self.lines)}"
        )

    def differences(self, other: "Quantification") -> tuple[str, ...]:
        """How this quantification differs from another, in sentences; empty if it does not differ."""
        return differences(self.to_record(), other.to_record())

    def to_record(self) -> dict[str, Any]:
        """The whole quantification as a document pins it."""
        record: dict[str, Any] = {
            "project": self.project,
            "period": self.period.to_record(),
            "unit": self.unit,
            "waivers": waivers_record(self.waivers),
            "steps": [item.to_record() for item in self.steps],
            "splits": [item.to_record() for item in self.splits],
            "lines": [item.to_record() for item in self.lines],
            "amounts": [{"vintage": year, "amount": text_of(amount)} for year, amount in self.amounts],
        }
        if self.methodology is not None:
            record["methodology"] = self.methodology
        if self.factor_id is not None:
            record["factor"] = self.factor_id
        return record

    def to_bytes(self) -> bytes:
        """The canonical JSON of the record."""
        return dumps(self.to_record())

    @classmethod
    @reads_record("a quantification")
    def from_record(cls, record: Mapping[str, Any]) -> "Quantification":
        """The quantification that a document pinned.

        Raises:
            QuantityError: *record* is not what `to_record` gives.
        """
        return cls(
            project=record["project"],
            period=Period.from_record(record["period"]),
            unit=record["unit"],
            methodology=record.get("methodology"),
            factor_id=record.get("factor"),
            waivers=tuple(Waiver(item["name"], item["reason"]) for item in record["waivers"]),
            steps=tuple(DeviceSteps.from_record(item) for item in record["steps"]),
            splits=tuple(Split.from_record(item) for item in record["splits"]),
            lines=tuple(Line.from_record(item) for item in record["lines"]),
            amounts=tuple((item["vintage"], pinned_number(item["amount"], "amount")) for item in record["amounts"]),
        )

    def __str__(self) -> str:
        """The quantification as text: its lines, and the amount of each vintage."""
        head = f"Quantification of {self.project}, {self.period}"
        by = self._how()
        amounts = [f"vintage {year}: {text_of(amount)} {self.unit}" for year, amount in self.amounts]
        return lines(head, by, *map(str, self.lines), *amounts)

    def _how(self) -> str:
        """How the units were quantified, in words."""
        if self.methodology:
            return f"{self.methodology} with factor {self.factor_id}"
        return "net energy" if self.steps else "units of carry"

    def _table(self) -> Table:
        project = Column("project", TEXT, lambda _: self.project)
        return table_of("Quantification", (project, *Line._columns), self.lines)

    def _repr_html_(self) -> str:
        """The quantification as an HTML table, for a notebook: lines, amounts of vintages, then waivers."""
        how = self._how()
        rows = [_cells(line) for line in self.lines]
        rows += [
            _row(name=f"vintage {year}: may be issued", value=text_of(amount), unit=self.unit)
            for year, amount in self.amounts
        ]
        rows += [_row(name=f"waived: {item.name}", source=item.reason) for item in self.waivers]
        return html_table(f"Quantification of {self.project}, {self.period}: {how}", rows, _COLUMNS)


def _cells(line: Line) -> Cells:
    confidence = f" [{line.confidence}]" if line.confidence else ""
    return _row(
        symbol=line.symbol,
        name=line.name,
        value=text_of(line.value),
        unit=line.unit,
        formula=line.formula,
        source=f"{line.source}{confidence}",
    )


def _row(**cells: str) -> Cells:
    return {column: cells.get(column, "") for column in _COLUMNS}


def differences(
    one: Fields, other: Fields, *, here: str = "here", there: str = "in the other", names: bool = True
) -> tuple[str, ...]:
    """How the records of two quantifications differ: a sentence for each difference.

    This is the only comparison of quantifications: `Quantification.differences`, approvals and the audit use it.

    Args:
        one: The record of a quantification.
        other: The record of another quantification.
        here: What the sentences call the first quantification.
        there: What the sentences call the second quantification.
        names: Whether to compare the names of lines, too. A name explains a line; a later version of this library
            may improve it. Everything else is a number, or states where a number comes from.

    Returns:
        A sentence for each field of a line that differs, for each line that only one record has or that one record
        has more often, and for each other part that differs. The result is empty if the records do not differ.

    Example:
        >>> differences({"lines": [], "unit": "MWh"}, {"lines": [], "unit": "Wh"})
        ("unit: 'MWh' here, 'Wh' in the other",)
    """
    if one == other:
        return ()
    found = [*line_differences(one["lines"], other["lines"], here=here, there=there, names=names)]
    for part in _PARTS:
        if one.get(part) != other.get(part):
            found.append(f"{part}: {quote(one.get(part), 200)} {here}, {quote(other.get(part), 200)} {there}")
    if not found and [line["symbol"] for line in one["lines"]] != [line["symbol"] for line in other["lines"]]:
        found = ["lines: the same lines, in another order"]
    return tuple(found)
