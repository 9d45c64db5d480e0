"""Rules for verifiers' statements: what a statement may say, and what overtakes it."""

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import Final

from attrs import frozen

from carbon_ledger.core import lookup
from carbon_ledger.core.calibrations import late_times
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.entries.events import VERIFICATION_STATED
from carbon_ledger.core.pinned_zones import pinned_zone, zone_of
from carbon_ledger.core.state.rows import Reading, Registration, Row
from carbon_ledger.core.state.view import View
from carbon_ledger.core.timekeeping import require_past_period
from carbon_ledger.errors import BrokenLogError, RefusedError, UnknownThingError
from carbon_ledger.exact import Rounding, text_of
from carbon_ledger.periods import Period
from carbon_ledger.printing import quote
from carbon_ledger.projects import Project

ReadingsOf = Callable[[str, int, int], Sequence[Reading]]

SUPPORTING: Final = ("unmodified", "modified")  # the opinions that support a quantity
_REPLACED: Final = "replaced verification"  # the kind under which a statement is registered that another one replaces


def kind_of(project: str) -> str:
    """The kind of the registrations of a project's statements."""
    return f"verification of {project}"


@frozen(kw_only=True)
class Stated:
    """What an issuance depends on in a verifier's statement.

    Attributes:
        n: The number of the statement's entry.
        by: The actor who recorded it.
        project: The project's id.
        period: The verified period.
        size: The number of entries that the verifier saw.
        opinion: The opinion.
        quantities: The verified quantity of each vintage, oldest first. [units]
    """

    n: int
    by: str
    project: str
    period: Period
    size: int
    opinion: str
    quantities: tuple[tuple[int, Decimal], ...]

    def covers(self, start_utc: int, end_utc: int) -> bool:
        """Whether an interval lies in the verified period."""
        return self.period.start_utc <= start_utc and end_utc <= self.period.end_utc

    def meets(self, period: Period) -> bool:
        """Whether the verified period and another one have an instant in common."""
        return self.period.start_utc < period.end_utc and period.start_utc < self.period.end_utc


def stated_in(entry: Entry) -> Stated:
    """What an entry of type `verification.stated` says."""
    event = entry.event
    return Stated(
        n=entry.n,
        by=entry.by,
        project=event["project"],
        period=Period.from_record(event["period"]),
        size=event["size"],
        opinion=event["opinion"],
        quantities=tuple((item["vintage"], Decimal(item["amount"])) for item in event["quantities"]),
    )


def statements_of(view: View, project: str) -> Iterator[Stated]:
    """The statements about a project, oldest first, replaced ones included."""
    return (view.parsed(int(name), stated_in) for name in view.registrations(kind_of(project)))


def replaced_by(view: View, n: int) -> int | None:
    """The entry that replaces the statement of entry *n*, or None."""
    return view.registration(_REPLACED, str(n))


def standing_of(view: View, project: str) -> list[Stated]:
    """The statements about a project that no other statement replaces, oldest first. Their periods never overlap."""
    return [item for item in statements_of(view, project) if replaced_by(view, item.n) is None]


def overtaken_by(view: View, statement: Stated) -> tuple[int, ...]:
    """The entries that changed what a verifier saw of the verified time, in order: readings and calibrations.

    An entry counts if the verifier did not see it, also if it was recorded before the statement. It counts even if a
    later entry changed the value back.

    Args:
        view: The state.
        statement: The statement.

    Source:
        ISO 14064-3:2019: facts discovered after the verification. [S; its contents page]
    """
    return tuple(sorted(_changes(view, statement, view.readings_ever)))


def is_overtaken(view: View, statement: Stated) -> bool:
    """Whether an entry changed what a verifier saw of the verified time; only live readings are read.

    Source:
        As `overtaken_by`. A reading is superseded only by another one of the same time.
    """
    return bool(_changes(view, statement, view.readings))


def _changes(view: View, statement: Stated, readings: ReadingsOf) -> set[int]:
    """The entries that changed what a verifier saw, as far as these readings show."""
    project = lookup.project(view, statement.project)
    start, end = statement.period.start_utc, statement.period.end_utc
    found: set[int] = set()
    for name in project.devices:
        found |= {row.source_n for row in readings(name, start, end)}
        if project.methodology is not None:
            late = late_times(view, lookup.device(view, name))
            found |= {
                item.calibration_n
                for item in late
                if item.calibration_n is not None and item.start_utc < end and item.end_utc > start
            }
    return {n for n in found if n >= statement.size}


def decimals_of(number: Decimal) -> int:
    """How many decimals a number is written with."""
    return len(text_of(number).partition(".")[2])


