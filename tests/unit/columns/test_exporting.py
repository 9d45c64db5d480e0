"""The export of columns: its files, its manifest, and what an audit of it finds."""

import json
import shutil
from pathlib import Path

import duckdb
import pytest
from tests.support.damaged_files import DAMAGES, damaged, write_ledger
from tests.support.each import by_default

import carbon_ledger as cl
from carbon_ledger.columns import exporting
from carbon_ledger.columns.dialects import blocks
from carbon_ledger.columns.report import COLUMNS, ROOT
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
    ledger = sample_ledger()
    made = cl.columns.export(ledger, tmp_path / "columns")
    leaves = list(ledger._store.leaves(0, 11))
    manifest = json.loads((tmp_path / "columns" / "manifest.json").read_text())
    assert [item["root"] for item in manifest["partitions"]] == [
        root_hash(leaves[start : start + 4]).hex() for start in (0, 4, 8)
    ]
    assert (made.partitions, cl.columns.audit(made.path).passed) == (3, True)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger file, and beside it `columns`, its export with partitions of eight entries."""
    path = tmp_path_factory.mktemp("columns") / "sound.db"
    write_ledger(path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(exporting, "PART", 8)
        cl.columns.export(path, path.parent / "columns")
    return path


def root_of(path: Path, size: int) -> tuple[int, str]:
    with cl.open_ledger(path, read_only=True) as ledger:
        return size, ledger.as_of(entry=size - 1).root()


@pytest.fixture
def parts(sound: Path, tmp_path: Path) -> tuple[Path, tuple[int, str]]:
    """A copy of the export, and the ledger's first 21 entries with their root."""
    return Path(shutil.copytree(sound.parent / "columns", tmp_path / "columns")), root_of(sound, 21)


def details(report: cl.columns.ColumnsReport) -> str:
    return "\n".join(finding.detail for finding in report.findings)


def edited(folder: Path, table: str, part: int, change: str) -> str:
    """Change the rows of a file of an export, and return the digest that it had."""
    path = folder / table / f"part_id={part}" / "data.parquet"
    before = digest_file(path)
    with duckdb.connect() as database:
        database.execute(f"create table stored_rows as from read_parquet('{path}', hive_partitioning = false)")
        database.execute(f"copy ({change}) to '{path}' (format parquet)")
    return before


def change_manifest(folder: Path, old: str, new: str) -> None:
    manifest = folder / "manifest.json"
    text = manifest.read_text()
    assert old in text
    manifest.write_text(text.replace(old, new))


def test_a_table_without_a_file_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "columns[1]"
    cl.columns.export(sample_ledger(), folder)
    assert cl.columns.audit(folder).passed
    shutil.rmtree(folder / "move")
    with pytest.raises(StoreError, match="no file of the table move is there; fetch the export again"):
        cl.columns.audit(folder)


@pytest.mark.parametrize("size", [21, *(pytest.param(size, marks=pytest.mark.slow) for size in (8, 16, 20))])
def test_since_reads_no_earlier_entry_of_an_export(sound: Path, size: int) -> None:
    report = cl.columns.audit(sound.parent / "columns", since=root_of(sound, size))
    with cl.open_ledger(sound, read_only=True) as ledger:
        assert (report.passed, report.since, report.root) == (True, size, ledger.root())
    assert any("proven by no root" in item for item in report.not_checked)


@pytest.mark.parametrize(
    ("table", "part", "change"),
    [
        ("reading", 1, "select * replace (total_wh + 1 as total_wh) from stored_rows"),
        pytest.param("entry", 0, "select * replace (encode('{}') as data) from stored_rows", marks=pytest.mark.slow),
        pytest.param("move", 2, "select * from stored_rows union all from stored_rows", marks=pytest.mark.slow),
    ],
)
def test_an_edit_of_an_earlier_partition_is_found(
    parts: tuple[Path, tuple[int, str]], table: str, part: int, change: str
) -> None:
    folder, earlier = parts
    before = edited(folder, table, part, change)
    name = f"{table}/part_id={part}/data.parquet"
    assert f"the file {name} has the digest" in details(cl.columns.audit(folder, since=earlier))
    # Who changes the digest in the manifest too may be found by the audit without `since` alone, as the report says.
    change_manifest(folder, before, digest_file(folder / name))
    assert "the file" not in details(cl.columns.audit(folder, since=earlier))
    assert not cl.columns.audit(folder).passed


