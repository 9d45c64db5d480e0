"""Claims of two ledgers on the same energy, as records: each overlap, what could not be compared, and the result."""

from typing import ClassVar, Final

from attrs import frozen

from carbon_ledger.periods.spans import Span
from carbon_ledger.printing import lines, printable
from carbon_ledger.records import Record
from carbon_ledger.tables import BOOLEAN, INTEGER, TEXT, TIME, Column, Listing, list_column

TWO_LEDGERS: Final = "two ledgers"
TWO_OF_ONE_ID: Final = "two ledgers with one id, whose first entries differ"
ONE_LEDGER: Final = "one ledger, given twice"
A_IS_EARLIER: Final = "a is an earlier state of b"
B_IS_EARLIER: Final = "b is an earlier state of a"
FORK: Final = "a fork: one ledger that was continued in two ways"

MOST_OVERLAPS: Final = 1_000  # that a comparison lists; its sums are of all overlaps
_SHOWN: Final = 20  # overlaps in the text


@frozen(kw_only=True, repr=False)
class ComparedLedger(Record):
    """One of two ledgers whose claims are compared.

    Attributes:
        ledger_id: The ledger's id.
        size: The number of entries.
        root: The RFC 6962 root of the entries, as hexadecimal digits.
        checked: What was checked before: ``audited file``, ``verified published log``, or ``not checked`` for a ledger
            that the caller had opened.
        devices: Devices with live claims.
    """

    _in_repr = ("ledger_id", "size", "checked")

    ledger_id: str
    size: int
    root: str
    checked: str
    devices: int

    def __str__(self) -> str:
        """The ledger as text."""
        devices = "device" if self.devices == 1 else "devices"
        return f"{self.size:,} entries, root {self.root}, {self.checked}; {self.devices:,} {devices} with claims"


@frozen(kw_only=True, repr=False)
class ClaimedSide(Record):
    """What one ledger claims of an overlap.

    Attributes:
        subject: ``device`` and its id, or ``meter`` and the id of a shared meter, whose devices are meant together.
        issuances: The entries of the claims, ascending; a device has one, and a shared meter may have several.
        projects: The projects.
        instruments: What was issued; of steps that a conversion reserves, the instrument that they are reserved for.
        net_wh: The claimed energy of the steps of the overlap. Of a step that lies only partly inside, the part in
            proportion to time. Rounded down. [Wh]
        units: The units that stand on the energy claimed twice, in proportion, rounded up to whole units.
        exported_units: Units of these issuances that were exported to another registry. They may be the units of the
            other ledger.
        readings: The entries that have the values, ascending; of many, the first ten.
    """

    _in_repr = ("subject", "issuances", "net_wh", "units")

    subject: str
    issuances: tuple[int, ...]
    projects: tuple[str, ...]
    instruments: tuple[str, ...]
    net_wh: int
    units: int
    exported_units: int
    readings: tuple[int, ...]

    def __str__(self) -> str:
        """The claim as text."""
        entries = ", ".join(map(str, self.issuances[:10]))
        exported = f", {self.exported_units:,} exported" if self.exported_units else ""
        return (
            f"{self.subject}: {self.net_wh:,} Wh, claimed by {'entry' if len(self.issuances) == 1 else 'entries'} "
            f"{entries} ({', '.join(self.projects)}; {', '.join(self.instruments)}), {self.units:,} units{exported}"
        )


def _of_side(side: str, name: str) -> Column:
    return Column(f"{side}_{name}", INTEGER, lambda item: getattr(getattr(item, side), name))


