"""The metered values as rows of a sheet, and which lines of calculations are sums of these rows."""

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Final

from carbon_ledger.methodologies import Line
from carbon_ledger.methodologies.net_energy import millionths
from carbon_ledger.periods.instants import instant_text
from carbon_ledger.reports.computed import ALL
from carbon_ledger.reports.division_sheets import Place
from carbon_ledger.reports.limbs import MOST_RAW, Cell
from carbon_ledger.reports.parts import Calculation, MeteredRun
from carbon_ledger.tables import Value

COLUMNS: Final = (
    *("calculation", "device", "vintage", "from, UTC", "to, UTC", "step, s", "quality"),
    *("export, Wh", "import, Wh", "net, Wh", "gross, Wh", "meter", "entry", "evidence", "remark"),
)
Group = tuple[int, int, str]  # position of the calculation, vintage, device

_DEVICE_LINE: Final = re.compile(r"(?P<name>[A-Za-z_]+)\[(?P<vintage>[0-9]{4}),(?P<device>[^\]]+)\]")
_QUALITIES: Final = ("estimated", "substituted")
NET: Final = 9  # the column of net energy, from 0
_SPLIT: Final = "part of a step that is divided at the end of a vintage, in proportion to seconds"
_OMITTED: Final = "the ledger's part of a total, which this workbook does not divide by formulas"


def reading_rows(run: MeteredRun, every_step: bool, *, omitted: bool = False) -> Iterator[list[Value]]:
    """The rows of metered steps, without the column of the calculation.

    Args:
        run: The steps.
        every_step: Whether each step has a row; otherwise one row has the sum of all steps.
        omitted: Whether the steps are parts of totals that the workbook does not divide.
    """
    width = 1 if every_step else len(run.net_wh)
    for at in range(0, len(run.net_wh), width):
        start = run.start_utc + at * run.step_s
        yield [
            run.device,
            run.vintage,
            instant_text(start),
            instant_text(start + width * run.step_s),
            run.step_s,
            run.quality,
            *(None if side is None else sum(side[at : at + width]) for side in (run.export_wh, run.import_wh)),
            sum(run.net_wh[at : at + width]),
            None if run.gross_wh is None else sum(run.gross_wh[at : at + width]),
            run.meter,
            run.entry,
            run.evidence,
            "; ".join(filter(None, (_SPLIT * run.split, _OMITTED * omitted, f"sum of {width} steps" * (width > 1)))),
        ]


def net_formulas(run: MeteredRun, every_step: bool, row: int, places: Mapping[Place, str]) -> Iterator[Cell]:
    """The net energy of each row of metered steps, and its formula if there is one.

    It is export minus import where both are known, or a part of a total that the sheet `Division` divides.

    Args:
        run: The steps.
        every_step: Whether each step has a row.
        row: The first row of the steps in the sheet of readings, from 1.
        places: The cells of the parts of totals.
    """
    net, export, import_ = (
        None if column is None else column if every_step else (sum(column),)
        for column in (run.net_wh, run.export_wh, run.import_wh)
    )
    vintage = str(run.vintage) if run.split else ""
    for at, net_wh in enumerate(net or ()):
        if export is not None and import_ is not None:
            held = export[at] < MOST_RAW and import_[at] < MOST_RAW
            yield f"H{row + at}-I{row + at}" if held else "", net_wh
        else:
            place = run.entry, run.start_utc + at * run.step_s, run.device, vintage
            yield places.get(place, ""), net_wh


def sums_of_readings(
    groups: Mapping[Group, Sequence[int]], readings: Sequence[MeteredRun], calculations: Sequence[Calculation]
) -> dict[tuple[int, str], str]:
    """The formula of each line that is a sum of readings, by position of the calculation and symbol. [Wh]

    A line is such a sum if its symbol has a vintage and a device, and its value is the sum of that device's readings:
    of net energy, of gross energy, or of net energy of one quality. A sheet with a value of 10^14 Wh or more gives no
    sums, because a spreadsheet's numbers do not hold them.

    Args:
        groups: The rows of each calculation, vintage and device in the sheet of readings, from 1.
        readings: The metered steps.
        calculations: The calculations.
    """
    if any(abs(wh) >= MOST_RAW for run in readings for wh in (*run.net_wh, *(run.gross_wh or ()))):
        return {}
    runs: dict[Group, list[MeteredRun]] = {}
    for run in readings:
        runs.setdefault((run.calculation, run.vintage, run.device), []).append(run)
    last = max((rows[-1] for rows in groups.values()), default=1)
    found = {ALL: f"SUM(Readings!J2:J{last})"}
    for k, item in enumerate(calculations):
        for line in item.quantification.lines:
            match = _DEVICE_LINE.fullmatch(line.symbol)
            if match is None or line.formula or line.unit not in ("MWh", "Wh"):
                continue
            group = (k, int(match["vintage"]), match["device"])
            for formula, wh in _sums(groups[group], runs[group], match["name"]) if group in runs else ():
                if line.value == _in_unit(wh, line):
                    found[k, line.symbol] = formula
    return found


def _sums(rows: Sequence[int], runs: Sequence[MeteredRun], name: str) -> Iterator[tuple[str, int]]:
    """The sum that a line of this name may be: its formula, and its value. [Wh]"""
    first, last = rows[0], rows[-1]
    quality = name.rpartition("_")[2]
    if quality in _QUALITIES:
        of_quality = sum(sum(run.net_wh) for run in runs if run.quality == quality)
        yield f'SUMIF(Readings!G{first}:G{last},"{quality}",Readings!J{first}:J{last})', of_quality
    elif name.startswith("TEG"):
        yield f"SUM(Readings!K{first}:K{last})", sum(sum(run.gross_wh or ()) for run in runs)
    else:
        yield f"SUM(Readings!J{first}:J{last})", sum(sum(run.net_wh) for run in runs)


def _in_unit(wh: int, line: Line) -> Decimal:
    return millionths(wh) if line.unit == "MWh" else Decimal(wh)
