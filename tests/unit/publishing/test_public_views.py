"""File names for hostile ids, pages of bounded size, and numbers that every reader of JSON reads exactly."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import carbon_ledger as cl
from carbon_ledger.errors import QuantityError
from carbon_ledger.publishing.public_views import (
    MOST_BYTES,
    MOST_ITEMS,
    PAGE,
    checked_views,
    encoded,
    escaped,
    holdings_of,
    index_path,
    page_path,
    pages,
)

HOSTILE = [
    *(
        "..",
        ".",
        "",
        "../../etc/passwd",
        "a/b",
        "a\\b",
        "CON",
        "con",
        "nul.txt",
        "aux.",
        "a ",
        "a.",
        "Ünïcode",
        "水",
        "\0",
    ),
    *("\n", "-", "a" * 64, "A" * 64, "." * 64, "水" * 400, "=41", "A", "\ud800", "C:", "~", "%2e%2e"),
]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_id_never_reaches_a_file_name(name: str) -> None:
    found = escaped(name)
    assert found.isascii()
    assert found == found.lower()
    assert set(found) <= set("abcdefghijklmnopqrstuvwxyz0123456789-_=")
    assert found.startswith(("id-", "sha256-"))
    assert len(found) <= 255
    assert PAGE.fullmatch(page_path(3, holdings_of(name))(0).removeprefix("views/3/"))


@given(st.text(), st.text())
def test_two_ids_have_two_names_also_where_case_does_not_count(one: str, other: str) -> None:
    assert (escaped(one).casefold() == escaped(other).casefold()) == (one == other)


@pytest.mark.parametrize(("one", "other"), [(".", "=2e"), ("=", "=3d"), ("a/b", "a=2fb"), ("\u00e9", "=c3=a9")])
def test_an_id_that_looks_escaped_has_a_name_of_its_own(one: str, other: str) -> None:
    assert escaped(one) != escaped(other)


@given(st.sampled_from(HOSTILE), st.sampled_from(HOSTILE))
def test_hostile_ids_have_names_of_their_own(one: str, other: str) -> None:
    assert (escaped(one) == escaped(other)) == (one == other)


@pytest.mark.parametrize(
    "path", ["index.json", "batches/0.json", "retirements/17.json", "accounts/3.json", "holdings/id-a=2e/0.json"]
)
def test_the_paths_of_pages_are_recognised(path: str) -> None:
    assert PAGE.fullmatch(path)


@pytest.mark.parametrize(
    "path",
    ["index.html", "batches/00.json", "batches/a.json", "x/0.json", "holdings/0.json", "holdings/a/0.json",
     "holdings/id-A/0.json", "batches/0.json.bak", "notes.txt", "batches/../0.json", "holdings/id-a/b/0.json"],
)  # fmt: skip
def test_no_other_path_is(path: str) -> None:
    assert PAGE.fullmatch(path) is None


def read(data: bytes) -> Any:
    return json.loads(data)


@given(st.lists(st.integers(0, 400_000), max_size=12))
def test_pages_have_every_item_once_and_are_bounded(lengths: list[int]) -> None:
    items = [{"n": n, "text": "x" * length} for n, length in enumerate(lengths)]
    found = list(pages({"view": "trial"}, items))
    assert [item for page in found for item in read(page)["items"]] == items
    assert [read(page)["page"] for page in found] == list(range(len(found)))
    assert [read(page).get("next") for page in found] == [*range(1, len(found)), None]
    assert all(len(page) <= MOST_BYTES for page in found)


def test_a_page_has_a_bounded_number_of_items() -> None:
    found = list(pages({}, ({"n": n} for n in range(2 * MOST_ITEMS + 1))))
    assert [len(read(page)["items"]) for page in found] == [MOST_ITEMS, MOST_ITEMS, 1]
    assert [len(read(page)["items"]) for page in pages({}, ({"n": n} for n in range(MOST_ITEMS)))] == [MOST_ITEMS]


def test_a_view_without_items_has_a_page() -> None:
    assert [read(page) for page in pages({"view": "x"}, ())] == [{"view": "x", "page": 0, "items": []}]


@given(st.integers(-(2**70), 2**70))
def test_a_large_number_is_text_and_no_reader_rounds_it(number: int) -> None:
    found = json.loads(encoded({"n": [number]}), parse_int=lambda text: int(float(text)))["n"][0]
    assert int(found) == number
    assert isinstance(found, str) == (abs(number) >= 2**53)


def test_a_float_and_null_are_never_written() -> None:
    for value in (0.5, None):
        with pytest.raises(QuantityError):
            encoded({"n": value})


def test_what_is_public_is_ids_or_all() -> None:
    assert cl.PublicViews() == cl.PublicViews(accounts=(), beneficiaries=False)
    assert cl.PublicViews(accounts=["b", "a", "b"]).accounts == ("b", "a")
    assert cl.PublicViews(accounts="all").has_all_accounts
    assert not cl.PublicViews(accounts=["all"]).has_all_accounts
    assert checked_views(cl.PublicViews()) == cl.PublicViews()
    for accounts in ("seller", b"all", 3, None, [1], {"a": 1}.items()):
        with pytest.raises(QuantityError, match="accounts"):
            cl.PublicViews(accounts=accounts)
    with pytest.raises(QuantityError, match="beneficiaries"):
        cl.PublicViews(beneficiaries=1)
    for value in (True, {}, "all", cl.PublicViews):
        with pytest.raises(QuantityError, match=r"PublicViews\(\)"):
            checked_views(value)


def test_the_index_is_at_the_path_of_the_size() -> None:
    assert index_path(38) == "views/38/index.json"
