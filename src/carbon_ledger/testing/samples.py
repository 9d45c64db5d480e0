"""Entries and rows for the store contract: one of each kind, with the values that stores get wrong."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from carbon_ledger.ledger.entries import Entry
from carbon_ledger.ledger.ledger import Ledger
from carbon_ledger.ledger.state import (
    ACTIVE,
    RETIRED,
    Accrual,
    Balance,
    Claim,
    Issuance,
    IssuedBatch,
    KeyUse,
    Piece,
    Reading,
    Registration,
    Row,
    Store,
)
from carbon_ledger.periods import Period
from carbon_ledger.serials import Batch
from carbon_ledger.testing.commands import Action, on_ledger
from carbon_ledger.testing.naming import Names
from carbon_ledger.testing.stage import END_UTC, START_UTC, furnish
from carbon_ledger.testing.strategies import BOTH_WAIVERS, Cut
from carbon_ledger.testing.twin import begun

HOUR_S: Final = 3600
MOST_WH: Final = 2**53 - 1
LONG: Final = Decimal("-0.1234567890123456789012345678901234567890")


def entry_bytes(n: int, name: str = "Ünïcode, 水力") -> bytes:
    """The bytes of an entry that any place in a log can have."""
    event = {"account": f"account-{n}", "name": name}
    return Entry(n=n, at=f"2024-01-01T00:00:00.{n:06d}Z", by="tester", type="account.opened", event=event).to_bytes()


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
    """An issuance of two vintages, one amount of them long and negative."""
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
    """A row of every table, as entry *n* could have written it."""
    return [
        Registration("account", f"account-{n}", n),
        reading(n, n + 1, n),
        claim(n, n + 1, n),
        Accrual("hydro", n, LONG, 2024, Decimal("1e-40"), -3, 10),
        issuance(n, n),
        issued_batch(n),
        Piece(f"hydro/2024/{n}", 1, 10, "op", ACTIVE, n),
        Balance("op", "EECS-GO", n, active=10 * n, retired=1, cancelled=2, withdrawn=3),
        KeyUse(f"key-{n}", n),
    ]


def write(store: Store, *rows_of_entries: list[Row]) -> None:
    """Append entries with their rows, each in a transaction of its own."""
    for rows in rows_of_entries:
        with store.transaction():
            store.append(entry_bytes(store.size()), rows)


def cut_history() -> list[list[Row]]:
    """A batch that is cut, moved and retired, entry by entry."""
    return [
        [piece(1, 10, 0)],
        [piece(1, 3, 1), piece(4, 6, 1, "buyer"), piece(7, 10, 1)],
        [piece(4, 4, 2, "buyer", RETIRED), piece(5, 6, 2, "buyer")],
        [piece(5, 6, 3, "op")],
    ]


def story(store: Store) -> Iterator[Ledger]:
    """A short life of a ledger, command by command: metered, issued, moved, corrected, voided, issued again.

    Args:
        store: An empty store.

    Yields:
        The ledger after each command.
    """
    ledger, names = begun(store, lambda: datetime(2024, 2, 1, tzinfo=UTC)), Names()
    yield ledger
    furnish(ledger)
    yield ledger
    whole = Period(START_UTC, START_UTC + 6 * HOUR_S)
    metered = {"device": "alpha", "start": START_UTC, "step_s": HOUR_S, "values": [2_600_000] * 6}
    issue = {"project": "irec", "period": whole, "to": "op", "waivers": BOTH_WAIVERS}
    on_ledger(ledger, names, Action("record", metered, "first"))
    yield ledger
    on_ledger(ledger, names, Action("issue", issue, "second"))
    yield ledger
    (batch,) = ledger.batches("irec")
    for name, cut, more in (
        ("transfer", Cut(batch.block, 3, 4), {"to": "buyer", "from_": None}),
        ("retire", Cut(batch.block, 4, 2), {"from_": "buyer"}),
        ("transfer", Cut(batch.block, 6, 1), {"to": "op", "from_": None}),
        ("transfer", Cut(batch.block, 3, 1), {"to": "op", "from_": None}),
    ):
        on_ledger(ledger, names, Action(name, {"cut": cut, **more}))
        yield ledger
    corrected = {"device": "alpha", "start": START_UTC + HOUR_S, "step_s": HOUR_S // 2, "values": [100_000] * 4}
    on_ledger(ledger, names, Action("correct", corrected))
    yield ledger
    later = {"device": "alpha", "start": START_UTC + 8 * HOUR_S, "step_s": 4 * HOUR_S, "values": [6_000_000]}
    on_ledger(ledger, names, Action("record", later))
    on_ledger(ledger, names, Action("issue", {**issue, "project": "go", "period": Period(START_UTC, END_UTC)}))
    yield ledger
    ledger.void(ledger.issuances("go")[0].n, reason="a mistake")
    yield ledger
    on_ledger(ledger, names, Action("issue", {**issue, "period": Period(START_UTC, END_UTC)}))
    yield ledger
