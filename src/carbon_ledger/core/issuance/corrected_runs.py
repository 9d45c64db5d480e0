"""The readings that a correction puts in place of others: of a device, or of a shared meter and all its devices.

A correction is one event in effect. If its column needs several entries, the earlier entries only stage their part of
it: they change nothing. The last entry replaces the readings of the whole interval at once (ledger-model section 2).
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise, takewhile
from typing import Any, Final

from attrs import evolve

from carbon_ledger.column import Column
from carbon_ledger.core import lookup
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.entries.events import CORRECTION_STAGED
from carbon_ledger.core.entries.splitting import COLUMNS, columns_of_entries, run_of_entries
from carbon_ledger.core.issuance.run_parts import RunPart, energy_of, step_values
from carbon_ledger.core.readings import Shared, check_meter, owed_of, require_shared, row_of, run_of, shared
from carbon_ledger.core.state.decisions import decide
from carbon_ledger.core.state.rows import Owed, Reading, Row, meter_run
from carbon_ledger.core.state.view import View
from carbon_ledger.errors import BrokenLogError, OverlapError, RefusedError
from carbon_ledger.metering.readings import INVOICED, MEASURED, Readings
from carbon_ledger.meters import Meter
from carbon_ledger.periods import Period
from carbon_ledger.periods.instants import instant_of, instant_text
from carbon_ledger.printing import quote
from carbon_ledger.waivers import Waiver, waived, waivers_of

# In place of the number of a correction's entry, which is not known before its documents are split into entries.
UNNUMBERED: Final = -1
_SAME: Final = ("device", "meter", "step_s", "evidence", "series", "quality")


def staged(view: View, entry: Entry) -> list[Row]:
    """Stage a part of a correction's column. Nothing changes before the last part, which the correction has itself.

    Raises:
        BrokenLogError: The part is of both a device and a meter or of neither, does not continue the part before it,
            or no entry of the command comes after it.
    """
    event = entry.event
    of_meter = "meter" in event
    if ("device" in event) == of_meter or ("devices" in event) != of_meter or (of_meter and "gross_wh" in event):
        raise BrokenLogError(
            f"entry {entry.n}: expected a part of a correction of one device, or of one meter with the columns of its "
            "devices"
        )
    if entry.part == entry.parts:
        raise BrokenLogError(
            f"entry {entry.n}: the last entry of its command is a part of a correction, not the correction"
        )
    if entry.part > 1:
        before = view.entry(entry.n - 1)
        if before.type != CORRECTION_STAGED:
            raise BrokenLogError(
                f"entry {entry.n}: expected a part of a correction before it, or no entry of its command"
            )
        _require_continues(before, entry)
    return []


def pieces_of(view: View, entry: Entry) -> list[Entry]:
    """The entries of a correction's column: those that stage its parts, in order, and the correction itself.

    Args:
        view: The state before.
        entry: The last entry of the correction.

    Raises:
        BrokenLogError: A part does not continue the part before it.
    """
    before = (view.entry(n) for n in range(entry.n - entry.part + 1, entry.n))
    pieces = [*takewhile(lambda part: part.type == CORRECTION_STAGED, before), entry]
    for one, following in pairwise(pieces):
        _require_continues(one, following)
    return pieces


def _require_continues(before: Entry, entry: Entry) -> None:
    """Refuse an entry that does not have the next part of the column of which an entry stages a part."""
    one, other = before.event, entry.event
    end_utc = instant_of(one["start"]) + one["step_s"] * len(one["net_wh"])
    if (
        any(one.get(name) != other.get(name) for name in _SAME)
        or any((name in one) != (name in other) for name in COLUMNS)
        or any(name in other for name in INVOICED)
        or one.get("devices", {}).keys() != other.get("devices", {}).keys()
        or instant_of(other["start"]) != end_utc
    ):
        raise BrokenLogError(
            f"entry {entry.n}: its column does not continue the part of a correction that entry {before.n} stages"
        )


def request_for(
    subject: str, name: str, run: Readings, columns: Mapping[str, Column], waivers: Sequence[Mapping[str, str]] | None
) -> dict[str, Any]:
    """What a correction asks for, from which all its effects are computed, however many entries it needs.

    Args:
        subject: ``device`` or ``meter``.
        name: The id of the device or the meter.
        run: The whole run.
        columns: The whole columns of a meter's devices; empty for a device.
        waivers: The records of the checks that are waived, or None.
    """
    request: dict[str, Any] = {
        subject: name,
        "start": instant_text(run.start_utc),
        "step_s": run.step_s,
        "net_wh": run.net_wh,
    }
    known = {name: getattr(run, name) for name in (*COLUMNS, *INVOICED)}
    request |= {name: value for name, value in known.items() if value is not None}
    if run.quality != MEASURED:
        request["quality"] = run.quality
    if waivers is not None:
        request["waivers"] = waivers
    return request | ({"devices": dict(columns)} if columns else {})


def request_of(pieces: Sequence[Entry]) -> dict[str, Any]:
    """What a correction asks for, from the entries of its column."""
    event = pieces[-1].event
    subject = "meter" if "meter" in event else "device"
    run, columns = run_of_entries(pieces), columns_of_entries(pieces)
    return request_for(subject, event[subject], run, columns, event.get("waivers"))


def device_runs(request: Mapping[str, Any]) -> dict[str, Readings]:
    """The new run of each device that a correction concerns, in the order of their ids."""
    if "meter" not in request:
        return {request["device"]: _whole_run(request)}
    start, step_s, quality = instant_of(request["start"]), request["step_s"], request.get("quality", MEASURED)
    return {device: Readings(start, step_s, column, quality=quality) for device, column in request["devices"].items()}


def _whole_run(request: Mapping[str, Any]) -> Readings:
    return run_of(Entry(n=UNNUMBERED, at="", by="", type="", event=request))


def replaced(view: View, request: Mapping[str, Any]) -> list[Reading]:
    """The rows that a correction ends, their parts beside it, and the new runs, as if it had a single entry.

    Args:
        view: The state before.
        request: What the correction asks for.

    Raises:
        OverlapError: The interval does not consist of whole live steps of each device, or of the meter.
    """
    runs = device_runs(request)
    rows = [row for device, run in runs.items() for row in _replaced(view, device, run)]
    if "meter" in request:
        rows += _replaced(view, meter_run(request["meter"]), _whole_run(request))
    return rows


def _replaced(view: View, device: str, run: Readings) -> list[Reading]:
    """The rows that end the corrected runs, add their parts beside the correction again, and add the new run."""
    rows: list[Reading] = []
    at = run.start_utc
    for old in view.readings(device, run.start_utc, run.end_utc):
        start, end = max(old.start_utc, run.start_utc), min(old.end_utc, run.end_utc)
        if start != at or (start - old.start_utc) % old.step_s or (end - old.start_utc) % old.step_s:
            break
        rows.append(evolve(old, to_n=UNNUMBERED))
        rows += _beside(view, old, start, end)
        at = end
    if at != run.end_utc:
        meter = device.removeprefix(meter_run(""))
        if meter != device:
            raise OverlapError(
                f"meter {meter}",
                f"a correction replaces whole steps, and {Period(run.start_utc, run.end_utc)} does not consist of "
                "whole steps that this meter recorded; correct what it recorded, or each device by itself",
            )
        raise OverlapError(
            f"device {device}",
            f"a correction replaces whole steps, and {Period(run.start_utc, run.end_utc)} does not consist of whole "
            f"steps with live readings; see readings({quote(device)})",
        )
    return [*rows, row_of(device, run, UNNUMBERED, UNNUMBERED)]


def _beside(view: View, old: Reading, start_utc: int, end_utc: int) -> list[Reading]:
    """The parts of a run before and after a correction. The sum of the longest of the three parts is the difference."""
    edges = (old.start_utc, start_utc, end_utc, old.end_utc)
    parts = sorted(pairwise(edges), key=lambda part: part[1] - part[0])
    sums = {part: energy_of(view, RunPart(old, *part)) for part in parts[:2] if part[0] < part[1]}
    net, gross = (sum(values) for values in zip((0, 0), *sums.values(), strict=True))
    sums[parts[2]] = old.net_wh - net, (old.gross_wh or 0) - gross
    rows = []
    for left, right in (edges[:2], edges[2:]):
        if left < right:
            net, gross = sums[left, right]
            known = None if old.gross_wh is None else gross
            rows.append(evolve(old, start_utc=left, end_utc=right, net_wh=net, gross_wh=known, from_n=UNNUMBERED))
    return rows


def require_as_well_known(view: View, request: Mapping[str, Any], rows: Sequence[Reading], *, measured: bool) -> None:
    """Refuse a correction that knows less than what it replaces.

    Units rest on claimed readings, and issuing on readings that were not measured needs a waiver; so does correcting
    claimed readings by others than measured ones. Export and import of which a calibration takes a part, once they are
    known, are not replaced by the net energy alone.

    Args:
        view: The state before.
        request: What the correction asks for.
        rows: The rows that `replaced` returned.
        measured: Whether readings of any quality may come in, because no issuance claims a step.

    Raises:
        RefusedError: The new readings were not measured, a step is claimed, and that is not waived; or the replaced
            readings have export and import, and the new ones do not.
    """
    subject = "meter" if "meter" in request else "device"
    where = f"{subject} {request[subject]}"
    if not measured and "quality" in request and not waived("estimated-readings", waivers_of(request)):
        raise RefusedError(
            where,
            f"units were issued on the readings, and the new ones are {request['quality']}, not measured; record "
            "measured values, or pass Waiver('estimated-readings', reason)",
            rule="estimated-readings",
        )
    old = {row.source_n for row in rows if row.to_n == UNNUMBERED}
    if "export_wh" not in request and any("export_wh" in view.entry(n).event for n in old):
        raise RefusedError(
            where,
            "export and import of the readings are known, and the correction has the net energy alone; pass export and "
            "import too",
            rule="sides-missing",
        )


def numbered_rows(readings: Sequence[Reading], pieces: Sequence[Entry]) -> list[Row]:
    """The rows of a correction's readings, with the numbers of its entries: a new run has a row for each entry.

    Args:
        readings: The rows that `replaced` returned.
        pieces: The entries of the correction's column; the correction is in effect from the last one.
    """
    n = pieces[-1].n
    rows: list[Row] = []
    for row in readings:
        if row.source_n == UNNUMBERED:
            rows += [row_of(row.device, _part_of(piece, row.device), piece.n, n) for piece in pieces]
        elif row.to_n is None:
            rows.append(evolve(row, from_n=n))
        else:
            rows.append(evolve(row, to_n=n))
    return rows


def _part_of(piece: Entry, device: str) -> Readings:
    """The part of a device's run, or of a meter's own run, that an entry has."""
    run = run_of(piece)
    column = piece.event.get("devices", {}).get(device)
    return run if column is None else Readings(run.start_utc, run.step_s, column, quality=run.quality)


def corrected_shares(view: View, name: str, run: Readings, waivers: Sequence[Waiver]) -> Shared:
    """The columns of a meter's devices under a correction of the meter, and what they are owed afterwards.

    What the meter recorded in the interval is taken out, with the parts that the devices were given of it; then the new
    column is apportioned like any other. Every device comes as near to its exact share of all that the meter's live
    readings have as the signs of the new steps allow.

    Args:
        view: The state before.
        name: The meter's id.
        run: The meter's new run.
        waivers: The checks that are waived.

    Raises:
        UnknownMeterError: There is no such meter.
        ImplausibleReadingError: A step has more energy than all devices together can generate, or than their station
            loads take.
        NotCommissionedError: The run begins before the meter was installed.
        RefusedError: A value is no multiple of the meter's resolution, or another meter has taken the meter's place.
        OverlapError: The interval does not consist of whole steps that the meter recorded.

    Source:
        ledger-model section 2.
    """
    meter = lookup.meter(view, name)
    check_meter(view, meter, run, waivers)
    _replaced(view, meter_run(meter.id), run)
    return shared(view, meter, run.net_wh, _owed_without(view, meter, run))


def _owed_without(view: View, meter: Meter, run: Readings) -> tuple[int, ...]:
    """What a meter's devices are owed, without what it recorded in an interval and what they were given of that."""
    parts = [
        RunPart(old, max(old.start_utc, run.start_utc), min(old.end_utc, run.end_utc))
        for old in view.readings(meter_run(meter.id), run.start_utc, run.end_utc)
    ]
    total, whole = sum(sum(step_values(view, part)[0]) for part in parts), sum(meter.shares.values())
    given = {
        device: sum(sum(step_values(view, evolve(part, run=evolve(part.run, device=device)))[0]) for part in parts)
        for device in meter.shares
    }
    return tuple(
        owed - total * weight + given[device] * whole
        for owed, (device, weight) in zip(owed_of(view, meter), meter.shares.items(), strict=True)
    )


def owed_rows(view: View, pieces: Sequence[Entry], request: Mapping[str, Any]) -> list[Row]:
    """The row of what a corrected meter's devices are owed; no row for a correction of a device by itself.

    A device's own correction says what the device generated, not what the meter counted: the meter's column and what it
    gave to each device remain as they were.

    Args:
        view: The state before.
        pieces: The entries of the correction's column.
        request: What the correction asks for.

    Raises:
        BrokenLogError: The devices' columns are not the column of the meter, apportioned.
    """
    if "meter" not in request:
        return []
    entry = pieces[-1]
    expected = decide(view, corrected_shares, request["meter"], run_of_entries(pieces), waivers_of(request))
    require_shared(entry, lookup.meter(view, request["meter"]), request["devices"], expected)
    return [Owed(request["meter"], entry.n, expected.owed)]
