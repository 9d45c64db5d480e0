"""The invariants of an audit: each broken sum is named in a finding, in both stores."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from attrs import evolve

from carbon_ledger.audit.invariants import broken_invariants
from carbon_ledger.core.state.rows import (
    ALL_VINTAGES,
    Balance,
    Carry,
    Claim,
    Expiring,
    ImportedSerials,
    Issuance,
    IssuedBatch,
    Label,
    Piece,
    Reading,
    Row,
)
from carbon_ledger.core.state.store import Store
from carbon_ledger.periods import Period
from carbon_ledger.serials import Batch
from carbon_ledger.stores.memory import MemoryStore
from carbon_ledger.stores.sqlite import SqliteStore
from carbon_ledger.testing.samples import write


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    found: Store = MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "ledger.db")
    yield found
    found.close()


def batch(batch_id: str, instrument: str, count: int) -> IssuedBatch:
    return IssuedBatch(
        {"b": 1, "c": 2}.get(batch_id, 0),
        Batch(
            batch_id=batch_id,
            project="p",
            instrument=instrument,
            vintage=2024,
            count=count,
            account="op",
            production=Period(0, 3600),
        ),
    )


def issuance(n: int, counted: int, *, voided: bool = False, project: str = "p") -> Issuance:
    amounts = ((2024, Decimal(counted) + Decimal("0.25")),)
    return Issuance(n, n, project, 0, 3600, "op", "sha256:" + "0" * 64, amounts, counted, voided)


CARRIED = Label("a", 1, 4, "E+", 0, 0)
CAME_IN = ImportedSerials("acr", "203", 1, 5, "b", 0)


def sound() -> list[list[Row]]:
    """Three batches of two instruments in two accounts, one of them cut and moved; every sum is right."""
    return [
        [
            issuance(0, 10),
            batch("a", "EECS-GO", 10),
            batch("b", "I-REC-E", 5),
            batch("c", "EECS-GO", 5),
            Piece("a", 1, 10, "op", "active", 0),
            Piece("b", 1, 5, "op", "active", 0),
            Piece("c", 1, 5, "buyer", "active", 0),
            Balance("op", "EECS-GO", 0, active=10),
            Balance("op", "I-REC-E", 0, active=5),
            Balance("buyer", "EECS-GO", 0, active=5),
            Carry("p", 2024, 0, Decimal("10.25"), 0, 10),
            Reading("d", 0, 10, 10, 7, None, 0, 0),
            Reading("d", 10, 20, 10, 7, None, 0, 0),
            Claim("d", 0, 10, 0, 0),
            CARRIED,
            Label("a", 5, 10, "E+", 0, 0),
            Label("a", 4, 6, "S+", 0, 0, 1),
            Label("a", 4, 5, "S+", 0, 1),
            Label("b", 1, 5, "E+", 0, 0),
            CAME_IN,
            ImportedSerials("acr", "203", 6, 10, "c", 0),
            ImportedSerials("acr", "204", 1, 10, "a", 0),
        ],
        [
            Piece("a", 1, 2, "op", "active", 1),
            Piece("a", 3, 4, "buyer", "active", 1),
            Piece("a", 5, 10, "op", "active", 1),
            Balance("op", "EECS-GO", 1, active=8),
            Balance("buyer", "EECS-GO", 1, active=7),
        ],
        [
            Piece("a", 3, 4, "buyer", "retired", 2),
            Balance("buyer", "EECS-GO", 2, active=5, retired=2),
            issuance(2, 10, voided=True),
            issuance(1, 5),
            Carry("p", 2024, 2, Decimal("15.5"), 0, 15),
        ],
    ]


LOOKED_AT = 3 + 3 + 1 + 4  # batches, balances, projects, kinds of rows that must not overlap


def changed(old: Row, *new: Row) -> list[list[Row]]:
    return [[row for item in rows for row in (new if item == old else (item,))] for rows in sound()]


def test_what_adds_up_has_no_problem(store: Store) -> None:
    write(store, *sound())
    assert broken_invariants(store, 100) == (LOOKED_AT, [])


RETIRED = Balance("buyer", "EECS-GO", 2, active=5, retired=2)
CARRY = Carry("p", 2024, 2, Decimal("15.5"), 0, 15)
BROKEN = [
    (changed(Piece("a", 1, 2, "op", "active", 1)), "batch a: serials 3 to 4 are in two blocks"),
    (
        changed(Piece("a", 5, 10, "op", "active", 1), Piece("a", 6, 10, "op", "active", 1)),
        "batch a: serials 5 to 5 are in no block",
    ),
    (
        changed(Piece("c", 1, 5, "buyer", "active", 0), Piece("c", 1, 4, "buyer", "active", 0)),
        "batch c: its blocks end at serial 4, expected 5",
    ),
    (
        changed(Piece("c", 1, 5, "buyer", "active", 0), Piece("c", 1, 6, "buyer", "active", 0)),
        "batch c: its blocks end at serial 6, expected 5",
    ),
    (changed(Piece("b", 1, 5, "op", "active", 0)), "batch b: its blocks end at serial 0, expected 5"),
    (
        changed(Piece("b", 1, 5, "op", "active", 0), Piece("b", 1, 0, "op", "active", 0)),
        "batch b: its block from serial 1 ends at 0",
    ),
    (changed(batch("b", "I-REC-E", 5)), "batch b: it has blocks, but it was never issued"),
    (
        changed(batch("b", "I-REC-E", 5)),
        "account op: its balance has 0 active unknown units, its blocks have 5",
    ),
    (
        changed(
            batch("b", "I-REC-E", 5),
            batch("b", "I-REC-E", 5),
            batch("e", "I-REC-E", 1),
            Piece("e", 1, 1, "lone", "active", 0),
        ),
        "account lone: its balance has 0 active I-REC-E, its blocks have 1",
    ),
    (changed(RETIRED, evolve(RETIRED, active=6)), "account buyer: its balance has 6 active EECS-GO, its blocks have 5"),
    (changed(RETIRED), "account buyer: its balance has 0 retired EECS-GO, its blocks have 2"),
    (changed(Balance("op", "I-REC-E", 0, active=5)), "account op: its balance has 0 active I-REC-E, its blocks have 5"),
    (
        changed(
            Balance("op", "I-REC-E", 0, active=5), Balance("op", "GC", 0, 5), Balance("op", "I-REC-E", 0, active=5)
        ),
        "account op: its balance has 5 active GC, its blocks have 0",
    ),
    (
        changed(CARRY, evolve(CARRY, claimed=Decimal("15.25"))),
        "project p, vintage 2024: its issuances claim 15.50 and count 15 units, its carry is stored with 15.25 and 15",
    ),
    (
        changed(CARRY, evolve(CARRY, counted=14, adjustments=-1)),
        "project p, vintage 2024: its issuances claim 15.50 and count 15 units, its carry is stored with 15.5 and 14",
    ),
    (
        changed(CARRY, evolve(CARRY, adjustments=1)),
        "project p, vintage 2024: its carry is stored with adjustments 1, expected 0 or below",
    ),
    (
        changed(CARRY, evolve(CARRY, claimed=Decimal("10.25")), Carry("p", 2025, 2, Decimal("5.25"))),
        "project p, vintage 2025: its issuances claim 0 and count 0 units, its carry is stored with 5.25 and 0",
    ),
    (changed(CARRY, CARRY, Carry("p", ALL_VINTAGES, 2)), "project p: its carry is stored without a vintage"),
    (
        changed(issuance(1, 5), issuance(1, 6)),
        "issuance 1: 5 of its units count, it is stored with 6",
    ),
    (
        changed(issuance(1, 5)),
        "project p, vintage 2024: its issuances claim 10.25 and count 10 units, its carry is stored with 15.5 and 15",
    ),
    (
        changed(issuance(1, 5), issuance(1, 5), issuance(9, 0, project="q")),
        "project q, vintage 2024: its issuances claim 0.25 and count 0 units, its carry is stored with 0 and 0",
    ),
    (
        changed(CARRY, CARRY, Carry("q", 2024, 0, Decimal(1))),
        "project q, vintage 2024: its issuances claim 0 and count 0 units, its carry is stored with 1 and 0",
    ),
    (
        changed(Claim("d", 0, 10, 0, 0), Claim("d", 0, 10, 0, 0), Claim("d", 9, 20, 0, 0)),
        "claims of device d overlap: (0, 10) and (9, 20)",
    ),
    (changed(CARRIED, evolve(CARRIED, last=5)), "batch a: serials 5 to 5 carry E+ twice"),
    (changed(CARRIED, evolve(CARRIED, last=12)), "batch a: serials 5 to 10 carry E+ twice"),
    (
        changed(CARRIED, CARRIED, evolve(CARRIED, first=11, last=12)),
        "batch a: serials 11 to 12 carry E+, but some of them do not exist",
    ),
    (
        changed(CARRIED, evolve(CARRIED, batch_id="z")),
        "batch z: serials 1 to 4 carry E+, but some of them do not exist",
    ),
    (
        changed(CAME_IN, CAME_IN, evolve(CAME_IN, first=5, last=9)),
        "registry acr: numbers 5 to 5 of '203' were imported twice; one of the two imports is entry 0",
    ),
    (changed(CAME_IN, evolve(CAME_IN, first=0)), "registry acr: numbers 0 to 5 of '203' are not the units of batch b"),
    (
        changed(CAME_IN, evolve(CAME_IN, batch_id="z")),
        "registry acr: numbers 1 to 5 of '203' are not the units of batch z",
    ),
    (
        changed(Reading("d", 10, 20, 10, 7, None, 0, 0), Reading("d", 5, 20, 10, 7, None, 0, 0)),
        "readings of device d overlap: (0, 10) and (5, 20)",
    ),
]


@pytest.mark.parametrize(("rows", "problem"), BROKEN, ids=[problem for _, problem in BROKEN])
def test_what_does_not_add_up_is_named(store: Store, rows: list[list[Row]], problem: str) -> None:
    """Invariants 2, 3, 4, 5, 9, 10 and 11: each problem to the letter."""
    write(store, *rows)
    looked_at, problems = broken_invariants(store, 100)
    assert problem in problems
    assert looked_at >= LOOKED_AT - 1


def test_only_so_many_problems_are_kept(store: Store) -> None:
    """A broken file would otherwise fill the memory with them."""
    write(store, [Piece(f"batch-{k}", 1, 5, "op", "active", 0) for k in range(50)])
    looked_at, problems = broken_invariants(store, 7)
    assert looked_at == 50 + 1 + 4
    assert len(problems) == 7
    assert broken_invariants(store, 100)[1][:7] == problems


EXPIRES = Expiring("op", "EECS-GO", 86_400, 8, 0, 2, 0, 0)


def expiring(*rows: Row) -> list[Row]:
    """A batch of ten units that expire, two of them buffered, with the rows of its totals."""
    found = batch("a", "EECS-GO", 10)
    return [
        evolve(found, batch=evolve(found.batch, expires_utc=86_400)),
        Piece("a", 1, 7, "op", "active", 0),
        Piece("a", 8, 8, "op", "active", 0),
        Piece("a", 9, 10, "op", "buffered", 0),
        Balance("op", "EECS-GO", 0, active=8, buffered=2),
        *rows,
    ]


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ((EXPIRES,), None),
        ((), "its balance has 0 active EECS-GO that expire at 1970-01-02T00:00:00Z, its blocks have 8"),
        ((evolve(EXPIRES, active=7),), "its balance has 7 active EECS-GO that expire at 1970-01-02T00:00:00Z, its"),
        ((evolve(EXPIRES, expires_utc=0),), "its balance has 8 active EECS-GO that expire at 1970-01-01T00:00:00Z, "),
        ((EXPIRES, evolve(EXPIRES, instrument="GC")), "its balance has 8 active GC that expire at 1970-01-02T00:00"),
    ],
)
def test_totals_of_units_that_expire_are_those_of_the_blocks(
    store: Store, rows: tuple[Row, ...], problem: str | None
) -> None:
    """Invariant 33: what a balance counts as expired adds up, too."""
    write(store, expiring(*rows))
    problems = broken_invariants(store, 100)[1]
    assert any(problem in item for item in problems) if problem else problems == []
