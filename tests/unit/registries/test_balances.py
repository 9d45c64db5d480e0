"""Exports without serials: each row's figures are checked against one another, and none is added up across rows."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import carbon_ledger as cl
from carbon_ledger.errors import MissingDataError, QuantityError
from carbon_ledger.registries.rows import BALANCE_FINDINGS, BALANCE_REFUSALS

HEAD = "Id,Vintage,Issued,Retired,Voided,Held\n"
NAMED: dict[str, Any] = {
    "id_columns": ["Id", "Vintage"],
    "issued_column": "Issued",
    "retired_columns": ["Retired"],
    "cancelled_columns": ["Voided"],
    "held_columns": ["Held"],
}
Read = Callable[..., cl.RegistryBalances]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def reader(content: str, **changes: Any) -> cl.RegistryBalances:
        path = tmp_path / "balances.csv"
        path.write_text(content)
        return cl.read_registry_balances(path, **NAMED | changes)

    return reader


def test_a_row_is_read_with_its_parts_by_name(read: Read) -> None:
    content = HEAD + "P1,2020,100,40,10,50\nP1,2021,7,0,0,7.0\n"
    export = read(content)
    assert export.sha256 == f"sha256:{hashlib.sha256(content.encode()).hexdigest()}"
    assert (export.refused, export.findings, export.row_count) == ((), (), 2)
    row = export.rows[0]
    assert (row.line, dict(row.ids), row.issued) == (2, {"Id": "P1", "Vintage": "2020"}, 100)
    assert (dict(row.retired), dict(row.cancelled), dict(row.held)) == ({"Retired": 40}, {"Voided": 10}, {"Held": 50})
    assert [row.difference for row in export.rows] == [0, 0]


def test_a_row_that_does_not_agree_is_a_finding_and_stays(read: Read) -> None:
    """100 - 40 - 10 - 49 = 1 unit is missing, and 100 - 40 - 10 - 52 = 2 too many."""
    export = read(HEAD + "A,1,100,40,10,49\nB,1,100,40,10,50\nC,1,100,40,10,52\n")
    assert [row.line for row in export.rows] == [2, 3, 4]
    assert [(item.line, item.rule, item.difference) for item in export.findings] == [
        (2, "difference", 1),
        (4, "difference", -2),
    ]
    assert export.findings[0].detail == "100 issued, and 99 are accounted for: 'Retired' 40, 'Voided' 10, 'Held' 49"
    assert dict(export.findings[0].ids) == {"Id": "A", "Vintage": "1"}


def test_without_what_is_held_only_an_excess_is_a_finding(read: Read) -> None:
    export = read(HEAD + "A,1,100,40,10,\nB,1,100,90,10,\nC,1,100,90,11,\n", held_columns=())
    assert [row.difference for row in export.rows] == [50, 0, -1]
    assert [(item.line, item.rule, item.difference) for item in export.findings] == [(4, "exceeds-issued", -1)]
    assert {"difference", "exceeds-issued"} == set(BALANCE_FINDINGS)
    assert read(HEAD + "A,1,5,,,\n", retired_columns=(), cancelled_columns=(), held_columns=()).findings == ()


@pytest.mark.parametrize(
    ("row", "rule", "reason"),
    [
        ('A,1,"1,2",0,0,"a"b"', "no-csv", "not CSV"),
        ("A,1,5,5,0", "fields", "5 cells, the header has 6"),
        (
            "A,1,5,5,,0",
            "quantity",
            "column 'Voided': '', expected a whole number with '' between groups of three digits",
        ),
        ("A,1,5,5,0.5,0", "quantity", "column 'Voided': '0.5', expected a whole number"),
        ("A,1,5,-5,0,10", "quantity", "column 'Retired': '-5', expected a whole number"),
        ("A,1,1e3,5,0,0", "quantity", "column 'Issued': '1e3', expected a whole number"),
        ("Z,1,5,5,0,0", "repeated", "'Id', 'Vintage': the same as in line 2; name the columns in which they differ"),
    ],
)
def test_a_row_that_is_refused(read: Read, row: str, rule: str, reason: str) -> None:
    export = read(HEAD + f"Z,1,5,5,0,0\n{row}\nZ,2,1,1,0,0\n")
    assert [item.line for item in export.rows] == [2, 4]
    ((line, said, why),) = [(item.line, item.rule, item.reason) for item in export.refused]
    assert (line, said) == (3, rule)
    assert reason in why
    assert rule in BALANCE_REFUSALS
    assert len(BALANCE_REFUSALS) == 4


def test_an_empty_cell_is_no_unit_if_the_caller_says_so(read: Read) -> None:
    content = HEAD + "A,1,5,5,,\n"
    assert "pass empty='zero' if an empty cell is no unit" in read(content).refused[0].reason
    export = read(content, empty="zero")
    assert (dict(export.rows[0].held), export.findings) == ({"Held": 0}, ())


def test_numbers_with_separators(read: Read) -> None:
    export = read(HEAD.replace(",", ";") + "A;1;1,000.0;400;0;600\n", delimiter=";", thousands=",")
    assert (export.rows[0].issued, export.findings) == (1000, ())
    assert read(HEAD + "A,1,1.000,400,0,600\n", thousands=".").rows[0].issued == 1000


@pytest.mark.parametrize(
    ("changes", "error", "reason"),
    [
        ({"id_columns": []}, QuantityError, "id_columns: an empty list"),
        ({"id_columns": 5}, QuantityError, "id_columns 5: expected a list of headers"),
        ({"held_columns": ["Retired"]}, QuantityError, "column 'Retired' is named twice as a quantity"),
        ({"issued_column": "Held"}, QuantityError, "column 'Held' is named twice as a quantity"),
        ({"retired_columns": ["Used"]}, MissingDataError, "no column 'Used'"),
        ({"empty": "none"}, QuantityError, "empty 'none': expected one of ('refuse', 'zero')"),
        ({"thousands": "_"}, QuantityError, "thousands '_': expected one of"),
        ({"empty": None}, QuantityError, "empty None: expected one of"),
    ],
)
def test_what_is_refused_as_a_whole(read: Read, changes: dict[str, Any], error: type[Exception], reason: str) -> None:
    with pytest.raises(error) as caught:
        read(HEAD + "A,1,5,5,0,0\n", **changes)
    assert reason in str(caught.value)
