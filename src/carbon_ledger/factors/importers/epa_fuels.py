"""Emission factors of fuels per million Btu, from the US EPA's table for eGRID: CO2, CH4 and N2O."""

from datetime import date
from functools import partial
from types import MappingProxyType
from typing import Final

from carbon_ledger.errors import FactorFileError
from carbon_ledger.factors.importers._rows import FilePath, Row, known_day, read, rows_of
from carbon_ledger.factors.importers.table import FactorTable, accounted, number_of, refusal
from carbon_ledger.factors.record import EmissionFactor
from carbon_ledger.factors.regions import slug
from carbon_ledger.printing import quote
from carbon_ledger.texts import is_text

_GASES: Final = (("co2", "CO2"), ("ch4", "CH4"), ("n2o", "N2O"))
_COLUMNS: Final = (
    "fuel_type", "fuel_category", "eia_fuel_code", *(f"{gas}_{what}" for gas, _ in _GASES for what in ("ef", "units")),
    "source",
)  # fmt: skip
# 0.11413328 ton/MMBtu of anthracite is 103.54 kg/MMBtu, the EPA's own figure, if the ton is short. [C]
_UNITS: Final = MappingProxyType(
    {
        "ton CO2/mmBtu": "short ton CO2/MMBtu",
        "lbs CH4/mmBtu": "lb CH4/MMBtu",
        "lbs N2O/mmBtu": "lb N2O/MMBtu",
    }
)
_NO_FACTOR: Final = "no EF"


def read_epa_fuels(path: FilePath, *, release: str, known_on: date | str | None = None) -> FactorTable:
    """Read the US EPA's emission factors of fuels per million Btu, a factor for each of CO2, CH4 and N2O.

    The values and the gases are those of the table. Its tons are short tons.

    Args:
        path: The CSV file, with the columns ``fuel_type``, ``fuel_category``, ``eia_fuel_code``, ``co2_ef``,
            ``co2_units``, ``ch4_ef``, ``ch4_units``, ``n2o_ef``, ``n2o_units`` and ``source``.
        release: The release's name; it becomes part of each factor_id.
        known_on: The day on which the table became known to whoever maintains the registry; None: not stated.

    Returns:
        The factors, with the rows that make none: those without a factor, and those that cannot be read.
        [short tons of CO2, pounds of CH4 and of N2O, per MMBtu]

    Raises:
        FactorFileError: The file cannot be read, or its columns are not these.
        PeriodError: *known_on* is not a date.

    Source:
        USEPA/egrid, fuel emission factors; US Government work. [S] That the tons are short: 103.54 kgCO2/MMBtu of
        anthracite in 40 CFR 98, table C-1, as first published. [C/M]
    """
    day = known_day(known_on)
    if not is_text(release):
        raise FactorFileError(f"release {quote(release)}: expected the name of the release, such as '2023'")
    file = read(path)
    return accounted(
        file,
        lambda set_aside: rows_of(file.table(), _COLUMNS, _COLUMNS.__contains__, set_aside),
        partial(_factors, digest=file.sha256, release=release, known_on=day),
    )


def _factors(row: Row, *, digest: str, release: str, known_on: date | None) -> tuple[EmissionFactor, ...]:
    fuel, source = row.text("fuel_type"), row.text("source")
    if source == _NO_FACTOR:
        raise refusal(row, "source", "value", f"the table has no factor of {quote(fuel)}: {quote(source)}")
    numbers = [(gas, name, *number_of(row, f"{gas}_ef")) for gas, name in _GASES]
    return tuple(
        EmissionFactor(
            factor_id=f"epa-{slug(release)}-{slug(fuel)[:32]}-{row.line}-{gas}",
            series=f"epa-{slug(fuel)}-{gas}",
            value=value,
            unit=_unit(row, f"{gas}_units", name),
            kind="fuel",
            region="US",
            gas=name,
            recorded_at=known_on,
            source=f"US EPA, emission factors of fuels, {release}: {fuel}, {name}; {source}",
            publisher="US Environmental Protection Agency",
            dataset="eGRID fuel emission factors",
            version=release,
            place=f"line {row.line}: {fuel} ({row.text('eia_fuel_code')}), column {gas}_ef",
            digest=digest,
            licence="US Government work",
            confidence="S",
            flags=("data-years-not-stated", *written),
        )
        for gas, name, value, written in numbers
    )


def _unit(row: Row, column: str, gas: str) -> str:
    text = row.cells[column]
    if text not in _UNITS or f" {gas}/" not in text:
        expected = next(unit for unit in _UNITS if f" {gas}/" in unit)
        raise refusal(row, column, "unit", f"{quote(text, 40)}, expected {quote(expected)}")
    return _UNITS[text]
