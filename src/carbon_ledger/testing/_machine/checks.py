"""Invariants checked after every action: the ledger's rows and answers must match the model's rows."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, Final

from carbon_ledger.core.state.rows import meter_run
from carbon_ledger.periods.instants import instant_text
from carbon_ledger.testing._machine.commands import MIDNIGHTS_UTC
from carbon_ledger.testing._machine.comparison import units_of
from carbon_ledger.testing._machine.setup import DEVICES, INSTRUMENTS, METERS, PROJECTS
from carbon_ledger.testing._machine.side_by_side import SideBySide
from carbon_ledger.testing._model.model import Model
from carbon_ledger.testing._model.rows import FINAL_STATES, STATES, MeterStep, Step

_NO_CARRY: Final = (Fraction(0), 0, 0, Fraction(0))


def check_all(both: SideBySide) -> None:
    """Check the rows of a ledger and its balances against the model.

    Args:
        both: The ledger and its model.

    Raises:
        AssertionError: An invariant does not hold; the message gives its number in the list of invariants.
    """
    check_readings(both)
    check_owed(both)
    check_claims(both)
    check_units(both)
    check_balances(both)
    check_carry(both)
    check_offers(both)
    check_imports(both)
    check_authority(both)
    check_registered(both)


def check_readings(both: SideBySide) -> None:
    """Invariants 1 and 4: live readings never overlap, and their energy is exactly what was recorded."""
    live: dict[str, list[tuple[int, int, int, int, str]]] = {device.id: [] for device in DEVICES}
    live |= {meter_run(meter.id): [] for meter in METERS}
    for device, start, end, step_s, net_wh, *_, to_n, quality in both.store.rows("reading"):
        if to_n is None:
            live[str(device)].append((_int(start), _int(end), _int(step_s), _int(net_wh), str(quality)))
    for device, runs in live.items():
        meter = device.removeprefix("meter/")
        steps: Sequence[Step | MeterStep] = (
            both.model.steps[device] if meter == device else sorted(both.model.metered[meter])
        )
        edges = [(start, start + step) for low, high, step, *_ in runs for start in range(low, high, step)]
        expected = [(step.start, step.end) for step in steps]
        assert edges == expected, f"invariant 4: live steps of {device} are {edges}, expected {expected}"
        for low, high, _, net_wh, quality in runs:
            under = [step for step in steps if low <= step.start < high]
            wh = sum(step.wh for step in under)
            assert net_wh == wh, f"invariant 1: {device} from {low} to {high} holds {net_wh} Wh, expected {wh}"
            qualities = {step.quality for step in under}
            assert qualities == {quality}, f"{device} from {low} to {high} is {quality}, expected {qualities}"


def check_owed(both: SideBySide) -> None:
    """Ledger-model section 2: what is owed is the exact share of a meter's live steps, less what devices were given."""
    found = {str(meter): str(owed) for meter, _, owed in both.store.rows("owed")}  # by entry: the last one stands
    for meter, steps in both.model.metered.items():
        weights = [weight for _, weight in sorted(both.model.meters[meter].items())]
        total, whole = sum(step.wh for step in steps), sum(weights)
        owed = [total * weight - whole * sum(s.parts[i] for s in steps) for i, weight in enumerate(weights)]
        expected = " ".join(map(str, owed))
        assert found.get(meter, " ".join("0" * len(weights))) == expected, f"{meter} owes {found}, expected {expected}"


def check_claims(both: SideBySide) -> None:
    """Invariant 5: a step has at most one live claim, made by the issuance or conversion in the model."""
    found: list[tuple[str, int, int]] = []
    for device, start, end, n, *_, to_n in both.store.rows("claim"):
        if to_n is None:
            steps = [step for step in both.model.steps[str(device)] if _int(start) <= step.start < _int(end)]
            found += [(str(device), step.start, _int(n)) for step in steps]
            seconds = sum(step.end - step.start for step in steps)
            assert seconds == _int(end) - _int(start), f"invariant 5: entry {n} claims a part of a step of {device}"
    expected = [
        (device, step.start, both.names.entry_of[step.claimed_by])
        for device, steps in both.model.steps.items()
        for step in steps
        if step.claimed_by is not None
    ]
    assert sorted(found) == sorted(expected), f"invariant 5: claims are {found}, expected {expected}"


