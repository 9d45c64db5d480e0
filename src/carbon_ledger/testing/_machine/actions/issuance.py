"""Drawing the actions of issuers and verifiers: approving, issuing, voiding, converting."""

from collections.abc import Sequence
from typing import Final

from hypothesis import strategies as st

from carbon_ledger.periods import Period
from carbon_ledger.testing._machine.actions.drawing import MOSTLY, SELDOM, Draw, Kind
from carbon_ledger.testing._machine.commands import CREDITS, Action
from carbon_ledger.testing._machine.naming import Figures
from carbon_ledger.testing._machine.setup import END_UTC, SLOT_S, SLOTS, START_UTC
from carbon_ledger.testing._machine.side_by_side import SideBySide
from carbon_ledger.testing._model.rows import STANDING, Approved, Serial, Step
from carbon_ledger.testing.strategies import EVERY_WAIVER, periods, waivers
from carbon_ledger.waivers import Waiver

_Steps = dict[str, list[Step]]

_ESTIMATED: Final = EVERY_WAIVER[2:]
_WAIVERS: Final = st.tuples(waivers(), st.sampled_from((_ESTIMATED, _ESTIMATED, (), ()))).map(
    lambda two: (*two[0], *two[1])
)
_MOST: Final = st.sampled_from((*(EVERY_WAIVER,) * 4, EVERY_WAIVER[:2]))
_GRID: Final = periods(START_UTC, SLOTS, SLOT_S)
_SHARES: Final = st.sampled_from((None, None, None, "0", "0.1", "0.34", "0.5", 1, 2, 5))
_EXPECTED: Final = st.sampled_from((0, 1, 1, 2, 2, 3, 4, {2023: 1}, {2024: 1}, {2024: 2}, {2023: 0, 2024: 3}))
_NOTHING: Final = st.sampled_from((None, None, None, "0"))
# Credits with the waiver for the text of their methodology, without it, or with a factor in the wrong unit.
_CREDITED: Final = st.sampled_from(({}, {}, {}, {"unread": True}, {"odd": True}))
_TO: Final = st.sampled_from(("op",) * 8 + ("buyer",) * 3 + ("nobody",))
_TARGETS: Final = ("I-REC-E", "EECS-GO", "EECS-GO", "GCC-ACC", "GC")


def issue(draw: Draw, both: SideBySide) -> Action:
    """Issue a period, mostly one that was approved."""
    standing = [item for item in both.model.approvals.values() if item.status == STANDING]
    if standing and draw(MOSTLY):
        return _as_approved(draw, draw(st.sampled_from(standing)))
    return issue_period(draw, both)


def issue_period(draw: Draw, both: SideBySide) -> Action:
    """Issue a period between two boundaries of free steps, of any steps, or of the grid."""
    every, free = _steps(both, free=False), _steps(both, free=True)
    found = free if any(free.values()) and draw(MOSTLY) else every
    project = draw(st.sampled_from([name for name, steps in found.items() if steps or found is every]))
    steps = found[project]
    period = _between(draw, steps) if steps and draw(MOSTLY) else draw(_GRID)
    return _issue(draw, project, period, draw(_WAIVERS))


def _between(draw: Draw, steps: Sequence[Step]) -> Period:
    """A period between two boundaries of steps."""
    edges = sorted({edge for step in steps for edge in (step.start, step.end)})
    first = draw(st.integers(0, len(edges) - 2))
    return Period(edges[first], edges[draw(st.integers(first + 1, len(edges) - 1))])


def _steps(both: SideBySide, *, free: bool) -> _Steps:
    """The steps of each project's devices: all steps, or only those that the project can claim."""
    model = both.model
    return {
        name: [
            step
            for device in item.devices
            for step in model.steps[device]
            if not free or model.is_free(step, item.instrument)
        ]
        for name, item in model.projects.items()
    }


