"""Drawing actions on units: which units, and in which form a command names them."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from itertools import pairwise
from typing import Any, Final

from hypothesis import strategies as st

from carbon_ledger.periods import Period
from carbon_ledger.serials import Block
from carbon_ledger.testing._machine.actions.drawing import MOSTLY, SELDOM, Draw, Drawn, Kind
from carbon_ledger.testing._machine.commands import Action
from carbon_ledger.testing._machine.naming import Units
from carbon_ledger.testing._machine.setup import ACCOUNTS, LABELS, SLOT_S, SLOTS, START_UTC
from carbon_ledger.testing._machine.side_by_side import SideBySide
from carbon_ledger.testing._model.rows import (
    ACTIVE,
    BUFFERED,
    FINAL_STATES,
    LOCKED,
    PENDING,
    STATES,
    WITHDRAWABLE_STATES,
    Wanted,
)
from carbon_ledger.testing.strategies import BlockPart, cuts
from carbon_ledger.waivers import Waiver

_LASTING: Final = tuple(state for state in STATES if state not in FINAL_STATES)
_SHAPES: Final = st.sampled_from((*["cut"] * 3, "parts", *["several"] * 3, *["selection"] * 2))
_ORDERS: Final = st.sampled_from(
    ("oldest-vintage", "newest-vintage", "earliest-expiry", "oldest-issue", "newest-issue")
)
_PERIOD: Final = Period.year(2024, zone="UTC")
_WAIVER: Final = Waiver("claim-period", "the statement names both years")
_LABELS: Final = st.sampled_from(LABELS)
_DEADLINES_S: Final = st.sampled_from((None, None, 2, 5, 15, 2 * 86_400))
_ANSWERS: Final = st.sampled_from(("accept", "accept", "accept", "reject", "revoke_offer", "time_out", "time_out"))


def is_any(*states: str) -> Callable[[SideBySide], bool]:
    """A predicate: whether there is a unit in one of the states."""
    return lambda both: any(unit.state in states for unit in both.model.units.values())


def _units(draw: Draw, both: SideBySide, states: Iterable[str], *, selectable: bool = True) -> tuple[str, Units]:
    """Units in some states with their account: a part of a block, several parts, or a selection."""
    held = both.blocks(states)
    holder, block = draw(st.sampled_from(held))
    shape = draw(_SHAPES)
    if shape == "selection" and selectable:
        return holder, _wanted(draw, both, holder, block)
    if shape == "parts" and block.count > 1:
        return holder, _parts(draw, block)
    if shape == "several":
        mine = [other for account, other in held if account == holder]
        beside = [other for other in mine if other.batch_id == block.batch_id]
        mine = beside if len(beside) > 1 and draw(MOSTLY) else mine
        chosen = draw(st.lists(st.sampled_from(mine), min_size=1, max_size=3, unique=True))
        return holder, tuple(draw(cuts([each])) for each in chosen)
    return holder, draw(cuts([block]))


def _parts(draw: Draw, block: Block) -> tuple[BlockPart, ...]:
    """Every other part of a block that is split in some places; rarely, a part is named twice."""
    places = draw(st.sets(st.integers(1, block.count - 1), min_size=1, max_size=4))
    edges = [0, *sorted(places), block.count]
    parts = [BlockPart(block, low, high - low) for low, high in pairwise(edges)]
    chosen = parts[draw(st.integers(0, 1)) :: 2]
    if draw(SELDOM):
        chosen = [*chosen, chosen[0]]
    return tuple(chosen[::-1] if draw(SELDOM) else chosen)


def _wanted(draw: Draw, both: SideBySide, holder: str, block: Block) -> Wanted:
    """A selection of an account's units that are like those of a block."""
    model, batch = both.model, both.names.batch_key(block.batch_id)
    instrument = model.instrument_of(batch)
    there = sum(u.account == holder and model.instrument_of(s.batch) == instrument for s, u in model.units.items())
    return Wanted(
        count=draw(st.integers(1, min(there, 3 * block.count) + draw(SELDOM))),
        instrument=instrument,
        vintage=batch.vintage if draw(SELDOM) else None,
        project=model.project_of(batch) if draw(SELDOM) else None,
        order=draw(_ORDERS),
        label=draw(_LABELS) if model.labels and draw(SELDOM) else None,
    )


