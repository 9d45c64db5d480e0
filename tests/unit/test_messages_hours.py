"""What is refused of units that come from elsewhere, and of those that map to hours: to the letter."""

from attrs import evolve
from tests.conftest import EVIDENCE, device
from tests.crossing import GCC, bring, gs
from tests.granular import correct, hours, issue, record, text
from tests.granular import furnish as furnish_granular
from tests.messages import ID, PERIOD, TEXT, Case, Do, Kind, begin, each, said

import carbon_ledger as cl
from carbon_ledger.errors import (
    AlreadyRegisteredError,
    InexactNumberError,
    MissingDataError,
    NaiveTimeError,
    NothingToIssueError,
    PeriodError,
    QuantityError,
    RefusedError,
    SerialError,
    StraddlingStepError,
    UnitMismatchError,
    UnknownAccountError,
    UnknownBatchError,
    UnknownDeviceError,
    UnknownThingError,
)
from carbon_ledger.ledger.commands.corrections import Correction

SAID = {"evidence": EVIDENCE, "reason": "r"}


def imported() -> cl.Ledger:
    """A block of another registry, `gold-standard/2025/4`, and a registered one."""
    ledger = begin()
    bring(ledger, gs(101, 200))
    ledger.register_registry(GCC)
    return ledger


UNITS = "gold-standard/2025/4"
IMPORTED: list[Case] = [
    (
        lambda x: bring(x, gs(200, 300)),
        RefusedError,
        "gold-standard serial GS1-1-AZ-GS1-2-2025-1-200-300: numbers 200 to 200 of it came in with entry "
        "4, as GS1-1-AZ-GS1-2-2025-1-101-200: a unit enters once, whatever became of it since; see "
        "trace('gold-standard/2025/4/1') [already-imported]",
    ),
    (
        lambda x: bring(x, gs(1, 9), count=10),
        SerialError,
        "gold-standard serial 'GS1-1-AZ-GS1-2-2025-1-1-9': 10 units stated, but 1 to 9 are 9 (last - first "
        "+ 1); find out which of the two is wrong",
    ),
    (lambda x: bring(x, 7), QuantityError, f"serial 7: {TEXT}"),
    (
        lambda x: bring(x, gs(1, 9), registry="other"),
        UnknownThingError,
        "registry 'other': it is not registered here, and no built-in grammar has this id (acr, car, cdm, "
        "gold-standard, m-rets, undp, verra); register_registry(SerialGrammar(...)) first "
        "[unknown-registry]",
    ),
    (lambda x: bring(x, gs(1, 9), registry="a b"), QuantityError, f"registry id 'a b': {ID}"),
    (
        lambda x: bring(x, gs(1, 9), registry=evolve(GCC, id="gold-standard")),
        SerialError,
        "gold-standard serial 'GS1-1-AZ-GS1-2-2025-1-1-9': this ledger reads serials of gold-standard by "
        "another grammar than the one given; see grammar('gold-standard')",
    ),
    (lambda x: bring(x, gs(1, 9), to="a b"), QuantityError, f"account id 'a b': {ID}"),
    (
        lambda x: bring(x, gs(1, 9), to="nobody"),
        UnknownAccountError,
        "account nobody: not open; open it with open_account() first [unknown-account]",
    ),
    (
        lambda x: bring(x, gs(1, 9), instrument="GS"),
        QuantityError,
        "instrument 'GS': expected an Instrument or one of GCC-ACC, GS-VER, VCS-VCU, CDM-CER, I-REC-E, EECS-GO, GC",
    ),
    (
        lambda x: bring(x, gs(1, 9), instrument="GC"),
        RefusedError,
        "gold-standard serial GS1-1-AZ-GS1-2-2025-1-1-9: units of GC map to hours by the readings behind "
        "them, and a block of another registry brings none; they cannot be held here [external-granular]",
    ),
    (
        lambda x: bring(x, gs(1, 9), instrument=evolve(cl.instruments.BUILTIN["GS-VER"], name="Mine")),
        AlreadyRegisteredError,
        "instrument GS-VER: entry 4 uses this id for another record; units of one id add, so they must be "
        "of one kind; give the other an id of its own [already-registered]",
    ),
    (
        lambda x: bring(x, gs(1, 9), vintage=2023),
        RefusedError,
        "gold-standard serial GS1-1-AZ-GS1-2-2025-1-1-9: vintage 2023, and it was produced in "
        "2024-04-01T00:00:00+04:00 to 2025-09-01T00:00:00+04:00 (Asia/Baku) (2024 to 2025); a vintage is a "
        "year of generation, never of issue [vintage-outside]",
    ),
    (
        lambda x: bring(x, gs(1, 9), vintage="2025"),
        QuantityError,
        "vintage '2025': expected a calendar year such as 2024",
    ),
    (
        lambda x: bring(x, gs(1, 9), evidence=None),
        MissingDataError,
        "import_block: without evidence; give the digest of the document, cl.digest_file(path)",
    ),
    (lambda x: bring(x, gs(1, 9), project=" "), QuantityError, f"project ' ': {TEXT}"),
    (lambda x: bring(x, gs(1, 9), production="2025"), PeriodError, f"production '2025': {PERIOD}"),
    (
        lambda x: bring(x, gs(1, 9), labels="CORSIA"),
        QuantityError,
        "labels 'CORSIA': expected several, e.g. ['CORSIA'] or ['E+', 'tag:north']",
    ),
    (lambda x: bring(x, gs(1, 9), labels=["E+", "E+"]), QuantityError, "labels ('E+', 'E+'): name each once"),
    (
        lambda x: x.register_registry("gcc"),
        SerialError,
        "registry 'gcc': expected a SerialGrammar or one of acr, car, cdm, gold-standard, m-rets, undp, verra",
    ),
    (
        lambda x: x.register_registry(GCC),
        AlreadyRegisteredError,
        "registry gcc: registered by entry 5 (registry.registered); a registration is never replaced, "
        "choose another id [already-registered]",
    ),
    (
        lambda x: x.register_registry("gold-standard"),
        AlreadyRegisteredError,
        "registry gold-standard: registered by entry 4 (block.imported); a registration is never replaced, "
        "choose another id [already-registered]",
    ),
    (lambda x: x.export(f"{UNITS}/1", to_registry="a b", reference="7"), QuantityError, f"registry id 'a b': {ID}"),
    (lambda x: x.export(f"{UNITS}/1", to_registry="r", reference=""), QuantityError, f"reference '': {TEXT}"),
    (
        lambda x: x.void(4, reason="r"),
        UnknownBatchError,
        "issuance 4: another registry issued it, and its readings are not here; units can be withdrawn or "
        "exported [unknown-batch]",
    ),
    (
        lambda x: x.registry_serial(f"{UNITS}/101"),
        SerialError,
        "cannot take 201 to 201 of gold-standard serial 'GS1-1-AZ-GS1-2-2025-1-101-200': expected whole "
        "numbers with 101 <= first <= last <= 200",
    ),
]


