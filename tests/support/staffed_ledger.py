"""A ledger with policy `roles` and an actor for each role, and an action for each type of event."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final

from tests.conftest import EVIDENCE, Clock, device

import carbon_ledger as cl
from carbon_ledger.core.issuance.approvals import ApprovalStatus
from carbon_ledger.periods.zones import tzdata_release

MAY = cl.Period.month(2024, 5, zone="Asia/Baku")
JUNE = cl.Period.month(2024, 6, zone="Asia/Baku")
JULY = cl.Period.month(2024, 7, zone="Asia/Baku")
AUGUST = cl.Period.month(2024, 8, zone="Asia/Baku")
OCTOBER = cl.Period.month(2024, 10, zone="Asia/Baku")
SEPTEMBER = cl.Period.month(2024, 9, zone="Asia/Baku")

# The actors. Each has the role of its name, and no other role.
STAFF: Final = ("registrar", "meter-operator", "verifier", "issuer", "auditor")
HOLDERS: Final = ("op", "buyer", "other")
ACTORS: Final = (*STAFF, *(f"holder-{account}" for account in HOLDERS), "stranger")

FACTOR: Final = cl.EmissionFactor(
    factor_id="f", value="0.5", unit="tCO2e/MWh", kind="combined_margin", region="AZ", source="a test"
)


# Written by role and not by event, separately from the table of the rules: a wrong line of that table differs from it.
MAY_RECORD: Final = {
    "registrar": """
        account.opened device.registered meter.registered project.registered registry.registered
        methodology.adopted methodology.attested factor.adopted role.granted role.revoked units.locked units.released
        time.advanced zone.adopted device.amended account.amended relation.declared relation.ended
        document.described""",
    "meter-operator": """
        generation.recorded meter.recorded meter.calibrated correction.staged generation.corrected meter.corrected
        document.recorded document.described""",
    "verifier": """
        quantification.approved approval.revoked verification.stated document.recorded methodology.attested
        document.described""",
    "issuer": """
        issuance.recorded issuance.voided units.withdrawn buffer.released buffer.cancelled units.labelled
        units.unlabelled block.imported methodology.adopted methodology.attested factor.adopted
        document.recorded document.described""",
    "account-holder": """
        units.transferred transfer.offered transfer.accepted transfer.ended units.retired units.cancelled
        units.exported units.converted""",
    "auditor": "",
}
ALLOWED: Final = {(role, kind) for role, kinds in MAY_RECORD.items() for kind in kinds.split()}


def roles_of(actor: str) -> tuple[str, ...]:
    """The roles that an actor of the staffed ledger has."""
    return ("account-holder",) if actor.startswith("holder-") else (actor,) if actor in STAFF else ()


def begin(path: object = ":memory:", clock: Clock | None = None) -> cl.Ledger:
    """A new ledger of policy `roles` with the actors and accounts."""
    ledger = cl.open_ledger(path, ledger_id="staffed", policy="roles", by="registrar", clock=clock or Clock())
    for account in HOLDERS:
        ledger.open_account(account, name=account.title())
        ledger.grant(f"holder-{account}", "account-holder", account=account)
    for role in STAFF[1:]:
        ledger.grant(role, role)
    return ledger


def project(name: str = "p", **fields: object) -> cl.Project:
    """A project of certificates on the device `plant`."""
    given: dict[str, object] = {"id": name, "instrument": "I-REC-E", "zone": "Asia/Baku", "devices": ("plant",)}
    return cl.Project(**(given | fields))


def staffed(path: object = ":memory:", clock: Clock | None = None) -> cl.Ledger:
    """A ledger with May issued, June recorded, July approved, September issued (units locked, offered), and a meter."""
    clock = clock or Clock()
    ledger = begin(path, clock)
    ledger.register_device(device())
    ledger.register_device(device("second"))
    ledger.register_meter(cl.Meter(id="feeder", shares={"plant": 1, "second": 2}))
    ledger.register_project(project())
    for period, net in ((MAY, "100.5 MWh"), (JUNE, "7.25 MWh"), (JULY, "3 MWh")):
        ledger.record_generation("plant", period, net=net, by="meter-operator")
    ledger.approve(ledger.quantify("p", JULY), by="verifier")
    ledger.issue("p", MAY, to="op", by="issuer")
    ledger.record_generation("plant", SEPTEMBER, net="100 MWh", by="meter-operator")
    ledger.issue("p", SEPTEMBER, to="op", buffer="0.1", by="issuer")
    locked, offered, late, _ = waiting(ledger)
    ledger.lock(locked, reason="a dispute", by="registrar")
    ledger.label(locked, "tag:pilot", evidence=EVIDENCE, reason="a trial", by="issuer")
    ledger.offer(offered, to="buyer", by="holder-op")
    ledger.offer(late, to="buyer", deadline=clock.now + timedelta(hours=1), by="holder-op")
    ledger.record_meter("feeder", OCTOBER, net="4 Wh", by="meter-operator")
    ledger.declare_relation("op", "other", relation="owner", reason="a register", by="registrar")
    clock.move(hours=2)
    ledger.adopt_methodology("ACM0002@22.0")
    return ledger


def batch(ledger: cl.Ledger) -> cl.Batch:
    """The units of May."""
    return ledger.batches("p")[0]


def waiting(ledger: cl.Ledger) -> tuple[cl.Block, ...]:
    """The units of September: locked, offered, offered with a deadline that has passed, and buffered."""
    every = ledger.batches("p")[1].cut(10, 10, 10, 60)
    return (*every[:3], every[4])


def offer(ledger: cl.Ledger, k: int) -> int:
    """The number of an offer: without a deadline, or with one that has passed."""
    return ledger.offers("op")[k].n


def approval(ledger: cl.Ledger) -> ApprovalStatus:
    """The approval of July."""
    return ledger.approvals("p")[0]


def advance(ledger: cl.Ledger, by: str) -> str:
    """Advance the clock, after 401 days."""
    ledger._clock.move(days=401)
    return ledger.advance_clock(reason="a long repair", by=by)


Action = Callable[[cl.Ledger, str], object]
CLAIM: Final = {"beneficiary": "B", "purpose": "use", "period": MAY}

SINCE: Final = {"effective": "2025-01-01", "evidence": EVIDENCE, "reason": "a survey"}

# The action that leads to each type of event, done by an actor; an offer ends in three ways.
ACTIONS: Final[Mapping[str, Action]] = {
    "account.opened": lambda x, by: x.open_account("new", name="New", by=by),
    "device.registered": lambda x, by: x.register_device(device("third"), by=by),
    "meter.registered": lambda x, by: x.register_meter(cl.Meter(id="m", shares={"plant": 1}), by=by),
    "meter.calibrated": lambda x, by: x.record_calibration(
        "feeder", due="2024-05-01", done="2024-05-02", maximum_error="0.2 %", evidence=EVIDENCE, by=by
    ),
    "project.registered": lambda x, by: x.register_project(project("q"), by=by),
    "methodology.adopted": lambda x, by: x.adopt_methodology("GCCM001@4.0", by=by),
    "methodology.attested": lambda x, by: x.adopt_methodology("ACM0002@22.0", text=EVIDENCE, note="compared", by=by),
    "device.amended": lambda x, by: x.amend_device("plant", **SINCE, capacity="101 MW", by=by),
    "account.amended": lambda x, by: x.amend_account("op", **SINCE, name="Operator", by=by),
    "document.described": lambda x, by: x.describe_document(EVIDENCE, kind="letter", title="A letter", by=by),
    "relation.declared": lambda x, by: x.declare_relation("op", "buyer", relation="owner", reason="known", by=by),
    "relation.ended": lambda x, by: x.end_relation("op", "other", relation="owner", reason="sold", by=by),
    "factor.adopted": lambda x, by: x.adopt_factor(FACTOR, by=by),
    "role.granted": lambda x, by: x.grant("newcomer", "auditor", by=by),
    "role.revoked": lambda x, by: x.revoke("auditor", "auditor", reason="left", by=by),
    "generation.recorded": lambda x, by: x.record_generation("second", MAY, net="1 MWh", by=by),
    "meter.recorded": lambda x, by: x.record_meter("feeder", AUGUST, net="3 MWh", by=by),
    "generation.corrected": lambda x, by: x.correct_generation(
        "plant", JUNE, net="7 MWh", reason="ratio", evidence=EVIDENCE, by=by
    ),
    "meter.corrected": lambda x, by: x.correct_meter(
        "feeder", start=OCTOBER.start, step="744 hours", net_wh=[5], reason="ratio", evidence=EVIDENCE, by=by
    ),
    "quantification.approved": lambda x, by: x.approve(x.quantify("p", JUNE), by=by),
    "approval.revoked": lambda x, by: x.revoke_approval(approval(x), reason="an error", by=by),
    "issuance.recorded": lambda x, by: x.issue("p", JUNE, to="op", by=by),
    "issuance.voided": lambda x, by: x.void(batch(x), reason="an error", by=by),
    "units.withdrawn": lambda x, by: x.withdraw(batch(x).take(3), reason="an order", by=by),
    "units.transferred": lambda x, by: x.transfer(batch(x).take(3), to="buyer", by=by),
    "units.retired": lambda x, by: x.retire(batch(x).take(3), **CLAIM, by=by),
    "units.cancelled": lambda x, by: x.cancel(batch(x).take(3), reason="goodwill", by=by),
    "registry.registered": lambda x, by: x.register_registry("gold-standard", by=by),
    "block.imported": lambda x, by: x.import_block(
        "GS1-1-KE-GS7495-16-2025-30645-608-30350",
        registry="gold-standard",
        instrument="GS-VER",
        to="op",
        production=cl.Period.year(2025, zone="UTC"),
        project="GS7495",
        evidence=EVIDENCE,
        by=by,
    ),
    "units.exported": lambda x, by: x.export(batch(x).take(3), to_registry="evident", reference="7", by=by),
    "units.converted": lambda x, by: x.convert(batch(x), to_instrument="EECS-GO", reason="another scheme", by=by),
    "units.labelled": lambda x, by: x.label(batch(x).take(3), "tag:own", evidence=EVIDENCE, reason="ours", by=by),
    "units.unlabelled": lambda x, by: x.unlabel(waiting(x)[0], "tag:pilot", reason="it ended", by=by),
    "units.locked": lambda x, by: x.lock(batch(x).take(3), reason="a dispute", by=by),
    "units.released": lambda x, by: x.release(waiting(x)[0], reason="settled", by=by),
    "buffer.released": lambda x, by: x.release_buffer(waiting(x)[3], reason="no reversal", by=by),
    "buffer.cancelled": lambda x, by: x.cancel_buffer(waiting(x)[3], reason="a reversal", by=by),
    "transfer.offered": lambda x, by: x.offer(batch(x).take(3), to="buyer", by=by),
    "transfer.accepted": lambda x, by: x.accept(offer(x, 0), by=by),
    "transfer.ended rejected": lambda x, by: x.reject(offer(x, 0), by=by),
    "transfer.ended revoked": lambda x, by: x.revoke_offer(offer(x, 0), by=by),
    "transfer.ended timed-out": lambda x, by: x.time_out(offer(x, 1), by=by),
    "time.advanced": advance,
    "verification.stated": lambda x, by: x.state_verification(
        "p",
        MAY,
        body="Verifiers Ltd",
        opinion="unmodified",
        assurance="limited",
        quantities={2024: 100},
        report=EVIDENCE,
        size=x.size,
        root=x.root(),
        by=by,
    ),
    "zone.adopted": lambda x, by: x.adopt_zone("Asia/Tbilisi", release=tzdata_release(), reason="the law", by=by),
}

# The accounts whose holder may do an action; the account `op` if an action is not listed.
PARTIES: Final[Mapping[str, tuple[str, ...]]] = {
    "transfer.accepted": ("buyer",),
    "transfer.ended rejected": ("buyer",),
    "transfer.ended revoked": ("op",),
    "transfer.ended timed-out": ("op", "buyer"),
}


def may(actor: str, action: str) -> bool:
    """Whether an actor of the staffed ledger may do one of the actions."""
    account = actor.removeprefix("holder-")
    if account != actor and account not in PARTIES.get(action, ("op",)):
        return False
    return any((role, action.split(maxsplit=1)[0]) in ALLOWED for role in roles_of(actor))
