"""Write the bundled factor files from the tables that they were read from.

Run as ``python scripts/bundle_factors.py TABLES [CALORIFIC]``. TABLES is a directory with the IFI, Ember, eGRID
and GWP tables as they were published. CALORIFIC is one with the two tables of the package bonsai-ipcc 0.5.3 (MIT)
that hold tables 1.2 and 1.3 of the IPCC guidelines; without it that file stays as it is. The same tables give
the same bytes. No number passes through a float: each stays the text that its publisher wrote.

``published_margins.json``, ``asb0038_2018.json`` and ``tables/regions.json`` are written by hand.
"""

import csv
import hashlib
import json
import sys
from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import attrs

from carbon_ledger.exact import Rounding, text_of
from carbon_ledger.factors.importers import read_egrid, read_ifi_table
from carbon_ledger.factors.plausibility import flagged
from carbon_ledger.factors.record import EmissionFactor
from carbon_ledger.factors.regions import alpha2_of, slug

DATA = Path(__file__).resolve().parents[1] / "src" / "carbon_ledger" / "factors" / "data"
CO2JS = "thegreenwebfoundation/co2.js@27cbe832"

Record = dict[str, Any]


def digest(path: Path) -> str:
    """The SHA-256 of a table, as records pin it."""
    return f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"


def write(name: str, key: str, common: Mapping[str, Any], rows: Iterable[Mapping[str, Any]]) -> None:
    """Write a file: what its rows have in common, and a line for each row."""
    lines = [json.dumps(row, ensure_ascii=False) for row in rows]
    facts = json.dumps(common, ensure_ascii=False, indent=2)
    text = f'{{\n"schema": 1,\n"common": {facts},\n"{key}": [\n' + ",\n".join(lines) + "\n]\n}\n"
    (DATA / name).write_text(text, encoding="utf-8")
    print(f"{name}: {len(lines)} rows, {len(text.encode()):,} bytes")


def write_factors(name: str, factors: Iterable[EmissionFactor]) -> None:
    """Write factors, with what all have in common taken out."""
    records = [factor.to_record() for factor in factors]
    shared = {key: value for key, value in records[0].items() if all(record.get(key) == value for record in records)}
    first = records[0].get("flags", [])
    flags = [flag for flag in first if all(flag in record.get("flags", []) for record in records)]
    common = shared | ({"flags": flags} if flags else {})
    rows = [{key: value for key, value in record.items() if key not in shared} for record in records]
    for row in rows:
        own = [flag for flag in row.pop("flags", []) if flag not in flags]
        row.update({"flags": own} if own else {})
    write(name, "factors", common, rows)


def ifi(tables: Path) -> None:
    """Azerbaijan and its neighbours: single values of a table that is not bundled."""
    regions = {"AZ": 0, "AM": 1, "GE": 2, "IR": 3, "RU": 4, "TR": 5}
    names = ("firm", "intermittent", "operating-margin")
    factors = [
        attrs.evolve(factor, place=f"{factor.place}; read from the CSV of {CO2JS}")
        for factor in read_ifi_table(tables / "ifi_default_grid_factors_2021_v3.1.csv")
        if factor.region in regions and factor.factor_id.endswith(names)
    ]
    write_factors("ifi_2021_v3_1.json", sorted(factors, key=lambda factor: regions[factor.region]))


def egrid(tables: Path) -> None:
    """The subregions of eGRID2023, January 2025 release: known by the end of that month at the latest."""
    factors = read_egrid(tables / "egrid2023_subregion_jan2025.csv", known_on="2025-01-31")
    note = (
        "published-in-January-2025: the day is not stated, so it is recorded as the last one",
        "superseded-by-its-publisher: eGRID2023 rev 2, whose table is not bundled",
    )
    write_factors("egrid_2023_jan2025.json", (attrs.evolve(factor, flags=(*factor.flags, *note)) for factor in factors))


def ember(tables: Path) -> None:
    """Ember's lifecycle averages, the latest year of each country."""
    path = tables / "ember_average_intensities.json"
    entries = json.loads(path.read_text(encoding="utf-8"), parse_float=str, parse_int=str)
    write_factors("ember_averages.json", (_ember(key, entry, digest(path)) for key, entry in entries.items()))


