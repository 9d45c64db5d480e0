"""Hypothesis strategies: what a ledger is given, small enough that collisions are common."""

import string
from collections.abc import Sequence

from hypothesis import strategies as st

from carbon_ledger.periods import Period
from carbon_ledger.serials import Block

_FIRST = string.ascii_letters + string.digits


def ids() -> st.SearchStrategy[str]:
    """Ids of accounts, devices, meters and projects: 1 to 64 characters.

    Example:
        >>> from hypothesis import find
        >>> find(ids(), lambda name: True)
        'a'
    """
    return st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", fullmatch=True).map(_plain_first)


def _plain_first(name: str) -> str:
    return name


def keys(pool: int = 8) -> st.SearchStrategy[str | None]:
    """Idempotency keys of a small pool, so that some are used twice, or none."""
    return st.none() | st.integers(0, pool - 1).map("key-{}".format)


def energies_wh(most_wh: int, *, unit_wh: int = 1, negative: bool = True) -> st.SearchStrategy[int]:
    """Energies of a step: round ones that add up to whole units, odd ones that do not, and imports.

    Args:
        most_wh: The most of a step. [Wh]
        unit_wh: What round energies are multiples of. [Wh]
        negative: Also energies below zero, where more was imported than exported.
    """
    least = -most_wh // 4 if negative else 0
    rounds = st.integers(least // unit_wh, most_wh // unit_wh).map(lambda count: count * unit_wh)
    return rounds | rounds | st.integers(least, most_wh)
