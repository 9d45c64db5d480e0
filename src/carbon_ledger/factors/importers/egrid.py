"""Output emission rates of eGRID's subregions, in pounds per MWh, as the EPA publishes them."""

import re
from collections.abc import Iterator
from datetime import date
from functools import partial
from typing import Final

from carbon_ledger.errors import FactorFileError
from carbon_ledger.factors.importers._rows import FilePath, Row, collected, known_day, read, rows_of
from carbon_ledger.factors.record import EmissionFactor
from carbon_ledger.factors.regions import slug

_KEYS: Final = ("subregion", "name")
_RATE: Final = re.compile(r"(total|nonbaseload)_(co2e|co2|ch4|n2o)_lb_per_mwh")
_GASES: Final = {"co2e": "CO2e", "co2": "CO2", "ch4": "CH4", "n2o": "N2O"}
_KINDS: Final = {"total": "average_production", "nonbaseload": "marginal"}
_WORDS: Final = {"total": "total output", "nonbaseload": "non-baseload output"}


def read_egrid(
    path: FilePath,
    *,
    release: str = "2023-jan2025",
    data_year: int = 2023,
    gwp_set: str | None = None,
    known_on: date | str | None = None,
) -> tuple[EmissionFactor, ...]:
    """Read a table of eGRID output emission rates by subregion.

    The columns are ``subregion``, ``name`` and any of ``total_co2e_lb_per_mwh``, ``total_co2_lb_per_mwh``,
    ``nonbaseload_ch4_lb_per_mwh`` and so on: ``total`` or ``nonbaseload``, and ``co2e``, ``co2``, ``ch4`` or
    ``n2o``. Total output rates are average production, non-baseload rates marginal. A subregion is a named
    system such as ``eGRID:CAMX``; the row US is the country.

    Args:
        path: The CSV file, UTF-8.
        release: The release's name; it becomes part of each factor_id.
        data_year: The year of the data.
        gwp_set: The set of warming potentials behind the CO2e rates; None: not stated, and the factors are flagged.
        known_on: The day on which the table became known to whoever maintains the registry; None: not stated.

    Returns:
        The factors, in the order of the file, valid in their data year. [lb/MWh]

    Raises:
        FactorFileError: The file cannot be read, a column is not one of these, a rate is not a number, a subregion
            is there twice, or *data_year* is not a year.
        PeriodError: *known_on* is not a date.

    Source:
        US EPA, Emissions and Generation Resource Integrated Database; US public domain. [S]
    """
    day = known_day(known_on)
    file = read(path)
    digest = file.sha256

    def parts() -> Iterator[tuple[Row, str, partial[EmissionFactor]]]:
        for row in rows_of(file.table(), _KEYS, lambda column: column in _KEYS or bool(_RATE.fullmatch(column))):
            for column in row.cells:
                if column not in _KEYS:
                    yield row, column, partial(_factor, row, column, digest, release, data_year, gwp_set, day)

    found = collected(parts())
    if not found:
        raise FactorFileError(f"{file.path}: no rates; expected columns such as total_co2e_lb_per_mwh, and rows")
    return found


def _factor(
    row: Row,
    column: str,
    digest: str,
    release: str,
    data_year: int,
    gwp_set: str | None,
    known_on: date | None,
) -> EmissionFactor:
    code, name = row.text("subregion"), row.text("name")
    match = _RATE.fullmatch(column)
    output, gas = match.groups() if match else ("", "")
    unstated = ("gwp-set-not-stated-in-the-table",) if gas == "co2e" and gwp_set is None else ()
    return EmissionFactor(
        factor_id=f"egrid{release}-{slug(code)}-{output}-{gas}",
        series=f"egrid-{slug(code)}-{output}-{gas}",
        value=row.number(column),
        unit="lb/MWh",
        kind=_KINDS[output],
        region="US" if code == "US" else f"eGRID:{code}",
        gas=_GASES[gas],
        gwp_set=gwp_set if gas == "co2e" else None,
        data_years=data_year,
        valid_from=f"{data_year}-01-01",
        valid_to=f"{data_year}-12-31",
        recorded_at=known_on,
        source=f"US EPA, eGRID{release}, {_WORDS[output]} emission rates: {name}, {_GASES[gas]}",
        publisher="US Environmental Protection Agency",
        dataset="eGRID",
        version=release,
        place=f"row {code}, column {column}",
        digest=digest,
        licence="US public domain",
        confidence="S",
        flags=(*unstated, "valid-in-its-data-year: eGRID states a year and no validity"),
    )
