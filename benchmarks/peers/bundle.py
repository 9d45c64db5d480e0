"""Certificate bundles as rows of SQLite through SQLModel, in the layout of EnergyTag's reference registry.

The work is equivalent. An hour of a device is a row with the columns of that registry (issuance id, hash, status,
account, range of serials, quantity, carrier, source, face value, device, interval, expiry, storage). Pydantic
checks the row; the quantity is checked against the device's capacity, and serials and hours must continue those of
the device. Each row has a SHA-256 hash, and each change writes a row of events. A transfer or a claim of a part
marks the bundle as deleted and writes two new ones, whose hashes include the parent's. This version has less work
than the registry: it has no second database for reading and no event store, reads no row back after writing it,
and makes one commit for many changes.

Source:
    Future-Energy-Associates/granular_certificate_registry, gc_registry/certificate and gc_registry/core. [P]
"""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Engine, event
from sqlmodel import Field, Session, SQLModel, col, create_engine, func, select

from benchmarks.peers.raw_sqlite import PRAGMAS

ACTIVE: Final = "Active"
CLAIMED: Final = "Claimed"
SPLIT: Final = "Bundle Split"
_MUTABLE: Final = {"id", "created_at", "hash", "status", "account_id", "is_deleted", "serial_first", "serial_last"}


class Account(SQLModel, table=True):
    """An account that holds bundles."""

    id: int | None = Field(default=None, primary_key=True)
    name: str


class Device(SQLModel, table=True):
    """A plant."""

    id: int | None = Field(default=None, primary_key=True)
    name: str
    capacity_w: int
    commissioned: datetime


class BundleBase(SQLModel):
    """The certificates of an hour, or a part of them."""

    issuance_id: str
    hash: str = ""
    status: str
    account_id: int = Field(foreign_key="account.id")
    metadata_id: int
    serial_first: int
    serial_last: int
    quantity: int
    energy_carrier: str
    energy_source: str
    face_value: int
    issued_after_conversion: bool
    emissions_factor: int | None = None
    emissions_factor_source: str | None = None
    device_id: int = Field(foreign_key="device.id")
    interval_start: datetime
    interval_end: datetime
    expires: datetime
    is_storage: bool
    storage_record_id: int | None = None
    storage_efficiency: int | None = None
    is_deleted: bool = False


class Bundle(BundleBase, table=True):
    """The row of a bundle."""

    id: int | None = Field(default=None, primary_key=True)
    created_at: datetime = Field(default_factory=lambda: datetime.now(UTC))


class Event(SQLModel, table=True):
    """A change of a row."""

    id: int | None = Field(default=None, primary_key=True)
    entity_id: int | None
    entity: str
    kind: str
    attributes: str
    at: datetime = Field(default_factory=lambda: datetime.now(UTC))


def _engine(path: Path) -> Engine:
    engine = create_engine(f"sqlite:///{path}")

    @event.listens_for(engine, "connect")
    def _durable(connection: Any, _record: object) -> None:
        for pragma in PRAGMAS:
            connection.execute(pragma)

    SQLModel.metadata.create_all(engine)
    return engine


def _seal(bundle: BundleBase, parent: str = "") -> str:
    return hashlib.sha256((bundle.model_dump_json(exclude=_MUTABLE) + parent).encode()).hexdigest()


def _plain(time: datetime) -> datetime:
    """A time as SQLite returns it: UTC, without a zone."""
    return time.replace(tzinfo=None)


