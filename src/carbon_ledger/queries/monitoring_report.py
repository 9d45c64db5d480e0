"""The monitoring report of a period: of its issuances, or of a quantification that is not issued yet."""

import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Final

from carbon_ledger.core import lookup
from carbon_ledger.core.calibrations import calibrations, in_place, meters_of
from carbon_ledger.core.entries.events import CORRECTIONS
from carbon_ledger.core.in_force import terms_of
from carbon_ledger.core.intervals import FOR_EVER
from carbon_ledger.core.issuance.documents import quantification_at
from carbon_ledger.core.issuance.quantifying import recomputed
from carbon_ledger.core.pinned_zones import zone_of
from carbon_ledger.core.state.rows import Issuance
from carbon_ledger.core.state.view import View
from carbon_ledger.errors import BrokenLogError, QuantityError, RefusedError
from carbon_ledger.estimates import compare
from carbon_ledger.exact import arithmetic, plain
from carbon_ledger.factors import EmissionFactor
from carbon_ledger.log.tiles import root_hash
from carbon_ledger.methodologies import Quantification
from carbon_ledger.methodologies.expected import is_comparison
from carbon_ledger.methodologies.lines import pinned_number
from carbon_ledger.methodologies.quantification import differences
from carbon_ledger.periods import Period, checked_period
from carbon_ledger.periods.instants import instant_text
from carbon_ledger.printing import quote
from carbon_ledger.projects import Project
from carbon_ledger.queries.divided_runs import divided_runs
from carbon_ledger.queries.metered_runs import metered_runs
from carbon_ledger.queries.snapshot import Snapshot
from carbon_ledger.queries.volumes import Volumes, volumes
from carbon_ledger.reports.monitoring import MonitoringReport
from carbon_ledger.reports.parts import (
    FIXED,
    MONITORED,
    REMARK_UNITS,
    Calculation,
    CorrectionNote,
    Equipment,
    Parameter,
    RecordedVolume,
)

_OF_VINTAGE: Final = re.compile(r"[A-Za-z0-9_]+\[(?P<vintage>[0-9]{4})(,(?P<what>[^\]]+))?\]")
_STATED: Final = ("EG_hist[", "ER_cap[")  # of a year, and known before the project begins: the history, the estimate


def monitoring_report(
    reader: Snapshot, project: str, period: Period, *, quantification: Quantification | None = None
) -> MonitoringReport:
    """The monitoring report of a project: parameters, equipment, calculation, and comparison with the estimate.

    The report is of the issuances whose monitoring period lies in the period, with the readings as corrected. A report
    that is written before anything is issued is of the quantification that `quantify` returned.

    Args:
        project: The project's id.
        period: The period of the report.
        quantification: A quantification of the project that is not issued yet, and whose period lies in *period*; by
            default, the report is of the issuances.

    Returns:
        The report as a record; `MonitoringReport.to_html` and `MonitoringReport.to_workbook` give it as files.

    Raises:
        UnknownProjectError: There is no such project.
        PeriodError: *period* is not a period.
        RefusedError: No issuance that counts lies in the period; an issuance lies in it only in part; or the
            quantification is not what the ledger computes now.
        QuantityError: *quantification* is not a quantification of this project and of a period inside *period*.
        BrokenLogError: The readings of an issuance are not those that its quantification counts; audit the ledger.

    Source:
        Forms of monitoring reports: data fixed ex ante, data monitored with equipment, calculation, comparison with the
        estimate. [M]

    Example:
        >>> import carbon_ledger as cl
        >>> ledger = cl.open_ledger(":memory:")
        >>> _ = ledger.open_account("op", name="Operator")
        >>> _ = ledger.register_device(cl.Device(id="plant", name="Plant", technology="wind/onshore", capacity="4 MW",
        ...     country="DE", grid="DE", zone="Europe/Berlin", commissioned="2022-01-01"))
        >>> _ = ledger.register_project(cl.Project(id="wind", instrument="I-REC-E", zone="Europe/Berlin",
        ...     devices=("plant",)))
        >>> may = cl.Period.month(2024, 5, zone="Europe/Berlin")
        >>> _ = ledger.record_generation("plant", may, net="800.25 MWh")
        >>> _ = ledger.issue("wind", may, to="op")
        >>> print(ledger.monitoring_report("wind", may))
        Monitoring report of wind, 2024-05-01T00:00:00+02:00 to 2024-06-01T00:00:00+02:00 (Europe/Berlin)
          issuance of entry 6, 2024-05-01T00:00:00+02:00 to 2024-06-01T00:00:00+02:00 (Europe/Berlin)
            vintage 2024: 800.25 MWh, 800 units issued
    """
    view = reader._view()
    item, within = lookup.project(view, project), checked_period(period, "period")
    found = _calculations(view, item, within, quantification)
    root = root_hash(view.size, reader._store.tile).hex()
    return _report(reader, view, root, item, within, found)


