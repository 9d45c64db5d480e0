"""What is refused of who may do what, of approvals, and of an issuance that another rests on: to the letter."""

from tests.conftest import EVIDENCE, device
from tests.messages import (
    BAKU,
    ID,
    TEXT,
    Case,
    Do,
    Kind,
    each,
    said,
)
from tests.messages import (
    begin as begin_open,
)
from tests.staffed import JUNE, batch, begin, project, staffed

import carbon_ledger as cl
from carbon_ledger.errors import (
    NotApplicableError,
    NotAuthorisedError,
    QuantityError,
    RefusedError,
    UnknownAccountError,
    UnknownThingError,
)

GAP = cl.Waiver("gap", "the logger was down")
ANOTHER = cl.Waiver("gap", "another reason")
DAYS = JUNE.days()
HOURS = cl.Period.of("2024-06-10T00:00Z", "2024-06-10T04:00Z")

ROLES: list[Case] = [
    (lambda x: x.grant("", "issuer"), QuantityError, f"actor '': {TEXT}"),
    (
        lambda x: x.grant("a", "king"),
        QuantityError,
        "role 'king': expected one of registrar, meter-operator, verifier, issuer, account-holder, auditor",
    ),
    (lambda x: x.grant("a", "account-holder", account="a/b"), QuantityError, f"account id 'a/b': {ID}"),
    (
        lambda x: x.grant("a", "account-holder", account="nowhere"),
        UnknownAccountError,
        "account nowhere: not open; open it with open_account() first [unknown-account]",
    ),
    (
        lambda x: x.grant("a", "account-holder"),
        RefusedError,
        "role account-holder: it is for one account: pass account= [role-account]",
    ),
    (
        lambda x: x.grant("a", "issuer", account="op"),
        RefusedError,
        "role issuer: it is for the whole ledger, not for account op: leave account= out [role-account]",
    ),
    (
        lambda x: x.grant("verifier", "verifier"),
        RefusedError,
        "actor verifier: it is verifier already; nothing to grant [role-held]",
    ),
    (
        lambda x: x.grant("holder-op", "account-holder", account="op"),
        RefusedError,
        "actor holder-op: it is account-holder of op already; nothing to grant [role-held]",
    ),
    (lambda x: x.revoke("verifier", "verifier", reason=""), QuantityError, f"reason '': {TEXT}"),
    (
        lambda x: x.revoke("verifier", "issuer", reason="r"),
        RefusedError,
        "actor verifier: it is not issuer; see roles('verifier') [role-not-held]",
    ),
    (
        lambda x: x.revoke("holder-op", "account-holder", account="buyer", reason="r"),
        RefusedError,
        "actor holder-op: it is not account-holder of buyer; see roles('holder-op') [role-not-held]",
    ),
    (
        lambda x: x.revoke("registrar", "registrar", reason="r"),
        RefusedError,
        "actor registrar: it is the last registrar: nobody could grant a role again; grant registrar to "
        "another actor first [last-registrar]",
    ),
    (
        lambda x: x.open_account("new", name="New", by="stranger"),
        NotAuthorisedError,
        "actor stranger: it may not open an account (account.opened): that takes the role registrar, and "
        "it has no role. Ask somebody who has it, or a registrar to grant() it; see roles('stranger') "
        "[not-authorised]",
    ),
    (
        lambda x: x.issue("p", JUNE, to="op", by="verifier"),
        NotAuthorisedError,
        "actor verifier: it may not issue units (issuance.recorded): that takes the role issuer, and it "
        "has verifier. Ask somebody who has it, or a registrar to grant() it; see roles('verifier') "
        "[not-authorised]",
    ),
    (
        lambda x: x.adopt_factor(
            cl.EmissionFactor(
                factor_id="f", value="1", unit="tCO2e/MWh", kind="combined_margin", region="AZ", source="s"
            ),
            by="auditor",
        ),
        NotAuthorisedError,
        "actor auditor: it may not adopt an emission factor (factor.adopted): that takes the role "
        "registrar or issuer, and it has auditor. Ask somebody who has it, or a registrar to grant() it; "
        "see roles('auditor') [not-authorised]",
    ),
    (
        lambda x: x.transfer(batch(x).take(3), to="buyer", by="holder-buyer"),
        NotAuthorisedError,
        "actor holder-buyer: it may not transfer units (units.transferred): that takes the role "
        "account-holder of op, and it has account-holder of buyer. Ask somebody who has it, or a registrar "
        "to grant() it; see roles('holder-buyer') [not-authorised]",
    ),
    (
        lambda x: x.accept(27, by="holder-other"),
        NotAuthorisedError,
        "actor holder-other: it may not accept an offer (transfer.accepted): that takes the role "
        "account-holder of buyer, and it has account-holder of other. Ask somebody who has it, or a "
        "registrar to grant() it; see roles('holder-other') [not-authorised]",
    ),
    (
        lambda x: x.time_out(28, by="holder-other"),
        NotAuthorisedError,
        "actor holder-other: it may not end an offer (transfer.ended): that takes the role account-holder "
        "of op or account-holder of buyer, and it has account-holder of other. Ask somebody who has it, or "
        "a registrar to grant() it; see roles('holder-other') [not-authorised]",
    ),
    (
        lambda x: x.accept(3, by="holder-other"),
        UnknownThingError,
        "offer 3: no such offer in this ledger; see offers(account) for their numbers [unknown-offer]",
    ),
    (
        lambda x: x._perform(
            "forged",
            {},
            lambda _: [("ledger.opened", {"ledger": "b", "policy": "open", "software": "s"})],
            key=None,
            by="registrar",
        ),
        NotAuthorisedError,
        "actor registrar: it may not open the ledger (ledger.opened): no role may [not-authorised]",
    ),
]


