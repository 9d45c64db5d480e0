"""Ledgers with issuances of every kind that a monitoring report shows, and the reports."""

from collections.abc import Sequence

from attrs import evolve
from tests.conftest import EVIDENCE, device
from tests.support import hourly_plant
from tests.support.metered_project import MAY, factor, project

import carbon_ledger as cl
from carbon_ledger.methodologies import FuelUse, ImportedElectricity, Leakage
from carbon_ledger.testing import Clock

BAKU = "Asia/Baku"
JUNE = cl.Period.month(2024, 6, zone=BAKU)
SUMMER = cl.Period.of("2024-05-01", "2024-07-01", zone=BAKU)
WINTER = cl.Period.of("2023-11-01", "2024-03-01", zone=BAKU)
TEXT = cl.Waiver("methodology-text", "compared by the verifier")
HOSTILE = "=cmd|' /C calc'!A0 <script>alert(1)</script>"
PLAN = cl.Estimate(
    monthly={"2024-01": "2000 MWh", "2024-05": "95 MWh"},
    yearly={2023: "900", 2024: "18000.123"},
    source=f"{HOSTILE} PDD v3, table 12",
    day_basis="calendar-days",
)
EMISSIONS = [
    FuelUse(
        fuel="diesel",
        amount="12.5 t",
        ncv="43.3 TJ/Gg",
        emission_factor="74800 kgCO2/TJ",
        vintage=2024,
        basis="ipcc-upper",
        source="fuel log 2024",
    ),
    FuelUse(
        fuel="petrol",
        amount="31.7 litres",
        ncv="33.1 MJ/litre",
        emission_factor="73000 kgCO2/TJ",
        vintage=2024,
        basis="measured",
        source="@bills",
    ),
    ImportedElectricity(
        amount="1234.567 kWh",
        meter="station service",
        emission_factor="0.6 tCO2e/MWh",
        losses="3 %",
        vintage=2023,
        source="-invoice",
    ),
    Leakage(amount="1.25 tCO2e", vintage=2023, reason="+a moved turbine", source="section B.6"),
]


def begun(*devices: cl.Device) -> cl.Ledger:
    """A ledger in memory with an account and devices."""
    ledger = cl.open_ledger(":memory:", ledger_id="reported", clock=Clock(), by="tester")
    ledger.open_account("op", name="Operator")
    for item in devices or (device(),):
        ledger.register_device(item)
    return ledger


def two_vintages() -> cl.MonitoringReport:
    """A shared meter's total over the end of a year, late calibration, fuel, imports, leakage, waivers, an estimate."""
    return winter_total("7012345.678 kWh")


def winter_total(net: str, *, late: bool = True) -> cl.MonitoringReport:
    """The report of `two_vintages` for another total, with or without the late calibration."""
    one, two = device("one", capacity="8.33 MW"), device("two", capacity="3.6 MW")
    ledger = begun(cl.Device.from_record({**one.to_record(), "name": HOSTILE}), two)
    ledger.register_meter(
        cl.Meter(
            id="feeder",
            shares={"one": 8330, "two": 3600},
            manufacturer="Landis",
            serial_number="=5012",
            accuracy_class="0.2",
            calibration_due="2024-01-10" if late else None,
        )
    )
    given = project(
        "credits", **_credits(devices=("one", "two"), estimate=PLAN, methodology="AMS-I.D@18.0", instrument="CDM-CER")
    )
    ledger.register_project(evolve(given, crediting_period=cl.Period.years("2023-08-25", 7, zone=BAKU)))
    ledger.record_meter("feeder", WINTER, net=net, evidence=EVIDENCE)
    if late:
        ledger.record_calibration(
            "feeder",
            due="2024-01-10",
            done="2024-01-20",
            maximum_error="0.2 %",
            export_error="0.35 %",
            next_due="2025-01-10",
            laboratory="Laboratory",
            evidence=EVIDENCE,
        )
    used = factor(value="0.38471234", source="@a publisher", confidence="P")
    split = cl.Waiver("straddling-step", "-one total for the winter")
    ledger.issue("credits", WINTER, factor=used, to="op", waivers=[TEXT, split], emissions=EMISSIONS)
    return ledger.monitoring_report("credits", WINTER)


