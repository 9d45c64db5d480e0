"""Listings: equal to tuples, immutable, with columns also where they are empty."""

import copy
import pickle
from collections.abc import Collection, Sequence
from typing import Any, ClassVar

import pytest
from attrs import frozen

import carbon_ledger as cl
from carbon_ledger.errors import QuantityError
from carbon_ledger.tables import INTEGER, TEXT, Column, Listing


@frozen
class Thing:
    _columns: ClassVar[tuple[Column, ...]] = (Column("name", TEXT), Column("count", INTEGER))
    name: str
    count: int


ONE, TWO, THREE = Thing("a", 1), Thing("b", 2), Thing("c", 3)


@pytest.fixture
def listing() -> Listing[Thing]:
    return Listing([ONE, TWO, THREE], Thing)


def test_a_listing_is_used_as_a_tuple_is(listing: Listing[Thing]) -> None:
    same = (ONE, TWO, THREE)
    assert listing == same
    assert same == listing
    assert listing == Listing(same, Thing)
    assert listing != [ONE, TWO, THREE]
    assert listing != (ONE, TWO)
    assert hash(listing) == hash(same)
    assert (len(listing), list(listing), list(reversed(listing))) == (3, [ONE, TWO, THREE], [THREE, TWO, ONE])
    assert (listing[0], listing[-1]) == (ONE, THREE)
    assert TWO in listing
    assert (listing.index(TWO), listing.count(TWO)) == (1, 1)
    assert repr(listing) == repr(same)
    assert str(listing) == str(same)
    assert listing + (ONE,) == (*same, ONE)  # noqa: RUF005  # the operators are tested
    assert (ONE,) + listing == (ONE, *same)  # noqa: RUF005
    assert listing + listing == (*same, *same)
    first, *rest = listing
    assert (first, rest) == (ONE, [TWO, THREE])
    assert bool(listing)
    assert not Listing([], Thing)
    assert {listing: 1}[listing] == 1
    with pytest.raises(TypeError):
        listing + [ONE]  # type: ignore[operator]  # noqa: RUF005
    with pytest.raises(TypeError):
        [ONE] + listing  # type: ignore[operator]  # noqa: RUF005
    with pytest.raises(IndexError):
        listing[3]
    with pytest.raises(ValueError, match="not in tuple"):
        listing.index(Thing("x", 0))


def test_a_listing_is_a_collection_and_no_sequence_because_frames_look_into_sequences(listing: Listing[Thing]) -> None:
    assert isinstance(listing, Collection)
    assert not isinstance(listing, Sequence)


def test_a_slice_of_a_listing_is_a_listing(listing: Listing[Thing]) -> None:
    part = listing[1:]
    assert isinstance(part, Listing)
    assert part == (TWO, THREE)
    assert part.rows() == [{"name": "b", "count": 2}, {"name": "c", "count": 3}]


def test_an_empty_listing_has_its_columns() -> None:
    empty = Listing([], Thing)
    assert [item.name for item in empty.columns] == ["name", "count"]
    assert empty.rows() == []


def test_a_listing_is_immutable(listing: Listing[Thing]) -> None:
    with pytest.raises(AttributeError, match="a listing is immutable: '_records' cannot be set"):
        listing._records = ()
    with pytest.raises(AttributeError):
        listing.more = 1  # type: ignore[attr-defined]
    with pytest.raises(TypeError):
        listing[0] = TWO  # type: ignore[index]


def test_a_listing_can_be_pickled_and_copied(listing: Listing[Thing]) -> None:
    for other in (pickle.loads(pickle.dumps(listing)), copy.copy(listing), copy.deepcopy(listing)):
        assert isinstance(other, Listing)
        assert other == listing
        assert other.columns == listing.columns


def test_records_without_columns_are_no_listing() -> None:
    with pytest.raises(QuantityError, match="expected a class of records with columns"):
        Listing([1], int)  # type: ignore[type-var]


def test_positions_are_a_listing() -> None:
    assert cl.open_ledger(":memory:").positions().columns == cl.Position._columns


@pytest.mark.parametrize("records", [5, [1], "ab", [ONE, None], None])
def test_what_is_no_record_is_refused(records: Any) -> None:
    with pytest.raises(QuantityError, match=r"listing of Thing: .*expected records of this class"):
        Listing(records, Thing)
