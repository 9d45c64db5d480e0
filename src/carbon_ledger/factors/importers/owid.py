"""Carbon intensity of electricity by country and year, as Our World in Data publishes it."""

from collections.abc import Iterable, Mapping
from datetime import date
from functools import partial
from types import MappingProxyType
from typing import Final, TypeAlias

from attrs import frozen

from carbon_ledger.csv_rows import CsvTable
from carbon_ledger.errors import FactorFileError
from carbon_ledger.factors.importers._rows import FilePath, Row, collected, known_day, read, rows_of, stripped
from carbon_ledger.factors.record import EmissionFactor
from carbon_ledger.factors.regions import alpha2_of, slug
from carbon_ledger.printing import quote

_KEYS: Final = ("Entity", "Code", "Year")
_NAMED_UNIT: Final = "Carbon intensity of electricity (gCO2/kWh)"
_PLAIN_UNIT: Final = "Carbon intensity of electricity per kWh"
_GRAMS: Final = MappingProxyType({"gCO2/kWh": "CO2", "gCO2e/kWh": "CO2e"})
# How codebooks of the main table state the unit of the intensity; the words are those of its releases since 2021. [P]
_INTENSITY: Final = "carbon_intensity_elec"
_ENERGY_KEYS: Final = ("country", "year", "iso_code", _INTENSITY)
_STATED: Final = MappingProxyType(
    {
        "grams of co2 equivalents per kilowatt-hour": "gCO2e/kWh",
        "measured in grams of carbon dioxide emitted per kilowatt-hour": "gCO2/kWh",
    }
)
_NO_SET: Final = "gwp-set-not-stated-in-the-table"
_UNSTATED: Final = "unit-not-in-the-heading: grams of CO2 equivalent, as the dataset's page says [M]"

Before: TypeAlias = Mapping[tuple[str | None, tuple[int, ...]], EmissionFactor]


@frozen
class _Columns:
    """The names of the columns of a country, its code, the year and the intensity."""

    entity: str
    code: str
    year: str
    value: str


@frozen
class _Made:
    """What the factors of one file have in common."""

    prefix: str
    columns: _Columns
    unit: str
    flags: tuple[str, ...]
    digest: str
    release: str
    known_on: date | None
    before: Before


def read_owid(
    path: FilePath, *, release: str, known_on: date | str, supersedes: Iterable[EmissionFactor] = ()
) -> tuple[EmissionFactor, ...]:
    """Read one release of the carbon intensity of electricity, country by country and year by year.

    Each country is one series, in which each year has its revisions. If an earlier release has a figure for the
    same country and year, the new figure is the next revision of it. Nothing is overwritten, and figures that the
    later release leaves out stay as they were. A row with an ISO 3166 code has that as its region; a group of
    countries is a named system such as ``OWID:Africa (Ember)``.

    Args:
        path: The CSV file, UTF-8, with the columns Entity, Code, Year and the intensity.
        release: The release's name; it becomes part of each factor_id, e.g. ``2022`` or ``2026-04``.
        known_on: The day on which the release became known to whoever maintains the registry.
        supersedes: The factors of the release before it.

    Returns:
        Lifecycle averages, valid in their data year, in the order of the file. [gCO2/kWh or gCO2e/kWh]

    Raises:
        FactorFileError: The file cannot be read, has other columns, a year or an intensity is not a number, or a
            country has a year twice.
        PeriodError: *known_on* is not a date.

    Source:
        Our World in Data, carbon intensity of electricity, which is Ember's; CC BY 4.0. [S]
    """
    file = read(path)
    table = file.table()
    column = _value_column(table)
    named = column == _NAMED_UNIT
    unit, flags = ("gCO2/kWh", ()) if named else ("gCO2e/kWh", (_UNSTATED,))
    columns = _Columns("Entity", "Code", "Year", column)
    made = _Made("owid", columns, unit, flags, file.sha256, release, known_day(known_on), _before(supersedes))
    rows = rows_of(table, (*_KEYS, column), (*_KEYS, column).__contains__)
    return collected((row, column, partial(_factor, row, made)) for row in rows)