def _from(draw: Draw, holder: str, units: Units) -> str | None:
    """The account that the units are taken from, or None; a selection always names it."""
    return holder if isinstance(units, Wanted) else draw(st.sampled_from((None, None, holder)))


def _acting(name: str, *states: str) -> Drawn:
    """A function that draws a command on units in some states."""

    def drawn(draw: Draw, both: SideBySide) -> Action:
        holder, units = _units(draw, both, states)
        return Action(name, {"units": units, "from_": _from(draw, holder, units), **_others(draw, both, name, holder)})

    drawn.__name__ = name
    return drawn


def _others(draw: Draw, both: SideBySide, name: str, holder: str = "") -> dict[str, Any]:
    """The arguments of a command besides the units and their account."""
    if name in ("label", "unlabel"):
        return {"label": draw(_LABELS)}
    if name == "retire":
        return _claim(draw, both)
    if name not in ("transfer", "offer"):
        return {}
    others = [account for account in ACCOUNTS if account != holder]
    to = draw(st.sampled_from(others if draw(MOSTLY) else [*sorted(both.model.accounts), "nobody"]))
    if name == "transfer":
        return {"to": to}
    seconds = 0 if draw(SELDOM) else draw(_DEADLINES_S)
    return {"to": to, "deadline": None if seconds is None else both.clock() + timedelta(seconds=seconds)}


def _claim(draw: Draw, both: SideBySide) -> dict[str, Any]:
    """The period of a claim; sometimes one that has not begun, or that ends while the first units are produced."""
    if draw(MOSTLY):
        return {"period": _PERIOD, "waivers": ()}
    now, early = both.now_utc, START_UTC + SLOT_S * draw(st.integers(0, SLOTS))
    period = draw(st.sampled_from((Period(now, now + 1), Period(now + 1, now + 2), *[Period(early - 1, early)] * 2)))
    return {"period": period, "waivers": draw(st.sampled_from(((), (), (_WAIVER,))))}


transfer, retire, cancel = (_acting(name, ACTIVE) for name in ("transfer", "retire", "cancel"))
offer, export, lock = (_acting(name, ACTIVE) for name in ("offer", "export", "lock"))
release = _acting("release", LOCKED)
release_buffer, cancel_buffer = _acting("release_buffer", BUFFERED), _acting("cancel_buffer", BUFFERED)
withdraw = _acting("withdraw", ACTIVE, ACTIVE, *WITHDRAWABLE_STATES)
label = _acting("label", *_LASTING)


def _away(both: SideBySide) -> list[tuple[str, str, Block]]:
    """Active units that left their first account, as (holder, account they were issued to, block)."""
    found = []
    for holder, block in both.blocks((ACTIVE,)):
        issued = both.model.issuances.get(both.names.batch_key(block.batch_id).issuance)
        if issued is not None and issued.account != holder:
            found.append((holder, issued.account, block))
    return found


def return_units(draw: Draw, both: SideBySide) -> Action:
    """Transfer units back to the account they were issued to; they still count as transferred."""
    _, issued_to, block = draw(st.sampled_from(_away(both)))
    return Action("transfer", {"units": draw(cuts([block])), "from_": None, "to": issued_to})


def unlabel(draw: Draw, both: SideBySide) -> Action:
    """Remove a label from units that have it; rarely, from any units."""
    if is_any(*_LASTING)(both) and draw(SELDOM):
        return _acting("unlabel", *_LASTING)(draw, both)
    serial, name = draw(st.sampled_from(sorted(both.model.labels)))
    carried = sorted(k for (batch, k), other in both.model.labels if (batch, other) == (serial.batch, name))
    last = serial.k
    while last + 1 in carried:
        last += 1
    run = Block(both.names.batch_id(serial.batch), serial.k, last)
    return Action("unlabel", {"units": draw(cuts([run])), "from_": None, "label": name})


