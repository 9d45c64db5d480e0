"""A review: flags with what to ask for. It is judgement beside the proof of the audit, and it never approves."""

from collections.abc import Iterable

from attrs import frozen

from carbon_ledger.core import lookup
from carbon_ledger.core.state.view import View
from carbon_ledger.errors import QuantityError
from carbon_ledger.ledger.review.catalogue import RULES, flags_of
from carbon_ledger.ledger.review.flags import SEVERITIES, Flag
from carbon_ledger.ledger.review.in_full import FullTest, tested_in_full
from carbon_ledger.ledger.review.origin import ORIGINS, Origin, WaiverUse, origin_of, waivers_used
from carbon_ledger.ledger.review.parameters import DEFAULTS, ReviewParameters
from carbon_ledger.ledger.review.questions import Questions
from carbon_ledger.ledger.review.sampling import Sample, draw_sample
from carbon_ledger.ledger.review.steps import Population
from carbon_ledger.ledger.snapshot import Snapshot
from carbon_ledger.log.tiles import root_hash
from carbon_ledger.printing import lines, printable, quote
from carbon_ledger.records import Record
from carbon_ledger.tables import Listing


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


def review(
    reader: Snapshot,
    scope: Iterable[str] | None = None,
    since: int | None = None,
    parameters: ReviewParameters | None = None,
) -> Review:
    """Review a ledger: what an auditor would ask about, with entries, figures, exposure and what to ask for.

    An audit proves that a ledger follows from its entries. A review asks whether the entries are plausible. Its rules
    depend on the entries alone, and on no clock.

    Args:
        scope: The ids of the projects to review, with their devices; by default, all projects and devices.
        since: Only flags that rest on an entry with this number or a later one, such as the size of the checkpoint of
            the last review; by default, all.
        parameters: The thresholds; by default, those of `ReviewParameters`.

    Raises:
        UnknownProjectError: There is no such project.
        QuantityError: *scope* is not a sequence of ids, *since* is not a whole number of at least 0, or *parameters* is
            not a `ReviewParameters`.
        BrokenLogError: The ledger is damaged; audit the ledger.

    Example:
        >>> import carbon_ledger as cl
        >>> found = cl.open_ledger(":memory:", ledger_id="new").review()
        >>> found.flags, found.parameters.late_days
        ((), 60)
    """
    used = DEFAULTS if parameters is None else parameters
    if not isinstance(used, ReviewParameters):
        raise QuantityError(f"review(parameters={quote(parameters)}): expected a ReviewParameters, or None")
    if since is not None and (type(since) is not int or since < 0):
        raise QuantityError(f"review(since={quote(since)}): expected the number of an entry, or None for all")
    questions = questions_of(reader, scope)
    flags = sorted(flags_of(questions, used), key=lambda item: item.order)
    return Review(
        ledger_id=str(questions.entry(0).event["ledger"]),
        size=questions.view.size,
        root=root_hash(questions.view.size, reader._store.tile).hex(),
        projects=questions.only or (),
        since=since,
        parameters=used,
        rules=tuple(f"{rule.id}@{rule.version}" for rule in RULES),
        claimed_wh=questions.all_claimed_wh,
        units=sum(map(questions.units, questions.projects)),
        flags=Listing((item for item in flags if since is None or item.last_entry >= since), Flag),
        origins=Listing((origin_of(questions, name) for name in questions.projects), Origin),
        waivers=Listing((use for name in questions.projects for use in waivers_used(questions, name)), WaiverUse),
        in_full=Listing(tested_in_full(questions, flags), FullTest),
    )


def sample(
    reader: Snapshot,
    seed: str,
    *,
    scope: Iterable[str] | None = None,
    confidence_percent: int = 95,
    tolerable: object = "2%",
) -> Sample:
    """Draw a sample of the claimed steps in proportion to their energy, as every other program draws it: `draw_sample`.

    Args:
        seed: A text that the auditor wrote down before the log was received.
        scope: The ids of the projects; by default, all.
        confidence_percent: 90 or 95. [%]
        tolerable: The tolerable misstatement, as a share of the claimed energy.

    Raises:
        UnknownProjectError: There is no such project.
        QuantityError: An argument is not what is listed here.
        InexactNumberError: *tolerable* is a float.
    """
    questions = questions_of(reader, scope)
    root = root_hash(questions.view.size, reader._store.tile).hex()
    steps = Population(questions)
    return draw_sample(steps, root, seed, confidence_percent=confidence_percent, tolerable=tolerable)


def questions_of(reader: Snapshot, scope: Iterable[str] | None = None) -> Questions:
    """The questions about a reader's state.

    Args:
        reader: The reader.
        scope: The ids of the projects that they are restricted to, or None.

    Raises:
        UnknownProjectError: There is no such project.
        QuantityError: *scope* is not a sequence of ids.
    """
    view = reader._view()
    view = reader._view_of(view.size)  # others may write meanwhile
    return Questions(view, reader._store, reader._view_of, _projects(view, scope))


def _projects(view: View, scope: object) -> tuple[str, ...] | None:
    if scope is None:
        return None
    if isinstance(scope, str | bytes) or not isinstance(scope, Iterable):
        raise QuantityError(f"review(scope={quote(scope)}): expected a sequence of ids of projects, or None for all")
    return tuple(sorted({lookup.project(view, name).id for name in scope}))
