"""Layouts of tables that operators, portals and programs write. Each says where its facts come from.

No format is from a specification that was read: all are [S], from programs and documents of others that read or write
such files, with what they show of a file quoted here as its header; what is [M] is from memory.
"""

from typing import Final

from carbon_ledger.metering.layouts.layout import MeterLayout

_SPAIN: Final = {"delimiter": ";"}
_AUSTRIA: Final = {"decimal": ",", "thousands": "."}
_ESB: Final = "ESB Networks (Ireland), harmonised downloadable file; local time at the end of the half hour"

IRELAND: Final = tuple(
    MeterLayout(
        name=f"esb-hdf-{unit.lower()}",
        zone="Europe/Dublin",
        time={
            "columns": "Read Date and End Time",
            "format": "%d-%m-%Y %H:%M",
            "stamp": "end",
            "step": "30 min",
            "order": "newest-first",
        },
        values=[
            {
                "column": "Read Value",
                "unit": unit,
                "kind": kind,
                "role": role,
                "channel": f"Active {role.title()} Interval ({unit})",
            }
            for role in ("import", "export")
        ],
        meter_column="MPRN",
        channel_column="Read Type",
        remainder="carry",
        source=f"{_ESB}: {what} [S: dresdner353/energyutils, ESB_HDF_READER.md]",
    )
    for unit, kind, what in (("kW", "power", "average power"), ("kWh", "energy", "energy, since July 2024"))
)

SPAIN: Final = (
    MeterLayout(
        name="cnmc",
        zone="Europe/Madrid",
        table=_SPAIN,
        numbers={"decimal": ","},
        time={"columns": "Fecha", "format": "%d/%m/%Y", "interval_column": "Hora"},
        values={"column": "Consumo_kWh", "role": "import"},
        meter_column="CUPS",
        quality={"column": "Metodo_obtencion", "flags": {"R": "measured", "E": "estimated"}},
        source=(
            "CUPS;Fecha;Hora;Consumo_kWh;Metodo_obtencion: Spanish distributors and the CNMC's comparison of bills; "
            "hour 1 is from 00:00, hour 25 is on the day of 25 hours [S: programs that read it; flags R and E]"
        ),
    ),
    MeterLayout(
        name="e-distribucion",
        zone="Europe/Madrid",
        table=_SPAIN,
        numbers={"decimal": ","},
        time={"columns": "Fecha", "format": "%d/%m/%Y", "interval_column": "Hora"},
        values=[{"column": "AE_kWh", "role": "import"}, {"column": "AS_KWh", "role": "export"}],
        meter_column="CUPS",
        quality={"column": "REAL/ESTIMADO", "flags": {"R": "measured", "E": "estimated"}},
        source="CUPS;Fecha;Hora;AE_kWh;AS_KWh;AE_AUTOCONS_kWh;REAL/ESTIMADO: e-distribución, with surplus [S]",
    ),
    MeterLayout(
        name="datadis-surplus",
        zone="Europe/Madrid",
        table=_SPAIN,
        numbers={"decimal": ","},
        time={"columns": ["fecha", "hora"], "format": "%Y/%m/%d %H:%M", "stamp": "end"},
        values=[{"column": "consumo_kWh", "role": "import"}, {"column": "energiaVertida_kWh", "role": "export"}],
        meter_column="cups",
        quality={"column": "metodoObtencion", "flags": {"Real": "measured", "Estimada": "estimated"}},
        source="as datadis, of a point that feeds surplus into the grid (energiaVertida_kWh) [S]",
    ),
    MeterLayout(
        name="datadis",
        zone="Europe/Madrid",
        table=_SPAIN,
        numbers={"decimal": ","},
        time={"columns": ["fecha", "hora"], "format": "%Y/%m/%d %H:%M", "stamp": "end"},
        values={"column": "consumo_kWh", "role": "import"},
        meter_column="cups",
        quality={"column": "metodoObtencion", "flags": {"Real": "measured", "Estimada": "estimated"}},
        source=(
            "cups;fecha;hora;consumo_kWh;metodoObtencion;energiaVertida_kWh;energiaGenerada_kWh;energiaAutoconsumida_kWh"
            ": Datadis; hours 01:00 to 24:00, at their end [S]; words of metodoObtencion [M]; consumption alone"
        ),
    ),
)

FRANCE: Final = (
    MeterLayout(
        name="enedis-load-curve",
        zone="Europe/Paris",
        table={"delimiter": ";", "skip_lines": 2},
        numbers={"missing_is": "gap"},
        time={"columns": "Horodate", "stamp": "end", "step": "30 min"},
        values={"column": "Valeur", "unit": "W", "kind": "power", "role": "import"},
        remainder="carry",
        source=(
            "Enedis, courbe de charge of the customers' portal: two lines, then Horodate;Valeur; average power of 30 "
            "min in W, at the end of the step [S: an importer that was checked against a real export]; load curves of "
            "SGE are stamped at their start [S: consometers/sge-proxy], and have another header; of production, the "
            "role is export"
        ),
    ),
)

