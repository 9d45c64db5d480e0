"""What a columns audit checks, what it does not check, and what it found."""

from collections.abc import Iterable, Mapping
from typing import Final

from attrs import field, frozen

from carbon_ledger.audit.findings import Finding
from carbon_ledger.mappings import FrozenMapping
from carbon_ledger.printing import lines
from carbon_ledger.records import Record
from carbon_ledger.tables import INTEGER, TEXT, Column, Listing, Table
from carbon_ledger.tables.html import html_facts, html_of

ROOT: Final = "the first entries have the root of the earlier audit"
COLUMNS: Final = "the columns are those of the entries that were hashed"
BALANCES: Final = "balances are what the moves give, units issued are units held"

# By the names of `checks.sql`: what is checked, and the table whose rows are counted.
CHECKS: Final[Mapping[str, tuple[str, str]]] = FrozenMapping(
    {
        "hashes": ("every entry hashes to its leaf", "entry"),
        "order": ("numbers have no gap, times ascend, commands are whole", "head"),
        "decoded": (COLUMNS, "head"),
        "documents": ("documents have their digests", "document"),
        "readings": ("readings of a device do not overlap, corrections replace readings", "reading"),
        "plausibility": ("readings are possible: capacity, commissioning, time", "reading"),
        "claims": ("no step has two live claims", "claim"),
        "amounts": ("amounts are the energy under the claims", "used"),
        "carry": ("carry is what claims less units leave, below one unit", "carry_change"),
        "moves": ("every move is of units that the account holds", "piece_move"),
        "balances": (BALANCES, "held"),
    }
)

NOT_CHECKED: Final = (
    "that an entry is canonical and has the fields of its type, and no others",
    "who may record what: roles, approvals, the digests of idempotency keys",
    "methodologies, emission factors, and so the amounts of carbon credits: their net energy is checked",
    "to which vintage energy belongs, which vintage a whole unit is of, and which units a correction withdraws",
    "carry of granular certificates, and which unit belongs to which hour",
    "expiry, deadlines, crediting periods and local calendars; commissioning to the day, outside UTC",
    "capacity before an amendment: the largest capacity, margin and station load that a device had are taken",
    "gaps in readings that an issuance waived or did not waive, and steps that it should have claimed",
    "how a shared meter is divided among its devices: their sum is checked",
    "series of meter files, calibrations, invoiced volumes, gross energy of a quantification",
    "labels, relations, descriptions, serials of other registries, and amendments",
    "derived rows but balances and pieces",
)


def _findings(items: Iterable[Finding]) -> Listing[Finding]:
    return Listing(items, Finding)


@frozen(kw_only=True, repr=False)
class ColumnsReport(Record):
    """What a columns audit found. A columns audit does not prove what `Ledger.audit` proves.

    Attributes:
        ledger_id: The ledger's id, or None if entry 0 cannot be read.
        size: The number of entries.
        root: RFC 6962 root of the stored leaf hashes, hexadecimal; empty if a leaf is missing. Compare it with a
            checkpoint that is stored elsewhere.
        engine: The engine: `duckdb` or `spark`.
        since: The number of the first entry that was checked; entries before it were checked by an earlier run.
        checks: Name of each check that was run, and how many rows it read.
        findings: What is wrong; empty if nothing is.
        not_run: Names of the checks that could not be run, because the source lacks what they compare.
        not_checked: What a columns audit does not check, and `Ledger.audit` does.
    """

    _in_repr = ("ledger_id", "size", "engine", "passed", "findings")
    _derived = ("passed",)

    ledger_id: str | None
    size: int
    root: str
    engine: str
    since: int = 0
    checks: tuple[tuple[str, int], ...]
    findings: Listing[Finding] = field(converter=_findings)
    not_run: tuple[str, ...] = ()
    not_checked: tuple[str, ...] = NOT_CHECKED

    @property
    def passed(self) -> bool:
        """Whether nothing that a columns audit checks is wrong, and every one of its checks was run."""
        return not self.findings and not self.not_run

    def __str__(self) -> str:
        """The report as text; it ends with what was not checked."""
        since = f" from entry {self.since:,} on" if self.since else ""
        report = [f"Columns audit of ledger {self.ledger_id}{since}: {self.size:,} entries, root {self.root}"]
        failed = {finding.check for finding in self.findings}
        report += [f"  {'FAILED' if name in failed else 'passed'}  {name} ({count:,})" for name, count in self.checks]
        report += [f"  not run {name}" for name in self.not_run]
        report += [f"  {finding}" for finding in self.findings]
        report += [f"  not checked: {item}" for item in self.not_checked]
        return lines(*report)

    def _repr_html_(self) -> str:
        """The report as HTML tables."""
        failed = {finding.check for finding in self.findings}
        ran = ((name, "FAILED" if name in failed else "passed", count) for name, count in self.checks)
        rows = (*ran, *((name, "not run", None) for name in self.not_run))
        columns = (Column("check", TEXT), Column("result", TEXT), Column("checked", INTEGER))
        facts = {"entries": self.size, "root": self.root, "result": "passed" if self.passed else "NOT PASSED"}
        facts["not checked"] = list(self.not_checked)
        return (
            html_facts(f"Columns audit of ledger {self.ledger_id}", facts)
            + html_of(Table("Checks", columns, rows))
            + (html_of(self.findings._table()) if self.findings else "")
        )
