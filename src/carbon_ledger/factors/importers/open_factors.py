"""The Open Emission Factors Database (OEFDB), a public table of factors of many publishers, with a column a gas."""

import re
from collections.abc import Mapping
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

OTHER_GASES: Final = "CO2e of gases other than CO2, CH4 and N2O"

# Column, part of the factor_id, gas, what stands for the gas in the unit, and the set of warming potentials.
_GASES: Final = (
    ("kgCO2e-AR5", "co2e-ar5", "CO2e", "CO2e", "AR5"),
    ("kgCO2e-AR4", "co2e-ar4", "CO2e", "CO2e", "AR4"),
    ("kgCO2", "co2", "CO2", "CO2", None),
    ("kgCH4", "ch4", "CH4", "CH4", None),
    ("kgN2O", "n2o", "N2O", "N2O", None),
    ("kgCO2e-OtherGHGs-AR5", "other-ar5", OTHER_GASES, "CO2e", "AR5"),
    ("kgCO2e-OtherGHGs-AR4", "other-ar4", OTHER_GASES, "CO2e", "AR4"),
)
_REQUIRED: Final = (
    "category", "activity_id", "name", "activity_unit", *(item[0] for item in _GASES), "lca_activity", "source",
    "year_released", "region",
)  # fmt: skip
# Columns of one release or another that are read where they are there, or that say nothing of a factor's use.
_OTHERS: Final = (
    "UUID", "sector", "uncertainty", "scope", "dataset", "years_valid", "year_valid_from", "years_calculated_from",
    "data_quality", "contributor", "date_accessed", "description", "source_link",
)  # fmt: skip
_ENERGIES: Final = MappingProxyType(
    {"kWh": "kWh", "MWh": "MWh", "GWh": "GWh", "MJ": "MJ", "GJ": "GJ", "TJ": "TJ", "MMBTU": "MMBtu", "MMBtu": "MMBtu"}
)
_GRID_MIX: Final = "electricity-energy_source_grid_mix"
_GRID_KINDS: Final = MappingProxyType(
    {"electricity_generation": "average_production", "electricity_consumption": "average_consumption"}
)
_PARTS: Final = ("upstream", "fuel_upstream", "transmission_and_distribution")
_QUALITY: Final = MappingProxyType(
    {
        "o": "outlier",
        "e": "erroneous calculation",
        "d": "outdated",
        "p": "partial factor",
        "h": "suspicious homogeneity across entries",
        "m": "methodological variance or lack of clarity",
    }
)
_NOT_SUPPLIED: Final = ("", "not-supplied")
_YEARS: Final = re.compile(r"([1-9][0-9]{3})(?:-([1-9][0-9]{3}))?")
_ISO: Final = re.compile(r"[A-Z]{2}(?:-[A-Z0-9]{1,3})?")


def read_open_factors(path: FilePath, *, release: str, known_on: date | str | None = None) -> FactorTable:
    """Read the factors per energy of the Open Emission Factors Database; every other row is listed with the reason.

    A row has a column for each gas, so that a row makes a factor for each gas of which it has a value: CO2e under AR5
    and under AR4, CO2, CH4, N2O, and the CO2e of other gases. The gas, and the set of warming potentials, are those of
    the column. The kind follows from what the row states, and nothing is guessed: of the
    grid mix, from ``lca_activity`` (``electricity_generation`` is average production, ``electricity_consumption`` is
    average consumption, either of them with ``upstream`` or the losses of the grid is a life cycle, and these alone are
    refused); of a fuel, ``fuel_combustion`` is a fuel's factor.

    Args:
        path: The file ``OpenEmissionFactorsDB.csv`` of the releases that have a column a gas (since 2022).
        release: The release's name, such as the day of the download; it becomes part of each factor_id.
        known_on: The day on which the table became known to whoever maintains the registry; None: not stated.

    Returns:
        The factors, with the rows that make none: those of money, mass, volume or distance, and those whose kind is not
        stated. [kg of the gas per energy of the row]

    Raises:
        FactorFileError: The file cannot be read, or its columns are not those of the database.
        PeriodError: *known_on* is not a date.

    Source:
        climatiq/Open-Emission-Factors-DB, ``metadata/schema.toml`` and ``DATA_GUIDANCE.md`` of August 2022; CC BY-SA
        4.0. [P] for the columns; the factors are those of the publishers that it names. [S]
    """
    day = known_day(known_on)
    if not is_text(release):
        raise FactorFileError(f"release {quote(release)}: expected the name of the release, such as '2022-08'")
    file = read(path)
    known = {*_REQUIRED, *_OTHERS}.__contains__
    return accounted(
        file,
        lambda set_aside: rows_of(file.table(), _REQUIRED, known, set_aside),
        partial(_factors, digest=file.sha256, release=release, known_on=day),
    )


