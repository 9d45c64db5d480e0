"""Built-in layouts of tables: each reads a small file made as its source describes it, and its sum is exact."""

from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path

import pytest

import carbon_ledger as cl
from carbon_ledger.metering.layouts.published import PUBLISHED

TABLES = [layout.name for layout in PUBLISHED]


def rows(header: str, *lines: str) -> str:
    return "\n".join([header, *lines, ""])


def wide(header: list[str], start: str, values: list[str], flag: str = "") -> str:
    cells = [f"{value},{flag}" if flag else value for value in values]
    return rows(",".join(header), f"{start},{','.join(cells)}")


HALVES = [f"0.{number:03d}" for number in range(1, 49)]  # 0.001 to 0.048 kWh: 1,176 Wh in all
ESB = "MPRN,Meter Serial Number,Read Value,Read Type,Read Date and End Time"

# The file, and the exact energy of each meter in it: export less import. [Wh]
FILES: Mapping[str, tuple[Callable[[], str], dict[str, Fraction]]] = {
    "uk-half-hourly": (
        lambda: wide(
            ["siteRef", "MPAN", "ConsumptionDate", "Period", "units"]
            + [f"kWh_{number}" for number in range(1, 49)]
            + [f"kVArh_{number}" for number in range(1, 49)],
            "SCHOOL,2333300681718,31/12/2019,1,kwh",
            [*HALVES, *["9"] * 48],
        ),
        {"2333300681718": Fraction(-1176)},
    ),
    "uk-half-hourly-flags": (
        lambda: wide(
            ["MPN", "Date (Local)", "Total", *(name for n in range(1, 49) for name in (f"HH{n:02d}", "Type"))],
            "2000,05 May 2024 00:00:00,1.176",
            HALVES,
            "A",
        ),
        {"2000": Fraction(-1176)},
    ),
    "esb-hdf-kw": (
        lambda: rows(
            ESB,
            "10306268587,34201234,0.859,Active Import Interval (kW),25-11-2025 01:00",
            "10306268587,34201234,0.120,Active Export Interval (kW),25-11-2025 01:00",
            "10306268587,34201234,0.301,Active Import Interval (kW),25-11-2025 00:30",
            "10306268587,34201234,0.000,Active Export Interval (kW),25-11-2025 00:30",
        ),
        {"10306268587": Fraction(120 - 859 - 301, 2)},
    ),
    "esb-hdf-kwh": (
        lambda: rows(
            ESB,
            "10307857139,32272765,0.8590,Active Import Interval (kWh),25-11-2025 00:30",
            "10307857139,32272765,0.1200,Active Export Interval (kWh),25-11-2025 00:30",
            "10307857139,32272765,0.8995,Active Import Interval (kWh),26-11-2025 00:00",
            "10307857139,32272765,0.0500,Active Export Interval (kWh),26-11-2025 00:00",
        ),
        {"10307857139": Fraction(1700 - 17585, 10)},
    ),
    "enedis-load-curve": (
        lambda: rows(
            "Identifiant PRM;Type de donnees;Date de debut;Date de fin;Grandeur physique;Grandeur metier;Unite",
            "00000000000000;Courbe de charge;01/06/2026;02/06/2026;Puissance;Consommation;W",
            "Horodate;Valeur",
            "2026-06-01T00:30:00+02:00;421",
            "2026-06-01T01:00:00+02:00;380",
            "2026-06-01T01:30:00+02:00;",
            "2026-06-01T02:00:00+02:00;350",
        ),
        {"": Fraction(-(421 + 380 + 350), 2)},
    ),
    "cnmc": (
        lambda: rows(
            "CUPS;Fecha;Hora;Consumo_kWh;Metodo_obtencion",
            *(f"ES0021;27/10/2024;{hour};0,{hour:03d};{'E' if hour == 3 else 'R'}" for hour in range(1, 26)),
        ),
        {"ES0021": Fraction(-sum(range(1, 26)))},
    ),
    "e-distribucion": (
        lambda: rows(
            "CUPS;Fecha;Hora;AE_kWh;AS_KWh;AE_AUTOCONS_kWh;REAL/ESTIMADO",
            *(f"ES0031;21/07/2026;{hour};0,500;{'1,2' if hour == 12 else '0'};;R" for hour in range(1, 25)),
        ),
        {"ES0031": Fraction(1200 - 24 * 500)},
    ),
    "datadis": (
        lambda: rows(
            "cups;fecha;hora;consumo_kWh;metodoObtencion;energiaVertida_kWh;energiaGenerada_kWh;energiaAutoconsumida_kWh",
            '"ES0021";"2025/01/01";"23:00";"1,500";"Real";;;',
            '"ES0021";"2025/01/01";"24:00";"2,501";"Estimada";;;',
        ),
        {"ES0021": Fraction(-4001)},
    ),
    "datadis-surplus": (
        lambda: rows(
            "cups;fecha;hora;consumo_kWh;metodoObtencion;energiaVertida_kWh;energiaGenerada_kWh;energiaAutoconsumida_kWh",
            "ES0021;2025/01/01;23:00;1,500;Real;0,25;;",
            "ES0021;2025/01/01;24:00;0,001;Real;3;;",
        ),
        {"ES0021": Fraction(3250 - 1501)},
    ),
    "linz-netz": (
        lambda: rows(
            "Datum von;Datum bis;Energiemenge in kWh;Ersatzwert",
            "17.09.2022 23:30;17.09.2022 23:45;0,020;",
            "17.09.2022 23:45;18.09.2022 00:00;1.234,500;",
        ),
        {"": Fraction(-1_234_520)},
    ),
    "datum-von-bis": (
        lambda: rows("Datum;von;bis;Verbrauch", "01.04.2026;23:30;23:45;0,125", "01.04.2026;23:45;00:00;0,100"),
        {"": Fraction(-225)},
    ),
    "smart-meter-texas": (
        lambda: rows(
            "ESIID,USAGE_DATE,REVISION_DATE,USAGE_START_TIME,USAGE_END_TIME,USAGE_KWH,ESTIMATED_ACTUAL,"
            "CONSUMPTION_SURPLUSGENERATION",
            "'1044,07/01/2025,07/02/2025 07:37:17, 00:00, 00:15,0.580,A,Consumption",
            "'1044,07/01/2025,07/02/2025 07:37:17, 00:15, 00:30,0.1,E,Consumption",
            "'1044,07/01/2025,07/02/2025 07:37:17, 00:00, 00:15,0,A,Surplus Generation",
            "'1044,07/01/2025,07/02/2025 07:37:17, 00:15, 00:30,2.5,A,Surplus Generation",
        ),
        {"'1044": Fraction(2500 - 680)},
    ),
    "us-utility-usage": (
        lambda: rows(
            "Name,SAMPLE",
            'Address,"1 S BROAD ST, PHILADELPHIA"',
            "Account Number,1776",
            "Service,Service 1",
            "",
            "TYPE,DATE,START TIME,END TIME,USAGE (kWh),COST,NOTES",
            "Electric usage,2023-07-04,00:00,00:59,0.29,$0.05,",
            "Electric usage,2023-07-04,01:00,01:59,0.34,$0.05,",
            "Electric usage,2023-07-04,02:00,02:59,0.32,$0.05,",
        ),
        {"": Fraction(-950)},
    ),
    "eia-930-balance": (
        lambda: rows(
            "Balancing Authority,Data Date,Hour Number,Local Time at End of Hour,UTC Time at End of Hour,Demand (MW),"
            "Net Generation (MW),Region",
            'MISO,01/01/2023,1,01/01/2023 1:00:00 AM,01/01/2023 6:00:00 AM,"60,100","59,001",MIDW',
            "MISO,01/01/2023,2,01/01/2023 2:00:00 AM,01/01/2023 7:00:00 AM,60,,MIDW",
            "PJM,01/01/2023,1,01/01/2023 1:00:00 AM,01/01/2023 6:00:00 AM,80,-3,MIDA",
            "MISO,01/01/2023,3,01/01/2023 3:00:00 AM,01/01/2023 8:00:00 AM,60,999,MIDW",
        ),
        {"MISO": Fraction(60_000_000_000), "PJM": Fraction(-3_000_000)},
    ),
    "sbfspot-day": (
        lambda: rows(
            "sep=;",
            "Version CSV1|Tool SBFspot3.9.5 (Linux)|Linebreaks LF|Delimiter semicolon|Decimalpoint comma|Precision 3",
            "",
            ";SN: 2130512345;SN: 2130512345",
            ";SB 5000TL-21;SB 5000TL-21",
            ";2130512345;2130512345",
            ";Total yield;Power",
            ";Counter;Analog",
            "dd/MM/yyyy HH:mm:ss;kWh;kW",
            "13/06/2024 11:55:00;20733,874;3,210",
            "13/06/2024 12:00:00;20734,130;3,072",
            "13/06/2024 12:05:00;20734,508;4,536",
        ),
        {"": Fraction(634)},
    ),
    "pvoutput-status": (
        lambda: rows(
            "20240501,11:55,0,0",
            "20240501,12:00,12,144",
            "20240501,12:05,30,216",
            "20240502,00:00,0,0",
            "20240502,00:05,7,84",
        ),
        {"": Fraction(37)},
    ),
}


