"""Messages about units of other registries, and about units that belong to hours."""

from attrs import evolve

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
from carbon_ledger.ledger.commands.runs import Correction
from tests.conftest import EVIDENCE, device
from tests.messages.ledgers import begin
from tests.messages.snapshots import Case, Expect, Refusal, refusals, refused
from tests.support.hourly_plant import correct, hours, issue, record, text
from tests.support.hourly_plant import set_up as set_up_granular
from tests.support.other_registry import GCC, go, gs, import_serial

SAID = {"evidence": EVIDENCE, "reason": "r"}


def imported() -> cl.Ledger:
    """A block of another registry, `gold-standard/2025/4`, and a registered one."""
    ledger = begin()
    import_serial(ledger, gs(101, 200))
    ledger.register_registry(evolve(GCC, unit_kg=1000))
    return ledger


UNITS = "gold-standard/2025/4"
IMPORTED: list[Refusal] = [
    ("import-of-units-imported-before", lambda x: import_serial(x, gs(200, 300)), RefusedError),
    ("import-with-count-that-contradicts-serial", lambda x: import_serial(x, gs(1, 9), count=10), SerialError),
    ("import-with-number-as-serial", lambda x: import_serial(x, 7), QuantityError),
    ("import-from-unknown-registry", lambda x: import_serial(x, gs(1, 9), registry="other"), UnknownThingError),
    ("import-from-malformed-registry", lambda x: import_serial(x, gs(1, 9), registry="a b"), QuantityError),
    (
        "import-by-another-grammar",
        lambda x: import_serial(x, gs(1, 9), registry=evolve(GCC, id="gold-standard")),
        SerialError,
    ),
    ("import-to-malformed-account", lambda x: import_serial(x, gs(1, 9), to="a b"), QuantityError),
    ("import-to-unknown-account", lambda x: import_serial(x, gs(1, 9), to="nobody"), UnknownAccountError),
    ("import-of-unknown-instrument", lambda x: import_serial(x, gs(1, 9), instrument="GS"), QuantityError),
    ("import-of-granular-instrument", lambda x: import_serial(x, gs(1, 9), instrument="GC"), RefusedError),
    (
        "import-of-instrument-with-other-fields",
        lambda x: import_serial(x, gs(1, 9), instrument=evolve(cl.instruments.BUILTIN["GS-VER"], name="Mine")),
        AlreadyRegisteredError,
    ),
    ("import-of-vintage-outside-production", lambda x: import_serial(x, gs(1, 9), vintage=2023), RefusedError),
    (
        "import-of-another-project-than-its-serials",
        lambda x: import_serial(x, gs(1, 9), project="Hydro-3"),
        RefusedError,
    ),
    ("import-as-another-instrument", lambda x: import_serial(x, gs(1, 9), instrument="VCS-VCU"), RefusedError),
    (
        "import-as-instrument-of-another-registry",
        lambda x: import_serial(x, go(1, 9), registry="m-rets", instrument="VCS-VCU"),
        RefusedError,
    ),
    (
        "import-of-kilograms-as-tonnes",
        lambda x: import_serial(x, "ISO-1-BSTORE-GBR-F5X7-2025-1-9", registry="isometric", instrument="GCC-ACC"),
        RefusedError,
    ),
    (
        "import-of-tonnes-as-certificates",
        lambda x: import_serial(x, "GCC-1-9", registry="gcc", instrument="I-REC-E"),
        RefusedError,
    ),
    ("import-produced-after-its-vintage", lambda x: import_serial(x, gs(1, 9, vintage=2019)), RefusedError),
    ("import-produced-before-its-vintage", lambda x: import_serial(x, gs(1, 9, vintage=2026)), RefusedError),
    (
        "import-that-ended-before-its-vintage",
        lambda x: import_serial(x, "ACR-US-1-2026-1-1-9", registry="acr", instrument="GCC-ACC", project="1"),
        RefusedError,
    ),
    (
        "import-with-another-vintage-than-its-serials",
        lambda x: import_serial(
            x,
            "ACR-US-1-2025-1-1-9",
            registry="acr",
            instrument="GCC-ACC",
            project="ACR1",
            production=cl.Period.of("2024-12-01", "2025-06-01", zone="UTC"),
            vintage=2024,
        ),
        RefusedError,
    ),
    ("import-with-buffer-above-its-units", lambda x: import_serial(x, gs(1, 9), buffer=10), RefusedError),
    ("import-with-negative-buffer", lambda x: import_serial(x, gs(1, 9), buffer=-1), QuantityError),
    ("register-copy-of-grammar", lambda x: x.register_registry(evolve(GCC, id="copy")), AlreadyRegisteredError),
    ("import-with-text-as-vintage", lambda x: import_serial(x, gs(1, 9), vintage="2025"), QuantityError),
    ("import-without-evidence", lambda x: import_serial(x, gs(1, 9), evidence=None), MissingDataError),
    ("import-with-blank-project", lambda x: import_serial(x, gs(1, 9), project=" "), QuantityError),
    ("import-with-text-as-production", lambda x: import_serial(x, gs(1, 9), production="2025"), PeriodError),
    ("import-with-text-as-labels", lambda x: import_serial(x, gs(1, 9), labels="CORSIA"), QuantityError),
    ("import-with-label-named-twice", lambda x: import_serial(x, gs(1, 9), labels=["E+", "E+"]), QuantityError),
    ("register-unknown-registry-by-name", lambda x: x.register_registry("gcc"), SerialError),
    (
        "register-grammar-under-id-of-built-in-grammar",
        lambda x: x.register_registry(evolve(GCC, id="cercarbono")),
        AlreadyRegisteredError,
    ),
    ("register-registry-twice", lambda x: x.register_registry(GCC), AlreadyRegisteredError),
    (
        "register-built-in-registry-that-an-import-pinned",
        lambda x: x.register_registry("gold-standard"),
        AlreadyRegisteredError,
    ),
    ("export-to-malformed-registry", lambda x: x.export(f"{UNITS}/1", to_registry="a b", reference="7"), QuantityError),
    ("export-with-empty-reference", lambda x: x.export(f"{UNITS}/1", to_registry="r", reference=""), QuantityError),
    ("void-imported-batch", lambda x: x.void(4, reason="r"), UnknownBatchError),
    ("registry-serial-beyond-batch", lambda x: x.registry_serial(f"{UNITS}/101"), SerialError),
]