def _factors(row: Row, *, digest: str, release: str, known_on: date | None) -> tuple[EmissionFactor, ...]:
    energy, kind = _energy(row), _kind(row)
    values = [(item, *number_of(row, item[0])) for item in _GASES if row.cells[item[0]] not in _NOT_SUPPLIED]
    if not values:
        raise refusal(row, "kgCO2e-AR5", "value", "no gas has a value")
    valid, data = _years(row, "years_valid"), _years(row, "years_calculated_from")
    name = row.cells.get("UUID") or f"line-{row.line}"
    return tuple(
        EmissionFactor(
            factor_id=f"oefdb-{slug(release)}-{name}-{part}",
            value=value,
            unit=f"kg{mark}/{energy}",
            kind=kind,
            region=_region(row),
            gas=gas,
            gwp_set=gwp_set,
            data_years=() if data is None else tuple(range(data[0], data[1] + 1)),
            valid_from=None if valid is None else date(valid[0], 1, 1),
            valid_to=None if valid is None else date(valid[1], 12, 31),
            recorded_at=known_on,
            source=f"{row.text('source')}, {row.year('year_released')}, in OEFDB {release}: {row.text('name')}",
            publisher=row.text("source"),
            dataset="Open Emission Factors Database",
            version=release,
            place=f"line {row.line}, column {column}: {row.text('activity_id')}",
            digest=digest,
            licence="CC BY-SA 4.0 (OEFDB); the terms of the publisher apply too",
            confidence="S",
            flags=(*_flags(row.cells), *written),
        )
        for (column, part, gas, mark, gwp_set), value, written in values
    )


def _energy(row: Row) -> str:
    unit = row.cells["activity_unit"]
    if unit not in _ENERGIES:
        read_ones = ", ".join(sorted(set(_ENERGIES.values())))
        reason = f"{quote(unit, 40)} is not an energy; only factors per {read_ones} are read"
        raise refusal(row, "activity_unit", "unit", reason)
    return _ENERGIES[unit]


def _kind(row: Row) -> str:
    """The kind that a row states.

    Raises:
        RefusedError: It states none of the kinds that are known here.
    """
    category, activity, phase = (row.cells[name] for name in ("category", "activity_id", "lca_activity"))
    phases = phase.split("-")
    if category == "Fuel" and phase == "fuel_combustion":
        return "fuel"
    if category != "Electricity" or activity != _GRID_MIX:
        reason = (
            f"{quote(activity, 80)} with lca_activity {quote(phase, 60)}: expected the grid mix, or fuel_combustion"
        )
        raise refusal(row, "activity_id", "kind", reason)
    if "residual" in f"{row.cells['name']} {row.cells.get('description', '')}".casefold():
        raise refusal(row, "name", "kind", "a residual mix under the id of the grid mix; expected one or the other")
    if not any(item in _GRID_KINDS for item in phases) and all(item in _PARTS for item in phases):
        reason = (
            f"{quote(phase, 60)}: a part of the life cycle without the electricity itself, which is no factor of it"
        )
        raise refusal(row, "lca_activity", "kind", reason)
    if any(item in _PARTS for item in phases):
        return "lifecycle"
    if phase not in _GRID_KINDS:
        expected = f"expected {', '.join(_GRID_KINDS)}, or a phase with upstream"
        raise refusal(row, "lca_activity", "kind", f"{quote(phase, 60)} does not state the kind; {expected}")
    return _GRID_KINDS[phase]


def _years(row: Row, column: str) -> tuple[int, int] | None:
    """The first and the last of the years that a cell states, or None if it states none."""
    text = row.cells.get(column, "")
    if text in (*_NOT_SUPPLIED, "unknown"):
        return None
    match = _YEARS.fullmatch(text)
    if match is None or int(match[2] or match[1]) < int(match[1]):
        raise refusal(row, column, "year", f"{quote(text, 40)}, expected years such as 2021 or 2016-2018")
    return int(match[1]), int(match[2] or match[1])


def _region(row: Row) -> str:
    region = row.text("region")
    return region if _ISO.fullmatch(region) else f"OEFDB:{region}"


def _flags(cells: Mapping[str, str]) -> list[str]:
    """What else the row states that a user must know."""
    marks = cells.get("data_quality", "")
    found = [
        f"oefdb-data-quality-{mark}: {_QUALITY.get(mark, 'a mark that is not in its guidance')}"
        for mark in (marks.split("|") if marks not in _NOT_SUPPLIED else ())
    ]
    if cells.get("scope") == "Outside of scopes":
        found.append("outside-of-scopes: CO2 of biomass")
    if cells.get("uncertainty", "") not in _NOT_SUPPLIED:
        found.append(f"uncertainty-stated: {cells['uncertainty']}%")
    if cells.get("years_valid", "") in _NOT_SUPPLIED:
        found.append("validity-not-stated: the year of its release is not the year of its data")
    return found
