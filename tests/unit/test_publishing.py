"""Publishing, receipts, pins, and the audit from outside."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conftest import Clock, device
from tests.faults.suite.tampering import tamper

import carbon_ledger as cl
from carbon_ledger import errors
from carbon_ledger.log.checkpoint import Checkpoint
from carbon_ledger.signing import Signer, sign_checkpoint, verify_checkpoint

SIGNER = Signer("example.com/kalbajar", bytes(range(32)))
OTHER = Signer("example.com/kalbajar", bytes(32))
KEY = str(SIGNER.verifier_key)
MAY = cl.Period.month(2024, 5, zone="Asia/Baku")


def grow(ledger: cl.Ledger, count: int) -> None:
    start = ledger.size
    with ledger.batch():
        for k in range(count):
            ledger.open_account(f"account-{start + k}", name="A")


@pytest.fixture
def file(tmp_path: Path, clock: Clock) -> Path:
    """A ledger with an issuance and 300 entries more."""
    path = tmp_path / "ledger.db"
    with cl.open_ledger(path, ledger_id="pub", clock=clock) as ledger:
        ledger.open_account("op", name="Operator")
        ledger.register_device(device())
        ledger.register_project(cl.Project(id="p", instrument="I-REC-E", zone="Asia/Baku", devices=("plant",)))
        ledger.record_generation("plant", MAY, net="10 MWh")
        ledger.issue("p", MAY, to="op")
        grow(ledger, 300)
    return path


@pytest.fixture
def ledger(file: Path, clock: Clock) -> Iterator[cl.Ledger]:
    with cl.open_ledger(file, clock=clock) as opened:
        yield opened


def tree(directory: Path) -> dict[str, bytes]:
    return {str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.is_file()}


def test_what_is_published_audits_from_outside(ledger: cl.Ledger, tmp_path: Path) -> None:
    told = ledger.publish(tmp_path / "log", signer=SIGNER)
    assert (told.size, told.root.hex(), told.origin) == (ledger.size, ledger.root(), SIGNER.name)
    report = cl.audit_published(tmp_path / "log", trusted_keys=KEY)
    assert report.findings == ()
    assert (report.ledger_id, report.size, report.root) == ("pub", ledger.size, ledger.root())
    assert set(tree(tmp_path / "log")) == {
        "checkpoint",
        "tile/0/000",
        f"tile/0/001.p/{ledger.size - 256}",
        "tile/1/000.p/1",
        "tile/entries/000",
        f"tile/entries/001.p/{ledger.size - 256}",
    }


def test_publishing_again_extends_and_changes_nothing_else(ledger: cl.Ledger, tmp_path: Path) -> None:
    place = tmp_path / "log"
    ledger.publish(place, signer=SIGNER)
    before = tree(place)
    ledger.publish(place, signer=SIGNER)
    assert tree(place) == before
    kept = before["checkpoint"]
    grow(ledger, 400)
    ledger.publish(place, signer=SIGNER)
    after = tree(place)
    assert {name: after[name] for name in before if name != "checkpoint"} == {
        name: data for name, data in before.items() if name != "checkpoint"
    }
    assert cl.audit_published(place, trusted_keys=[KEY], since=kept).findings == ()
    fresh = tmp_path / "fresh"
    ledger.publish(fresh, signer=SIGNER)
    assert all(after[name] == data for name, data in tree(fresh).items())


def test_an_interrupted_publish_is_run_again(
    ledger: cl.Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever it stops, the old checkpoint stands, and the next run ends as if nothing had happened."""
    from carbon_ledger.publishing import publish

    expected = tmp_path / "expected"
    ledger.publish(expected, signer=SIGNER)
    write = publish._write
    for stop in range(len(tree(expected))):
        place, count = tmp_path / f"stopped-{stop}", 0

        def interrupted(where: Path, name: str, data: bytes, stop: int = stop) -> None:
            nonlocal count
            if count == stop:
                raise KeyboardInterrupt
            count += 1
            write(where, name, data)

        monkeypatch.setattr(publish, "_write", interrupted)
        with pytest.raises(KeyboardInterrupt):
            ledger.publish(place, signer=SIGNER)
        assert not (place / "checkpoint").exists()
        monkeypatch.setattr(publish, "_write", write)
        ledger.publish(place, signer=SIGNER)
        assert tree(place) == tree(expected)


