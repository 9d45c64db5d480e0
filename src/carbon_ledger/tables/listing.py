"""Listings: the records that a query returns. A listing is equal to a tuple, and it can be written as a table."""

from collections.abc import Iterable, Iterator
from typing import Any, ClassVar, Generic, Protocol, SupportsIndex, TypeVar, overload

from carbon_ledger.errors import QuantityError
from carbon_ledger.printing import quote
from carbon_ledger.tables.columns import Column, Table, table_of
from carbon_ledger.tables.tabular import Tabular

K = TypeVar("K")


class Listed(Protocol):
    """A class of records that states the columns of a table of its records."""

    _columns: ClassVar[tuple[Column, ...]]


R = TypeVar("R", bound=Listed)
R_co = TypeVar("R_co", bound=Listed, covariant=True)


class Listing(Tabular, Generic[R_co]):
    """The records that a query returned. A listing is immutable and equal to the tuple of its records.

    It has a length, an index, slices, which are listings, and ``+``, which gives a tuple. It is a `Collection` and no
    `Sequence`: of tuples and other sequences, pyarrow, pandas, polars and DuckDB do not take the Arrow stream. Where a
    function needs a sequence, call ``tuple(listing)``.

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

    __slots__ = ("_kind", "_records")
    _records: tuple[R_co, ...]
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

    def __len__(self) -> int:
        """The number of records."""
        return len(self._records)

    def __iter__(self) -> Iterator[R_co]:
        """The records."""
        return iter(self._records)

    def __contains__(self, item: object) -> bool:
        """Whether a record is in the listing."""
        return item in self._records

    def __reversed__(self) -> Iterator[R_co]:
        """The records, the last one first."""
        return reversed(self._records)

    @overload
    def __getitem__(self, index: SupportsIndex, /) -> R_co: ...
    @overload
    def __getitem__(self, index: slice, /) -> "Listing[R_co]": ...
    def __getitem__(self, index: SupportsIndex | slice, /) -> "R_co | Listing[R_co]":
        """The record at a position; or a listing of the records of a slice."""
        if isinstance(index, slice):
            return Listing(self._records[index], self._kind)
        return self._records[index]

    def count(self, item: object) -> int:
        """How often a record is in the listing."""
        return self._records.count(item)

    def index(self, item: object, *between: SupportsIndex) -> int:
        """The first position of a record.

        Raises:
            ValueError: The record is not in the listing.
        """
        return self._records.index(item, *between)

    def __eq__(self, other: object) -> bool:
        """Whether another listing or tuple has equal records."""
        if isinstance(other, Listing):
            return self._records == other._records
        return self._records == other if isinstance(other, tuple) else NotImplemented

    def __hash__(self) -> int:
        """The hash of the tuple of the records."""
        return hash(self._records)

    @overload
    def __add__(self, other: "Listing[R]") -> "tuple[R_co | R, ...]": ...
    @overload
    def __add__(self, other: tuple[K, ...]) -> tuple[R_co | K, ...]: ...
    def __add__(self, other: object) -> tuple[object, ...]:
        """The records, and those of another listing or tuple after them."""
        if isinstance(other, Listing):
            return self._records + other._records
        return self._records + other if isinstance(other, tuple) else NotImplemented

    def __radd__(self, other: tuple[K, ...]) -> tuple[K | R_co, ...]:
        """The items of a tuple, and the records after them."""
        return other + self._records if isinstance(other, tuple) else NotImplemented

    def __repr__(self) -> str:
        """The records, as a tuple of them is shown."""
        return repr(self._records)

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
