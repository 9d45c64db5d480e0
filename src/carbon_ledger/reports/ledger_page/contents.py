"""What the report of a ledger shows, as frozen records of plain values. Nothing here reads a ledger."""

from decimal import Decimal

from attrs import frozen

from carbon_ledger.methodologies.lines import Line
from carbon_ledger.reports.ledger_page.amounts import (
    SHOWN_STATES,
    Carry,
    Energy,
    Listed,
    ProjectEnergy,
    UnitContents,
    Units,
    VintageCarry,
)
from carbon_ledger.reports.ledger_page.review_contents import ReviewContents

__all__ = [
    "SHOWN_STATES",
    "Calculation",
    "Carry",
    "Change",
    "Checks",
    "Claimed",
    "Energy",
    "FactorFacts",
    "Head",
    "Issuance",
    "LedgerContents",
    "Listed",
    "ProjectEnergy",
    "Stated",
    "UnitContents",
    "Units",
    "VintageCarry",
    "Waived",
]


@frozen(kw_only=True)
class FactorFacts:
    """An emission factor as a reader has to know it."""

    factor_id: str
    value: str
    unit: str
    kind: str
    region: str
    source: str
    place: str | None
    confidence: str | None
    flags: tuple[str, ...]


@frozen(kw_only=True)
class Issuance:
    """An issuance in its present state.

    Attributes:
        entry: The number of its entry.
        at: When it was recorded, UTC.
        by: Who recorded it.
        project: The project's id.
        instrument: The instrument's id.
        unit: The unit of the amounts.
        period: The monitoring period in words.
        issued: Units that were issued, by vintage.
        counted: Units that count now: not voided and not withdrawn.
        waivers: The number of checks that were waived for it.
        state: ``counts``, ``voided`` or ``converted``.
    """

    entry: int
    at: str
    by: str
    project: str
    instrument: str
    unit: str
    period: str
    issued: tuple[tuple[int, int], ...]
    counted: int
    waivers: int
    state: str

    @property
    def units(self) -> int:
        """All units that were issued."""
        return sum(count for _, count in self.issued)


@frozen(kw_only=True)
class Calculation:
    """A quantification line by line.

    Attributes:
        issuance: The issuance that it is of.
        net_wh: The net energy that it counts. [Wh]
        methodology: Name and version of the methodology, or None.
        methodology_title: The title of the methodology, or None.
        methodology_confidence: How sure the text of the methodology is, or None.
        factor: The emission factor, or None.
        lines: The lines.
        amounts: The exact amount of each vintage.
        digest: Digest of the quantification, which the issuance pins.
    """

    issuance: Issuance
    net_wh: int
    methodology: str | None
    methodology_title: str | None
    methodology_confidence: str | None
    factor: FactorFacts | None
    lines: Listed[Line]
    amounts: tuple[tuple[int, Decimal], ...]
    digest: str


@frozen(kw_only=True)
class Waived:
    """A check that somebody waived.

    Attributes:
        entry: The entry that has the waiver.
        what: What the entry did, in words.
        name: The name of the waiver.
        reason: The reason that was given.
        by: Who gave it.
        units: Units that count of the issuance, or units retired; None for other entries.
        instrument: The instrument of the units, or None.
    """

    entry: int
    what: str
    name: str
    reason: str
    by: str
    units: int | None = None
    instrument: str | None = None


@frozen(kw_only=True)
class Stated:
    """Something that a person stated: an attestation, an approval, or a verifier's statement.

    Attributes:
        entry: The entry.
        at: When it was recorded, UTC.
        by: Who stated it.
        subject: What it is about.
        note: What was stated.
        document: Digest of the document, or the status of an approval or of a statement.
    """

    entry: int
    at: str
    by: str
    subject: str
    note: str
    document: str


