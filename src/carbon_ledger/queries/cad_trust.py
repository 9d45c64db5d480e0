"""Carbon credits written as records of the Climate Action Data Trust."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from carbon_ledger.choices import TimeLike
from carbon_ledger.core import lookup
from carbon_ledger.core.entries.events import UNITS_CANCELLED, UNITS_EXPORTED
from carbon_ledger.core.in_force import account_at
from carbon_ledger.core.state.rows import EXPIRED, FINAL_STATES, RETIRED, IssuedBatch
from carbon_ledger.core.state.view import View
from carbon_ledger.errors import QuantityError, RefusedError
from carbon_ledger.exchange.cad_trust import (
    EMPTY,
    NO_STATUSES,
    STATUSES,
    UNIT_TYPES,
    CadTrustUnits,
    CreditUnits,
    issuance,
    unit,
)
from carbon_ledger.exchange.documents import EMPTY_FIELD, UnitRecord, Unsaid
from carbon_ledger.periods.instants import instant_text
from carbon_ledger.printing import one_of, quote
from carbon_ledger.queries.holdings import expired_by
from carbon_ledger.queries.retirements import retirement_at
from carbon_ledger.queries.snapshot import Snapshot, second_of_query
from carbon_ledger.queries.written_units import (
    HeldUnits,
    empty_fields,
    held_units,
    state_of,
    without_field,
    without_status,
)

_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SOMETIMES: Final = {
    "unitType": "pass unit_type=, since a ledger does not class what a credit is of",
    "cadTrustIssuanceId": "pass issuance_ids=, with the ids that CAD Trust assigned to the issuances",
}
_ISSUANCE_FIELDS: Final = ("cadTrustVerificationId", "cadTrustMethodologyId", "cadTrustLocationId")


def cad_trust_units(
    reader: Snapshot,
    project: str,
    *,
    unit_type: str | None = None,
    issuance_ids: Mapping[str, str] | None = None,
    at: TimeLike | None = None,
) -> CadTrustUnits:
    """The credits of a project as CAD Trust records: one for each batch, account and state, and what they omit.

    The records' counts, with those that are left out because CAD Trust has no status for their state, sum to the units
    that the project issued. Blocks that were imported from another registry belong to no project of the ledger, and
    their own registry writes them.

    Args:
        project: The project's id.
        unit_type: What the credits are of: ``Avoidance`` or another value of CAD Trust's list ``unitType``.
        issuance_ids: For each ``issuanceId``, the id that CAD Trust assigned when the issuance was entered there. So
            enter the issuances first, and write the units with the ids.
        at: The time at which expiry is checked; by default, now, or the time of the `as_of` reader.

    Raises:
        UnknownProjectError: There is no such project.
        RefusedError: The project's units are not tonnes of CO2e.
        QuantityError: *unit_type* is not on CAD Trust's list; or *issuance_ids* does not map ids of issuances with
            units to the ids that CAD Trust assigns.
        NaiveTimeError: *at* has no zone.
        PeriodError: *at* is not a time.

    Source:
        Chia-Network/cadt, API version 2 (data model 2.0): validation of ``unit`` and ``issuance``, and the lists
        ``unitType``, ``unitStatus`` and ``unitMetric`` of its governance data. [S]

    Example:
        >>> import carbon_ledger as cl
        >>> ledger = cl.open_ledger(":memory:")
        >>> try:
        ...     ledger.cad_trust_units("hydro")
        ... except cl.errors.UnknownProjectError as error:
        ...     print(error.rule)
        unknown-project
    """
    view = reader._view()
    _require_credits(view, project)
    if unit_type is not None and unit_type not in UNIT_TYPES:
        raise QuantityError(f"unit_type {quote(unit_type)}: expected {one_of(unit_type, UNIT_TYPES)}, or None")
    return _written(reader, view, project, unit_type, issuance_ids, second_of_query(reader, view, at))


def _written(
    reader: Snapshot, view: View, project: str, unit_type: str | None, issuance_ids: object, at_utc: int
) -> CadTrustUnits:
    """The records of a project of credits."""
    state = state_of(reader, view, at_utc)
    batches = [found for row in view.issuances(project) for found in view.batches(row.n)]
    names = {found.n: f"{state.ledger_id}/{found.n}" for found in batches}
    ids = _checked_ids(issuance_ids, names)
    units = tuple(_units(view, batches, at_utc))
    written = [_credits(view, item, names[item.found.n], at_utc) for item in units if item.state in STATUSES]
    records = tuple(unit(item, unit_type, ids.get(item.issuance)) for item in written)
    return CadTrustUnits(
        state=state,
        issuances=tuple(issuance(name, view.entry(n).at) for n, name in names.items()),
        records=records,
        issuance_of=tuple(item.issuance for item in written),
        unsaid=tuple(_unsaid(view, units, records)),
    )


def _units(view: View, batches: Sequence[IssuedBatch], at_utc: int) -> Iterator[HeldUnits]:
    """The units, by batch; units that different entries retired or cancelled are apart."""
    over = expired_by(view, at_utc)
    for found in batches:
        pieces = view.pieces(found.batch.batch_id, 1, found.batch.count)
        yield from held_units(found, pieces, over, apart=FINAL_STATES)


def _unsaid(view: View, units: Sequence[HeldUnits], records: Sequence[UnitRecord]) -> Iterator[Unsaid]:
    """What the records cannot say."""
    yield from without_status(units, NO_STATUSES)
    yield from without_field(view, units, claims=False)
    yield from empty_fields(records, "unitCount", _of_units(), _SOMETIMES)
    count = sum(item.block.count for item in units)
    for name in _ISSUANCE_FIELDS if units else ():
        yield Unsaid(kind=EMPTY_FIELD, what=name, reason=EMPTY[name], units=count)


def _of_units() -> dict[str, str]:
    """The fields of a unit that no ledger fills."""
    return {name: reason for name, reason in EMPTY.items() if name not in _ISSUANCE_FIELDS}


def _require_credits(view: View, project: str) -> None:
    instrument = lookup.project(view, project).instrument
    if instrument.unit != "tCO2e":
        raise RefusedError(
            f"project {project}",
            f"a unit of {instrument.id} is 1 {instrument.unit}, and CAD Trust has tonnes of CO2e; name a project of "
            "carbon credits",
            rule="not-credits",
        )


def _checked_ids(issuance_ids: object, names: Mapping[int, str]) -> Mapping[str, str]:
    """The ids that CAD Trust assigned, by issuance.

    Raises:
        QuantityError: It is not such a mapping.
    """
    if issuance_ids is None:
        return {}
    if not isinstance(issuance_ids, Mapping):
        raise QuantityError(f"issuance_ids {quote(issuance_ids)}: expected a mapping of issuanceId to id")
    known = set(names.values())
    for name, value in issuance_ids.items():
        if not isinstance(name, str) or name not in known:
            raise QuantityError(f"issuance_ids: {quote(name)} is no issuance of the project with units")
        if not isinstance(value, str) or not _UUID.fullmatch(value):
            raise QuantityError(f"issuance_ids: {quote(value)} of {name}: expected a UUID in lower case")
    return issuance_ids


def _credits(view: View, item: HeldUnits, name: str, at_utc: int) -> CreditUnits:
    """Units with what a record says of them."""
    batch = item.found.batch
    facts: dict[str, Any] = {}
    if item.state == EXPIRED and batch.expires_utc is not None:
        facts["status_date"] = instant_text(batch.expires_utc)[:10]
    elif item.state in FINAL_STATES:
        facts |= dict(_of_entry(view, item))
    return CreditUnits(
        block=item.block,
        vintage=batch.vintage,
        issuance=name,
        state=item.state,
        owner=account_at(view, item.account, at_utc).name,
        **facts,
    )


def _of_entry(view: View, item: HeldUnits) -> Iterator[tuple[str, str]]:
    """The date and the reason of a final state, and the claim of a retirement, from the entry that made it."""
    entry = view.entry(item.from_n)
    yield "status_date", entry.at[:10]
    if item.state == RETIRED:
        claim = retirement_at(view, entry.n)
        yield "detail", f"{claim.purpose}; {claim.period}; statement {claim.number}"
        yield "beneficiary", claim.beneficiary
        yield "reason", claim.purpose
    elif entry.type == UNITS_CANCELLED:
        yield "reason", entry.event["reason"]
    elif entry.type == UNITS_EXPORTED:
        yield "reason", f"exported to {entry.event['registry']}, reference {entry.event['reference']}"
