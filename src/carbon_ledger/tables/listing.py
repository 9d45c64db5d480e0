"""Listings: the records that a query returns. A listing is equal to a tuple, and it can be written as a table."""

import operator
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Protocol, SupportsIndex, TypeVar, overload

from carbon_ledger.errors import QuantityError
from carbon_ledger.printing import quote
from carbon_ledger.tables.columns import Column, Table, table_of
from carbon_ledger.tables.tabular import Tabular

T_co = TypeVar("T_co", covariant=True)


class Listed(Protocol):
    """A class of records that states the columns of a table of its records."""

    _columns: ClassVar[tuple[Column, ...]]


R_co = TypeVar("R_co", bound=Listed, covariant=True)


class _Sequence(Generic[T_co]):
    """Behaves as a tuple, but is no subclass of `tuple`.

    Of a tuple, pyarrow, pandas and DuckDB do not take the Arrow stream, and polars makes a column of Python objects.
    """

    __slots__ = ("_records",)
    _records: tuple[T_co, ...]

    def __len__(self) -> int:
        return len(self._records)

    def __iter__(self) -> Iterator[T_co]:
        return iter(self._records)

    def __contains__(self, item: object) -> bool:
        return item in self._records

    def __reversed__(self) -> Iterator[T_co]:
        return reversed(self._records)

    def __hash__(self) -> int:
        return hash(self._records)

    def __repr__(self) -> str:
        return repr(self._records)

    def __eq__(self, other: object) -> bool:
        return self._compared(other, operator.eq)

    def __lt__(self, other: object) -> bool:
        return self._compared(other, operator.lt)

    def __le__(self, other: object) -> bool:
        return self._compared(other, operator.le)

    def __gt__(self, other: object) -> bool:
        return self._compared(other, operator.gt)

    def __ge__(self, other: object) -> bool:
        return self._compared(other, operator.ge)

    def _compared(self, other: object, compare: Callable[[Any, Any], bool]) -> bool:
        found: bool = self._with(other, compare)
        return found

    def __add__(self, other: object) -> Any:
        return self._with(other, operator.add)

    def __radd__(self, other: object) -> Any:
        return self._with(other, lambda one, two: two + one)

    def __mul__(self, times: SupportsIndex) -> tuple[T_co, ...]:
        return self._records * times

    __rmul__ = __mul__

    def count(self, item: object) -> int:
        """How often a record is in the listing."""
        return self._records.count(item)

    def index(self, item: object, *between: SupportsIndex) -> int:
        """The first position of a record.

        Raises:
            ValueError: The record is not in the listing.
        """
        return self._records.index(item, *between)

    def _with(self, other: object, compute: Callable[[Any, Any], Any]) -> Any:
        """Apply an operator of tuples to the records and to another tuple or listing."""
        if isinstance(other, _Sequence):
            return compute(self._records, other._records)
        return compute(self._records, other) if isinstance(other, tuple) else NotImplemented


if TYPE_CHECKING:

    class _Records(tuple[T_co, ...]):
        """What type checkers take a listing for."""

        _records: tuple[T_co, ...]

else:
    _Records = _Sequence


class Listing(_Records[R_co], Tabular):
    """The records that a query returned. A listing is immutable and equal to the tuple of its records.

    It is used as a tuple is: it has a length, an index, slices, which are listings, and an order. It is not an instance
    of `tuple`.

    Args:
        records: The records.
        kind: The class of the records; an empty listing has its columns, too.

    Raises:
        QuantityError: *kind* does not state the columns of its records, or a record is not of that class.

    Example:
        >>> import carbon_ledger as cl
        >>> found = cl.open_ledger(":memory:").positions()
        >>> found == (), [item.name for item in found.columns[:4]]
        (True, ['account', 'batch_id', 'first', 'last'])
    """

    __slots__ = ("_kind",)
    _kind: type[R_co]

    def __init__(self, records: Iterable[R_co], kind: type[R_co]) -> None:
        """Store the records."""
        if not isinstance(getattr(kind, "_columns", None), tuple):
            raise QuantityError(f"listing of {quote(kind)}: expected a class of records with columns")
        found = tuple(records) if isinstance(records, Iterable) else (records,)
        for record in found:
            if not isinstance(record, kind):
                raise QuantityError(f"listing of {kind.__name__}: {quote(record)}, expected records of this class")
        object.__setattr__(self, "_records", found)
        object.__setattr__(self, "_kind", kind)

    @overload
    def __getitem__(self, index: SupportsIndex, /) -> R_co: ...
    @overload
    def __getitem__(self, index: slice, /) -> "Listing[R_co]": ...
    def __getitem__(self, index: SupportsIndex | slice, /) -> "R_co | Listing[R_co]":
        """The record at a position; or a listing of the records of a slice."""
        if isinstance(index, slice):
            return Listing(self._records[index], self._kind)
        return self._records[index]

    def __setattr__(self, name: str, value: object) -> None:
        """Refuse every change.

        Raises:
            AttributeError: Always.
        """
        raise AttributeError(f"a listing is immutable: {quote(name)} cannot be set")

    def __reduce__(self) -> tuple[Any, ...]:
        """What pickle and copy rebuild the listing from."""
        return Listing, (self._records, self._kind)

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns of a table of the records, also if there is no record."""
        return self._kind._columns

    def _table(self) -> Table:
        return table_of(self._kind.__name__, self._kind._columns, self._records)