def _calculations(view: View, project: Project, period: Period, result: Quantification | None) -> list[Calculation]:
    """The calculations of the issuances, or of a quantification that is not issued yet."""
    return list(_issued(view, project, period)) if result is None else [_not_issued(view, project, period, result)]


def _report(
    reader: Snapshot,
    view: View,
    root: str,
    project: Project,
    period: Period,
    calculations: Sequence[Calculation],
) -> MonitoringReport:
    """The report of calculations; *root* is the root of all entries."""
    results = [calculation.quantification for calculation in calculations]
    zone, zones = zone_of(view, project.zone), [zone_of(view, project.zone, item.issuance) for item in calculations]
    readings = [
        run
        for k, (result, of_issuance) in enumerate(zip(results, zones, strict=True))
        for run in metered_runs(view, k, result, of_issuance)
    ]
    with arithmetic():
        amount = plain(sum((result.amount for result in results), Decimal(0)))
    return MonitoringReport(
        ledger_id=str(view.entry(0).event["ledger"]),
        entries=view.size,
        root=root,
        as_of=view.entry(view.size - 1).recorded_at,
        project=project,
        period=period,
        devices=tuple(terms_of(view, name).at(period.end_utc - 1) for name in project.devices),
        factors=tuple(_factors(view, results)),
        parameters=tuple(_parameters(view, project, period, results)),
        equipment=tuple(_equipment(view, project, period)),
        volumes=_volumes(reader, project, period),
        readings=tuple(readings),
        divisions=tuple(divided_runs(view, reader._view_of, readings, zones)),
        calculations=tuple(calculations),
        comparisons=compare(
            project.estimate,
            period,
            zone,
            project.crediting_period,
            net_wh=sum(result.net_wh for result in results),
            amount=amount,
            unit=project.instrument.unit,
        ),
    )


def _volumes(reader: Snapshot, project: Project, period: Period) -> tuple[RecordedVolume, ...]:
    """The volumes of the runs of a project's devices, once each, by the numbers of their entries."""
    found: dict[int, tuple[Volumes, list[str]]] = {}
    for device in project.devices:
        for item in volumes(reader, device, period):
            found.setdefault(item.n, (item, []))[1].append(device)
    return tuple(
        RecordedVolume(
            meter=item.meter,
            devices=tuple(devices),
            period=item.period,
            entry=item.n,
            quality=item.quality,
            superseded=item.superseded,
            net_wh=item.net_wh,
            export_wh=item.export_wh,
            import_wh=item.import_wh,
            invoiced_wh=item.invoiced_net_wh,
        )
        for item, devices in (found[n] for n in sorted(found))
    )


def _issued(view: View, project: Project, period: Period) -> Iterator[Calculation]:
    """The calculation of each issuance of the period."""
    none, corrections = True, _corrections(view, project)
    for row in view.issuances(project.id):
        monitored = Period(row.start_utc, row.end_utc, period.zone)
        if row.voided or not period.overlaps(monitored):
            continue
        if period.contains(monitored):
            none = False
            yield _calculation(view, row, corrections.get(row.n, []))
        elif row.amounts:  # one of carry alone has no amount, and its period is that of other issuances
            raise RefusedError(
                f"project {project.id}, {period}",
                f"the issuance of entry {row.n} has the monitoring period {monitored}, which lies in it only in part; "
                "choose a period that contains it",
                rule="report-period",
            )
    if none:
        raise RefusedError(
            f"project {project.id}, {period}",
            "no issuance that counts lies in the period; choose the period of an issuance, or pass quantification=, "
            "which quantify() returns, for a report before the issuance",
            rule="report-period",
        )


def _not_issued(view: View, project: Project, period: Period, result: object) -> Calculation:
    """The calculation of a quantification that is not issued yet, if the ledger computes the same now."""
    if (
        not isinstance(result, Quantification)
        or result.project != project.id
        or not result.steps
        or not period.contains(result.period)
    ):
        raise QuantityError(
            f"quantification {quote(result)}: expected one that quantify({quote(project.id)}, ...) returned, of a "
            f"period inside {period}"
        )
    again = recomputed(view, project, result)
    # Names explain, and that of EF has the factor as published, which the lines of a factor not adopted do not state.
    for difference in differences(result.to_record(), again.to_record(), names=False):
        raise RefusedError(
            f"quantification of {project.id}",
            f"it is not what the ledger computes now ({difference}); quantify again",
            rule="quantification-differs",
        )
    return Calculation(issuance=None, quantification=result)


