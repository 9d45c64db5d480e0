"""What must be true after every action: the ledger's rows and answers, held against the model's rows."""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

from carbon_ledger.ledger.queries import Reader
from carbon_ledger.ledger.state import STATES
from carbon_ledger.periods import Period
from carbon_ledger.serials import Block
from carbon_ledger.testing.rows import Serial
from carbon_ledger.testing.stage import DEVICES, END_UTC, PROJECTS, START_UTC
from carbon_ledger.testing.twin import Twin

WHOLE_GRID = Period(START_UTC, END_UTC)


def check_all(twin: Twin) -> None:
    """Check the rows of a ledger and its balances against the model.

    Args:
        twin: The ledger and its model.

    Raises:
        AssertionError: An invariant is broken; its number in the domain's list is named.
    """
    check_readings(twin)
    check_claims(twin)
    check_units(twin)
    check_balances(twin)
    check_carry(twin)


def check_readings(twin: Twin) -> None:
    """Invariants 1 and 4: live readings never overlap, and hold exactly the Wh that were recorded."""
    live: dict[str, list[tuple[int, int, int, int]]] = {device.id: [] for device in DEVICES}
    for device, start, end, step_s, net_wh, *_, to_n in twin.store.rows("reading"):
        if to_n is None:
            live[str(device)].append((_int(start), _int(end), _int(step_s), _int(net_wh)))
    for device, runs in live.items():
        steps = twin.model.steps[device]
        edges = [(start, start + step) for low, high, step, _ in runs for start in range(low, high, step)]
        expected = [(step.start, step.end) for step in steps]
        assert edges == expected, f"invariant 4: live steps of {device} are {edges}, expected {expected}"
        for low, high, _, net_wh in runs:
            wh = sum(step.wh for step in steps if low <= step.start < high)
            assert net_wh == wh, f"invariant 1: {device} from {low} to {high} holds {net_wh} Wh, expected {wh}"


def check_claims(twin: Twin) -> None:
    """Invariant 5: a step has at most one live claim, and claims are those of the issuances."""
    found: list[tuple[str, int, int]] = []
    for device, start, end, n, *_, to_n in twin.store.rows("claim"):
        if to_n is None:
            steps = [step for step in twin.model.steps[str(device)] if _int(start) <= step.start < _int(end)]
            found += [(str(device), step.start, _int(n)) for step in steps]
    expected = [
        (device, step.start, twin.names.entry_of[step.claimed_by])
        for device, steps in twin.model.steps.items()
        for step in steps
        if step.claimed_by is not None
    ]
    assert sorted(found) == sorted(expected), f"invariant 5: claims are {found}, expected {expected}"


def check_units(twin: Twin) -> None:
    """Invariants 7, 9 and 12: blocks partition every batch, and each unit is where and what it must be."""
    counts = {str(row[0]): _int(row[5]) for row in twin.store.rows("batch")}
    expected_counts = {twin.names.batch_id(key): twin.model.count(key) for key in twin.model.produced_until}
    assert counts == expected_counts, f"invariant 7: batches are {counts}, expected {expected_counts}"
    newest = {(row[0], row[1]): row for row in twin.store.rows("piece")}
    ends = dict.fromkeys(counts, 0)
    units: dict[tuple[str, int], tuple[object, object]] = {}
    for batch_id, first, last, account, state, _ in newest.values():
        batch = str(batch_id)
        low, high = _int(first), _int(last)
        assert ends[batch] + 1 == low <= high, f"invariant 9: batch {batch} has no partition at {low}"
        ends[batch] = high
        units |= {(batch, k): (account, state) for k in range(low, high + 1)}
    assert ends == counts, f"invariant 9: blocks end at {ends}, batches at {counts}"
    expected = {
        (twin.names.batch_id(serial.batch), serial.k): (unit.account, unit.state)
        for serial, unit in twin.model.units.items()
    }
    assert units == expected, f"invariant 12: units are {_differing(units, expected)}"


def check_balances(twin: Twin) -> None:
    """Invariants 10 and 11: balances are the counts of units, and holdings are those very units."""
    instrument_of = {project.id: project.instrument.id for project in PROJECTS}
    for account in sorted(twin.model.accounts):
        expected = {(name, state): 0 for name in instrument_of.values() for state in STATES}
        for (project, state), count in twin.model.balance(account).items():
            expected[instrument_of[project], state] += count
        for name in sorted(set(instrument_of.values())):
            balance = twin.ledger.balance(account, instrument=name)
            for state in STATES:
                found = getattr(balance, state)
                wanted = expected[name, state]
                assert found == wanted, f"invariant 10: {account} has {found} {state} {name}, expected {wanted}"
        held = [(b.batch_id, k, s) for s in STATES for b in twin.ledger.holdings(account, state=s) for k in _serials(b)]
        mine = [
            (twin.names.batch_id(serial.batch), serial.k, unit.state)
            for serial, unit in twin.model.units.items()
            if unit.account == account
        ]
        assert sorted(held) == sorted(mine), f"invariant 11: {account} holds {held}, expected {mine}"