def hourly() -> cl.Ledger:
    """Three hours issued as `h/2024/8`, one of them with nothing, and two that are not."""
    ledger = begin()
    set_up_granular(ledger)
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


HOURLY: list[Refusal] = [
    ("match-in-unknown-order", lambda x: ask(x, order="fifo"), RefusedError),
    ("match-of-instrument-without-hours", lambda x: ask(x, instrument="I-REC-E"), RefusedError),
    ("match-with-number-as-device", lambda x: ask(x, device=7), QuantityError),
    ("match-of-unknown-device", lambda x: ask(x, device="ghost"), UnknownDeviceError),
    ("match-of-two-instruments", lambda x: [two_kinds(x), ask(x)], RefusedError),
    ("match-from-date-without-zone", lambda x: ask(x, start="2024-05-01"), NaiveTimeError),
    ("match-from-time-without-zone", lambda x: ask(x, start="2024-05-01T00:00"), NaiveTimeError),
    ("match-in-steps-over-an-hour", lambda x: ask(x, step="2 hours"), PeriodError),
    ("match-with-step-without-unit", lambda x: ask(x, step=3600), UnitMismatchError),
    ("match-with-float-as-consumption", lambda x: ask(x, wh=[1.0]), InexactNumberError),
    ("match-with-negative-consumption", lambda x: ask(x, wh=[5, -3]), QuantityError),
    ("hour-at-time-without-zone", lambda x: x.batches("h")[0].hour("2024-05-01T01:00"), NaiveTimeError),
    ("hour-without-energy", lambda x: x.batches("h")[0].hour(text(1)), SerialError),
    ("hour-of-batch-made-by-hand", lambda x: evolve(x.batches("h")[0], hours=None).hour(text(0)), SerialError),
    ("hour-of-batch-of-undone-transaction", lambda x: undone(x).hour(text(5)), SerialError),
    ("issue-of-hours-without-energy", lambda x: x.issue("h", hours(3, 5), to="op"), NothingToIssueError),
    (
        "issue-of-steps-over-an-hour",
        lambda x: x.issue("h", record(x, [5], first=3, step_s=7200), to="op"),
        RefusedError,
    ),
    ("correct-granular-steps-by-other-steps", lambda x: correct(x, [1, 1], step_s=1800), RefusedError),
    ("correct-across-edge-of-claim", across, StraddlingStepError),
    ("quantify-step-across-vintages", over_the_year, StraddlingStepError),
]


@refusals(IMPORTED)
def test_what_comes_from_elsewhere_is_refused_in_these_words(case: Case, expect: Expect) -> None:
    expect(refused(case, imported()))


@refusals(HOURLY)
def test_what_maps_to_hours_is_refused_in_these_words(case: Case, expect: Expect) -> None:
    expect(refused(case, hourly()))
