"""The tables of a monitoring report, in the order in which the forms of programmes have them. [M]"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from carbon_ledger.core.entries.entry import recorded_text
from carbon_ledger.devices import Device
from carbon_ledger.estimates import Comparison
from carbon_ledger.exact import text_of
from carbon_ledger.factors import EmissionFactor
from carbon_ledger.periods import Period
from carbon_ledger.periods.instants import instant_text
from carbon_ledger.reports.parts import (
    FIXED,
    MONITORED,
    REMARK_UNITS,
    Calculation,
    Equipment,
    MeteredRun,
    Parameter,
    RecordedVolume,
    ReportTable,
    fact_rows,
    table,
)
from carbon_ledger.tables import Value

if TYPE_CHECKING:
    from carbon_ledger.reports.monitoring import MonitoringReport

_UNITS_NOTE: Final = (
    "An amount is exact. Units are whole: what is left of an amount is carried to later issuances, so that the "
    "units of one issuance can differ from its amount by the carry."
)


def form_tables(report: "MonitoringReport") -> Iterator[ReportTable]:
    """The tables of a report."""
    yield table("The project and the period", "what, which", _project_facts(report))
    yield table(
        "Amounts and units",
        "calculation, vintage, amount, unit, units issued, units of the issuance that count now",
        _amount_rows(report),
        note=_UNITS_NOTE,
    )
    yield _devices_table(report.devices)
    yield from _equipment_tables(report.equipment)
    for kind, title in ((FIXED, "Parameters fixed ex ante"), (MONITORED, "Parameters monitored")):
        yield _parameter_table(title, [item for item in report.parameters if item.kind == kind])
    yield table(
        "Emission factors", "factor, field, value", [row for item in report.factors for row in _factor_rows(item)]
    )
    yield _volumes_table(report.volumes)
    yield _readings_table(report.readings)
    yield _left_out(report.calculations)
    for item in report.calculations:
        yield _calculation_table(item)
    yield _comparison_table(report.comparisons)
    yield from _remarks(report.calculations)


def _project_facts(report: "MonitoringReport") -> list[tuple[str, str]]:
    project = report.project
    facts: Mapping[str, str | None] = {
        "project": project.id,
        "name": project.name,
        "instrument": project.instrument.id,
        "methodology": project.methodology,
        "baseline": project.baseline,
        "crediting period": None if project.crediting_period is None else str(project.crediting_period),
        "crediting period, number": None if project.crediting_period is None else str(project.crediting_period_ordinal),
        "registered": None if project.registered is None else project.registered.isoformat(),
        "monitoring period": str(report.period),
        "zone": project.zone,
        "ledger": report.ledger_id,
        "entries of the ledger": f"{report.entries:,}",
        "root of the entries": report.root,
        "newest entry recorded": recorded_text(report.as_of),
    }
    return fact_rows(facts)


def _amount_rows(report: "MonitoringReport") -> list[tuple[Value, ...]]:
    rows: list[tuple[Value, ...]] = []
    for item in report.calculations:
        units, amounts = dict(item.units), dict(item.quantification.amounts)
        for year in sorted({*units, *amounts}):
            amount = text_of(amounts[year]) if year in amounts else ""
            issued = "not issued yet" if item.issuance is None else f"{units.get(year, 0):,}"
            counted = "" if item.issuance is None else f"{item.counted:,}"
            rows.append((item.title, str(year), amount, item.quantification.unit, issued, counted))
    return rows


def _devices_table(devices: Sequence[Device]) -> ReportTable:
    rows = [
        (
            item.id,
            item.name,
            item.technology,
            f"{item.capacity_w:,} W",
            item.country,
            item.grid,
            _coordinates(item),
            item.commissioned.isoformat() if item.commissioned else "",
        )
        for item in devices
    ]
    columns = "device, name, technology, capacity, country, grid, latitude and longitude, commissioned"
    return table("Devices", columns, rows)


def _coordinates(device: Device) -> str:
    if device.latitude is None or device.longitude is None:
        return ""
    return f"{text_of(device.latitude)}, {text_of(device.longitude)}"


def _equipment_tables(equipment: Sequence[Equipment]) -> Iterator[ReportTable]:
    yield table(
        "Monitoring equipment",
        "meter, devices, manufacturer, serial number, class, resolution, in place, calibration due, replaces",
        [
            (
                item.meter.id,
                ", ".join(item.devices),
                item.meter.manufacturer,
                item.meter.serial_number,
                item.meter.accuracy_class,
                None if item.meter.resolution_wh is None else f"{item.meter.resolution_wh:,} Wh",
                item.in_place,
                _next_due(item),
                item.meter.replaces,
            )
            for item in equipment
        ],
        empty="No meter of the devices is registered. The readings were recorded for the devices themselves.",
    )
    rows = [
        (
            item.meter.id,
            found.calibration.due.isoformat(),
            found.calibration.done.isoformat() + (" (late)" if found.calibration.is_late else ""),
            str(found.calibration.maximum_error),
            "" if found.calibration.export_error is None else str(found.calibration.export_error),
            "" if found.calibration.import_error is None else str(found.calibration.import_error),
            found.calibration.laboratory,
            str(found.n),
            found.evidence,
        )
        for item in equipment
        for found in item.calibrations
    ]
    columns = "meter, due, done, maximum error, export error, import error, laboratory, entry, evidence"
    yield table("Calibrations", columns, rows, empty="No calibration is recorded.")


def _next_due(item: Equipment) -> str:
    due = item.calibrations[-1].calibration.next_due if item.calibrations else item.meter.calibration_due
    return "" if due is None else due.isoformat()


def _parameter_table(title: str, parameters: Sequence[Parameter]) -> ReportTable:
    rows = [
        (
            item.symbol,
            item.name,
            text_of(item.value),
            item.unit,
            ", ".join(item.equipment),
            item.source,
            item.confidence,
        )
        for item in parameters
    ]
    return table(title, "symbol, name, value, unit, measured by, source, confidence", rows)


def _factor_rows(factor: EmissionFactor) -> Iterator[tuple[str, str, str]]:
    for name, value in factor.to_record().items():
        text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        yield factor.factor_id, name.replace("_", " "), text


def _volumes_table(volumes: Sequence[RecordedVolume]) -> ReportTable:
    rows = [
        (
            item.meter,
            ", ".join(item.devices),
            str(item.period),
            *(_wh(wh) for wh in (item.net_wh, item.export_wh, item.import_wh, item.invoiced_wh)),
            "" if item.invoiced_wh is None else _wh(item.net_wh - item.invoiced_wh),
            item.quality + (", superseded in part or whole" if item.superseded else ""),
            str(item.entry),
        )
        for item in volumes
    ]
    columns = (
        "meter, devices, time, net Wh, export Wh, import Wh, invoiced net Wh, metered minus invoiced Wh, quality, entry"
    )
    note = "The total of a meter that measures several devices is divided among them by the weights of the meter."
    return table("Totals of meters, and invoices", columns, rows, note=note)


def _wh(wh: int | None) -> str:
    return "" if wh is None else f"{wh:,}"


def _readings_table(readings: Sequence[MeteredRun]) -> ReportTable:
    rows = [
        (
            item.device,
            str(item.vintage),
            instant_text(item.start_utc),
            instant_text(item.end_utc),
            f"{item.step_s:,} s",
            f"{len(item.net_wh):,}",
            f"{sum(item.net_wh):,}",
            None if item.gross_wh is None else f"{sum(item.gross_wh):,}",
            item.quality + (", divided at the end of a vintage" if item.split else ""),
            item.meter,
            str(item.entry),
            item.evidence,
        )
        for item in readings
    ]
    columns = "device, vintage, from UTC, to UTC, step, steps, net Wh, gross Wh, quality, meter, entry, evidence"
    return table("Metered values", columns, rows, note="Net energy is export minus import.")


def _left_out(calculations: Sequence[Calculation]) -> ReportTable:
    rows = [
        (item.title, steps.device, why, str(Period(*interval)))
        for item in calculations
        for steps in item.quantification.steps
        for why, intervals in (("no reading", steps.gaps), ("net energy not above zero", steps.excluded))
        for interval in intervals
    ]
    return table("Time that is not counted", "calculation, device, why, time", rows)


def _calculation_table(item: Calculation) -> ReportTable:
    rows = [
        (line.symbol, line.name, line.formula, text_of(line.value), line.unit, line.source, line.confidence)
        for line in item.quantification.lines
        if line.unit not in REMARK_UNITS
    ]
    note = f"Quantification {item.quantification.digest}"
    return table(
        f"Calculation: {item.title}", "symbol, name, formula, value, unit, source, confidence", rows, note=note
    )


def figure_text(figure: Decimal, unit: str) -> str:
    """A figure as the tables write it: Wh in groups of three digits, as meters' values, and amounts as they are."""
    return f"{figure:,f}" if unit == "Wh" else text_of(figure)


