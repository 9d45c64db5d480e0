"""The ledger and the naive model agree over 5,000 steps, on both stores; see `carbon_ledger.testing`.

The steps are the same each time. `scripts/seed_faults.py` shows that faults do not get through them.
"""

from collections import Counter
from datetime import UTC, datetime

import pytest

from carbon_ledger.ledger.ledger import Ledger
from carbon_ledger.periods import Period
from carbon_ledger.stores.memory import MemoryStore
from carbon_ledger.testing import LedgerMachine, SqliteLedgerMachine, run_machine
from carbon_ledger.testing.commands import EVIDENCE
from carbon_ledger.testing.stage import NEW_YEAR_BAKU_UTC, furnish
from carbon_ledger.testing.twin import begun

# More on the quicker store.
STEPS = {LedgerMachine: 3_000, SqliteLedgerMachine: 2_500}
COMMANDS = {"record", "record_meter", "correct", "issue", "void", "withdraw", "transfer", "retire", "cancel"}


def test_the_ledger_agrees_with_the_model() -> None:
    """Invariants 1 to 18, 20, 21, 24 to 26 and 28, each named by the assertion that holds it."""
    done: Counter[tuple[str, bool]] = Counter()
    for machine, steps in STEPS.items():
        before = Counter(machine.tally)
        assert run_machine(machine, steps, shrink=False) >= steps
        done += machine.tally - before
    # Steps that all did the same would prove nothing.
    assert {name for (name, accepted), count in done.items() if accepted and count >= 3} >= COMMANDS
    assert {name for (name, accepted), count in done.items() if not accepted and count >= 3} >= COMMANDS
    assert done["replay", True] >= 10


def test_there_are_steps_enough() -> None:
    assert sum(STEPS.values()) >= 5_000


# What the machine found, each kept as a test of its own.


@pytest.fixture
def ledger() -> Ledger:
    """A ledger at the machine's stage."""
    opened = begun(MemoryStore(), lambda: datetime(2024, 2, 1, tzinfo=UTC))
    furnish(opened)
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