def issue_everything(draw: Draw, both: SideBySide, able: Sequence[str] = ()) -> Action:
    """Issue everything that is free, mostly of a project with free steps, with both waivers."""
    free = [name for name, steps in _steps(both, free=True).items() if steps]
    project = draw(st.sampled_from(able or (free if free and draw(MOSTLY) else tuple(both.model.projects))))
    start, end = both.model.projects[project].within or (START_UTC, END_UTC)
    period = Period(max(start, START_UTC), min(end, END_UTC))
    return _issue(draw, project, period, draw(_MOST))


def issue_early(draw: Draw, both: SideBySide) -> Action:
    """Issue everything that is free, and a second that has not passed."""
    action = issue_everything(draw, both)
    start: int = action.given["period"].start_utc
    return action._replace(given={**action.given, "period": Period(start, both.now_utc + draw(st.integers(0, 1)))})


def issue_some(draw: Draw, both: SideBySide) -> Action:
    """Issue some of a project's free steps."""
    free = _steps(both, free=True)
    return _some(draw, both, free, free)


def issue_reserved(draw: Draw, both: SideBySide) -> Action:
    """Issue some steps that conversions reserve for a project, perhaps with adjacent free steps."""
    free = _steps(both, free=True)
    reserved = {
        name: [step for step in steps if step.claimed_by in both.model.conversions] for name, steps in free.items()
    }
    return _some(draw, both, reserved, draw(st.sampled_from((reserved, free))))


def _some(draw: Draw, both: SideBySide, wanted: _Steps, within: _Steps) -> Action:
    """Issue between two step boundaries of a project with enough energy for a unit; rarely, everything."""
    amounts = {name: sum(s.wh for s in steps) * both.model.projects[name].rate for name, steps in wanted.items()}
    able = [name for name, amount in amounts.items() if amount >= 1]
    if not able or draw(SELDOM):
        return issue_everything(draw, both, able)
    project = draw(st.sampled_from(able))
    return _issue(draw, project, _between(draw, within[project]), EVERY_WAIVER, shares=_NOTHING)


def _as_approved(draw: Draw, approved: Approved) -> Action:
    """Issue exactly what was approved; rarely, with other waivers."""
    given = {item.name: item for item in EVERY_WAIVER}
    chosen = tuple(given[name] for name in approved.waivers)
    period = Period(approved.start, approved.end)
    return _issue(draw, approved.project, period, draw(_WAIVERS) if draw(SELDOM) else chosen)


def _issue(
    draw: Draw,
    project: str,
    period: Period,
    given: tuple[Waiver, ...],
    shares: st.SearchStrategy[str | int | None] = _SHARES,
) -> Action:
    what: dict[str, object] = {"project": project, "period": period, "to": draw(_TO), "waivers": given}
    if project == CREDITS:
        what |= draw(_CREDITED)
    others = {"buffer": draw(shares), "expect": draw(_EXPECTED) if draw(SELDOM) else None}
    return Action("issue", what | {name: value for name, value in others.items() if value is not None})


def issue_carry(draw: Draw, both: SideBySide) -> Action:
    """Issue what a project's carry makes; rarely, of a project whose carry makes nothing."""
    able = [name for name in both.model.projects if both.model.units_of_carry(name)]
    project = draw(st.sampled_from(able if able and draw(MOSTLY) else tuple(both.model.projects)))
    what: dict[str, object] = {"project": project, "to": draw(_TO)}
    others = {"buffer": draw(_SHARES), "expect": draw(_EXPECTED) if draw(SELDOM) else None}
    return Action("issue_carry", what | {name: value for name, value in others.items() if value is not None})


def approve(draw: Draw, both: SideBySide) -> Action:
    """Approve a quantification that is not approved, mostly the newest; rarely, any quantification."""
    known = _unapproved(both) if draw(MOSTLY) else both.names.quantified
    return Action("approve", {"quantified": known[-1 if draw(MOSTLY) else draw(st.integers(0, len(known) - 1))]})


