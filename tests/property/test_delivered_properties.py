"""A file delivered again does what somebody would do by hand, step by step; or it is refused, and changes nothing."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import groupby, product
from operator import attrgetter
from typing import Any

import pytest
from attrs import evolve, field, frozen
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from tests.conftest import EVIDENCE, Clock, device, dump
from tests.support.each import by_default
from tests.support.meter_file import FILE, LAYOUT, START, meter_file

import carbon_ledger as cl
from carbon_ledger.errors import CarbonLedgerError
from carbon_ledger.metering.readings import Readings
from carbon_ledger.periods.instants import instant_text

Draw = Callable[[st.SearchStrategy[Any]], Any]
HALF_HOURS = 12  # readings have steps of one or of two of them
KINDS = {"device": ("plain", "gross", "sides"), "meter": ("plain", "sides")}
REASON = "the operator's newer file"
MWH = 1_000_000


@frozen
class Step:
    """A step: where it begins and ends [half-hours], its quality, and the columns that are known. [Wh]"""

    start: int
    end: int
    quality: str
    net: int
    gross: int | None = None
    export: int | None = None
    import_: int | None = None


@frozen
class History:
    """What the test knows of the readings: the live steps, and those that corrections replaced."""

    live: list[Step] = field(factory=list)
    replaced: list[Step] = field(factory=list)
    before: list[list[Step]] = field(factory=list)  # the live steps before each correction

    def over(self, start: int, end: int) -> list[Step]:
        """The live steps that overlap some half-hours."""
        return [step for step in self.live if step.start < end and start < step.end]


def steps_of(draw: Draw, subject: str, start: int, end: int) -> list[Step]:
    """A run of steps, of which the last one ends by the half-hour *end*; possibly empty."""
    length = draw(st.sampled_from((1, 2)))
    known, quality = draw(st.sampled_from(KINDS[subject])), draw(st.sampled_from(("measured",) * 3 + ("estimated",)))
    steps = []
    for at in range(start, end - length + 1, length):
        net = draw(st.sampled_from((-1, 0, 1, 2))) * MWH
        import_ = max(0, -net)
        others = {
            "plain": {},
            "gross": {"gross": max(net, 0) + MWH * draw(st.sampled_from((0, 1)))},
            "sides": {"export": net + import_, "import_": import_},
        }
        steps.append(Step(at, at + length, quality, net, **others[known]))
    return steps


def run_of(steps: Sequence[Step]) -> Readings:
    """Steps as a run of readings."""
    first = steps[0]
    columns = {"gross_wh": "gross", "export_wh": "export", "import_wh": "import_"}
    known = {name: [getattr(step, given) for step in steps] for name, given in columns.items()}
    return Readings(
        START + 1800 * first.start,
        1800 * (first.end - first.start),
        [step.net for step in steps],
        quality=first.quality,
        **{name: values for name, values in known.items() if values[0] is not None},
    )


def opened(subject: str) -> cl.Ledger:
    """A ledger of a plant, and of a meter that it shares."""
    ledger = cl.open_ledger(":memory:", ledger_id="delivered", clock=Clock(), by="tester")
    for name in ("one", "two"):
        ledger.register_device(device(name, capacity="1000 MW"))
    ledger.open_account("op", name="Op")
    if subject == "meter":
        ledger.register_meter(cl.Meter(id="subject", shares={"one": 2, "two": 1}))
    else:
        ledger.register_device(device("subject", capacity="1000 MW", station_load="1000 MW"))
    devices = ("one", "two") if subject == "meter" else ("subject",)
    ledger.register_project(cl.Project(id="p", instrument="I-REC-E", zone="Asia/Baku", devices=devices))
    return ledger


def record(ledger: cl.Ledger, subject: str, run: Readings, evidence: str) -> None:
    """Record a run by hand."""
    if subject == "device":
        ledger.record_run("subject", run, evidence=evidence, waivers=WAIVERS)
        return
    known = {"start": instant_text(run.start_utc), "step": f"{run.step_s} s", "net_wh": run.net_wh}
    sides = {"export_wh": run.export_wh, "import_wh": run.import_wh, "quality": run.quality, "waivers": WAIVERS}
    ledger.record_meter_readings("subject", **known, **sides, evidence=evidence)


def correct(ledger: cl.Ledger, subject: str, run: Readings, evidence: str) -> None:
    """Correct readings by hand."""
    known = {"start": instant_text(run.start_utc), "step": f"{run.step_s} s", "net_wh": run.net_wh, "reason": REASON}
    sides = {"export_wh": run.export_wh, "import_wh": run.import_wh, "quality": run.quality, "waivers": WAIVERS}
    if subject == "device":
        ledger.correct_readings("subject", **known, **sides, gross_wh=run.gross_wh, evidence=evidence)
    else:
        ledger.correct_meter("subject", **known, **sides, evidence=evidence)


WAIVERS = [cl.Waiver("implausible-reading", "a test"), cl.Waiver("estimated-readings", "a test")]
GAP = [cl.Waiver("gap", "a test"), cl.Waiver("estimated-readings", "a test")]


def lived(draw: Draw, subject: str, ledgers: Sequence[cl.Ledger]) -> History:
    """Give both ledgers the same readings, corrections and issuances; return what the readings are."""
    history = History()
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, HALF_HOURS - 1))
        steps = steps_of(draw, subject, start, draw(st.integers(start + 1, HALF_HOURS)))
        if not steps:
            continue
        old = history.over(steps[0].start, steps[-1].end)
        run = run_of(steps)
        what = correct if old else record
        try:
            for ledger in ledgers:
                what(ledger, subject, run, EVIDENCE)
        except CarbonLedgerError:
            continue
        if old:
            history.before.append([*history.live])
        history.live[:] = [step for step in history.live if step not in old] + steps
        history.replaced.extend(old)
        if draw(st.booleans()):
            for ledger in ledgers:
                with suppress(CarbonLedgerError):
                    ledger.issue("p", cl.Period(START, START + 1800 * HALF_HOURS), to="op", waivers=GAP)
    return history


def file_of(draw: Draw, subject: str, history: History) -> list[list[Step]]:
    """The runs of a file: some steps as the ledger has them, or as it had them, and some of its own."""
    found: list[Step] = []
    at = 0
    while at < HALF_HOURS:
        end = draw(st.integers(at + 1, HALF_HOURS))
        known = draw(st.sampled_from(("own", "gap", "live", "live", "live", "changed", "changed", "old")))
        if known == "own":
            steps = steps_of(draw, subject, at, end)
        else:
            pool = {"gap": [], "old": history.replaced}.get(known, history.live)
            steps = sorted(
                {step.start: step for step in pool if at <= step.start and step.end <= end}.values(),
                key=attrgetter("start"),
            )
        at = max(end, at)
        done = -1
        for step in steps:
            if step.start >= done:
                found.append(changed(draw, step) if known == "changed" else step)
                done = step.end
    runs: list[list[Step]] = []
    for step in found:
        if runs and continues(runs[-1][-1], step):
            runs[-1].append(step)
        else:
            runs.append([step])
    return runs


def changed(draw: Draw, step: Step) -> Step:
    """A step with more energy, or as it is."""
    more = draw(st.sampled_from((0, 0, MWH, 2 * MWH)))
    more_of = {name: wh + more for name in ("net", "gross", "export") if (wh := getattr(step, name)) is not None}
    return evolve(step, **more_of)


def continues(one: Step, other: Step) -> bool:
    """Whether a step belongs to the same run as the step before it."""
    known = [(step.end - step.start, step.quality, step.gross is None, step.export is None) for step in (one, other)]
    return one.end == other.start and known[0] == known[1]


def parts(history: History, runs: Sequence[Sequence[Step]]) -> Iterator[tuple[str, list[Step]]]:
    """The stretches of a file's runs: new steps, identical ones, and differing ones."""
    for run in runs:
        for state, steps in groupby(run, key=lambda step: state_of(history, step)):
            yield state, list(steps)


