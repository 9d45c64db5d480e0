"""Many runs at once are recorded, or refused, as one by one: the same bytes, rows, results, times and words.

The domain's invariants 4, 16, 17 and 29 are checked by one rule, and no shortcut accepts what the rule refuses.
"""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen
from hypothesis import event, example, given
from hypothesis import strategies as st
from tests.conftest import EVIDENCE, device, dump

import carbon_ledger as cl
from carbon_ledger import _accelerator, canonical, column
from carbon_ledger.column import LONG
from carbon_ledger.core.entries.splitting import STEPS_PER_ENTRY
from carbon_ledger.errors import IdempotencyError
from carbon_ledger.ledger import stretches
from carbon_ledger.waivers import Waiver

HOUR = 3600
NOW = datetime(2024, 6, 1, tzinfo=UTC)
NOW_UTC = int(NOW.timestamp())
COMMISSIONED_UTC = int(datetime(2019, 12, 31, 20, tzinfo=UTC).timestamp())  # 2020-01-01 in Baku
RECORDED_UTC = int(datetime(2024, 3, 1, tzinfo=UTC).timestamp())  # of the run that `plant` has already
MOST_WH = 100_000_000  # of an hour of a device
LEAST_WH = -10_000_000
DEVICES = ("plant", "second", "third", "utc", "amended", "ended", "planned")


class Script:
    """A clock that gives the same times to two ledgers: each call moves it by the next of some steps."""

    def __init__(self, steps: tuple[timedelta, ...]) -> None:
        self.now, self.steps, self.calls = NOW, steps, 0

    def __call__(self) -> datetime:
        """The next time."""
        self.now += self.steps[self.calls % len(self.steps)] if self.steps else timedelta(seconds=1)
        self.calls += 1
        return self.now


class Name(str):
    """A text of a class of its own."""


@frozen
class Delivery:
    """The arguments of one call, and the runs as pairs of a device and a run."""

    runs: tuple[tuple[Any, Any], ...]
    options: dict[str, Any]


def set_up(store: str, path: Path, policy: str, script: Script) -> cl.Ledger:
    """A ledger with devices of all kinds, of which one has readings."""
    place = ":memory:" if store == "memory" else path
    clock = Script(())
    ledger = cl.open_ledger(place, ledger_id="many", clock=clock, by="boss", policy=policy)
    if policy == "roles":
        ledger.grant("meters", role="meter-operator")
        ledger.grant("boss", role="meter-operator")
    for name, fields in {
        "plant": {},
        "second": {"zone": "Europe/London", "station_load": "1 MW"},
        "third": {"margin": "1.05", "metered_since": "2021-02-03"},
        "utc": {"zone": "UTC"},
        "amended": {},
        "ended": {"decommissioned": "2024-04-01"},
        "planned": {"commissioned": None},
    }.items():
        ledger.register_device(device(name, **fields))
    ledger.amend_device("amended", effective="2024-03-01", capacity="50 MW", reason="rating", evidence=EVIDENCE)
    ledger.record_run("plant", cl.Readings(RECORDED_UTC, HOUR, [5] * 48))
    clock.now = max(clock.now, NOW)
    ledger._clock = script
    return ledger


STARTS = st.sampled_from(
    (
        *(COMMISSIONED_UTC - 1, COMMISSIONED_UTC, COMMISSIONED_UTC + HOUR),
        *(RECORDED_UTC + hours * HOUR for hours in (-40, -1, 0, 1, 47, 48, 49, 100, 140, 200)),
        *(NOW_UTC - hours * HOUR for hours in (100, 40, 33, 32, 1, 0)),
        0,
    )
)
FREE = st.sampled_from(tuple(COMMISSIONED_UTC + hours * HOUR for hours in range(10_000, 30_000, 50)))
LENGTHS = st.sampled_from((1, 2, LONG - 1, LONG, LONG + 1, 40, 48))
LONG_RUNS = st.sampled_from((STEPS_PER_ENTRY - 1, STEPS_PER_ENTRY, STEPS_PER_ENTRY + 1))
VALUES = st.sampled_from(
    (0, 1, -1, MOST_WH, MOST_WH + 1, LEAST_WH, LEAST_WH - 1, -1_000_000, -1_000_001, 50_000_000, 105_000_000, 2**50)
)


