"""Every parser of the library, with valid inputs of each."""

import json
import tempfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from attrs import evolve, frozen
from tests.faults.suite import meter_descriptions

import carbon_ledger as cl
from carbon_ledger import canonical, exact, labels, signing, units
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.devices import Device
from carbon_ledger.factors import (
    EmissionFactor,
    read_egrid,
    read_epa_fuels,
    read_factor_csv,
    read_ifi_table,
    read_open_factors,
    read_owid,
    read_owid_energy,
)
from carbon_ledger.factors.importers import ifi
from carbon_ledger.instruments import Instrument
from carbon_ledger.log import bundles, checkpoint, coordinates, note, proof, tiles
from carbon_ledger.metering.calibration import MeterError
from carbon_ledger.meters import Meter
from carbon_ledger.methodologies import FuelUse, ImportedElectricity, Leakage, Quantification, methodology_of
from carbon_ledger.periods import instants, zones
from carbon_ledger.projects import Project
from carbon_ledger.serials import SerialForm, SerialGrammar, block_of
from carbon_ledger.units import spellings

EVIDENCE: Final = "sha256:" + "e" * 64
BAKU: Final = "Asia/Baku"
NOW: Final = datetime(2026, 1, 1, tzinfo=UTC)
DEVICE: Final = cl.Device(
    id="plant",
    name="Plant",
    technology="hydro/run-of-river",
    capacity="100 MW",
    country="AZ",
    grid="AZ",
    zone=BAKU,
    commissioned="2020-01-01",
)

RANGES: Final[dict[str, Any]] = {
    "serial_column": "serial", "range_columns": ["from", "to"], "quantity_column": "n",
    "registry": ["cercarbono", "isometric"], "quantity_unit": "kg", "revision_column": "mark", "revisions": "newest",
    "quantity": "within-parent-total", "parent_columns": ["parent"],
}  # fmt: skip
BALANCES: Final[dict[str, Any]] = {
    "id_columns": ["id"], "issued_column": "issued", "retired_columns": ["retired"], "held_columns": ["held"],
    "thousands": ",", "empty": "zero",
}  # fmt: skip
EXPORT: Final[dict[str, Any]] = {
    "serial_column": "Serial", "quantity_column": "Quantity", "registry": "acr", "columns": ["Note"], "thousands": ",",
}  # fmt: skip

DISPOSITIONS: Final = (
    "rule;severity;subject;cause;entries;figures;status;disposition;misstated_wh;response;by;date;ledger;key;note\n"
    f"R25@1;critical;project p;carry;3, 4;x 1;gone;Explained;12;'=seen;A;3.3.2026;one;{64 * 'a'};mine\n"
    f"R16@1;high;project p;none;5;x 2;;;;;;2026-03-03;one;{64 * 'b'};\n"
)
SAMPLE: Final = cl.draw_sample(
    [
        cl.ClaimedStep(device=device, start_utc=start, end_utc=start + 3_600, net_wh=9, entry=1)
        for device, start in (("a", 0), ("b", 3_600))
    ],
    "root",
    "seed",
)

# One file is table and codebook at once, so that both are read from each input.
OWID_ENERGY: Final = (
    "country,year,iso_code,carbon_intensity_elec,column,description,unit\n"
    "Ghana,2020,GHA,451.5,carbon_intensity_elec,Intensity,grams of CO\u2082 equivalents per kilowatt-hour\n"
)
OWID_CODEBOOK: Final = (
    "country,year,iso_code,carbon_intensity_elec,column,description\n"
    "Ghana,1950,GHA,,carbon_intensity_elec,measured in grams of carbon dioxide emitted per kilowatt-hour\n"
)
OPEN_FACTORS: Final = (
    "UUID,category,activity_id,name,activity_unit,kgCO2e-AR5,kgCO2e-AR4,kgCO2,kgCH4,kgN2O,kgCO2e-OtherGHGs-AR5,"
    "kgCO2e-OtherGHGs-AR4,uncertainty,lca_activity,source,year_released,years_valid,region\n"
    "a1,Electricity,electricity-energy_source_grid_mix,Grid,kWh,0.2,,0.19,4E-06,,,,70,electricity_generation,BEIS,2021,"
    "2021,GB\nb2,Fuel,fuel_type_gas,Gas,MMBTU,,,53.06,0.001,0.0001,,,,fuel_combustion,EPA,2021,,US\n"
)
EPA_FUELS: Final = (
    "fuel_type,fuel_category,eia_fuel_code,co2_ef,co2_units,ch4_ef,ch4_units,n2o_ef,n2o_units,source\n"
    "Anthracite,Coal,ANT,0.11413328,ton CO2/mmBtu,0.024,lbs CH4/mmBtu,2.20E-04,lbs N2O/mmBtu,EPA\n"
)