def check_carry(twin: Twin) -> None:
    """Invariants 2 and 3: carry = claimed amount + adjustments - counted units, exactly, and of one vintage."""
    model = twin.model
    amounts = {number: model.amounts(number) for number in model.issuances}
    for project in (item.id for item in PROJECTS):
        found = twin.ledger.carry(project)
        parts = (Fraction(found.claimed), found.adjustments, found.counted, Fraction(found.carry), found.vintage)
        mine = [number for number, item in model.issuances.items() if item.project == project]
        claimed = sum((amount for number in mine for amount in amounts[number].values()), Fraction(0))
        adjustments, counted = -model.forfeited[project], model.counted(project)
        expected = (claimed, adjustments, counted, claimed + adjustments - counted, model.newest[project])
        assert parts == expected, f"invariant 2: carry of {project} is {_text(parts)}, expected {_text(expected)}"
        issuances = {twin.names.number_of(item.n): item for item in twin.ledger.issuances(project)}
        assert sorted(issuances) == mine, f"issuances of {project} are {sorted(issuances)}, expected {mine}"
        for number, item in issuances.items():
            claims = {year: Fraction(amount) for year, amount in item.amounts}
            assert claims == amounts[number], f"invariant 2: issuance {item.n} claims {claims}, not {amounts[number]}"
            voided = model.issuances[number].voided
            assert item.voided == voided, f"issuance {item.n}: voided is {item.voided}, expected {voided}"


def check_reconciliation(twin: Twin, project: str, period: Period) -> None:
    """Invariant 2, as the user asks it: every Wh of a period is claimed here, elsewhere, excluded or free."""
    found, model = twin.ledger.reconcile(project, period), twin.model
    programme = model.programmes[project]
    inside = [
        step
        for device in programme.devices
        for step in model.steps[device]
        if period.start_utc <= step.start and step.end <= period.end_utc
    ]
    mine = {number for number, item in model.issuances.items() if item.project == project}
    free = [step for step in inside if step.claimed_by is None]
    excluded = [step for step in free if programme.granular and step.wh <= 0]
    expected = {
        "generated_wh": sum(step.wh for step in inside),
        "claimed_wh": sum(step.wh for step in inside if step.claimed_by in mine),
        "claimed_elsewhere_wh": sum(step.wh for step in inside if step.claimed_by not in {None, *mine}),
        "excluded_wh": sum(step.wh for step in excluded),
        "unclaimed_wh": sum(step.wh for step in free if step not in excluded),
        "carry": model.carry(project),
        "debit": max(Fraction(0), -model.carry(project)),
        "holds": True,
    }
    for name, wanted in expected.items():
        value = getattr(found, name)
        assert value == wanted, f"reconciliation of {project}, {period}: {name} is {value}, expected {wanted}"


def check_trace(twin: Twin, serial: Serial) -> None:
    """Ledger-model section 6: a unit's history ends where it is; a granular one maps to its step."""
    unit = twin.model.units[serial]
    if twin.model.issuances[serial.batch.issuance].voided:
        return
    traced = twin.ledger.trace(f"{twin.names.batch_id(serial.batch)}/{serial.k}")
    last = traced.history[-1]
    assert (last.account, last.state) == (unit.account, unit.state), f"{serial}: {unit}, its trace ends with {last}"
    step = twin.model.step_of(serial)
    if step is not None:
        interval = (traced.interval.start_utc, traced.interval.end_utc)
        assert interval == (step.start, step.end), f"{serial} is of {interval}, expected {step}"


def answers(reader: Reader) -> list[object]:
    """Everything a ledger answers about its state, to be asked again as of the same entry later."""
    given: list[object] = [reader.size, reader.root(), reader.accounts()]
    for account in reader.accounts():
        given += [reader.holdings(account, state=state) for state in STATES]
        given += [reader.balance(account, instrument=name) for name in ("I-REC-E", "EECS-GO", "GCC-ACC", "GC")]
        given.append(reader.statement(account))
    for project in (item.id for item in PROJECTS):
        given += [reader.carry(project), reader.batches(project), reader.issuances(project)]
        given.append(reader.reconcile(project, WHOLE_GRID))
    for device in (item.id for item in DEVICES):
        given += [reader.readings(device, WHOLE_GRID), reader.readings(device, WHOLE_GRID, superseded=True)]
        given.append(str(reader.generation(device, WHOLE_GRID)))
    return given


def _int(value: object) -> int:
    assert type(value) is int, f"{value!r} is no whole number"
    return value


def _serials(block: Block) -> range:
    return range(block.first, block.last + 1)


def _differing(found: Mapping[Any, object], expected: Mapping[Any, object]) -> str:
    keys = [key for key in {**found, **expected} if found.get(key) != expected.get(key)]
    return "; ".join(f"{key}: {found.get(key)}, expected {expected.get(key)}" for key in keys[:5])


def _text(parts: Iterable[object]) -> str:
    return ", ".join(map(str, parts))