@st.composite
def runs_of_readings(draw: st.DrawFn, hostile: bool) -> Any:
    """A run that is in order; or one that may not be, or something that is not a run."""
    if not hostile:
        length = draw(LENGTHS)
        quality = draw(st.sampled_from(("measured", "measured", "estimated")))
        return cl.Readings(draw(FREE), HOUR, [draw(st.integers(-900_000, 9_000_000))] * length, quality=quality)
    if draw(st.integers(0, 30)) == 0:
        return draw(st.sampled_from((None, 5, "run", [1, 2], (1, 2, 3))))
    length = draw(LENGTHS if draw(st.integers(0, 9)) else LONG_RUNS)
    values = [draw(st.integers(0, 9_000_000))] * length
    if draw(st.integers(0, 2)) == 0:
        values[draw(st.integers(0, length - 1))] = draw(VALUES)
    more: dict[str, Any] = {}
    match draw(st.integers(0, 9)):
        case 0:
            more["gross_wh"] = [max(0, value) + 7 for value in values]
        case 1:
            more |= {
                "export_wh": [max(0, value) for value in values],
                "import_wh": [max(0, -value) for value in values],
            }
        case 2:
            more |= {"invoiced_export_wh": 7, "invoiced_import_wh": 0}
        case 3 | 4:
            more["quality"] = draw(st.sampled_from(("measured", "estimated", Name("estimated"))))
    step = draw(st.sampled_from((HOUR, HOUR, HOUR, HOUR, 900, 1)))
    return cl.Readings(draw(STARTS), step, values, **more)


NAMES = st.sampled_from((*DEVICES[:4], *DEVICES, "nobody", Name("plant"), "", None, 5, "a b"))
WAIVED = Waiver("implausible-reading", "checked")
OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "evidence": st.sampled_from((None, EVIDENCE, Name(EVIDENCE), "sha256:1")),
        "waivers": st.sampled_from(
            ((), Waiver("implausible-reading", "checked"), [Waiver("implausible-reading", "x")])
        ),
        "by": st.sampled_from(("boss", "meters", "stranger", 'a "quoted" 100% %d \\ é', Name("boss"), "", 7)),
        "key": st.sampled_from((None, "k", 'k "%b" é', Name("k"), "x" * 1_999, "")),
    },
)
SANE_OPTIONS = st.sampled_from(({}, {"evidence": EVIDENCE}, {"key": "k"}, {"key": "n", "evidence": EVIDENCE}))
SANE = st.tuples(st.sampled_from((*DEVICES[:4], *DEVICES[:6])), runs_of_readings(False))
HOSTILE = st.tuples(NAMES, runs_of_readings(True))


@st.composite
def deliveries_of_runs(draw: st.DrawFn) -> Delivery:
    """Runs that are all in order, or of which one or all may not be."""
    kind = draw(st.sampled_from(("sane", "sane", "one", "all", "options")))
    runs = draw(st.lists(HOSTILE if kind == "all" else SANE, min_size=1, max_size=6))
    if kind == "one":
        runs.insert(draw(st.integers(0, len(runs))), draw(HOSTILE))
    return Delivery(tuple(runs), draw(OPTIONS if kind == "options" else SANE_OPTIONS))


DELIVERIES = st.lists(deliveries_of_runs(), min_size=1, max_size=3)
STEPS = st.lists(
    st.sampled_from((*(timedelta(seconds=1),) * 20, timedelta(0), timedelta(microseconds=1), timedelta(seconds=-5)))
    | st.sampled_from((timedelta(seconds=1), timedelta(days=399), timedelta(days=401))),
    max_size=5,
).map(tuple)


@contextmanager
def accelerated(on: bool) -> Iterator[None]:
    """A context in which the accelerator is used for everything, or for nothing."""
    with pytest.MonkeyPatch.context() as patch:
        fast = _accelerator.accelerator if on else lambda: None
        patch.setattr(canonical, "accelerator", fast)
        patch.setattr(column, "accelerator", fast)
        patch.setattr(canonical, "_FEW", 0)
        yield