@frozen
class Parser:
    """A parser.

    Attributes:
        seeds: Valid inputs.
        parse: Reads an input; raises an error of this library if the input is malformed.
        again: Writes the value that was read, so that it can be read again; None if no function writes it.
    """

    seeds: tuple[bytes, ...]
    parse: Callable[[bytes], Any]
    again: Callable[[Any], bytes] | None = None


def text_of(data: bytes) -> str:
    """Bytes as text, whatever they are."""
    return data.decode("utf-8", "surrogateescape")


def of_text(seeds: Iterable[str], parse: Callable[[str], Any], again: Callable[[Any], object] | None = None) -> Parser:
    """A parser of text."""
    back = None if again is None else lambda value: str(again(value)).encode("utf-8", "surrogateescape")
    return Parser(tuple(seed.encode() for seed in seeds), lambda data: parse(text_of(data)), back)


def of_record(records: Iterable[Any], read: Callable[[Any], Any], write: Callable[[Any], Any] | None = None) -> Parser:
    """A parser of JSON values; inputs that are not JSON are skipped."""

    def parse(data: bytes) -> Any:
        value = None
        with suppress(ValueError, RecursionError):
            value = json.loads(text_of(data))
        return read(value)

    back = None if write is None else lambda value: json.dumps(write(value)).encode()
    return Parser(tuple(json.dumps(record).encode() for record in records), parse, back)


def of_file(seeds: Iterable[str], read: Callable[[Path], Any]) -> Parser:
    """A parser of files. The folder of each is gone once it was read: a worker of the tests clears nothing up."""
    memory = "/dev/shm" if Path("/dev/shm").is_dir() else None

    def parse(data: bytes) -> Any:
        with tempfile.TemporaryDirectory(prefix="fuzz-", dir=memory) as folder:
            path = Path(folder) / "file"
            path.write_bytes(data)
            return read(path)

    return Parser(tuple(seed.encode() for seed in seeds), parse)


def periods() -> dict[str, Parser]:
    """Times, dates, zones and periods."""
    times = ("2024-05-01T00:00Z", "2024-05-01T12:30:00+04:00", "2024-02-29", "9998-12-31T23:59:59Z")
    return {
        "instant": of_text(times, lambda text: instants.instant_utc(text, "t", zone=BAKU)),
        "recorded instant": of_text(("2024-05-01T00:00:00Z",), instants.instant_of, instants.instant_text),
        "date": of_text(("2024-05-01", "2024-02-29"), lambda text: instants.checked_date(text, "d")),
        "zone": of_text(("Asia/Baku", "UTC", "America/Argentina/Ushuaia"), zones.zone_info),
        "period": of_text(times, lambda text: cl.Period.of("2000-01-01", text, zone=BAKU)),
        "day": of_text(("2024-05-01",), lambda text: cl.Period.day(text, zone=BAKU)),
        "years": of_text(("2024-05-01",), lambda text: cl.Period.years(text, 7, zone=BAKU)),
        "period record": of_record(
            [cl.Period.month(2024, 5, zone=BAKU).to_record(), cl.Period(0, 3_600).to_record()],
            cl.Period.from_record,
            cl.Period.to_record,
        ),
        "profile": of_record(
            [{"start": "2024-05-01T00:00Z", "step": "1 hour", "consumption_wh": [1, 0, 5]}],
            lambda record: cl.ConsumptionProfile(**record) if _is_profile(record) else None,
        ),
    }