def hourly() -> cl.Ledger:
    """Three hours issued as `h/2024/8`, one of them with nothing, and two that are not."""
    ledger = begin()
    furnish_granular(ledger)
    issue(ledger, [3, 0, 5])
    record(ledger, [0, -5], first=3)
    return ledger


def profile(wh: object = (9,), start: object = text(0), step: object = "1 hour") -> cl.ConsumptionProfile:
    return cl.ConsumptionProfile(start=start, step=step, consumption_wh=list(wh))


def ask(ledger: cl.Ledger, **more: object) -> cl.HourlyMatch:
    given = {name: more.pop(name) for name in ("wh", "start", "step") if name in more}
    return ledger.match("op", profile(**given), **more)


def undone(ledger: cl.Ledger) -> cl.Batch:
    """A batch of a transaction that was undone, before another took its number."""
    kept: list[cl.Batch] = []

    def begin_to() -> None:
        with ledger.batch():
            kept.extend(ledger.issue("h", hours(5, 6), to="op"))
            raise ZeroDivisionError

    record(ledger, [4, 6], first=5)
    try:
        begin_to()
    except ZeroDivisionError:
        ledger.issue("h", hours(6, 7), to="op")
    return kept[0]


def two_kinds(ledger: cl.Ledger) -> None:
    """Granular units of another instrument, too."""
    mine = cl.Instrument(id="MINE", name="Mine", unit="Wh", claim="energy-attribute", granular=True)
    ledger.register_device(device("second", zone="UTC"))
    ledger.register_project(cl.Project(id="m", instrument=mine, zone="UTC", devices=("second",)))
    record(ledger, [4], name="second")
    ledger.issue("m", hours(0, 1), to="op")


def across(ledger: cl.Ledger) -> Correction:
    """A correction over the edge of a claim of certificates that map to no hour."""
    ledger.register_project(cl.Project(id="months", instrument="I-REC-E", zone="UTC", devices=("plant",)))
    record(ledger, [10**6] * 3, first=5)
    ledger.issue("months", hours(5, 6), to="op")
    return ledger.correct_readings("plant", start=text(5), step="2 hours", net_wh=[10**6], **SAID)


def over_the_year(ledger: cl.Ledger) -> object:
    """A step over the turn of the year."""
    ledger.register_project(cl.Project(id="months", instrument="I-REC-E", zone="UTC", devices=("plant",)))
    period = cl.Period.of("2023-12-31", "2024-01-02", zone="UTC")
    ledger.record_generation("plant", period, net="3 MWh")
    return ledger.quantify("months", period)