def _credits(**fields: object) -> dict[str, object]:
    credited = {
        "instrument": "CDM-CER",
        "methodology": "ACM0002@22.0",
        "baseline": "greenfield",
        "crediting_period": cl.Period.years("2024-01-01", 7, zone=BAKU),
    }
    return credited | fields


def corrected_ledger() -> cl.Ledger:
    """Two issuances, of which a correction changed the first; and a third one that was voided."""
    ledger = begun()
    ledger.register_project(project("credits"))
    ledger.record_generation("plant", MAY, net="100.000001 MWh", evidence=EVIDENCE)
    ledger.issue("credits", MAY, factor=factor(value="0.3333333"), to="op", waivers=[TEXT])
    ledger.record_generation("plant", JUNE, net="50 MWh")
    (batch,) = ledger.issue("credits", JUNE, factor="f", to="op", waivers=[TEXT])
    ledger.void(batch, reason="issued to the wrong account")
    ledger.issue("credits", JUNE, factor="f", to="op", waivers=[TEXT])
    ledger.correct_generation("plant", MAY, net="90.5 MWh", reason="=misread", evidence=EVIDENCE)
    return ledger


def corrected() -> cl.MonitoringReport:
    """Two issuances without an estimate, of which a correction changed the first."""
    return corrected_ledger().monitoring_report("credits", SUMMER)


def waived() -> cl.MonitoringReport:
    """A month with a gap, and with readings that were estimated and substituted."""
    ledger = begun()
    ledger.register_project(evolve(project("credits"), estimate=PLAN))
    for first, quality in ((1, "measured"), (5, "estimated"), (9, "substituted")):
        part = cl.Period.of(f"2024-05-{first:02}", f"2024-05-{first + 3:02}", zone=BAKU)
        ledger.record_generation("plant", part, net=f"{first}.123456 MWh", quality=quality)
    waivers = [TEXT, cl.Waiver("gap", "the logger was down"), cl.Waiver("estimated-readings", "by the grid operator")]
    ledger.issue("credits", MAY, factor=factor(), to="op", waivers=waivers)
    return ledger.monitoring_report("credits", SUMMER)


def imported() -> cl.MonitoringReport:
    """Certificates of a month in which more was imported than exported, not issued yet."""
    ledger = begun()
    ledger.register_project(project("energy", instrument="I-REC-E"))
    ledger.record_generation("plant", MAY, export="1.000001 MWh", import_="3.5 MWh")
    return ledger.monitoring_report("energy", MAY, quantification=ledger.quantify("energy", MAY))


def granular() -> cl.MonitoringReport:
    """Granular certificates of two devices; hours without generation are left out."""
    ledger = begun(device("other"))
    hourly_plant.set_up(ledger, devices=("plant", "second"))
    hourly_plant.record(ledger, [3, 0, 4, -1])
    hourly_plant.record(ledger, [5, 6, 7, 8], name="second")
    ledger.issue("h", hourly_plant.hours(0, 4), to="op")
    return ledger.monitoring_report("h", hourly_plant.hours(0, 24))


def existing_plant() -> cl.MonitoringReport:
    """A retrofit with a history, whose baseline is rounded up from a root; and an earlier issuance of the year."""
    ledger = begun(device(capacity_before="90 MW"))
    history = {2019: "38200 MWh", 2020: "41500 MWh", 2021: "36900 MWh", 2022: "40100 MWh", 2023: "39300 MWh"}
    fields = _credits(baseline="retrofit", history=history, replaced_on="2031-07-01")
    ledger.register_project(project("credits", **fields))
    ledger.record_generation("plant", MAY, net="30000 MWh")
    ledger.issue("credits", MAY, factor=factor(), to="op", waivers=[TEXT])
    ledger.record_generation("plant", JUNE, net="15000.000007 MWh")
    ledger.issue("credits", JUNE, factor="f", to="op", waivers=[TEXT])
    return ledger.monitoring_report("credits", JUNE)