def _is_profile(record: Any) -> bool:
    return isinstance(record, dict) and record.keys() == {"start", "step", "consumption_wh"}


def numbers() -> dict[str, Parser]:
    """Numbers and amounts."""
    amounts = ("18600 MWh", "-1.5 GWh", "12 tCO2e", "8.33 MW", "15 min", "90 m2", "36 GJ", "2500 kWh")
    return {
        "decimal": of_text(("0.384", "-12", "1000.50"), lambda text: exact.checked_decimal(text, "n"), exact.text_of),
        "amount": of_text(amounts, cl.quantity),
        "energy": of_text(amounts, lambda text: units.energy_wh(text, "net")),
        "power": of_text(amounts, lambda text: units.power_w(text, "capacity")),
        "duration": of_text(amounts, lambda text: units.duration_s(text, "step")),
        "unit": of_text(("MWh", "tCO2e", "kWh"), lambda text: spellings.checked_unit(text, "unit")),
        "meter error": of_text(("0.2 %", "1%"), MeterError),
        "share": of_text(("0.1", "10%"), buffer_share),
    }


def buffer_share(text: str) -> object:
    """A share of an issuance for the buffer."""
    from carbon_ledger.core.holdings.buffer import buffer_share as share

    return share(text)


def serials() -> dict[str, Parser]:
    """Serials, blocks, grammars and names."""
    seeds = (
        "GS1-1-KE-GS7495-16-2025-30645-608-30350", "ACR-US-1-2024-7-1 to 500", "CAR-1-US-1-2-3-CA-2021-5-1 to 40",
        "12345-1-10-VCS-VCU-1-VER-US-3-99-01012020-31122020-0", "ART-GY-102-2021-11-1 to 9",
        "CDC_4_1_1_321_14_R1_XX_CO_1_2_2022 1 to 3552", "ISO-1-BSTORE-GBR-F5X7-2024-78177-81177",
    )  # fmt: skip
    grammar = cl.SerialGrammar(
        id="gcc", name="Global Carbon Council", source="a test [M]",
        forms=(cl.SerialForm("GCC-{project}-{vintage:digits 4}-{first}-{last}", space="{project}/{vintage}"),),
    )  # fmt: skip
    return {
        "block": of_text(("hydro/2024/17/1-250", "hydro/2024/17/5"), block_of, str),
        "serial": of_text(seeds, cl.parse_serial, str),
        "template": of_text(
            ("GCC-{p}-{v:digits 4}-{first}-{last}", "A{p}-{first:digits 1-6} to {last}"),
            lambda text: SerialForm(text, space="{p}"),
        ),
        "grammar record": of_record(
            [grammar.to_record(), evolve(grammar, unit_kg=1).to_record()],
            SerialGrammar.from_record,
            SerialGrammar.to_record,
        ),
        "label": of_text(("CORSIA", "tag:north", "E+"), labels.label_of, str),
        "methodology": of_text(("ACM0002@22.0", "GCCM001@4.0"), methodology_of, lambda found: found.key),
        "identifier": of_text(("hydro-3", "a.b_c"), lambda text: canonical.identifier(text, "device"), str),
        "waiver": of_text(("gap", "assumption/a-b"), lambda text: cl.Waiver(text, text)),
        "registry export": of_file(
            ("Serial,Quantity,Note\nACR-US-1-2024-7-1 to 5,5,a\nACR-US-1-2024-7-6 to 9,4,\"b\"\n",),
            lambda path: cl.read_registry_csv(path, **EXPORT),
        ),
        "registry export with ranges": of_file(
            (
                "serial,from,to,n,mark,parent\nCDC_7_1_1_321_14_CO_1_1,1,9,9000,R1,p\n"
                "CDC_7_1_1_321_14_CO_1_1,1,5,9000,,p\nISO-1-A-GBR-F5X7-2024,1,2,2.0,,q\n",
            ),
            lambda path: cl.read_registry_csv(path, **RANGES),
        ),
        "registry export of units": of_file(
            ("a,b,n\nACR-US-1-2024-7-5,ACR-US-1-2024-7-9,5\nRW-5-14-2-2-0-70,RW-5-16-2-2-0-70,3\n",),
            lambda path: cl.read_registry_csv(path, range_columns=["a", "b"], quantity_column="n"),
        ),
        "dispositions": of_file((DISPOSITIONS,), cl.read_dispositions),
        "sample results": of_file(
            ("device,start,found_wh,note\na,1970-01-01T00:00:00Z,7,x\nb,1970-01-01T01:00:00+00:00,-9,\n",),
            lambda path: cl.read_sample_results(path, SAMPLE, partial=True),
        ),
        "registry balances": of_file(
            ("id,issued,retired,held\na,\"1,000\",400.0,600\nb,10,,9\n",),
            lambda path: cl.read_registry_balances(path, **BALANCES),
        ),
    }  # fmt: skip


