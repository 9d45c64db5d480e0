"""Plain runs: only what the rule of readings must allow is said to be allowed; the rule judges all else."""

from datetime import UTC, datetime
from typing import Any

import pytest
from tests.conftest import EVIDENCE, device
from tests.support.forging import found_in

import carbon_ledger as cl
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.entries.events import GENERATION_RECORDED
from carbon_ledger.core.entries.splitting import STEPS_PER_ENTRY
from carbon_ledger.core.many_runs import _MOST_STEPS, Facts, PlainRuns
from carbon_ledger.core.rules import RULES
from carbon_ledger.errors import ImplausibleReadingError
from carbon_ledger.waivers import Waiver

HOUR = 3600
BAKU_2020 = int(datetime(2019, 12, 31, 20, tzinfo=UTC).timestamp())
LATER = BAKU_2020 + 1_000 * HOUR
MOST, LEAST = 100_000_000, -10_000_000


@pytest.fixture
def devices(ledger: cl.Ledger) -> cl.Ledger:
    """A ledger with devices of all kinds, of which one has two days of readings."""
    for name, fields in {
        "plant": {},
        "amended": {},
        "ended": {"decommissioned": "2024-01-01"},
        "planned": {"commissioned": None},
        "metered": {"metered_since": "2021-01-01"},
    }.items():
        ledger.register_device(device(name, **fields))
    ledger.amend_device("amended", effective="2023-01-01", name="New", reason="a survey", evidence=EVIDENCE)
    ledger.record_run("plant", cl.Readings(LATER, HOUR, [5] * 48))
    return ledger


def plain(ledger: cl.Ledger, by: str = "tester") -> PlainRuns:
    return PlainRuns(ledger._store.view(), by, RULES[GENERATION_RECORDED].may)


class OtherReadings(cl.Readings):
    """A run of a class of its own."""


class OtherName(str):
    """A text of a class of its own."""


FREE = LATER + 100 * HOUR


@pytest.mark.parametrize(
    ("name", "start", "values", "more"),
    [
        ("plant", BAKU_2020, [MOST] * 3, {}),
        ("plant", BAKU_2020, [LEAST] * 40, {"quality": "estimated"}),
        ("plant", LATER - 3 * HOUR, [1] * 3, {}),
        ("plant", LATER + 48 * HOUR, [1] * STEPS_PER_ENTRY, {}),
        ("metered", FREE + 9_000 * HOUR, [0], {}),
    ],
)
def test_a_run_in_order_is_allowed_and_the_rule_allows_it(
    devices: cl.Ledger, name: str, start: int, values: list[int], more: dict[str, Any]
) -> None:
    run = cl.Readings(start, HOUR, values, **more)
    assert plain(devices).allows(name, run)
    assert devices.record_run(name, run).net_wh == sum(values)


@pytest.mark.parametrize(
    ("name", "start", "values", "more"),
    [
        ("plant", BAKU_2020 - 1, [1], {}),
        ("plant", FREE, [0, MOST + 1], {}),
        ("plant", FREE, [0, LEAST - 1], {}),
        ("plant", FREE, [0] * 40 + [LEAST - 1], {}),
        ("plant", LATER - 3 * HOUR, [1] * 4, {}),
        ("plant", LATER + 47 * HOUR, [1], {}),
        ("plant", FREE, [1] * (STEPS_PER_ENTRY + 1), {}),
        ("plant", FREE, [1], {"gross_wh": [2]}),
        ("plant", FREE, [1], {"export_wh": [2], "import_wh": [1]}),
        ("plant", FREE, [1], {"invoiced_export_wh": 2, "invoiced_import_wh": 1}),
        ("plant", FREE, [1], {"quality": OtherName("estimated")}),
        ("metered", FREE, [0], {}),
        ("amended", FREE, [1], {}),
        ("ended", FREE, [1], {}),
        ("planned", FREE, [1], {}),
        ("nobody", FREE, [1], {}),
        (OtherName("plant"), FREE, [1], {}),
        (None, FREE, [1], {}),
    ],
)
def test_a_run_that_the_rule_has_to_judge_is_not_allowed(
    devices: cl.Ledger, name: Any, start: int, values: list[int], more: dict[str, Any]
) -> None:
    assert not plain(devices).allows(name, cl.Readings(start, HOUR, values, **more))