@frozen(kw_only=True, repr=False)
class ClaimOverlap(Span):
    """Energy of one device and interval that both ledgers claim.

    Attributes:
        matched: How the devices were found to be one: an identifier with its scheme, a meter's serial number, the entry
            that both ledgers have, or ``equal readings``.
        start_utc: The start of the first overlap of these claims. [s since 1970-01-01 UTC]
        end_utc: The end of the last, exclusive.
        overlap_s: How much time of it both claim. [s]
        a: The claim of the first ledger.
        b: The claim of the second ledger.
        both_wh: The energy that is claimed twice: the sum of both claims, less the larger of the two metered energies,
            and at least 0. For a device with a series of its own it is the smaller claim. [Wh]
        in_proportion: Whether a step lies only partly inside, such as a month against a week, so that energy was
            divided in proportion to time.
        common_steps: Steps with the same start and end in both.
        equal_steps: Those of them with the same energy.
    """

    _in_repr = ("start", "end", "both_wh", "matched")
    _columns: ClassVar[tuple[Column, ...]] = (
        Column("a_subject", TEXT, lambda item: item.a.subject),
        Column("b_subject", TEXT, lambda item: item.b.subject),
        Column("matched", TEXT),
        Column("start", TIME, lambda item: item.start_utc),
        Column("end", TIME, lambda item: item.end_utc),
        Column("overlap_s", INTEGER),
        Column("both_wh", INTEGER),
        *(_of_side(side, name) for name in ("net_wh", "units", "exported_units") for side in ("a", "b")),
        list_column("a_issuances", lambda item: item.a.issuances),
        list_column("b_issuances", lambda item: item.b.issuances),
        list_column("a_instruments", lambda item: item.a.instruments),
        list_column("b_instruments", lambda item: item.b.instruments),
        Column("in_proportion", BOOLEAN),
        Column("common_steps", INTEGER),
        Column("equal_steps", INTEGER),
    )

    matched: str
    start_utc: int
    end_utc: int
    overlap_s: int
    a: ClaimedSide
    b: ClaimedSide
    both_wh: int
    in_proportion: bool
    common_steps: int
    equal_steps: int

    def __str__(self) -> str:
        """The overlap as text."""
        divided = ", divided in proportion to time" if self.in_proportion else ""
        return lines(
            f"{self.start:%Y-%m-%dT%H:%MZ} to {self.end:%Y-%m-%dT%H:%MZ}, {self.overlap_s:,} s: {self.both_wh:,} Wh "
            f"are claimed in both{divided}; matched by {printable(self.matched)}",
            f"  a: {printable(str(self.a))}",
            f"  b: {printable(str(self.b))}",
            f"  {self.equal_steps:,} of {self.common_steps:,} common steps have the same energy",
        )


@frozen(kw_only=True, repr=False)
class NotCompared(Record):
    """What could not be compared, and why.

    Attributes:
        ledger: ``a``, ``b``, or ``both``.
        what: What it is; of many, the first.
        count: How many there are.
        reason: Why it was not compared.
    """

    _columns: ClassVar[tuple[Column, ...]] = (
        Column("ledger", TEXT),
        Column("what", TEXT),
        Column("count", INTEGER),
        Column("reason", TEXT),
    )

    ledger: str
    what: str
    count: int
    reason: str

    def __str__(self) -> str:
        """The remark as text."""
        return f"{self.ledger}: {printable(self.what)}: {printable(self.reason)}"


@frozen(kw_only=True, repr=False)
class ClaimComparison(Record):
    """Energy of the same device and time that two ledgers claim.

    A comparison without an overlap shows only that identifiers and equal readings find none. It approves nothing.

    Attributes:
        a: The first ledger.
        b: The second ledger.
        relation: Whether they are two ledgers, or states of one.
        common_entries: Entries that both have, counted from entry 0. Claims of such an entry are one claim, and no
            overlap.
        least_digits: The threshold of equal readings; see `compare_claims`.
        overlaps: The overlaps, by device of a, device of b and time; of very many, the first thousand.
        overlap_count: How many overlaps there are.
        both_wh: The sum of the energy that is claimed in both, of all overlaps. [Wh]
        not_compared: What could not be compared.
    """

    _in_repr = ("relation", "overlap_count", "both_wh", "not_compared")
    _derived = ("needs_answer",)

    a: ComparedLedger
    b: ComparedLedger
    relation: str
    common_entries: int
    least_digits: int
    overlaps: Listing[ClaimOverlap]
    overlap_count: int
    both_wh: int
    not_compared: Listing[NotCompared]

    @property
    def needs_answer(self) -> bool:
        """Whether somebody has to explain something: an overlap, or a ledger that was continued in two ways."""
        return self.overlap_count > 0 or self.relation == FORK

    def __str__(self) -> str:
        """The comparison as text."""
        more = self.overlap_count - min(len(self.overlaps), _SHOWN)
        common = f"; the first {self.common_entries:,} entries are the same" if self.common_entries else ""
        return lines(
            f"Claims of {printable(self.a.ledger_id)} (a) compared with those of {printable(self.b.ledger_id)} (b)",
            f"  a: {self.a}",
            f"  b: {self.b}",
            f"  {self.relation}{common}",
            f"  overlaps: {self.overlap_count:,}; together {self.both_wh:,} Wh are claimed in both",
            *(f"    {line}" for item in self.overlaps[:_SHOWN] for line in str(item).splitlines()),
            *([f"    and {more:,} more"] if more else []),
            f"  not compared: {len(self.not_compared)}",
            *(f"    {item}" for item in self.not_compared),
            f"  equal readings show one device from {self.least_digits} digits of evidence on",
            "  readings that were shifted, scaled or rounded are not equal; only identifiers find such a device",
        )
