"""What a reader of meter files reports beside the readings: how many rows it read, and what it refused, and why."""

from collections.abc import Callable

from attrs import define, field, frozen

from carbon_ledger.errors import CarbonLedgerError, QuantityError
from carbon_ledger.printing import one_of, printable, quote
from carbon_ledger.records import Record

ON_REFUSAL = ("raise", "report")

Progress = Callable[[int, int], object]  # called with how much was read, and how much there is [octets, octets]


@frozen(kw_only=True, repr=False)
class RefusedReading(Record):
    """A row, or a cell of a row, that was refused and is not among the readings.

    Args:
        line: The line of the file on which the row begins, from 1.
        column: Header of the column, or what the format calls the place; empty where the whole row is refused.
        error: The name of the error that the refusal would raise, e.g. ``PeriodError``.
        reason: What was given, what was expected, and what to do.
    """

    line: int
    column: str
    error: str
    reason: str


@define
class FileReport:
    """The report of one reading, while it is made.

    Args:
        path: The file, for messages.
        on_refusal: ``raise``: the first refusal ends the reading; ``report``: refusals are collected.

    Raises:
        QuantityError: *on_refusal* is neither of the two.
    """

    path: str
    on_refusal: str = "raise"
    rows: int = 0
    footers: int = 0
    refused: list[RefusedReading] = field(factory=list)
    _notes: dict[str, None] = field(factory=dict, init=False)

    def __attrs_post_init__(self) -> None:
        """Check the choice."""
        if not isinstance(self.on_refusal, str) or self.on_refusal not in ON_REFUSAL:
            raise QuantityError(
                f"on_refusal {quote(self.on_refusal, 40)}: expected {one_of(self.on_refusal, ON_REFUSAL)}"
            )

    def refuse(self, line: int, column: str, error: CarbonLedgerError) -> None:
        """Raise a refusal, or collect it.

        Args:
            line: The line of the file on which the row begins, from 1.
            column: Header of the column, or what the format calls the place; may be empty.
            error: The error, whose message names the file and the line.

        Raises:
            CarbonLedgerError: *error*, unless refusals are collected.
        """
        if self.on_refusal == "raise":
            raise error
        self.refused.append(RefusedReading(line=line, column=column, error=type(error).__name__, reason=str(error)))

    def note(self, text: str) -> None:
        """Add a remark about the file as a whole, once. What is not printable in it is escaped."""
        self._notes[printable(text)] = None

    @property
    def notes(self) -> list[str]:
        """The remarks, in the order in which they were first made."""
        return [*self._notes]
