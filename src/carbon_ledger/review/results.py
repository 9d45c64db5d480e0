"""What a review returns: its flags, the origin of the claimed energy, and what the waivers lifted."""

from typing import ClassVar, Final

from attrs import frozen

from carbon_ledger.exact import apportion
from carbon_ledger.printing import lines, printable
from carbon_ledger.records import Record
from carbon_ledger.review.flags import SEVERITIES, Flag
from carbon_ledger.review.parameters import ReviewParameters
from carbon_ledger.tables import INTEGER, TEXT, Column, Listing

METERED: Final = "metered_wh"
APPORTIONED: Final = "apportioned_wh"
SPLIT: Final = "split_wh"
ESTIMATED: Final = "estimated_wh"
CORRECTED: Final = "corrected_wh"
UNSUPPORTED: Final = "without_evidence_wh"
ORIGINS: Final = (METERED, CORRECTED, APPORTIONED, SPLIT, ESTIMATED, UNSUPPORTED)  # the surest first
_PPM: Final = 1_000_000


@frozen(kw_only=True, repr=False)
class Origin(Record):
    """Where the energy comes from that a project's issuances claim: parts that sum to the whole exactly.

    Energy that is of several kinds is counted once, as the least sure of them: without evidence, estimated, split,
    apportioned, corrected, metered.

    Attributes:
        project: The project's id.
        claimed_wh: Net energy that the issuances claim. [Wh]
        metered_wh: Metered by a meter of the device alone, with evidence, and never corrected. [Wh]
        corrected_wh: Metered, and corrected. [Wh]
        apportioned_wh: Divided from the total of a meter of several devices, by their shares. [Wh]
        split_wh: Of steps that were divided at the end of a vintage, in proportion to seconds. [Wh]
        estimated_wh: Estimated or substituted, not measured. [Wh]
        without_evidence_wh: Recorded without evidence. [Wh]
        units: Units of the issuances that count.
    """

    _in_repr = ("project", "claimed_wh", "metered_wh")
    _derived = ("shares_ppm",)
    _columns: ClassVar[tuple[Column, ...]] = (
        Column("project", TEXT),
        Column("claimed_wh", INTEGER),
        *(Column(name, INTEGER) for name in ORIGINS),
        Column("units", INTEGER),
    )

    project: str
    claimed_wh: int
    metered_wh: int
    corrected_wh: int
    apportioned_wh: int
    split_wh: int
    estimated_wh: int
    without_evidence_wh: int
    units: int

    @property
    def shares_ppm(self) -> dict[str, int]:
        """The parts in millionths of the whole, by largest remainder, so that they sum to 1,000,000; by name.

        Empty without energy, and where a part is below zero because a plant imported more than it exported.
        """
        parts = {name.removesuffix("_wh"): getattr(self, name) for name in ORIGINS}
        if self.claimed_wh <= 0 or min(parts.values()) < 0:
            return {}
        some = [name for name, wh in parts.items() if wh]
        shares = dict(zip(some, apportion(_PPM, [parts[name] for name in some]), strict=True))
        return {name: shares.get(name, 0) for name in parts}


@frozen(kw_only=True, repr=False)
class WaiverUse(Record):
    """One waiver, by name and reason, in the issuances of a project: whether it was needed, and what it lifted.

    Attributes:
        project: The project's id.
        name: The waiver's name.
        reason: The reason.
        entries: The entries of the issuances, or of the readings; of very many, the first.
        uses: How many entries have it.
        needed: In how many issuances it was needed: without it, they would have been refused.
        idle: In how many issuances it lifted nothing.
        lifted_wh: Claimed energy that it lifted a refusal of. A waiver of a gap lifts none, because a gap counts zero;
            an assumption lifts no refusal. [Wh]
        lifted_units: Units that stand on this energy, rounded up to whole units.
    """

    _in_repr = ("project", "name", "uses", "needed")
    _columns: ClassVar[tuple[Column, ...]] = (
        Column("project", TEXT),
        Column("name", TEXT),
        Column("reason", TEXT),
        *(Column(name, INTEGER) for name in ("uses", "needed", "idle", "lifted_wh", "lifted_units")),
    )

    project: str
    name: str
    reason: str
    entries: tuple[int, ...]
    uses: int
    needed: int
    idle: int
    lifted_wh: int
    lifted_units: int


