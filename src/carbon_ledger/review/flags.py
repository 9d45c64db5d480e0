"""Flags: what a rule of a review found, and what to ask for.

A flag is a reason to look, never a finding of an audit.
"""

from collections.abc import Iterable, Iterator
from hashlib import sha256
from itertools import islice
from typing import ClassVar, Final

from attrs import frozen

from carbon_ledger.printing import lines, printable
from carbon_ledger.records import Record
from carbon_ledger.tables import INTEGER, TEXT, Column

CRITICAL: Final = "critical"
HIGH: Final = "high"
MEDIUM: Final = "medium"
LOW: Final = "low"
SEVERITIES: Final = (CRITICAL, HIGH, MEDIUM, LOW)  # the most severe first

MOST_ENTRIES: Final = 1_000  # that a flag lists; its key is of all its entries
_FEW: Final = 4_096  # numbers that are held as numbers; of more, one bit of each entry of the log is held

Figure = tuple[str, int | str]


class Cited:
    """The numbers of the entries that a flag rests on, each once. However many there are, one bit of each is held."""

    __slots__ = ("_bits", "_few", "count", "last")

    def __init__(self, numbers: Iterable[int] = ()) -> None:
        """Cite entries."""
        self._few: set[int] = set()
        self._bits = bytearray()
        self.count = 0
        self.last = 0
        for n in numbers:
            self.add(n)

    def add(self, n: int) -> None:
        """Cite entry *n*."""
        self.last = max(self.last, n)
        if self._bits:
            self._set(n)
        elif n not in self._few:
            self._few.add(n)
            self.count += 1
            if len(self._few) > _FEW:
                few, self._few, self.count = self._few, set(), 0
                for number in few:
                    self._set(number)

    def _set(self, n: int) -> None:
        if len(self._bits) <= n >> 3:
            self._bits.extend(bytes((n >> 3) + 1024 - len(self._bits)))
        if not self._bits[n >> 3] >> (n & 7) & 1:
            self._bits[n >> 3] |= 1 << (n & 7)
            self.count += 1

    def __contains__(self, n: int) -> bool:
        """Whether entry *n* is cited."""
        return n in self._few or (n >> 3 < len(self._bits) and self._bits[n >> 3] >> (n & 7) & 1 == 1)

    def first(self, most: int = MOST_ENTRIES) -> tuple[int, ...]:
        """The first numbers."""
        return tuple(islice(self, most))

    def __iter__(self) -> Iterator[int]:
        """The numbers in ascending order."""
        if not self._bits:
            return iter(sorted(self._few))
        return (8 * k + bit for k, byte in enumerate(self._bits) if byte for bit in range(8) if byte >> bit & 1)


def key_of(rule: str, version: int, entries: Iterable[int]) -> str:
    """The key of a flag: the SHA-256 of its rule, version and entries, by which an auditor's dispositions name it.

    Args:
        rule: The rule's id.
        version: The rule's version.
        entries: The numbers of the entries, ascending.

    Example:
        >>> key_of("R25", 1, [11, 17]) == sha256(b"R25@1|11,17").hexdigest()
        True
    """
    digest = sha256(f"{rule}@{version}|".encode("ascii"))
    for position, n in enumerate(entries):
        digest.update(f"{',' if position else ''}{n}".encode("ascii"))
    return digest.hexdigest()


@frozen(kw_only=True, repr=False)
class Flag(Record):
    """One cause to look, with the entries and figures that it rests on, its exposure, and what to ask for.

    Attributes:
        rule: The rule's id, such as ``R25``.
        version: The rule's version.
        severity: ``critical`` (cannot be true, or units without support: stop), ``high`` (resolve it with a document
            before any opinion), ``medium`` (ask) or ``low`` (note).
        subject: What the flag is about, such as ``project hydro``.
        cause: What was found.
        entries: The numbers of the entries that the flag rests on, ascending; of very many, the first.
        entry_count: How many entries there are.
        last_entry: The last of them.
        key: The SHA-256 of rule, version and all entries, as hexadecimal digits.
        figures: The figures behind the flag. [(name, value), ...]
        exposure_wh: Claimed energy that the flag is about. [Wh]
        exposure_units: Units that the flag is about, rounded up to whole units.
        ask: What to ask for.
    """

    _in_repr = ("rule", "severity", "subject", "cause")
    _columns: ClassVar[tuple[Column, ...]] = (
        Column("rule", TEXT),
        Column("version", INTEGER),
        Column("severity", TEXT),
        Column("subject", TEXT),
        Column("cause", TEXT),
        Column("entries", TEXT, lambda flag: ", ".join(map(str, flag.entries))),
        Column("entry_count", INTEGER),
        Column("exposure_wh", INTEGER),
        Column("exposure_units", INTEGER),
        Column("ask", TEXT),
        Column("key", TEXT),
    )

    rule: str
    version: int
    severity: str
    subject: str
    cause: str
    entries: tuple[int, ...]
    entry_count: int
    last_entry: int
    key: str
    figures: tuple[Figure, ...] = ()
    exposure_wh: int = 0
    exposure_units: int = 0
    ask: str

    @property
    def order(self) -> tuple[int, str, tuple[int, ...], str]:
        """What flags are ordered by: severity, rule, entries and key."""
        return SEVERITIES.index(self.severity), self.rule, self.entries, self.key

    def __str__(self) -> str:
        """The flag as text."""
        shown = ", ".join(map(str, self.entries[:10]))
        more = f" and {self.entry_count - 10:,} more" if self.entry_count > 10 else ""
        exposure = f"{self.exposure_wh:,} Wh, {self.exposure_units:,} units"
        return lines(
            f"{self.severity}: {self.rule}@{self.version}, {printable(self.subject)}",
            f"  {printable(self.cause)}",
            f"  {'entry' if self.entry_count == 1 else 'entries'} {shown}{more}; exposure {exposure}",
            f"  ask for: {self.ask}",
        )
