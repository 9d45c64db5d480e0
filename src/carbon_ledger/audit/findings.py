"""The names of an audit's checks, and the records of what an audit finds."""

from collections.abc import Callable
from typing import ClassVar, Final

from attrs import frozen

from carbon_ledger.printing import printable
from carbon_ledger.records import Record
from carbon_ledger.tables import INTEGER, TEXT, Column

READABLE: Final = "the file can be read"
HASHES: Final = "every entry hashes to its leaf"
RULES: Final = "every entry follows from the rules, every quantification computed again"
WHOLE: Final = "the log ends with a whole command"
ROWS: Final = "every derived row matches the entries"
SUMS: Final = "balances, blocks and carry add up"

RULES_BUT: Final = "every entry follows from the rules, every quantification computed again but those of "

MOST_FINDINGS: Final = 100  # for each check, so that a broken file does not fill the report


@frozen(repr=False)
class Finding(Record):
    """Something wrong that an audit found.

    Attributes:
        check: The name of the check that failed.
        entry: The number of the entry concerned, or `None`.
        detail: What was found, and what was expected.
    """

    _is_line = True

    _columns: ClassVar[tuple[Column, ...]] = (
        Column("check", TEXT),
        Column("entry", INTEGER),
        Column("detail", TEXT),
    )
    check: str
    entry: int | None
    detail: str

    def __str__(self) -> str:
        """The finding in one line."""
        where = "" if self.entry is None else f" entry {self.entry}:"
        return printable(f"[{self.check}]{where} {self.detail}")


@frozen(repr=False)
class AuditNote(Record):
    """Something that is allowed, and that a reader of the audit should know.

    Attributes:
        entry: The number of the entry concerned.
        detail: What was found, and what it may mean.
    """

    _is_line = True

    _columns: ClassVar[tuple[Column, ...]] = (Column("entry", INTEGER), Column("detail", TEXT))
    entry: int
    detail: str

    def __str__(self) -> str:
        """The note in one line."""
        return f"[note] entry {self.entry}: {self.detail}"


Progress = Callable[[int, int], object]  # called with the number of entries audited, and of all entries