def reservoir() -> cl.MonitoringReport:
    """A reservoir whose emissions follow from gross generation, and hourly values."""
    ledger = begun(device(technology="hydro/reservoir", reservoir_area="12 km2", capacity="100 MW"))
    ledger.register_project(project("credits"))
    hours = range(1, 49)
    ledger.record_readings(
        "plant",
        start="2024-05-01T00:00+04:00",
        step="1 hour",
        net_wh=[10_000_000 + k for k in hours],
        gross_wh=[10_100_000 + 3 * k for k in hours],
    )
    days = cl.Period.of("2024-05-01", "2024-05-03", zone=BAKU)
    ledger.issue("credits", days, factor=factor(value="0.4327"), to="op", waivers=[TEXT])
    return ledger.monitoring_report("credits", MAY)


# Export of a shared meter: hours that are recorded first, hours recorded after these, and a correction. [Wh]
SHARED = ([9_000_001, 0, 8_000_003, 4, 7_777_777, 5_555_555], [3_333_333, 2_222_222, 1], [6_000_002, 0])


def shared_hours(first: Sequence[int] = SHARED[0], *, correct: bool = True) -> cl.MonitoringReport:
    """Hours of a meter of three devices, with export and import, over the end of a year; one device is not reported.

    Two hours are corrected, if *correct* is true. An hour begins before the new year and ends in it.
    """
    weights = {"one": 4400, "three": 3600, "two": 8330}
    ledger = begun(*(device(name, capacity=f"{kw} kW") for name, kw in weights.items()))
    ledger.register_meter(cl.Meter(id="feeder", shares=weights))
    fields = _credits(devices=("two", "one"), crediting_period=cl.Period.years("2023-08-25", 7, zone=BAKU))
    ledger.register_project(project("credits", **fields))
    import_wh = [0, 40_000, 7, 11, 0, 1]
    for start, export in (("2023-12-31T21:30+04:00", first), ("2024-01-01T03:30+04:00", SHARED[1])):
        column = import_wh[: len(export)]
        ledger.record_meter_readings(
            "feeder", start=start, step="1 hour", export_wh=list(export), import_wh=column, evidence=EVIDENCE
        )
    if correct:
        ledger.correct_meter(
            "feeder",
            start="2024-01-01T01:30+04:00",
            step="1 hour",
            export_wh=SHARED[2],
            import_wh=[0, 3],
            reason="misread",
            evidence=EVIDENCE,
        )
    night = cl.Period.of("2023-12-31T21:30+04:00", "2024-01-01T06:30+04:00", zone=BAKU)
    split = cl.Waiver("straddling-step", "an hour across midnight")
    ledger.issue("credits", night, factor=factor(value="0.4327"), to="op", waivers=[TEXT, split])
    return ledger.monitoring_report("credits", night)


def both_sides(exports: Sequence[int] = (3_000_001, 4), imports: Sequence[int] = (0, 14_000)) -> cl.MonitoringReport:
    """Two hours of a device with a meter of its own, with export and import."""
    ledger = begun()
    ledger.register_meter(cl.Meter(id="feeder", shares={"plant": 5}))
    ledger.register_project(project("credits"))
    ledger.record_meter_readings(
        "feeder", start="2024-05-01T00:00+04:00", step="1 hour", export_wh=list(exports), import_wh=list(imports)
    )
    hours = cl.Period.of("2024-05-01T00:00+04:00", "2024-05-01T02:00+04:00", zone=BAKU)
    ledger.issue("credits", hours, factor=factor(value="0.4327"), to="op", waivers=[TEXT])
    return ledger.monitoring_report("credits", MAY)


REPORTS = (
    two_vintages,
    corrected,
    waived,
    imported,
    granular,
    existing_plant,
    reservoir,
    shared_hours,
    both_sides,
)