def state_of(history: History, step: Step) -> str:
    over = history.over(step.start, step.end)
    return "new" if not over else "same" if over == [step] else "differs"


def undoes(history: History, step: Step) -> bool:
    """Whether a correction replaced the values of a step, and live ones differ, as far as they are known in both."""
    return any(agree(old, step) for old in history.replaced) and not any(agree(one, step) for one in history.live)


def agree(old: Step, step: Step) -> bool:
    """Whether two steps are the same as far as both are known."""
    return (old.start, old.end, old.quality, old.net) == (step.start, step.end, step.quality, step.net) and all(
        None in (getattr(old, name), getattr(step, name)) or getattr(old, name) == getattr(step, name)
        for name in ("gross", "export", "import_")
    )


def within(steps: Sequence[Step], span: Step) -> list[Step]:
    """The steps that fill the time of another one exactly; otherwise none."""
    found = sorted((step for step in steps if span.start <= step.start and step.end <= span.end), key=lambda s: s.start)
    return found if sum(step.end - step.start for step in found) == span.end - span.start else []


def undoes_by_sums(history: History, steps: Sequence[Step]) -> bool:
    """Whether a step has the energy that several had before a correction, or several that of one, and none has now."""
    for before in history.before:
        old = [step for step in before if step.quality == steps[0].quality]
        for ones, others in ((steps, old), (old, steps)):
            for one in ones:
                several, now = within(others, one), within(history.live, one)
                energies = [sum(step.net for step in found) for found in (several, now)]
                if len(several) > 1 and now and energies[0] == one.net != energies[1]:
                    return True
    return False