AUSTRIA: Final = (
    MeterLayout(
        name="linz-netz",
        zone="Europe/Vienna",
        table={"delimiter": ";"},
        numbers=_AUSTRIA,
        time={"columns": "Datum von", "end_columns": "Datum bis", "format": "%d.%m.%Y %H:%M"},
        values={"column": "Energiemenge in kWh", "role": "import"},
        source="Datum von;Datum bis;Energiemenge in kWh: LINZ NETZ, quarter hours [S: programs that read it]",
    ),
    MeterLayout(
        name="datum-von-bis",
        zone="Europe/Vienna",
        table={"delimiter": ";"},
        numbers=_AUSTRIA,
        time={"columns": ["Datum", "von"], "format": "%d.%m.%Y %H:%M", "step": "15 min"},
        values={"column": "Verbrauch", "role": "import"},
        source="Datum;von;bis;Verbrauch: quarter hours of an Austrian grid operator, in kWh [S: programs that read it]",
    ),
)

UNITED_KINGDOM: Final = (
    MeterLayout(
        name="uk-half-hourly",
        zone="Europe/London",
        time={"columns": "ConsumptionDate", "format": "%d/%m/%Y", "step": "30 min"},
        values={"role": "import"},
        wide={"first": "kWh_1", "last": "kWh_48"},
        meter_column="MPAN",
        remainder="carry",
        source="siteRef,MPAN,ConsumptionDate,Period,units,kWh_1 to kWh_48,kVArh_1 ... [S: Energy Sparks, Sheffield]",
    ),
    MeterLayout(
        name="uk-half-hourly-flags",
        zone="Europe/London",
        time={"columns": "Date (Local)", "format": "%d %b %Y %H:%M:%S", "step": "30 min"},
        values={"role": "import"},
        wide={"first": "HH01", "last": "HH48", "flags": "after"},
        meter_column="MPN",
        quality={"flags": {"A": "measured", "E": "estimated"}},
        remainder="carry",
        source="MPN,Date (Local),Total,HH01,Type to HH48,Type [S: Energy Sparks, Highlands]; A actual, E estimated [M]",
    ),
)

UNITED_STATES: Final = (
    MeterLayout(
        name="smart-meter-texas",
        zone="America/Chicago",
        time={"columns": ["USAGE_DATE", "USAGE_START_TIME"], "format": "%m/%d/%Y %H:%M", "step": "15 min"},
        values=[
            {"column": "USAGE_KWH", "role": "import", "channel": "Consumption"},
            {"column": "USAGE_KWH", "role": "export", "channel": "Surplus Generation"},
        ],
        meter_column="ESIID",
        channel_column="CONSUMPTION_SURPLUSGENERATION",
        quality={"column": "ESTIMATED_ACTUAL", "flags": {"A": "measured", "E": "estimated"}},
        source="Smart Meter Texas, interval data: local time at the start; the hour of autumn comes twice in order [S]",
    ),
    MeterLayout(
        name="us-utility-usage",
        zone="America/Los_Angeles",
        table={"skip_lines": 5},
        time={"columns": ["DATE", "START TIME"], "step": ["1 hour", "30 min", "15 min"]},
        values={"column": "USAGE (kWh)", "role": "import"},
        source=(
            "Name, Address, Account Number, Service and a blank line, then TYPE,DATE,START TIME,END TIME,USAGE (kWh), "
            "as PG&E, PECO and others export it; END TIME is the last minute of the step [S]; the zone is that of PG&E"
        ),
    ),
    MeterLayout(
        name="eia-930-balance",
        zone="UTC",
        numbers={"thousands": ",", "missing_is": "gap"},
        time={
            "columns": "UTC Time at End of Hour",
            "format": "%m/%d/%Y %I:%M:%S %p",
            "stamp": "end",
            "offset": "+00:00",
        },
        values={"column": "Net Generation (MW)", "unit": "MW", "kind": "power"},
        meter_column="Balancing Authority",
        source="U.S. EIA, Form EIA-930, six-month files EIA930_BALANCE [S: programs that read them]",
    ),
)

INVERTERS: Final = (
    MeterLayout(
        name="sbfspot-day",
        zone="Europe/Berlin",
        table={"delimiter": ";", "skip_lines": 8},
        numbers={"decimal": ",", "missing_is": "gap"},
        time={"columns": "dd/MM/yyyy HH:mm:ss", "format": "%d/%m/%Y %H:%M:%S", "step": "5 min"},
        values={"column": "kWh", "kind": "register", "role": "export"},
        source=(
            "SBFspot, day of one SMA inverter with the extended header of 8 lines, semicolons and decimal comma; the "
            "total yield is a standing [S: SBFspot, CSVexport.cpp and its configuration, which can change all of these]"
        ),
    ),
    MeterLayout(
        name="pvoutput-status",
        zone="Australia/Sydney",
        table={"header": False},
        numbers={"missing_is": "gap"},
        time={"columns": ["1", "2"], "format": "%Y%m%d %H:%M", "step": ["15 min", "10 min", "5 min"]},
        values={"column": "3", "unit": "Wh", "kind": "register", "reset": "day", "role": "export"},
        source=(
            "PVOutput, add batch status: date, time, energy generation in Wh, power in W [S: clients of its API]; the "
            "energy is that of the day so far [M]; the zone is that of the system"
        ),
    ),
)

PUBLISHED: Final = (*UNITED_KINGDOM, *IRELAND, *FRANCE, *SPAIN, *AUSTRIA, *UNITED_STATES, *INVERTERS)