@pytest.mark.parametrize("part", [0, *(pytest.param(part, marks=pytest.mark.slow) for part in (1, 2))])
def test_a_forged_root_of_an_earlier_partition_is_found(parts: tuple[Path, tuple[int, str]], part: int) -> None:
    folder, earlier = parts
    stated = json.loads((folder / "manifest.json").read_text())["partitions"][part]["root"]
    change_manifest(folder, stated, "0" * 64)
    # The third partition has later entries too, so its leaf hashes are read and are compared with the manifest.
    check = COLUMNS if part == 2 else ROOT
    assert check in {finding.check for finding in cl.columns.audit(folder, since=earlier).findings}
    assert [finding.entry for finding in cl.columns.audit(folder).findings] == [part * 8]


def test_an_earlier_root_that_the_export_never_had_is_found(sound: Path) -> None:
    (finding,) = cl.columns.audit(sound.parent / "columns", since=(21, "0" * 64)).findings
    assert finding.check == ROOT


@pytest.mark.parametrize("start", [0, pytest.param(1, marks=pytest.mark.slow)])
def test_an_export_of_a_damaged_file_has_the_findings_of_the_file(tmp_path: Path, start: int) -> None:
    write_ledger(tmp_path / "sound.db")
    path = damaged(tmp_path / "sound.db", tmp_path / "damaged.db", list(DAMAGES.values())[start::2])
    cl.columns.export(path, tmp_path / "columns")
    assert cl.columns.audit(tmp_path / "columns").findings == cl.columns.audit(path).findings


@pytest.mark.parametrize(
    ("table", "change"),
    by_default(
        [
            ("reading", "select * replace (total_wh + 1 as total_wh) from stored_rows"),
            ("reading", "select * from stored_rows where n <> 6"),
            ("amount", "select * replace ('7' as amount) from stored_rows"),
            ("move", "select * from stored_rows union all select * from stored_rows"),
        ],
        lambda case: case[0] == "move",
    ),
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


@pytest.mark.parametrize("table", ["entry", "reading"])
def test_a_file_that_is_of_no_partition_is_found(tmp_path: Path, table: str) -> None:
    """It is read as the others are, and the manifest, of which one may keep the digest, has not changed."""
    ledger = sample_ledger()
    columns = tmp_path / "columns"
    earlier = cl.columns.audit(ledger.as_of(entry=7))
    cl.columns.export(ledger, columns)
    (columns / table / "part_id=x").mkdir()
    duckdb.sql(
        f"copy (select * from read_parquet('{columns}/{table}/part_id=0/data.parquet') where n < 0) "
        f"to '{columns}/{table}/part_id=x/data.parquet' (format parquet)"
    )
    findings = cl.columns.audit(columns, since=earlier).findings
    assert [(finding.check, finding.entry) for finding in findings] == [(COLUMNS, 0)]
    assert f"the file {table}/part_id=x/data.parquet" in findings[0].detail


def test_an_earlier_row_in_the_file_of_a_later_partition_is_found(parts: tuple[Path, tuple[int, str]]) -> None:
    folder, earlier = parts
    last = len(list((folder / "reading").iterdir())) - 1
    early = f"read_parquet('{folder}/reading/*/data.parquet', hive_partitioning = false) where n < 21"
    edited(folder, "reading", last, f"select * from stored_rows union all select * from {early}")
    name = f"reading/part_id={last}/data.parquet"
    assert f"the file {name} has the digest" in details(cl.columns.audit(folder, since=earlier))


@pytest.mark.parametrize("name", ["wind[1]", "wind?", "*", "wind{1,2}", "it's"])
def test_a_folder_is_read_by_its_very_name(tmp_path: Path, name: str) -> None:
    """Not the folder that its name would match as a pattern."""
    cl.columns.export(sample_ledger(), tmp_path / "wind1")
    cl.columns.export(sample_ledger(), tmp_path / name)
    assert cl.columns.audit(tmp_path / name).passed
    shutil.rmtree(tmp_path / name / "entry")
    with pytest.raises(StoreError, match="no file of the table entry is there"):
        cl.columns.audit(tmp_path / name)


def test_a_folder_whose_path_begins_as_a_url_does_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    cl.columns.export(sample_ledger(), tmp_path / "http:" / "127.0.0.1:1" / "columns")
    assert cl.columns.audit("http://127.0.0.1:1/columns").passed