def test_what_is_no_run_is_not_allowed(devices: cl.Ledger) -> None:
    for run in (None, (FREE, HOUR, [1]), OtherReadings(FREE, HOUR, [1])):
        assert not plain(devices).allows("plant", run)


def test_a_run_is_compared_with_those_that_were_allowed_before_it(devices: cl.Ledger) -> None:
    """Invariant 4, within a stretch: the view does not know the runs of the stretch yet."""
    runs = plain(devices)
    assert runs.allows("plant", cl.Readings(FREE, HOUR, [1, 1]))
    assert not runs.allows("plant", cl.Readings(FREE + HOUR, HOUR, [1]))
    assert not runs.allows("plant", cl.Readings(FREE - 3 * HOUR, HOUR, [1])), "earlier ones are left to the rule"
    assert runs.allows("plant", cl.Readings(FREE + 2 * HOUR, HOUR, [1]))


def test_an_actor_without_a_role_is_left_to_the_rule() -> None:
    with cl.open_ledger(":memory:", by="boss", policy="roles") as ledger:
        ledger.register_device(device())
        run = cl.Readings(FREE, HOUR, [1])
        assert not plain(ledger, "boss").allows("plant", run)
        ledger.grant("meters", role="meter-operator")
        assert plain(ledger, "meters").allows("plant", run)


def test_a_command_that_lacks_entries_is_left_to_the_rule(devices: cl.Ledger) -> None:
    run, may = cl.Readings(FREE, HOUR, [1]), RULES[GENERATION_RECORDED].may
    view = devices._store.view()
    for changed in ({"part": 1, "parts": 2}, {"type": "document.recorded"}):
        newest = view.entry(view.size - 1)

        class Forged:
            """The view with another newest entry."""

            size = view.size

            def entry(self, n: int, changed: dict[str, Any] = changed, newest: Entry = newest) -> Entry:
                """The newest entry, changed."""
                known = {name: getattr(newest, name) for name in ("n", "at", "by", "type", "event")}
                return Entry(**(known | changed)) if n == newest.n else view.entry(n)

        forged: Any = Forged()
        assert not PlainRuns(forged, "tester", may).allows("plant", run)


def test_the_bounds_of_a_few_lengths_of_steps_are_cached() -> None:
    facts = Facts(device())
    for step_s in (*range(1, 3 * _MOST_STEPS), HOUR):
        bounds = facts.bounds(step_s)
        assert (bounds.most_wh, bounds.least_wh) == (MOST * step_s // HOUR, -(-LEAST * step_s // HOUR))
        assert len(facts._bounds) <= _MOST_STEPS


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda event: event["net_wh"].__setitem__(0, MOST + 1), "100000001 Wh"),
        (lambda event: event.update(device="nobody"), "not registered"),
        (lambda event: event.update(device="planned"), "no commissioning date"),
        (lambda event: event.update(start="2019-12-31T19:59:59Z"), "commissioned on"),
        (lambda event: event.update(start="2020-02-11T12:00:00Z"), "already cover"),
        (lambda event: event.update(start="2099-01-01T00:00:00Z"), "it ends at"),
    ],
)
def test_a_forged_entry_of_many_runs_is_refused_by_the_rule(devices: cl.Ledger, change: Any, words: str) -> None:
    """Door and rule: an audit does not know how an entry was written."""
    (done,) = devices.record_many([("plant", cl.Readings(FREE, HOUR, [1_000] * 40))])
    assert words in str(found_in(devices, done.first, change))
    assert devices.audit().passed


def test_waived_checks_are_left_to_the_rule(devices: cl.Ledger) -> None:
    """Invariant 28: a reading beyond the capacity needs its waiver, which the entry has."""
    runs = [("plant", cl.Readings(FREE, HOUR, [MOST + 1] * 40))]
    with pytest.raises(ImplausibleReadingError):
        devices.record_many(runs)
    (done,) = devices.record_many(runs, waivers=Waiver("implausible-reading", "the meter was replaced"))
    assert devices.entry(done.first).event["waivers"][0]["name"] == "implausible-reading"
    after = [("plant", cl.Readings(FREE + 40 * HOUR, HOUR, [1] * 40))]
    (done,) = devices.record_many(after, waivers=Waiver("implausible-reading", "the meter was replaced"))
    assert "waivers" in devices.entry(done.first).event, "also where nothing had to be waived"