def files() -> dict[str, Parser]:
    """Files of readings and of factors."""
    hours = "".join(f"2024-05-01T{k:02}:00,{k}.5\n" for k in range(6))
    named = "time,net\n2024-10-27T01:00:00Z,1\n2024-10-27T02:00:00Z,-2.000001\n"
    columns = {"time_column": "time", "value_column": "net"}
    factor = "factor_id,value,unit,kind,region,source,data_years,valid_from,technologies\n"
    egrid = "subregion,name,total_co2e_lb_per_mwh,nonbaseload_ch4_lb_per_mwh\nAKGD,Alaska,904.5,0.1\nUS,All,800,0.1\n"
    owid = "Entity,Code,Year,Carbon intensity of electricity (gCO2/kWh)\nAfghanistan,AFG,2000,255.3\nAsia,,2001,500\n"
    return {
        "meter file": of_file(
            ("time,net\n" + hours, named, "net;time\n1;2024-05-01\n"),
            lambda path: cl.read_meter_csv(path, **columns, zone=BAKU, missing="gap"),
        ),
        "meter file with a time format": of_file(
            ("time,net\n" + hours.replace("T", " "),),
            lambda path: cl.read_meter_csv(path, **columns, zone="Europe/London", time_format="%Y-%m-%d %H:%M"),
        ),
        "time format": of_text(("%Y-%m-%d %H:%M", "%d.%m.%y %I:%M %p"), _time_format),
        "description of a meter file": of_file(meter_descriptions.SEEDS, meter_descriptions.describe),
        **named_formats(),
        "factor file": of_file(
            (factor + "f,0.5,tCO2e/MWh,combined_margin,AZ,a test,2017|2018,2024-01-01,hydro|wind\n",), read_factor_csv
        ),
        "eGRID": of_file((egrid,), read_egrid),
        "OWID": of_file((owid,), lambda path: read_owid(path, release="2022", known_on="2022-05-01")),
        "OWID energy": of_file(
            (OWID_ENERGY, OWID_CODEBOOK),
            lambda path: read_owid_energy(path, path, release="2025", known_on="2025-05-30"),
        ),
        "open factors": of_file((OPEN_FACTORS,), lambda path: read_open_factors(path, release="2022-08")),
        "EPA fuels": of_file((EPA_FUELS,), lambda path: read_epa_fuels(path, release="2023")),
        "IFI": of_file((_ifi_seed(),), read_ifi_table),
    }


