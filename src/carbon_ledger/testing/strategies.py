"""Hypothesis strategies: what a ledger is given, small enough that collisions are common."""

from collections.abc import Sequence
from typing import Final

from attrs import frozen
from hypothesis import strategies as st

from carbon_ledger.periods import Period
from carbon_ledger.serials import Block
from carbon_ledger.waivers import Waiver

BOTH_WAIVERS: Final = (Waiver("gap", "not metered"), Waiver("straddling-step", "metered across the new year"))


@frozen
class BlockPart:
    """A part of a block: *count* units after the first *skip*."""

    block: Block
    skip: int
    count: int

    @property
    def first(self) -> int:
        """Its first serial number."""
        return self.block.first + self.skip

    @property
    def last(self) -> int:
        """Its last serial number."""
        return self.block.first + self.skip + self.count - 1

    def part(self) -> Block:
        """The part, as the library's own arithmetic block_parts it.

        Example:
            >>> str(BlockPart(Block("hydro/2024/17", 1, 10), 3, 2).part())
            'hydro/2024/17/4-5'
        """
        return self.block.cut(self.skip, self.count)[1] if self.skip else self.block.take(self.count)


def ids() -> st.SearchStrategy[str]:
    """Ids of accounts, devices, meters and projects: 1 to 64 letters, digits, dots, dashes and low lines."""
    return st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", fullmatch=True)


def keys(pool: int = 8) -> st.SearchStrategy[str | None]:
    """Idempotency keys of a small pool, so that some are used twice; most often none.

    Args:
        pool: How many keys there are.
    """
    return st.sampled_from([None] * 2 * pool + [f"key-{number}" for number in range(pool)])


def energies_wh(most_wh: int, *, unit_wh: int = 1, negative: bool = True) -> st.SearchStrategy[int]:
    """Energies of a step: round ones that add up to whole units, odd ones that do not, and imports.

    Args:
        most_wh: The most of a step. [Wh]
        unit_wh: What round energies are multiples of. [Wh]
        negative: Also energies below zero, where more was imported than exported.
    """
    least_wh = -(most_wh // 4) if negative else 0
    rounds = st.integers(least_wh // unit_wh, most_wh // unit_wh).map(lambda count: count * unit_wh)
    return rounds if unit_wh == 1 else st.one_of(rounds, rounds, st.integers(least_wh, most_wh))


def columns(energy: st.SearchStrategy[int], most_steps: int = 6) -> st.SearchStrategy[list[int]]:
    """Columns of readings: an energy for each of one or more steps. [Wh, shape (steps,)]

    Args:
        energy: The energies of a step.
        most_steps: The longest column.
    """
    return st.lists(energy, min_size=1, max_size=most_steps)


@st.composite
def periods(draw: st.DrawFn, start_utc: int, slots: int, slot_s: int = 1800) -> Period:
    """Periods on a grid of slots, so that they meet, cross and repeat.

    Args:
        draw: Hypothesis passes it.
        start_utc: Start of the grid. [s]
        slots: How many slots it has.
        slot_s: Length of a slot. [s]
    """
    first = draw(st.integers(0, slots - 1))
    last = draw(st.integers(first + 1, slots))
    return Period(start_utc + first * slot_s, start_utc + last * slot_s)


@st.composite
def block_parts(draw: st.DrawFn, held: Sequence[Block]) -> BlockPart:
    """Parts of holdings, cut anywhere, the whole and single units included.

    Args:
        draw: Hypothesis passes it.
        held: The blocks, as `Ledger.holdings` gives them; at least one.
    """
    block = draw(st.sampled_from(held))
    if draw(st.booleans()):
        return BlockPart(block, 0, block.count)
    skip = draw(st.integers(0, block.count - 1))
    return BlockPart(block, skip, draw(st.integers(1, block.count - skip)))


def waivers() -> st.SearchStrategy[tuple[Waiver, ...]]:
    """The waivers of an issuance: most often both for gaps and for straddling steps, or one, or none."""
    gap, straddling = BOTH_WAIVERS
    return st.sampled_from([BOTH_WAIVERS] * 3 + [(gap,), (straddling,), ()])
