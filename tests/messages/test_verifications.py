"""Messages about verifiers' statements, and about issuances that need one."""

from typing import Any

import carbon_ledger as cl
from carbon_ledger.errors import QuantityError, RefusedError, UnknownThingError
from tests.conftest import EVIDENCE, device
from tests.messages.snapshots import Case, Expect, Refusal, refusals, refused
from tests.support.staffed_ledger import JUNE, MAY, begin, project

BOTH = cl.Period(MAY.start_utc, JUNE.end_utc, "Asia/Baku")


def state(ledger: cl.Ledger, period: cl.Period = MAY, **given: Any) -> Any:
    """State a verification over the ledger as it was before the first statement."""
    fields: dict[str, Any] = {"body": "V", "opinion": "unmodified", "assurance": "limited", "quantities": {2024: 10}}
    fields |= {"report": EVIDENCE, "size": 16, "root": ledger.as_of(entry=15).root(), "by": "verifier"}
    return ledger.state_verification("p", period, **(fields | given))


def verified() -> cl.Ledger:
    """May and June recorded, and May verified, of a project that requires statements."""
    ledger = begin()
    ledger.grant("issuer", "verifier")
    ledger.register_device(device())
    ledger.register_project(project(requires_verification=True))
    for period in (MAY, JUNE):
        ledger.record_generation("plant", period, net="10.5 MWh", by="meter-operator")
    ledger.state_verification(
        "p",
        MAY,
        body="V",
        opinion="unmodified",
        assurance="limited",
        quantities={2024: 10},
        report=EVIDENCE,
        size=ledger.size,
        root=ledger.root(),
        by="verifier",
    )
    return ledger


def stated(ledger: cl.Ledger) -> int:
    """The number of the newest statement."""
    return ledger.verifications("p")[-1].n


def issue(ledger: cl.Ledger, period: cl.Period = MAY) -> object:
    return ledger.issue("p", period, to="op", by="issuer")


def correct(ledger: cl.Ledger, net: str = "11 MWh") -> None:
    ledger.correct_generation("plant", MAY, net=net, reason="r", evidence=EVIDENCE, by="meter-operator")


CASES: list[Refusal] = [
    ("state-over-another-root", lambda x: state(x, JUNE, root=64 * "0"), RefusedError),
    ("state-over-entries-to-come", lambda x: state(x, JUNE, size=1_000), RefusedError),
    ("state-over-entries-before-the-project", lambda x: state(x, JUNE, size=2), RefusedError),
    ("state-quantity-of-another-year", lambda x: state(x, JUNE, quantities={2023: 1}), RefusedError),
    ("state-quantity-below-zero", lambda x: state(x, JUNE, quantities={2024: -1}), RefusedError),
    ("state-adverse-opinion-with-quantity", lambda x: state(x, JUNE, opinion="adverse"), RefusedError),
    ("state-the-same-time-again", state, RefusedError),
    ("state-in-place-of-nothing", lambda x: state(x, replaces=3), UnknownThingError),
    ("state-in-place-of-other-time", lambda x: state(x, JUNE, replaces=stated(x)), RefusedError),
    ("state-in-place-of-what-was-replaced", lambda x: [state(x, replaces=k) for k in [stated(x)] * 2], RefusedError),
    ("state-unknown-opinion", lambda x: state(x, opinion="qualified"), QuantityError),
    ("state-malformed-root", lambda x: state(x, root="root"), QuantityError),
    ("state-malformed-quantities", lambda x: state(x, quantities=[10]), QuantityError),
    ("issue-time-that-nobody-verified", lambda x: issue(x, JUNE), RefusedError),
    ("issue-more-time-than-was-verified", lambda x: issue(x, BOTH), RefusedError),
    ("issue-what-was-overtaken", lambda x: [correct(x), issue(x)], RefusedError),
    (
        "issue-more-than-was-verified",
        lambda x: [state(x, quantities={2024: 9}, replaces=stated(x)), issue(x)],
        RefusedError,
    ),
    (
        "issue-on-adverse-opinion",
        lambda x: [state(x, opinion="adverse", quantities={}, replaces=stated(x)), issue(x)],
        RefusedError,
    ),
    ("issue-on-own-statement", lambda x: [state(x, replaces=stated(x), by="issuer"), issue(x)], RefusedError),
    (
        "issue-unverified-carry",
        lambda x: [issue(x), correct(x, "40 MWh"), x.issue_carry("p", to="op", by="issuer")],
        RefusedError,
    ),
]


@refusals(CASES)
def test_what_was_not_verified_is_refused_in_these_words(case: Case, expect: Expect) -> None:
    ledger = verified()
    root = ledger.as_of(entry=15).root()
    expect(refused(case, ledger).replace(root, "{root}"))
