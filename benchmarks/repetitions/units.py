"""Repeated commands about units, roles and idempotency keys: each function repeats *count* times what it names."""

import carbon_ledger as cl
from benchmarks.repetitions.setup import CLAIM, EVIDENCE, import_batch, single_units
from carbon_ledger.ledger.ledger import Ledger
from carbon_ledger.testing._machine.setup import OPENER


def labels(ledger: Ledger, count: int) -> None:
    for block in single_units(import_batch(ledger), count):
        ledger.label(block, "CORSIA", evidence=EVIDENCE, reason="letter")


def labels_off(ledger: Ledger, count: int) -> None:
    batch = import_batch(ledger)
    if count:
        ledger.label(batch, "CORSIA", evidence=EVIDENCE, reason="letter")
    for block in single_units(batch, count):
        ledger.unlabel(block, "CORSIA", reason="withdrawn")


def labels_on_and_off(ledger: Ledger, count: int) -> None:
    block = import_batch(ledger).take(10)
    for _ in range(count):
        ledger.label(block, "CORSIA", evidence=EVIDENCE, reason="letter")
        ledger.unlabel(block, "CORSIA", reason="withdrawn")


def labels_together(ledger: Ledger, count: int) -> None:
    blocks = single_units(import_batch(ledger), count)
    if count:
        ledger.label(blocks, "CORSIA", evidence=EVIDENCE, reason="letter")
        ledger.unlabel(blocks, "CORSIA", reason="withdrawn")


def unlabelled_across(ledger: Ledger, count: int) -> None:
    """A label is removed from many ranges with one command."""
    batch = import_batch(ledger)
    for k in range(count):
        ledger.label(cl.Block(batch.batch_id, 2 * k + 1, 2 * k + 2), "CORSIA", evidence=EVIDENCE, reason="letter")
    if count:
        ledger.unlabel(cl.Block(batch.batch_id, 1, 2 * count), "CORSIA", reason="withdrawn")


def tags(ledger: Ledger, count: int) -> None:
    block = import_batch(ledger).take(10)
    for k in range(count):
        ledger.label(block, f"tag:{k}", evidence=EVIDENCE, reason="letter")


def cuts(ledger: Ledger, count: int) -> None:
    for block in single_units(import_batch(ledger), count):
        ledger.transfer(block, to="buyer")


def to_and_fro(ledger: Ledger, count: int) -> None:
    block = import_batch(ledger).take(10)
    for _ in range(count):
        ledger.transfer(block, to="buyer")
        ledger.transfer(block, to="op")


def holds(ledger: Ledger, count: int) -> None:
    block = import_batch(ledger).take(10)
    for _ in range(count):
        ledger.lock(block, reason="a dispute")
        ledger.release(block, reason="settled")


def holds_of_many(ledger: Ledger, count: int) -> None:
    blocks = single_units(import_batch(ledger), count)
    for block in blocks:
        ledger.lock(block, reason="a dispute")
    for block in blocks:
        ledger.release(block, reason="settled")


def offers(ledger: Ledger, count: int) -> None:
    block = import_batch(ledger).take(10)
    for _ in range(count):
        ledger.revoke_offer(ledger.offer(block, to="buyer"))


def offers_accepted(ledger: Ledger, count: int) -> None:
    for block in single_units(import_batch(ledger), count):
        ledger.accept(ledger.offer(block, to="buyer"))


def imports(ledger: Ledger, count: int) -> None:
    for k in range(count):
        import_batch(ledger, 10 * k + 1, 10)


def final(ledger: Ledger, count: int) -> None:
    """Units that are retired, cancelled, exported and withdrawn."""
    batch = import_batch(ledger)
    for k, block in enumerate(single_units(batch, count)):
        if k % 4 == 0:
            ledger.retire(block, **CLAIM)
        elif k % 4 == 1:
            ledger.cancel(block, reason="goodwill")
        elif k % 4 == 2:
            ledger.export(block, to_registry="evident", reference="7")
        else:
            ledger.withdraw(block, reason="an order")


def retired_together(ledger: Ledger, count: int) -> None:
    blocks = single_units(import_batch(ledger), count)
    if count:
        ledger.retire(blocks, **CLAIM)


def roles_of_one(ledger: Ledger, count: int) -> None:
    for k in range(count):
        ledger.open_account(f"account-{k}", name="A")
        ledger.grant(OPENER, "account-holder", account=f"account-{k}")


def roles_of_many(ledger: Ledger, count: int) -> None:
    for k in range(count):
        ledger.grant(f"actor-{k}", "registrar")
    for k in range(count):
        ledger.revoke(f"actor-{k}", "registrar", reason="left")


def roles_again(ledger: Ledger, count: int) -> None:
    for _ in range(count):
        ledger.grant("ann", "registrar")
        ledger.revoke("ann", "registrar", reason="left")


def keys(ledger: Ledger, count: int) -> None:
    for k in range(count):
        ledger.open_account(f"account-{k}", name="A", key=f"key-{k}")