def check_units(both: SideBySide) -> None:
    """Invariants 7, 9 and 12: blocks partition every batch, and each unit has the right account and state."""
    counts = {str(row[0]): _int(row[5]) for row in both.store.rows("batch")}
    expected_counts = {both.names.batch_id(key): both.model.count(key) for key in both.model.produced_until}
    assert counts == expected_counts, f"invariant 7: batches are {counts}, expected {expected_counts}"
    newest = {(row[0], row[1]): row for row in both.store.rows("piece")}
    ends = dict.fromkeys(counts, 0)
    units: dict[tuple[str, int], tuple[object, object]] = {}
    for batch_id, first, last, account, state, _ in newest.values():
        batch = str(batch_id)
        low, high = _int(first), _int(last)
        assert ends[batch] + 1 == low <= high, f"invariant 9: batch {batch} has a gap or an overlap at {low}"
        ends[batch] = high
        units |= {(batch, k): (account, state) for k in range(low, high + 1)}
    assert ends == counts, f"invariant 9: blocks end at {ends}, batches at {counts}"
    expected = {
        (both.names.batch_id(serial.batch), serial.k): (unit.account, unit.state)
        for serial, unit in both.model.units.items()
    }
    assert units == expected, f"invariant 12: units are {_differing(units, expected)}"


def check_balances(both: SideBySide) -> None:
    """Invariants 10 and 11: balances are counts of units, and holdings list exactly those units."""
    counts = both.model.balances(both.now_utc)
    held: dict[tuple[str, str], list[tuple[str, int]]] = {}
    for serial, unit in both.model.units.items():
        if unit.state not in FINAL_STATES and both.model.expired(serial.batch, both.now_utc):
            continue
        held.setdefault((unit.account, unit.state), []).append(both.names.serial(serial))
    for account in sorted(both.model.accounts):
        for name in INSTRUMENTS:
            balance = both.ledger.balance(account, instrument=name)
            for state in (*STATES, "expired"):
                units, count = getattr(balance, state), counts.get((account, name, state), 0)
                assert units == count, f"invariant 10: {account} has {units} {state} {name}, expected {count}"
        for held_state in STATES:
            found = units_of(both.ledger.holdings(account, state=held_state))
            wanted = held.get((account, held_state), [])
            assert sorted(found) == sorted(wanted), (
                f"invariant 11: {account} holds {found} {held_state}, expected {wanted}"
            )
        expired = set(units_of(both.ledger.expired(account)))
        overdue = set(map(both.names.serial, both.model.overdue(account, both.now_utc)))
        assert expired == overdue, f"invariant 13: {expired} of {account} expired, expected {overdue}"


def check_carry(both: SideBySide) -> None:
    """Invariants 2, 3 and 20: of each vintage, carry = claimed amount + adjustments - counted units, exactly."""
    model = both.model
    amounts = {number: model.amounts(number) for number in model.issuances}
    for project in (item.id for item in PROJECTS):
        found = both.ledger.carry(project)
        vintages = {item.vintage or 0: item for item in found.vintages}
        parts = {
            year: (Fraction(v.claimed), v.adjustments, v.counted, Fraction(v.carry)) for year, v in vintages.items()
        }
        expected = _parts(model, project)
        years = parts.keys() | expected.keys()
        wrong = {year for year in years if parts.get(year, _NO_CARRY) != expected.get(year, _NO_CARRY)}
        assert not wrong, f"invariant 2: carry of {project} is {_differing(parts, expected)}"
        assert found.carry == model.carry(project), f"invariant 2: carry of {project} is {found.carry}"
        total = Fraction(0)
        for year in sorted(vintages):
            total += parts[year][3]
            assert vintages[year].cumulative == total, f"invariant 20: {project} up to {year} has {total}"
        mine = [number for number, item in model.issuances.items() if item.project == project]
        issuances = {both.names.number_of(item.n): item for item in both.ledger.issuances(project)}
        assert sorted(issuances) == mine, f"issuances of {project} are {sorted(issuances)}, expected {mine}"
        for number, item in issuances.items():
            claims = {year: Fraction(amount) for year, amount in item.amounts}
            assert claims == amounts[number], f"invariant 2: {item.n} claims {claims}, expected {amounts[number]}"
            row = model.issuances[number]
            ended, wanted = (item.voided, item.converted), (row.voided, row.converted)
            assert ended == wanted, f"issuance {item.n}: voided and converted are {ended}, expected {wanted}"