@frozen(kw_only=True, repr=False)
class FullTest(Record):
    """A kind of entries that is always tested in full.

    Attributes:
        what: The kind: corrections, voided issuances, withdrawals, waivers, debits, critical and high flags, or
            retirements of more than 10 % of the issued units.
        entries: The numbers of the entries, ascending; of very many, the first.
        count: How many entries there are.
    """

    _columns: ClassVar[tuple[Column, ...]] = (
        Column("what", TEXT),
        Column("entries", TEXT, lambda item: ", ".join(map(str, item.entries))),
        Column("count", INTEGER),
    )

    what: str
    entries: tuple[int, ...]
    count: int


@frozen(kw_only=True, repr=False)
class Review(Record):
    """What a review of a ledger found: flags, the most severe first, with the thresholds that they depend on.

    A review without a flag approves nothing: its rules look for what was seen before, in the entries alone.

    Attributes:
        ledger_id: The ledger's id.
        size: The number of entries that were reviewed.
        root: The RFC 6962 root of these entries, as hexadecimal digits.
        projects: The projects that the review is restricted to; empty if it is of the whole ledger.
        since: Only flags that rest on an entry from this number on, or None for all.
        parameters: The thresholds.
        rules: The rules that were applied, such as ``R25@1``.
        claimed_wh: Net energy that the issuances claim. [Wh]
        units: Units of the issuances that count.
        flags: The flags.
        origins: Where the claimed energy of each project comes from.
        waivers: The waivers of each project, and what they lifted.
        in_full: What is always tested in full, beside a sample.
    """

    _in_repr = ("ledger_id", "size", "flags")

    ledger_id: str
    size: int
    root: str
    projects: tuple[str, ...]
    since: int | None
    parameters: ReviewParameters
    rules: tuple[str, ...]
    claimed_wh: int
    units: int
    flags: Listing[Flag]
    origins: Listing[Origin]
    waivers: Listing[WaiverUse]
    in_full: Listing[FullTest]

    def count(self, severity: str) -> int:
        """How many flags have a severity."""
        return sum(flag.severity == severity for flag in self.flags)

    def __str__(self) -> str:
        """The review as text."""
        scope = f", {', '.join(self.projects)}" if self.projects else ""
        counts = ", ".join(f"{self.count(item)} {item}" for item in SEVERITIES)
        changed = self.parameters.changed()
        return lines(
            f"Review of {self.ledger_id}, {self.size} entries{scope}",
            f"  root {self.root}",
            f"  claimed {self.claimed_wh:,} Wh, {self.units:,} units",
            *(line for item in self.origins if item.claimed_wh for line in _origin_lines(item)),
            *(_waiver_line(item) for item in self.waivers),
            f"  flags: {counts}",
            f"  thresholds: {', '.join(changed) if changed else 'the defaults'}",
            "",
            *(line for flag in self.flags for line in str(flag).splitlines()),
        )


def _origin_lines(item: Origin) -> list[str]:
    """The origin of a project's claimed energy, as text."""
    parts = [(name, getattr(item, name)) for name in ORIGINS]
    shown = (f"    {name.removesuffix('_wh').replace('_', ' ')}: {wh:,} Wh" for name, wh in parts if wh)
    return [f"  origin of {item.claimed_wh:,} Wh of {item.project}:", *shown]


def _waiver_line(item: WaiverUse) -> str:
    """A waiver of a project, as text."""
    if item.name.startswith("assumption/"):
        what = "an assumption"
    elif item.needed or item.idle:
        what = f"needed in {item.needed} of {item.uses}"
    else:
        what = "not computed again"
    lifted = f", lifted {item.lifted_wh:,} Wh, {item.lifted_units:,} units" if item.lifted_wh else ""
    return printable(f"  waiver {item.name} of {item.project}: {what}{lifted} ({item.reason})")
