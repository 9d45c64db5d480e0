"""Parts of runs: whole steps of a period, and rows that refer to more than their entry has."""

from collections.abc import Callable

import pytest
from attrs import evolve
from tests.support.hourly_plant import MAY_1_UTC, hours
from tests.support.hourly_plant import record as record_hours
from tests.support.hourly_plant import set_up as set_up_granular

import carbon_ledger as cl
from carbon_ledger import errors
from carbon_ledger.core.issuance.run_parts import RunPart, step_values, whole_steps_in

Wrong = Callable[[RunPart], RunPart]


@pytest.mark.parametrize(
    "wrong",
    [
        lambda part: evolve(part, start_utc=part.start_utc - 3600),
        lambda part: evolve(part, end_utc=part.end_utc + 3600),
        lambda part: evolve(part, end_utc=part.start_utc),
        lambda part: evolve(part, run=evolve(part.run, step_s=1800)),
    ],
    ids=["before", "after", "empty", "step"],
)
def test_rows_that_say_more_than_their_entry_are_a_broken_log(ledger: cl.Ledger, wrong: Wrong) -> None:
    """Invariant 22: a row is believed as far as its entry bears it out."""
    set_up_granular(ledger)
    (run,) = ledger.readings("plant", record_hours(ledger, [10, 20, 30]))
    whole = RunPart(run, run.start_utc, run.end_utc)
    assert step_values(ledger._view(), whole) == ([10, 20, 30], None)
    assert step_values(ledger._view(), evolve(whole, start_utc=run.start_utc + 3600)) == ([20, 30], None)
    with pytest.raises(errors.BrokenLogError, match=f"entry {run.source_n} does not contain the steps of plant"):
        step_values(ledger._view(), wrong(whole))


def test_the_steps_inside_a_period_are_whole_ones(ledger: cl.Ledger) -> None:
    set_up_granular(ledger)
    (run,) = ledger.readings("plant", record_hours(ledger, [10, 20, 30]))
    for early, late, expected in (
        (0, 0, (0, 3)),
        (1, 0, (1, 3)),
        (0, 1, (0, 2)),
        (3600, 3600, (1, 2)),
        (1, 3601, None),
    ):
        found = whole_steps_in(run, cl.Period(run.start_utc + early, run.end_utc - late))
        ends = None if found is None else ((found.start_utc - MAY_1_UTC) // 3600, (found.end_utc - MAY_1_UTC) // 3600)
        assert ends == expected


def test_a_period_inside_of_a_step_reconciles_to_nothing(ledger: cl.Ledger) -> None:
    """Invariant 2: half a step was not metered, so it is neither generated nor a gap."""
    set_up_granular(ledger)
    record_hours(ledger, [10, 20])
    half = cl.Period(MAY_1_UTC + 900, MAY_1_UTC + 2700)
    told = ledger.reconcile("h", half)
    assert (told.generated_wh, told.unclaimed_wh, told.gaps, told.holds) == (0, 0, (), True)
    assert ledger.reconcile("h", hours(0, 1)).generated_wh == 10
