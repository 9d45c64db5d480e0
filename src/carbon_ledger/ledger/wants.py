"""Queries that commands are going to make, so that a store on a server can make them together.

A want changes nothing and decides nothing: the plan and the rule of a command make the same queries again, and get the
answers that the wants have fetched. A query that is missing here costs a round trip more.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache

from carbon_ledger.core import lookup
from carbon_ledger.core.authority import REGISTRAR
from carbon_ledger.core.in_force import is_amended, kind_of
from carbon_ledger.core.many_runs import facts_of, is_plain
from carbon_ledger.core.pinned_zones import zone_of
from carbon_ledger.core.state.store import Want, Wants
from carbon_ledger.core.state.view import View
from carbon_ledger.factors import EmissionFactor
from carbon_ledger.metering.readings import Readings
from carbon_ledger.periods import Period
from carbon_ledger.serials import Block

_LAST = 1 << 62
_KINDS = {name: name for name in ("account", "device", "meter", "project")} | {"to": "account", "other": "account"}


def command_wants(actor: str, key: str | None, named: Period | None, arguments: Mapping[str, object]) -> list[Want]:
    """What every command asks: its key, the policy and the actor's roles, the named zone, and the things it names."""
    found: list[Want] = [lambda view: view.entry(0), lambda view: view.grant(actor, REGISTRAR, "")]
    if key is not None:
        found.append(_key_use(actor, key))
    if named is not None and named.zone is not None:
        found += _zone(named.zone)
    for name, value in arguments.items():
        if name in _KINDS and isinstance(value, str):
            found += _thing(_KINDS[name], value, arguments)
    return found


def thing_wants(kind: str, name: str, zone: str | None = None) -> list[Want]:
    """What the registration of a thing asks: whether its id is taken, and the rules of its zone."""
    return [_registration(kind, name), *(() if zone is None else _zone(zone))]


def _thing(kind: str, name: str, arguments: Mapping[str, object]) -> list[Want]:
    found = [_registration(kind, name)]
    if kind in ("account", "device"):
        amended = kind_of(kind, name)
        fields = ("amendment", *(field for field in arguments if field not in _KINDS))
        found += [_registration(amended, field) for field in fields]
    return found


def _registration(kind: str, name: str) -> Want:
    return lambda view: view.registration(kind, name)


def _zone(zone: str) -> list[Want]:
    return [lambda view: zone_of(view, zone), lambda view: view.registration("zone", f"{zone}#2")]


def accounts_wants(accounts: Iterable[object]) -> list[Want]:
    """What a command asks of accounts that it names."""
    found: list[Want] = []
    for name in accounts:
        if isinstance(name, str):
            found.append(_registration("account", name))
    return found


def units_wants(blocks: Sequence[Block], accounts: Sequence[object]) -> list[Want]:
    """What a command about units asks: their batches, their pieces, and the totals of their holders."""
    names = [name for name in accounts if isinstance(name, str)]
    found = accounts_wants(names)
    for block in blocks:
        found += _block(block, names)
    return found


def _block(block: Block, accounts: Sequence[str]) -> list[Want]:
    def holders(view: View) -> Wants:
        pieces = view.pieces(block.batch_id, block.first, block.last)
        held = dict.fromkeys(piece.account for piece in pieces)
        return Wants([*accounts_wants(held), *(_totals(block.batch_id, name) for name in held)])

    return [
        holders,
        lambda view: view.batch(block.batch_id),
        *(_totals(block.batch_id, name) for name in accounts),
    ]


def _totals(batch_id: str, account: str) -> Want:
    def want(view: View) -> Wants:
        row = view.batch(batch_id)
        return Wants() if row is None else _of_instrument(account, row.batch.instrument)

    return want


def _of_instrument(account: str, instrument: str) -> Wants:
    return Wants(
        [lambda view: view.balance(account, instrument), lambda view: view.expiring(account, instrument, _LAST)]
    )


def device_wants(device: str, start_utc: int, end_utc: int, *, claims: bool = False, plain: bool = False) -> list[Want]:
    """What a command about the energy of a device in a period asks; with *plain*, what `PlainRuns` does."""

    def itself(view: View) -> Wants:
        facts = facts_of(view, device) if plain else None
        return Wants(_zone((lookup.device(view, device) if facts is None else facts.device).zone))

    found: list[Want] = [
        itself,
        lambda view: is_amended(view, kind_of("device", device)),
        lambda view: view.readings(device, start_utc, end_utc),
    ]
    if claims:
        found.append(lambda view: view.claims(device, start_utc, end_utc))
    return found


def runs_wants(
    actor: str, items: Sequence[tuple[object, object, str | None]], one_more: str | None, *, waived: bool
) -> list[Want]:
    """What the recording of many runs asks: the keys, the policy and the actor's roles, and the devices.

    Args:
        actor: Who records them.
        items: The runs with their devices and keys.
        one_more: The key that one more run would have.
        waived: Whether a check is waived.
    """

    @cache  # only a store that asks wants needs them, and it calls them again
    def of_runs() -> Wants:
        keys = (*(key for _, _, key in items), one_more)
        found, devices = [_key_use(actor, key) for key in keys if key is not None], set[str]()
        for device, run, _ in items:
            if isinstance(device, str) and device not in devices and device.isprintable() and isinstance(run, Readings):
                devices.add(device)
                found += device_wants(device, run.start_utc, run.end_utc, plain=not waived and is_plain(run))
        return Wants(found)

    return [*command_wants(actor, None, None, {}), lambda _: of_runs()]


def _key_use(actor: str, key: str) -> Want:
    return lambda view: view.key_use(actor, key)


def issue_wants(project: str, period: Period, to: str, factor: EmissionFactor | str | None) -> list[Want]:
    """What an issuance asks: the project, its devices and their energy, its carry, and the totals of the account."""

    def itself(view: View) -> Wants:
        found = lookup.project(view, project)
        devices = [
            want
            for device in found.devices
            for want in device_wants(device, period.start_utc, period.end_utc, claims=True)
        ]
        return Wants([*_zone(found.zone), *devices, *_of_instrument(to, found.instrument.id)])

    found: list[Want] = [itself, _registration("account", to), lambda view: view.carry(project)]
    found.append(lambda view: view.newest_approval("", _LAST))
    if factor is not None:
        name = factor.factor_id if isinstance(factor, EmissionFactor) else factor
        found.append(lambda view: view.registration("factor", name))
    return found
