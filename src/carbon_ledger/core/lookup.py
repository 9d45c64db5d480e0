"""Looking up accounts, devices, projects and other registered things from the entries that registered them."""

from collections.abc import Mapping
from itertools import chain
from typing import Any, Final

from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.entries.events import BLOCK_IMPORTED
from carbon_ledger.core.pinned_zones import without_rules
from carbon_ledger.core.state.rows import Issuance, IssuedBatch
from carbon_ledger.core.state.view import View
from carbon_ledger.devices import Device
from carbon_ledger.errors import (
    AlreadyRegisteredError,
    UnknownAccountError,
    UnknownBatchError,
    UnknownDeviceError,
    UnknownFactorError,
    UnknownMeterError,
    UnknownProjectError,
    UnknownThingError,
)
from carbon_ledger.factors import EmissionFactor
from carbon_ledger.instruments import BUILTIN, Instrument
from carbon_ledger.meters import Meter
from carbon_ledger.printing import did_you_mean, named, one_of, quote
from carbon_ledger.projects import Project
from carbon_ledger.serials import BLOCK, Batch

MOST_COMPARED: Final = 1_000  # ids that a misspelt id is compared with
_NO_BATCH: Final = "no such batch in this ledger; see batches(project), and imported() for those of other registries"


def registered_device(entry: Entry) -> Device:
    """The device that an entry registers, as it was registered."""
    return Device.from_record(without_rules(entry.event))


def _meter(entry: Entry) -> Meter:
    return Meter.from_record(entry.event)


def project_record(event: Mapping[str, Any]) -> dict[str, Any]:
    """The record of a project in the event that registers it, without the waivers and without the rules of a zone."""
    return {name: value for name, value in without_rules(event).items() if name != "waivers"}


def _project(entry: Entry) -> Project:
    return Project.from_record(project_record(entry.event))


def _factor(entry: Entry) -> EmissionFactor:
    return EmissionFactor.from_record(entry.event["factor"])


def _registered(view: View, kind: str, name: object) -> int | None:
    """The number of the entry that registered a thing, or None; a name that is not a string is never registered."""
    return view.registration(kind, name) if isinstance(name, str) else None


def _close(view: View, kind: str, name: object) -> str:
    """The end of a refusal: the id of a registered thing that was probably meant."""
    return did_you_mean(name, view.registrations(kind, MOST_COMPARED))


def instrument_id(view: View, name: object) -> str:
    """The id of an instrument that is built in, or that the ledger has pinned.

    Raises:
        UnknownThingError: There is no such instrument.
    """
    if isinstance(name, str) and (name in BUILTIN or view.registration("instrument", name) is not None):
        return name
    known = dict.fromkeys((*BUILTIN, *view.registrations("instrument", MOST_COMPARED)))
    raise UnknownThingError(f"instrument {quote(name)}", f"expected {one_of(name, known)}", rule="unknown-instrument")


def account(view: View, name: str) -> str:
    """The id of an open account.

    Raises:
        UnknownAccountError: There is no such account.
    """
    if _registered(view, "account", name) is None:
        raise UnknownAccountError(
            f"account {named(name)}", f"not open; open it with open_account() first{_close(view, 'account', name)}"
        )
    return name


def require_own_id(view: View, instrument: Instrument) -> None:
    """Refuse a user's instrument with the id of a built-in instrument, if the ledger has not pinned the id yet.

    The rule of the event refuses only the ids of `instruments.RELEASED`: the record that a ledger has pinned remains
    valid, whatever instruments a later version of the library has built in.

    Raises:
        AlreadyRegisteredError: A built-in instrument has this id and other fields.
    """
    builtin = BUILTIN.get(instrument.id, instrument)
    if builtin != instrument and view.registration("instrument", instrument.id) is None:
        raise AlreadyRegisteredError(
            f"instrument {instrument.id}",
            f"this is the id of a built-in instrument with other fields, {quote(builtin.name)}; give your instrument "
            "another id",
        )


def device(view: View, name: str) -> Device:
    """A registered device.

    Raises:
        UnknownDeviceError: There is no such device.
    """
    n = _registered(view, "device", name)
    if n is None:
        raise UnknownDeviceError(
            f"device {named(name)}",
            f"not registered; register it with register_device() first{_close(view, 'device', name)}",
        )
    return view.parsed(n, registered_device)


