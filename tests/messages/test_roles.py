"""Messages about who may do what, about approvals, and about an issuance that another one depends on."""

import carbon_ledger as cl
from carbon_ledger.errors import (
    NotApplicableError,
    NotAuthorisedError,
    QuantityError,
    RefusedError,
    UnknownAccountError,
    UnknownThingError,
)
from tests.conftest import EVIDENCE, device
from tests.messages.ledgers import BAKU
from tests.messages.ledgers import begin as begin_open
from tests.messages.snapshots import Case, Expect, Refusal, refusals, refused
from tests.support.staffed_ledger import JUNE, batch, begin, project, staffed

GAP = cl.Waiver("gap", "the logger was down")
ANOTHER = cl.Waiver("gap", "another reason")
DAYS = JUNE.days()
HOURS = cl.Period.of("2024-06-10T00:00Z", "2024-06-10T04:00Z")

ROLES: list[Refusal] = [
    ("grant-to-nobody", lambda x: x.grant("", "issuer"), QuantityError),
    ("grant-unknown-role", lambda x: x.grant("a", "king"), QuantityError),
    ("grant-for-malformed-account", lambda x: x.grant("a", "account-holder", account="a/b"), QuantityError),
    ("grant-for-unknown-account", lambda x: x.grant("a", "account-holder", account="nowhere"), UnknownAccountError),
    ("grant-account-holder-without-account", lambda x: x.grant("a", "account-holder"), RefusedError),
    ("grant-issuer-for-account", lambda x: x.grant("a", "issuer", account="op"), RefusedError),
    ("grant-role-that-is-held", lambda x: x.grant("verifier", "verifier"), RefusedError),
    (
        "grant-role-of-account-that-is-held",
        lambda x: x.grant("holder-op", "account-holder", account="op"),
        RefusedError,
    ),
    ("revoke-with-empty-reason", lambda x: x.revoke("verifier", "verifier", reason=""), QuantityError),
    ("revoke-role-that-is-not-held", lambda x: x.revoke("verifier", "issuer", reason="r"), RefusedError),
    (
        "revoke-role-of-another-account",
        lambda x: x.revoke("holder-op", "account-holder", account="buyer", reason="r"),
        RefusedError,
    ),
    ("revoke-last-registrar", lambda x: x.revoke("registrar", "registrar", reason="r"), RefusedError),
    ("open-account-by-stranger", lambda x: x.open_account("new", name="New", by="stranger"), NotAuthorisedError),
    ("issue-by-verifier", lambda x: x.issue("p", JUNE, to="op", by="verifier"), NotAuthorisedError),
    (
        "adopt-factor-by-auditor",
        lambda x: x.adopt_factor(
            cl.EmissionFactor(
                factor_id="f", value="1", unit="tCO2e/MWh", kind="combined_margin", region="AZ", source="s"
            ),
            by="auditor",
        ),
        NotAuthorisedError,
    ),
    (
        "transfer-by-another-holder",
        lambda x: x.transfer(batch(x).take(3), to="buyer", by="holder-buyer"),
        NotAuthorisedError,
    ),
    ("accept-by-another-holder", lambda x: x.accept(27, by="holder-other"), NotAuthorisedError),
    ("time-out-by-another-holder", lambda x: x.time_out(28, by="holder-other"), NotAuthorisedError),
    ("accept-unknown-offer", lambda x: x.accept(3, by="holder-other"), UnknownThingError),
    (
        "open-ledger-again-by-registrar",
        lambda x: x._record(
            "forged",
            {},
            lambda _: [("ledger.opened", {"ledger": "b", "policy": "open", "software": "s"})],
            key=None,
            by="registrar",
        ),
        NotAuthorisedError,
    ),
]


def openly() -> cl.Ledger:
    """A ledger in which anybody may do anything."""
    return begin_open()


OPEN: list[Refusal] = [
    ("grant-in-open-ledger", lambda x: x.grant("a", "issuer"), RefusedError),
]


def verified() -> cl.Ledger:
    """June recorded by the day, but for two days; its project requires approvals, and the issuer is a verifier too."""
    ledger = begin()
    ledger.grant("issuer", "verifier")
    for name in ("plant", "second"):
        ledger.register_device(device(name))
    ledger.register_project(project(requires_approval=True))
    for day in [*DAYS[:10], *DAYS[12:]]:
        ledger.record_generation("plant", day, net="1.1 MWh", by="meter-operator")
    return ledger


def quantified(ledger: cl.Ledger) -> cl.Quantification:
    return ledger.quantify("p", JUNE, waivers=[GAP])


def approve(ledger: cl.Ledger, by: str = "verifier") -> int:
    """Approve June; give the approval's number."""
    (made,) = ledger.approve(quantified(ledger), by=by)
    return made.n


def issue(ledger: cl.Ledger, **more: object) -> tuple[cl.Batch, ...]:
    return ledger.issue("p", JUNE, **{"to": "op", "waivers": [GAP], "by": "issuer"} | more)


def correct(ledger: cl.Ledger, net: str = "9 MWh") -> None:
    ledger.correct_generation("plant", DAYS[3], net=net, reason="r", evidence=EVIDENCE, by="meter-operator")


def stale(ledger: cl.Ledger) -> None:
    """Approve what the readings no longer give."""
    old = quantified(ledger)
    correct(ledger)
    ledger.approve(old, by="verifier")