def _unapproved(both: SideBySide) -> list[Figures]:
    standing = {item[2:6] for item in both.model.approvals.values() if item.status == STANDING}
    return [item for item in both.names.quantified if item.model[:4] not in standing]


def revoke_approval(draw: Draw, both: SideBySide) -> Action:
    """Revoke an approval of any status; rarely, one that does not exist."""
    numbers = sorted(both.model.approvals)
    return Action("revoke_approval", {"approval": 0 if draw(SELDOM) else draw(st.sampled_from(numbers))})


def void(draw: Draw, both: SideBySide) -> Action:
    """Void an issuance, mostly the newest; rarely, an import, which cannot be voided."""
    live = [number for number, item in both.model.issuances.items() if not item.voided]
    return Action("void", {"number": live[-1] if live and draw(MOSTLY) else _issuance(draw, both)})


def void_older(draw: Draw, both: SideBySide) -> Action:
    """Void or convert an issuance that is not the newest; units of later issuances may rest on it."""
    number = draw(st.sampled_from(_older(both)))
    if draw(MOSTLY):
        return Action("void", {"number": number})
    target = draw(st.sampled_from(_wanted_besides(both, number) or _TARGETS))
    return Action("convert", {"number": number, "instrument": target, "from_": None})


def _older(both: SideBySide) -> list[int]:
    return [number for number, item in both.model.issuances.items() if not item.voided][:-1]


def convert(draw: Draw, both: SideBySide) -> Action:
    """Convert an issuance, mostly a convertible one, and to an instrument that another project can issue."""
    ready = [n for n in both.model.issuances if both.model.is_convertible(n, both.now_utc)]
    number = int(draw(st.sampled_from(ready))) if ready and not draw(SELDOM) else _issuance(draw, both)
    from_ = "buyer" if draw(SELDOM) else draw(st.sampled_from((None, both.model.holder_of(number))))
    wanted = _wanted_besides(both, number)
    target = draw(st.sampled_from(wanted if wanted and not draw(SELDOM) else _TARGETS))
    return Action("convert", {"number": number, "instrument": target, "from_": from_})


def _wanted_besides(both: SideBySide, number: int) -> list[str]:
    """The instruments of other projects that could claim an issuance's steps."""
    model = both.model
    devices = {name for name, steps in model.steps.items() if any(step.claimed_by == number for step in steps)}
    mine = model.projects[model.issuances[number].project].instrument if number in model.issuances else ""
    return sorted({item.instrument for item in model.projects.values() if devices.intersection(item.devices)} - {mine})


def _issuance(draw: Draw, both: SideBySide) -> int:
    live = [number for number, item in both.model.issuances.items() if not item.voided]
    if live and draw(MOSTLY):
        return int(draw(st.sampled_from(live)))
    return int(draw(st.sampled_from([*both.model.issuances, *both.model.imported])))


def serial(draw: Draw, both: SideBySide) -> Serial:
    """Any unit that was ever issued or imported."""
    found: Serial = draw(st.sampled_from(sorted(both.model.units)))
    return found


ISSUING: Final = tuple(map(Kind, (issue, issue, issue, issue_everything, issue_early)))
QUANTIFIED: Final = tuple(map(Kind, (issue_period, issue_some)))
VOIDING_OLDER: Final = Kind(void_older, lambda both: bool(_older(both)))
OF_CARRY: Final = Kind(issue_carry, lambda both: any(map(both.model.units_of_carry, both.model.projects)))
VOIDING: Final = Kind(void, lambda both: bool(both.model.issuances))
EVERYTHING: Final = Kind(issue_everything, lambda both: any(_steps(both, free=True).values()))
CONVERTING: Final = Kind(
    convert, lambda both: any(both.model.is_convertible(number, both.now_utc) for number in both.model.issuances)
)
APPROVING: Final = Kind(approve, lambda both: bool(_unapproved(both)))
REVOKING_APPROVAL: Final = Kind(revoke_approval, lambda both: bool(both.model.approvals))
