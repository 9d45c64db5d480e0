"""Queries that the machine makes now and then, and a check of their answers against the model."""

from collections.abc import Iterable
from fractions import Fraction

from carbon_ledger.choices import Role
from carbon_ledger.errors import StraddlingStepError
from carbon_ledger.ledger.reader import Reader
from carbon_ledger.periods import Period
from carbon_ledger.testing._machine.comparison import units_of
from carbon_ledger.testing._machine.setup import DEVICES, END_UTC, INSTRUMENTS, PROJECTS, START_UTC
from carbon_ledger.testing._machine.side_by_side import SideBySide
from carbon_ledger.testing._model.rows import FINAL_STATES, STATES, Serial, Step

WHOLE_GRID = Period(START_UTC, END_UTC)
_TIMES = ("2025-01-15T00:00Z", "2025-08-01T00:00Z", "2027-01-01T00:00Z")
_ROLES: tuple[Role, ...] = ("registrar", "issuer", "verifier", "account-holder")


def check_reconciliation(both: SideBySide, project: str, period: Period) -> None:
    """Invariant 2, through `reconcile`: every Wh of a period is claimed, claimed elsewhere, excluded or unclaimed."""
    found, model = both.ledger.reconcile(project, period), both.model
    row = model.projects[project]
    inside = [
        step
        for device in row.devices
        for step in model.steps[device]
        if period.start_utc <= step.start and step.end <= period.end_utc
    ]
    mine = {number: item for number, item in model.issuances.items() if item.project == project}
    # Steps that a conversion reserves for this instrument are free for it.
    for_it = {None, *(n for n, instrument in model.conversions.items() if instrument == row.instrument)}
    free = [step for step in inside if step.claimed_by in for_it]
    excluded = [step for step in free if row.granular and step.wh <= 0]
    of_period = [n for n, item in mine.items() if not item.voided and _within(item.period, period)]
    units = [unit.state for serial, unit in model.units.items() if serial.batch.issuance in of_period]
    expected = {
        "generated_wh": sum(step.wh for step in inside),
        "claimed_wh": sum(step.wh for step in inside if step.claimed_by in mine),
        "claimed_elsewhere_wh": sum(step.wh for step in inside if step.claimed_by not in {*for_it, *mine}),
        "excluded_wh": sum(step.wh for step in excluded),
        "estimated_wh": _of_quality(inside, "estimated"),
        "substituted_wh": _of_quality(inside, "substituted"),
        "unclaimed_wh": sum(step.wh for step in free if step not in excluded),
        "carry": model.carry(project),
        "debit": max(Fraction(0), -model.carry(project)),
        "holds": True,
        "issued": len(units),
        **{state: units.count(state) for state in STATES},
    }
    for name, wanted in expected.items():
        value = getattr(found, name)
        assert value == wanted, f"reconciliation of {project}, {period}: {name} is {value}, expected {wanted}"


def _of_quality(steps: Iterable[Step], quality: str) -> int | None:
    found = [step.wh for step in steps if step.quality == quality]
    return sum(found) if found else None


def _within(inner: tuple[int, int], outer: Period) -> bool:
    return outer.start_utc <= inner[0] and inner[1] <= outer.end_utc


def check_trace(both: SideBySide, serial: Serial) -> None:
    """Ledger-model section 6: a history ends at the unit's current state; a granular unit maps to its step forever."""
    unit, model = both.model.units[serial], both.model
    text = "{}/{}".format(*both.names.serial(serial))
    traced = both.ledger.trace(text)
    last = traced.history[-1]
    assert (last.account, last.state) == (unit.account, unit.state), f"{serial} is {unit}, its trace ends with {last}"
    assert traced.expires_utc == model.expires(serial.batch), f"{serial} expires at {traced.expires_utc}"
    step = model.step_of(serial)
    if step is not None:
        interval = (traced.interval.start_utc, traced.interval.end_utc)
        assert interval == (step.start, step.end), f"{serial} was generated in {interval}, expected {step}"
    imported = model.imported.get(serial.batch.issuance)
    number = None if traced.registry_serial is None else traced.registry_serial.first
    wanted = None if imported is None else imported.first + serial.k - 1
    assert number == wanted, f"{serial} has number {number} in its registry, expected {wanted}"
    labels = [item.label for item in both.ledger.labels(text)]
    carried = sorted(label for other, label in model.labels if other == serial)
    assert labels == carried, f"{serial} has the labels {labels}, expected {carried}"


