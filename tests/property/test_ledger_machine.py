"""Ledger and naive model agree on both stores and under both policies; see `carbon_ledger.testing`.

The default suite runs 120 steps, the slow tests 9,000.
The steps are the same in every run. `tests/tools/run_machine.py` runs more of them, and
`tests/tools/seed_faults.py` shows that they find seeded faults.
"""

import inspect
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

import carbon_ledger as cl
from carbon_ledger.errors import RefusedError, StraddlingStepError
from carbon_ledger.ledger.ledger import Ledger
from carbon_ledger.periods import Period
from carbon_ledger.stores.memory import MemoryStore
from carbon_ledger.testing._machine.commands import EVIDENCE
from carbon_ledger.testing._machine.setup import NEW_YEAR_BAKU_UTC, set_up
from carbon_ledger.testing._machine.side_by_side import ledger_over
from carbon_ledger.testing._model.authority import COMMANDS
from carbon_ledger.testing.machines import STEPS_OF_CI, run_machine, shared_out
from carbon_ledger.testing.strategies import BOTH_WAIVERS

DRIVEN = {command for commands in COMMANDS.values() for command in commands.split()}
REGISTERING = {name for name in DRIVEN if name.startswith("register_")} | {
    "open_account",
    "adopt_factor",
    "adopt_methodology",
}
# What the model calls by one name, the ledger takes as a total, as a column, or as a run.
SPELLED = {
    "record": {"record_generation", "record_readings", "record_run", "record_many"},
    "record_meter": {"record_meter", "record_meter_readings"},
    "correct": {"correct_generation", "correct_readings"},
    "attest": {"adopt_methodology"},
    "calibrate": {"record_calibration"},
}
# Made of other commands: `test_delivered_properties` shows that it is the same as giving them one by one.
COMPOSED = {"record_meter_file"}
OFTEN = {"NotAuthorisedError not-authorised": 20, "ExpiredError expired": 3}
LEAST_REGISTERED = 10
OF_RULES = {"already-imported", "already-labelled", "approval-missing", "offer-ended", "offer-lapsed", "role-held"}


def test_the_ledger_agrees_with_the_model_over_a_few_steps() -> None:
    """A short run, so that the default suite meets every store and policy."""
    for machine, steps in shared_out(120).items():
        assert run_machine(machine, steps, shrink=False) >= steps


def tallied(steps: int, seeds_from: int = 0) -> Counter[tuple[str, bool]]:
    """What the steps of a run did, by command or error, and whether it was accepted."""
    done: Counter[tuple[str, bool]] = Counter()
    for machine, share in shared_out(steps).items():
        before = Counter(machine.tally)
        assert run_machine(machine, share, shrink=False, seeds_from=seeds_from) >= share
        done += machine.tally - before
    return done


def not_done(done: Mapping[tuple[str, bool], int]) -> set[object]:
    """What the steps must cover and did not: every command, accepted and refused, and the rarer rules."""
    names = {(name, accepted) for name in DRIVEN - REGISTERING for accepted in (True, False)}
    rules = {(f"RefusedError {rule}", False) for rule in OF_RULES}
    often = {(name, False): most for name, most in OFTEN.items()} | {("replay", True): 50}
    return {
        *(key for key in names | rules if not done.get(key)),
        *(key for key, least in often.items() if done.get(key, 0) < least),
        *(
            accepted
            for accepted in (True, False)
            if sum(done.get((name, accepted), 0) for name in REGISTERING) < LEAST_REGISTERED
        ),
        *(("again",) if len([name for name, _ in done if name.endswith(", again")]) < 15 else ()),
    }


