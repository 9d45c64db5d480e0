"""Carbon intensity of electricity by country and year, as Our World in Data publishes it."""

from collections.abc import Iterable, Mapping
from datetime import date
from functools import partial
from typing import Final

from carbon_ledger.csv_rows import CsvTable
from carbon_ledger.errors import FactorFileError
from carbon_ledger.factors.importers._rows import FilePath, Row, collected, known_day, read, rows_of, stripped
from carbon_ledger.factors.record import EmissionFactor
from carbon_ledger.factors.regions import alpha2_of, slug
from carbon_ledger.printing import quote

_KEYS: Final = ("Entity", "Code", "Year")
_NAMED_UNIT: Final = "Carbon intensity of electricity (gCO2/kWh)"
_PLAIN_UNIT: Final = "Carbon intensity of electricity per kWh"
_UNSTATED: Final = "unit-not-in-the-heading: grams of CO2 equivalent, as the dataset's page says [M]"


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
    day = known_day(known_on)
    file = read(path)
    table, digest = file.table(), file.sha256
    column = _value_column(table)
    before = {(factor.series, factor.data_years): factor for factor in supersedes}
    rows = rows_of(table, (*_KEYS, column), (*_KEYS, column).__contains__)
    return collected((row, column, partial(_factor, row, column, digest, release, day, before)) for row in rows)


def _value_column(table: CsvTable) -> str:
    header = stripped(table.header)
    found = [cell for cell in header if cell in (_NAMED_UNIT, _PLAIN_UNIT)]
    if len(found) != 1:
        raise FactorFileError(
            f"{table.file.path}, line {table.line}: the header is {quote(header, 300)}; "
            f"expected {', '.join(_KEYS)} and either {quote(_NAMED_UNIT)} or {quote(_PLAIN_UNIT)}"
        )
    return found[0]


def _factor(
    row: Row,
    column: str,
    digest: str,
    release: str,
    known_on: date | None,
    before: Mapping[tuple[str | None, tuple[int, ...]], EmissionFactor],
) -> EmissionFactor:
    entity, year = row.text("Entity"), row.year("Year")
    region = alpha2_of(row.cells["Code"]) if row.cells["Code"] else None
    series = f"owid-{slug(region or entity)}"
    earlier = before.get((series, (year,)))
    named = column == _NAMED_UNIT
    return EmissionFactor(
        factor_id=f"owid-{release}-{slug(region or entity)}-{year}",
        series=series,
        revision=1 if earlier is None else (earlier.revision or 1) + 1,
        supersedes=None if earlier is None else earlier.factor_id,
        value=row.number(column),
        unit="gCO2/kWh" if named else "gCO2e/kWh",
        kind="lifecycle",
        region=region or f"OWID:{entity}",
        gas="CO2" if named else "CO2e",
        data_years=year,
        valid_from=date(year, 1, 1),
        valid_to=date(year, 12, 31),
        recorded_at=known_on,
        source=f"Our World in Data, carbon intensity of electricity, release {release}: {entity}, {year}",
        publisher="Our World in Data, from Ember",
        dataset="Carbon intensity of electricity",
        version=release,
        place=f"line {row.line}: {entity}, {year}",
        digest=digest,
        licence="CC BY 4.0 (Ember, Our World in Data)",
        confidence="S",
        flags=() if named else (_UNSTATED,),
    )
