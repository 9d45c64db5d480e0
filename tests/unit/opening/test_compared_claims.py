"""Comparing claims of files and published logs: each is verified first, and what is not sound is refused."""

import os
import sqlite3
from pathlib import Path

import pytest
from tests.support.command_line import call
from tests.support.published_log import KEY, OTHER, SIGNER
from tests.support.reviewed_ledgers import Story
from tests.support.two_ledgers import column, ledger_of

import carbon_ledger as cl
from carbon_ledger import errors

WHOLE = sum(column())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two ledgers of one plant: a file and a published log of each."""
    place = tmp_path_factory.mktemp("two")
    for name, story in (("a", ledger_of("a")), ("b", other())):
        story.ledger.backup(place / f"{name}.db")
        story.ledger.publish(place / name, signer=SIGNER)
    return place


def other() -> Story:
    return ledger_of("b", device="other", name="Other plant")


@pytest.mark.parametrize("b", ["b.db", "b"])
@pytest.mark.parametrize("a", ["a.db", "a"])
def test_files_and_published_logs_give_what_open_ledgers_give(a: str, b: str, folder: Path) -> None:
    found = cl.compare_claims(folder / a, str(folder / b), trusted_keys=KEY)
    opened = cl.compare_claims(ledger_of("a").ledger, other().ledger)
    assert (found.overlaps, found.both_wh) == (opened.overlaps, WHOLE)
    assert [item.root for item in (found.a, found.b)] == [item.root for item in (opened.a, opened.b)]
    words = {True: "audited file", False: "verified published log"}
    assert (found.a.checked, found.b.checked) == (words[a.endswith("db")], words[b.endswith("db")])
    assert (opened.a.checked, opened.b.checked) == ("not checked", "not checked")


def test_a_published_log_needs_its_key(folder: Path) -> None:
    with pytest.raises(errors.SigningKeyError, match=r"pass the key as trusted_keys="):
        cl.compare_claims(folder / "a.db", folder / "b")
    with pytest.raises(errors.IntegrityError):
        cl.compare_claims(folder / "a.db", folder / "b", trusted_keys=str(OTHER.verifier_key))


def copied(folder: Path, to: Path) -> Path:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            target = to / path.relative_to(folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    return to


@pytest.mark.parametrize("part", ["checkpoint", "tile/entries", "tile/0"])
def test_a_published_log_that_does_not_verify_is_refused(part: str, folder: Path, tmp_path: Path) -> None:
    place = copied(folder / "b", tmp_path / "b")
    names = [path for path in place.rglob("*") if path.is_file() and part in str(path.relative_to(place))]
    data = bytearray(names[0].read_bytes())
    data[len(data) // 3] ^= 1
    names[0].write_bytes(data)
    with pytest.raises(errors.IntegrityError):
        cl.compare_claims(folder / "a.db", place, trusted_keys=KEY)
    names[0].unlink()
    with pytest.raises(errors.IntegrityError):
        cl.compare_claims(folder / "a.db", place, trusted_keys=KEY)


def test_a_file_that_hides_a_claim_is_refused(folder: Path, tmp_path: Path) -> None:
    """The rows of a file are what its keeper wrote: without the audit, a claim that was deleted would be no overlap."""
    path = tmp_path / "b.db"
    path.write_bytes((folder / "b.db").read_bytes())
    with sqlite3.connect(path) as connection:
        triggers = connection.execute("select name, sql from sqlite_master where type = 'trigger'").fetchall()
        for name, _ in triggers:
            connection.execute(f'drop trigger "{name}"')
        assert connection.execute("delete from claim").rowcount == 1
        for _, sql in triggers:
            connection.execute(sql)
    connection.close()
    with cl.open_ledger(path, read_only=True) as ledger:
        assert not cl.compare_claims(folder / "a.db", ledger).overlaps  # an open ledger is not checked, which it says
    with pytest.raises(errors.BrokenLogError, match=r"the audit has .* findings, the first.*Audit it"):
        cl.compare_claims(folder / "a.db", path)
    with pytest.raises(errors.BrokenLogError):
        cl.compare_claims(path, folder / "a.db")


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ("nowhere.db", errors.NotALedgerError),
        (":memory:", errors.NotALedgerError),
        ("empty", errors.IntegrityError),
        ("text.db", errors.StoreError),
        ("deep", errors.IntegrityError),
        ("pipe", errors.StoreError),
        (7, errors.QuantityError),
        (None, errors.QuantityError),
        (b"a.db", errors.QuantityError),
        ("nul\0", errors.StoreError),
    ],
)
def test_what_is_no_ledger_is_refused(
    given: object, kind: type[Exception], folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("empty").mkdir()
    Path("text.db").write_text("no ledger")
    Path("deep").mkdir()
    Path("deep/checkpoint").write_text("[" * 100_000)
    os.mkfifo("pipe")
    with pytest.raises(kind):
        cl.compare_claims(folder / "a.db", given, trusted_keys=KEY)
    with pytest.raises(kind):
        cl.compare_claims(given, folder / "a.db", trusted_keys=KEY)


@pytest.mark.parametrize("digits", [0, -1, True, "24", 2.5, None, 10**9])
def test_the_threshold_is_a_whole_number(digits: object, folder: Path) -> None:
    with pytest.raises(errors.QuantityError, match="least_digits"):
        cl.compare_claims(folder / "a.db", folder / "b.db", least_digits=digits)


def test_nothing_is_written(folder: Path) -> None:
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    cl.compare_claims(folder / "a.db", folder / "b", trusted_keys=KEY)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_the_command_line_ends_with_1_where_energy_is_claimed_twice(folder: Path) -> None:
    done = call("compare-claims", folder / "a.db", folder / "b.db")
    assert (done.status, f"{WHOLE:,} Wh are claimed in both" in done.out) == (1, True)
    assert "passed" not in done.out
    assert call("compare-claims", folder / "a.db", folder / "a.db").status == 0
    found = call("compare-claims", folder / "a", folder / "b", "--key", KEY, "--json").json["comparison"]
    assert (found["both_wh"], found["needs_answer"], found["overlaps"][0]["a"]["units"]) == (WHOLE, True, 1_670)
    done = call("compare-claims", folder / "a.db", folder / "b")
    assert (done.status, "give the key as --key" in done.err) == (2, True)
    done = call("compare-claims", folder / "a.db", folder / "b.db", "--least-digits", "0")
    assert (done.status, "--least-digits 0: expected a whole number" in done.err) == (2, True)
    assert call("compare-claims", folder / "a.db", folder / "no").status == 4
    strict = call("compare-claims", folder / "a.db", folder / "b.db", "--least-digits", "5000")
    assert strict.status == 0