def _parts(model: Model, project: str) -> dict[int, tuple[Fraction, int, int, Fraction]]:
    """Claimed amount, adjustments, counted units and carry by vintage; by 0 for granular certificates."""
    claimed, counted = model.claimed_amounts(project), model.counted(project)
    forfeited = {year: units for (name, year), units in model.forfeited.items() if name == project}
    if model.projects[project].granular:
        sums = (sum(claimed.values(), Fraction(0)), -sum(forfeited.values()), sum(counted.values()))
        return {0: (*sums, sums[0] + sums[1] - sums[2])}
    found = {}
    for year in {*claimed, *counted, *forfeited}:
        parts = claimed.get(year, Fraction(0)), -forfeited.get(year, 0), counted.get(year, 0)
        found[year] = (*parts, parts[0] + parts[1] - parts[2])
    return found


def check_offers(both: SideBySide) -> None:
    """Invariant 13: the terms of an offer never change, and it ends once."""
    newest = {_int(row[0]): row for row in both.store.rows("offer")}
    found = {n: row[2:] for n, row in newest.items()}
    expected = {
        both.names.entry_of[item.number]: (item.transferor, item.transferee, item.deadline, item.status)
        for item in both.model.offers.values()
    }
    assert found == expected, f"invariant 13: offers are {_differing(found, expected)}"


def check_imports(both: SideBySide) -> None:
    """Invariants 12 and 27: each foreign serial was imported once, and units have the right labels."""
    found = {_int(row[5]): row[:4] for row in both.store.rows("external")}
    names = both.names.entry_of
    expected = {names[row.number]: row[1:5] for row in both.model.imported.values()}
    assert found == expected, f"invariant 27: imports are {_differing(found, expected)}"
    labels: dict[tuple[str, int, str], int] = {}
    for batch_id, first, last, label, *_, to_n in both.store.rows("label"):
        for k in range(_int(first), _int(last) + 1) if to_n is None else ():
            key = (str(batch_id), k, str(label))
            labels[key] = labels.get(key, 0) + 1
    carried = {(*both.names.serial(serial), label): 1 for serial, label in both.model.labels}
    assert labels == carried, f"invariant 12: labels are {_differing(labels, carried)}"


def check_authority(both: SideBySide) -> None:
    """Invariant 22: roles are those that were granted, and an approval lapses when what it covers changes."""
    roles = {row[:3] for row in both.store.rows("role") if row[4] is None}
    assert roles == set(both.model.grants or ()), f"roles are {roles}, expected {both.model.grants}"
    statuses = {item.n: item.status for project in PROJECTS for item in both.ledger.approvals(project.id)}
    expected = {both.names.entry_of[item.number]: item.status for item in both.model.approvals.values()}
    assert statuses == expected, f"invariant 22: approvals are {_differing(statuses, expected)}"
    found = {
        item.n: (item.by, item.replaced_by is not None, bool(item.overtaken_by))
        for project in PROJECTS
        for item in both.ledger.verifications(project.id)
    }
    wanted = {
        both.names.entry_of[item.number]: (item.actor, item.replaced, item.overtaken)
        for item in both.model.verifications.values()
    }
    assert found == wanted, f"statements are {_differing(found, wanted)}"


def check_registered(both: SideBySide) -> None:
    """Invariants 16 and 31: devices and accounts are as in force at each time, documents and relations as declared."""
    model, ledger = both.model, both.ledger
    for device in DEVICES:
        for day, since in MIDNIGHTS_UTC.items():
            found = ledger.device(device.id, at=instant_text(since))
            expected = (model.capacity_at(device.id, since), model.closed_at(device.id, since))
            parts = (found.capacity_w, found.decommissioned is not None)
            assert parts == expected, f"invariant 16: {device.id} on {day} is {parts}, expected {expected}"
    names = {account: ledger.account(account).name for account in ledger.accounts()}
    latest = {account: names[-1][1] for account, names in model.account_names.items()}
    assert {**names, **latest} == names, f"accounts are {names}, expected {latest}"
    titles = {item.document: item.title for item in ledger.documents()}
    assert titles == {name: found[-1] for name, found in model.documents.items()}, f"documents are {titles}"
    declared = {
        (item.account, item.other, item.relation)
        for account in ledger.accounts()
        for item in ledger.relations(account)
        if item.ended_n is None
    }
    assert declared == model.relations, f"relations are {declared}, expected {model.relations}"


def _int(value: object) -> int:
    assert type(value) is int, f"{value!r} is not a whole number"
    return value


def _differing(found: Mapping[Any, object], expected: Mapping[Any, object]) -> str:
    keys = [key for key in {**found, **expected} if found.get(key) != expected.get(key)]
    return "; ".join(f"{key}: {found.get(key)}, expected {expected.get(key)}" for key in keys[:5])