def _ember(key: str, entry: Mapping[str, str], file_digest: str) -> EmissionFactor:
    name, code, year = entry["country_or_region"], entry["country_code"], int(entry["year"])
    region = alpha2_of(code) if code else None
    if code and region is None:
        raise SystemExit(f"no alpha-2 code is known for {code}, {name}: add it to tables/regions.json")
    place = slug(region or name)
    factor = EmissionFactor(
        factor_id=f"ember-{year}-{place}",
        series=f"ember-{place}",
        value=entry["emissions_intensity_gco2_per_kwh"],
        unit="gCO2e/kWh",
        kind="lifecycle",
        region=region or f"Ember:{name}",
        gas="CO2e",
        data_years=year,
        valid_from=f"{year}-01-01",
        valid_to=f"{year}-12-31",
        source="Ember, yearly electricity data: emissions intensity of generation, latest year of each country",
        publisher="Ember",
        dataset="Yearly electricity data",
        version=f"as carried by {CO2JS}",
        place=f"entry {key}, {name}",
        digest=file_digest,
        licence="CC BY 4.0 (Ember)",
        confidence="S",
        flags=(
            "publication-day-not-stated",
            "lifecycle-emissions: no baseline for credits",
            "valid-in-its-data-year: the publisher states a year and no validity",
            "unit-in-the-file-is-gCO2: Ember's intensities count CO2 equivalent [M]",
        ),
    )
    return flagged(factor)


KYOTO = ("CH4", "N2O", "SF6", "NF3")
HFCS = (
    *("HFC23", "HFC32", "HFC41", "HFC125", "HFC134", "HFC134a", "HFC143", "HFC143a", "HFC152", "HFC152a", "HFC161"),
    *("HFC227ea", "HFC236cb", "HFC236ea", "HFC236fa", "HFC245ca", "HFC245fa", "HFC365mfc", "HFC4310mee"),
)
PFCS = ("CF4", "C2F6", "C3F8", "cC4F8", "C4F10", "C5F12", "C6F14")
SETS = {"SAR": 1995, "TAR": 2001, "AR4": 2007, "AR5": 2013, "AR6": 2021}
SF6_FLAG = "differs-between-tables: 25200 here, 24300 in other tables of AR6"
MEMORY = {
    "source": "IPCC AR6, working group I, chapter 7: methane by origin",
    "publisher": "IPCC",
    "dataset": "AR6, working group I",
    "version": "2021",
    "place": "table 7.15; not looked up",
    "licence": "none stated; cited as a single value",
    "confidence": "M",
    "flags": ["from-memory: not checked against the report"],
}


def gwp(tables: Path) -> None:
    """The seven Kyoto gases, with the main HFCs and PFCs, of each assessment report."""
    path = tables / "globalwarmingpotentials.csv"
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    table = {row["Species"]: row for row in csv.DictReader(lines)}
    by_definition = {"place": "by definition: every other gas is weighed against CO2"}
    rows: list[Record] = []
    for name, year in SETS.items():
        rows.append({"gas": "CO2", "gwp_set": name, "year": year, "value": "1"} | by_definition)
        for gas in (*KYOTO, *HFCS, *PFCS):
            value = table[gas][f"{name}GWP100"]
            if value:
                flags = {"flags": [SF6_FLAG]} if (gas, name) == ("SF6", "AR6") else {}
                place = f"row {gas}, column {name}GWP100"
                rows.append({"gas": gas, "gwp_set": name, "year": year, "value": value, "place": place} | flags)
    rows.append({"gas": "CH4/fossil", "gwp_set": "AR6", "year": 2021, "value": "29.8"} | MEMORY)
    rows.append({"gas": "CH4/other", "gwp_set": "AR6", "year": 2021, "value": "27.0"} | MEMORY)
    common = {
        "source": "IPCC assessment reports, global warming potentials over 100 years",
        "publisher": "IPCC; table of openclimatedata",
        "dataset": "openclimatedata/globalwarmingpotentials",
        "version": digest(path),
        "licence": "CC0",
        "confidence": "S",
    }
    write("tables/gwp.json", "rows", common, rows)


# As bonsai-ipcc names them, and as they are named here.
FUELS = {
    "oil": "crude-oil",
    "orimulsion": "orimulsion",
    "natural_gas_liquids": "natural-gas-liquids",
    "motor_gasoline": "motor-gasoline",
    "jet_kerosene": "jet-kerosene",
    "other_kerosene": "other-kerosene",
    "shale_oil": "shale-oil",
    "gas_diesel_oil": "gas-diesel-oil",
    "residual_fuel_oil": "residual-fuel-oil",
    "liquefied_petroleum_gases": "liquefied-petroleum-gases",
    "ethane": "ethane",
    "naphtha": "naphtha",
    "bitumen": "bitumen",
    "lubricants": "lubricants",
    "petroleum_coke": "petroleum-coke",
    "refinery_feedstocks": "refinery-feedstocks",
    "refinery_gas": "refinery-gas",
    "anthracite": "anthracite",
    "coking_coal": "coking-coal",
    "other_bituminous_coal": "other-bituminous-coal",
    "sub_bituminous_coal": "sub-bituminous-coal",
    "lignite": "lignite",
    "brown_coal_briquettes": "brown-coal-briquettes",
    "patent_fuel": "patent-fuel",
    "gas_coke": "gas-coke",
    "coal_tar": "coal-tar",
    "gas_works_gas": "gas-works-gas",
    "coke_oven_gas": "coke-oven-gas",
    "blast_furnace_gas": "blast-furnace-gas",
    "oxygen_steel_furnace_gas": "oxygen-steel-furnace-gas",
    "natural_gas": "natural-gas",
    "peat": "peat",
}
# Bounds of table 1.4 that are remembered otherwise than carbon content x 44/12 gives them.
REMEMBERED = {
    "bitumen": "upper 89900",
    "refinery-gas": "lower 48200 and upper 69000",
    "gas-works-gas": "lower 37300 and upper 54100",
    "coke-oven-gas": "lower 37300 and upper 54100",
    "peat": "lower 100000",
}
GUIDELINES = "2006 IPCC Guidelines for National Greenhouse Gas Inventories, volume 2, chapter 1"
COPYRIGHT = "IPCC copyright, no licence stated; single values cited, as carried by bonsai-ipcc 0.5.3 (MIT)"


