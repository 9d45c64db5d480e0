"""The default grid factors of the international financial institutions, as their table is published."""

from collections.abc import Iterator
from datetime import date
from functools import partial
from typing import Any, Final

from attrs import frozen

from carbon_ledger.errors import FactorFileError
from carbon_ledger.factors.importers._rows import Cells, FilePath, Row, Source, collected, known_day, read
from carbon_ledger.factors.record import EmissionFactor
from carbon_ledger.factors.regions import alpha2_of, slug

_FLAGS: Final = ("publication-day-not-stated",)
_DERIVED: Final = (
    "weights-derived-not-published: 0.75 OM + 0.25 BM agrees with all 233 rows of the dataset, its other columns given"
)


@frozen
class _Column:
    """A column of the table.

    Attributes:
        heading: How its heading begins.
        name: Its part of the factor_id.
        kind: The kind of its factors.
        facts: What else their records state.
        flags: What a reader must know.
    """

    heading: str
    name: str
    kind: str
    facts: dict[str, Any]
    flags: tuple[str, ...]


_COLUMNS: Final = (
    _Column(
        "Firm Energy (e.g., Hydro, Geothermal)",
        "firm",
        "combined_margin",
        {"technologies": ("hydro", "geothermal"), "project_class": "firm energy", "weights": ("1/3", "2/3")},
        ("weights-are-not-those-of-TOOL07: OM/3 + 2 BM/3",),
    ),
    _Column(
        "Intermittent Energy (e.g., Solar, Wind, Tidal)",
        "intermittent",
        "combined_margin",
        {
            "technologies": ("wind", "solar", "tidal"),
            "project_class": "intermittent energy",
            "weights": ("0.75", "0.25"),
        },
        (_DERIVED,),
    ),
    _Column(
        "Energy Efficiency",
        "efficiency",
        "combined_margin",
        {"technologies": ("energy-efficiency",), "project_class": "energy efficiency"},
        ("weights-not-stated",),
    ),
    _Column(
        "Electricity Consumption",
        "consumption",
        "combined_margin",
        {"technologies": ("electricity-consumption",), "project_class": "electricity consumption"},
        ("weights-not-stated",),
    ),
    _Column(
        "Operating Margin Grid Emission Factor",
        "operating-margin",
        "operating_margin",
        {},
        ("an-input-of-a-combined-margin: credits nothing by itself",),
    ),
)


def read_ifi_table(
    path: FilePath, *, version: str = "2021 v3.1", known_on: date | str | None = None
) -> tuple[EmissionFactor, ...]:
    """Read the Harmonized IFI Default Grid Factors from the CSV form of their published table.

    The table is not bundled, since no licence is stated. Five factors a territory: four combined margins, by
    the kind of project, and the operating margin. A territory with an ISO 3166 code has that as its region;
    another one is a named system such as ``IFI:Azores (Portugal)``.

    Args:
        path: The CSV file, UTF-8.
        version: The version that the file is of; it becomes part of each factor_id.
        known_on: The day since which it is known to whoever keeps the registry; none: not stated.

    Returns:
        The factors, in the order of the file. [gCO2/kWh]

    Raises:
        FactorFileError: The file cannot be read, its headings are others, or a territory has no whole number
            in each column.
        PeriodError: *known_on* is no date.

    Source:
        IFI Technical Working Group, Harmonized IFI Default Grid Factors 2021 v3.1. [S]
    """
    day = known_day(known_on)
    source = read(path)
    return collected(
        (row, column.heading, partial(_factor, row, column, source.digest, version, day))
        for row in _territories(source)
        for column in _COLUMNS
    )


def _territories(source: Source) -> Iterator[Row]:
    headings = _headings(source)
    for line, cells in source.lines:
        first = cells[0] if cells else ""
        if line <= headings or not any(cells) or (first.startswith("Note ") and not any(cells[1:])):
            continue
        if len(cells) != 1 + len(_COLUMNS):
            raise FactorFileError(f"{source.name}, line {line}: {len(cells)} cells, expected a territory and 5 numbers")
        columns = ("territory", *(column.heading for column in _COLUMNS))
        yield Row(source.name, line, dict(zip(columns, cells, strict=True)))


def _headings(source: Source) -> int:
    """The line of the last heading, once all are as expected."""
    wanted = [column.heading for column in _COLUMNS]
    for position, (line, cells) in enumerate(source.lines):
        if cells[:1] == ["Country / Territory / Island"] and position >= 2:
            upper, lower = source.lines[position - 2][1], source.lines[position - 1][1]
            if _plain(lower[1:5]) == wanted[:4] and "".join(_plain(upper[-1:])).startswith(wanted[4]):
                return line
    raise FactorFileError(
        f"{source.name}: the headings are not those of the IFI table; expected the columns {'; '.join(wanted)} "
        "above a row that begins with 'Country / Territory / Island'"
    )


def _plain(cells: Cells) -> Cells:
    return [" ".join(cell.split()) for cell in cells]


def _factor(row: Row, column: _Column, digest: str, version: str, known_on: date | None) -> EmissionFactor:
    territory = row.text("territory").removeprefix("Memo:").strip()
    region = alpha2_of(territory)
    place = slug(region or territory)
    margin = row.number(_COLUMNS[-1].heading)
    year = version.partition(" ")[0]
    facts: dict[str, Any] = dict(column.facts)
    if column.kind == "combined_margin":
        facts["operating_margin"] = margin
    return EmissionFactor(
        factor_id=f"ifi-{version.replace(' ', '-')}-{place}-{column.name}",
        series=f"ifi-{place}-{column.name}",
        value=row.number(column.heading),
        unit="gCO2/kWh",
        kind=column.kind,
        region=region or f"IFI:{territory}",
        gas="CO2",
        tool=f"IFI-{version.replace(' v', '@')}",
        recorded_at=known_on,
        source=f"IFI TWG, Harmonized IFI Default Grid Factors {version}: {territory}, {column.heading}",
        publisher="Technical Working Group of the International Financial Institutions (IFI TWG)",
        dataset="Harmonized IFI Default Grid Factors",
        version=version,
        place=f"row {territory}, column {column.heading}",
        digest=digest,
        licence="none stated; owner IFI TWG; cited as a single value",
        confidence="S",
        flags=(
            f"data-years-not-stated: the version names the year {year}",
            *_FLAGS,
            *_newer(version),
            *column.flags,
        ),
        **facts,
    )


def _newer(version: str) -> tuple[str, ...]:
    return ("newer-version-published: 2021 v3.2",) if version == "2021 v3.1" else ()
