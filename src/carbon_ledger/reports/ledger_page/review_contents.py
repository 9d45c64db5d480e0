"""What the page of an auditor shows beside the report of a ledger, as frozen records of plain values."""

from collections.abc import Mapping
from decimal import Decimal

from attrs import frozen

from carbon_ledger.reports.ledger_page.amounts import Listed

Value = str | int | Decimal | None


@frozen(kw_only=True)
class Rows:
    """A table of plain values, with the kind of each column.

    Attributes:
        title: What the table shows.
        columns: The heading and the kind of each column. Beside the kinds of `markup.Column` there are ``mwh``, energy
            in Wh that is shown in MWh; ``entry``, the number of an entry; ``entries``, numbers of entries with commas;
            and ``blank``, a column that the reader fills in by hand.
        rows: The rows, each with a value for each column.
        total: The number of all rows.
        see: The query that gives all of them.
    """

    title: str
    columns: tuple[tuple[str, str], ...]
    rows: tuple[tuple[Value, ...], ...] = ()
    total: int = 0
    see: str = ""


@frozen(kw_only=True)
class InstrumentTotals:
    """The units of an instrument, and what supports them.

    Attributes:
        instrument: The instrument's id.
        unit: The unit of its face value.
        issued: All units that were issued here.
        imported: All units that were imported.
        counted: Units that count against the claimed amount: not voided, withdrawn or converted.
        unsupported: Of them, units that no energy supports: the debits of the projects, rounded up to whole units.
        amount: The exact amount that issuances claim. [unit]
        states: The number of units in each state; a unit that has expired is in the state that it had.
    """

    instrument: str
    unit: str
    issued: int
    imported: int
    counted: int
    unsupported: int
    amount: Decimal
    states: Mapping[str, int]


@frozen(kw_only=True)
class ProjectTotals:
    """A project, and its carry: claimed amount + adjustments - units that count.

    Attributes:
        project: The project's id.
        instrument: The instrument's id.
        unit: The unit of the amounts.
        methodology: The methodology in words, with how sure its text is; or None.
        amount: The exact amount that issuances claim. [unit]
        adjustments: Units forfeited; below zero.
        counted: The units that count.
        carry: The carry. [unit]
    """

    project: str
    instrument: str
    unit: str
    methodology: str | None
    amount: Decimal
    adjustments: int
    counted: int
    carry: Decimal


@frozen(kw_only=True)
class WaiverTotals:
    """A waiver by name and reason: whether it was needed, and what it lifted."""

    project: str
    name: str
    reason: str
    entries: str
    uses: int
    needed: int
    idle: int
    lifted_wh: int
    lifted_units: int


@frozen(kw_only=True)
class Disposed:
    """What an auditor noted on a flag."""

    status: str
    reason: str
    by: str
    on: str
    amount_wh: int | None = None
    lacks: str = ""


@frozen(kw_only=True)
class Flagged:
    """A flag of the review, with the auditor's disposition if there is one."""

    rule: str
    severity: str
    subject: str
    cause: str
    entries: tuple[int, ...]
    entry_count: int
    key: str
    exposure_wh: int
    exposure_units: int
    ask: str
    disposed: Disposed | None = None


@frozen(kw_only=True)
class Chosen:
    """A step that the sample chose.

    Attributes:
        device: The device's id.
        start: The start in words, UTC.
        end: The end in words, exclusive, UTC.
        net_wh: The net energy. [Wh]
        entry: The entry that has the value.
        hits: How often an interval ended in it.
        is_key: Whether it has at least an interval of energy.
        evidence: The digest of its evidence, or None.
        found_wh: What the documents show, or None if nobody has noted it. [Wh]
    """

    device: str
    start: str
    end: str
    net_wh: int
    entry: int
    hits: int
    is_key: bool
    evidence: str | None
    found_wh: int | None = None