def ipcc(folder: Path) -> None:
    """Calorific values as tables have them; CO2 from carbon content, since table 1.4 itself was not at hand."""
    calorific, heat_digest = _bonsai(folder / "par_energy_content_per_mass.csv")
    carbon, carbon_digest = _bonsai(folder / "par_carbon_content_per_energy.csv")
    factors = []
    for theirs, ours in FUELS.items():
        common: Record = {
            "kind": "fuel",
            "region": "World",
            "technologies": (f"fuel/{ours}",),
            "publisher": "IPCC",
            "dataset": "2006 IPCC Guidelines for National Greenhouse Gas Inventories",
            "version": "2006",
            "licence": COPYRIGHT,
            "published_at": None,
        }
        lower, value, upper = calorific[theirs]
        heat = EmissionFactor(
            factor_id=f"ipcc-2006-{ours}-ncv",
            series=f"ipcc-{ours}-ncv",
            value=value,
            lower=lower,
            upper=upper,
            unit="TJ/Gg",
            source=f"{GUIDELINES}: net calorific value",
            place=f"table 1.2, row {ours}",
            digest=heat_digest,
            confidence="S",
            flags=("publication-day-not-stated", "read-from-bonsai-ipcc-0.5.3: the table itself was not at hand"),
            **common,
        )
        if ours == "natural-gas-liquids":
            heat = attrs.evolve(heat, flags=(*heat.flags, "table-1.2-is-remembered-otherwise: 44.2 [M]"))
        factors += [heat, _combustion(ours, carbon[theirs], carbon_digest, common)]
    write_factors("ipcc_2006_fuels.json", factors)


def _combustion(name: str, carbon: tuple[str, str, str], file_digest: str, common: Record) -> EmissionFactor:
    lower, value, upper = (_three_figures(Fraction(text) * Fraction(44, 12) * 1000) for text in carbon)
    flags = [
        "publication-day-not-stated",
        "derived-not-published: carbon content of table 1.3 x 44/12, to three significant figures half up",
    ]
    if name in REMEMBERED:
        flags.append(f"table-1.4-is-remembered-otherwise: {REMEMBERED[name]} [M]")
    return EmissionFactor(
        factor_id=f"ipcc-2006-{name}-co2",
        series=f"ipcc-{name}-co2",
        value=value,
        lower=lower,
        upper=upper,
        unit="kgCO2/TJ",
        gas="CO2",
        source=f"{GUIDELINES}: carbon content x 44/12, fully oxidised",
        place=f"table 1.3, row {name}: {carbon[1]} kg/GJ, from {carbon[0]} to {carbon[2]}; table 1.4 not at hand",
        digest=file_digest,
        confidence="C",
        flags=flags,
        **common,
    )


def _three_figures(number: Fraction) -> str:
    digits = len(str(int(number))) - 3
    with_places = Rounding("half-up", places=0).apply(number / 10**digits)
    return text_of(Decimal(int(with_places) * 10**digits))


def _bonsai(path: Path) -> tuple[dict[str, tuple[str, str, str]], str]:
    """Lower bound, default and upper bound of each product."""
    found: dict[str, dict[str, str]] = {}
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            found.setdefault(row["product"], {})[row["property"]] = row["value"]
    return {name: (row["min"], row["def"], row["max"]) for name, row in found.items() if "def" in row}, digest(path)


def main(arguments: list[str]) -> int:
    """Write the files."""
    if not 1 <= len(arguments) <= 2:
        print(__doc__, file=sys.stderr)
        return 2
    tables = Path(arguments[0])
    for step in (ifi, egrid, ember, gwp):
        step(tables)
    if len(arguments) > 1:
        ipcc(Path(arguments[1]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
