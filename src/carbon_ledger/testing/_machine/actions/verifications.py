"""Drawing verifiers' statements, of the ledger as it is or as it was, mostly such that something can be issued."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Final

from hypothesis import strategies as st

from carbon_ledger.log.merkle import leaf_hash, root_hash
from carbon_ledger.periods import Period
from carbon_ledger.testing._machine.actions.drawing import MOSTLY, SELDOM, Draw, Kind
from carbon_ledger.testing._machine.actions.issuance import APPROVING
from carbon_ledger.testing._machine.commands import Action
from carbon_ledger.testing._machine.setup import END_UTC, SLOT_S, SLOTS, START_UTC
from carbon_ledger.testing._machine.side_by_side import SideBySide
from carbon_ledger.testing.strategies import periods

_PROJECTS: Final = ("levied", "levied", "levied", "irec", "gc", "tiny", "nothing")
_OPINIONS: Final = st.sampled_from((*["unmodified"] * 6, *["modified"] * 3, "adverse", "disclaimed"))
_OFF: Final = st.sampled_from((0, 0, 0, 0, 1, -1, -2))
_GRID: Final = periods(START_UTC, SLOTS, SLOT_S)
_WHOLE: Final = Period(START_UTC, END_UTC)


def state(draw: Draw, both: SideBySide) -> Action:
    """State the verification of a project: of everything, or of a part of it."""
    project = draw(st.sampled_from(_PROJECTS))
    return _stated(draw, both, project, _WHOLE if draw(MOSTLY) else draw(_GRID))


def consent_to(both: SideBySide, action: Action) -> Kind | None:
    """The kind of action that an issuance needs first: an approval, or a verifier's statement."""
    project = both.model.projects[action.given["project"]]
    if project.requires_verification:
        period: Period = action.given["period"]
        return Kind(lambda draw, both: _stated(draw, both, action.given["project"], _wider(draw, both, period)))
    return APPROVING if project.requires_approval else None


def _wider(draw: Draw, both: SideBySide, period: Period) -> Period:
    """A period, or everything until now around it."""
    start, end = min(period.start_utc, START_UTC), max(period.end_utc, END_UTC)
    return Period(start, min(end, both.now_utc)) if draw(st.booleans()) and start < both.now_utc else period


def _stated(draw: Draw, both: SideBySide, project: str, period: Period) -> Action:
    standing = both.model.standing_verifications(project)
    same = [x.number for x in standing if x.start < period.end_utc and period.start_utc < x.end]
    every = [0, *both.model.verifications]
    size, seen = both.marks[-1 if draw(MOSTLY) else draw(st.integers(0, len(both.marks) - 1))]
    root = root_hash([leaf_hash(data) for data in both.store.entries(0, size)]).hex()
    fault = None if draw(MOSTLY) else draw(st.sampled_from(("root", "size")))
    opinion = draw(_OPINIONS)
    supports = opinion in ("unmodified", "modified") or draw(SELDOM)
    given = {
        "project": project,
        "period": period,
        "opinion": opinion,
        "quantities": _quantities(draw, both, project, period) if supports else {},
        "replaces": tuple(same) if draw(MOSTLY) else _others(draw, same, every),
        "seen": seen,
        "wrong": fault is not None,
        "size": both.ledger.size + 1 if fault == "size" else size,
        "root": f"{root[:-1]}{'0' if root[-1] != '0' else '1'}" if fault == "root" else root,
    }
    return Action("state_verification", given)


def _others(draw: Draw, same: Sequence[int], every: Sequence[int]) -> tuple[int, ...]:
    """Other statements to replace; half of the time besides those about the same time, so that they alone are wrong."""
    others = draw(st.lists(st.sampled_from(every), max_size=2))
    return tuple(sorted({*same, *others})) if draw(st.booleans()) else tuple(others)


def _quantities(draw: Draw, both: SideBySide, project: str, period: Period) -> Mapping[int, str]:
    """Mostly what all steps of the period amount to, rounded down to whole units or to a tenth."""
    if project not in both.model.projects:
        return {2024: "1"}
    row, found = both.model.projects[project], dict[int, Fraction]()
    for device in row.devices:
        for step in both.model.steps[device]:
            if period.start_utc <= step.start and step.end <= period.end_utc:
                for year, wh in row.years.split(step.start, step.end, step.wh):
                    found[year] = found.get(year, Fraction(0)) + wh * row.rate
    if draw(SELDOM):
        found[draw(st.sampled_from((2022, 2023, 2024)))] = Fraction(1)
    tenths = draw(st.sampled_from((1, 1, 10)))
    return {year: _text(max(amount * tenths // 1 + draw(_OFF), 0), tenths) for year, amount in found.items()}


def _text(number: int, tenths: int) -> str:
    return str(number) if tenths == 1 else f"{number // 10}.{number % 10}"


STATING: Final = Kind(state, lambda both: bool(both.marks))