def by_hand(ledger: cl.Ledger, subject: str, history: History, runs: Sequence[Sequence[Step]], already: str) -> None:
    """Record a file by hand.

    Raises:
        _RefusedFileError: The file itself is refused, by the rule of this name.
    """
    found = [("new", [*run]) for run in runs] if already == "refuse" else [*parts(history, runs)]
    differing = [steps for state, steps in found if state == "differs"]
    if differing and already == "skip-identical":
        raise _RefusedFileError("differing-reading")
    for steps in differing:
        if any(undoes(history, step) for step in steps) or undoes_by_sums(history, steps):
            raise _RefusedFileError("superseded-reading")
        if steps[0].gross is None and any(old.gross is not None for old in history.over(steps[0].start, steps[-1].end)):
            raise _RefusedFileError("gross-missing")
    ledger.describe_document(FILE, kind="meter-file", title="may.csv", layout=LAYOUT)
    for state, steps in found:
        if state == "new":
            record(ledger, subject, run_of(steps), FILE)

    def gain(steps: Sequence[Step]) -> int:
        start, end = steps[0].start, steps[-1].end
        whole = [old.net for old in history.live if start <= old.start and old.end <= end]
        return sum(step.net for step in steps) - sum(whole)

    for steps in sorted(differing, key=gain, reverse=True):
        correct(ledger, subject, run_of(steps), FILE)


class _RefusedFileError(Exception):
    """The file is refused before a command is given; the argument is the rule."""


def events(ledger: cl.Ledger, since: int) -> list[tuple[str, object]]:
    return [(entry.type, entry.event) for entry in ledger.entries() if entry.n >= since]


def of_a_file(kind: str, event: dict[str, object]) -> tuple[str, object]:
    """What is recorded by hand, as the file records it: with the series, which this file does not name."""
    readings = "net_wh" in event and event.get("evidence") == FILE
    return kind, {**event, "series": ""} if readings else event


@pytest.mark.hypothesis
@pytest.mark.parametrize(
    ("subject", "already"),
    by_default(
        product(["device", "meter"], ["correct", "skip-identical", "refuse"]),
        lambda case: case in (("device", "skip-identical"), ("meter", "correct")),
    ),
)
@settings(suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_file_does_what_is_done_by_hand(subject: str, already: str, data: st.DataObject) -> None:
    """Invariants 4, 15, 26 and 32: the same entries as by hand, all or none, whatever of the file is recorded."""
    ledger, other = opened(subject), opened(subject)
    history = lived(data.draw, subject, (ledger, other))
    runs = file_of(data.draw, subject, history)
    if not runs:
        return
    before, since = dump(ledger), ledger.size
    assert dump(other) == before
    given_reason = {"reason": REASON} if already == "correct" else {}
    expected = "recorded"
    try:
        with other.batch():
            by_hand(other, subject, history, runs, already)
    except _RefusedFileError as refused:
        expected = refused.args[0]
    except CarbonLedgerError as refused:
        expected = getattr(refused, "rule", type(refused).__name__)
    event(f"{already}: {expected}")

    def deliver(already: str, **more: object) -> cl.RecordedFile:
        return ledger.record_meter_file("subject", file, already=already, waivers=WAIVERS, **more)

    file, done = meter_file(*map(run_of, runs)), "recorded"
    try:
        result = deliver(already, key="k", **given_reason)
    except CarbonLedgerError as refused:
        done = getattr(refused, "rule", type(refused).__name__)
    assert done == expected
    if done != "recorded":
        assert dump(ledger) == before
        return
    assert events(ledger, since) == [of_a_file(*one) for one in events(other, since)]
    assert ledger.audit().passed
    same = [step for state, steps in parts(history, runs) if state == "same" for step in steps]
    assert result.skipped_steps == (0 if already == "refuse" else len(same))
    event(f"{already}: {'some' if same else 'no'} steps skipped, {len(result.corrections)} corrections")
    size = ledger.size
    assert deliver(already, key="k", **given_reason) == result
    again = deliver("skip-identical")
    assert (again.first, again.skipped_steps, ledger.size) == (None, file.only.step_count, size)
