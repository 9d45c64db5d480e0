"""Real rows of real registries: every row is read, and what is not accepted is told with its line and reason.

Sample exports of Gold Standard, the Climate Action Reserve and ACR of 2025 and 2026, from
carbonplan/offsets-db-data at commit cdfd8f77, tests/data.
"""

import csv
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import shared_file

import carbon_ledger as cl

pytestmark = pytest.mark.outside

GS = ("Serial Number", "Quantity")
ACR = ("Credit Serial Numbers", "Quantity of Credits")
CAR = ("Offset Credit Serial Numbers", "Quantity of Offset Credits")

EXPORTS = [
    ("gold-standard/issuances.csv", GS, {"gold-standard": 97, "cdm": 3}, 5_380_873),
    ("gold-standard/retirements.csv", GS, {"gold-standard": 100}, 1_968_759),
    ("american-carbon-registry/cancellations.csv", ACR, {"acr": 50}, 7_646_709),
    ("american-carbon-registry/retirements.csv", ACR, {"acr": 100}, 298_881),
    ("climate-action-reserve/cancellations.csv", CAR, {"car": 50}, 4_406_143),
    ("climate-action-reserve/retirements.csv", CAR, {"car": 100}, 1_506_818),
]
WITHOUT_SERIALS = [
    "gold-standard/projects.csv",
    "american-carbon-registry/issuances.csv",
    "american-carbon-registry/projects.csv",
    "climate-action-reserve/issuances.csv",
    "climate-action-reserve/projects.csv",
]

each_export = pytest.mark.parametrize(
    ("name", "columns", "accepted", "units"), EXPORTS, ids=[export[0] for export in EXPORTS]
)


def read(path: Path, columns: tuple[str, str], registry: str | None = None) -> cl.RegistryRows:
    return cl.read_registry_csv(path, serial_column=columns[0], quantity_column=columns[1], registry=registry)


