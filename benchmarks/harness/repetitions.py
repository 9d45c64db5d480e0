"""Ledgers in which one thing is repeated; the cost of an audit must be proportional to the number of repetitions."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any, Final

import carbon_ledger as cl
from carbon_ledger.core.state.store import Store
from carbon_ledger.ledger.ledger import Ledger
from carbon_ledger.testing._machine.setup import OPENER
from carbon_ledger.testing._machine.side_by_side import ledger_over

EVIDENCE: Final = "sha256:" + "0" * 64
BEGAN: Final = datetime(2024, 1, 1, tzinfo=UTC)
HOUR: Final = timedelta(hours=1)
YEAR: Final = cl.Period.year(2024, zone="UTC")
CLAIM: Final[Mapping[str, Any]] = MappingProxyType({"beneficiary": "B", "purpose": "use", "period": YEAR})
GAP: Final = (cl.Waiver("gap", "not metered yet"),)
TEXT: Final = (cl.Waiver("methodology-text", "compared with the published text"),)
FACTOR: Final = cl.EmissionFactor(
    factor_id="f", value="0.5", unit="tCO2e/MWh", kind="combined_margin", region="AZ", source="an example"
)
UNITS: Final = 100_000
ME: Final = OPENER

Repeat = Callable[[Ledger, int], object]


class Clock:
    """A clock that advances by a second at each call."""

    def __init__(self) -> None:
        self.now = datetime(2024, 12, 1, tzinfo=UTC)

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
        ledger.register_device(_device("plant"))
    with ledger.batch():
        repeat(ledger, count)
    return ledger


def _device(name: str) -> cl.Device:
    return cl.Device(
        id=name,
        name=name,
        technology="hydro/run-of-river",
        capacity="100 MW",
        country="AZ",
        grid="AZ",
        zone="UTC",
        commissioned="2024-01-01",
        capacity_before="50 MW",
    )


def _project(name: str, instrument: str, devices: Sequence[str] = ("plant",), **more: Any) -> cl.Project:
    return cl.Project(id=name, instrument=instrument, zone="UTC", devices=tuple(devices), **more)


def _hours(first: int, last: int) -> cl.Period:
    return cl.Period.of(BEGAN + first * HOUR, BEGAN + last * HOUR)


def _record(ledger: Ledger, net_wh: Sequence[int], first: int = 0, device: str = "plant") -> None:
    ledger.record_readings(device, start=BEGAN + first * HOUR, step="1 hour", net_wh=list(net_wh))


def _issued(ledger: Ledger, instrument: str = "I-REC-E", hours: int = 1) -> cl.Batch:
    """A batch of 50 units for each hour."""
    ledger.register_project(_project("p", instrument))
    _record(ledger, [50 if instrument == "GC" else 50_000_000] * hours)
    return ledger.issue("p", _hours(0, hours), to="op")[0]


def _imported(ledger: Ledger, first: int = 1, count: int = UNITS) -> cl.Batch:
    return ledger.import_block(
        f"GS1-1-KE-GS7495-16-2024-30645-{first}-{first + count - 1}",
        registry="gold-standard",
        instrument="GS-VER",
        to="op",
        production=YEAR,
        project="GS7495",
        evidence=EVIDENCE,
    )


def _ones(batch: cl.Batch, count: int) -> list[cl.Block]:
    """Blocks of one unit each, of every second unit of a batch."""
    return [cl.Block(batch.batch_id, 2 * k + 1, 2 * k + 1) for k in range(count)]


def _labels(ledger: Ledger, count: int) -> None:
    for block in _ones(_imported(ledger), count):
        ledger.label(block, "CORSIA", evidence=EVIDENCE, reason="letter")


def _labels_off(ledger: Ledger, count: int) -> None:
    batch = _imported(ledger)
    if count:
        ledger.label(batch, "CORSIA", evidence=EVIDENCE, reason="letter")
    for block in _ones(batch, count):
        ledger.unlabel(block, "CORSIA", reason="withdrawn")


def _labels_on_and_off(ledger: Ledger, count: int) -> None:
    block = _imported(ledger).take(10)
    for _ in range(count):
        ledger.label(block, "CORSIA", evidence=EVIDENCE, reason="letter")
        ledger.unlabel(block, "CORSIA", reason="withdrawn")


def _labels_together(ledger: Ledger, count: int) -> None:
    blocks = _ones(_imported(ledger), count)
    if count:
        ledger.label(blocks, "CORSIA", evidence=EVIDENCE, reason="letter")
        ledger.unlabel(blocks, "CORSIA", reason="withdrawn")


def _tags(ledger: Ledger, count: int) -> None:
    block = _imported(ledger).take(10)
    for k in range(count):
        ledger.label(block, f"tag:{k}", evidence=EVIDENCE, reason="letter")


def _roles_of_one(ledger: Ledger, count: int) -> None:
    for k in range(count):
        ledger.open_account(f"account-{k}", name="A")
        ledger.grant(ME, "account-holder", account=f"account-{k}")


def _roles_of_many(ledger: Ledger, count: int) -> None:
    for k in range(count):
        ledger.grant(f"actor-{k}", "registrar")
    for k in range(count):
        ledger.revoke(f"actor-{k}", "registrar", reason="left")


def _roles_again(ledger: Ledger, count: int) -> None:
    for _ in range(count):
        ledger.grant("ann", "registrar")
        ledger.revoke("ann", "registrar", reason="left")


def _voids(ledger: Ledger, count: int) -> None:
    ledger.register_project(_project("p", "I-REC-E"))
    _record(ledger, [50_000_000])
    for _ in range(count):
        ledger.issue("p", _hours(0, 1), to="op")
        ledger.void(ledger.size - 1, reason="an error")


def _voids_of_many(ledger: Ledger, count: int) -> None:
    ledger.register_project(_project("p", "I-REC-E"))
    numbers = []
    for k in range(count):
        _record(ledger, [50_000_000], k)
        ledger.issue("p", _hours(k, k + 1), to="op")
        numbers.append(ledger.size - 1)
    for n in numbers:
        ledger.void(n, reason="an error")


def _voids_granular(ledger: Ledger, count: int) -> None:
    ledger.register_project(_project("p", "GC"))
    _record(ledger, [50] * 3)
    for _ in range(count):
        ledger.issue("p", _hours(0, 3), to="op")
        ledger.void(ledger.size - 1, reason="an error")


def _voids_of_many_granular(ledger: Ledger, count: int) -> None:
    ledger.register_project(_project("p", "GC"))
    numbers = []
    for k in range(count):
        _record(ledger, [50], k)
        ledger.issue("p", _hours(k, k + 1), to="op")
        numbers.append(ledger.size - 1)
    for n in numbers:
        ledger.void(n, reason="an error")


def _correct(ledger: Ledger, hour: int, net_wh: int) -> None:
    ledger.correct_readings(
        "plant", start=BEGAN + hour * HOUR, step="1 hour", net_wh=[net_wh], reason="wrong ratio", evidence=EVIDENCE
    )


def _corrections(ledger: Ledger, count: int) -> None:
    _issued(ledger, hours=3)
    for k in range(count):
        _correct(ledger, 1, 50_000_000 + (k % 2) * 10)


def _corrections_granular(ledger: Ledger, count: int) -> None:
    _issued(ledger, "GC", hours=3)
    for k in range(count):
        _correct(ledger, 1, 60 - k % 2)


def _corrections_unissued(ledger: Ledger, count: int) -> None:
    """Corrections of one step each, in one long run that is not issued."""
    _record(ledger, [50_000_000] * (count + 2))
    for k in range(count):
        _correct(ledger, k + 1, 49_000_000)


def _cuts(ledger: Ledger, count: int) -> None:
    for block in _ones(_imported(ledger), count):
        ledger.transfer(block, to="buyer")


def _to_and_fro(ledger: Ledger, count: int) -> None:
    block = _imported(ledger).take(10)
    for _ in range(count):
        ledger.transfer(block, to="buyer")
        ledger.transfer(block, to="op")


def _holds(ledger: Ledger, count: int) -> None:
    block = _imported(ledger).take(10)
    for _ in range(count):
        ledger.lock(block, reason="a dispute")
        ledger.release(block, reason="settled")


def _holds_of_many(ledger: Ledger, count: int) -> None:
    blocks = _ones(_imported(ledger), count)
    for block in blocks:
        ledger.lock(block, reason="a dispute")
    for block in blocks:
        ledger.release(block, reason="settled")


def _offers(ledger: Ledger, count: int) -> None:
    block = _imported(ledger).take(10)
    for _ in range(count):
        ledger.revoke_offer(ledger.offer(block, to="buyer"))


def _offers_accepted(ledger: Ledger, count: int) -> None:
    for block in _ones(_imported(ledger), count):
        ledger.accept(ledger.offer(block, to="buyer"))


def _imports(ledger: Ledger, count: int) -> None:
    for k in range(count):
        _imported(ledger, 10 * k + 1, 10)


def _approvals(ledger: Ledger, count: int) -> None:
    """Approvals of one quantification, each of them revoked."""
    ledger.register_project(_project("p", "I-REC-E", requires_approval=True))
    _record(ledger, [50_000_000])
    for _ in range(count):
        (approval,) = ledger.approve(ledger.quantify("p", _hours(0, 1)))
        ledger.revoke_approval(approval, reason="an error")


def _approvals_of_many(ledger: Ledger, count: int) -> None:
    """Approvals of many periods, each of them used by an issuance."""
    ledger.register_project(_project("p", "I-REC-E", requires_approval=True))
    for k in range(count):
        _record(ledger, [50_000_000], k)
        ledger.approve(ledger.quantify("p", _hours(k, k + 1)), by="verifier")
        ledger.issue("p", _hours(k, k + 1), to="op")


def _approvals_used(ledger: Ledger, count: int) -> None:
    """Approvals of one period that is issued and voided repeatedly."""
    ledger.register_project(_project("p", "I-REC-E", requires_approval=True))
    _record(ledger, [50_000_000])
    for _ in range(count):
        ledger.approve(ledger.quantify("p", _hours(0, 1)), by="verifier")
        ledger.issue("p", _hours(0, 1), to="op")
        ledger.void(ledger.size - 1, reason="an error")


def _approvals_lapsed(ledger: Ledger, count: int) -> None:
    ledger.register_project(_project("p", "I-REC-E", requires_approval=True))
    _record(ledger, [50_000_000])
    for _ in range(count):
        ledger.approve(ledger.quantify("p", _hours(0, 1)))
        for net_wh in (40_000_000, 50_000_000):
            _correct(ledger, 0, net_wh)


def _converted(ledger: Ledger, count: int) -> None:
    for instrument in ("I-REC-E", "EECS-GO"):
        ledger.register_project(_project(instrument, instrument))
    for k in range(count):
        _record(ledger, [50_000_000], k)
        (batch,) = ledger.issue("I-REC-E", _hours(k, k + 1), to="op")
        ledger.convert(batch, to_instrument="EECS-GO", reason="sold")


def _conversions(ledger: Ledger, count: int) -> None:
    """Conversions whose steps are issued as the other instrument."""
    _converted(ledger, count)
    for k in range(count):
        ledger.issue("EECS-GO", _hours(k, k + 1), to="op")


def _conversion_voided(ledger: Ledger, count: int) -> None:
    """One conversion, whose steps are issued and voided repeatedly."""
    _converted(ledger, 1)
    for _ in range(count):
        ledger.issue("EECS-GO", _hours(0, 1), to="op")
        ledger.void(ledger.size - 1, reason="an error")


def _conversion_in_parts(ledger: Ledger, count: int) -> None:
    """One conversion of many steps, each of them issued separately."""
    for instrument in ("I-REC-E", "EECS-GO"):
        ledger.register_project(_project(instrument, instrument))
    hours = max(1, count)
    _record(ledger, [50_000_000] * hours)
    (batch,) = ledger.issue("I-REC-E", _hours(0, hours), to="op")
    ledger.convert(batch, to_instrument="EECS-GO", reason="sold")
    for k in range(count):
        ledger.issue("EECS-GO", _hours(k, k + 1), to="op")


def _keys(ledger: Ledger, count: int) -> None:
    for k in range(count):
        ledger.open_account(f"account-{k}", name="A", key=f"key-{k}")


def _devices(ledger: Ledger, count: int) -> None:
    """Devices of one project that are issued together."""
    names = [f"device-{k}" for k in range(count)]
    for name in names:
        ledger.register_device(_device(name))
        _record(ledger, [50_000_000], device=name)
    if count:
        ledger.register_project(_project("p", "I-REC-E", names))
        ledger.issue("p", _hours(0, 1), to="op")


def _devices_granular(ledger: Ledger, count: int) -> None:
    """Devices of one project of granular certificates, with one issuance each."""
    names = [f"device-{k}" for k in range(count)]
    for name in names:
        ledger.register_device(_device(name))
        _record(ledger, [50], device=name)
    if count:
        ledger.register_project(_project("p", "GC", names))
        ledger.issue("p", _hours(0, 1), to="op")


def _registrations(ledger: Ledger, count: int) -> None:
    for k in range(count):
        ledger.register_device(_device(f"device-{k}"))
        ledger.register_project(_project(f"project-{k}", "I-REC-E", (f"device-{k}",)))


def _meter(ledger: Ledger, count: int) -> None:
    """One meter that many devices share, with one reading."""
    names = [f"device-{k}" for k in range(count)]
    for name in names:
        ledger.register_device(_device(name))
    if count:
        ledger.register_meter(cl.Meter(id="feeder", shares=dict.fromkeys(names, 1)))
        ledger.record_meter("feeder", _hours(0, 1), net="1 MWh")


def _meter_read(ledger: Ledger, count: int) -> None:
    ledger.register_meter(cl.Meter(id="feeder", shares={"plant": 1}))
    for k in range(count):
        ledger.record_meter("feeder", _hours(k, k + 1), net="1 MWh")


def _issuances(ledger: Ledger, count: int) -> None:
    ledger.register_project(_project("p", "I-REC-E"))
    for k in range(count):
        _record(ledger, [50_300_000], k)
        ledger.issue("p", _hours(k, k + 1), to="op", buffer="0.1")


def _waivers(ledger: Ledger, count: int) -> None:
    """Issuances of two hours, one of them without a reading."""
    ledger.register_project(_project("p", "I-REC-E"))
    for k in range(count):
        _record(ledger, [50_000_000], 2 * k)
        ledger.issue("p", _hours(2 * k, 2 * k + 2), to="op", waivers=GAP)


def _gaps(ledger: Ledger, count: int) -> None:
    """One issuance of many runs with gaps between them."""
    ledger.register_project(_project("p", "I-REC-E"))
    for k in range(count):
        _record(ledger, [50_000_000], 2 * k)
    if count:
        ledger.issue("p", _hours(0, 2 * count), to="op", waivers=GAP)


def _between(ledger: Ledger, count: int) -> None:
    """One issuance of the steps between many other issuances."""
    ledger.register_project(_project("p", "I-REC-E"))
    for k in range(count):
        _record(ledger, [50_000_000], 2 * k)
        ledger.issue("p", _hours(2 * k, 2 * k + 1), to="op")
    for k in range(count):
        _record(ledger, [50_000_000], 2 * k + 1)
    if count:
        ledger.issue("p", _hours(0, 2 * count), to="op")


def _final(ledger: Ledger, count: int) -> None:
    """Units that are retired, cancelled, exported and withdrawn."""
    batch = _imported(ledger)
    for k, block in enumerate(_ones(batch, count)):
        if k % 4 == 0:
            ledger.retire(block, **CLAIM)
        elif k % 4 == 1:
            ledger.cancel(block, reason="goodwill")
        elif k % 4 == 2:
            ledger.export(block, to_registry="evident", reference="7")
        else:
            ledger.withdraw(block, reason="an order")


def _retired_together(ledger: Ledger, count: int) -> None:
    blocks = _ones(_imported(ledger), count)
    if count:
        ledger.retire(blocks, **CLAIM)


def _corrected_together(ledger: Ledger, count: int) -> None:
    """One correction of steps that many issuances claim."""
    ledger.register_project(_project("p", "I-REC-E"))
    _record(ledger, [50_000_000] * max(1, count))
    for k in range(count):
        ledger.issue("p", _hours(k, k + 1), to="op")
    if count:
        ledger.correct_readings(
            "plant", start=BEGAN, step="1 hour", net_wh=[51_000_000] * count, reason="wrong ratio", evidence=EVIDENCE
        )


def _corrected_runs(ledger: Ledger, count: int) -> None:
    """One correction that replaces many runs in one granular issuance."""
    ledger.register_project(_project("p", "GC"))
    for k in range(count):
        _record(ledger, [50, 0][k % 2 : k % 2 + 1], k)
    if count:
        ledger.issue("p", _hours(0, count), to="op")
        ledger.correct_readings(
            "plant", start=BEGAN, step="1 hour", net_wh=[60] * count, reason="wrong ratio", evidence=EVIDENCE
        )


def _approved_by_many(ledger: Ledger, count: int) -> None:
    ledger.register_project(_project("p", "I-REC-E", requires_approval=True))
    _record(ledger, [50_000_000])
    for k in range(count):
        ledger.approve(ledger.quantify("p", _hours(0, 1)), by=f"verifier-{k}")
    if count:
        ledger.issue("p", _hours(0, 1), to="op")


def _approved_beside_voids(ledger: Ledger, count: int) -> None:
    """Approvals that are used, with issuances that are voided."""
    ledger.register_project(_project("p", "I-REC-E", requires_approval=True))
    for k in range(count):
        _record(ledger, [50_000_000], k)
        for _ in range(2):
            ledger.approve(ledger.quantify("p", _hours(k, k + 1)), by="verifier")
            ledger.issue("p", _hours(k, k + 1), to="op")
            ledger.void(ledger.size - 1, reason="an error")


def _unlabelled_across(ledger: Ledger, count: int) -> None:
    """A label is removed from many ranges with one command."""
    batch = _imported(ledger)
    for k in range(count):
        ledger.label(cl.Block(batch.batch_id, 2 * k + 1, 2 * k + 2), "CORSIA", evidence=EVIDENCE, reason="letter")
    if count:
        ledger.unlabel(cl.Block(batch.batch_id, 1, 2 * count), "CORSIA", reason="withdrawn")


def _history(ledger: Ledger, count: int) -> None:
    """Issuances in one year with a historic baseline."""
    ledger.register_project(
        _project(
            "p",
            "VCS-VCU",
            methodology="ACM0002@22.0",
            baseline="retrofit",
            crediting_period=cl.Period.years("2024-01-01", 7, zone="UTC"),
            history=dict.fromkeys(range(2018, 2023), "10 MWh"),
            replaced_on="2040-01-01",
        )
    )
    for k in range(count):
        _record(ledger, [50_000_000], k)
        ledger.issue("p", _hours(k, k + 1), to="op", factor=FACTOR, waivers=TEXT)


def _late(ledger: Ledger, count: int) -> None:
    """Late readings of one period; after each, the whole period is issued."""
    ledger.register_project(_project("p", "I-REC-E"))
    for k in range(count):
        _record(ledger, [50_000_000], k)
        ledger.issue("p", _hours(0, max(1, count)), to="op", waivers=GAP)


def _corrections_of_many(ledger: Ledger, count: int) -> None:
    """Corrections of one step each, in one issuance."""
    _issued(ledger, hours=max(1, count))
    for k in range(count):
        _correct(ledger, k, 50_000_010)


def _taken_back(ledger: Ledger, count: int) -> None:
    """Corrections that each withdraw units."""
    _issued(ledger, hours=30)
    for k in range(count):
        _correct(ledger, 1, 49_000_000 - 100_000 * k)


OPEN: Final[Mapping[str, Repeat]] = MappingProxyType(
    {
        "labels: put on many blocks": _labels,
        "labels: taken off many blocks": _labels_off,
        "labels: put on and taken off one block": _labels_on_and_off,
        "labels: many blocks together": _labels_together,
        "labels: many tags on one block": _tags,
        "voids: a period issued and voided again and again": _voids,
        "voids: of many periods": _voids_of_many,
        "voids: granular, again and again": _voids_granular,
        "voids: granular, of many periods": _voids_of_many_granular,
        "corrections: of one step, issued": _corrections,
        "corrections: of one step, granular": _corrections_granular,
        "corrections: of each step of a run, not issued": _corrections_unissued,
        "transfers: that cut one batch": _cuts,
        "transfers: of one block to and fro": _to_and_fro,
        "holds: placed on one block and released": _holds,
        "holds: placed on many blocks and released": _holds_of_many,
        "offers: made and revoked, of one block": _offers,
        "offers: made and accepted, of many blocks": _offers_accepted,
        "imports: of one registry": _imports,
        "approvals: given and revoked": _approvals,
        "approvals: of many periods, used": _approvals_of_many,
        "approvals: of one period, used and voided": _approvals_used,
        "approvals: lapsed": _approvals_lapsed,
        "conversions: each issued again": _conversions,
        "conversions: one, issued and voided again and again": _conversion_voided,
        "conversions: one, issued in parts": _conversion_in_parts,
        "approvals: by many actors": _approved_by_many,
        "approvals: beside many voids": _approved_beside_voids,
        "labels: taken off many ranges together": _unlabelled_across,
        "corrections: one under many issuances": _corrected_together,
        "corrections: one of many runs, granular": _corrected_runs,
        "keys": _keys,
        "devices: of one project": _devices,
        "devices: of one project, granular": _devices_granular,
        "registrations": _registrations,
        "meters: one of many devices": _meter,
        "meters: one read again and again": _meter_read,
        "issuances: of many periods": _issuances,
        "issuances: one of many runs with gaps": _gaps,
        "issuances: one between many others": _between,
        "waivers": _waivers,
        "final states": _final,
        "retirements: many blocks together": _retired_together,
    }
)
ROLES: Final[Mapping[str, Repeat]] = MappingProxyType(
    {
        "roles: of one actor": _roles_of_one,
        "roles: of many actors, granted and revoked": _roles_of_many,
        "roles: granted and revoked again and again": _roles_again,
    }
)
# Each entry examines what all earlier ones left: more than proportional, which is documented.
STEEP: Final[Mapping[str, Repeat]] = MappingProxyType(
    {
        "late readings: each issued for the whole period": _late,
        "corrections: each of another step of one issuance": _corrections_of_many,
        "corrections: each takes units back": _taken_back,
        "history: issuances in one year with a historic baseline": _history,
    }
)
SUBJECTS: Final[Mapping[str, tuple[str, Repeat]]] = MappingProxyType(
    {name: ("open", repeat) for name, repeat in {**OPEN, **STEEP}.items()}
    | {name: ("roles", repeat) for name, repeat in ROLES.items()}
)