def answer(draw: Draw, both: SideBySide) -> Action:
    """Answer an offer, mostly an open one; rarely, one that does not exist."""
    standing = [item.number for item in both.model.offers.values() if item.status == "offered"]
    numbers = standing if standing and draw(MOSTLY) else [*both.model.offers, 0]
    return Action(draw(_ANSWERS), {"offer": draw(st.sampled_from(numbers))})


_USING: Final = ("transfer", "retire", "cancel", "export", "lock", "offer", "withdraw")
_HELD_STATES: Final = (LOCKED, BUFFERED, PENDING)
_HELD: Final = {"release": (LOCKED,), "release_buffer": (BUFFERED,), "cancel_buffer": (BUFFERED,)}
_WRONG: Final = st.sampled_from((*_USING, "release", "release_buffer", "cancel_buffer", "label"))


def take_from_another(draw: Draw, both: SideBySide) -> Action:
    """Act on units on behalf of an account that may not hold them."""
    _, units = _units(draw, both, (ACTIVE,), selectable=False)
    claimed = draw(st.sampled_from((*sorted(both.model.accounts), "nobody")))
    name = draw(_WRONG)
    return Action(name, {"units": units, "from_": claimed, **_others(draw, both, name)})


def act_in_another_state(draw: Draw, both: SideBySide) -> Action:
    """Act on units whose state does not allow the command."""
    state = draw(st.sampled_from(sorted({unit.state for unit in both.model.units.values()})))
    holder, units = _units(draw, both, (state,))
    wrong = [name for name in _HELD if state not in _HELD[name]]
    name = draw(st.sampled_from(wrong if state == ACTIVE or draw(st.booleans()) else _USING))
    return Action(name, {"units": units, "from_": _from(draw, holder, units), **_others(draw, both, name)})


def use_what_is_held(draw: Draw, both: SideBySide) -> Action:
    """Use units that are locked, buffered or offered as if they were active."""
    held = sorted({unit.state for unit in both.model.units.values()}.intersection(_HELD_STATES))
    holder, units = _units(draw, both, (draw(st.sampled_from(held)),), selectable=False)
    name = draw(st.sampled_from(_USING))
    return Action(name, {"units": units, "from_": _from(draw, holder, units), **_others(draw, both, name)})


def act_across(draw: Draw, both: SideBySide) -> Action:
    """Act on any serials of a batch, across the boundaries of its blocks and past its end."""
    key = draw(st.sampled_from(sorted(both.model.produced_until)))
    block = Block(both.names.batch_id(key), 1, both.model.count(key) + 1)
    name = draw(_WRONG)
    from_ = draw(st.sampled_from((None, "op", "buyer")))
    return Action(name, {"units": draw(cuts([block])), "from_": from_, **_others(draw, both, name)})


MOVING: Final = Kind(transfer, is_any(ACTIVE))
RETURNING: Final = Kind(return_units, lambda both: bool(_away(both)))
ENDING: Final = tuple(Kind(drawn, is_any(ACTIVE)) for drawn in (retire, retire, cancel, export, withdraw))
HOLDING: Final = (
    Kind(lock, is_any(ACTIVE)),
    Kind(release, is_any(LOCKED)),
    Kind(release, is_any(LOCKED)),
    Kind(release_buffer, is_any(BUFFERED)),
    Kind(cancel_buffer, is_any(BUFFERED)),
)
OFFERING: Final = Kind(offer, is_any(ACTIVE))
ANSWERING: Final = Kind(answer, lambda both: bool(both.model.offers))
LABELLING: Final = (
    Kind(label, is_any(*_LASTING)),
    Kind(unlabel, lambda both: bool(both.model.labels)),
)
USING_HELD: Final = Kind(use_what_is_held, is_any(*_HELD_STATES))
MISTAKES: Final = (
    Kind(act_across, lambda both: bool(both.model.produced_until)),
    Kind(take_from_another, is_any(ACTIVE)),
    Kind(act_in_another_state, lambda both: bool(both.model.units)),
    USING_HELD,
)