def meter(view: View, name: str) -> Meter:
    """A registered meter.

    Raises:
        UnknownMeterError: There is no such meter.
    """
    n = _registered(view, "meter", name)
    if n is None:
        raise UnknownMeterError(
            f"meter {named(name)}",
            f"not registered; register it with register_meter() first{_close(view, 'meter', name)}",
        )
    return view.parsed(n, _meter)


def project(view: View, name: str) -> Project:
    """A registered project.

    Raises:
        UnknownProjectError: There is no such project.
    """
    n = _registered(view, "project", name)
    if n is None:
        raise UnknownProjectError(
            f"project {named(name)}",
            f"not registered; register it with register_project() first{_close(view, 'project', name)}",
        )
    return view.parsed(n, _project)


def require_known_project(view: View, name: str) -> None:
    """Refuse the name of a project that is neither registered nor that of imported units.

    Raises:
        UnknownProjectError: There is no such project.
    """
    if _registered(view, "project", name) is not None:
        return
    elsewhere = {batch(view, batch_id).batch.project for batch_id in view.registrations("external")}
    if name not in elsewhere:
        known = chain(view.registrations("project", MOST_COMPARED), sorted(elsewhere))
        raise UnknownProjectError(
            f"project {named(name)}",
            "not registered, and no imported units have a project of this name; see projects() and imported()"
            f"{did_you_mean(name, known)}",
        )


def factor(view: View, name: str) -> EmissionFactor:
    """An adopted emission factor.

    Raises:
        UnknownFactorError: There is no such factor.
    """
    n = _registered(view, "factor", name)
    if n is None:
        raise UnknownFactorError(
            f"factor {named(name)}",
            "this ledger has not adopted it; pass the EmissionFactor itself, or adopt_factor() first"
            f"{_close(view, 'factor', name)}",
        )
    return view.parsed(n, _factor)


def batch(view: View, batch_id: str) -> IssuedBatch:
    """An issued batch.

    Raises:
        UnknownBatchError: There is no such batch.
    """
    found = view.batch(batch_id) if isinstance(batch_id, str) else None
    if found is None:
        raise UnknownBatchError(f"batch {named(batch_id)}", _NO_BATCH)
    return found


def issuance(view: View, n: int) -> Issuance:
    """The current state of an issuance.

    Raises:
        UnknownBatchError: Entry *n* is not an issuance.
    """
    found = view.issuance(n) if type(n) is int else None
    if found is None:
        detail = "no such issuance in this ledger; give the number of its entry"
        if type(n) is int and 0 <= n < view.size and view.entry(n).type == BLOCK_IMPORTED:
            detail = (
                "another registry issued these units, and this ledger does not have their readings; withdraw or export "
                "the units instead"
            )
        raise UnknownBatchError(f"issuance {named(n)}", detail)
    return found


def issuance_number(issuance: int | Batch) -> int:
    """The number of an issuance's entry, given as the number itself or as one of the issuance's batches.

    Raises:
        UnknownBatchError: The id of the batch is not the id of any ledger's batch.
    """
    if not isinstance(issuance, Batch):
        return issuance
    if BLOCK.fullmatch(f"{issuance.batch_id}/1") is None:
        raise UnknownBatchError(f"batch {named(issuance.batch_id)}", _NO_BATCH)
    return int(issuance.batch_id.rsplit("/", 1)[1])


def belongs_elsewhere(things: str, listing: str) -> str:
    """The detail of a refusal of a record that another ledger returned.

    Args:
        things: The kind of the records, in the plural.
        listing: The query that lists this ledger's records.
    """
    return f"belongs to another ledger; list this ledger's {things} with {listing}"


def require_own_batch(view: View, issuance: int | Batch) -> None:
    """Refuse a batch that was issued in another ledger, even if this ledger has an issuance with the same number.

    Raises:
        UnknownBatchError: This ledger has no such batch, or a different batch with the same id.
    """
    if isinstance(issuance, Batch) and batch(view, issuance.batch_id).batch != issuance:
        raise UnknownBatchError(
            f"batch {issuance.batch_id}",
            belongs_elsewhere("batches", f"batches({quote(issuance.project)})"),
        )
