"""Rules for amendments of devices and accounts: from a day on, with evidence, and never against what is recorded."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from carbon_ledger.core import lookup
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.in_force import (
    ACCOUNT_FIELDS,
    AMENDMENT,
    BOUNDING,
    DECOMMISSIONED,
    DEVICE_FIELDS,
    Terms,
    account_history,
    kind_of,
    registered_account,
    stretches,
    terms_of,
)
from carbon_ledger.core.intervals import FOR_EVER
from carbon_ledger.core.issuance.run_parts import RunPart, step_values
from carbon_ledger.core.numbered import count, nth
from carbon_ledger.core.plausibility import bounds_over
from carbon_ledger.core.state.rows import Reading, Registration, Row
from carbon_ledger.core.state.view import View
from carbon_ledger.errors import BrokenLogError, RefusedError
from carbon_ledger.periods import Period
from carbon_ledger.periods.instants import checked_date
from carbon_ledger.periods.zones import day_start_utc
from carbon_ledger.printing import quote


def device_amended(view: View, entry: Entry) -> list[Row]:
    """Amend a device from a local day of its zone on.

    Raises:
        UnknownDeviceError: There is no such device.
        QuantityError: A value is not one that the field can have.
        RefusedError: The amendment changes nothing, its day is before that of an earlier amendment of the same field,
            or live readings from that day on contradict it.
        BrokenLogError: A value is not in normal form.

    Source:
        ledger-model section 8a.
    """
    event = entry.event
    terms, after = terms_of(view, event["device"]), terms_of(view, event["device"], pending=event)
    device, effective = terms.device, checked_date(event["effective"], "effective")
    what, fields = f"device {device.id}", [field for field in DEVICE_FIELDS if field in event]
    for field in fields:
        _require_in_order(what, field, effective, _last_day(terms, field))
    at_utc = day_start_utc(effective, terms.zone)
    old, new = _values(terms, at_utc), _values(after, at_utc)
    for field in fields:
        if new[field] != event[field]:
            raise BrokenLogError(f"entry {entry.n}: {field} {quote(event[field])} is not in normal form")
    _require_change(what, effective, fields, old, new)
    bounding = {*BOUNDING, DECOMMISSIONED} & set(fields)
    for run in view.readings(device.id, at_utc, FOR_EVER) if bounding else ():
        _require_possible(view, run, at_utc, terms, after)
    return _rows(view, kind_of("device", device.id), fields, entry.n)


def _last_day(terms: Terms, field: str) -> date | None:
    """The day from which the present value of a field holds, or None if it was registered without a day."""
    history = terms.histories.get(field)
    if history is not None:
        return history.day(len(history) - 1)
    return terms.device.decommissioned if field == DECOMMISSIONED else None


def _values(terms: Terms, at_utc: int) -> dict[str, Any]:
    """The values of a device's fields at an instant, as an amendment's event has them."""
    record = terms.at(at_utc).to_record()
    return {**record, DECOMMISSIONED: not terms.operates_at(at_utc)}


def account_amended(view: View, entry: Entry) -> list[Row]:
    """Amend an account from a day of UTC on.

    Raises:
        UnknownAccountError: There is no such account.
        RefusedError: The amendment changes nothing, or its day is before that of an earlier amendment of the same
            field.

    Source:
        ledger-model section 8a.
    """
    event = entry.event
    name, effective = lookup.account(view, event["account"]), checked_date(event["effective"], "effective")
    what, fields = f"account {name}", [field for field in ACCOUNT_FIELDS if field in event]
    opened = registered_account(view.entry(view.registration("account", name) or 0))
    old: dict[str, Any] = {}
    for field in fields:
        history = account_history(view, name, field)
        last = history.day(len(history) - 1) if len(history) else None
        _require_in_order(what, field, effective, last)
        old[field] = history.event(len(history) - 1)[field] if len(history) else getattr(opened, field)
    _require_change(what, effective, fields, old, event)
    return _rows(view, kind_of("account", name), fields, entry.n)


def _require_in_order(what: str, field: str, effective: date, last: date | None) -> None:
    """Refuse a day before the day from which the last value of the field holds."""
    if last is not None and effective < last:
        raise RefusedError(
            what,
            f"its {field} is amended from {last} on, and an amendment from {effective} would come before that; give "
            f"{last} or a later day, from which this amendment then holds",
            rule="amendment-order",
        )


def _require_change(what: str, effective: date, fields: Sequence[str], old: Any, new: Any) -> None:
    """Refuse an amendment without a field, or with a field that has the value already."""
    same = [field for field in fields if old.get(field) == new[field]]
    if same or not fields:
        found = f"{same[0]} is {quote(new[same[0]])} on {effective} already" if same else "no field is given"
        raise RefusedError(
            what, f"{found}, so there is nothing to amend; give only fields that change", rule="nothing-to-amend"
        )


def _require_possible(view: View, run: Reading, at_utc: int, before: Terms, after: Terms) -> None:
    """Refuse an amendment with which a device could not have generated what a live run has from an instant on."""
    if after.idle(max(run.start_utc, at_utc), run.end_utc):
        raise _contradiction(after, run, "the device would be decommissioned then")
    skipped = max(0, at_utc - run.start_utc) // run.step_s
    start = run.start_utc + skipped * run.step_s
    for part in stretches([after], start, run.step_s, (run.end_utc - start) // run.step_s):
        old = bounds_over([before], part.start_utc, part.end_utc)
        new = bounds_over([after], part.start_utc, part.end_utc)
        if new.most_wh >= old.most_wh and new.least_wh <= old.least_wh:
            continue
        end = part.start_utc + (part.last - part.first) * run.step_s
        net, gross = step_values(view, RunPart(run, part.start_utc, end))
        wrong = [wh for wh in gross or net if new.most_wh < wh <= old.most_wh]
        if wrong:
            most = f"a step has {wrong[0]} Wh, and at most {new.most_wh} Wh would be possible"
            raise _contradiction(after, run, most)
        wrong = [wh for wh in net if old.least_wh <= wh < new.least_wh]
        if wrong:
            least = f"a step has {wrong[0]} Wh, and no less than {new.least_wh} Wh would be possible"
            raise _contradiction(after, run, least)


def _contradiction(terms: Terms, run: Reading, why: str) -> RefusedError:
    return RefusedError(
        f"device {terms.device.id}",
        f"live readings of {Period(run.start_utc, run.end_utc, terms.device.zone)} contradict the amendment: {why}; "
        "correct the readings first, or give a later day",
        rule="amendment-contradicts-readings",
    )


def _rows(view: View, kind: str, fields: Sequence[str], n: int) -> list[Row]:
    """The rows that make an amendment findable: by its subject, and by each field."""
    return [Registration(kind, nth(name, count(view, kind, name) + 1), n) for name in (AMENDMENT, *fields)]