def stated(view: View, entry: Entry) -> list[Row]:
    """Record a verifier's statement about the time and the quantities that the verifier verified.

    Raises:
        UnknownProjectError: No such project.
        RefusedError: The log did not have this root at this size, the verifier did not see the project, the period
            ends after the entry was recorded, a quantity is of a year outside the period, the opinion supports no
            quantity, another statement is about some of the time and is not replaced, or one that is replaced is
            unknown, was replaced before, or is about other time.
        QuantityError: A quantity has more decimals than an amount is rounded to.
        BrokenLogError: The fields are not in normal form.

    Source:
        ISO 14064-3:2019 and ISAE 3410: the contents of a verification statement. [S; their contents pages]
    """
    statement = stated_in(entry)
    project = lookup.project(view, statement.project)
    require_past_period(entry.at, project.id, statement.period)
    pinned = pinned_zone(view, entry, statement.period.zone)
    _require_normal_form(entry, statement)
    _require_seen(view, entry, project)
    _require_supported(view, statement, project)
    replaced = entry.event.get("replaces", [])
    _require_replaced(view, statement, replaced)
    return [
        *pinned,
        Registration(kind_of(project.id), str(entry.n), entry.n),
        *(Registration(_REPLACED, str(n), entry.n) for n in replaced),
    ]


def _require_normal_form(entry: Entry, statement: Stated) -> None:
    """Refuse a list that is not in order, which no command writes."""
    replaced, vintages = entry.event.get("replaces", []), [vintage for vintage, _ in statement.quantities]
    if not all(sorted(set(numbers)) == numbers for numbers in (replaced, vintages)):
        raise BrokenLogError(f"entry {entry.n} ({entry.type}): its fields are not in normal form")


def _require_seen(view: View, entry: Entry, project: Project) -> None:
    """Refuse a size or a root that the log never had, or that it had before the project was registered."""
    size, root = entry.event["size"], entry.event["root"]
    where = f"project {project.id}, verification at {size} entries"
    if size > view.size:
        raise RefusedError(
            where,
            f"the ledger has {view.size} entries before this one; give the number of entries that the verifier saw",
            rule="verification-size",
        )
    registered = view.registration("project", project.id)
    if registered is not None and size <= registered:
        raise RefusedError(
            where,
            f"entry {registered} registers the project, and the verifier saw only the entries before entry {size}; "
            "give the number of entries that the verifier saw",
            rule="verification-size",
        )
    if (found := view.root(size)) != root:
        raise RefusedError(
            where,
            f"the root is {root}, but the first {size} entries of this ledger have the root {found}: the size or the "
            "root is not that of the report, or the verifier saw another log",
            rule="verification-root",
        )


def _require_supported(view: View, statement: Stated, project: Project) -> None:
    """Refuse quantities that the period does not have, or that the opinion does not support."""
    where = f"project {project.id}, verification of {statement.period}"
    years = [year for year, _ in statement.period.split_by_year(zone_of(view, project.zone))]
    for vintage, quantity in statement.quantities:
        if vintage not in years:
            raise RefusedError(
                where,
                f"a quantity of vintage {vintage}, but the period has {', '.join(map(str, years))} in {project.zone}; "
                "give the quantities of these years",
                rule="verification-vintage",
            )
        Rounding("floor", places=decimals_of(quantity))  # what an issuance rounds its amount by
        if quantity < 0:
            raise RefusedError(
                where,
                f"quantity {text_of(quantity)} of vintage {vintage}; expected 0 or more",
                rule="verification-opinion",
            )
        if quantity and statement.opinion not in SUPPORTING:
            raise RefusedError(
                where,
                f"the opinion is {statement.opinion}, which supports no quantity, but {text_of(quantity)} of vintage "
                f"{vintage} is stated; leave the quantities out, or check the opinion",
                rule="verification-opinion",
            )


def _require_replaced(view: View, statement: Stated, replaced: Sequence[int]) -> None:
    """Refuse a second statement about the same time that does not replace the first, and a wrong replacement."""
    where = f"project {statement.project}, verification of {statement.period}"
    for n in replaced:
        if (
            n >= view.size
            or view.entry(n).type != VERIFICATION_STATED
            or ((before := view.parsed(n, stated_in)).project != statement.project)
        ):
            raise UnknownThingError(
                f"verification {n}",
                f"no statement about project {statement.project}; see verifications({quote(statement.project)})",
                rule="unknown-verification",
            )
        if (later := replaced_by(view, n)) is not None:
            raise RefusedError(
                where, f"entry {later} replaced verification {n} already; replace {later}", rule="verification-replaced"
            )
        if not before.meets(statement.period):
            raise RefusedError(
                where,
                f"verification {n} is about other time, {before.period}, and stays; leave it out of replaces",
                rule="verification-overlap",
            )
    for other in standing_of(view, statement.project):
        if other.n not in replaced and other.meets(statement.period):
            raise RefusedError(
                where,
                f"verification {other.n} is about {other.period}, some of the same time; state which statements this "
                f"one replaces, e.g. replaces={other.n}",
                rule="verification-overlap",
            )