@frozen(kw_only=True)
class Change:
    """A correction of readings, or units that were withdrawn.

    Attributes:
        entry: The entry.
        at: When it was recorded, UTC.
        by: Who recorded it.
        kind: ``correction``, ``voided issuance``, ``withdrawal`` or ``cancelled buffer``.
        subject: The device or meter with the time; or the issuance or the block.
        before_wh: Net energy before a correction. [Wh]
        after_wh: Net energy after a correction. [Wh]
        withdrawn: Units that were withdrawn or cancelled by it.
        reason: The reason.
        evidence: Digest of the document, or None.
    """

    entry: int
    at: str
    by: str
    kind: str
    subject: str
    reason: str
    before_wh: int | None = None
    after_wh: int | None = None
    withdrawn: int | None = None
    evidence: str | None = None


@frozen(kw_only=True)
class Claimed:
    """A retirement.

    Attributes:
        entry: The entry.
        number: The number of the statement.
        at: When it was recorded, UTC.
        account: The account that held the units.
        beneficiary: Who makes the claim.
        purpose: What the claim is for.
        period: The reporting period in words.
        instrument: The instrument's id.
        units: The number of units.
        serials: The blocks in words.
    """

    entry: int
    number: str
    at: str
    account: str
    beneficiary: str
    purpose: str
    period: str
    instrument: str
    units: int
    serials: str


@frozen(kw_only=True)
class Checks:
    """What an audit found.

    Attributes:
        passed: Whether every check was run, and found nothing wrong.
        size: The number of entries that were audited.
        root: The root that was computed from them.
        checks: The name of each check, how many things it checked, and whether it found nothing wrong.
        findings: What is wrong.
        not_run: Checks that could not be run.
        not_recomputed: Quantifications that were not computed again, in words.
        notes: What a reader should know, with the number of the entry.
    """

    passed: bool
    size: int
    root: str
    checks: tuple[tuple[str, int, bool], ...]
    findings: Listed[str]
    not_run: tuple[str, ...]
    not_recomputed: tuple[str, ...]
    notes: Listed[tuple[int, str]]


@frozen(kw_only=True)
class Head:
    """What the whole page is about.

    Attributes:
        title: The title of the page.
        ledger_id: The ledger's id.
        size: The number of entries.
        root: The RFC 6962 root of these entries, hexadecimal.
        as_of: When the newest of these entries was recorded, UTC; or the time that was given to `as_of`.
        policy: The ledger's policy.
        software: The software that opened the ledger, as entry 0 states it.
        made_by: The software that made the page.
        prepared_by: Who prepared the page, or None.
        checkpoint: The signed checkpoint in words, or None.
    """

    title: str
    ledger_id: str
    size: int
    root: str
    as_of: str
    policy: str = ""
    software: str = ""
    made_by: str = ""
    prepared_by: str | None = None
    checkpoint: str | None = None


@frozen(kw_only=True)
class LedgerContents:
    """Everything that the report of a ledger shows.

    Attributes:
        head: What the page is about.
        projects: The projects that the report is restricted to, or None for all.
        accounts: The accounts that the report is restricted to, or None for all.
        opened_at: When the ledger was opened, UTC.
        actors: The number of actors who recorded its entries.
        units: Where every unit is.
        energy: The generation of each project.
        carries: The carry of each project.
        issuances: The issuances, newest first.
        calculations: The quantifications of the newest issuances that count.
        waivers: The checks that were waived, newest first.
        factors: The emission factors of the calculations.
        attestations: Attested texts of methodologies, newest first.
        approvals: Approvals of quantifications, newest first.
        verifications: Verifiers' statements, newest first.
        changes: Corrections, voided issuances and withdrawals, newest first.
        retirements: Retirements, newest first.
        checks: What the audit found, or None if no audit was run.
        review: What a review of the ledger found, or None without a review.
    """

    head: Head
    projects: tuple[str, ...] | None
    accounts: tuple[str, ...] | None
    opened_at: str
    actors: int
    units: UnitContents
    energy: Listed[ProjectEnergy]
    carries: Listed[Carry]
    issuances: Listed[Issuance]
    calculations: Listed[Calculation]
    waivers: Listed[Waived]
    factors: tuple[FactorFacts, ...]
    attestations: Listed[Stated]
    approvals: Listed[Stated]
    verifications: Listed[Stated]
    changes: Listed[Change]
    retirements: Listed[Claimed]
    checks: Checks | None
    review: ReviewContents | None = None
