"""Hypothesis strategies for the inputs of a ledger, from small ranges so that collisions are common."""

from collections.abc import Sequence
from typing import Final

from attrs import frozen
from hypothesis import strategies as st

from carbon_ledger.periods import Period
from carbon_ledger.serials import Block
from carbon_ledger.waivers import Waiver

BOTH_WAIVERS: Final = (Waiver("gap", "not metered"), Waiver("straddling-step", "metered across the new year"))

EVERY_WAIVER: Final = (
    *BOTH_WAIVERS,
    Waiver("estimated-readings", "the meter was out of order"),
    Waiver("calibration-overdue", "the laboratory has no date"),
)


@frozen
class BlockPart:
    """A part of a block: *count* units after the first *skip* units."""

    block: Block
    skip: int
    count: int

    @property
    def first(self) -> int:
        """The first serial number of the part."""
        return self.block.first + self.skip

    @property
    def last(self) -> int:
        """The last serial number of the part."""
        return self.block.first + self.skip + self.count - 1

    def part(self) -> Block:
        """The part as a block, computed by `Block.cut` and `Block.take`.

        Example:
            >>> str(BlockPart(Block("hydro/2024/17", 1, 10), 3, 2).part())
            'hydro/2024/17/4-5'
        """
        return self.block.cut(self.skip, self.count)[1] if self.skip else self.block.take(self.count)


def ids() -> st.SearchStrategy[str]:
    """Ids of accounts, devices, meters and projects: 1 to 64 letters, digits, dots, hyphens and underscores."""
    return st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", fullmatch=True)


def keys(pool: int = 8) -> st.SearchStrategy[str | None]:
    """Idempotency keys from a small pool, so that some are used twice; mostly None.

    Args:
        pool: The number of keys.
    """
    return st.sampled_from([None] * 2 * pool + [f"key-{number}" for number in range(pool)])


def energies_wh(most_wh: int, *, unit_wh: int = 1, negative: bool = True) -> st.SearchStrategy[int]:
    """Energies of a step: multiples of *unit_wh*, other values, and net imports.

    Args:
        most_wh: The largest energy of a step. [Wh]
        unit_wh: The energy of a unit, of which most values are multiples. [Wh]
        negative: Whether to include negative energies, when more was imported than exported.
    """
    least_wh = -(most_wh // 4) if negative else 0
    rounds = st.integers(least_wh // unit_wh, most_wh // unit_wh).map(lambda count: count * unit_wh)
    return rounds if unit_wh == 1 else st.one_of(rounds, rounds, st.integers(least_wh, most_wh))


def columns(energy: st.SearchStrategy[int], most_steps: int = 6) -> st.SearchStrategy[list[int]]:
    """Columns of readings: the energies of one or more steps. [Wh, shape (steps,)]

    Args:
        energy: The strategy for the energy of a step.
        most_steps: The length of the longest column.
    """
    return st.lists(energy, min_size=1, max_size=most_steps)


@st.composite
def periods(draw: st.DrawFn, start_utc: int, slots: int, slot_s: int = 1800) -> Period:
    """Periods on a grid of slots, so that they touch, overlap and repeat.

    Args:
        draw: Hypothesis passes it.
        start_utc: Start of the grid. [s]
        slots: The number of slots.
        slot_s: The length of a slot. [s]
    """
    first = draw(st.integers(0, slots - 1))
    last = draw(st.integers(first + 1, slots))
    return Period(start_utc + first * slot_s, start_utc + last * slot_s)


@st.composite
def cuts(draw: st.DrawFn, held: Sequence[Block]) -> BlockPart:
    """Parts of holdings of any size, including whole blocks and single units.

    Args:
        draw: Hypothesis passes it.
        held: At least one block, as returned by `Ledger.holdings`.
    """
    block = draw(st.sampled_from(held))
    if draw(st.booleans()):
        return BlockPart(block, 0, block.count)
    skip = draw(st.integers(0, block.count - 1))
    return BlockPart(block, skip, draw(st.integers(1, block.count - skip)))


def waivers() -> st.SearchStrategy[tuple[Waiver, ...]]:
    """The waivers of an issuance: mostly both of `BOTH_WAIVERS`, sometimes one of them or none."""
    gap, straddling = BOTH_WAIVERS
    return st.sampled_from([BOTH_WAIVERS] * 3 + [(gap,), (straddling,), ()])