def named_formats() -> dict[str, Parser]:
    """Meter files of named formats, each read with all refusals collected and with the first one raised."""
    day = ",".join(["1.5"] * 24 + ["0"] * 24)
    nem12 = (
        "100,NEM12,202405020000,MDP,RETAILER\n200,6001000001,E1B1Q1,1,E1,N1,5012,kWh,30,\n"
        f"300,20240501,{day},V,,,20240502010203,\n400,1,24,A,,\n400,25,48,S14,32,\n500,S,RETNSRVCEORD1,,\n"
        f"200,6001000001,E1B1Q1,1,B1,N1,5012,Wh,30,\n300,20240501,{day},A,,,,\n900\n"
    )
    links = '<link rel="self" href="/{0}"/><link rel="up" href="/{1}"/><link rel="related" href="/{2}"/>'
    blocks = (
        "<interval><duration>1800</duration><start>1714536000</start></interval><IntervalReading><ReadingQuality>"
        "<quality>8</quality></ReadingQuality><timePeriod><duration>900</duration><start>1714536000</start></timePeriod>"
        "<value>250</value></IntervalReading><IntervalReading><value>7</value></IntervalReading>"
    )
    kind = (
        "<accumulationBehaviour>4</accumulationBehaviour><flowDirection>19</flowDirection><intervalLength>900"
        "</intervalLength><powerOfTenMultiplier>-3</powerOfTenMultiplier><uom>72</uom>"
    )
    entries = (
        ("U/1", "U", "U/1/M", "UsagePoint", ""), ("U/1/M/1", "U/1/M", "T/1", "MeterReading", ""),
        ("T/1", "T", "", "ReadingType", kind),
        ("U/1/M/1/IntervalBlock/1", "U/1/M/1/IntervalBlock", "", "IntervalBlock", blocks),
    )  # fmt: skip
    feed = "".join(
        f'<entry>{links.format(*item[:3])}<content><{item[3]} xmlns="http://naesb.org/espi">{item[4]}</{item[3]}>'
        "</content></entry>"
        for item in entries
    )
    points = "".join(
        f"<Point><position>{at}</position><quantity>{quantity}</quantity></Point>"
        for at, quantity in ((1, 10.5), (3, 4))
    )
    entsoe = (
        '<?xml version="1.0"?><GL_MarketDocument xmlns="urn:iec62325.351:tc57wg16:451-6:generationloaddocument:3:0">'
        "<type>A75</type><process.processType>A16</process.processType><TimeSeries><inBiddingZone_Domain.mRID>10YDE"
        "</inBiddingZone_Domain.mRID><quantity_Measure_Unit.name>MAW</quantity_Measure_Unit.name><curveType>A03</curveType>"
        "<MktPSRType><psrType>B16</psrType></MktPSRType><Period><timeInterval><start>2024-04-30T22:00Z</start>"
        f"<end>2024-05-04T22:00Z</end></timeInterval><resolution>P1D</resolution>{points}</Period></TimeSeries>"
        "</GL_MarketDocument>"
    )
    seeds = {
        "nem12": nem12,
        "green-button": f'<feed xmlns="http://www.w3.org/2005/Atom">{feed}</feed>',
        "entsoe": entsoe,
    }
    return {f"{name} file": of_file((seed,), _named_format(name)) for name, seed in seeds.items()}


def _named_format(name: str) -> Callable[[Path], Any]:
    layout = cl.MeterLayout(
        name=name, zone="Europe/Berlin", format=name, remainder="carry", numbers={"missing_is": "gap"}
    )  # fmt: skip

    def read(path: Path) -> Any:
        with suppress(cl.CarbonLedgerError):
            cl.read_meter_file(path, layout, on_refusal="report")
        return cl.read_meter_file(path, layout)

    return read