@pytest.mark.parametrize("name", TABLES)
def test_a_file_as_its_source_describes_it_has_its_exact_sum(name: str, tmp_path: Path) -> None:
    text, sums = FILES[name]
    path = tmp_path / "file.csv"
    path.write_text(text(), encoding="utf-8")
    file = cl.read_meter_file(path, name)
    assert {series.meter: series.exact_wh for series in file.series} == sums
    for series in file.series:
        assert abs(series.cut_wh) < 2  # each side is right to 1 Wh of a day
    assert not file.refused


@pytest.mark.parametrize("name", TABLES)
def test_a_file_is_recognised_by_its_header(name: str, tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_text(FILES[name][0](), encoding="utf-8")
    described = cl.describe_meter_file(path)
    layout = cl.meter_layouts()[name]
    if not layout.table.header:
        assert described.layout is None
        return
    assert layout.source in str(described)
    answers = {"zone": layout.zone, "role": "export"}
    open_answers = {question.name: answers[question.name] for question in described.questions}
    described = described.answered(**open_answers)
    assert described.layout is not None
    assert described.layout.name == name
    if "role" in open_answers:
        assert [value.role for value in described.layout.values] == ["export"]
    else:
        assert described.layout == layout


@pytest.mark.parametrize(("name", "asked"), [("linz-netz", True), ("datum-von-bis", False), ("esb-hdf-kw", False)])
def test_what_the_header_of_a_built_in_layout_does_not_say_is_asked(name: str, asked: bool, tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_text(FILES[name][0](), encoding="utf-8")
    described = cl.describe_meter_file(path)
    assert [question.name for question in described.questions] == ["role"] * asked
    assert (described.layout is None) == asked


def test_every_layout_names_its_source_and_how_certain_it_is() -> None:
    for name, layout in cl.meter_layouts().items():
        assert layout.name == name
        assert any(mark in layout.source for mark in ("[P", "[S", "[M")), name
        assert cl.MeterLayout.from_toml(layout.to_toml()) == layout


def test_the_named_formats_are_built_in() -> None:
    assert {"nem12", "green-button", "entsoe"} <= cl.meter_layouts().keys()


def test_steps_of_sources_that_are_stamped_at_their_end_begin_before_it(tmp_path: Path) -> None:
    path = tmp_path / "hdf.csv"
    path.write_text(FILES["esb-hdf-kwh"][0](), encoding="utf-8")
    file = cl.read_meter_file(path, "esb-hdf-kwh")
    assert str(file.period).startswith("2025-11-25T00:00:00+00:00 to 2025-11-26T00:00:00+00:00")


def test_a_channel_that_a_source_does_not_have_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "hdf.csv"
    path.write_text(FILES["esb-hdf-kwh"][0](), encoding="utf-8")
    with pytest.raises(cl.errors.QuantityError, match="channel 'Active Import Interval"):
        cl.read_meter_file(path, "esb-hdf-kw")
