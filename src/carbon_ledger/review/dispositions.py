"""Dispositions: what an auditor wrote about the flags of a review, in a file beside the ledger.

A disposition is bound to what the flag stated: the ledger, the rule and its version, the entries, the severity and the
figures. If one of them changes, the flag is open again, and the earlier disposition is retained.
"""

from collections.abc import Iterator
from datetime import date
from hashlib import sha256
from typing import ClassVar, Final, TypeAlias

from attrs import evolve, field, frozen

from carbon_ledger.errors import QuantityError
from carbon_ledger.printing import lines, named, printable
from carbon_ledger.records import Record
from carbon_ledger.review.flags import Flag
from carbon_ledger.review.results import Review
from carbon_ledger.tables import DATE, INTEGER, TEXT, Column, Listing

OPEN: Final = "open"
EXPLAINED: Final = "explained"
CORRECTED: Final = "corrected"
MISSTATEMENT: Final = "misstatement"
CORRECTIVE: Final = "CAR"
CLARIFICATION: Final = "CL"
FORWARD: Final = "FAR"
DISPOSITIONS: Final = (OPEN, CLARIFICATION, CORRECTIVE, EXPLAINED, CORRECTED, MISSTATEMENT, FORWARD)
UNSETTLED: Final = (OPEN, CLARIFICATION, CORRECTIVE)  # what these need is still awaited

CURRENT: Final = "current"
GONE: Final = "gone"
STATUSES: Final = (CURRENT, GONE)

Stated: TypeAlias = tuple[str, ...]
_Day: TypeAlias = date  # a record below has a field of the name

_MOST_ENTRIES: Final = 10  # that a row shows; the key is of all of them
_LONGEST: Final = 2_000  # characters of what a flag states; the digest of a longer text stands at its end


@frozen(kw_only=True, repr=False)
class Disposition(Record):
    """What became of one flag: what the flag stated, and what the auditor wrote about it.

    Attributes:
        ledger: The ledger's id.
        key: The key of the flag: the SHA-256 of its rule, version and entries, as hexadecimal digits.
        rule: The rule and its version, such as ``R25@1``.
        severity: The severity of the flag.
        subject: What the flag is about.
        cause: What was found.
        entries: The first of its entries, as text.
        figures: Its figures and its exposure, as text.
        status: ``current``, or ``gone`` if the newest review has no flag that states this.
        disposition: ``open``: nothing is decided. ``CL``: a clarification was requested; ``CAR``: a corrective action
            was requested. ``explained``: a document or an answer settles it. ``corrected``: the ledger was corrected.
            ``misstatement``: it is one, and was not corrected. ``FAR``: it is left to the next verification.
        misstated_wh: The misstatement, or None if it was not stated. [Wh]
        response: The answer, the document, or the reason.
        by: Who decided, or empty.
        date: The day of the decision, or None.
        others: Cells of further columns that the file has. [(name of the column, text), ...]
    """

    _in_repr = ("rule", "subject", "disposition", "status")
    _derived = ("is_open", "lacks")
    _columns: ClassVar[tuple[Column, ...]] = (
        *(Column(name, TEXT) for name in ("rule", "severity", "subject", "cause", "entries", "figures", "status")),
        Column("disposition", TEXT),
        Column("misstated_wh", INTEGER),
        Column("response", TEXT),
        Column("by", TEXT),
        Column("date", DATE),
        Column("ledger", TEXT),
        Column("key", TEXT),
    )

    ledger: str
    key: str
    rule: str
    severity: str
    subject: str
    cause: str
    entries: str
    figures: str
    status: str = CURRENT
    disposition: str = OPEN
    misstated_wh: int | None = None
    response: str = ""
    by: str = ""
    date: _Day | None = None
    others: tuple[tuple[str, str], ...] = ()

    @property
    def stated(self) -> Stated:
        """What the disposition is bound to: a flag that states anything else has no disposition yet."""
        return self.ledger, self.key, self.rule, self.severity, self.subject, self.cause, self.figures

    @property
    def lacks(self) -> tuple[str, ...]:
        """What a settled disposition needs and this one lacks: ``response``, ``by`` or ``date``."""
        if self.disposition in UNSETTLED:
            return ()
        given = {"response": self.response, "by": self.by, "date": self.date}
        return tuple(name for name, value in given.items() if not value)

    @property
    def is_open(self) -> bool:
        """Whether the flag is not settled: ``open``, ``CL`` or ``CAR``, or settled without response, name or date."""
        return self.disposition in UNSETTLED or bool(self.lacks)

    def __str__(self) -> str:
        """The disposition on one line."""
        who = f" by {self.by}" if self.by else ""
        when = "" if self.date is None else f" on {self.date.isoformat()}"
        wh = "" if self.misstated_wh is None else f", {self.misstated_wh:,} Wh"
        lacks = f" (lacks {', '.join(self.lacks)})" if self.lacks else ""
        response = f": {self.response}" if self.response else ""
        return printable(f"{self.rule}, {self.subject}: {self.disposition}{wh}{who}{when}{lacks}{response}")