LAYOUT: Final[dict[str, Any]] = {
    "name": "plant", "zone": "Europe/Berlin", "remainder": "carry", "numbers": {"missing_is": "gap", "missing": ["-"]},
}  # fmt: skip
# A layout and a file of each kind of table.
TABLES: Final[dict[str, tuple[dict[str, Any], str]]] = {
    "long": (
        {
            "table": {"delimiter": ";", "skip_lines": 1, "unit_row": True, "footers": "Summe", "extra_cells": True},
            "numbers": {"decimal": ",", "thousands": ".", "exponent": True, "excel_text": True, "missing_is": "gap"},
            "time": {"columns": ["Tag", "von"], "end_columns": ["Tag", "bis"], "format": "%d.%m.%Y %H:%M"},
            "values": [{"column": "ein", "role": "import"}, {"column": "aus", "role": "export"}],
            "quality": {"column": "Status", "flags": {"W": "measured", "E": "estimated"}},
        },
        "Bericht\nTag;von;bis;ein;aus;Status\n;;;[kWh];kWh;\n01.05.2024;23:30;23:45;1,5;0;W;\n"
        "01.05.2024;23:45;00:00;=\"1.234,5\";0,0001;E\nSumme;;;2;3;\n",
    ),
    "stamps": (
        {
            "time": {"columns": "t", "stamp": "end", "step": ["1 hour", "15 min"]},
            "values": {"column": "kW", "unit": "kW", "kind": "power"}, "meter_column": "id",
        },
        "id,t,kW\na,2024-10-26 24:00,1\na,2024-10-27 01:00,2\na,2024-10-27 02:00,3\na,2024-10-27 02:00,4\n"
        "a,2024-10-27 02:15,5\na,2024-10-27T02:30,6\n",
    ),
    "marks": (
        {
            "time": {"columns": "t", "summer_column": "s", "summer": {"S": "summer", "W": "winter"}, "step": "30 min"},
            "channel_column": "c", "values": [{"column": "kWh", "channel": "B1"}], "skip_channels": "Q1",
        },
        "t,s,c,kWh\n2024-10-27 02:00,S,B1,1\n2024-10-27 02:30,S,Q1,2\n2024-10-27 02:00,W,B1,3\n",
    ),
    "intervals": (
        {"time": {"columns": "d", "interval_column": "n"}, "values": {"column": "kWh"}},
        "d,n,kWh\n2024-10-27,1,1\n2024-10-27,25,2\n2024-03-31,23,3\n",
    ),
    "days": (
        {"time": {"columns": "d", "step": "day"}, "values": {"column": "kWh"}},
        "d,kWh\n2024-10-27,1\n2024-10-28,-\n2024-10-29,3\n",
    ),
    "months": (
        {"time": {"columns": "m", "step": "month", "format": "%Y-%m"}, "values": {"column": "kWh"}},
        "m,kWh\n2024-01,1\n2024-02,2\n",
    ),
    "epochs": (
        {"time": {"columns": "t", "format": "epoch ms"}, "values": {"column": "kWh"}},
        "t,kWh\n1714514400000,1\n1714518000000,2\n",
    ),
    "wide": (
        {
            "time": {"columns": "d", "step": "6 hours"}, "values": {"unit": "kWh"},
            "wide": {"first": "1", "last": "4", "flags": "after"}, "quality": {"flags": {"A": "measured"}},
        },
        "d,1,a,2,b,3,c,4,d4\n2024-05-01,1,A,2,A,3,A,4,A\n2024-05-02,1,A,-,A,3,A,4,\n",
    ),
    "wall": (
        {
            "time": {"columns": "d", "step": "8 hours"}, "values": {},
            "wide": {"first": "1", "last": "3", "numbering": "wall"},
        },
        "d,1,2,3\n2024-05-01,1,2,3\n2024-03-31,1,2,3\n",
    ),
    "register": (
        {
            "time": {"columns": "t"}, "values": {"column": "kWh", "kind": "register", "modulus": "1000"},
            "exchanges": {
                "at": "2024-05-01T02:30Z", "last_standing": "10", "first_standing": "0", "evidence": EVIDENCE,
            },
        },
        "t,kWh\n2024-05-01T00:00Z,998\n2024-05-01T01:00Z,1\n2024-05-01T02:00Z,8\n2024-05-01T03:00Z,2\n",
    ),
    "reset": (
        {"time": {"columns": "t"}, "values": {"column": "kWh", "kind": "register", "reset": "day"}},
        "t,kWh\n2024-05-01 22:00,8\n2024-05-01 23:00,9\n2024-05-02 00:00,9.5\n2024-05-02 01:00,1\n",
    ),
    "encoded": (
        {"table": {"encoding": "cp1252", "header": False}, "time": {"columns": "1"}, "values": {"column": "2"}},
        "2024-05-01 00:00,1\n2024-05-01 01:00,2\n",
    ),
}  # fmt: skip