def stale_by_hour(ledger: cl.Ledger) -> None:
    """The same of granular certificates, which have an approval for each device."""
    ledger.register_project(project("gc", instrument="GC", devices=("second",)))
    ledger.record_readings("second", start=HOURS.start, step="1 hour", net_wh=[1, 2, 3, 4], by="meter-operator")
    old = ledger.quantify("gc", HOURS)
    ledger.correct_readings(
        "second", start=HOURS.start, step="1 hour", net_wh=[2], reason="r", evidence=EVIDENCE, by="meter-operator"
    )
    ledger.approve(old, by="verifier")


def lapsed(ledger: cl.Ledger) -> None:
    """Issue on an approval of readings that were corrected since, and corrected back."""
    approve(ledger)
    correct(ledger)
    correct(ledger, "1.1 MWh")
    issue(ledger)


def used(ledger: cl.Ledger) -> None:
    """Issue again what was approved once, and issued, and voided."""
    approve(ledger)
    ledger.void(issue(ledger)[0], reason="r", by="issuer")
    issue(ledger)


def revoked(ledger: cl.Ledger) -> int:
    """Revoke an approval; give its number."""
    n = approve(ledger)
    ledger.revoke_approval(n, reason="a broken seal", by="verifier")
    return n


APPROVALS: list[Refusal] = [
    ("approve-nothing", lambda x: x.approve(None, by="verifier"), QuantityError),
    ("approve-with-empty-note", lambda x: x.approve(quantified(x), note="", by="verifier"), QuantityError),
    ("revoke-unknown-approval", lambda x: x.revoke_approval(3, reason="r", by="verifier"), UnknownThingError),
    ("revoke-approval-with-empty-reason", lambda x: x.revoke_approval(3, reason="", by="verifier"), QuantityError),
    ("approve-after-correction", stale, RefusedError),
    ("approve-granular-after-correction", stale_by_hour, RefusedError),
    ("approve-twice", lambda x: [approve(x), approve(x)], RefusedError),
    ("issue-without-approval", issue, RefusedError),
    ("issue-otherwise-than-approved", lambda x: [approve(x), issue(x, waivers=[ANOTHER])], RefusedError),
    ("issue-on-own-approval", lambda x: [approve(x, by="issuer"), issue(x)], RefusedError),
    ("issue-on-lapsed-approval", lapsed, RefusedError),
    ("issue-on-used-approval", used, RefusedError),
    ("issue-on-revoked-approval", lambda x: [revoked(x), issue(x)], RefusedError),
    ("revoke-approval-twice", lambda x: x.revoke_approval(revoked(x), reason="r", by="verifier"), RefusedError),
    (
        "revoke-used-approval",
        lambda x: [n := approve(x), issue(x), x.revoke_approval(n, reason="r", by="verifier")],
        RefusedError,
    ),
]

ONE = cl.EmissionFactor(
    factor_id="one", value="1", unit="tCO2e/MWh", kind="combined_margin", region="AZ", source="a round figure"
)
SEEN = cl.Waiver("methodology-text", "read in secondary sources")


def halves() -> cl.Ledger:
    """A retrofitted plant: both halves of a year, from which the yearly baseline is subtracted once, are issued."""
    ledger = begin_open()
    ledger.register_device(device("mill", capacity="12 MW", capacity_before="9 MW"))
    ledger.register_project(
        cl.Project(
            id="p",
            instrument="CDM-CER",
            zone=BAKU,
            devices=("mill",),
            methodology="AMS-I.D@18.0",
            baseline="retrofit",
            crediting_period=cl.Period.years("2024-01-01", 10, zone=BAKU),
            history={2019: "38200 MWh", 2020: "41500 MWh", 2021: "36900 MWh", 2022: "40100 MWh", 2023: "39300 MWh"},
            replaced_on="2031-07-01",
        )
    )
    for first, last in (("2024-01-01", "2024-07-01"), ("2024-07-01", "2025-01-01")):
        period = cl.Period.of(first, last, zone=BAKU)
        ledger.record_generation("mill", period, net="41000 MWh")
        ledger.issue("p", period, to="op", factor=ONE, waivers=[SEEN])
    return ledger


NEXT = cl.Period.of("2025-01-01", "2025-07-01", zone=BAKU)


def recorded(ledger: cl.Ledger) -> None:
    """The next half year, which is not issued yet."""
    ledger.record_generation("mill", NEXT, net="41000 MWh")


HALVES: list[Refusal] = [
    ("void-what-a-later-issuance-rests-on", lambda x: x.void(x.batches("p")[0], reason="r"), RefusedError),
    (
        "convert-what-a-later-issuance-rests-on",
        lambda x: x.convert(x.batches("p")[0], to_instrument="I-REC-E", reason="r"),
        RefusedError,
    ),
    (
        "issue-by-methodology-not-seen",
        lambda x: [recorded(x), x.issue("p", NEXT, to="op", factor=ONE)],
        NotApplicableError,
    ),
]


@refusals(ROLES)
def test_an_actor_is_refused_in_these_words(case: Case, expect: Expect) -> None:
    expect(refused(case, staffed()))


@refusals(OPEN)
def test_a_role_in_an_open_ledger_is_refused_in_these_words(case: Case, expect: Expect) -> None:
    expect(refused(case, openly()))


@refusals(APPROVALS)
def test_what_was_not_approved_is_refused_in_these_words(case: Case, expect: Expect) -> None:
    ledger = verified()
    june, other = (ledger.quantify("p", JUNE, waivers=[waiver]).digest for waiver in (GAP, ANOTHER))
    expect(refused(case, ledger).replace(june, "{june}").replace(other, "{other}"))


@refusals(HALVES)
def test_what_another_issuance_rests_on_is_refused_in_these_words(case: Case, expect: Expect) -> None:
    expect(refused(case, halves()))
