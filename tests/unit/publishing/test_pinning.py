"""A pin proves content: rewritten entries are found, even if the stored hashes are the original ones."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from tests.conftest import Clock

import carbon_ledger as cl
from carbon_ledger import errors
from carbon_ledger.log.checkpoint import Checkpoint
from carbon_ledger.log.merkle import leaf_hash
from carbon_ledger.signing import Signer

SIGNER = Signer("example.com/pins", bytes(range(32)))


@pytest.fixture
def file(tmp_path: Path, clock: Clock) -> Path:
    """A ledger of 600 entries: two full tiles and a part of one."""
    path = tmp_path / "ledger.db"
    with cl.open_ledger(path, ledger_id="pinned", clock=clock) as ledger, ledger.batch():
        for k in range(599):
            ledger.open_account(f"account-{k}", name="Alice")
    return path


def pin_of(path: Path) -> Checkpoint:
    with cl.open_ledger(path, read_only=True) as ledger:
        return Checkpoint("x", ledger.size, bytes.fromhex(ledger.root()))


def rewritten(path: Path, n: int, *, leaf: bool = False) -> None:
    """Change a letter of an entry; leave the stored hashes as they were, or only those of the tiles."""
    with closing(sqlite3.connect(path)) as connection, connection:
        (guard,) = connection.execute("select sql from sqlite_master where name = 'entry_never_edited'").fetchone()
        connection.execute("drop trigger entry_never_edited")
        data = connection.execute("select data from entry where n = ?", (n,)).fetchone()[0].replace(b"Alice", b"Mally")
        connection.execute("update entry set data = ? where n = ?", (data, n))
        if leaf:
            connection.execute("update entry set leaf = ? where n = ?", (leaf_hash(data), n))
        connection.execute(guard)


@pytest.mark.parametrize("read_only", [True, False])
@pytest.mark.parametrize("n", [1, 300, 599])
def test_an_entry_that_was_rewritten_under_its_stored_hash_is_refused(file: Path, n: int, read_only: bool) -> None:
    """Decision 14a, for who records and for an auditor; the stored hashes alone tell nothing."""
    pin = pin_of(file)
    rewritten(file, n)
    assert pin_of(file) == pin
    with pytest.raises(errors.ForkError, match=f"entry {n} does not match the hash stored") as caught:
        cl.open_ledger(file, read_only=read_only, pinned=pin)
    assert str(file) in str(caught.value)
    with cl.open_ledger(file, read_only=True) as ledger:
        assert ledger.audit().root != pin.root.hex()


def test_an_entry_that_was_rewritten_with_its_hash_and_under_its_tile_is_refused(file: Path) -> None:
    pin = pin_of(file)
    rewritten(file, 5, leaf=True)
    with pytest.raises(errors.ForkError, match=r"do not hash to the root of the checkpoint\. The entries"):
        cl.open_ledger(file, pinned=pin)


def test_a_stored_hash_that_is_not_its_entrys_is_refused(file: Path) -> None:
    """The entries are those of the checkpoint; receipts would be made of another hash."""
    pin = pin_of(file)
    with closing(sqlite3.connect(file)) as connection, connection:
        (guard,) = connection.execute("select sql from sqlite_master where name = 'entry_never_edited'").fetchone()
        connection.execute("drop trigger entry_never_edited")
        connection.execute("update entry set leaf = zeroblob(32) where n = 7")
        connection.execute(guard)
    with pytest.raises(errors.BrokenLogError, match="the checkpoint commits to entry 7, but the hash stored"):
        cl.open_ledger(file, pinned=pin)


def test_what_comes_after_the_pin_is_not_read(file: Path, clock: Clock) -> None:
    """A pin says nothing of later entries; a sound ledger that has grown opens."""
    pin = pin_of(file)
    with cl.open_ledger(file, clock=clock) as ledger:
        ledger.open_account("later", name="Alice")
    cl.open_ledger(file, pinned=pin).close()
    rewritten(file, 600)
    cl.open_ledger(file, pinned=pin).close()


def test_no_receipt_is_made_for_an_entry_that_was_rewritten(file: Path, tmp_path: Path) -> None:
    with cl.open_ledger(file) as ledger:
        published = ledger.publish(tmp_path / "log", signer=SIGNER)
    rewritten(file, 9)
    with cl.open_ledger(file, read_only=True) as ledger:
        assert ledger.receipt(8, checkpoint=published)
        with pytest.raises(errors.BrokenLogError, match="entry 9: it does not match the hash stored"):
            ledger.receipt(9, checkpoint=published)