def _comparison_table(comparisons: Sequence[Comparison]) -> ReportTable:
    rows = [
        (
            item.what,
            figure_text(item.actual, item.unit),
            figure_text(item.expected, item.unit),
            figure_text(item.difference, item.unit),
            item.unit,
            item.days_text,
            item.day_basis,
            item.source,
        )
        for item in comparisons
    ]
    return table(
        "Comparison with the estimate",
        "what, actual, expected, difference, unit, days with an estimate, day basis, source",
        rows,
        empty="The project records no estimate.",
    )


def _remarks(calculations: Sequence[Calculation]) -> Iterator[ReportTable]:
    corrections = [
        (
            item.title,
            str(note.entry),
            recorded_text(note.at),
            note.reason,
            " + ".join(f"{text_of(amount)} of {year}" for year, amount in note.amounts),
        )
        for item in calculations
        for note in item.corrections
    ]
    yield table("Corrections of readings", "calculation, entry, recorded, reason, amounts after it", corrections)
    waivers = [
        (item.title, waiver.name, waiver.reason) for item in calculations for waiver in item.quantification.waivers
    ]
    yield table("Waivers and assumptions", "calculation, name, reason", waivers)
    remarks = [
        (item.title, line.name, line.source)
        for item in calculations
        for line in item.quantification.lines
        if line.unit in REMARK_UNITS
    ]
    yield table("Remarks", "calculation, what, source", remarks)