def meter_tables() -> dict[str, Parser]:
    """Layouts, and files that are read by each: with all refusals collected, part by part, and with one raised."""
    layouts = {name: cl.MeterLayout(**LAYOUT | fields) for name, (fields, _) in TABLES.items()}
    records = [layout.to_record() for layout in layouts.values()]
    return {
        "layout": of_text(
            [layout.to_toml() for layout in layouts.values()], cl.MeterLayout.from_toml, cl.MeterLayout.to_toml
        ),
        "layout record": of_record(records, cl.MeterLayout.from_record, cl.MeterLayout.to_record),
    } | {f"table {name}": of_file((TABLES[name][1],), _table(layout)) for name, layout in layouts.items()}


def _table(layout: cl.MeterLayout) -> Callable[[Path], Any]:
    def read(path: Path) -> Any:
        with suppress(cl.CarbonLedgerError):
            cl.read_meter_file(path, layout, on_refusal="report")
        with suppress(cl.CarbonLedgerError), cl.scan_meter_file(path, layout) as scan:
            list(scan)
        return cl.read_meter_file(path, layout)

    return read


def _ifi_seed() -> str:
    shared = Path(__file__).resolve().parents[3] / "../shared/data/factors/ifi_default_grid_factors_2021_v3.1.csv"
    text = shared.read_text(encoding="utf-8") if shared.exists() else ""
    if text:
        return "".join(text.splitlines(keepends=True)[:12])
    *firm, margin = (f'"{column.heading}"' for column in ifi._COLUMNS)
    return f',,,,,{margin}\n,{",".join(firm)},\n"Country / Territory / Island",,,,,\n"Azerbaijan",384,478,384,384,534\n'


def _time_format(text: str) -> object:
    if not hasattr(_time_format, "path"):
        folder = tempfile.mkdtemp(prefix="fuzz-")
        _time_format.path = Path(folder) / "file"
        _time_format.path.write_text("time,net\n2024-05-01 00:00,1\n01.05.24 01:00 AM,1\n")
    return cl.read_meter_csv(_time_format.path, time_column="time", value_column="net", zone="UTC", time_format=text)


def records() -> dict[str, Parser]:
    """Records of registered things, as entries pin them."""
    project = cl.Project(
        id="credits", instrument="GCC-ACC", zone=BAKU, devices=("plant",), methodology="ACM0002@22.0",
        baseline="greenfield", crediting_period=cl.Period.years("2021-01-01", 10, zone=BAKU),
    )  # fmt: skip
    factor = cl.EmissionFactor(
        factor_id="f", value="0.5", unit="tCO2e/MWh", kind="combined_margin", region="AZ", source="a test",
        technologies=("hydro",), data_years=(2020, 2021), valid_from="2024-01-01",
    )  # fmt: skip
    taken = ImportedElectricity(
        amount="1 MWh", meter="m", emission_factor="0.6 tCO2e/MWh", losses="3 %", vintage=2024, source="a test"
    )
    fuel = FuelUse(
        fuel="diesel", amount="12.5 t", ncv="43.3 TJ/Gg", emission_factor="74800 kgCO2/TJ", vintage=2024,
        basis="ipcc-upper", source="a test",
    )  # fmt: skip
    leak = Leakage(amount="1 tCO2e", vintage=2024, reason="r", source="s")
    return {
        "device": of_record([DEVICE.to_record()], Device.from_record, Device.to_record),
        "meter": of_record([cl.Meter(id="m", shares={"a": 1, "b": 2}).to_record()], Meter.from_record, Meter.to_record),
        "project": of_record([project.to_record()], Project.from_record, Project.to_record),
        "factor": of_record([factor.to_record()], EmissionFactor.from_record, EmissionFactor.to_record),
        "instrument": of_record(
            [item.to_record() for item in cl.instruments.BUILTIN.values()], Instrument.from_record, Instrument.to_record
        ),
        "imported electricity": of_record(
            [taken.to_record()], ImportedElectricity.from_record, ImportedElectricity.to_record
        ),
        "fuel use": of_record([fuel.to_record()], FuelUse.from_record, FuelUse.to_record),
        "leakage": of_record([leak.to_record()], Leakage.from_record, Leakage.to_record),
        "quantification": of_record([quantified().to_record()], Quantification.from_record, Quantification.to_record),
    }


