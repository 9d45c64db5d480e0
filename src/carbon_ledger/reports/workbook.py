"""A report as an Excel workbook: tables, the readings, and calculations whose formulas give the ledger's own figures.

The file has these sheets. `Form`: the tables of the report. `Totals`: the totals of shared meters, and of steps across
the end of a vintage; `Division`: how their parts follow. These two are left out if nothing was divided. `Readings`: the
metered values. `Calculation`: the lines, each with its value in the spreadsheet's own numbers, its exact value, and the
ledger's value. `Arithmetic`: the exact values, as rows of limbs. `Results`: the amounts, and the comparison with the
estimate.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from io import BytesIO
from typing import TYPE_CHECKING, Final

from attrs import evolve

from carbon_ledger.errors import MissingExtraError, QuantityError
from carbon_ledger.estimates import Comparison
from carbon_ledger.printing import printable
from carbon_ledger.reports.computed import Computation, ComputedLine
from carbon_ledger.reports.division_sheets import (
    DIVISION,
    FIRST_PART,
    FIRST_TOTAL,
    NOTES,
    TOTALS,
    Divided,
    divided,
)
from carbon_ledger.reports.divisions import DividedRun
from carbon_ledger.reports.limbs import MOST_RAW, Cell, Node, Sheet, limbs_needed
from carbon_ledger.reports.parts import Calculation, MeteredRun, ReportTable
from carbon_ledger.reports.readings_sheet import COLUMNS, NET, Group, net_formulas, reading_rows, sums_of_readings
from carbon_ledger.reports.results import Result, results_of
from carbon_ledger.tables import Value
from carbon_ledger.tables.csv import is_formula

if TYPE_CHECKING:
    import xlsxwriter
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

MOST_STEPS: Final = 100_000  # with more, the sheet of readings has a row for each run and not for each step
_ABSENT: Final = "workbooks need the library XlsxWriter: pip install 'carbon-ledger[excel]'"
_A4: Final = 9  # the number that the format has for this paper
_LONGEST: Final = 32_000  # a cell of a workbook takes 32,767 characters
_LINES: Final = (
    *("symbol", "name", "value", "unit", "exact value", "the ledger's value", "equal", "formula", "how it is computed"),
    *("source", "confidence"),
)
_QUICK: Final = (
    "The column `value` has the spreadsheet's own numbers, which have 15 digits: follow the calculation there. The "
    "column `exact value` is computed in the sheet Arithmetic with whole numbers only, and has every digit."
)
_LIMBS: Final = (
    "An exact number is a row of whole numbers below a million (limbs), because a spreadsheet's own number has only 15 "
    "reliable digits. `limb 1` has the last six digits. `raw` has the limbs before carrying, and `up` what is carried. "
    "`sign` is -1 for a number below 0. `over` has the carries of the number without its sign."
)


def workbook(
    title: str,
    created: datetime,
    tables: Sequence[ReportTable],
    readings: Sequence[MeteredRun],
    calculations: Sequence[Calculation],
    comparisons: Sequence[Comparison],
    divisions: Sequence[DividedRun] = (),
) -> bytes:
    """The bytes of an xlsx file. The same report gives the same bytes.

    Args:
        title: The title of the report.
        created: The time that the file states as the time of its creation.
        tables: The tables of the sheet `Form`.
        readings: The metered steps, by calculation, vintage and device.
        calculations: The calculations.
        comparisons: What the period generated, and its amount, beside the estimate.
        divisions: The totals of which metered steps are parts.

    Raises:
        MissingExtraError: XlsxWriter is not installed.
        QuantityError: The report has more rows than a sheet can have.
    """
    try:
        import xlsxwriter
    except ImportError as error:
        raise MissingExtraError(_ABSENT) from error
    buffer = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        book.set_properties({"title": printable(title), "created": created.replace(tzinfo=None)})
        book.set_calc_mode("auto")
        every_step = sum(len(run.net_wh) for run in readings) <= MOST_STEPS
        parts = divided(divisions, every_step=every_step)
        writer = _Writer(book, ("Totals", "Division") if parts.parts else ())
        writer.form(title, tables)
        writer.division(parts)
        sums = writer.readings(readings, calculations, parts, every_step)
        writer.calculate(sums, calculations, comparisons)
    return buffer.getvalue()


def _require_written(result: int) -> None:
    """Refuse a report that a sheet cannot hold; XlsxWriter would leave out the cell.

    Raises:
        QuantityError: The row or the column is beyond the end of a sheet.
    """
    if result != 0:
        raise QuantityError("the report has more rows than a sheet of a workbook, 1,048,576; report shorter periods")


class _Writer:
    """Writes the sheets of one workbook."""

    def __init__(self, book: "xlsxwriter.Workbook", divisions: Sequence[str]) -> None:
        self.book = book
        self.bold: Format = book.add_format({"bold": True})
        self.title: Format = book.add_format({"bold": True, "font_size": 14})
        self.head: Format = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        self.wrap: Format = book.add_format({"text_wrap": True, "valign": "top"})
        self.note: Format = book.add_format({"italic": True, "valign": "top"})  # not wrapped: it runs over empty cells
        self.text: Format = book.add_format({"valign": "top", "quote_prefix": True})
        names = ("Form", *divisions, "Readings", "Calculation", "Arithmetic", "Results")
        self.sheets = {name: book.add_worksheet(name) for name in names}
        for sheet in self.sheets.values():
            sheet.set_landscape()
            sheet.set_paper(_A4)
            sheet.fit_to_pages(1, 0)  # all columns on the width of a page, on as many pages as there are rows

    def put(self, sheet: "Worksheet", row: int, column: int, value: Value, style: "Format | None" = None) -> None:
        """Write a value: a whole number of up to 14 digits as a number, anything else as text, never as a formula."""
        if value is None or value == "":
            return
        if type(value) is int and abs(value) < MOST_RAW:
            _require_written(sheet.write_number(row, column, value, style))
            return
        text = printable(str(value))
        if len(text) > _LONGEST:
            text = f"{text[:_LONGEST]}... (cut: {len(text):,} characters)"
        marked = self.text if is_formula(text) else None
        _require_written(sheet.write_string(row, column, text, style or marked))

    def calculated(self, sheet: "Worksheet", row: int, column: int, cell: Cell) -> None:
        """Write a formula with the value that it gives, or a number."""
        formula, value = cell
        if formula:
            _require_written(sheet.write_formula(row, column, f"={formula}", None, value))
        elif not isinstance(value, str):
            _require_written(sheet.write_number(row, column, value))

    def row(self, sheet: "Worksheet", row: int, values: Sequence[Value], style: "Format | None" = None) -> None:
        """Write a row from its first column on."""
        for column, value in enumerate(values):
            self.put(sheet, row, column, value, style)

    def form(self, title: str, tables: Sequence[ReportTable]) -> None:
        """The tables of the report, one below the other."""
        sheet = self.sheets["Form"]
        sheet.set_column(0, 12, 24, self.wrap)
        self.put(sheet, 0, 0, title, self.title)
        at = 2
        for item in tables:
            self.put(sheet, at, 0, item.title, self.bold)
            at += 1
            for text in (item.note, "" if item.rows else item.empty):
                if text:
                    self.put(sheet, at, 0, text, self.note)
                    at += 1
            if item.rows:
                self.row(sheet, at, item.columns, self.head)
            for cells in item.rows:
                at += 1
                self.row(sheet, at, [cells[name] for name in item.columns])
            at += 2

    def division(self, divided: Divided) -> None:
        """The totals that were divided, and how the parts follow from them."""
        if not divided.parts:
            return
        totals, parts = self.sheets["Totals"], self.sheets["Division"]
        totals.set_column(0, len(TOTALS) - 1, 20)
        parts.set_column(0, len(DIVISION) - 1, 18)
        self.put(parts, 0, 0, "Division of totals", self.title)
        for row, text in enumerate(NOTES, 1):
            self.put(parts, row, 0, text, self.note)
        for sheet, head, first, rows in (
            (totals, TOTALS, FIRST_TOTAL, divided.totals),
            (parts, DIVISION, FIRST_PART, divided.parts),
        ):
            self.row(sheet, first - 2, head, self.head)
            sheet.freeze_panes(first - 1, 0)
            sheet.repeat_rows(first - 2)
            for row, cells in enumerate(rows, first - 1):
                for column, cell in enumerate(cells):
                    if isinstance(cell, tuple):
                        self.calculated(sheet, row, column, cell)
                    else:
                        self.put(sheet, row, column, cell)

    def readings(
        self,
        readings: Sequence[MeteredRun],
        calculations: Sequence[Calculation],
        divided: Divided,
        every_step: bool,
    ) -> dict[tuple[int, str], str]:
        """The metered values, and the formula for the sum of each line that is a sum of them."""
        sheet = self.sheets["Readings"]
        sheet.set_column(0, len(COLUMNS) - 1, 20)
        self.row(sheet, 0, COLUMNS, self.head)
        sheet.freeze_panes(1, 0)
        sheet.repeat_rows(0)
        groups: dict[Group, list[int]] = {}
        at = 1
        for run in readings:
            formulas = net_formulas(run, every_step, at + 1, divided.places)
            rows = reading_rows(run, every_step, omitted=(run.entry, run.device) in divided.omitted)
            for cells, net in zip(rows, formulas, strict=True):
                self.row(sheet, at, [calculations[run.calculation].title, *cells])
                if net[0]:
                    self.calculated(sheet, at, NET, net)
                at += 1
                groups.setdefault((run.calculation, run.vintage, run.device), []).append(at)
        return sums_of_readings(groups, readings, calculations)

    def calculate(
        self,
        sums: dict[tuple[int, str], str],
        calculations: Sequence[Calculation],
        comparisons: Sequence[Comparison],
    ) -> None:
        """The sheets `Calculation`, `Arithmetic` and `Results`."""
        computation = Computation(sums, "C", "Calculation")
        sections: list[tuple[int, list[ComputedLine]]] = []
        row = 4
        for k, item in enumerate(calculations):
            sections.append((row, computation.lines(k, item.quantification.lines, row + 2)))
            row += len(item.quantification.lines) + 4
        results = results_of(computation, calculations, [lines for _, lines in sections], comparisons)
        nodes = computation.nodes
        exact = Sheet(count=limbs_needed(nodes), rows={node: i + 5 for i, node in enumerate(nodes)})
        self._arithmetic(exact, nodes)
        sheet = self.sheets["Calculation"]
        for column, width in enumerate((18, 44, 18, 12, 26, 26, 8, 36, 30, 40, 6)):
            sheet.set_column(column, column, width)
        self.put(sheet, 0, 0, "Calculation, line by line", self.title)
        self.put(sheet, 1, 0, _QUICK, self.note)
        for item, (start, lines) in zip(calculations, sections, strict=True):
            self.put(sheet, start - 1, 0, item.title, self.bold)
            self.row(sheet, start, _LINES, self.head)
            for i, computed in enumerate(lines):
                self._line(start + 1 + i, computed, exact)
        self._results(exact, results)

    def _line(self, row: int, item: ComputedLine, exact: Sheet) -> None:
        sheet, line, node = self.sheets["Calculation"], item.line, item.node
        for column, text in ((0, line.symbol), (1, line.name), (3, line.unit), (7, line.formula), (8, item.how)):
            self.put(sheet, row, column, text)
        self.put(sheet, row, 9, line.source)
        self.put(sheet, row, 10, line.confidence)
        self.calculated(sheet, row, 2, (item.formula, line.value))
        self.calculated(sheet, row, 4, (f"Arithmetic!{exact.cell(node, 'exact')}", node.text))
        self._compared(sheet, row, 5, ("E", "F"), node, line.value)

    def _arithmetic(self, exact: Sheet, nodes: Sequence[Node]) -> None:
        sheet, n = self.sheets["Arithmetic"], exact.count
        self.put(sheet, 0, 0, "Exact arithmetic", self.title)
        self.put(sheet, 1, 0, _LIMBS, self.note)
        groups = {"limb": n, "raw": n, "up": n - 1, "sign": 1, "over": n - 1}
        heads = [f"{name} {j + 1}" if count > 1 else name for name, count in groups.items() for j in range(count)]
        self.row(sheet, 3, ("number", "places", "", "exact value", *heads), self.head)
        sheet.set_column(0, 0, 32)
        sheet.set_column(3, 3, 32)
        sheet.freeze_panes(4, 4)
        sheet.repeat_rows(3)
        for node in nodes:
            row = exact.rows[node] - 1
            self.put(sheet, row, 0, node.name)
            self.put(sheet, row, 1, 6 * node.groups)
            for (group, j), cell in exact.cells(node).items():
                self.calculated(sheet, row, exact.column(group) + j, cell)

    def _results(self, exact: Sheet, results: Sequence[Result]) -> None:
        sheet = self.sheets["Results"]
        sheet.set_column(0, 4, 36)
        self.put(sheet, 0, 0, "Results", self.title)
        self.row(sheet, 2, ("what", "exact value", "unit", "the ledger's value", "equal"), self.head)
        for row, item in enumerate(results, 3):
            self.put(sheet, row, 0, item.name)
            self.calculated(sheet, row, 1, (f"Arithmetic!{exact.cell(item.node, 'exact')}", item.node.text))
            self.put(sheet, row, 2, item.unit)
            self._compared(sheet, row, 3, ("B", "D"), item.node, item.ledgers)

    def _compared(
        self, sheet: "Worksheet", row: int, column: int, names: tuple[str, str], node: Node, ledgers: Decimal
    ) -> None:
        """The ledger's value, and whether the exact value is equal to it."""
        self.put(sheet, row, column, evolve(node, value=ledgers).text)
        one, other = (f"{name}{row + 1}" for name in names)
        self.calculated(sheet, row, column + 1, (f"EXACT({one},{other})", node.value == ledgers))