@frozen(kw_only=True)
class Drawn:
    """The sample, with all that draws it again.

    Attributes:
        seed: The auditor's text.
        confidence_percent: The confidence. [%]
        tolerable: The tolerable misstatement, as a share.
        percent: The same in per cent.
        steps: The steps of the population.
        total_wh: Their energy. [Wh]
        size: The number of intervals.
        interval_wh: The length of an interval. [Wh]
        offset_wh: Where the draw begins. [Wh]
        items: The chosen steps.
        evaluation: What was found, in words; empty before the steps are tested.
    """

    seed: str
    confidence_percent: int
    tolerable: Decimal
    percent: Decimal
    steps: int
    total_wh: int
    size: int
    interval_wh: int
    offset_wh: int
    items: Listed[Chosen]
    evaluation: tuple[str, ...] = ()


@frozen(kw_only=True)
class Since:
    """What has changed since an older state.

    Attributes:
        size: The number of entries then.
        root: Their root, hexadecimal.
        is_pinned: Whether the root was compared with a checkpoint.
        proof: The proof that the ledger continues the older one (RFC 9162), as base64.
        new: The number of new entries.
        changed: The number of issuances of then that have another amount or other units now.
        types: How many new entries have each type.
        tables: The changes, a table for each kind.
    """

    size: int
    root: str
    is_pinned: bool
    proof: tuple[str, ...]
    new: int
    changed: int
    types: tuple[tuple[str, int], ...]
    tables: tuple[Rows, ...]


@frozen(kw_only=True)
class Threshold:
    """The threshold of materiality that the auditor chose."""

    programme: str
    percent: Decimal
    threshold_t: Decimal
    performance_t: Decimal
    source: str
    certainty: str


@frozen(kw_only=True)
class ReviewContents:
    """What the page of an auditor shows beside the report.

    Attributes:
        size: The number of entries that were reviewed.
        root: Their root, hexadecimal.
        projects: The projects that the review is restricted to; empty if it is of the whole ledger.
        rules: The rules that were applied.
        thresholds: The thresholds that differ from the defaults, in words.
        flags_since: Only flags that rest on an entry from this number on are listed, or None for all.
        claimed_wh: The energy that issuances claim. [Wh]
        produced: When the first and the last claimed step begin and end, in words; or None.
        origins: Where this energy comes from: a name and an energy for each origin, the surest first. [Wh]
        by_project: The same of each project.
        waivers: What the waivers lifted, the largest first.
        severities: The number of flags of each severity.
        flags: The flags, the most severe first.
        in_full: What is always tested in full.
        instruments: The units of each instrument.
        totals: Each project and its carry.
        plants: The plants.
        meters: The meters.
        evidence: The index of evidence.
        sample: The sample, or None.
        since: What has changed since an older state, or None.
        threshold: The threshold of materiality, or None.
        has_dispositions: Whether the auditor's dispositions were given.
    """

    size: int
    root: str
    projects: tuple[str, ...]
    rules: tuple[str, ...]
    thresholds: tuple[str, ...]
    flags_since: int | None
    claimed_wh: int
    produced: tuple[str, str] | None
    origins: tuple[tuple[str, int], ...]
    by_project: Rows
    waivers: Listed[WaiverTotals]
    severities: tuple[tuple[str, int], ...]
    flags: Listed[Flagged]
    in_full: Rows
    instruments: Listed[InstrumentTotals]
    totals: Listed[ProjectTotals]
    plants: Rows
    meters: Rows
    evidence: Rows
    sample: Drawn | None = None
    since: Since | None = None
    threshold: Threshold | None = None
    has_dispositions: bool = False

    @property
    def data(self) -> dict[str, object]:
        """What the page's script needs of the review, beside the entries, to compute and to compare."""
        drawn, since = self.sample, self.since
        return {
            "since": None if since is None else {"size": since.size, "root": since.root, "proof": list(since.proof)},
            "sample": None
            if drawn is None
            else {
                "seed": drawn.seed,
                "confidence_percent": drawn.confidence_percent,
                "tolerable": f"{drawn.tolerable:f}",
            },
            "flags": [
                [item.rule, item.severity, list(item.entries), item.entry_count, item.key] for item in self.flags.items
            ],
            "flags_total": self.flags.total,
            "waivers": [[item.project, item.name, item.reason, item.needed] for item in self.waivers.items],
        }