@pytest.mark.slow
def test_the_ledger_agrees_with_the_model() -> None:
    """Invariants 1 to 18, 20 to 22 and 24 to 28; the assertion that checks an invariant names it.

    A change of the library or of Hypothesis changes which steps are made, so rare ones get some more of them.
    """
    done = tallied(STEPS_OF_CI)
    for further in range(1, 4):
        if not_done(done):
            done += tallied(STEPS_OF_CI // 6, seeds_from=1_000 * further)
    assert not_done(done) == set()


def test_every_command_of_a_ledger_is_driven() -> None:
    """Invariant 26: the machine gives every command, and repeats it with its key."""
    commands = {
        name
        for name, method in inspect.getmembers(cl.Ledger, inspect.isfunction)
        if not name.startswith("_") and "key" in inspect.signature(method).parameters
    }
    assert set().union(*(SPELLED.get(name, {name}) for name in DRIVEN)) == commands - COMPOSED


# Faults that the machine has found, each with its own test.


@pytest.fixture
def ledger() -> Ledger:
    """A ledger with the machine's setup."""
    opened = ledger_over(MemoryStore(), lambda: datetime(2024, 2, 1, tzinfo=UTC))
    set_up(opened)
    return opened


def hour(k: int) -> Period:
    """An hour of the new year in Baku; negative ones lie before it."""
    return Period(NEW_YEAR_BAKU_UTC + k * 3600, NEW_YEAR_BAKU_UTC + (k + 1) * 3600)


def test_granular_certificates_are_issued_again_after_a_withdrawal(ledger: Ledger) -> None:
    """Ledger-model section 6: for granular certificates carry is always 0, so unit k's step follows."""
    for device in ("gamma", "delta"):
        ledger.record_generation(device, hour(0), net="5 Wh")
    batches = ledger.issue("gc", hour(0), to="op")
    ledger.withdraw(batches[0].take(2), reason="a mistake")
    for batch in batches:
        ledger.void(batch, reason="a mistake")
    again = ledger.issue("gc", hour(0), to="op")
    assert [(batch.device, batch.count) for batch in again] == [("gamma", 5), ("delta", 5)]


def test_the_past_does_not_know_the_future(ledger: Ledger) -> None:
    """Invariant 25: as-of equals what the live ledger answered then, so no run has the entry that ends it."""
    ledger.record_generation("alpha", hour(0), net="1 MWh")
    n, then = ledger.size - 1, ledger.readings("alpha", hour(0))
    ledger.correct_generation("alpha", hour(0), net="2 MWh", reason="calibration", evidence=EVIDENCE)
    assert ledger.as_of(entry=n).readings("alpha", hour(0)) == then


def test_a_unit_of_two_old_halves_is_old(ledger: Ledger) -> None:
    """Ledger-model section 5: carry remembers the newest vintage among its parts, and only among its parts."""
    ledger.record_generation("alpha", hour(0), net="1.5 MWh")
    ledger.issue("go", hour(0), to="op")
    ledger.correct_generation("alpha", hour(0), net="2 MWh", reason="calibration", evidence=EVIDENCE)
    for k in (-2, -1):
        ledger.record_generation("alpha", hour(k), net="0.5 MWh")
    ((whole,), (halves,)) = (ledger.issue("go", hour(k), to="op") for k in (-2, -1))
    assert (whole.vintage, halves.vintage) == (2024, 2023)


MWH = 1_000_000


def issued(ledger: Ledger, project: str, k: int, hours: int = 1) -> cl.Batch:
    """Issue some hours of a project to the operator; its first batch."""
    period = Period(hour(k).start_utc, hour(k + hours - 1).end_utc)
    return ledger.issue(project, period, to="op", waivers=BOTH_WAIVERS)[0]


def test_no_step_is_half_kept_by_a_conversion(ledger: Ledger) -> None:
    """Invariant 5: an issuance took a step that a conversion kept and one that was free; a total over both is refused.

    Voided, it would give half of the step back to the conversion.
    """
    ledger.record_readings("alpha", start=hour(0).start, step="1 hour", net_wh=[2 * MWH, 2 * MWH])
    ledger.convert(issued(ledger, "irec", 0), to_instrument="EECS-GO", reason="another scheme")
    batch = issued(ledger, "go", 0, 2)
    total = Period(hour(0).start_utc, hour(1).end_utc)
    why = {"reason": "calibration", "evidence": EVIDENCE}
    with pytest.raises(StraddlingStepError, match="step-crosses-claim"):
        ledger.correct_generation("alpha", total, net="3 MWh", **why)
    ledger.correct_readings("alpha", start=hour(0).start, step="30 min", net_wh=[MWH] * 4, **why)
    ledger.void(batch, reason="a mistake")
    assert issued(ledger, "irec", 1).count == 2
    assert issued(ledger, "go", 0).count == 2


def test_an_approval_stands_where_a_conversion_keeps_what_it_kept(ledger: Ledger) -> None:
    """Invariant 22: an issuance takes one of three hours out of a conversion; nothing about the third has changed."""
    ledger.record_readings("alpha", start=hour(0).start, step="1 hour", net_wh=[2 * MWH] * 3)
    ledger.convert(issued(ledger, "irec", 0, 3), to_instrument="EECS-GO", reason="another scheme")
    third = Period(hour(2).start_utc, hour(2).end_utc)
    (approval,) = ledger.approve(ledger.quantify("go", third))
    issued(ledger, "go", 0)
    assert ledger.approvals("go") == (approval,)
    batch = issued(ledger, "go", 1, 2)
    assert [item.status for item in ledger.approvals("go")] == ["lapsed"]
    ledger.void(batch, reason="a mistake")
    assert [item.status for item in ledger.approvals("go")] == ["lapsed"]


def test_energy_that_changed_its_vintage_is_another_quantification(ledger: Ledger) -> None:
    """Invariant 22: two hours beside the new year change places, and so the two years' amounts."""
    why = {"reason": "calibration", "evidence": EVIDENCE}
    ledger.record_readings("alpha", start=hour(-1).start, step="1 hour", net_wh=[2 * MWH, MWH])
    period = Period(hour(-1).start_utc, hour(0).end_utc)
    result = ledger.quantify("go", period)
    ledger.correct_readings("alpha", start=hour(-1).start, step="1 hour", net_wh=[MWH, 2 * MWH], **why)
    with pytest.raises(RefusedError, match="quantification-stale"):
        ledger.approve(result)
    ledger.approve(ledger.quantify("go", period))
