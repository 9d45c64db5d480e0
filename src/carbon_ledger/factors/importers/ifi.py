"""The default grid factors of the international financial institutions, as their table is published."""

from collections import deque
from collections.abc import Iterable, Iterator
from datetime import date
from functools import partial
from typing import Any, Final

from attrs import frozen

from carbon_ledger.csv_rows import Cells
from carbon_ledger.errors import FactorFileError
from carbon_ledger.factors.importers._rows import FilePath, Row, collected, known_day, read, rows_under, stripped
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

    The table is not bundled, since it states no licence. Each territory has five factors: four combined margins, by
    the kind of project, and the operating margin. A territory with an ISO 3166 code has that as its region; any
    other territory is a named system such as ``IFI:Azores (Portugal)``.

    Args:
        path: The CSV file, UTF-8.
        version: The version of the table; it becomes part of each factor_id.
        known_on: The day on which the table became known to whoever maintains the registry; None: not stated.

    Returns:
        The factors, in the order of the file. [gCO2/kWh]

    Raises:
        FactorFileError: The file cannot be read, has other headings, or a territory lacks a number in one of the
            columns or is there twice.
        PeriodError: *known_on* is not a date.

    Source:
        IFI Technical Working Group, Harmonized IFI Default Grid Factors 2021 v3.1. [S]
    """
    day = known_day(known_on)
    file = read(path)
    digest = file.sha256
    records = ((line, stripped(cells)) for line, cells in file.records())
    _skip_headings(file.path, records)
    header = ("territory", *(column.heading for column in _COLUMNS))
    return collected(
        (row, column.heading, partial(_factor, row, column, digest, version, day))
        for row in rows_under(header, file.path, _territories(file.path, records))
        for column in _COLUMNS
    )


def _skip_headings(path: str, records: Iterable[tuple[int, Cells]]) -> None:
    """Read the rows up to the last of the headings, which are over three rows."""
    expected = [column.heading for column in _COLUMNS]
    above: deque[Cells] = deque(maxlen=2)
    for _, cells in records:
        if cells[:1] == ["Country / Territory / Island"] and len(above) == 2:
            upper, lower = above
            if _plain(lower[1:5]) == expected[:4] and "".join(_plain(upper[-1:])).startswith(expected[4]):
                return
        above.append(cells)
    raise FactorFileError(
        f"{path}: the headings are not those of the IFI table; expected the columns {'; '.join(expected)} "
        "above a row that begins with 'Country / Territory / Island'"
    )


def _territories(path: str, records: Iterable[tuple[int, Cells]]) -> Iterator[tuple[int, Cells]]:
    for line, cells in records:
        if not any(cells) or (cells[0].startswith("Note ") and not any(cells[1:])):
            continue
        if len(cells) != 1 + len(_COLUMNS):
            raise FactorFileError(f"{path}, line {line}: {len(cells)} cells, expected a territory and 5 numbers")
        yield line, cells


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