@frozen(kw_only=True, repr=False)
class Dispositions(Record):
    """The dispositions of a file, or of a review.

    Attributes:
        rows: The dispositions, in the order of the file.
        other_columns: The names of further columns that the file has.
    """

    _in_repr = ("rows",)

    rows: Listing[Disposition] = field(factory=lambda: Listing((), Disposition))
    other_columns: tuple[str, ...] = ()

    def of_review(self, review: Review) -> Listing[Disposition]:
        """The disposition of each flag of a review, in the order of the flags; open where none was written.

        Args:
            review: The review.

        Raises:
            QuantityError: A row is about another ledger.
        """
        written = self._of_ledger(review)
        found = (_of_flag(review.ledger_id, flag) for flag in review.flags)
        return Listing((evolve(written.get(item.stated, item), status=CURRENT) for item in found), Disposition)

    def gone_from(self, review: Review) -> Listing[Disposition]:
        """The dispositions of flags that a review does not have, or whose entries or figures have changed.

        A review that is restricted to projects, or to new entries, does not look for all flags: of such a review, these
        are the dispositions that were gone before.

        Args:
            review: The review.

        Raises:
            QuantityError: A row is about another ledger.
        """
        return Listing((item for item in self.updated(review).rows if item.status == GONE), Disposition)

    def updated(self, review: Review) -> "Dispositions":
        """These dispositions with a row for each flag of a review: what is written stays, and new rows are open.

        Args:
            review: The review.

        Raises:
            QuantityError: A row is about another ledger.
        """
        written = self._of_ledger(review)
        flags = {item.stated: item for item in (_of_flag(review.ledger_id, flag) for flag in review.flags)}
        is_whole = not review.projects and review.since is None
        rows = [evolve(item, status=_status(item, item.stated in flags, is_whole)) for item in self.rows]
        blank = tuple((name, "") for name in self.other_columns)
        rows += [evolve(item, others=blank) for stated, item in flags.items() if stated not in written]
        return evolve(self, rows=Listing(rows, Disposition))

    def _of_ledger(self, review: Review) -> dict[Stated, Disposition]:
        """The rows by what they are bound to.

        Raises:
            QuantityError: A row is about another ledger.
        """
        for item in self.rows:
            if item.ledger != review.ledger_id:
                raise QuantityError(
                    f"dispositions of the ledger {named(item.ledger)}: expected those of the ledger "
                    f"{named(review.ledger_id)}, which was reviewed; keep a file for each ledger"
                )
        return {item.stated: item for item in self.rows}

    def count(self, disposition: str) -> int:
        """How many current rows have a disposition."""
        return sum(item.disposition == disposition and item.status == CURRENT for item in self.rows)

    def __str__(self) -> str:
        """The dispositions as text."""
        return lines(*self._lines())

    def _lines(self) -> Iterator[str]:
        counts = ", ".join(f"{count} {name}" for name in DISPOSITIONS if (count := self.count(name)))
        gone = sum(item.status == GONE for item in self.rows)
        unsettled = sum(item.is_open for item in self.rows if item.status == CURRENT)
        rest = f"{gone} {'row' if gone == 1 else 'rows'} of flags that are gone"
        yield f"Dispositions: {counts or 'none'}; {unsettled} to be settled; besides, {rest}"
        yield from (f"  {'gone: ' if item.status == GONE else ''}{item}" for item in self.rows)


def _status(item: Disposition, is_raised: bool, is_whole: bool) -> str:
    """The status of a row after a review: a restricted review says nothing about flags that it does not have."""
    if is_raised:
        return CURRENT
    return GONE if is_whole else item.status


def _of_flag(ledger: str, flag: Flag) -> Disposition:
    """The open disposition of a flag."""
    shown = ", ".join(map(str, flag.entries[:_MOST_ENTRIES]))
    more = f" and {flag.entry_count - _MOST_ENTRIES:,} more" if flag.entry_count > _MOST_ENTRIES else ""
    exposure = (("exposure_wh", flag.exposure_wh), ("exposure_units", flag.exposure_units))
    return Disposition(
        ledger=ledger,
        key=flag.key,
        rule=f"{flag.rule}@{flag.version}",
        severity=flag.severity,
        subject=_bounded(flag.subject),
        cause=_bounded(flag.cause),
        entries=shown + more,
        figures=_bounded(", ".join(f"{name} {value}" for name, value in (*flag.figures, *exposure))),
    )


def _bounded(text: str) -> str:
    """A text as a row has it: characters that do not print are escaped, and a long text ends with its digest."""
    shown = printable(text).strip()
    if len(shown) <= _LONGEST:
        return shown
    return f"{shown[:_LONGEST]}... sha256:{sha256(shown.encode()).hexdigest()}"
