"""Things that happen several times to one subject: the first, second, ... k-th registration of a name.

The first has the id `name`, the k-th the id `name#k`. A binary search finds how many there are.
"""

from bisect import bisect_left

from carbon_ledger.core.state.view import View


def nth(name: str, k: int) -> str:
    """The id of the k-th registration of a name, from 1 on."""
    return name if k == 1 else f"{name}#{k}"


def count(view: View, kind: str, name: str, before: int | None = None) -> int:
    """The number of registrations of a name.

    Args:
        view: The state.
        kind: The kind of the registrations.
        name: The name.
        before: Count only registrations by entries before this entry; by default, all of them.
    """

    def missing(k: int) -> bool:
        n = view.registration(kind, nth(name, k))
        return n is None or (before is not None and n >= before)

    high = 1
    while not missing(high):
        high *= 2
    return bisect_left(range(1, high), True, key=missing)