def printed(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@each_export
def test_every_real_row_is_accepted(name: str, columns: tuple[str, str], accepted: dict[str, int], units: int) -> None:
    """Invariants 7 and 27: each count is its quantity, and no unit is in two rows of a file."""
    path = shared_file(f"data/registries/{name}")
    export, rows = read(path, columns), printed(path)
    registries = [row.serial.registry for row in export.rows]
    assert {registry: registries.count(registry) for registry in registries} == accepted
    assert export.refused == ()
    assert export.row_count == len(rows) == sum(accepted.values())
    assert export.quantity == units == sum(int(row[columns[1]]) for row in rows)
    assert [str(row.serial) for row in export.rows] == [row[columns[0]] for row in rows]
    for row in export.rows:
        assert row.serial.count == row.quantity == sum(part.count for part in row.serial.cut(1))


def test_gold_standards_issuances_hold_three_rows_of_the_cdm() -> None:
    """Read as Gold Standard's alone, they are refused: each with its line, its reason, and all of its cells."""
    path = shared_file("data/registries/gold-standard/issuances.csv")
    export = read(path, GS, "gold-standard")
    assert [(row.line, row.last_line, row.rule) for row in export.refused] == [
        (82, 82, "serial"),
        (83, 83, "serial"),
        (84, 84, "serial"),
    ]
    for row, serial in zip(export.refused, ("1463953", "1460108", "1459975"), strict=True):
        assert f"expected 'GS1-' at character 1, found 'RW-5-{serial}-2-2-0-7'" in row.reason
        assert len(row.cells) == 18
    assert (len(export.rows), export.row_count) == (97, 100)


def test_a_note_of_two_lines_is_one_row() -> None:
    """The first retirement of Gold Standard has one, so that the second begins on line 4."""
    export = read(shared_file("data/registries/gold-standard/retirements.csv"), GS)
    assert [row.line for row in export.rows[:3]] == [2, 4, 6]
    assert export.rows[-1].line == 106


@each_export
def test_a_batch_of_a_registry_has_one_text(
    name: str, columns: tuple[str, str], accepted: dict[str, int], units: int
) -> None:
    """What the number spaces rest on: the batch alone tells what the rest of the text says."""
    export = read(shared_file(f"data/registries/{name}"), columns)
    texts: dict[tuple[str, str], set[tuple[str, ...]]] = {}
    for row in export.rows:
        rest = tuple(text for part, text in row.serial.fields.items() if part not in ("first", "last"))
        texts.setdefault((row.serial.registry, row.serial.space), set()).add(rest)
    assert all(len(rests) == 1 for rests in texts.values())


@pytest.mark.parametrize("folder", ["american-carbon-registry", "climate-action-reserve"])
def test_no_unit_is_retired_and_cancelled(folder: str) -> None:
    columns = ACR if folder == "american-carbon-registry" else CAR
    blocks = [
        row.serial
        for name in ("retirements", "cancellations")
        for row in read(shared_file(f"data/registries/{folder}/{name}.csv"), columns).rows
    ]
    assert len(blocks) == 150
    assert not any(one.overlaps(other) for k, one in enumerate(blocks) for other in blocks[:k])


def test_a_retirement_of_gold_standard_is_a_part_of_its_issuance() -> None:
    """The two files share batches: what was retired lies within what was issued, and can be cut out of it."""
    issued = {
        row.serial.space: row.serial
        for row in read(shared_file("data/registries/gold-standard/issuances.csv"), GS, "gold-standard").rows
    }
    retired = read(shared_file("data/registries/gold-standard/retirements.csv"), GS).rows
    shared = [(issued[row.serial.space], row.serial) for row in retired if row.serial.space in issued]
    assert [(whole.first, part.space) for whole, part in shared] == [(1, "30256"), (1, "30255")]
    assert all(whole.part(part.first, part.last) == part for whole, part in shared)


@each_export
def test_a_row_that_is_broken_is_the_only_one_lost(
    name: str, columns: tuple[str, str], accepted: dict[str, int], units: int, tmp_path: Path
) -> None:
    """Each row in turn: one field too many, its serial cut short, its quantity off by one, or the row twice."""
    path = shared_file(f"data/registries/{name}")
    with path.open(encoding="utf-8", newline="") as file:
        head, *rows = csv.reader(file)
    serial, quantity = head.index(columns[0]), head.index(columns[1])
    faults = {
        "fields": lambda row: [*row, "more"],
        "serial": lambda row: [*row[:serial], row[serial][:-1] + "O", *row[serial + 1 :]],
        "count": lambda row: [*row[:quantity], str(int(row[quantity]) + 1), *row[quantity + 1 :]],
    }
    broken = [list(row) for row in rows]
    expected = []
    for place, (rule, fault) in enumerate(faults.items()):
        for at in range(place, len(rows), 4):
            broken[at] = fault(rows[at])
            expected.append((rows[at][serial], rule))
    again = rows[3::4]
    with (tmp_path / "broken.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([head, *broken, *again])
    export = read(tmp_path / "broken.csv", columns)
    assert export.row_count == len(rows) + len(again)
    assert len(export.rows) == len(again)
    told = sorted(row.rule for row in export.refused)
    assert told == sorted([*(rule for _, rule in expected), *("overlap" for _ in again)])


@pytest.mark.parametrize("name", WITHOUT_SERIALS)
def test_a_file_without_serials_is_refused_as_a_whole(name: str) -> None:
    path = shared_file(f"data/registries/{name}")
    with pytest.raises(cl.errors.MissingDataError, match=r"line 1: no column 'Serial Number'"):
        read(path, GS)


ACR_ISSUED = {
    "id_columns": ["Project ID", "Vintage", "Date Issued (GMT)", "Total Credits Issued"],
    "issued_column": "Total Credits Issued",
    "held_columns": ["Credits Issued to Project", "Credits Issued to Buffer Pool"],
}
CAR_ISSUED = {
    "id_columns": ["Project ID", "Vintage", "Date Issued", "Total Offset Credits Issued"],
    "issued_column": "Total Offset Credits Issued",
    "cancelled_columns": ["Offset Credits Converted to VCUs", "Canceled for Compliance", "Canceled"],
}
ACR_PROJECTS = {"id_columns": ["Project ID"], "issued_column": "Total Number of Credits Registered "}
CAR_PROJECTS = {"id_columns": ["Project ID"], "issued_column": "Total Number of Offset Credits Registered "}
BALANCES = [
    ("american-carbon-registry/issuances.csv", ACR_ISSUED, 100, 100, 7_749_713),
    ("american-carbon-registry/projects.csv", ACR_PROJECTS, 46, 50, 16_245_647),
    ("climate-action-reserve/issuances.csv", CAR_ISSUED, 0, 100, 10_275_056),
    ("climate-action-reserve/projects.csv", CAR_PROJECTS, 43, 50, 4_524_029),
]


@pytest.mark.parametrize(
    ("name", "columns", "whole", "rows", "units"), BALANCES, ids=[balance[0] for balance in BALANCES]
)
def test_every_row_without_a_serial_is_accounted_for(
    name: str, columns: dict[str, Any], whole: int, rows: int, units: int
) -> None:
    """Rows with an empty quantity are refused, or no unit if the caller says so; counted apart, by the csv module."""
    path = shared_file(f"data/registries/{name}")
    issued = columns["issued_column"]
    quantities = [issued, *columns.get("held_columns", ()), *columns.get("cancelled_columns", ())]
    filled = [row for row in printed(path) if all(row[column].strip() for column in quantities)]
    export = cl.read_registry_balances(path, **columns)
    assert (len(export.rows), export.row_count) == (len(filled), len(printed(path))) == (whole, rows)
    assert {row.rule for row in export.refused} <= {"quantity"}
    export = cl.read_registry_balances(path, **columns, empty="zero")
    assert (len(export.rows), export.refused, export.findings) == (rows, (), ())
    apart = [Decimal(row[issued] or 0) for row in printed(path)]
    assert [row.issued for row in export.rows] == apart
    assert sum(row.issued for row in export.rows) == units
    for row, cells in zip(export.rows, printed(path), strict=True):
        parts = [Decimal(cells[column] or 0) for column in quantities[1:]]
        assert row.difference == Decimal(cells[issued] or 0) - sum(parts)


def test_rows_of_one_project_vintage_and_day_are_told_apart_by_name() -> None:
    """Of the 100 rows of ACR, 12 have the project, the vintage and the time of an earlier row, and other quantities."""
    path = shared_file("data/registries/american-carbon-registry/issuances.csv")
    names = ACR_ISSUED["id_columns"][:3]
    rows = [tuple(row[name] for name in names) for row in printed(path)]
    export = cl.read_registry_balances(path, **ACR_ISSUED | {"id_columns": names})
    assert [row.rule for row in export.refused] == ["repeated"] * (len(rows) - len(set(rows))) == ["repeated"] * 12


def test_every_file_has_a_test_that_counts_its_rows() -> None:
    """Gold Standard's list of projects states no units: it is refused as a whole, with its 50 rows."""
    folder = shared_file("data/registries")
    named = {*(name for name, *_ in EXPORTS), *(name for name, *_ in BALANCES), "gold-standard/projects.csv"}
    assert {path.relative_to(folder).as_posix() for path in folder.glob("*/*.csv")} == named
    assert len(printed(folder / "gold-standard/projects.csv")) == 50
    assert sum(len(printed(path)) for path in folder.glob("*/*.csv")) == 850
