"""Ledgers in which one thing is repeated; the cost of an audit must be proportional to the number of repetitions."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Final

from benchmarks.repetitions import issuance, units
from benchmarks.repetitions.setup import device
from carbon_ledger.core.state.store import Store
from carbon_ledger.ledger.ledger import Ledger
from carbon_ledger.testing._machine.side_by_side import ledger_over

Repeat = Callable[[Ledger, int], object]

OPEN: Final[Mapping[str, Repeat]] = MappingProxyType(
    {
        "labels: put on many blocks": units.labels,
        "labels: taken off many blocks": units.labels_off,
        "labels: put on and taken off one block": units.labels_on_and_off,
        "labels: many blocks together": units.labels_together,
        "labels: many tags on one block": units.tags,
        "voids: a period issued and voided again and again": issuance.voids,
        "voids: of many periods": issuance.voids_of_many,
        "voids: granular, again and again": issuance.voids_granular,
        "voids: granular, of many periods": issuance.voids_of_many_granular,
        "corrections: of one step, issued": issuance.corrections,
        "corrections: of one step, granular": issuance.corrections_granular,
        "corrections: of each step of a run, not issued": issuance.corrections_unissued,
        "transfers: that cut one batch": units.cuts,
        "transfers: of one block to and fro": units.to_and_fro,
        "holds: placed on one block and released": units.holds,
        "holds: placed on many blocks and released": units.holds_of_many,
        "offers: made and revoked, of one block": units.offers,
        "offers: made and accepted, of many blocks": units.offers_accepted,
        "imports: of one registry": units.imports,
        "approvals: given and revoked": issuance.approvals,
        "approvals: of many periods, used": issuance.approvals_of_many,
        "approvals: of one period, used and voided": issuance.approvals_used,
        "approvals: lapsed": issuance.approvals_lapsed,
        "conversions: each issued again": issuance.conversions,
        "conversions: one, issued and voided again and again": issuance.conversion_voided,
        "conversions: one, issued in parts": issuance.conversion_in_parts,
        "approvals: by many actors": issuance.approved_by_many,
        "approvals: beside many voids": issuance.approved_beside_voids,
        "labels: taken off many ranges together": units.unlabelled_across,
        "corrections: one under many issuances": issuance.corrected_together,
        "corrections: one of many runs, granular": issuance.corrected_runs,
        "keys": units.keys,
        "devices: of one project": issuance.devices,
        "devices: of one project, granular": issuance.devices_granular,
        "registrations": issuance.registrations,
        "meters: one of many devices": issuance.meter,
        "meters: one read again and again": issuance.meter_read,
        "issuances: of many periods": issuance.issuances,
        "issuances: one of many runs with gaps": issuance.gaps,
        "issuances: one between many others": issuance.between,
        "waivers": issuance.waivers,
        "final states": units.final,
        "retirements: many blocks together": units.retired_together,
    }
)
ROLES: Final[Mapping[str, Repeat]] = MappingProxyType(
    {
        "roles: of one actor": units.roles_of_one,
        "roles: of many actors, granted and revoked": units.roles_of_many,
        "roles: granted and revoked again and again": units.roles_again,
    }
)
# Each entry examines what all earlier ones left: more than proportional, which is documented.
STEEP: Final[Mapping[str, Repeat]] = MappingProxyType(
    {
        "late readings: each issued for the whole period": issuance.late,
        "corrections: each of another step of one issuance": issuance.corrections_of_many,
        "corrections: each takes units back": issuance.taken_back,
        "history: issuances in one year with a historic baseline": issuance.history,
    }
)
SUBJECTS: Final[Mapping[str, tuple[str, Repeat]]] = MappingProxyType(
    {name: ("open", repeat) for name, repeat in {**OPEN, **STEEP}.items()}
    | {name: ("roles", repeat) for name, repeat in ROLES.items()}
)


class Clock:
    """A clock that advances by a second at each call."""

    def __init__(self) -> None:
        self.now = datetime(2025, 2, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        """The time."""
        self.now += timedelta(seconds=1)
        return self.now


def repeated(store: Store, subject: str, count: int) -> Ledger:
    """A ledger in which the commands of a subject are repeated *count* times.

    Args:
        store: An empty store.
        subject: One of `SUBJECTS`.
        count: The number of repetitions; 0 for the setup alone.
    """
    policy, repeat = SUBJECTS[subject]
    ledger = ledger_over(store, Clock(), "repeated", policy)
    with ledger.batch():
        for account in ("op", "buyer"):
            ledger.open_account(account, name=account)
            if policy == "roles":
                ledger.grant("machine", "account-holder", account=account)
        for role in ("issuer", "verifier", "meter-operator") if policy == "roles" else ():
            ledger.grant("machine", role)
        ledger.register_device(device("plant"))
    with ledger.batch():
        repeat(ledger, count)
    return ledger