def _calculation(view: View, row: Issuance, notes: Sequence[CorrectionNote]) -> Calculation:
    units = [(found.batch.vintage, found.batch.count) for found in view.batches(row.n)]
    return Calculation(
        issuance=row.n,
        quantification=newest_quantification(view, row, [note.entry for note in notes]),
        units=tuple((year, sum(count for of, count in units if of == year)) for year in sorted(dict(units))),
        counted=row.counted,
        corrections=tuple(notes),
    )


def _corrections(view: View, project: Project) -> dict[int, list[CorrectionNote]]:
    """The corrections that quantified each issuance of a project again, oldest first.

    Readings that another issuance claims can change one, by a historic baseline or by the cap of a year.
    """
    numbers = {
        reading.from_n
        for item in view.issuances(project.id)
        if not item.voided
        for claim in view.claims_of(item.n)
        for reading in view.readings_ever(claim.device, claim.start_utc, claim.end_utc)
    }
    found: dict[int, list[CorrectionNote]] = {}
    for n in sorted(numbers):
        entry = view.entry(n)
        for item in entry.event["issuances"] if entry.type in CORRECTIONS else ():
            amounts = tuple((part["vintage"], pinned_number(part["amount"], "amount")) for part in item["amounts"])
            note = CorrectionNote(entry=n, at=entry.recorded_at, reason=entry.event["reason"], amounts=amounts)
            found.setdefault(item["issuance"], []).append(note)
    return found


def newest_quantification(view: View, row: Issuance, corrections: Sequence[int]) -> Quantification:
    """The newest quantification of an issuance, as its document has it.

    Raises:
        BrokenLogError: No document of the issuance has the digest that the issuance has.
    """
    for n in (*reversed(corrections), row.n):
        event = view.entry(n).event
        names = [item["quantification"] for item in event["issuances"]] if n != row.n else [event["quantification"]]
        last_n = n - 1
        for name in reversed(names):
            if name == row.quantification and (result := quantification_at(view, last_n)).digest == name:
                return result
            last_n -= view.entry(last_n).event["parts"]
    raise BrokenLogError(f"issuance {row.n}: no document is the quantification {row.quantification}; audit the ledger")


def _factors(view: View, results: Iterable[Quantification]) -> Iterator[EmissionFactor]:
    for name in dict.fromkeys(result.factor_id for result in results):
        if name is not None and view.registration("factor", name) is not None:
            yield lookup.factor(view, name)


def _parameters(view: View, project: Project, period: Period, results: Sequence[Quantification]) -> Iterator[Parameter]:
    """Every number that the calculations take and do not compute, once."""
    ex_post = {factor.factor_id for factor in _factors(view, results) if factor.vintage_option == "ex-post"}
    meters = {name: tuple(item for item, _ in _meters(view, name, period)) for name in project.devices}
    lines = {
        (line.symbol, line.value, line.unit, line.source): (line, result.factor_id in ex_post)
        for result in results
        for line in result.lines
        if not line.formula and line.unit not in REMARK_UNITS and not is_comparison(line)
    }
    for line, is_ex_post in lines.values():
        match = _OF_VINTAGE.fullmatch(line.symbol)
        of_vintage = match is not None and not line.symbol.startswith(_STATED)
        yield Parameter(
            kind=MONITORED if of_vintage or (line.symbol == "EF" and is_ex_post) else FIXED,
            symbol=line.symbol,
            name=line.name,
            value=plain(line.value),
            unit=line.unit,
            source=line.source,
            confidence=line.confidence,
            equipment=meters.get(match["what"] or "", ()) if match is not None else (),
        )


def _meters(view: View, device: str, period: Period) -> Iterator[tuple[str, str]]:
    """The meters of a device that are in place in some part of a period, and from when to when, in words."""
    item = lookup.device(view, device)
    for name in view.registrations(meters_of(device)):
        first, last = in_place(view, item, lookup.meter(view, name))
        if first < period.end_utc and period.start_utc < last:
            since = "" if first == -FOR_EVER else f"from {instant_text(first)}"
            until = "" if last == FOR_EVER else f"to {instant_text(last)}"
            yield name, " ".join(filter(None, (since, until))) or "at all times"


def _equipment(view: View, project: Project, period: Period) -> Iterator[Equipment]:
    found: dict[str, list[tuple[str, str]]] = {}
    for device in project.devices:
        for name, time in _meters(view, device, period):
            found.setdefault(name, []).append((device, time))
    for name, places in found.items():
        yield Equipment(
            meter=lookup.meter(view, name),
            devices=tuple(device for device, _ in places),
            in_place="; ".join(dict.fromkeys(time for _, time in places)),
            calibrations=tuple(calibrations(view, name)),
        )