def one_by_one(ledger: cl.Ledger, delivery: Delivery) -> tuple[cl.Recorded, ...]:
    """Record the runs of a delivery by `record_run`, each with a key of its own."""
    options, key = dict(delivery.options), delivery.options.get("key")
    found = []
    with ledger.batch():
        for k, (name, run) in enumerate(delivery.runs, 1):
            if key is not None:
                options["key"] = key if k == 1 else f"{key}#{k}"
            found.append(ledger.record_run(name, run, **options))
    return tuple(found)


def outcome(action: Callable[[], object]) -> object:
    """What an action returns, or its refusal: type, rule and words."""
    try:
        return action()
    except cl.CarbonLedgerError as error:
        return type(error), getattr(error, "rule", None), str(error)


def mixed(name: str, start: int, values: list[int], **more: Any) -> tuple[str, cl.Readings]:
    """A pair of a device and a run of hours."""
    return name, cl.Readings(start, HOUR, values, **more)


PLAIN = Delivery(tuple(mixed(name, NOW_UTC - 200 * HOUR, [1_000] * 40) for name in DEVICES[:4]), {"key": "k"})
BAD = mixed("utc", NOW_UTC - 200 * HOUR, [MOST_WH + 1] * 40)


STORES, POLICIES = st.sampled_from(("memory", "sqlite")), st.sampled_from(("open", "open", "roles"))


@given(DELIVERIES, STEPS, STORES, POLICIES, st.booleans())
@example([PLAIN, PLAIN], (), "sqlite", "open", True)
@example([PLAIN, PLAIN], (), "memory", "roles", False)
@example([Delivery((*PLAIN.runs[:3], BAD, mixed("nobody", 0, [1])), {}), PLAIN], (), "sqlite", "open", True)
@example([Delivery(PLAIN.runs[:1] * 2, {})], (), "sqlite", "open", False)
@example([Delivery((mixed("plant", NOW_UTC - 31 * HOUR, [1] * 32),), {})], (), "sqlite", "open", False)
@example([Delivery(PLAIN.runs, {"waivers": WAIVED})], (), "sqlite", "open", False)
@example([PLAIN], (timedelta(days=401),), "sqlite", "open", False)
@example([PLAIN], (timedelta(0),), "sqlite", "open", False)
def test_many_runs_are_recorded_or_refused_as_one_by_one(
    deliveries: list[Delivery], steps: tuple[timedelta, ...], store: str, policy: str, fast: bool
) -> None:
    """Nothing that anybody can see tells whether runs were recorded together or one by one. Domain invariants 4, 16."""
    with tempfile.TemporaryDirectory() as place, accelerated(fast):
        one, many = (set_up(store, Path(place) / name, policy, Script(steps)) for name in ("one.db", "many.db"))
        with one, many:
            for delivery in deliveries:
                before = dump(many)
                expected = outcome(lambda delivery=delivery: one_by_one(one, delivery))
                found: Any = outcome(lambda delivery=delivery: many.record_many(delivery.runs, **delivery.options))
                event(f"{'recorded' if isinstance(found[0], cl.Recorded) else found[0].__name__}")
                if is_other_number_of_runs(found):
                    assert dump(many) == before
                    return
                assert found == expected
                assert dump(many) == dump(one)
                assert many._clock.calls == one._clock.calls
                if not isinstance(found[0], cl.Recorded):
                    assert dump(many) == before
            report = many.audit()
            assert report.passed
            assert report.root == one.audit().root


def is_other_number_of_runs(found: object) -> bool:
    """Whether a key was refused because it was used for fewer or more runs, which one by one nobody can see."""
    return isinstance(found, tuple) and found[:1] == (IdempotencyError,) and "runs than this call" in found[2]


def test_the_plain_deliveries_are_written_as_stretches(monkeypatch: pytest.MonkeyPatch) -> None:
    """The property above compares two ways, and not one with itself: plain runs never reach the ordinary way."""
    ledger = set_up("memory", Path(), "open", Script(()))
    monkeypatch.setattr(ledger, "_record", None)
    for start in (NOW_UTC - 200 * HOUR, NOW_UTC - 160 * HOUR):
        runs = [mixed(name, start, [1_000] * 40) for name in ("plant", "second", "third", "utc")]
        assert len(ledger.record_many(runs, key=f"k{start}", evidence=EVIDENCE)) == 4
    assert stretches._MOST == 512