def read_owid_energy(
    path: FilePath,
    codebook: FilePath,
    *,
    release: str,
    known_on: date | str,
    supersedes: Iterable[EmissionFactor] = (),
) -> tuple[EmissionFactor, ...]:
    """Read the carbon intensity of electricity from Our World in Data's main table of energy.

    The main table does not state its units: the codebook beside it does, and the gas is the one that the codebook
    states. The table has about 130 columns, of which only the country, the year, the code and the intensity make a
    factor. A row without an intensity, as of most years before 2000, states no factor. A series goes on from one table
    to the other: pass the factors of `read_owid` as *supersedes*.

    Args:
        path: The file ``owid-energy-data.csv``.
        codebook: The file ``owid-energy-codebook.csv`` of the same release.
        release: The release's name; it becomes part of each factor_id, e.g. ``2025-05``.
        known_on: The day on which the release became known to whoever maintains the registry.
        supersedes: The factors of the release before it.

    Returns:
        Lifecycle averages, valid in their data year, in the order of the file. [gCO2/kWh or gCO2e/kWh]

    Raises:
        FactorFileError: A file cannot be read or lacks a column; the codebook does not state the unit in words that are
            known; a year or an intensity is not a number; or a country has a year twice.
        PeriodError: *known_on* is not a date.

    Source:
        owid/energy-data, owid-energy-codebook.csv: columns and units [P]; the intensities are those of Ember and the
        Energy Institute; CC BY 4.0. [S]
    """
    unit = _stated_unit(codebook)
    file = read(path)
    flags = (_NO_SET,) if unit == "gCO2e/kWh" else ()
    columns = _Columns("country", "iso_code", "year", _INTENSITY)
    made = _Made("owid-energy", columns, unit, flags, file.sha256, release, known_day(known_on), _before(supersedes))
    rows = rows_of(file.table(), _ENERGY_KEYS, None)
    return collected((row, _INTENSITY, partial(_factor, row, made)) for row in rows if row.cells[_INTENSITY])


def _stated_unit(path: FilePath) -> str:
    """The unit of the intensity as a codebook states it.

    Raises:
        FactorFileError: The codebook has no row of the intensity, has several, or states another unit.
    """
    file = read(path)
    rows = rows_of(file.table(), ("column", "description"), None)
    found = [row for row in rows if row.cells["column"] == _INTENSITY]
    if len(found) != 1:
        raise FactorFileError(f"{file.path}: {len(found)} rows of column {quote(_INTENSITY)}, expected one")
    text = (found[0].cells.get("unit") or found[0].cells["description"]).replace("\u2082", "2").casefold()
    units = [unit for words, unit in _STATED.items() if words in text]
    if len(units) != 1:
        column = "unit" if "unit" in found[0].cells else "description"
        raise FactorFileError(f"{found[0].place(column)}: {quote(text, 200)}, expected {' or '.join(_STATED)}")
    return units[0]


def _before(factors: Iterable[EmissionFactor]) -> Before:
    return {(factor.series, factor.data_years): factor for factor in factors}


def _value_column(table: CsvTable) -> str:
    header = stripped(table.header)
    found = [cell for cell in header if cell in (_NAMED_UNIT, _PLAIN_UNIT)]
    if len(found) != 1:
        raise FactorFileError(
            f"{table.file.path}, line {table.line}: the header is {quote(header, 300)}; "
            f"expected {', '.join(_KEYS)} and either {quote(_NAMED_UNIT)} or {quote(_PLAIN_UNIT)}"
        )
    return found[0]


def _factor(row: Row, made: _Made) -> EmissionFactor:
    column = made.columns
    entity, year = row.text(column.entity), row.year(column.year)
    region = alpha2_of(row.cells[column.code]) if row.cells[column.code] else None
    series = f"owid-{slug(region or entity)}"
    earlier = made.before.get((series, (year,)))
    return EmissionFactor(
        factor_id=f"{made.prefix}-{made.release}-{slug(region or entity)}-{year}",
        series=series,
        revision=1 if earlier is None else (earlier.revision or 1) + 1,
        supersedes=None if earlier is None else earlier.factor_id,
        value=row.number(column.value),
        unit=made.unit,
        kind="lifecycle",
        region=region or f"OWID:{entity}",
        gas=_GRAMS[made.unit],
        data_years=year,
        valid_from=date(year, 1, 1),
        valid_to=date(year, 12, 31),
        recorded_at=made.known_on,
        source=f"Our World in Data, carbon intensity of electricity, release {made.release}: {entity}, {year}",
        publisher="Our World in Data, from Ember",
        dataset="Carbon intensity of electricity",
        version=made.release,
        place=f"line {row.line}: {entity}, {year}",
        digest=made.digest,
        licence="CC BY 4.0 (Ember, Our World in Data)",
        confidence="S",
        flags=made.flags,
    )