HOURLY: list[Case] = [
    (
        lambda x: ask(x, order="fifo"),
        RefusedError,
        "order 'fifo': expected one of oldest-first, newest-first [unknown-order]",
    ),
    (
        lambda x: ask(x, instrument="I-REC-E"),
        RefusedError,
        "instrument I-REC-E: no project of this ledger issues granular certificates of it, and no other "
        "unit has an hour [not-granular]",
    ),
    (lambda x: ask(x, device=7), QuantityError, "device 7: expected a device's id, or several"),
    (
        lambda x: ask(x, device="ghost"),
        UnknownDeviceError,
        "device ghost: not registered; register it with register_device() first [unknown-device]",
    ),
    (
        lambda x: [two_kinds(x), ask(x)],
        RefusedError,
        "account op: it has units of GC, MINE, which do not add; pass instrument= [several-instruments]",
    ),
    (
        lambda x: ask(x, start="2024-05-01"),
        NaiveTimeError,
        "start: 2024-05-01 is no time; give one with its zone, such as 2024-05-01T00:00+04:00, or the "
        'start of a local day: Period.day("2024-05-01", zone="Asia/Baku").start',
    ),
    (
        lambda x: ask(x, start="2024-05-01T00:00"),
        NaiveTimeError,
        "start: '2024-05-01T00:00' names no zone; end it with \"Z\" or its offset from UTC, e.g. "
        '"2024-05-01T00:00+04:00"',
    ),
    (
        lambda x: ask(x, step="2 hours"),
        PeriodError,
        "step 7200 s: consumption is matched hour by hour or finer, in steps that an hour is made of: 1 "
        "hour, 30 min, 15 min, 5 min, ...; sum shorter steps up, and meter longer ones by the hour",
    ),
    (
        lambda x: ask(x, step=3600),
        UnitMismatchError,
        'step: a bare int has no unit; write it as text with its unit, e.g. "1 hour"',
    ),
    (
        lambda x: ask(x, wh=[1.0]),
        InexactNumberError,
        "consumption_wh[0]: 1.0 is a float; a column holds whole numbers of Wh (int)",
    ),
    (
        lambda x: ask(x, wh=[5, -3]),
        QuantityError,
        "consumption_wh[1]: -3 Wh; a step that gave more than it took consumed 0, and what it gave is "
        "generation of a device",
    ),
    (
        lambda x: x.batches("h")[0].hour("2024-05-01T01:00"),
        NaiveTimeError,
        "hour: '2024-05-01T01:00' names no zone; end it with \"Z\" or its offset from UTC, e.g. "
        '"2024-05-01T01:00+04:00"',
    ),
    (
        lambda x: x.batches("h")[0].hour(text(1)),
        SerialError,
        "batch h/2024/8 of 2024-05-01T00:00:00Z to 2024-05-01T03:00:00Z has no unit of "
        "2024-05-01T01:00:00Z: no step of it above zero holds that time; see ledger.hours(batch)",
    ),
    (
        lambda x: evolve(x.batches("h")[0], hours=None).hour(text(0)),
        SerialError,
        "batch h/2024/8: it was not given out by a ledger, which knows its hours; take it from ledger.batches('h')",
    ),
    (
        lambda x: undone(x).hour(text(5)),
        SerialError,
        "batch h/2024/12: the transaction that issued it was undone; see batches('h')",
    ),
    (
        lambda x: x.issue("h", hours(3, 5), to="op"),
        NothingToIssueError,
        "project h: no step of 2024-05-01T03:00:00Z to 2024-05-01T05:00:00Z can be certified (none is above zero) "
        "[nothing-to-issue]",
    ),
    (
        lambda x: x.issue("h", record(x, [5], first=3, step_s=7200), to="op"),
        RefusedError,
        "device plant: steps of 7200 s; a granular certificate's interval is at most 3600 s: record hours, "
        "or shorter steps [interval-too-long]",
    ),
    (
        lambda x: correct(x, [1, 1], step_s=1800),
        RefusedError,
        "device plant, 2024-05-01T00:00:00Z to 2024-05-01T01:00:00Z: granular certificates were issued for "
        "its steps of 3600 s by entry 8, and a unit stays with its step: correct with the same steps, not "
        "with steps of 1800 s from 2024-05-01T00:00:00Z to 2024-05-01T01:00:00Z [granular-steps]",
    ),
    (
        across,
        StraddlingStepError,
        "device plant: a step of 7200 s crosses the edge of the claim of entry 13; correct with shorter "
        "steps [step-crosses-claim]",
    ),
    (
        over_the_year,
        StraddlingStepError,
        "device plant, step 2023-12-31T00:00:00+00:00 to 2024-01-02T00:00:00+00:00 (UTC): it crosses a "
        "vintage boundary, and how much lies on each side was not metered; Waiver('straddling-step', "
        "reason) splits it in proportion to seconds [straddling-step]",
    ),
]


@each(IMPORTED)
def test_what_comes_from_elsewhere_is_refused_in_these_words(do: Do, kind: Kind, message: str) -> None:
    assert said(imported(), do, kind) == message


@each(HOURLY)
def test_what_maps_to_hours_is_refused_in_these_words(do: Do, kind: Kind, message: str) -> None:
    assert said(hourly(), do, kind) == message
