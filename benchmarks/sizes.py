"""How much is measured: in ten minutes, in a long run, or next to nothing, to test the benchmarks."""

from typing import Final

from attrs import frozen


@frozen(kw_only=True)
class Sizes:
    """The sizes of a run.

    Attributes:
        rounds: Rounds of a comparison.
        plants: Plants whose month is one commit: entries a commit.
        peer_plants: Plants of the peers' month, which is slower by orders of magnitude.
        months: Months in the audited ledger.
        commit: Transfers and retirements a commit, the smaller of two.
        large_commit: The larger.
        singles: Single durable commands.
        towns: Entries of three ledgers, for growth.
        small_town: Entries of the ledger that opening is compared with.
        questions: As-of questions, and proofs.
        readings: Readings of three ledgers, for growth.
        workers_readings: Readings of the ledger that two workers audit.
        memory_readings: Readings appended and audited while memory is watched.
        memory_entries: Row commands appended and audited while memory is watched.
        imports: Rounds of fresh interpreters.
    """

    rounds: int = 7
    plants: int = 500
    peer_plants: int = 1
    months: int = 96
    commit: int = 1_000
    large_commit: int = 10_000
    singles: int = 150
    towns: tuple[int, int, int] = (10_000, 100_000, 1_000_000)
    small_town: int = 1_000
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
    towns=(300, 600, 1_200),
    small_town=100,
    questions=20,
    readings=(1_000, 2_000, 4_000),
    workers_readings=2_000,
    memory_readings=2_000,
    memory_entries=50,
    imports=1,
)
