"""The export of columns: its files, its manifest, and what an audit of it finds."""

import json
from pathlib import Path

import duckdb
import pytest
from tests.support.damaged_files import DAMAGES, damaged, write_ledger

import carbon_ledger as cl
from carbon_ledger.columns import exporting
from carbon_ledger.columns.dialects import blocks
from carbon_ledger.columns.report import COLUMNS
from carbon_ledger.errors import StoreError
from carbon_ledger.log.merkle import root_hash
from carbon_ledger.metering.meter_csv import digest_file
from carbon_ledger.testing import sample_ledger


def test_an_export_has_every_table_and_a_manifest_with_the_root(tmp_path: Path) -> None:
    ledger = sample_ledger()
    made = cl.columns.export(ledger, tmp_path / "columns")
    manifest = json.loads((tmp_path / "columns" / "manifest.json").read_text())
    assert made.root == manifest["root"] == ledger.audit().root
    assert (manifest["size"], manifest["part"], manifest["version"], manifest["ledger"]) == (11, 2**17, 1, "sample")
    assert {name.split("/")[0] for name in manifest["files"]} == {
        "entry",
        *(block.name for block in blocks("tables")),
        *(f"derived_{name}" for name in manifest["derived"]),
    }
    assert all(digest_file(tmp_path / "columns" / name) == found for name, found in manifest["files"].items())


def test_no_column_of_an_export_is_a_float(tmp_path: Path) -> None:
    cl.columns.export(sample_ledger(), tmp_path / "columns")
    for folder in (tmp_path / "columns").iterdir():
        if folder.is_dir():
            described = duckdb.sql(f"describe select * from read_parquet('{folder}/**/*.parquet')").fetchall()
            assert not [row for row in described if "DOUBLE" in row[1] or "FLOAT" in row[1]], folder.name


def test_partitions_are_subtrees_and_their_roots_make_the_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "PART", 4)
    monkeypatch.setattr(exporting, "PART_HEIGHT", 2)
    ledger = sample_ledger()
    made = cl.columns.export(ledger, tmp_path / "columns")
    leaves = list(ledger._store.leaves(0, 11))
    manifest = json.loads((tmp_path / "columns" / "manifest.json").read_text())
    assert [item["root"] for item in manifest["partitions"]] == [
        root_hash(leaves[start : start + 4]).hex() for start in (0, 4, 8)
    ]
    assert (made.partitions, cl.columns.audit(made.path).passed) == (3, True)


@pytest.mark.parametrize("start", [0, 1])
def test_an_export_of_a_damaged_file_has_the_findings_of_the_file(tmp_path: Path, start: int) -> None:
    write_ledger(tmp_path / "sound.db")
    path = damaged(tmp_path / "sound.db", tmp_path / "damaged.db", list(DAMAGES.values())[start::2])
    cl.columns.export(path, tmp_path / "columns")
    assert cl.columns.audit(tmp_path / "columns").findings == cl.columns.audit(path).findings


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("reading", "select * replace (total_wh + 1 as total_wh) from stored_rows"),
        ("reading", "select * from stored_rows where n <> 6"),
        ("amount", "select * replace ('7' as amount) from stored_rows"),
        ("move", "select * from stored_rows union all select * from stored_rows"),
    ],
)
def test_columns_that_are_not_of_the_entries_are_found(tmp_path: Path, table: str, change: str) -> None:
    ledger = sample_ledger()
    cl.columns.export(ledger, tmp_path / "columns")
    path = tmp_path / "columns" / table / "part_id=0" / "data.parquet"
    with duckdb.connect() as database:
        database.execute(f"create table stored_rows as from read_parquet('{path}', hive_partitioning = false)")
        database.execute(f"copy ({change}) to '{path}' (format parquet)")
    assert COLUMNS in {finding.check for finding in cl.columns.audit(tmp_path / "columns").findings}


def test_a_manifest_that_states_another_root_is_found(tmp_path: Path) -> None:
    made = cl.columns.export(sample_ledger(), tmp_path / "columns")
    manifest = tmp_path / "columns" / "manifest.json"
    manifest.write_text(
        manifest.read_text().replace(
            f'"root":"{made.root}","size":11,"version"', f'"root":"{"0" * 64}","size":11,"version"'
        )
    )
    (finding,) = cl.columns.audit(tmp_path / "columns").findings
    assert finding.detail.startswith("the manifest states 11 entries and the root 000")


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "columns").mkdir()
    (tmp_path / "columns" / "kept").write_text("kept")
    with pytest.raises(StoreError, match="not empty"):
        cl.columns.export(sample_ledger(), tmp_path / "columns")


@pytest.mark.parametrize("text", ["{}", "[]", "no json", '{"version":2}', '{"derived":[],"size":-1,"version":1}'])
def test_a_manifest_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(StoreError):
        cl.columns.audit(tmp_path)
