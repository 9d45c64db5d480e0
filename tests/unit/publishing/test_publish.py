"""Publishing: a published log extends the log before it, and nothing is signed that does not match its leaf."""

import shutil
from pathlib import Path

import pytest
from tests.conftest import Clock
from tests.faults.suite.tampering import tamper
from tests.support.published_log import KEY, OTHER, SIGNER, file, grow, ledger, tree

import carbon_ledger as cl
from carbon_ledger import errors
from carbon_ledger.log.checkpoint import Checkpoint
from carbon_ledger.signing import Signer

__all__ = ["file", "ledger"]


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
        with pytest.raises(errors.FormatError, match=r"that you noted, as carbon_ledger\.Backup"):
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
    with pytest.raises(errors.StoreError, match="another process published at the same time; publish again"):
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


def views_of(place: Path) -> dict[str, bytes]:
    return {name: data for name, data in tree(place).items() if name.startswith("views/")}


def test_publishing_the_same_state_again_with_views_changes_no_byte(ledger: cl.Ledger, tmp_path: Path) -> None:
    place, public = tmp_path / "log", cl.PublicViews(accounts=["op", "account-7"])
    ledger.publish(place, signer=SIGNER, views=public)
    grow(ledger, 1)
    ledger.publish(place, signer=SIGNER, views=public)
    before, times = tree(place), {path: path.stat().st_mtime_ns for path in place.rglob("*") if path.is_file()}
    ledger.publish(place, signer=SIGNER, views=public)
    assert tree(place) == before
    assert {path: path.stat().st_mtime_ns for path in place.rglob("*") if path.is_file()} == times
    ledger.publish(place, signer=SIGNER)  # without views, those that are there stay
    assert tree(place) == before
    assert cl.audit_published(place, trusted_keys=KEY).passed


def test_views_beside_a_log_that_is_published_already(ledger: cl.Ledger, tmp_path: Path) -> None:
    """They have the receipts of the checkpoint that is there, which does not change."""
    ledger.publish(tmp_path, signer=SIGNER)
    before = tree(tmp_path)
    ledger.publish(tmp_path, signer=SIGNER, views=cl.PublicViews())
    assert {name: data for name, data in tree(tmp_path).items() if name in before} == before
    assert cl.audit_published(tmp_path, trusted_keys=KEY).passed


def test_no_checkpoint_is_there_without_its_views(
    ledger: cl.Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever a publish stops, what the checkpoint leads to is complete, and the next run completes the rest."""
    from carbon_ledger.publishing import publish

    public = cl.PublicViews(accounts=["op"])
    old, expected = tmp_path / "old", tmp_path / "expected"
    ledger.publish(old, signer=SIGNER, views=public)
    grow(ledger, 1)
    shutil.copytree(old, expected)
    ledger.publish(expected, signer=SIGNER, views=public)
    written = len(set(tree(expected).items()) - set(tree(old).items()))
    write = publish._write
    for stop in range(written):
        place, count = tmp_path / f"stopped-{stop}", 0
        shutil.copytree(old, place)

        def interrupted(where: Path, name: str, data: bytes, stop: int = stop) -> None:
            nonlocal count
            if not (where / name).is_file() or (where / name).read_bytes() != data:
                count += 1
                if count > stop:
                    raise KeyboardInterrupt
            write(where, name, data)

        monkeypatch.setattr(publish, "_write", interrupted)
        with pytest.raises(KeyboardInterrupt):
            ledger.publish(place, signer=SIGNER, views=public)
        assert tree(place)["checkpoint"] == tree(old)["checkpoint"]
        assert cl.audit_published(place, trusted_keys=KEY).passed
        monkeypatch.setattr(publish, "_write", write)
        ledger.publish(place, signer=SIGNER, views=public)
        assert tree(place) == tree(expected)


def test_the_views_of_the_checkpoint_before_stay_and_older_ones_go(ledger: cl.Ledger, tmp_path: Path) -> None:
    sizes = []
    for _ in range(3):
        grow(ledger, 1)
        sizes.append(ledger.publish(tmp_path, signer=SIGNER, views=cl.PublicViews()).size)
    assert {name.split("/")[1] for name in views_of(tmp_path)} == {str(size) for size in sizes[1:]}


def test_an_account_that_is_public_no_more_is_removed_from_the_views(ledger: cl.Ledger, tmp_path: Path) -> None:
    ledger.publish(tmp_path, signer=SIGNER, views=cl.PublicViews(accounts=["op", "account-7"]))
    assert b"account-7" in b"".join(views_of(tmp_path).values())
    ledger.publish(tmp_path, signer=SIGNER, views=cl.PublicViews(accounts=["op"]))
    assert b"account-7" not in b"".join(views_of(tmp_path).values())
    assert not any("account-7" in name for name in views_of(tmp_path))
    assert cl.audit_published(tmp_path, trusted_keys=KEY).passed


def test_views_of_another_key_have_its_receipts(ledger: cl.Ledger, tmp_path: Path) -> None:
    ledger.publish(tmp_path, signer=SIGNER, views=cl.PublicViews())
    ledger.publish(tmp_path, signer=OTHER, views=cl.PublicViews())
    assert cl.audit_published(tmp_path, trusted_keys=str(OTHER.verifier_key)).passed


def test_what_is_no_description_of_views_is_refused_before_anything_is_written(
    ledger: cl.Ledger, tmp_path: Path
) -> None:
    for views in (True, {"accounts": "all"}, "all"):
        with pytest.raises(errors.QuantityError, match="views"):
            ledger.publish(tmp_path / "log", signer=SIGNER, views=views)
    with pytest.raises(errors.UnknownAccountError, match="nobody"):
        ledger.publish(tmp_path / "log", signer=SIGNER, views=cl.PublicViews(accounts=["nobody"]))
    assert not (tmp_path / "log").exists()


def test_what_can_still_be_undone_is_not_signed(ledger: cl.Ledger, tmp_path: Path) -> None:
    """A batch that was published and then undone would leave a signed log that the ledger does not continue."""
    place = tmp_path / "log"
    ledger.publish(place, signer=SIGNER)
    before = tree(place)
    with ledger.batch():
        grow(ledger, 3)
        with pytest.raises(errors.StoreError, match="a batch of this thread is open"):
            ledger.publish(place, signer=SIGNER)
    assert tree(place) == before
    grow(ledger, 1)
    assert ledger.publish(place, signer=SIGNER).size == ledger.size
