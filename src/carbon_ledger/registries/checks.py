"""Checks among the rows of an export: units that are in two rows, and totals that are printed beside each part."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

from attrs import frozen

from carbon_ledger.csv_rows import Cells, last_line_of
from carbon_ledger.printing import quote
from carbon_ledger.registries.overlaps import earlier_overlaps
from carbon_ledger.registries.quantities import different_units
from carbon_ledger.registries.rows import RefusedRow, RegistryRow

OWN: Final = "own"
PARENT_TOTAL: Final = "parent-total"
WITHIN_PARENT_TOTAL: Final = "within-parent-total"
QUANTITIES: Final = (OWN, PARENT_TOTAL, WITHIN_PARENT_TOTAL)
_SHOWN_LINES: Final = 5


@frozen(eq=False)
class ReadRow:
    """A row whose serial and quantity were read.

    Args:
        row: The row, as it is returned if no check refuses it.
        cells: All of its cells.
        printed: The quantity as printed, which is the parent's if the column repeats the parent's total. [units]
        parent: The cells that name its parent.
    """

    row: RegistryRow
    cells: Cells
    printed: int
    parent: tuple[str, ...]

    def refused(self, rule: str, reason: str) -> RefusedRow:
        """The row, refused."""
        return refused_row(self.row.line, self.cells, rule, reason)


def refused_row(line: int, cells: Cells, rule: str, reason: str) -> RefusedRow:
    """A row that is refused, from the line on which it begins and all of its cells."""
    return RefusedRow(line=line, last_line=last_line_of(line, cells), rule=rule, reason=reason, cells=tuple(cells))


def overlapping(rows: Iterable[ReadRow], *, newest: bool) -> dict[int, RefusedRow]:
    """The rows that have a unit of another row, by line.

    Args:
        rows: The rows, in the order of the file.
        newest: Whether a row of a later revision is accepted in place of the rows that it revises; otherwise the first
            row of the file is accepted.
    """
    spaces: defaultdict[tuple[str, str], list[ReadRow]] = defaultdict(list)
    for item in rows:
        spaces[item.row.serial.registry, item.row.serial.space].append(item)
    refused = {}
    for same in spaces.values():
        ordered = sorted(same, key=lambda item: -item.row.revision) if newest else same
        found = earlier_overlaps([(item.row.serial.first, item.row.serial.last) for item in ordered])
        for item, position in zip(ordered, found, strict=True):
            if position is not None:
                refused[item.row.line] = _overlap(item, ordered[position].row, newest=newest)
    return refused


def _overlap(item: ReadRow, accepted: RegistryRow, *, newest: bool) -> RefusedRow:
    row, revisions = item.row, (item.row.revision, accepted.revision)
    both = f"{quote(row.serial.text)} overlaps {quote(accepted.serial.text)} of line {accepted.line}"
    if revisions[0] == revisions[1]:
        return item.refused("overlap", both)
    of = f"; it is of revision {revisions[0]}, and line {accepted.line} of revision {revisions[1]}"
    if newest:
        return item.refused("superseded", both + of)
    return item.refused("overlap", f"{both}{of} (pass revisions='newest' to accept the newest revision)")


def beside_parents(rows: Iterable[ReadRow], *, whole: bool) -> dict[int, RefusedRow]:
    """The rows of parents whose parts do not fit the total that is printed beside each, by line.

    Args:
        rows: The rows that no other check refuses.
        whole: Whether the parts have to be the whole total; otherwise they must not exceed it.
    """
    parents: defaultdict[tuple[str, ...], list[ReadRow]] = defaultdict(list)
    for item in rows:
        parents[item.parent].append(item)
    refused = {}
    for parent, parts in parents.items():
        if why := _total_refused(parts, whole=whole):
            for item in parts:
                reason = f"parent {quote(', '.join(parent), 100)}, {_lines(parts)}: {why}"
                refused[item.row.line] = item.refused("parent-total", reason)
    return refused


def _total_refused(parts: Sequence[ReadRow], *, whole: bool) -> str:
    """Why the parts of a parent do not fit its total; empty if they do."""
    units = sum(item.row.serial.count for item in parts)
    totals = sorted({item.printed for item in parts})
    if different := different_units(item.row.serial for item in parts):
        return f"its rows have units of {' and '.join(different)}, which are not added"
    if len(totals) > 1:
        return f"its rows state different totals, {totals[0]} and {totals[-1]}; expected one total beside each row"
    if units > totals[0] or (whole and units < totals[0]):
        return f"the serials of its accepted rows have {units} units, and the total beside each row is {totals[0]}" + (
            ""
            if units > totals[0]
            else f" (pass quantity={quote(WITHIN_PARENT_TOTAL)} if the file has a part of its rows)"
        )
    return ""


def _lines(parts: Sequence[ReadRow]) -> str:
    shown = ", ".join(str(item.row.line) for item in parts[:_SHOWN_LINES])
    return f"line{'s' if len(parts) > 1 else ''} {shown}" + (
        f" and {len(parts) - _SHOWN_LINES} more" if len(parts) > _SHOWN_LINES else ""
    )
