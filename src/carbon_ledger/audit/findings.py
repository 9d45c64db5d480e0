"""What an audit checks, and what it finds."""

from collections.abc import Callable
from typing import Final

from attrs import frozen

from carbon_ledger.printing import printable

READABLE: Final = "the file can be read"
HASHES: Final = "every entry hashes to its leaf"
RULES: Final = "every entry follows from the rules, every quantification computed again"
WHOLE: Final = "the log ends with a whole command"
ROWS: Final = "every derived row is what the entries give"
SUMS: Final = "balances, blocks and carry add up"

MOST_FINDINGS: Final = 100  # of each check; a broken file would otherwise fill the report


@frozen
class Finding:
    """Something that is not as it must be.

    Attributes:
        check: The check that found it.
        entry: The entry concerned, where there is one.
        detail: What was found, and what was expected.
    """

    check: str
    entry: int | None
    detail: str

    def __str__(self) -> str:
        """The finding as a line."""
        where = "" if self.entry is None else f" entry {self.entry}:"
        return printable(f"[{self.check}]{where} {self.detail}")


@frozen
class AuditNote:
    """Something that is as it may be, and that a reader of the audit should know.

    Attributes:
        entry: The entry concerned.
        detail: What was found, and what it may mean.
    """

    entry: int
    detail: str

    def __str__(self) -> str:
        """The note as a line."""
        return f"[note] entry {self.entry}: {self.detail}"


Progress = Callable[[int, int], object]  # is told how many entries are done, and of how many
