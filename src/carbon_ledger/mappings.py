"""A mapping that cannot be changed, but pickled, copied and hashed; and the items of what a caller passed."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class FrozenMapping(Mapping[K, V]):
    """A copy of a mapping that nobody can change.

    Args:
        items: The mapping to copy.

    Example:
        >>> FrozenMapping({"a": 1})
        FrozenMapping({'a': 1})
    """

    __slots__ = ("_items",)
    _items: dict[K, V]

    def __init__(self, items: Mapping[K, V]) -> None:
        """Copy the items."""
        object.__setattr__(self, "_items", dict(items))

    def __getitem__(self, key: K) -> V:
        """The value of a key."""
        return self._items[key]

    def __iter__(self) -> Iterator[K]:
        """The keys, in their order."""
        return iter(self._items)

    def __len__(self) -> int:
        """How many keys there are."""
        return len(self._items)

    def __hash__(self) -> int:
        """A hash of all items; they have to be hashable."""
        return hash(frozenset(self._items.items()))

    def __repr__(self) -> str:
        """The mapping as it is made."""
        return f"{type(self).__name__}({self._items!r})"

    def __setattr__(self, name: str, value: Any) -> None:
        """Refuse every change.

        Raises:
            AttributeError: Always.
        """
        raise AttributeError(f"a {type(self).__name__} cannot be changed: {name}")

    def __reduce__(self) -> tuple[type["FrozenMapping[K, V]"], tuple[dict[K, V]]]:
        """The mapping as it is made, for pickle and copy."""
        return type(self), (self._items,)


def listed(value: object) -> tuple[Any, ...] | None:
    """The items of what somebody passed, or None where it has none to give.

    Args:
        value: Anything; what says that it is iterable may still refuse, as a quantity of a plain number does.

    Example:
        >>> listed([1, 2]), listed(5)
        ((1, 2), None)
    """
    if not isinstance(value, Iterable):
        return None
    try:
        return tuple(value)
    except TypeError:
        return None
