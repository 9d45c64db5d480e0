"""Drawing what issuers and verifiers do: approving, issuing, voiding, converting."""

from collections.abc import Sequence
from typing import Final

from hypothesis import strategies as st

from carbon_ledger.periods import Period
from carbon_ledger.testing._machine.actions.drawing import MOSTLY, SELDOM, Draw, Kind
from carbon_ledger.testing._machine.commands import Action
from carbon_ledger.testing._machine.naming import Figures
from carbon_ledger.testing._machine.setup import END_UTC, SLOT_S, SLOTS, START_UTC
from carbon_ledger.testing._machine.side_by_side import Twin
from carbon_ledger.testing._model.rows import STANDING, Approved, Serial, Step
from carbon_ledger.testing.strategies import BOTH_WAIVERS, periods, waivers
from carbon_ledger.waivers import Waiver

_Steps = dict[str, list[Step]]

_WAIVERS: Final = waivers()
_GRID: Final = periods(START_UTC, SLOTS, SLOT_S)
_SHARES: Final = st.sampled_from((None, None, None, "0", "0.1", "0.34", "0.5"))
_NOTHING: Final = st.sampled_from((None, None, None, "0"))
_TO: Final = st.sampled_from(("op",) * 8 + ("buyer",) * 3 + ("nobody",))
_TARGETS: Final = ("I-REC-E", "EECS-GO", "EECS-GO", "GCC-ACC", "GC")


def issue(draw: Draw, twin: Twin) -> Action:
    """Issue, mostly, what somebody approved; or a period."""
    standing = [item for item in twin.model.approvals.values() if item.status == STANDING]
    if standing and draw(MOSTLY):
        return _as_approved(draw, draw(st.sampled_from(standing)))
    return issue_period(draw, twin)


def issue_period(draw: Draw, twin: Twin) -> Action:
    """Issue a period: between two edges of steps that are free, or of any steps, or anything on the grid."""
    every, free = _steps(twin, free=False), _steps(twin, free=True)
    found = free if any(free.values()) and draw(MOSTLY) else every
    project = draw(st.sampled_from([name for name, steps in found.items() if steps or found is every]))
    steps = found[project]
    period = _between(draw, steps) if steps and draw(MOSTLY) else draw(_GRID)
    return _issue(draw, project, period, draw(_WAIVERS))


def _between(draw: Draw, steps: Sequence[Step]) -> Period:
    """A period between two edges of steps."""
    edges = sorted({edge for step in steps for edge in (step.start, step.end)})
    first = draw(st.integers(0, len(edges) - 2))
    return Period(edges[first], edges[draw(st.integers(first + 1, len(edges) - 1))])


def _steps(twin: Twin, *, free: bool) -> _Steps:
    """The steps of each project's devices: those that it can issue, or all."""
    model = twin.model
    return {
        name: [
            step
            for device in item.devices
            for step in model.steps[device]
            if not free or model.is_free(step, item.instrument)
        ]
        for name, item in model.programmes.items()
    }


def issue_everything(draw: Draw, twin: Twin, able: Sequence[str] = ()) -> Action:
    """Issue all that is free, mostly of a project that has some, gaps and straddling steps waived."""
    free = [name for name, steps in _steps(twin, free=True).items() if steps]
    project = draw(st.sampled_from(able or (free if free and draw(MOSTLY) else tuple(twin.model.programmes))))
    start, end = twin.model.programmes[project].within or (START_UTC, END_UTC)
    period = Period(max(start, START_UTC), min(end, END_UTC))
    return _issue(draw, project, period, BOTH_WAIVERS)


def issue_some(draw: Draw, twin: Twin) -> Action:
    """Issue some of what a project can issue."""
    free = _steps(twin, free=True)
    return _some(draw, twin, free, free)


def issue_kept(draw: Draw, twin: Twin) -> Action:
    """Issue some of what conversions keep for a project, perhaps with what is free beside it."""
    free = _steps(twin, free=True)
    kept = {name: [step for step in steps if step.claimed_by in twin.model.conversions] for name, steps in free.items()}
    return _some(draw, twin, kept, draw(st.sampled_from((kept, free))))


def _some(draw: Draw, twin: Twin, wanted: _Steps, within: _Steps) -> Action:
    """Issue between two edges of steps of a project that has enough for a unit, or seldom everything."""
    amounts = {name: sum(s.wh for s in steps) * twin.model.programmes[name].rate for name, steps in wanted.items()}
    able = [name for name, amount in amounts.items() if amount >= 1]
    if not able or draw(SELDOM):
        return issue_everything(draw, twin, able)
    project = draw(st.sampled_from(able))
    return _issue(draw, project, _between(draw, within[project]), BOTH_WAIVERS, shares=_NOTHING)