def openly() -> cl.Ledger:
    """A ledger in which anybody may do anything."""
    return begin_open()


OPEN: list[Case] = [
    (
        lambda x: x.grant("a", "issuer"),
        RefusedError,
        "role issuer: this ledger's policy is open: anybody may do anything, and a role would change "
        "nothing; begin a ledger with open_ledger(path, policy='roles', by=...) where it should "
        "[open-policy]",
    ),
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


APPROVALS: list[Case] = [
    (lambda x: x.approve(None, by="verifier"), QuantityError, "quantification None: expected what quantify() gives"),
    (lambda x: x.approve(quantified(x), note="", by="verifier"), QuantityError, f"note '': {TEXT}"),
    (
        lambda x: x.revoke_approval(3, reason="r", by="verifier"),
        UnknownThingError,
        "approval 3: no such approval in this ledger; give the number of its entry, see approvals(project) "
        "[unknown-approval]",
    ),
    (lambda x: x.revoke_approval(3, reason="", by="verifier"), QuantityError, f"reason '': {TEXT}"),
    (
        stale,
        RefusedError,
        "quantification of p, 2024-06-01T00:00:00+04:00 to 2024-07-01T00:00:00+04:00 (Asia/Baku): "
        "computed again from the readings and claims as they are now, it differs (line EG[2024,plant]: 30.8 MWh "
        "recorded, 38.7 MWh computed again); quantify() again, and approve what it gives [quantification-stale]",
    ),
    (
        stale_by_hour,
        RefusedError,
        "quantification of gc, 2024-06-10T00:00:00Z to 2024-06-10T04:00:00Z: computed again from the "
        "readings and claims as they are now, it differs (line EG[2024,second]: 10 Wh given, 11 Wh computed again); "
        "quantify() again, and approve what it gives [quantification-stale]",
    ),
    (
        lambda x: [approve(x), approve(x)],
        RefusedError,
        "approval 44: verifier approved this quantification by it, and it stands; nothing to approve "
        "[approval-standing]",
    ),
    (
        issue,
        RefusedError,
        "project p, quantification {june}: no verifier has approved it; another actor than the issuer "
        "approves what quantify() gives, then issue [approval-missing]",
    ),
    (
        lambda x: [approve(x), issue(x, waivers=[ANOTHER])],
        RefusedError,
        "project p, quantification {other}: approval 44 is of another one, {june}: the factor, the "
        "waivers, the emissions or the zone of the period differ; issue exactly what was approved, or have "
        "this one approved [approval-missing]",
    ),
    (
        lambda x: [approve(x, by="issuer"), issue(x)],
        RefusedError,
        "project p, approval 44: issuer approved this quantification and cannot issue on it alone; another "
        "verifier approves it, or somebody else issues [approval-own]",
    ),
    (
        lapsed,
        RefusedError,
        "project p, quantification {june}: approval 44 lapsed: entry 45 (generation.corrected) changed "
        "what it covered, which counts even where it was changed back; have it approved again "
        "[approval-lapsed]",
    ),
    (
        used,
        RefusedError,
        "project p, quantification {june}: issuance 46 used approval 44, which was for that one; have it "
        "approved again [approval-used]",
    ),
    (
        lambda x: [revoked(x), issue(x)],
        RefusedError,
        "project p, quantification {june}: entry 45 revoked approval 44 (a broken seal); have it approved "
        "again [approval-missing]",
    ),
    (
        lambda x: x.revoke_approval(revoked(x), reason="r", by="verifier"),
        RefusedError,
        "approval 44: entry 45 revoked it; nothing to revoke [approval-ended]",
    ),
    (
        lambda x: [n := approve(x), issue(x), x.revoke_approval(n, reason="r", by="verifier")],
        RefusedError,
        "approval 44: entry 46 used it; void that issuance instead [approval-ended]",
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


HALVES: list[Case] = [
    (
        lambda x: x.void(x.batches("p")[0], reason="r"),
        RefusedError,
        "issuance 10: issuance 13 of the same vintage rests on it: the yearly baseline was subtracted "
        "there too; void or convert that one first [later-issuance]",
    ),
    (
        lambda x: x.convert(x.batches("p")[0], to_instrument="I-REC-E", reason="r"),
        RefusedError,
        "issuance 10: issuance 13 of the same vintage rests on it: the yearly baseline was subtracted "
        "there too; void or convert that one first [later-issuance]",
    ),
    (
        lambda x: [recorded(x), x.issue("p", NEXT, to="op", factor=ONE)],
        NotApplicableError,
        "AMS-I.D@18.0: its own text was not seen (CDM AMS-I.D v18.0, read in secondary sources), so its "
        "rules may differ; compare them with the document, then pass Waiver('methodology-text', reason), "
        "which stays in the log [methodology-text]",
    ),
]


@each(ROLES)
def test_an_actor_is_refused_in_these_words(do: Do, kind: Kind, message: str) -> None:
    assert said(staffed(), do, kind) == message


@each(OPEN)
def test_a_role_in_an_open_ledger_is_refused_in_these_words(do: Do, kind: Kind, message: str) -> None:
    assert said(openly(), do, kind) == message


@each(APPROVALS)
def test_what_was_not_approved_is_refused_in_these_words(do: Do, kind: Kind, message: str) -> None:
    ledger = verified()
    june, other = (ledger.quantify("p", JUNE, waivers=[waiver]).digest for waiver in (GAP, ANOTHER))
    assert said(ledger, do, kind) == message.format(june=june, other=other)


@each(HALVES)
def test_what_another_issuance_rests_on_is_refused_in_these_words(do: Do, kind: Kind, message: str) -> None:
    assert said(halves(), do, kind) == message