def test_a_fork_is_never_published(file: Path, tmp_path: Path, clock: Clock) -> None:
    """A copy that went another way, a ledger that was cut off, another ledger: each refused, nothing written."""
    fork = Path(shutil.copy(file, tmp_path / "fork.db"))
    short = Path(shutil.copy(file, tmp_path / "short.db"))
    place = tmp_path / "log"
    with cl.open_ledger(file, clock=clock) as ledger:
        grow(ledger, 5)
        ledger.publish(place, signer=SIGNER)
    before = tree(place)
    with cl.open_ledger(fork, clock=clock) as other:
        other.open_account("something-else", name="B")
        grow(other, 9)
        with pytest.raises(errors.ForkError, match="not those of the checkpoint"):
            other.publish(place, signer=SIGNER)
    with cl.open_ledger(short, clock=clock) as other, pytest.raises(errors.ForkError, match="cut off or rolled back"):
        other.publish(place, signer=SIGNER)
    with cl.open_ledger(file) as other, pytest.raises(errors.ForkError, match=r"example\.com/kalbajar"):
        other.publish(place, signer=Signer("example.com/other", bytes(32)))
    (place / "checkpoint").write_bytes(b"not a note")
    with cl.open_ledger(file) as other, pytest.raises(errors.ForkError, match="not a signed checkpoint"):
        other.publish(place, signer=SIGNER)
    assert tree(place) | {"checkpoint": b""} == before | {"checkpoint": b""}


def test_what_does_not_hash_to_its_leaf_is_never_signed(file: Path, tmp_path: Path) -> None:
    tamper(file, "update entry set data = cast(replace(data, 'Operator', 'Oparator') as blob) where n = 1")
    with cl.open_ledger(file) as ledger, pytest.raises(errors.BrokenLogError, match="entry 1"):
        ledger.publish(tmp_path / "log", signer=SIGNER)
    assert not (tmp_path / "log" / "checkpoint").exists()