def _as_approved(draw: Draw, approved: Approved) -> Action:
    """Issue exactly what was approved; seldom, with other waivers."""
    given = {item.name: item for item in BOTH_WAIVERS}
    chosen = tuple(given[name] for name in approved.waivers)
    period = Period(approved.start, approved.end)
    return _issue(draw, approved.project, period, draw(_WAIVERS) if draw(SELDOM) else chosen)


def _issue(
    draw: Draw,
    project: str,
    period: Period,
    given: tuple[Waiver, ...],
    shares: st.SearchStrategy[str | None] = _SHARES,
) -> Action:
    what = {"project": project, "period": period, "to": draw(_TO), "waivers": given}
    share = draw(shares)
    return Action("issue", what if share is None else {**what, "buffer": share})


def approve(draw: Draw, twin: Twin) -> Action:
    """Approve something that was quantified and is not approved: the newest, or an older one; seldom, any."""
    known = _unapproved(twin) if draw(MOSTLY) else twin.names.quantified
    return Action("approve", {"quantified": known[-1 if draw(MOSTLY) else draw(st.integers(0, len(known) - 1))]})


def _unapproved(twin: Twin) -> list[Figures]:
    standing = {item[2:6] for item in twin.model.approvals.values() if item.status == STANDING}
    return [item for item in twin.names.quantified if item.model[:4] not in standing]


def revoke_approval(draw: Draw, twin: Twin) -> Action:
    """Revoke an approval, whatever became of it; seldom, what is none."""
    numbers = sorted(twin.model.approvals)
    return Action("revoke_approval", {"approval": 0 if draw(SELDOM) else draw(st.sampled_from(numbers))})


def void(draw: Draw, twin: Twin) -> Action:
    """Void an issuance, mostly the newest, or seldom what is none: an import."""
    live = [number for number, item in twin.model.issuances.items() if not item.voided]
    return Action("void", {"number": live[-1] if live and draw(MOSTLY) else _issuance(draw, twin)})


def convert(draw: Draw, twin: Twin) -> Action:
    """Convert an issuance: mostly one that can be, to an instrument that another project can issue."""
    ready = [n for n in twin.model.issuances if twin.model.is_convertible(n, twin.now_utc)]
    number = int(draw(st.sampled_from(ready))) if ready and not draw(SELDOM) else _issuance(draw, twin)
    from_ = "buyer" if draw(SELDOM) else draw(st.sampled_from((None, twin.model.holder_of(number))))
    wanted = _wanted_besides(twin, number)
    target = draw(st.sampled_from(wanted if wanted and not draw(SELDOM) else _TARGETS))
    return Action("convert", {"number": number, "instrument": target, "from_": from_})


def _wanted_besides(twin: Twin, number: int) -> list[str]:
    """The instruments for which other projects could issue an issuance's steps."""
    model = twin.model
    devices = {name for name, steps in model.steps.items() if any(step.claimed_by == number for step in steps)}
    mine = model.programmes[model.issuances[number].project].instrument if number in model.issuances else ""
    return sorted(
        {item.instrument for item in model.programmes.values() if devices.intersection(item.devices)} - {mine}
    )


def _issuance(draw: Draw, twin: Twin) -> int:
    live = [number for number, item in twin.model.issuances.items() if not item.voided]
    if live and draw(MOSTLY):
        return int(draw(st.sampled_from(live)))
    return int(draw(st.sampled_from([*twin.model.issuances, *twin.model.brought])))


def serial(draw: Draw, twin: Twin) -> Serial:
    """Any unit that there ever was."""
    found: Serial = draw(st.sampled_from(sorted(twin.model.units)))
    return found


ISSUING: Final = tuple(map(Kind, (issue, issue, issue_everything)))
QUANTIFIED: Final = tuple(map(Kind, (issue_period, issue_some)))
VOIDING: Final = Kind(void, lambda twin: bool(twin.model.issuances))
EVERYTHING: Final = Kind(issue_everything, lambda twin: any(_steps(twin, free=True).values()))
CONVERTING: Final = Kind(
    convert, lambda twin: any(twin.model.is_convertible(number, twin.now_utc) for number in twin.model.issuances)
)
APPROVING: Final = Kind(approve, lambda twin: bool(_unapproved(twin)))
UNAPPROVING: Final = Kind(revoke_approval, lambda twin: bool(twin.model.approvals))
