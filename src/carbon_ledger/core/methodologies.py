"""The methodologies that a ledger's rules apply: those of this library, and those that the caller passes as objects.

A view carries the objects of the caller. Nothing in the log names code: an entry that adopts a methodology of the
caller's own pins its key and the digest of its code, and the object with that key must have that digest.

New entries need the object. An audit or a rebuild without it takes the figures of entries that are already recorded as
they are, and checks everything else; the audit lists these entries.
"""

from collections.abc import Mapping
from typing import Any, Final, cast

from attrs import evolve, field, frozen

from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.entries.events import (
    CORRECTIONS,
    ISSUANCE_RECORDED,
    METHODOLOGY_ADOPTED,
    QUANTIFICATION_APPROVED,
)
from carbon_ledger.core.state.view import View
from carbon_ledger.errors import BrokenLogError, MethodologyError
from carbon_ledger.factors import EmissionFactor
from carbon_ledger.factors.record import KINDS
from carbon_ledger.methodologies import Activity, Methodology, Quantification, methodology_of
from carbon_ledger.methodologies.base import ISSUANCE_FLOOR, Outcome
from carbon_ledger.methodologies.outcomes import is_added, is_own
from carbon_ledger.printing import quote

CODE_DIGEST: Final = "code_digest"

# The events whose rules ask for a methodology. The rules of all others are given the view as it is, which is faster.
_ASKING: Final = frozenset({METHODOLOGY_ADOPTED, ISSUANCE_RECORDED, QUANTIFICATION_APPROVED, *CORRECTIONS})


@frozen(kw_only=True)
class OwnMethodology:
    """A methodology of the caller's own.

    Attributes:
        methodology: The object.
        code_digest: SHA-256 of the source text of the module that defines it, as an entry pins it.
        place: ``module:attribute`` from which another process imports the object, or None if there is no such place.
    """

    methodology: Methodology
    code_digest: str
    place: str | None = None


@frozen(kw_only=True)
class Known:
    """The methodologies that a caller passed, and how rules use them.

    Attributes:
        own: The methodologies by their keys.
        replayed: Whether the entries are recorded already, so that the figures of a methodology that is not there are
            taken as they are recorded.
        recorded: What stands in for such a methodology: it returns the recorded lines and amounts.
    """

    own: Mapping[str, OwnMethodology] = field(factory=dict)
    replayed: bool = False
    recorded: Methodology | None = None


NOTHING: Final = Known()


class _KnowingView:
    """A view that carries methodologies. All queries are delegated to the view below."""

    def __init__(self, below: View, known: Known) -> None:
        self._below = below
        self.known_methodologies = known

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._below, name)


def with_methodologies(view: View, known: Known) -> View:
    """A view whose rules apply the methodologies that the caller passed."""
    return cast(View, _KnowingView(view, known)) if known.own or known.replayed else view


def replayed_view(view: View, entry: Entry, known: Known) -> View:
    """The view for the rule of an entry that is recorded already.

    Args:
        view: The state before the entry.
        entry: The entry.
        known: The methodologies that the caller passed.
    """
    return with_methodologies(view, evolve(known, replayed=True)) if entry.type in _ASKING else view


def _known(view: View) -> Known:
    found: Known = getattr(view, "known_methodologies", NOTHING)
    return found


def methodology_in(view: View, key: str) -> Methodology:
    """The methodology with a key: one of this library, or one that the caller passed.

    Args:
        view: The state; it carries what the caller passed.
        key: Name and version.

    Raises:
        MethodologyError: This library does not have the methodology, and the caller did not pass it; or the code of
            the object is not the code that the ledger pins.

    Source:
        Decision 30.
    """
    if not is_own(key):
        return methodology_of(key)
    known = _known(view)
    if known.recorded is not None and known.recorded.key == key:
        return known.recorded
    if reason := why_not_applied(view, key, known):
        raise MethodologyError(reason)
    return known.own[key].methodology


def why_not_applied(view: View, key: str, known: Known) -> str:
    """Why the caller's own methodology with a key cannot be applied, or an empty text if it can.

    Args:
        view: The state.
        key: Name and version.
        known: The methodologies that the caller passed.
    """
    own, adopted = known.own.get(key), view.registration("methodology", key)
    if own is None:
        where = "" if adopted is None else f", which entry {adopted} adopts"
        return (
            f"methodology {key}{where}: it is not of this library, and no object with this key was passed; pass the "
            "object as methodologies=[...] of open_ledger(), audit() or audit_published()"
        )
    if adopted is None or (pinned := view.entry(adopted).event[CODE_DIGEST]) == own.code_digest:
        return ""
    return other_code(adopted, key, pinned, own)