def test_any_changed_byte_of_a_published_log_is_found(ledger: cl.Ledger, tmp_path: Path) -> None:
    place = tmp_path / "log"
    ledger.publish(place, signer=SIGNER)
    for name, data in tree(place).items():
        for at in (0, len(data) // 2, len(data) - 2):
            (place / name).write_bytes(data[:at] + bytes([data[at] ^ 4]) + data[at + 1 :])
            assert not cl.audit_published(place, trusted_keys=KEY).passed, (name, at)
        (place / name).unlink()
        assert not cl.audit_published(place, trusted_keys=KEY).passed, name
        (place / name).write_bytes(data)
    assert cl.audit_published(place, trusted_keys=KEY).passed


def test_an_unknown_key_and_a_missing_log_are_found(ledger: cl.Ledger, tmp_path: Path) -> None:
    ledger.publish(tmp_path / "log", signer=OTHER)
    for place in (tmp_path / "log", tmp_path):
        report = cl.audit_published(place, trusted_keys=KEY)
        assert [item.check for item in report.findings] == ["the checkpoint is signed by a trusted key"]
    with pytest.raises(errors.SigningKeyError):
        cl.audit_published(tmp_path / "log", trusted_keys="no key")


def test_a_rewritten_log_is_told_by_the_checkpoint_that_was_kept(file: Path, tmp_path: Path, clock: Clock) -> None:
    """A consistent rewrite, signed again with the true key: without a kept checkpoint it cannot be told."""
    rewritten = Path(shutil.copy(file, tmp_path / "rewritten.db"))
    with cl.open_ledger(file, clock=clock) as ledger:
        ledger.open_account("last", name="As it was")
        ledger.publish(tmp_path / "log", signer=SIGNER)
    kept = (tmp_path / "log" / "checkpoint").read_bytes()
    with cl.open_ledger(rewritten, clock=clock) as ledger:
        ledger.open_account("last", name="As it is told now")
        ledger.publish(tmp_path / "forged", signer=SIGNER)
    assert cl.audit_published(tmp_path / "forged", trusted_keys=KEY).passed
    report = cl.audit_published(tmp_path / "forged", trusted_keys=KEY, since=kept)
    assert [item.check for item in report.findings] == ["the log continues the checkpoint that was kept"]
    with pytest.raises(errors.ForkError, match="rewritten"):
        cl.open_ledger(rewritten, pinned=kept)


def test_pins(file: Path, tmp_path: Path, clock: Clock) -> None:
    """Truncation, rollback and rewriting are refused with a pin, and growth is not."""
    with cl.open_ledger(file, clock=clock) as ledger:
        ledger.publish(tmp_path / "log", signer=SIGNER)
        pin = Checkpoint("x", ledger.size, bytes.fromhex(ledger.root()))
        early = Checkpoint("x", 7, bytes.fromhex(ledger.as_of(entry=6).root()))
    backup = Path(shutil.copy(file, tmp_path / "backup.db"))
    with cl.open_ledger(file, clock=clock) as ledger:
        grow(ledger, 3)
        late = Checkpoint("x", ledger.size, bytes.fromhex(ledger.root()))
    note = (tmp_path / "log" / "checkpoint").read_bytes()
    for kept in (pin, early, late, note):
        cl.open_ledger(file, pinned=kept).close()
    with pytest.raises(errors.ForkError, match="rolled back"):
        cl.open_ledger(backup, pinned=late)
    with pytest.raises(errors.ForkError):
        cl.open_ledger(file, pinned=Checkpoint("x", 7, bytes(32)))
    with pytest.raises(errors.NotALedgerError):
        cl.open_ledger(":memory:", pinned=pin)
    with pytest.raises(errors.FormatError):
        cl.open_ledger(file, pinned=b"no checkpoint")


def test_a_receipt_verifies_with_the_key_alone(ledger: cl.Ledger, tmp_path: Path) -> None:
    ledger.publish(tmp_path / "log", signer=SIGNER)
    note = (tmp_path / "log" / "checkpoint").read_bytes()
    batch = ledger.batches("p")[0]
    for thing in (0, ledger.size - 1, batch, batch.take(3), f"{batch.batch_id}/10"):
        receipt, entry = ledger.receipt(thing, checkpoint=note), ledger.entry_bytes(thing)
        verified = cl.verify_receipt(receipt, entry, KEY)
        assert verified.checkpoint == verify_checkpoint(note, KEY)
        assert verified.entry.n == (thing if isinstance(thing, int) else int(batch.batch_id.rsplit("/", 1)[1]))
        with pytest.raises(errors.InvalidProofError):
            cl.verify_receipt(receipt, ledger.entry_bytes(3), KEY)
        with pytest.raises(errors.InvalidSignatureError):
            cl.verify_receipt(receipt, entry, str(OTHER.verifier_key))
    retired = ledger.retire(batch.take(2), beneficiary="B", purpose="p", period=MAY)
    with pytest.raises(errors.StoreError, match="publish first"):
        ledger.receipt(retired, checkpoint=note)
    ledger.publish(tmp_path / "log", signer=SIGNER)
    later = ledger.receipt(retired, checkpoint=(tmp_path / "log" / "checkpoint").read_bytes())
    assert cl.verify_receipt(later, ledger.entry_bytes(retired), KEY).entry.event["beneficiary"] == "B"


def test_receipts_survive_no_bit_flip(ledger: cl.Ledger, tmp_path: Path) -> None:
    ledger.publish(tmp_path / "log", signer=SIGNER)
    receipt = ledger.receipt(5, checkpoint=(tmp_path / "log" / "checkpoint").read_bytes())
    entry = ledger.entry_bytes(5)
    cl.verify_receipt(receipt, entry, KEY)
    for at in range(len(receipt)):
        changed = receipt[:at] + bytes([receipt[at] ^ 1]) + receipt[at + 1 :]
        with pytest.raises(errors.IntegrityError):
            cl.verify_receipt(changed, entry, KEY)
    for at in range(len(entry)):
        with pytest.raises(errors.IntegrityError):
            cl.verify_receipt(receipt, entry[:at] + bytes([entry[at] ^ 1]) + entry[at + 1 :], KEY)


def test_an_inclusion_proof_reads_few_tiles_and_one_entry(ledger: cl.Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is read for a proof does not grow with the log: one tile a level, and no entry but its own."""
    from carbon_ledger.log.checkpoint import format_checkpoint
    from carbon_ledger.signing import sign_note

    store, read, entries = ledger._store, [], []
    tile, entry_bytes = store.tile, store.entries
    note = sign_note(format_checkpoint(Checkpoint(SIGNER.name, ledger.size, bytes.fromhex(ledger.root()))), SIGNER)
    monkeypatch.setattr(store, "tile", lambda *where: read.append(where) or tile(*where))
    monkeypatch.setattr(store, "entries", lambda *where: entries.append(where) or entry_bytes(*where))
    from carbon_ledger.log.tiles import inclusion_proof

    inclusion_proof(5, ledger.size, store.tile)
    assert len(read) <= 3
    assert entries == []
    ledger.receipt(5, checkpoint=note)
    assert entries == [(5, 6)]


def test_a_receipt_verifies_where_only_the_package_and_cryptography_are(ledger: cl.Ledger, tmp_path: Path) -> None:
    """Neither pint nor sqlite3 is loaded to verify one."""
    ledger.publish(tmp_path / "log", signer=SIGNER)
    (tmp_path / "r").write_bytes(ledger.receipt(5, checkpoint=(tmp_path / "log" / "checkpoint").read_bytes()))
    (tmp_path / "e").write_bytes(ledger.entry_bytes(5))
    script = (
        "import sys, pathlib, carbon_ledger as cl\n"
        "receipt, entry = (pathlib.Path(name).read_bytes() for name in sys.argv[1:3])\n"
        "told = cl.verify_receipt(receipt, entry, sys.argv[3])\n"
        "print(told.entry.n, 'pint' in sys.modules, 'sqlite3' in sys.modules)\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "r"), str(tmp_path / "e"), KEY],
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout == "5 False False\n"


def test_tiles_of_every_level_are_compared() -> None:
    """65,536 leaves fill a tile of level 1, which no root of theirs is read from."""
    from carbon_ledger.log.growing import TileBuilder
    from carbon_ledger.log.merkle import leaf_hash
    from carbon_ledger.opening.published import TileChecker

    leaves = [leaf_hash(b"%d" % n) for n in range(65_540)]
    builder, files = TileBuilder(), {}
    for leaf in leaves:
        files |= {tile.path: data for tile, data in builder.append(leaf)}
    files |= {tile.path: data for tile, data in builder.partial_tiles()}
    for name in ("tile/0/007", "tile/1/000", "tile/2/000.p/1", "tile/0/256.p/4"):
        for wrong in (files[name][:-1] + bytes([files[name][-1] ^ 1]), None):
            findings: list[cl.Finding] = []
            checker = TileChecker((files | {name: wrong}).get, findings)
            for leaf in leaves:
                checker.append(leaf)
            checker.finish()
            assert [name in finding.detail for finding in findings] == [True], name


def test_what_did_not_run_is_not_said_to_have_passed(ledger: cl.Ledger, tmp_path: Path) -> None:
    place = tmp_path / "log"
    ledger.publish(place, signer=SIGNER)
    (place / "tile" / "entries" / "000").unlink()
    report = cl.audit_published(place, trusted_keys=KEY)
    assert not report.passed
    assert "every entry hashes to its leaf" in report.not_run
    assert "passed  every entry" not in str(report)
    assert report.root == ""
    (place / "checkpoint").unlink()
    assert "not run the entries have the root that was signed" in str(cl.audit_published(place, trusted_keys=KEY))


def test_a_kept_checkpoint_that_is_none_is_named(ledger: cl.Ledger, tmp_path: Path) -> None:
    told = ledger.publish(tmp_path / "log", signer=SIGNER)
    foreign = sign_checkpoint(Checkpoint(OTHER.name, ledger.size, bytes.fromhex(ledger.root())), OTHER)
    for since in (b"nothing", foreign):
        report = cl.audit_published(tmp_path / "log", trusted_keys=KEY, since=since)
        assert [item.check for item in report.findings] == ["the log continues the checkpoint that was kept"]
    report = cl.audit_published(tmp_path / "log", trusted_keys=KEY, since=told)
    assert (report.findings, report.checkpoint) == ((), told.note)


def test_a_new_key_signs_what_is_published_already(ledger: cl.Ledger, tmp_path: Path) -> None:
    ledger.publish(tmp_path / "log", signer=OTHER)
    assert not cl.audit_published(tmp_path / "log", trusted_keys=KEY).passed
    ledger.publish(tmp_path / "log", signer=SIGNER)
    assert cl.audit_published(tmp_path / "log", trusted_keys=KEY).passed


def test_what_a_killed_publish_left_is_removed(ledger: cl.Ledger, tmp_path: Path) -> None:
    place = tmp_path / "log"
    (place / "tile" / "0").mkdir(parents=True)
    (place / "tile" / "0" / ".000.99999.new").write_bytes(b"half")
    ledger.publish(place, signer=SIGNER)
    assert not [name for name in tree(place) if name.endswith(".new")]


def test_wrong_things_are_refused_by_name(ledger: cl.Ledger, tmp_path: Path) -> None:
    with pytest.raises(errors.SigningKeyError, match="expected a Signer"):
        ledger.publish(tmp_path / "log", signer="example.com/kalbajar")
    with pytest.raises(errors.FormatError, match="what publish"):
        ledger.receipt(0, checkpoint="text")
    for kept in ("text", {"size": 1}, "0" * 64):
        with pytest.raises(errors.FormatError, match=r"noted down as carbon_ledger\.Backup"):
            cl.open_ledger(tmp_path / "ledger.db", pinned=kept)
    for root in ("zz", "00" * 31, None, 1):
        with pytest.raises(errors.FormatError, match="expected 64 hexadecimal digits"):
            cl.open_ledger(tmp_path / "ledger.db", pinned=cl.Backup(path="", size=1, root=root))
    with pytest.raises(errors.NotALedgerError, match="no such file"):
        cl.open_ledger(tmp_path / "absent.db", pinned=Checkpoint("x", 1, bytes(32)))
    assert not (tmp_path / "absent.db").exists()
    ledger.publish(tmp_path / "log", signer=SIGNER)
    for keys in (tmp_path, KEY.encode(), [5], []):
        with pytest.raises(errors.SigningKeyError):
            cl.audit_published(tmp_path / "log", trusted_keys=keys)


def test_a_log_of_whole_tiles_has_no_partial_bundle(ledger: cl.Ledger, tmp_path: Path) -> None:
    """512 entries: two bundles, and none of no entry."""
    grow(ledger, 512 - ledger.size)
    ledger.publish(tmp_path / "log", signer=SIGNER)
    names = set(tree(tmp_path / "log"))
    assert names == {"checkpoint", "tile/0/000", "tile/0/001", "tile/1/000.p/2"} | {
        f"tile/entries/00{k}" for k in range(2)
    }
    assert cl.audit_published(tmp_path / "log", trusted_keys=KEY).passed


def test_two_that_publish_at_once_do_not_overwrite_each_other(
    ledger: cl.Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one that is late says so, and what the other published stands."""
    from carbon_ledger.publishing import publish

    place, sign = tmp_path / "log", publish.sign_checkpoint
    meanwhile = sign(Checkpoint(SIGNER.name, 7, bytes.fromhex(ledger.as_of(entry=6).root())), SIGNER)

    def late(checkpoint: Checkpoint, signer: Signer) -> bytes:
        (place / "checkpoint").write_bytes(meanwhile)
        return sign(checkpoint, signer)

    monkeypatch.setattr(publish, "sign_checkpoint", late)
    with pytest.raises(errors.StoreError, match="another process published meanwhile; publish again"):
        ledger.publish(place, signer=SIGNER)
    assert (place / "checkpoint").read_bytes() == meanwhile
    ledger.publish(place, signer=SIGNER)
    assert cl.audit_published(place, trusted_keys=KEY, since=meanwhile).passed


def test_a_place_that_cannot_be_written_is_named(ledger: cl.Ledger, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    for place in (tmp_path / "file", tmp_path / "file" / "log"):
        with pytest.raises(errors.StoreError, match=r"file.*: cannot publish \((File exists|Not a directory): "):
            ledger.publish(place, signer=SIGNER)
    assert (tmp_path / "file").read_bytes() == b""


def test_a_receipt_of_a_log_that_lies_about_its_numbers_is_refused(ledger: cl.Ledger) -> None:
    """Well hashed, well signed, and yet not the entry that its place says."""
    from carbon_ledger.log.merkle import inclusion_proof, leaf_hash, root_hash
    from carbon_ledger.log.proof import TlogProof, format_proof

    data = [ledger.entry_bytes(n) for n in (0, 2, 1)]
    leaves = [leaf_hash(item) for item in data]
    note = sign_checkpoint(Checkpoint(SIGNER.name, 3, root_hash(leaves)), SIGNER)
    for place, calls_itself in ((0, 0), (1, 2), (2, 1)):
        receipt = format_proof(TlogProof(place, tuple(inclusion_proof(leaves, place)), note))
        if place == calls_itself:
            assert cl.verify_receipt(receipt, data[place], KEY).entry.n == place
        else:
            with pytest.raises(errors.InvalidProofError, match=f"calls itself {calls_itself}, .* for place {place}"):
                cl.verify_receipt(receipt, data[place], KEY)
