"""Sample entries and rows of every kind for the store contract, with values that stores may get wrong."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.entries.events import ACCOUNT_OPENED
from carbon_ledger.core.state.rows import (
    ACTIVE,
    RETIRED,
    Approval,
    Balance,
    Carry,
    Claim,
    Expiring,
    Grant,
    ImportedSerials,
    Issuance,
    IssuedBatch,
    IssuedVintage,
    KeyUse,
    Label,
    Offer,
    Owed,
    Piece,
    Reading,
    Registration,
    Row,
)
from carbon_ledger.core.state.store import ReplayTarget, Store
from carbon_ledger.ledger.ledger import Ledger
from carbon_ledger.periods import Period
from carbon_ledger.periods.instants import instant_text
from carbon_ledger.serials import Batch
from carbon_ledger.testing._machine.commands import EVIDENCE
from carbon_ledger.testing._machine.setup import END_UTC, START_UTC, set_up
from carbon_ledger.testing._machine.side_by_side import ledger_over
from carbon_ledger.testing.strategies import BOTH_WAIVERS

HOUR_S: Final = 3600
MOST_WH: Final = 2**53 - 1
LONG: Final = Decimal("-0.1234567890123456789012345678901234567890")
_FIRST: Final = Period(START_UTC, START_UTC + 6 * HOUR_S)


def entry_bytes(n: int, name: str = "Ünïcode, 水力") -> bytes:
    """The bytes of an entry that is valid at any position in a log."""
    event = {"account": f"account-{n}", "name": name}
    return Entry(n=n, at=f"2024-01-01T00:00:00.{n:06d}Z", by="tester", type=ACCOUNT_OPENED, event=event).to_bytes()


def reading(start_h: int, end_h: int, from_n: int, *, device: str = "plant", to_n: int | None = None) -> Reading:
    """A run of hourly readings."""
    return Reading(device, start_h * HOUR_S, end_h * HOUR_S, HOUR_S, MOST_WH, None, from_n, from_n, to_n)


def claim(start_h: int, end_h: int, from_n: int, *, to_n: int | None = None) -> Claim:
    """A claim of hourly steps."""
    return Claim("plant", start_h * HOUR_S, end_h * HOUR_S, from_n, from_n, to_n)


def piece(first: int, last: int, from_n: int, account: str = "op", state: str = ACTIVE) -> Piece:
    """A piece of the sample batch."""
    return Piece("hydro/2024/0", first, last, account, state, from_n)


def issuance(n: int, from_n: int, counted: int = 10) -> Issuance:
    """An issuance of two vintages, one of them with a long negative amount."""
    amounts = ((2023, LONG), (2024, Decimal("10.6")))
    return Issuance(n, from_n, "hydro", 0, HOUR_S, "op", "sha256:" + "0" * 64, amounts, counted)


def issued_batch(n: int, vintage: int = 2024) -> IssuedBatch:
    """A batch of ten units that expire."""
    batch = Batch(
        batch_id=f"hydro/{vintage}/{n}",
        project="hydro",
        instrument="EECS-GO",
        vintage=vintage,
        count=10,
        account="op",
        production=Period(0, HOUR_S),
        expires_utc=10 * HOUR_S,
        device="plant",
    )
    return IssuedBatch(n, batch)


def one_of_each(n: int) -> list[Row]:
    """One row of every table, as entry *n* could have written it."""
    return [
        Registration("account", f"account-{n}", n),
        reading(n, n + 1, n),
        claim(n, n + 1, n),
        Carry("hydro", 2024, n, LONG, -3, 10),
        issuance(n, n),
        IssuedVintage("hydro", 2024, n, n),
        issued_batch(n),
        Piece(f"hydro/2024/{n}", 1, 10, "op", ACTIVE, n),
        Balance("op", "EECS-GO", n, 10 * n, 1, 2, 3, 4, 5, 6, 7),
        Expiring("op", "EECS-GO", MOST_WH - 9 + n, 4, 3, 2, 1, n),
        Offer(n, n, "op", "buyer", None if n % 2 else MOST_WH, "offered"),
        Label(f"hydro/2024/{n}", 1, 10, "tag:ə", n, n),
        ImportedSerials("acr", "203", 10 * n + 1, 10 * n + 5, f"acr/2024/{n}", n),
        Grant("Ünïcode, 水力", "account-holder", f"account-{n}", n),
        Approval("sha256:" + "0" * 64, "hydro", 0, HOUR_S, "verifier", n),
        Owed("feeder", n, (n, -(2**70), 2**70 - n)),
        KeyUse("key", f"actor-{n}", n),
    ]


def write(store: Store | ReplayTarget, *rows_of_entries: list[Row]) -> None:
    """Append entries with their rows, each in a transaction of its own."""
    for rows in rows_of_entries:
        with store.transaction():
            store.append(entry_bytes(store.size()), rows)


def cut_history() -> list[list[Row]]:
    """The rows of a batch that is split, transferred and retired, entry by entry."""
    return [
        [piece(1, 10, 0)],
        [piece(1, 3, 1), piece(4, 6, 1, "buyer"), piece(7, 10, 1)],
        [piece(4, 4, 2, "buyer", RETIRED), piece(5, 6, 2, "buyer")],
        [piece(5, 6, 3, "op")],
    ]


def story(store: Store) -> Iterator[Ledger]:
    """A short history of a ledger with roles that writes rows of every kind, command by command.

    Args:
        store: An empty store.

    Yields:
        The ledger after each command.
    """
    now = datetime(2024, 2, 1, tzinfo=UTC)
    ledger = ledger_over(store, lambda: now, policy="roles")
    yield ledger
    set_up(ledger)
    for chapter in (_metered_and_issued, _moved_and_corrected, _held_and_offered, _voided_and_converted, _brought_in):
        yield ledger
        for _ in chapter(ledger):
            yield ledger
    yield ledger


def _metered_and_issued(ledger: Ledger) -> Iterator[object]:
    """Six hours are recorded, approved by another actor and issued, with a share in the buffer."""
    start = instant_text(START_UTC)
    yield ledger.record_readings("alpha", start=start, step="1 hour", net_wh=[2_600_000] * 6, key="first")
    result = ledger.quantify("irec", _FIRST, waivers=BOTH_WAIVERS)
    yield ledger.approve(result, by="second")
    yield ledger.issue("irec", _FIRST, to="op", waivers=BOTH_WAIVERS, buffer="0.1", key="second")


def _moved_and_corrected(ledger: Ledger) -> Iterator[object]:
    """Units are transferred, retired and transferred back; a correction withdraws others."""
    block = ledger.batches("irec")[0].block
    yield ledger.transfer(block.cut(3, 4)[1], to="buyer")
    yield ledger.retire(block.cut(4, 2)[1], beneficiary="B", purpose="a claim", period=_FIRST)
    yield ledger.transfer([block.cut(6, 1)[1], block.cut(3, 1)[1]], to="op")
    start = instant_text(START_UTC + HOUR_S)
    yield ledger.correct_readings(
        "alpha", start=start, step="30 min", net_wh=[100_000] * 4, reason="calibration", evidence=EVIDENCE
    )


def _held_and_offered(ledger: Ledger) -> Iterator[object]:
    """Units are locked and released, labelled and unlabelled in part, offered and accepted."""
    block = ledger.batches("irec")[0].block
    yield ledger.lock(block.take(3), reason="a dispute")
    yield ledger.release(block.cut(1, 1)[1], reason="settled")
    yield ledger.label(block.take(3), "CORSIA", evidence=EVIDENCE, reason="a letter")
    yield ledger.unlabel(block.cut(1, 1)[1], "CORSIA", reason="another letter")
    offer = ledger.offer(block.cut(1, 1)[1], to="buyer", deadline="2024-03-01T00:00Z")
    yield offer
    yield ledger.accept(offer)


def _voided_and_converted(ledger: Ledger) -> Iterator[object]:
    """An issuance is voided; the same steps are issued again and converted to another instrument."""
    later, whole = Period(START_UTC + 8 * HOUR_S, START_UTC + 12 * HOUR_S), Period(START_UTC, END_UTC)
    ledger.record_generation("alpha", later, net="6 MWh")
    yield ledger.issue("go", whole, to="op", waivers=BOTH_WAIVERS)
    ledger.void(ledger.issuances("go")[0].n, reason="a mistake")
    yield None
    batch = ledger.issue("go", whole, to="op", waivers=BOTH_WAIVERS)[0]
    yield ledger.convert(batch, to_instrument="I-REC-E", reason="another scheme")
    result = ledger.quantify("irec", later, waivers=BOTH_WAIVERS)
    yield ledger.approve(result, by="second")
    yield ledger.correct_generation("alpha", later, net="5 MWh", reason="again", evidence=EVIDENCE)


def _brought_in(ledger: Ledger) -> Iterator[object]:
    """Blocks are imported, some of their units are exported, a role is revoked, and a shared meter is read."""
    january = Period.month(2024, 1, zone="UTC")
    for numbers in ("608 to 612", "613 to 613"):
        yield ledger.import_block(
            f"MIRECS-123-MI-01-2024-30645-{numbers}",
            registry="m-rets",
            instrument="EECS-GO",
            to="buyer",
            production=january,
            project="there",
            evidence=EVIDENCE,
            labels=["E+"],
        )
    yield ledger.export(ledger.imported()[0].take(2), to_registry="elsewhere", reference="7")
    ledger.revoke("second", "issuer", reason="left")
    yield ledger.record_meter_readings("feeder-small", start=instant_text(START_UTC), step="1 hour", net_wh=[1, 3, -1])
