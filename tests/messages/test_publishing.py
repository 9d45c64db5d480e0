"""Messages about a log that cannot be published, and a receipt that cannot be given."""

from collections.abc import Callable
from pathlib import Path

import pytest

import carbon_ledger as cl
from carbon_ledger.errors import (
    BrokenLogError,
    ForkError,
    FormatError,
    InvalidProofError,
    QuantityError,
    SigningKeyError,
    StoreError,
    UnknownAccountError,
)
from carbon_ledger.log.checkpoint import Checkpoint
from carbon_ledger.log.merkle import leaf_hash, root_hash
from carbon_ledger.log.proof import TlogProof, format_proof
from carbon_ledger.publishing import publish
from carbon_ledger.signing import Signer, sign_checkpoint
from carbon_ledger.stores.memory import MemoryStore
from tests.messages.ledgers import begin
from tests.messages.snapshots import Case, Do, Expect, Refusal, refusals, refused

SIGNER, OTHER = Signer("example.com/a", bytes(range(32))), Signer("example.com/b", bytes(32))


def empty() -> cl.Ledger:
    """A ledger that has its opening alone."""
    return cl.open_ledger(":memory:", ledger_id="test")


def published(place: Path) -> cl.Ledger:
    """A ledger of four entries, published at *place*."""
    ledger = begin()
    ledger.publish(place, signer=SIGNER)
    return ledger


def compared(place: Path, keys: object = str(SIGNER.verifier_key)) -> object:
    """Compare a published log with an empty ledger."""
    published(place)
    return cl.compare_claims(empty(), place, trusted_keys=keys)


def compare_changed(place: Path) -> object:
    """Compare a published log of which entry 1 was changed."""
    published(place)
    (bundle,) = (path for path in (place / "tile/entries").rglob("*") if path.is_file())
    bundle.write_bytes(bundle.read_bytes().replace(b"account.opened", b"account.openee", 1))
    return cl.compare_claims(empty(), place, trusted_keys=str(SIGNER.verifier_key))


def publish_fork(place: Path) -> None:
    """Publish another ledger of as many entries."""
    published(place)
    fork = empty()
    for name in ("x", "y", "z"):
        fork.open_account(name, name=name)
    fork.publish(place, signer=SIGNER)


def publish_shorter(place: Path) -> None:
    published(place)
    empty().publish(place, signer=SIGNER)


def publish_over_garbage(place: Path) -> None:
    ledger = published(place)
    (place / "checkpoint").write_bytes(b"not a note")
    ledger.publish(place, signer=SIGNER)


def publish_to_file(place: Path) -> None:
    place.write_bytes(b"")
    begin().publish(place, signer=SIGNER)


def publish_beside_another(place: Path) -> None:
    """Another process publishes between the look and the writing."""
    ledger = begin()
    found = iter([None, ledger.publish(place / "other", signer=SIGNER)])
    with pytest.MonkeyPatch.context() as meanwhile:
        meanwhile.setattr(publish, "_published", lambda _: next(found))
        ledger.publish(place / "log", signer=SIGNER)


def publish_other_leaves(place: Path) -> None:
    """Publish a ledger whose file has other hashes than its entries."""
    ledger = begin()
    with pytest.MonkeyPatch.context() as meanwhile:
        meanwhile.setattr(MemoryStore, "leaves", lambda *_: iter([bytes(32)] * 4))
        ledger.publish(place, signer=SIGNER)


def changes_of_other_leaves(_: Path) -> None:
    """Ask for the changes of a ledger whose file has other hashes than its entries."""
    ledger = begin()
    with pytest.MonkeyPatch.context() as meanwhile:
        meanwhile.setattr(MemoryStore, "leaves", lambda *_: iter([bytes(32)] * 4))
        ledger.changes(since=2)


def receipt(n: int, checkpoint: object = None, ledger: Callable[[], cl.Ledger] | None = None) -> Do:
    """Ask for the receipt of an entry: of a ledger that went on after it was published, or of another one."""

    def ask(place: Path) -> object:
        own = begin()
        latest = own.publish(place, signer=SIGNER)
        own.open_account("late", name="Late")
        return (ledger() if ledger else own).receipt(n, checkpoint=latest if checkpoint is None else checkpoint)

    return ask


