"""Documents for other systems: bytes that do not change, no float, no formula, and no file that is overwritten."""

import csv
import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import carbon_ledger as cl
from carbon_ledger.errors import StoreError
from carbon_ledger.exchange.documents import NO_STATUS, Unsaid, csv_text, json_text, plain, save

FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "\uff1d", "\uff0b", "\uff0d", "\uff20")


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=5))
def test_no_text_of_a_csv_is_a_formula_and_every_text_comes_back(texts: list[str]) -> None:
    columns = [f"c{k}" for k in range(len(texts))]
    written = csv_text(columns, [dict(zip(columns, texts, strict=True))])
    header, row = csv.reader(io.StringIO(written, newline=""))
    assert header == columns
    for text, cell in zip(texts, row, strict=True):
        guarded = text.lstrip("'").startswith(FORMULAS) and cell == f"'{text}"
        assert guarded or cell == text
        assert not cell.startswith(FORMULAS) or cell.lstrip("+-").replace(".", "", 1).isdecimal()


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+SUM(A1)", "'+SUM(A1)"),
        ("-cmd", "'-cmd"),
        ("'=1+1", "''=1+1"),
        ("it's", "it's"),
        ("@x", "'@x"),
        ("\tx", "'\tx"),
        ("\n=1+1", "'\n'=1+1"),
        ("\uff1d1+1", "'\uff1d1+1"),
        ("-40.5", "-40.5"),
        ("+3", "+3"),
        ("-1-1", "'-1-1"),
        ("-٣", "'-٣"),
        (-7, "-7"),
        (True, "true"),
        (False, "false"),
        (None, ""),
        (("40.1", "-3.5"), "40.1 -3.5"),
        (("-40.1", "-3.5"), "'-40.1 -3.5"),
    ],
)
def test_a_number_has_no_apostrophe_and_a_formula_has(value: object, cell: str) -> None:
    (_, row) = csv.reader(io.StringIO(csv_text(["a", "b"], [{"a": value}]), newline=""))  # type: ignore[dict-item]
    assert row == [cell, ""]


def test_json_is_in_the_order_of_its_fields_and_in_letters_of_every_script() -> None:
    text = json_text({"b": "Şimal", "a": [1, 2**60, None, True]})
    assert text.startswith('{\n "b": "Şimal"')
    assert text.endswith("}\n")
    assert json.loads(text)["a"] == [1, 2**60, None, True]
    assert plain({"a": ("1", "2"), "b": None}) == {"a": ["1", "2"], "b": None}


def test_a_file_is_written_once(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    save(path, "{}\n", "a\n")
    assert path.read_bytes() == b"{}\n"
    save(tmp_path / "a.csv", "{}\n", "ş\n")
    assert (tmp_path / "a.csv").read_bytes() == "ş\n".encode()
    with pytest.raises(StoreError, match="cannot be written: File exists; name a new file"):
        save(path, "new", "new")
    assert path.read_bytes() == b"{}\n"
    with pytest.raises(StoreError, match="cannot be written: No such file"):
        save(tmp_path / "none" / "a.json", "", "")
    with pytest.raises(StoreError, match=r"expected a name that ends with .json or .csv"):
        save(tmp_path / "a.xlsx", "", "")
    with pytest.raises(StoreError, match="expected a str or a path object"):
        save(5, "", "")  # type: ignore[arg-type]
    assert sorted(item.name for item in tmp_path.iterdir()) == ["a.csv", "a.json"]


def test_what_is_not_written_names_its_units() -> None:
    item = Unsaid(kind=NO_STATUS, what="pending", reason="offered", units=3, blocks=(cl.Block("h/2024/5", 1, 3),))
    assert item.to_record()["blocks"] == ["h/2024/5/1-3"]
    assert item.row()["blocks"] == "h/2024/5/1-3"
    other = Unsaid(kind="no-field", what="labels", reason="r", units=1)
    assert "blocks" not in other.to_record()
    assert other.row()["blocks"] is None
