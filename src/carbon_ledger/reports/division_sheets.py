"""The sheets `Totals` and `Division`: the totals of shared meters and divided steps, and formulas that divide them.

A block of rows of `Division` divides one total as the ledger does: each part gets the whole Wh that it is owed, and
each Wh that is left goes to the part with the next largest remainder, on a tie to the earlier row. What the devices of
a meter are owed before a total is what the block of the total before it left. Every number is a whole number below
10^14.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from attrs import field, frozen

from carbon_ledger.periods.instants import instant_text
from carbon_ledger.reports.divisions import DividedRun, DividedStep
from carbon_ledger.reports.limbs import MOST_RAW, Cell
from carbon_ledger.tables import Value

TOTALS: Final = (
    *("meter", "device", "from, UTC", "to, UTC", "quality", "entry", "export, Wh", "import, Wh", "net, Wh"),
    "the ledger's net, Wh",
)
DIVISION: Final = (
    *("what is divided", "from, UTC", "to, UTC", "part", "weight", "sum of the weights", "total, Wh", "sign"),
    *(
        "owed before",
        "Wh for each unit of weight",
        "due beyond these",
        "whole Wh",
        "remainder",
        "rank of the remainder",
    ),
    *("Wh of the rest", "moved by the ledger, Wh", "part, Wh", "owed after", "the ledger's part, Wh", "equal"),
)
NOTES: Final = (
    "Each total is divided by the weights, which are written without their common divisor. A part gets the whole Wh "
    "that it is owed; each Wh of the rest goes to the next largest remainder, on a tie to the upper row. The columns "
    "`owed`, `due` and `remainder` are in Wh divided by the sum of the weights, so that they are whole numbers.",
    "`owed before` is a device's exact share of all that the meter recorded before, less what the device was given. It "
    "is a formula if the total before is in this sheet, otherwise the ledger's number. `moved by the ledger` is the "
    "ledger's number, for a step in which the largest remainders alone would take a device more than 1 Wh away.",
)
FIRST_TOTAL: Final = 2
FIRST_PART: Final = 5
MOST_PARTS: Final = 20_000  # rows of the sheet `Division`, which take a millisecond and 10 kB each
_MOST_TOTAL: Final = MOST_RAW // 10
Place = tuple[int, int, str, str]  # entry, start of the step, device, and vintage or an empty text
Row = list[Value | Cell]


@frozen
class Divided:
    """The rows of the two sheets, and where the parts are.

    Attributes:
        totals: The rows of `Totals`.
        parts: The rows of `Division`.
        places: The cell of each part.
        omitted: The entries and devices whose parts are not in the sheets.
    """

    totals: list[Row] = field(factory=list)
    parts: list[Row] = field(factory=list)
    places: dict[Place, str] = field(factory=dict)
    omitted: set[tuple[int, str]] = field(factory=set)

    def _block(self, run: DividedRun, step: DividedStep, total: str, above: int | None) -> int:
        """Add the rows that divide one step; return the first of them.

        Args:
            run: The run of the step.
            step: The step.
            total: The cell of the total.
            above: The first row of the block whose parts were owed before, or None if what they were owed is given.
        """
        first = FIRST_PART + len(self.parts)
        self.parts.extend(_part_rows(run, step, total, first, above))
        for row, (name, _) in enumerate(run.shares, first):
            of = (name, "") if run.device is None else (run.device, name)
            self.places[run.entry, step.start_utc, *of] = f"Division!Q{row}"
        return first

    def _total(self, run: DividedRun, step: DividedStep) -> str:
        """The cell of a total: a part of another total, or a row of `Totals`, which is added."""
        if run.device is not None and (part := self.places.get((run.entry, step.start_utc, run.device, ""))):
            return part.removeprefix("Division!")
        row = FIRST_TOTAL + len(self.totals)
        sides = step.export_wh is not None and step.import_wh is not None
        ends = (step.start_utc, step.start_utc + run.step_s)
        self.totals.append(
            [
                *(run.meter, run.device, *map(instant_text, ends), run.quality, run.entry),
                *(step.export_wh, step.import_wh, (f"G{row}-H{row}" if sides else "", step.net_wh), step.net_wh),
            ]
        )
        return f"Totals!I{row}"


def divided(runs: Sequence[DividedRun], *, every_step: bool = True) -> Divided:
    """The rows that divide the totals of runs.

    Args:
        runs: The runs, in the order in which a report has them. A run with numbers that a spreadsheet does not hold is
            omitted; all are, if there are more rows than `MOST_PARTS`.
        every_step: Whether the sheet of readings has a row for each step; otherwise all runs are omitted.
    """
    found = Divided()
    possible = every_step and sum(len(run.shares) * len(run.net_wh) for run in runs) <= MOST_PARTS
    above: int | None = None  # the first row of the last block of the run before
    for run in runs:
        if not possible or not _held(run):
            above = None
            names = [name for name, _ in run.shares] if run.device is None else [run.device]
            found.omitted.update((run.entry, name) for name in names)
            continue
        above = above if run.follows else None
        for step in run.steps():
            above = found._block(run, step, found._total(run, step), above)
            above = above if run.meter is not None else None
    return found


def _held(run: DividedRun) -> bool:
    """Whether a spreadsheet holds every number that the division of a run needs."""
    whole = sum(run.weights)
    columns = (column for column in (run.net_wh, run.export_wh, run.import_wh) if column is not None)
    if any(abs(wh) >= _MOST_TOTAL for column in columns for wh in column):
        return False
    most = max(abs(owed) for step in run.steps() for owed in step.before)
    return whole * whole + most < MOST_RAW


def _part_rows(run: DividedRun, step: DividedStep, total: str, first: int, above: int | None) -> Iterator[Row]:
    weights, of_meter = run.weights, run.meter is not None
    whole, last = sum(weights), first + len(weights) - 1
    sign = -1 if of_meter and step.net_wh < 0 else 1
    rounds = sign * step.net_wh // whole
    due = [
        (sign * step.net_wh - rounds * whole) * weight + sign * owed
        for weight, owed in zip(weights, step.before, strict=True)
    ]
    least = [rounds * weight + amount // whole for weight, amount in zip(weights, due, strict=True)]
    least = [max(0, part) for part in least] if of_meter else least
    rest = [amount - (part - rounds * weight) * whole for amount, part, weight in zip(due, least, weights, strict=True)]
    order = sorted(range(len(rest)), key=lambda i: -rest[i])
    left = sign * step.net_wh - sum(least)
    ends = instant_text(step.start_utc), instant_text(step.start_utc + run.step_s)
    for i, (name, _) in enumerate(run.shares):
        row, one = first + i, int(order.index(i) < left)
        moved = step.parts[i] - sign * (least[i] + one)
        found = f"J{row}*E{row}+INT(K{row}/F{row})"
        yield [
            f"meter {run.meter}" if of_meter else f"device {run.device}",
            *ends,
            name,
            weights[i],
            (f"SUM(E{first}:E{last})", whole),
            (total, step.net_wh),
            (f"IF(G{row}<0,-1,1)" if of_meter else "", sign),
            ("" if above is None else f"R{above + i}", step.before[i]),
            (f"INT(H{row}*G{row}/F{row})", rounds),
            (f"(H{row}*G{row}-J{row}*F{row})*E{row}+H{row}*I{row}", due[i]),
            (f"MAX(0,{found})" if of_meter else found, least[i]),
            (f"K{row}-(L{row}-J{row}*E{row})*F{row}", rest[i]),
            (f"RANK(M{row},M{first}:M{last})+COUNTIF(M{first}:M{row},M{row})-1", order.index(i) + 1),
            (f"IF(N{row}<=H{row}*G{row}-SUM(L{first}:L{last}),1,0)", one),
            moved or None,
            (f"H{row}*(L{row}+O{row})+P{row}", step.parts[i]),
            (f"H{row}*(M{row}-F{row}*O{row})-F{row}*P{row}", sign * (rest[i] - whole * one) - whole * moved),
            step.parts[i],
            (f"Q{row}=S{row}", True),
        ]
