"""The audit of a published log finds every changed byte, and reports what it could not check."""

import shutil
from pathlib import Path

import pytest
from tests.conftest import Clock
from tests.support.published_log import KEY, OTHER, SIGNER, file, ledger, tree

import carbon_ledger as cl
from carbon_ledger import errors
from carbon_ledger.log.checkpoint import Checkpoint
from carbon_ledger.signing import sign_checkpoint

__all__ = ["file", "ledger"]


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
    assert [item.check for item in report.findings] == ["the log continues the earlier checkpoint"]
    with pytest.raises(errors.ForkError, match="rewritten"):
        cl.open_ledger(rewritten, pinned=kept)


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
    assert "not run the entries have the signed root" in str(cl.audit_published(place, trusted_keys=KEY))


def test_a_kept_checkpoint_that_is_none_is_named(ledger: cl.Ledger, tmp_path: Path) -> None:
    told = ledger.publish(tmp_path / "log", signer=SIGNER)
    foreign = sign_checkpoint(Checkpoint(OTHER.name, ledger.size, bytes.fromhex(ledger.root())), OTHER)
    for since in (b"nothing", foreign):
        report = cl.audit_published(tmp_path / "log", trusted_keys=KEY, since=since)
        assert [item.check for item in report.findings] == ["the log continues the earlier checkpoint"]
    report = cl.audit_published(tmp_path / "log", trusted_keys=KEY, since=told)
    assert (report.findings, report.checkpoint) == ((), told.note)