def verify_second_at_first(place: Path) -> object:
    """Verify in a log of one entry, which calls itself the second."""
    entry = begin().entry_bytes(1)
    leaf = leaf_hash(entry)
    note = sign_checkpoint(Checkpoint(SIGNER.name, 1, root_hash([leaf])), SIGNER)
    return cl.verify_receipt(format_proof(TlogProof(0, (), note)), entry, str(SIGNER.verifier_key))


CONTRADICTING: list[Refusal] = [
    ("publish-shorter-ledger", publish_shorter, ForkError),
    ("publish-another-ledger", publish_fork, ForkError),
    ("publish-by-another-signer", lambda place: published(place).publish(place, signer=OTHER), ForkError),
    ("publish-over-invalid-checkpoint", publish_over_garbage, ForkError),
]
PLACES: list[Refusal] = [
    ("publish-to-file", publish_to_file, StoreError),
    ("publish-with-text-as-signer", lambda place: begin().publish(place, signer="me"), SigningKeyError),
    ("publish-beside-another-process", publish_beside_another, StoreError),
    ("publish-entry-with-another-hash", publish_other_leaves, BrokenLogError),
]
RECEIPTS: list[Refusal] = [
    ("receipt-of-entry-after-checkpoint", receipt(4), StoreError),
    ("receipt-with-text-as-checkpoint", receipt(1, "text"), FormatError),
    ("receipt-with-malformed-checkpoint", receipt(1, b"text"), FormatError),
    ("receipt-of-another-ledger", receipt(0, ledger=empty), ForkError),
    ("verify-entry-at-another-place", verify_second_at_first, InvalidProofError),
]
CHANGED: list[Refusal] = [
    ("changes-since-later-size", lambda _: begin().changes(since=5), StoreError),
    ("changes-since-text", lambda _: begin().changes(since="text"), FormatError),
    ("changes-since-longer-checkpoint", lambda _: empty().changes(since=Checkpoint("x", 4, bytes(32))), ForkError),
    ("changes-since-another-ledger", lambda _: begin().changes(since=Checkpoint("x", 4, bytes(32))), ForkError),
    (
        "changes-since-checkpoint-that-is-newer-than-the-reader",
        lambda _: begin().as_of(entry=1).changes(since=Checkpoint("x", 4, bytes(32))),
        StoreError,
    ),
    ("changes-of-entry-with-another-hash", changes_of_other_leaves, BrokenLogError),
]
FOLDERS: list[Refusal] = [
    ("compare-claims-of-a-log-without-its-key", lambda place: compared(place, ()), SigningKeyError),
    ("compare-claims-of-a-changed-log", compare_changed, BrokenLogError),
    ("compare-claims-of-a-number", lambda _: cl.compare_claims(empty(), 7), QuantityError),
    ("compare-claims-from-no-digit-on", lambda _: cl.compare_claims(empty(), empty(), least_digits=0), QuantityError),
    ("verify-evidence-in-missing-folder", lambda place: begin().verify_evidence(place), StoreError),
    ("verify-evidence-in-what-is-no-path", lambda _: begin().verify_evidence(None), StoreError),
]
VIEWS: list[Refusal] = [
    ("publish-with-text-as-views", lambda place: begin().publish(place, signer=SIGNER, views="all"), QuantityError),
    ("views-of-an-account-as-text", lambda _: cl.PublicViews(accounts="owner"), QuantityError),
    ("views-with-text-as-beneficiaries", lambda _: cl.PublicViews(beneficiaries="yes"), QuantityError),
    ("views-of-unknown-account", lambda place: views_of(place, "nobody"), UnknownAccountError),
]


def views_of(place: Path, account: str) -> cl.Published:
    return begin().publish(place, signer=SIGNER, views=cl.PublicViews(accounts=[account]))


@refusals(CONTRADICTING, PLACES, RECEIPTS, CHANGED, FOLDERS, VIEWS)
def test_it_is_refused_in_these_words(case: Case, expect: Expect, tmp_path: Path) -> None:
    place = tmp_path / "log"
    hashed = leaf_hash(begin().entry_bytes(0)).hex()  # names the version of the library
    expect(refused(case, place).replace(str(place), "{place}").replace(hashed, "{hash}"))
