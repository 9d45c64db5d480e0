"""Every command of the command line on a ledger on a server: the same answer as on a file, and no password in it."""

import shlex
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.command_line import Done, begin, call, fill
from tests.support.postgres import Server
from tests.unit.test_command_line import CALLS, NO_LEDGER, OTHERWISE, records

import carbon_ledger as cl

pytestmark = pytest.mark.postgres

SECRET = "s3cret-w0rd"
# What these answer depends on the place: on the files beside the ledger, and on keys that are made anew.
OF_THE_PLACE = {"publish", "receipt", "verify-evidence"}
NEEDS_A_FILE = {"query"}
WITH_A_LEDGER = [name for name in CALLS if name not in NO_LEDGER or name == "compare-claims"]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory, server: Server) -> tuple[Path, str]:
    """A folder with a ledger, its key and its published log, and the URL of the same ledger, with a password."""
    folder = tmp_path_factory.mktemp("template")
    begin(folder / "a.db")
    (folder / "log.pub").write_text(call("key", "new", folder / "log.key", "--name", "example.com/log").out)
    assert call("publish", "-f", folder / "a.db", folder / "log", "--key", folder / "log.key").status == 0
    cl.copy_ledger(folder / "a.db", server.url("every_command"))
    return folder, f"{server.url('every_command')}&password={SECRET}"


def run(place: Path, template: Path, name: str, ledger: str, *options: str) -> Done:
    """Run a command in a folder of its own, on a file or on a server."""
    place.mkdir()
    fill(place, template / "a.db")
    for each in ("log.key", "log.pub", "log"):
        (place / each).symlink_to(template / each)
    given = [ledger if word == "a.db" else word for word in shlex.split(CALLS[name][0])]
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        return call(*name.split(), *([] if name in NO_LEDGER else ["-f", ledger]), *options, *given)


def texts(done: Done, place: Path) -> Iterator[bytes]:
    """What a command wrote, in all its files, too."""
    yield done.out.encode()
    yield done.err.encode()
    for path in place.rglob("*"):
        yield str(path).encode()
        if path.suffix == ".xlsx":
            with zipfile.ZipFile(path) as book:
                yield from map(book.read, book.namelist())
        elif path.is_file():
            yield path.read_bytes()


@pytest.mark.parametrize("name", [name for name in WITH_A_LEDGER if name != "columns-audit"])
def test_a_command_answers_the_same_on_a_server(name: str, template: tuple[Path, str], tmp_path: Path) -> None:
    """Commands that record are tried in dry runs."""
    folder, url = template
    options = ["--json", *(["--dry-run"] if records(name) else [])]
    done = run(tmp_path / "server", folder, name, url, *options)
    for text in texts(done, tmp_path / "server"):
        assert SECRET.encode() not in text, "the password is shown"
    assert not [path for path in (tmp_path / "server").rglob("*") if "postgres" in path.name]
    if name in NEEDS_A_FILE:
        assert (done.status, done.json["error"]["kind"]) == (4, "StoreError")
        assert "make a file of it with carbon-ledger backup" in done.json["error"]["message"]
        return
    assert done.status == OTHERWISE.get(name, 0), done.err
    if name in OTHERWISE:
        assert done.json["error"]["kind"] not in ("StoreError", "NotALedgerError", "StoreConnectionError")
        return
    assert set(done.json) == {*CALLS[name][1].split(), *(("dry_run", "recorded") if records(name) else ())}
    if not records(name) and name not in OF_THE_PLACE:
        assert same(done.json) == same(run(tmp_path / "file", folder, name, "a.db", *options).json)


def test_a_password_is_shown_by_no_command_that_makes_a_ledger(
    template: tuple[Path, str], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Created, created again, prepared, copied to, missing, empty; and a server that cannot be reached."""
    folder, url = template
    new = url.replace("every_command", "every_new")
    nowhere = f"postgresql://owner:{SECRET}@127.0.0.1:1/postgres"
    for words, status in (
        (("-f", new, "log"), 4),
        (("postgres", "init", new), 0),
        (("-f", new, "log"), 4),
        (("init", new), 0),
        (("init", new, "--json"), 4),
        (("-f", folder / "a.db", "copy", new), 4),
        (("-f", folder / "a.db", "copy", url.replace("every_command", "every_copy")), 0),
        (("-f", folder / "a.db", "copy", url, "--json"), 0),
        (("-f", url, "copy", nowhere), 4),
        (("-f", nowhere, "audit"), 4),
        (("init", nowhere), 4),
        (("postgres", "init", nowhere), 4),
        (("-f", nowhere, "doctor", "refusal", "--", "account", "add", "x", "--name", "X"), 0),
        (("-f", url, "backup", url), 4),
        (("-f", url, "backup", nowhere), 4),
        (("-f", url, "export", "positions", url), 2),
        (("-f", url, "report", url), 4),
        (("-f", url, "report", nowhere, "--json"), 4),
        (("verify", nowhere, "--key", folder / "log.pub"), 2),
        (("compare-claims", nowhere, folder / "a.db"), 4),
        (("compare-claims", nowhere.replace("postgresql", "PostgreSQL"), folder / "a.db"), 4),
        (("init", nowhere.replace("postgresql", "postgres+psycopg")), 4),
        (("init", "postgresql:registry"), 4),
        (("-f", nowhere.replace("postgresql", "POSTGRESQL"), "audit"), 4),
        (("-f", nowhere.replace("@", "@h@"), "audit"), 4),
        (("-f", nowhere.replace(SECRET, f"{SECRET}/x"), "audit"), 4),
        (("-f", nowhere.replace(SECRET, f"x/{SECRET}"), "audit"), 4),
        (("-f", nowhere.replace(SECRET, f"{SECRET}#x"), "audit"), 4),
        (("-f", nowhere.replace(SECRET, f"{SECRET}?x"), "audit"), 4),
        (("-f", nowhere.replace(SECRET, f"1?{SECRET}=x"), "audit"), 4),
    ):
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(tmp_path)
            done = call(*words)
        assert done.status == status, (words, done.err)
        assert SECRET not in done.out + done.err + caplog.text, words
        assert "Traceback" not in done.err
        assert list(tmp_path.iterdir()) == [], words


def same(found: Any) -> Any:
    """An answer without what belongs to the place."""
    if isinstance(found, dict):
        return {name: same(value) for name, value in found.items() if name not in ("path", "seconds", "sources")}
    return [same(value) for value in found] if isinstance(found, list) else found