def other_code(adopted: int, key: str, pinned: str, own: OwnMethodology) -> str:
    """The message about an object whose code is not the code that the ledger pins."""
    return (
        f"methodology {key}: entry {adopted} pins the code digest {pinned}, the object that was passed has "
        f"{own.code_digest}; pass the object of the pinned code, or adopt other code under a new version"
    )


def adoption_record(view: View, key: str) -> dict[str, Any]:
    """The event that adopts a methodology; that of a caller's own also pins the digest of its code.

    Raises:
        MethodologyError: As `methodology_in`.
    """
    record = methodology_in(view, key).to_record()
    return record | {CODE_DIGEST: _known(view).own[key].code_digest} if is_own(key) else record


def require_adoptable(view: View, entry: Entry) -> dict[str, Any]:
    """The event that an entry must have to adopt its methodology.

    Args:
        view: The state before the entry.
        entry: The entry.

    Returns:
        The event as the caller's object, or this library, gives it. In a replay without the object, or with an object
        of other code, it is the event itself: there is nothing to compare it with.

    Raises:
        MethodologyError: As `methodology_in`.
        BrokenLogError: The entry adopts a caller's own methodology, and pins no code or not the rounding of issuance;
            or it adopts a methodology of this library, and pins code.
    """
    key, pinned = entry.event["methodology"], entry.event.get(CODE_DIGEST)
    if is_own(key) is (pinned is None):
        expected = "a code digest" if is_own(key) else "no code digest, since only names that begin with OWN- have one"
        raise BrokenLogError(f"entry {entry.n}, methodology {key}: expected {expected}")
    if not is_own(key):
        return adoption_record(view, key)
    floor = {
        "name": ISSUANCE_FLOOR.name,
        "direction": ISSUANCE_FLOOR.rounding.direction,
        "places": ISSUANCE_FLOOR.rounding.places,
    }
    if floor not in entry.event["roundings"]:
        raise BrokenLogError(
            f"entry {entry.n}, methodology {key}: expected the rounding point {quote(ISSUANCE_FLOOR.name)}"
        )
    known = _known(view)
    own = known.own.get(key)
    if known.replayed and (own is None or own.code_digest != pinned):
        return dict(entry.event)
    return adoption_record(view, key)


def checked_key(view: View, key: str) -> str:
    """The key, if a methodology of this library has it, or a caller's own that the ledger adopts or the caller passed.

    Raises:
        MethodologyError: There is no such methodology.
    """
    own = isinstance(key, str) and is_own(key)
    if own and view.registration("methodology", key) is not None:
        return key
    return (methodology_in(view, key) if own else methodology_of(key)).key


def takes_recorded(view: View, key: str | None) -> bool:
    """Whether rules take the recorded figures of a methodology as they are, because they cannot compute them."""
    known = _known(view)
    return key is not None and known.replayed and is_own(key) and bool(why_not_applied(view, key, known))


def as_recorded(view: View, key: str | None, result: Quantification | None) -> View:
    """The view for a quantification whose lines and amounts cannot be computed again: it returns the recorded ones.

    Everything else of the quantification is computed: its steps, its splits, its factor with its flags, and the
    attested text. The recorded lines are those of `require_outcome`.

    Args:
        view: The state.
        key: Name and version of the methodology.
        result: The recorded quantification, or None if the entry names none.

    Raises:
        BrokenLogError: Rules need the recorded quantification, and the entry names none.
    """
    if key is None or not takes_recorded(view, key):
        return view
    if result is None:
        raise BrokenLogError(f"an issuance by {key} is corrected, expected the document of its new quantification")
    lines = tuple(line for line in result.lines if not is_added(line))
    outcome: Outcome = (lines, result.amounts)

    def recorded(_: Methodology, __: Activity, ___: EmissionFactor) -> Outcome:
        return outcome

    name, _, version = key.partition("@")
    stand_in = Methodology(
        name=name,
        version=version,
        title=key,
        source="as recorded",
        confidence="M",
        factor_kinds=KINDS,
        checks=(),
        calculation=recorded,
        text_seen=True,
    )
    return with_methodologies(view, evolve(_known(view), recorded=stand_in))
