"""What a shared meter's devices are owed, and how each step is apportioned by it (ledger-model section 2).

A device is owed its exact share of all that the meter recorded, less what it was given. With weights w and their sum W,
what a device is owed is a multiple of 1/W Wh. This module counts in that unit, so that nothing is rounded.
"""

from collections.abc import Sequence
from typing import Final

# How many Wh of later steps are examined. They are enough if each device has at least 1/1000 of the meter.
HORIZON: Final = 1_000


def apportion_step(owed: Sequence[int], weights: Sequence[int], step: int) -> tuple[list[int], list[int]]:
    """Divide one step of a meter by what its devices are owed.

    The step's exact shares are added to what is owed. Then each Wh goes to the device that is owed most, and on a tie
    to the earlier device; this is the method of the largest remainder. The parts sum to the step, and no part has
    another sign than the step. While every device is within 1 Wh of its exact share, it remains so: where the largest
    remainders would make that impossible for some later step, the Wh go to the next largest remainders that keep it
    possible. A correction can leave a device further away; the following steps bring it back.

    Args:
        owed: What each device is owed. [1/W Wh, shape (devices,)]
        weights: The weight of each device, at least 1. [shape (devices,)]
        step: The energy of the step; may be negative. [Wh]

    Returns:
        The part of each device [Wh], and what it is owed afterwards [1/W Wh].

    Source:
        ledger-model section 2. Still, "A class of new methods for congressional apportionment", 1979: whether whole
        parts can stay within their quotas for ever [M].
    """
    whole, sign = sum(weights), -1 if step < 0 else 1
    size = sign * step
    due = [sign * before + size * weight for before, weight in zip(owed, weights, strict=True)]
    parts = [amount // whole if amount > 0 else 0 for amount in due]
    left = size - sum(parts)
    if left < 0:
        level = _level(parts, size)
        parts = [max(0, part - level) for part in parts]
        left = size - sum(parts)
    rest = [amount - part * whole for amount, part in zip(due, parts, strict=True)]
    order = sorted(range(len(due)), key=lambda i: -rest[i])
    given = set(order[:left])
    after = [amount - whole * (i in given) for i, amount in enumerate(rest)]
    if not _lasts(after, weights, whole) and (better := _lasting(rest, weights, order, left)) is not None:
        given = better
        after = [amount - whole * (i in given) for i, amount in enumerate(rest)]
    return [sign * (part + (i in given)) for i, part in enumerate(parts)], [sign * amount for amount in after]


def apportion_column(
    owed: Sequence[int], weights: Sequence[int], steps: Sequence[int]
) -> tuple[list[list[int]], list[int]]:
    """Divide the steps of a meter's column in order: each device's column, and what it is owed afterwards."""
    columns: list[list[int]] = [[] for _ in weights]
    now = list(owed)
    for step in steps:
        parts, now = apportion_step(now, weights, step)
        for column, part in zip(columns, parts, strict=True):
            column.append(part)
    return columns, now


def _level(parts: Sequence[int], size: int) -> int:
    """The smallest number by which all parts are lowered, none below zero, so that their sum is at most *size*."""
    low, high = 0, max(parts)
    while low < high:
        middle = (low + high) // 2
        if sum(max(0, part - middle) for part in parts) <= size:
            high = middle
        else:
            low = middle + 1
    return low


def _lasts(owed: Sequence[int], weights: Sequence[int], whole: int) -> bool:
    """Whether all later steps can leave every device within 1 Wh; True if a device is further away already.

    Steps of 1 Wh up or down are the hardest. After *ahead* Wh, whole Wh that devices are owed must fit in them. That is
    certain as soon as the other devices have together less than 1 Wh too much.
    """
    if sum(amount for amount in owed if amount > 0) <= whole or max(map(abs, owed)) >= whole:
        return True
    for sign in (1, -1):
        for ahead in range(1, HORIZON):
            later = [sign * amount + ahead * weight for amount, weight in zip(owed, weights, strict=True)]
            if -sum(amount for amount in later if amount < 0) < whole:
                break
            if sum(amount // whole for amount in later if amount > 0) > ahead:
                return False
    return True


def _lasting(rest: Sequence[int], weights: Sequence[int], order: Sequence[int], left: int) -> set[int] | None:
    """The devices that get the Wh that are *left*, by *order*, so that all later steps can keep 1 Wh; None if none."""
    choice = _Choice(rest, weights, left)
    given: set[int] = set()
    barred: set[int] = set()
    for device in order:
        if rest[device] > 0 and len(given) < left:
            (given if choice.possible({*given, device}, barred) else barred).add(device)
    return given if choice.possible(given, barred) else None


class _Choice:
    """Which sets of devices can each get one more Wh, so that all later steps can leave every device within 1 Wh.

    Going up by *ahead* Wh, *needed* counts how many of the devices whose next Wh is then due have to be in the set.
    Going down, *room* counts how many of the devices that then have to give their Wh back may be in it. Both families
    of devices grow with *ahead*; therefore choosing those due first, while there is room, meets the needs if any choice
    does.
    """

    def __init__(self, rest: Sequence[int], weights: Sequence[int], left: int) -> None:
        whole = sum(weights)
        self._left = left
        reach = range(1, min(HORIZON, whole // min(weights) + 2))
        pairs = list(zip(rest, weights, strict=True))
        up = [[amount + ahead * weight for amount, weight in pairs] for ahead in reach]
        down = [[ahead * weight - amount for amount, weight in pairs] for ahead in reach]
        self._needed = [sum(x // whole for x in row if x > 0) - ahead for ahead, row in zip(reach, up, strict=True)]
        self._room = [ahead - sum(x // whole for x in row if x > 0) for ahead, row in zip(reach, down, strict=True)]
        self._due = [-(-(whole - amount) // weight) - 1 for amount, weight in pairs]
        self._back = [max(1, -(-amount // weight)) - 1 for amount, weight in pairs]
        able = (device for device, amount in enumerate(rest) if 0 < amount < whole)
        self._able = sorted(able, key=lambda device: self._due[device])

    def possible(self, given: set[int], barred: set[int]) -> bool:
        """Whether a set of *left* devices with all of *given* and none of *barred* meets every need and has room."""
        room, chosen = list(self._room), set(given)
        for device in given:
            self._take(room, device)
        if min(room) < 0:
            return False
        for device in self._able:
            if len(chosen) < self._left and device not in chosen and device not in barred:
                taken = list(room)
                self._take(taken, device)
                if min(taken) >= 0:
                    room = taken
                    chosen.add(device)
        if len(chosen) < self._left:
            return False
        due = sorted(self._due[device] for device in chosen)
        count = 0
        for ahead, needed in enumerate(self._needed):
            while count < len(due) and due[count] <= ahead:
                count += 1
            if count < needed:
                return False
        return True

    def _take(self, room: list[int], device: int) -> None:
        for ahead in range(self._back[device], len(room)):
            room[ahead] -= 1
