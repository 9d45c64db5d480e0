"""The monitoring report of a project: the fields of a programme's form, with every number between meter and amount."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from attrs import frozen

from carbon_ledger.core.entries.entry import recorded_text
from carbon_ledger.devices import Device
from carbon_ledger.estimates import Comparison
from carbon_ledger.exact import text_of
from carbon_ledger.factors import EmissionFactor
from carbon_ledger.periods import Period
from carbon_ledger.printing import lines
from carbon_ledger.projects import Project
from carbon_ledger.records import Record
from carbon_ledger.reports.divisions import DividedRun
from carbon_ledger.reports.form_tables import figure_text, form_tables
from carbon_ledger.reports.html_page import html_page
from carbon_ledger.reports.parts import Calculation, Equipment, MeteredRun, Parameter, RecordedVolume, ReportTable
from carbon_ledger.reports.workbook import workbook
from carbon_ledger.tables import html_table


@frozen(kw_only=True, repr=False)
class MonitoringReport(Record):
    """What a project's monitoring report states about a period; `Ledger.monitoring_report` makes it.

    Attributes:
        ledger_id: The ledger's id.
        entries: The number of entries of the ledger that the report was made from.
        root: The RFC 6962 root of these entries, as hexadecimal digits.
        as_of: When the newest of these entries was recorded, UTC.
        project: The project.
        period: The period.
        devices: The project's devices, as they are in force at the end of the period.
        factors: The emission factors of the calculations, as the ledger adopted them.
        parameters: The parameters, fixed ex ante and monitored.
        equipment: The meters of the devices, with their calibrations.
        volumes: What the runs of readings in the period state as a whole: totals of shared meters, which are divided
            among devices; export and import; and what was invoiced. Runs that were corrected are marked.
        readings: The metered steps that the calculations count, by calculation, vintage and device.
        calculations: The calculation of each issuance whose monitoring period lies in the period, oldest first; or of
            the quantification that was given.
        divisions: The totals of which metered steps are parts: of shared meters, divided among their devices; and of
            steps that are divided among vintages.
        comparisons: Net energy and amount, each beside what the project's estimate expected of the same days; empty
            without an estimate.
    """

    _in_repr = ("title", "ledger_id", "entries")
    _derived = ("title",)

    ledger_id: str
    entries: int
    root: str
    as_of: datetime
    project: Project
    period: Period
    devices: tuple[Device, ...]
    factors: tuple[EmissionFactor, ...]
    parameters: tuple[Parameter, ...]
    equipment: tuple[Equipment, ...]
    volumes: tuple[RecordedVolume, ...]
    readings: tuple[MeteredRun, ...]
    calculations: tuple[Calculation, ...]
    comparisons: tuple[Comparison, ...] = ()
    divisions: tuple[DividedRun, ...] = ()

    @property
    def title(self) -> str:
        """The title of the report."""
        return f"Monitoring report of {self.project.name or self.project.id}, {self.period}"

    def tables(self) -> tuple[ReportTable, ...]:
        """The report as tables of plain values, in the order of a programme's form. Metered steps are summed by run."""
        return tuple(form_tables(self))

    def to_record(self) -> dict[str, Any]:
        """The whole report as plain data, which can be written as JSON."""
        return {
            "ledger": self.ledger_id,
            "entries": self.entries,
            "root": self.root,
            "as_of": recorded_text(self.as_of),
            "project": self.project.to_record(),
            "period": self.period.to_record(),
            "devices": [item.to_record() for item in self.devices],
            "factors": [item.to_record() for item in self.factors],
            "parameters": [item.to_record() for item in self.parameters],
            "equipment": [item.to_record() for item in self.equipment],
            "volumes": [item.to_record() for item in self.volumes],
            "readings": [item.to_record() for item in self.readings],
            "divisions": [item.to_record() for item in self.divisions],
            "calculations": [item.to_record() for item in self.calculations],
            "comparisons": [_comparison(item) for item in self.comparisons],
        }

    def to_html(self) -> str:
        """The report as a page of HTML, in one file that needs nothing else: for a browser, and for printing."""
        return html_page(self.title, self.tables())

    def to_workbook(self) -> bytes:
        """The report as an Excel workbook (xlsx), whose formulas lead from the metered values to the amounts.

        Raises:
            MissingExtraError: The library XlsxWriter is not installed; it is the extra ``excel``.
            QuantityError: The report has more rows than a sheet can have.
        """
        return workbook(
            self.title, self.as_of, self.tables(), self.readings, self.calculations, self.comparisons, self.divisions
        )

    def __str__(self) -> str:
        """The report as text: its calculations, and the comparison with the estimate."""
        return lines(self.title, *self._lines())

    def _lines(self) -> Iterator[str]:
        for item in self.calculations:
            yield f"  {item.title}"
            for year, amount in item.quantification.amounts:
                units = dict(item.units).get(year)
                issued = "" if item.issuance is None else f", {units or 0:,} units issued"
                yield f"    vintage {year}: {text_of(amount)} {item.quantification.unit}{issued}"
            if item.issuance is not None and item.counted != sum(units for _, units in item.units):
                yield f"    units that count now: {item.counted:,}"
            for correction in item.corrections:
                yield f"    corrected by entry {correction.entry}: {correction.reason}"
            for waiver in item.quantification.waivers:
                yield f"    waived: {waiver.name}, {waiver.reason}"
        for found in self.comparisons:
            yield (
                f"  {found.what}: {figure_text(found.actual, found.unit)} {found.unit}, "
                f"expected {figure_text(found.expected, found.unit)} "
                f"({found.days_text}, {found.day_basis})"
            )

    def _repr_html_(self) -> str:
        """The report as HTML tables, for a notebook."""
        return "".join(html_table(item.title, item.rows, item.columns) for item in self.tables())


def _comparison(item: Comparison) -> dict[str, Any]:
    return {
        "what": item.what,
        "unit": item.unit,
        "expected": text_of(item.expected),
        "actual": text_of(item.actual),
        "difference": text_of(item.difference),
        "days": item.days_text,
        "complete": item.complete,
        "day_basis": item.day_basis,
        "source": item.source,
    }