def check_statements(both: SideBySide, account: str) -> None:
    """Invariants 10 and 14: a statement ends with the balance, and a retirement never changes."""
    movements = {item.instrument: item for item in both.ledger.statement(account).movements}
    for name in INSTRUMENTS:
        last = movements.get(name)
        at_utc = both.now_utc if last is None else int(both.ledger.entry(last.n).at_utc.timestamp())
        counts = both.model.balances(at_utc)
        for state in (*STATES, "expired"):
            found, wanted = getattr(last, state, 0), counts.get((account, name, state), 0)
            assert found == wanted, f"invariant 10: the statement of {account} ends with {found} {state} {name}"
    for retirement in both.retirements[-3:]:
        again = both.ledger.retirement(retirement.number)
        assert again == retirement, f"invariant 14: retirement {retirement.number} was {retirement}, now it is {again}"


def check_late_expiry(both: SideBySide, account: str, at_utc: int) -> None:
    """Ledger-model section 8: which units will have expired by a later time."""
    at = Period(at_utc, at_utc + 1).start
    expired = set(units_of(both.ledger.expired(account, at=at)))
    wanted = set(map(both.names.serial, both.model.overdue(account, at_utc)))
    assert expired == wanted, f"{expired} of {account} will have expired by {at}, expected {wanted}"
    for state in (state for state in STATES if state not in FINAL_STATES):
        held = set(units_of(both.ledger.holdings(account, state=state, at=at)))
        assert not held & wanted, f"{state} units of {account} at {at} include expired ones: {held & wanted}"
    counts = both.model.balances(at_utc)
    for name in INSTRUMENTS:
        balance = both.ledger.balance(account, instrument=name, at=at)
        for state in (*STATES, "expired"):
            units, count = getattr(balance, state), counts.get((account, name, state), 0)
            assert units == count, f"invariant 33: at {at}, {account} has {units} {state} {name}, expected {count}"


def _metered(reader: Reader, device: str) -> object:
    """The generation and the metered values of a device, or the rule that refuses to cut a step."""
    try:
        return str(reader.generation(device, WHOLE_GRID)), reader.values(device, WHOLE_GRID)
    except StraddlingStepError as error:
        return error.rule


def answers(reader: Reader) -> list[object]:
    """The answers to every query about a ledger's state, to be compared with answers as of the same entry later."""
    given: list[object] = [reader.size, reader.root(), reader.accounts(), reader.imported(), reader.retirements()]
    given += [reader.devices(), reader.meters(), reader.projects(), reader.factors()]
    for account in reader.accounts():
        given += [reader.holdings(account, state=state, at=at) for state in STATES for at in _TIMES]
        given += [reader.balance(account, instrument=name, at=at) for name in INSTRUMENTS for at in _TIMES]
        given += [reader.statement(account), reader.offers(account), reader.retirements(account)]
        given += [reader.expired(account, at=at) for at in _TIMES]
    for project in (item.id for item in PROJECTS):
        batches = reader.batches(project)
        given += [reader.carry(project), batches, reader.issuances(project), reader.approvals(project)]
        given += [reader.reconcile(project, WHOLE_GRID), *map(reader.labels, batches), reader.verifications(project)]
    for device in (item.id for item in DEVICES):
        given += [reader.readings(device, WHOLE_GRID), reader.readings(device, WHOLE_GRID, superseded=True)]
        given += [_metered(reader, device), reader.claims(device, WHOLE_GRID)]
    return [*given, *map(reader.actors, _ROLES)]
