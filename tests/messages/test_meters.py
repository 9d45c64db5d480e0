"""Messages of meters: their identity and calibrations, the sides and the quality of readings."""

from typing import Any

import carbon_ledger as cl
from carbon_ledger.errors import (
    AlreadyRegisteredError,
    MissingDataError,
    NotCommissionedError,
    QuantityError,
    RefusedError,
)
from tests.conftest import EVIDENCE
from tests.messages.ledgers import JUNE, busy
from tests.messages.snapshots import Case, Expect, Refusal, refusals, refused

OWN: dict[str, Any] = {"id": "own", "shares": {"plant": 1}, "accuracy_class": "0.2S", "calibration_due": "2024-05-01"}


def metered(**fields: object) -> cl.Ledger:
    """The busy ledger, with a meter of the plant's own whose calibration was due on 1 May."""
    ledger = busy()
    ledger.register_meter(cl.Meter(**{**OWN, "serial_number": "5012", "manufacturer": "Landis", **fields}))
    return ledger


DONE: dict[str, Any] = {"done": "2024-06-01", "evidence": EVIDENCE}


def calibrate(**fields: object) -> object:
    return metered().record_calibration("own", **{**DONE, **fields})


METERS: list[Refusal] = [
    ("record-with-one-side", lambda x: x.record_generation("plant", JUNE, export="1 MWh"), QuantityError),
    (
        "record-net-besides-other-sides",
        lambda x: x.record_generation("plant", JUNE, net="2 MWh", export="2 MWh", import_="1 MWh"),
        QuantityError,
    ),
    (
        "record-invoice-of-one-side",
        lambda x: x.record_generation("plant", JUNE, net="2 MWh", invoiced="2 MWh"),
        QuantityError,
    ),
    (
        "record-unknown-quality",
        lambda x: x.record_generation("plant", JUNE, net="2 MWh", quality="good"),
        QuantityError,
    ),
    (
        "issue-estimated-readings",
        lambda x: (
            x.record_generation("plant", JUNE, net="2 MWh", quality="estimated"),
            x.issue("p", JUNE, to="op"),
        ),
        RefusedError,
    ),
    (
        "quantify-with-outstanding-calibration",
        lambda _: (
            x := metered(),
            x.record_generation("plant", JUNE, net="2 MWh"),
            x.quantify("credits", JUNE, factor="f"),
        ),
        RefusedError,
    ),
    (
        "register-meter-of-known-serial-number",
        lambda _: metered().register_meter(
            cl.Meter(**OWN | {"id": "again"}, serial_number="5012", manufacturer="Landis")
        ),
        AlreadyRegisteredError,
    ),
    (
        "register-meter-in-place-of-another-devices-meter",
        lambda x: x.register_meter(cl.Meter(**OWN, replaces="feeder", installed="2024-06-01")),
        RefusedError,
    ),
    (
        "register-meter-of-unknown-class",
        lambda x: x.register_meter(cl.Meter(**OWN | {"accuracy_class": "20"})),
        QuantityError,
    ),
    (
        "record-meter-between-two-readings",
        lambda _: metered(resolution="1 kWh").record_meter("own", JUNE, net="1500 Wh"),
        RefusedError,
    ),
    (
        "record-meter-before-it-was-installed",
        lambda _: metered(installed="2024-06-02").record_meter("own", JUNE, net="1 MWh"),
        NotCommissionedError,
    ),
    ("calibrate-without-percent-sign", lambda _: calibrate(export_error="0.2"), QuantityError),
    ("calibrate-with-error-of-20-percent", lambda _: calibrate(export_error="20 %"), QuantityError),
    ("calibrate-without-certificate", lambda _: calibrate(evidence=None), MissingDataError),
    (
        "calibrate-without-due-day",
        lambda x: x.record_calibration("feeder", done="2024-06-01", evidence=EVIDENCE),
        MissingDataError,
    ),
    ("calibrate-against-the-schedule", lambda _: calibrate(due="2024-06-01"), RefusedError),
    ("calibrate-on-a-day-to-come", lambda _: calibrate(done="2031-06-01"), RefusedError),
    ("calibrate-below-the-class", lambda _: calibrate(maximum_error="0.1 %"), RefusedError),
    (
        "calibrate-before-the-last-calibration",
        lambda _: (x := metered(), [x.record_calibration("own", due="2024-05-01", **DONE) for _ in range(2)]),
        RefusedError,
    ),
    ("calibrate-with-next-day-before", lambda _: calibrate(next_due="2024-06-01"), QuantityError),
]


@refusals(METERS)
def test_it_is_refused_in_these_words(case: Case, expect: Expect) -> None:
    expect(refused(case, busy()))
