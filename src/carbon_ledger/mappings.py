"""Immutable mappings that can be pickled, copied and hashed; and the items of an iterable argument."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class FrozenMapping(Mapping[K, V]):
    """An immutable copy of a mapping.

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
        """Return the value of a key."""
        return self._items[key]

    def __iter__(self) -> Iterator[K]:
        """Iterate over the keys, in the order of the mapping."""
        return iter(self._items)

    def __len__(self) -> int:
        """Return the number of keys."""
        return len(self._items)

    def __hash__(self) -> int:
        """Return a hash of all items, which must be hashable."""
        return hash(frozenset(self._items.items()))

    def __repr__(self) -> str:
        """Return the expression that makes the mapping."""
        return f"{type(self).__name__}({self._items!r})"

    def __setattr__(self, name: str, value: Any) -> None:
        """Refuse to set an attribute.

        Raises:
            AttributeError: Always.
        """
        raise AttributeError(f"a {type(self).__name__} cannot be changed: {name}")

    def __reduce__(self) -> tuple[type["FrozenMapping[K, V]"], tuple[dict[K, V]]]:
        """Return the constructor and its argument, for pickle and copy."""
        return type(self), (self._items,)


def listed(value: object) -> tuple[Any, ...] | None:
    """Return the items of an argument as a tuple, or None if the argument cannot be iterated.

    Args:
        value: Any object. An object with ``__iter__`` may still raise TypeError, as a pint quantity of a number does.

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
