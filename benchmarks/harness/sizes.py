"""The sizes of the usual run, of a long run, and of a tiny run that tests the benchmarks."""

from typing import Final

from attrs import frozen


@frozen(kw_only=True)
class Sizes:
    """The sizes of a run.

    Attributes:
        rounds: The number of rounds of a comparison.
        plants: The number of plants, and of entries in a commit of a month.
        peer_plants: The number of plants for the peers, which are slower by orders of magnitude.
        months: The number of months in the audited ledger.
        commit: The number of transfers and retirements in a small commit.
        large_commit: The number of transfers and retirements in a large commit.
        singles: The number of single durable commands.
        fleets: The numbers of entries in three ledgers, for growth.
        small_fleet: The number of entries in the ledger that opening is compared with.
        questions: The number of as-of queries, and of proofs.
        readings: The numbers of readings in three ledgers, for growth.
        workers_readings: The number of readings that two workers audit.
        memory_readings: The number of readings appended and audited to measure memory.
        memory_entries: The number of entries appended and audited to measure memory.
        imports: The number of rounds of imports.
    """

    rounds: int = 7
    plants: int = 500
    peer_plants: int = 1
    months: int = 96
    commit: int = 1_000
    large_commit: int = 10_000
    singles: int = 150
    fleets: tuple[int, int, int] = (10_000, 100_000, 1_000_000)
    small_fleet: int = 1_000
    questions: int = 5_000
    readings: tuple[int, ...] = (1_000_000, 3_000_000, 10_000_000)
    workers_readings: int = 50_000_000
    memory_readings: int = 5_000_000
    memory_entries: int = 20_000
    imports: int = 9


USUAL: Final = Sizes()
LONG: Final = Sizes(
    rounds=15,
    readings=(1_000_000, 10_000_000, 100_000_000),
    workers_readings=100_000_000,
    memory_readings=100_000_000,
    memory_entries=1_000_000,
    imports=15,
)
TINY: Final = Sizes(
    rounds=2,
    plants=2,
    months=2,
    commit=10,
    large_commit=20,
    singles=2,
    fleets=(300, 600, 1_200),
    small_fleet=100,
    questions=20,
    readings=(1_000, 2_000, 4_000),
    workers_readings=2_000,
    memory_readings=2_000,
    memory_entries=50,
    imports=1,
)
