"""Messages about amendments, external identifiers, described documents and relations of accounts."""

import carbon_ledger as cl
from carbon_ledger.errors import (
    AlreadyRegisteredError,
    DecommissionedError,
    QuantityError,
    RefusedError,
    UnknownThingError,
)
from tests.conftest import EVIDENCE, device
from tests.messages.ledgers import BAKU, busy
from tests.messages.snapshots import Case, Do, Expect, Refusal, refusals, refused

SINCE = {"evidence": EVIDENCE, "reason": "a survey"}
DAY = "2024-06-01"


def amended() -> cl.Ledger:
    """The busy ledger, with an amended, a decommissioned and an identified device, a document and a relation."""
    ledger = busy()
    ledger.amend_device("plant", effective=DAY, capacity="110 MW", **SINCE)
    ledger.amend_device("new", effective="2025-06-01", decommissioned=True, **SINCE)
    ledger.register_device(device("known", identifiers={"irec": "AZ-0042"}))
    ledger.amend_account("op", effective=DAY, name="Operator", **SINCE)
    ledger.describe_document(EVIDENCE, kind="letter", title="A letter")
    ledger.declare_relation("op", "buyer", relation="owner", reason="a register")
    return ledger


def _device(day: str, **fields: object) -> Do:
    return lambda x: x.amend_device("plant", effective=day, **fields, **SINCE)


def _identified(**identifiers: str) -> Do:
    return lambda x: x.register_device(device("other", identifiers=identifiers))


def _related(account: str, other: str) -> Do:
    return lambda x: x.declare_relation(account, other, relation="owner", reason="r")


AMENDING: list[Refusal] = [
    ("amend-device-with-nothing", _device(DAY), RefusedError),
    ("amend-device-with-the-value-it-has", _device("2024-07-01", capacity="110 MW"), RefusedError),
    ("amend-device-before-the-last-amendment", _device("2024-05-31", capacity="120 MW"), RefusedError),
    ("amend-device-below-its-readings", _device("2024-05-01", margin="0.001"), RefusedError),
    ("decommission-device-with-later-readings", _device("2024-05-31", decommissioned=True), RefusedError),
    ("decommission-with-a-day-as-value", _device(DAY, decommissioned="2024-06-01"), QuantityError),
    (
        "decommission-before-commissioning",
        lambda x: x.amend_device("known", effective="2020-01-01", decommissioned=True, **SINCE),
        QuantityError,
    ),
    (
        "record-after-decommissioning",
        lambda x: x.record_generation("new", cl.Period.day("2025-06-01", zone=BAKU), net="1 MWh"),
        DecommissionedError,
    ),
    (
        "amend-account-before-the-last-amendment",
        lambda x: x.amend_account("op", effective="2024-05-31", name="Other", **SINCE),
        RefusedError,
    ),
    ("amend-account-with-nothing", lambda x: x.amend_account("op", effective=DAY, **SINCE), RefusedError),
    ("amendments-of-nothing", lambda x: x.amendments(), QuantityError),
]
CREDITING: list[Refusal] = [
    (
        "issue-credits-over-a-change-of-capacity",
        lambda x: [
            x.amend_device("plant", effective="2024-06-15", capacity="120 MW", **SINCE),
            x.record_generation("plant", cl.Period.month(2024, 6, zone=BAKU), net="1 MWh"),
            x.quantify("credits", cl.Period.month(2024, 6, zone=BAKU), factor="f"),
        ],
        RefusedError,
    ),
]
IDENTIFYING: list[Refusal] = [
    ("identifier-of-another-device", _identified(irec="az 0042"), AlreadyRegisteredError),
    ("identifier-with-wrong-check-digit", _identified(gsrn="571313180400000017"), QuantityError),
    ("identifier-with-wrong-check-character", _identified(eic="10YNL----------M"), QuantityError),
    ("identifier-of-wrong-length", _identified(GSRN="57131318040000001"), QuantityError),
    ("eic-of-wrong-length", _identified(EIC="10YNL"), QuantityError),
    ("identifiers-as-text", lambda _: device(identifiers="GSRN"), QuantityError),
    ("identifier-scheme-with-space", lambda _: device(identifiers={"i rec": "1"}), QuantityError),
    ("identifier-scheme-twice", lambda _: device(identifiers={"irec": "1", "IREC": "2"}), QuantityError),
    ("latitude-alone", lambda _: device(latitude="40"), QuantityError),
    ("latitude-beyond-the-pole", lambda _: device(latitude="90.5", longitude="0"), QuantityError),
    (
        "registered-as-decommissioned-before-commissioning",
        lambda _: device(decommissioned="2019-01-01"),
        QuantityError,
    ),
]
DESCRIBING: list[Refusal] = [
    (
        "describe-document-in-the-same-words",
        lambda x: x.describe_document(EVIDENCE, kind="letter", title="A letter"),
        RefusedError,
    ),
    (
        "describe-document-without-its-last-day",
        lambda x: x.describe_document(EVIDENCE, kind="letter", title="B", covers_from=DAY),
        cl.errors.PeriodError,
    ),
    (
        "describe-document-of-days-out-of-order",
        lambda x: x.describe_document(EVIDENCE, kind="letter", title="B", covers_from=DAY, covers_until="2024-05-31"),
        cl.errors.PeriodError,
    ),
    ("document-not-described", lambda x: x.document(f"sha256:{64 * '1'}"), UnknownThingError),
    ("declare-relation-twice", _related("op", "buyer"), AlreadyRegisteredError),
    ("declare-relation-to-itself", _related("op", "op"), RefusedError),
    (
        "end-relation-not-declared",
        lambda x: x.end_relation("buyer", "op", relation="owner", reason="r"),
        UnknownThingError,
    ),
    (
        "transfer-with-empty-reference",
        lambda x: x.transfer("p/2024/14/41", to="buyer", reference=""),
        QuantityError,
    ),
]


@refusals(AMENDING, CREDITING, IDENTIFYING, DESCRIBING)
def test_a_change_of_what_is_registered_is_refused_in_these_words(case: Case, expect: Expect) -> None:
    expect(refused(case, amended()))
