"""What tests of messages share: what is done, the error it meets, the whole of what it says, and a busy ledger."""

from collections.abc import Callable, Sequence

import pytest

import carbon_ledger as cl
from carbon_ledger import errors
from tests.conftest import Clock, device

Do = Callable[[cl.Ledger], object]
Kind = type[errors.CarbonLedgerError]
Case = tuple[Do, Kind, str]

BAKU = "Asia/Baku"
APRIL, MAY, JUNE = (cl.Period.month(2024, k, zone=BAKU) for k in (4, 5, 6))
CLAIM = {"beneficiary": "B", "purpose": "use", "period": MAY}
FACTOR = cl.EmissionFactor(
    factor_id="f", value="0.5", unit="tCO2e/MWh", kind="combined_margin", region="AZ", source="a test"
)

# What many messages end with.
TEXT = "expected text of 1 to 2,000 characters, not blank and without control characters"
ID = "expected 1 to 64 of the letters a-z and A-Z, digits, '.', '_' and '-', beginning with a letter or a digit"
DIGEST = (
    "expected the digest of a document, 'sha256:' and 64 hexadecimal digits in lower case; "
    "cl.digest_file(path) gives it"
)
PERIOD = 'expected a Period, e.g. Period.month(2024, 5, zone="UTC")'
TIME = 'expected an aware datetime, a date, or an ISO 8601 string with its zone such as "2024-05-01T00:00Z"'
NO_BATCH = "no such batch in this ledger; see batches(project), and imported() for those of other registries"
PHRASES = {"TEXT": TEXT, "ID": ID, "DIGEST": DIGEST, "PERIOD": PERIOD, "TIME": TIME, "NO_BATCH": NO_BATCH}


def each(*tables: Sequence[Case]) -> pytest.MarkDecorator:
    """Run a test for each case, by its place in the tables and the error's name."""
    cases = [case for table in tables for case in table]
    names = [f"{k}-{case[1].__name__}" for k, case in enumerate(cases)]
    return pytest.mark.parametrize(("do", "kind", "message"), cases, ids=names)


def said(ledger: cl.Ledger, do: Do, kind: Kind) -> str:
    """What is said of an action that is refused, with an error of exactly this class."""
    with pytest.raises(kind) as refused:
        do(ledger)
    assert type(refused.value) is kind
    return str(refused.value)


def begin(clock: Clock | None = None) -> cl.Ledger:
    """A ledger in memory with accounts `op`, `buyer` and `other`."""
    ledger = cl.open_ledger(":memory:", ledger_id="test", clock=clock or Clock(), by="tester")
    for account in ("op", "buyer", "other"):
        ledger.open_account(account, name=account.title())
    return ledger


def busy() -> cl.Ledger:
    """May issued as `p/2024/14`: of 100 units, 10 each sold, retired, cancelled and withdrawn; a factor adopted."""
    ledger = begin()
    ledger.register_device(device())
    ledger.register_device(device("new", commissioned="2025-01-01", metered_since="2025-02-01"))
    ledger.register_device(device("planned", commissioned=None))
    ledger.register_meter(cl.Meter(id="feeder", shares={"plant": 1, "new": 2}))
    ledger.register_project(cl.Project(id="p", instrument="I-REC-E", zone=BAKU, devices=("plant",)))
    ledger.register_project(
        cl.Project(
            id="credits",
            instrument="GCC-ACC",
            zone=BAKU,
            devices=("plant",),
            methodology="ACM0002@22.0",
            baseline="greenfield",
            crediting_period=cl.Period.years("2024-01-01", 7, zone=BAKU),
        )
    )
    ledger.record_generation("plant", MAY, net="100.5 MWh")
    ledger.record_generation("plant", APRIL, net="1 MWh")
    (batch,) = ledger.issue("p", MAY, to="op", key="may")
    sold, retired, cancelled, withdrawn, _ = batch.cut(10, 10, 10, 10)
    ledger.transfer(sold, to="buyer")
    ledger.retire(retired, **CLAIM)
    ledger.cancel(cancelled, reason="goodwill")
    ledger.withdraw(withdrawn, reason="audit")
    ledger.adopt_factor(FACTOR)
    return ledger
