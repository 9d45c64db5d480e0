"""A clock that is far ahead is refused, unless an entry records that the time has passed."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest
from attrs import evolve
from tests.conftest import EVIDENCE, Clock, device, dump
from tests.support.expiring_plant import held, issued, month

import carbon_ledger as cl
from carbon_ledger import errors
from carbon_ledger.audit.findings import RULES
from carbon_ledger.audit.notes import CLOCK
from carbon_ledger.core.entries.entry import Entry, recorded_text
from carbon_ledger.core.rules import apply
from carbon_ledger.core.state.view import View

__all__ = ["held"]

WHY = "repairs"


def newest(ledger: cl.Ledger) -> Entry:
    return ledger.entry(ledger.size - 1)


def set_after_newest(ledger: cl.Ledger, clock: Clock, **later: int) -> None:
    clock.now = datetime.fromisoformat(newest(ledger).at).astimezone(UTC) + timedelta(**later)


def test_an_entry_may_be_400_days_after_the_one_before_and_no_microsecond_more(ledger: cl.Ledger, clock: Clock) -> None:
    set_after_newest(ledger, clock, days=400)
    ledger.open_account("in-time", name="In time")
    set_after_newest(ledger, clock, days=400, microseconds=1)
    before = dump(ledger)
    with pytest.raises(errors.RefusedError) as refused:
        ledger.open_account("late", name="Late")
    assert refused.value.rule == "clock-jump"
    assert dump(ledger) == before
    for said in (recorded_text(clock.now), newest(ledger).at, f"entry {ledger.size - 1}", "advance_clock(reason=...)"):
        assert said in str(refused.value)


COMMANDS: dict[str, Callable[[cl.Ledger, cl.Batch], object]] = {
    "an account": lambda ledger, _: ledger.open_account("late", name="Late"),
    "a transfer": lambda ledger, batch: ledger.transfer(batch.take(1), to="buyer"),
    "a selection": lambda ledger, _: ledger.transfer(cl.Selection(1, instrument="EECS-GO"), to="buyer", from_="op"),
    "a lock": lambda ledger, batch: ledger.lock(batch.take(1), reason=WHY),
}


@pytest.mark.parametrize("what", COMMANDS)
def test_a_command_under_a_wrong_clock_expires_nothing(held: cl.Ledger, clock: Clock, what: str) -> None:
    """One command of the year 2090 would otherwise expire every certificate for ever."""
    batch = issued(held, month(1), project="go")
    right = clock.now
    clock.now = datetime(2090, 1, 1, tzinfo=UTC)
    with pytest.raises(errors.CarbonLedgerError):
        COMMANDS[what](held, batch)
    clock.now = right
    COMMANDS[what](held, batch)
    assert newest(held).at < "2027"


def test_a_selection_is_refused_for_the_clock_and_not_for_the_expiry(held: cl.Ledger, clock: Clock) -> None:
    issued(held, month(1), project="go")
    clock.now = datetime(2090, 1, 1, tzinfo=UTC)
    with pytest.raises(errors.RefusedError) as refused:
        held.transfer(cl.Selection(1, instrument="EECS-GO"), to="buyer", from_="op")
    assert refused.value.rule == "clock-jump"


def test_questions_are_answered_whatever_the_clock_gives(held: cl.Ledger, clock: Clock) -> None:
    issued(held, month(1), project="go")
    clock.now = datetime(2090, 1, 1, tzinfo=UTC)
    assert held.expired("op")
    assert held.as_of("2089-01-01", zone="UTC").issuances("go") == held.issuances("go")


def test_a_clock_years_behind_refuses_nothing(ledger: cl.Ledger, clock: Clock) -> None:
    before = newest(ledger).at
    clock.move(days=-5000)
    ledger.open_account("early", name="Early")
    assert newest(ledger).at > before


def test_time_is_advanced_once_and_every_audit_shows_it(ledger: cl.Ledger, clock: Clock) -> None:
    n, since = ledger.size, newest(ledger).at
    clock.move(days=3000)
    at = ledger.advance_clock(reason=WHY, by="somebody else")
    assert newest(ledger).event == {"since": since, "reason": WHY}
    assert at == newest(ledger).at == recorded_text(clock.now)
    ledger.open_account("after", name="After")
    report = ledger.audit()
    assert report.passed
    (note,) = report.notes
    assert note.entry == n
    assert note.detail == f"{CLOCK} from {since} to {at}, by 'somebody else': '{WHY}'"
    assert f"  {note}" in str(report).splitlines()


def test_every_worker_and_a_published_log_show_it_too(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "l.db"
    with cl.open_ledger(path, clock=clock) as ledger:
        for k in range(3):
            clock.move(days=500)
            ledger.advance_clock(reason=f"gap {k}")
            with ledger.batch():
                for account in range(20):
                    ledger.open_account(f"{k}-{account}", name="A")
        notes = ledger.audit().notes
        assert [note.entry for note in notes] == [1, 22, 43]
        assert ledger.audit(workers=2).notes == notes
        signer = cl.signing.generate_signer("example.org/log")
        ledger.publish(tmp_path / "log", signer=signer)
    published = cl.audit_published(tmp_path / "log", trusted_keys=[signer.verifier_key])
    assert published.notes == notes


def test_there_is_nothing_to_advance_within_400_days(ledger: cl.Ledger, clock: Clock) -> None:
    set_after_newest(ledger, clock, days=400)
    before = dump(ledger)
    with pytest.raises(errors.RefusedError, match=r"advance_clock\(\) is not needed") as refused:
        ledger.advance_clock(reason=WHY)
    assert refused.value.rule == "clock-not-ahead"
    with pytest.raises(errors.QuantityError, match="reason ''"):
        ledger.advance_clock(reason="")
    assert dump(ledger) == before


def test_a_retry_advances_once(ledger: cl.Ledger, clock: Clock) -> None:
    clock.move(days=500)
    first = ledger.advance_clock(reason=WHY, key="k")
    size = ledger.size
    clock.move(days=1)
    assert ledger.advance_clock(reason=WHY, key="k") == first
    assert ledger.size == size


def forged(ledger: cl.Ledger, later: timedelta, **fields: object) -> Entry:
    before = newest(ledger)
    at = recorded_text(datetime.fromisoformat(before.at) + later)
    given = {"type": "account.opened", "event": {"account": "x", "name": "X"}} | fields
    return Entry(n=ledger.size, at=at, by="forger", **given)


FORGED = [
    ({}, "clock-jump", 401),
    ({"type": "time.advanced", "event": {"since": "AT", "reason": WHY}}, "clock-not-ahead", 400),
    ({"type": "time.advanced", "event": {"since": "2020-01-01T00:00:00.000000Z", "reason": WHY}}, "it advances", 401),
    ({"type": "time.advanced", "event": {"since": "AT", "reason": WHY}, "parts": 2}, "in a command of 2 entries", 401),
]


@pytest.mark.parametrize(("fields", "said", "days"), FORGED)
def test_a_forged_jump_is_a_finding(fields: dict[str, object], said: str, days: int) -> None:
    ledger = cl.open_ledger(":memory:", clock=Clock())
    event = fields.get("event")
    if isinstance(event, dict) and event["since"] == "AT":
        fields = fields | {"event": event | {"since": newest(ledger).at}}
    entry = forged(ledger, timedelta(days=days), **fields)
    with ledger._store.transaction():
        ledger._store.append(entry.to_bytes(), [])
    (finding,) = [item for item in ledger.audit().findings if item.check == RULES]
    assert finding.entry == 1
    assert said in finding.detail


def test_a_jump_of_one_microsecond_too_much_is_a_finding(ledger: cl.Ledger) -> None:
    view, jump = ledger._view(), timedelta(days=400)
    assert apply(view, forged(ledger, jump))
    with pytest.raises(errors.RefusedError, match="clock-jump"):
        apply(view, forged(ledger, jump + timedelta(microseconds=1)))


# Nothing that has not happened, at the door and in the rule.

MIDNIGHT = datetime(2026, 6, 1, tzinfo=UTC)
HOUR = cl.Period.of("2026-05-31T23:00Z", MIDNIGHT)
BOTH_HOURS = cl.Period.of("2026-05-31T22:00Z", MIDNIGHT)
GAP = cl.Waiver("gap", "the last hour is read next year")
GOLD_STANDARD = {"registry": "gold-standard", "instrument": "GS-VER", "to": "op", "evidence": EVIDENCE}


@pytest.fixture
def plants(ledger: cl.Ledger, clock: Clock) -> cl.Ledger:
    """At 23:00, two plants with a shared meter, of which one was metered until now."""
    clock.now = MIDNIGHT - timedelta(hours=1)
    for name in ("plant", "second"):
        ledger.register_device(device(name))
    ledger.register_meter(cl.Meter(id="feeder", shares={"plant": 1, "second": 2}))
    for name, instrument in (("p", "I-REC-E"), ("gc", "GC")):
        ledger.register_project(cl.Project(id=name, instrument=instrument, zone="Asia/Baku", devices=("plant",)))
    ledger.record_readings("plant", start="2026-05-31T22:00Z", step="1 hour", net_wh=[5_000_000])
    return ledger


def approved(ledger: cl.Ledger, clock: Clock, project: str) -> object:
    """The quantification of both hours was made after midnight, on another machine."""
    now, clock.now = clock.now, MIDNIGHT
    quantification = ledger.quantify(project, BOTH_HOURS, waivers=[GAP])
    clock.now = now
    return ledger.approve(quantification, by="verifier")


EARLY: dict[str, tuple[str, Callable[[cl.Ledger, Clock], object]]] = {
    "a total": ("future-reading", lambda x, _: x.record_generation("plant", HOUR, net="5 MWh")),
    "a column": (
        "future-reading",
        lambda x, _: x.record_readings("plant", start=HOUR.start, step="20 min", net_wh=[1, 2, 3]),
    ),
    "a meter": ("future-reading", lambda x, _: x.record_meter("feeder", HOUR, net="5 MWh")),
    "an issuance": ("future-period", lambda x, _: x.issue("p", BOTH_HOURS, to="op", waivers=[GAP])),
    "granular certificates": ("future-period", lambda x, _: x.issue("gc", BOTH_HOURS, to="op", waivers=[GAP])),
    "an approval": ("future-period", lambda x, clock: approved(x, clock, "p")),
    "a granular approval": ("future-period", lambda x, clock: approved(x, clock, "gc")),
    "a quantification": ("future-period", lambda x, _: x.quantify("p", BOTH_HOURS, waivers=[GAP])),
    "an import": (
        "future-production",
        lambda x, _: x.import_block("GS1-1-AZ-GS1-2-2026-1-1-9", **GOLD_STANDARD, production=HOUR, project="GS1"),
    ),
}


@pytest.mark.parametrize("name", EARLY)
def test_nothing_is_recorded_before_it_has_happened(plants: cl.Ledger, clock: Clock, name: str) -> None:
    """Invariant 29: refused by the command a millisecond early, accepted at the end, and refused in a forged entry.

    The second entry of a command is recorded a microsecond after the first.
    """
    rule, do = EARLY[name]
    clock.now = MIDNIGHT - timedelta(milliseconds=1)
    before = dump(plants)
    with pytest.raises(errors.RefusedError) as refused:
        do(plants, clock)
    assert refused.value.rule == rule
    assert "ends at 2026-06-01T00:00:00Z, and this is recorded at 2026-05-31T23:59:59.999" in str(refused.value)
    assert dump(plants) == before
    clock.now = MIDNIGHT
    do(plants, clock)
    assert plants.audit().passed
    if name != "a quantification":
        early = evolve(newest(plants), at="2026-05-31T23:59:59.999999Z")
        with pytest.raises(errors.RefusedError) as refused:
            apply(with_earlier_entries(plants), early)
        assert refused.value.rule == rule


def with_earlier_entries(ledger: cl.Ledger) -> View:
    """The state before the newest entry; the entries of its command were recorded a second earlier."""

    class Earlier:
        def __init__(self, view: View) -> None:
            self.view = view

        def __getattr__(self, name: str) -> object:
            return getattr(self.view, name)

        def entry(self, n: int) -> Entry:
            found = self.view.entry(n)
            return evolve(found, at=f"2026-05-31T23:59:58.{found.at[20:]}") if found.at >= "2026-06" else found

    return cast(View, Earlier(ledger._store.view(ledger.size - 1)))


def test_a_forged_correction_of_the_future_is_refused(plants: cl.Ledger, clock: Clock) -> None:
    """Invariant 29. A command cannot ask for it: a correction replaces readings, and they are of the past."""
    hour = cl.Period.of("2026-05-31T22:00Z", "2026-05-31T23:00Z")
    plants.correct_generation("plant", hour, net="4 MWh", reason="misread", evidence=EVIDENCE)
    forged = {**newest(plants).event, "start": "2026-05-31T23:00:00Z"}
    with pytest.raises(errors.RefusedError) as refused:
        apply(plants._store.view(plants.size - 1), evolve(newest(plants), event=forged))
    assert refused.value.rule == "future-reading"


def test_a_history_is_of_years_that_have_ended(plants: cl.Ledger, clock: Clock) -> None:
    """Invariant 29: 2026 has not ended."""
    plants.register_device(device("old", capacity_before="50 MW"))

    def register(last: int) -> None:
        plants.register_project(
            cl.Project(
                id="mill", instrument="GCC-ACC", zone="Asia/Baku", devices=("old",), methodology="ACM0002@22.0",
                baseline="retrofit", history=dict.fromkeys(range(last - 4, last + 1), "1 GWh"),
                replaced_on="2040-01-01", crediting_period=cl.Period.years("2030-01-01", 7, zone="Asia/Baku"),
            )
        )  # fmt: skip

    before = dump(plants)
    with pytest.raises(
        errors.RefusedError, match="generation of 2026, which had not ended at 2026-05-31T23:00"
    ) as refused:
        register(2026)
    assert (refused.value.rule, dump(plants)) == ("future-reading", before)
    register(2025)
    entry = newest(plants)
    early = evolve(entry, event={**entry.event, "history_wh": {**entry.event["history_wh"], "2026": 5}})
    with pytest.raises(errors.RefusedError) as refused:
        apply(plants._store.view(plants.size - 1), early)
    assert refused.value.rule == "future-reading"


def test_what_lies_ahead_may_be_announced(plants: cl.Ledger) -> None:
    """A crediting period, a day of commissioning and an offer's deadline are plans, and no claim that it happened."""
    plants.register_device(device("planned", commissioned="2031-05-01", metered_since="2031-06-01"))
    with pytest.raises(errors.NotCommissionedError, match="commissioned on 2031-05-01"):
        plants.record_generation("planned", HOUR, net="1 MWh")
    (batch,) = plants.issue("p", cl.Period.of("2026-05-31T22:00Z", "2026-05-31T23:00Z"), to="op")
    plants.offer(batch.take(1), to="buyer", deadline="2031-01-01T00:00Z")
    assert plants.audit().passed
