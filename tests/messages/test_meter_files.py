"""Messages about files of metered energy that are recorded, and about the layouts that they were read by."""

from attrs import evolve

import carbon_ledger as cl
from carbon_ledger.errors import (
    IdempotencyError,
    MissingDataError,
    OverlapError,
    QuantityError,
    RefusedError,
    UnknownThingError,
)
from tests.conftest import EVIDENCE, Clock, device
from tests.messages.snapshots import Case, Do, Expect, Refusal, refusals, refused
from tests.support.meter_file import FILE, LAYOUT, OTHER_FILE, hours, meter_file, series_of_runs

FIRST = meter_file(hours([1, 2, 3]), hours([4, 4], at=5, gross_wh=(5, 5)))
WHY = {"already": "correct", "reason": "a newer file"}


def delivered() -> cl.Ledger:
    """A ledger with a file, of which one hour was corrected, and an id that a device and a meter have."""
    ledger = cl.open_ledger(":memory:", clock=Clock(), by="tester")
    for name in ("plant", "second", "both"):
        ledger.register_device(device(name))
    ledger.register_meter(cl.Meter(id="both", shares={"both": 1}))
    ledger.register_meter(cl.Meter(id="feeder", shares={"second": 1}))
    ledger.record_meter_file("plant", FIRST, key="first")
    at = {"start": "2025-05-01T00:00+04:00", "step": "1 hour", "net_wh": [9]}
    ledger.correct_readings("plant", **at, reason="misread", evidence=EVIDENCE)
    return ledger


def _recorded(*runs: object, to: object = "plant", sha256: str = OTHER_FILE, **more: object) -> Do:
    return lambda x: x.record_meter_file(to, meter_file(*runs, sha256=sha256), **more)


def named(meter: str, **layout: str) -> cl.MeterFile:
    """A file of one meter that it names."""
    return meter_file(layout=evolve(LAYOUT, **layout), others=[series_of_runs(hours([1], at=9), meter=meter)])


RECORDING: list[Refusal] = [
    ("record-file-as-path", lambda x: x.record_meter_file("plant", "may.csv"), QuantityError),
    ("record-file-for-unknown-subject", _recorded(hours([1]), to="ghost"), UnknownThingError),
    ("record-file-for-device-and-meter", _recorded(hours([1]), to="both"), RefusedError),
    ("record-file-with-unknown-meter", _recorded(hours([1]), meter="M1"), MissingDataError),
    ("record-file-with-unknown-way", _recorded(hours([1]), already="skip"), QuantityError),
    ("record-file-with-reason-for-nothing", _recorded(hours([1]), reason="why"), QuantityError),
    ("record-file-without-layout", lambda x: x.record_meter_file("plant", evolve(FIRST, layout=None)), QuantityError),
    ("record-gross-of-shared-meter", _recorded(hours([1], gross_wh=(1,)), to="feeder"), QuantityError),
    ("record-file-again", _recorded(hours([9, 2, 3])), OverlapError),
    ("record-file-that-differs", _recorded(hours([9, 7, 8]), already="skip-identical"), OverlapError),
    (
        "record-file-of-other-steps",
        _recorded(hours([1, 1, 1, 1], at=1, step_s=900), already="skip-identical"),
        OverlapError,
    ),
    ("record-file-that-undoes-a-correction", _recorded(*FIRST.runs, sha256=FILE, **WHY), RefusedError),
    ("record-file-without-gross", _recorded(hours([4, 6], at=5), **WHY), RefusedError),
    (
        "record-file-by-another-layout",
        lambda x: x.record_meter_file("plant", evolve(FIRST, layout=evolve(LAYOUT, name="end-stamped"))),
        RefusedError,
    ),
    ("record-file-of-another-device", lambda x: x.record_meter_file("second", FIRST), RefusedError),
    (
        "record-file-of-another-device-by-other-names",
        lambda x: x.record_meter_file("second", evolve(FIRST, layout=evolve(LAYOUT, meter_column="meter")), **WHY),
        RefusedError,
    ),
    (
        "record-meter-with-unusable-name",
        lambda x: x.record_meter_file("plant", named("A\tB", meter_column="meter")),
        QuantityError,
    ),
    ("record-meter-of-layout-without-meters", lambda x: x.record_meter_file("plant", named("A")), QuantityError),
    ("record-another-file-with-the-key", _recorded(hours([1], at=9), key="first"), IdempotencyError),
    (
        "describe-document-with-layout-as-text",
        lambda x: x.describe_document(FILE, kind="meter-file", title="May", layout=LAYOUT.to_toml()),
        QuantityError,
    ),
    ("layout-not-recorded", lambda x: x.meter_layout(OTHER_FILE), UnknownThingError),
]


@refusals(RECORDING)
def test_a_file_is_refused_in_these_words(case: Case, expect: Expect) -> None:
    expect(refused(case, delivered()))