def filled() -> cl.Ledger:
    """A small ledger."""
    ledger = cl.open_ledger(":memory:", ledger_id="test", by="tester", clock=lambda: NOW)
    ledger.open_account("op", name="Op")
    ledger.register_device(DEVICE)
    ledger.register_project(cl.Project(id="p", instrument="I-REC-E", zone=BAKU, devices=("plant",)))
    day = cl.Period.day("2024-05-01", zone=BAKU)
    ledger.record_readings("plant", start=day.start, step="1 hour", net_wh=[10**6] * 24, evidence=EVIDENCE)
    (batch,) = ledger.issue("p", day, to="op", key="may")
    ledger.retire(batch.take(2), beneficiary="B", purpose="use", period=day)
    return ledger


def quantified() -> Quantification:
    """A quantification."""
    ledger = filled()
    found = ledger.trace(ledger.batches("p")[0]).quantification
    assert found is not None
    return found


def log() -> dict[str, Parser]:
    """The log and its published form."""
    ledger = filled()
    entries = tuple(ledger.entry_bytes(n) for n in range(ledger.size))
    signer = signing.generate_signer("log.example/one")
    key = signer.verifier_key
    with tempfile.TemporaryDirectory() as folder:
        published = ledger.publish(Path(folder) / "p", signer=signer)
        receipt = ledger.receipt(3, checkpoint=published)
        signed = (Path(folder) / "p" / "checkpoint").read_bytes()
    body = checkpoint.format_checkpoint(checkpoint.Checkpoint("log.example/one", 7, bytes(32)))
    bundle = coordinates.Bundle(0, len(entries))
    return {
        "canonical JSON": Parser(entries, canonical.loads, canonical.dumps),
        "entry": Parser(entries, Entry.from_bytes, Entry.to_bytes),
        "checkpoint": Parser((body,), checkpoint.parse_checkpoint, checkpoint.format_checkpoint),
        "note": Parser((signed,), note.parse_note, note.format_note),
        "signed note": Parser((signed,), lambda data: signing.verify_note(data, [key])),
        "signed checkpoint": Parser((signed,), lambda data: signing.verify_checkpoint(data, [key])),
        "receipt": Parser((receipt,), lambda data: cl.verify_receipt(data, entries[3], [key])),
        "entry of a receipt": Parser(entries[3:4], lambda data: cl.verify_receipt(receipt, data, [key])),
        "checkpoint of a receipt": Parser((signed,), lambda data: ledger.receipt(3, checkpoint=data)),
        "proof": Parser((receipt,), proof.parse_proof, proof.format_proof),
        "bundle": Parser((bundles.encode_bundle(entries),), lambda data: bundles.decode_bundle(bundle, data)),
        "tile": Parser((bytes(range(32)) * 256,), tiles.tile_root),
        "tile path": of_text(
            ("tile/0/x001/x234/067", "tile/0/001.p/5"), coordinates.Tile.parse, lambda tile: tile.path
        ),
        "bundle path": of_text(
            ("tile/entries/x001/067", "tile/entries/001.p/5"), coordinates.Bundle.parse, lambda tile: tile.path
        ),
        "verifier key": of_text((str(key),), signing.VerifierKey.parse, str),
        "trusted keys": of_text((str(key),), lambda text: signing.verify_note(signed, [text])),
        "signing key": Parser((signer.encode(),), signing.Signer.from_bytes),
        "key name": of_text(("log.example/one",), note.check_key_name, str),
    }


def every_parser() -> dict[str, Parser]:
    """All of them, by name."""
    return periods() | numbers() | serials() | files() | meter_tables() | records() | log()