class Registry:
    """A registry of bundles. Nothing is durable before `commit`.

    Args:
        path: A new file.
    """

    def __init__(self, path: Path) -> None:
        self._engine = _engine(path)
        self._session = Session(self._engine)

    def account(self, name: str) -> int:
        """Open an account."""
        return self._key(Account(name=name))

    def device(self, name: str, capacity_w: int, commissioned: datetime) -> int:
        """Register a device."""
        return self._key(Device(name=name, capacity_w=capacity_w, commissioned=commissioned))

    def _key(self, row: Account | Device) -> int:
        self._session.add(row)
        self._session.flush()
        return int(row.id or 0)

    def record(self, device_id: int, account_id: int, start: datetime, values_wh: Sequence[int]) -> list[Bundle]:
        """Record hourly values as bundles of 1 Wh certificates; hours without positive energy have no bundle."""
        device = self._session.get_one(Device, device_id)
        newest = select(func.max(Bundle.interval_end), func.max(Bundle.serial_last))
        ended, serial = self._session.exec(newest.where(Bundle.device_id == device_id)).one()
        if _plain(start) < _plain(device.commissioned) or (ended is not None and _plain(start) < _plain(ended)):
            raise ValueError(f"device {device_id}: {start} is before its commissioning, or was issued before")
        bundles, serial = [], serial or 0
        for hour, value in enumerate(values_wh):
            if value <= 0:
                continue
            bundle = self._bundle(device_id, account_id, start + timedelta(hours=hour), serial + 1, value)
            if bundle.quantity > device.capacity_w or bundle.quantity != bundle.serial_last - bundle.serial_first + 1:
                raise ValueError(f"device {device_id}: {value} Wh is more than it generates, or not its serials")
            serial = bundle.serial_last
            bundles.append(bundle)
        self._write(bundles, "CREATE")
        return bundles

    @staticmethod
    def _bundle(device_id: int, account_id: int, start: datetime, serial: int, value: int) -> Bundle:
        checked = BundleBase.model_validate(
            {
                "issuance_id": f"{device_id}-{start.isoformat()}",
                "status": ACTIVE,
                "account_id": account_id,
                "metadata_id": 1,
                "serial_first": serial,
                "serial_last": serial + value - 1,
                "quantity": value,
                "energy_carrier": "Electricity",
                "energy_source": "Hydro",
                "face_value": 1,
                "issued_after_conversion": False,
                "device_id": device_id,
                "interval_start": start,
                "interval_end": start + timedelta(hours=1),
                "expires": start + timedelta(days=730),
                "is_storage": False,
            }
        )
        checked.hash = _seal(checked)
        return Bundle.model_validate(checked.model_dump())

    def transfer(self, bundle_id: int, quantity: int, source: int, target: int) -> list[Bundle]:
        """Move certificates of a bundle to another account; return their new bundle, and the bundle that remains."""
        parts = self._parts(self._usable(bundle_id, quantity, source), quantity)
        self._session.get_one(Account, target)
        parts[0].account_id = target
        self._write(parts[:1], "UPDATE")
        return parts

    def claim(self, bundle_id: int, quantity: int, source: int) -> list[Bundle]:
        """Retire certificates of a bundle; return their new bundle, and the bundle that remains."""
        parts = self._parts(self._usable(bundle_id, quantity, source), quantity)
        parts[0].status = CLAIMED
        self._write(parts[:1], "UPDATE")
        return parts

    def _usable(self, bundle_id: int, quantity: int, source: int) -> Bundle:
        bundle = self._session.get_one(Bundle, bundle_id)
        if bundle.is_deleted or bundle.status != ACTIVE or bundle.account_id != source or bundle.quantity < quantity:
            raise ValueError(f"bundle {bundle_id}: not {quantity} active certificates of account {source}")
        return bundle

    def _parts(self, bundle: Bundle, quantity: int) -> list[Bundle]:
        if quantity == bundle.quantity:
            return [bundle]
        bundle.is_deleted, bundle.status = True, SPLIT
        cut = bundle.serial_first + quantity
        parts = []
        for first, last in ((bundle.serial_first, cut - 1), (cut, bundle.serial_last)):
            values = bundle.model_dump(exclude={"id", "created_at"})
            values |= {"serial_first": first, "serial_last": last, "quantity": last - first + 1}
            checked = BundleBase.model_validate(values | {"is_deleted": False, "status": ACTIVE})
            checked.hash = _seal(checked, bundle.hash)
            parts.append(Bundle.model_validate(checked.model_dump()))
        self._write([bundle], "DELETE")
        self._write(parts, "CREATE")
        return parts

    def _write(self, bundles: Sequence[Bundle], kind: str) -> None:
        self._session.add_all(bundles)
        self._session.flush()
        self._session.add_all(
            [
                Event(entity_id=item.id, entity="Bundle", kind=kind, attributes=item.model_dump_json())
                for item in bundles
            ]
        )

    def balance(self, account_id: int, status: str = ACTIVE) -> int:
        """The number of certificates of an account."""
        held = select(func.sum(Bundle.quantity)).where(Bundle.account_id == account_id, Bundle.status == status)
        return int(self._session.exec(held.where(col(Bundle.is_deleted).is_(False))).one() or 0)

    def commit(self) -> None:
        """Make everything durable."""
        self._session.commit()
        self._session.expire_all()

    def close(self) -> None:
        """Close the file."""
        self._session.close()
        self._engine.dispose()
