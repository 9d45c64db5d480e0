"""The columns audit and the export of a ledger on a server: the findings of the file that it was copied from."""

from pathlib import Path

import duckdb
import pytest
from tests.postgres.conftest import NewUrl
from tests.support.command_line import call
from tests.support.damaged_files import DAMAGES, damaged, write_ledger
from tests.support.postgres import Server

import carbon_ledger as cl
from carbon_ledger.columns.dialects import blocks
from carbon_ledger.stores.postgres.places import place_of

pytestmark = pytest.mark.postgres


@pytest.fixture
def copied(tmp_path: Path, url: NewUrl) -> tuple[Path, str]:
    """A ledger file, and the URL of its copy on a server."""
    write_ledger(tmp_path / "sound.db")
    where = url()
    cl.copy_ledger(tmp_path / "sound.db", where)
    return tmp_path / "sound.db", where


def as_rows(report: cl.columns.ColumnsReport) -> list[str]:
    return [str(finding) for finding in report.findings]


def replace_rows(server: Server, schema: str, path: Path) -> None:
    """Give a ledger on a server the entries, the balances and the pieces of a file, as its owner could."""
    import sqlite3

    import psycopg

    with sqlite3.connect(path) as file, psycopg.connect(server.conninfo("owner")) as connection:
        connection.execute(f'set search_path to "{schema}"')
        connection.execute("set session_replication_role = replica")
        for table in ("entry", "balance", "piece"):
            connection.execute(f"delete from {table}")
            found = file.execute(f"select * from {table}")
            names = [item[0] for item in found.description]
            marks = ", ".join(["%s"] * len(names))
            with connection.cursor() as cursor:
                cursor.executemany(f"insert into {table} ({', '.join(names)}) values ({marks})", found.fetchall())


def test_a_copy_on_a_server_has_the_report_of_the_file(copied: tuple[Path, str], server: Server) -> None:
    path, where = copied
    ours, theirs = cl.columns.audit(path), cl.columns.audit(where)
    assert theirs.passed, str(theirs)
    assert theirs == ours
    schema = place_of(where).schema
    done = call("postgres", "init", where, "--writer", f"w_{schema}", "--auditor", f"a_{schema}")
    assert done.status == 0, done.err
    server.run(f"alter role a_{schema} login")
    assert cl.columns.audit(server.url(schema, f"a_{schema}")) == ours
    with cl.open_ledger(where, read_only=True) as ledger:
        assert cl.columns.audit(ledger) == ours
        half = cl.columns.audit(ledger.as_of(entry=20))
        assert half.passed, str(half)
    assert cl.columns.audit(where, since=half).passed


@pytest.mark.parametrize("start", [0, 1])
def test_damage_on_a_server_has_the_findings_of_the_file(
    copied: tuple[Path, str], server: Server, tmp_path: Path, start: int
) -> None:
    path, where = copied
    # The server refuses a leaf that is not of its entry, whoever writes it.
    chosen = [item for name, item in DAMAGES.items() if name not in REFUSED][start::2]
    file = damaged(path, tmp_path / "damaged.db", chosen)
    replace_rows(server, place_of(where).schema, file)
    found = as_rows(cl.columns.audit(where))
    assert len(found) > 10
    assert found == as_rows(cl.columns.audit(file))


REFUSED = ("a digit of the stored bytes", "a stored leaf", "bytes that are no text")


def rows_of(folder: Path) -> list[tuple[object, ...]]:
    """The rows of a table of an export."""
    with duckdb.connect() as database:
        files = f"read_parquet('{folder}/**/*.parquet', hive_partitioning = false)"
        return database.execute(f"select * from {files}").fetchall()


def test_an_export_from_a_server_has_the_rows_of_the_file(copied: tuple[Path, str], tmp_path: Path) -> None:
    path, where = copied
    made = call("-f", where, "export", "columns", str(tmp_path / "server"))
    assert made.status == 0, made.err
    cl.columns.export(path, tmp_path / "file")
    for block in blocks("tables"):
        both = [rows_of(tmp_path / name / block.name) for name in ("server", "file")]
        assert sorted(map(repr, both[0])) == sorted(map(repr, both[1])), block.name
    assert cl.columns.audit(tmp_path / "server").passed
    audited = call("-f", where, "columns-audit")
    assert audited.status == 0, audited.err
    assert "Columns audit of ledger damaged" in audited.out
    assert call("columns-audit", where).status == 0
