"""Pictures: their parts are as long as their numbers, they have words for who cannot see them, and patterns."""

import re
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.html_pages import Page

from carbon_ledger.reports.ledger_page import pictures
from carbon_ledger.reports.ledger_page.pictures import (
    Bar,
    Scale,
    bars,
    nice,
    patterns,
    share,
    share_text,
    short,
    stack,
    steps,
)


def rects(page: Page, kind: str = "height") -> list[dict[str, str | None]]:
    """The rectangles of a picture that are not squares of its legend."""
    return [attributes for tag, attributes in page.tags if tag == "rect" and attributes["width"] != "13"]


def percent(value: str | None) -> Decimal:
    assert value is not None
    return Decimal(value.removesuffix("%"))


@given(st.lists(st.integers(0, 10**12), min_size=1, max_size=9))
def test_the_parts_of_a_stack_are_proportional_and_fill_it(counts: list[int]) -> None:
    parts = [(f"p{k}", f"part {k}", count) for k, count in enumerate(counts)]
    page = Page("".join(stack("a", "t", parts)))
    shown = [count for count in counts if count]
    assert len(rects(page)) == len(shown)
    whole = sum(shown)
    for attributes, count in zip(rects(page), shown, strict=True):
        assert abs(percent(attributes["width"]) - Decimal(count * 100) / whole) < Decimal("0.011")
    for k, count in enumerate(counts):
        assert (f"part {k}: {count:,}" in page.text) is (count > 0)


def test_a_stack_of_nothing_is_a_picture_of_nothing() -> None:
    page = Page("".join(stack("a", "t", [("active", "active", 0)])))
    assert rects(page) == []
    assert "no units" in page.text


@given(st.lists(st.tuples(st.integers(0, 10**9), st.integers(-(10**9), 10**9)), min_size=1, max_size=40))
def test_the_heights_of_bars_are_proportional_to_their_amounts(amounts: list[tuple[int, int]]) -> None:
    found = [Bar(f"b{k}", (("claimed", one), ("free", other))) for k, (one, other) in enumerate(amounts)]
    page = Page("".join(bars("a", "t", "d", found, [("claimed", "c"), ("free", "f")])))
    scale = Scale.of([value for bar in found for value in (bar.above, bar.below)])
    values = [value for pair in amounts for value in pair if value]
    heights = [Decimal(str(item["height"])) for item in rects(page)]
    room = Decimal(220 - 26 - 24)
    for height, value in zip(heights, values, strict=True):
        exact = Fraction(abs(value)) * int(room) / (scale.high - scale.low)
        assert abs(Fraction(height) - exact) < Fraction(11, 100)
    for attributes in rects(page):
        assert (
            26
            <= Decimal(str(attributes["y"]))
            <= Decimal(str(attributes["y"])) + Decimal(str(attributes["height"]))
            <= 197
        )
        assert 0 <= percent(attributes["x"]) <= percent(attributes["x"]) + percent(attributes["width"]) <= 100


@given(st.lists(st.decimals(-(10**6), 10**6, places=9), min_size=1, max_size=24))
def test_steps_are_at_the_height_of_their_level(levels: list[Decimal]) -> None:
    page = Page("".join(steps("a", "t", "d", [(f"{2000 + k}", level) for k, level in enumerate(levels)])))
    scale = Scale.of(levels)
    lines = [attributes for tag, attributes in page.tags if tag == "line" and attributes["class"] == "step"]
    level_lines = [item for item in lines if item["y1"] == item["y2"] and item["x1"] != item["x2"]]
    assert [item["y1"] for item in level_lines] == [scale.y(level) for level in levels]
    debits = [item for item in rects(page) if "debit" in str(item.get("fill"))]
    assert len(debits) == sum(level < 0 for level in levels)
    assert ("units without energy" in page.text) is bool(debits)


@given(st.fractions(min_value=0, max_value=10**15))
def test_an_axis_ends_at_a_nice_number_that_is_not_too_far_away(value: Fraction) -> None:
    found = nice(value)
    assert found >= value
    assert found <= value * Fraction(5, 2) or value == 0


def test_numbers_in_pictures_are_cut_and_never_rounded() -> None:
    assert [short(Decimal(text)) for text in ("0.9999", "-0.9999", "12.5", "7")] == ["0.999…", "-0.999…", "12.5", "7"]
    assert short(Fraction(1, 3)) == "0.333…"
    assert share(2, 3) == "66.66%"
    assert share(1, 10_001) == "0.00%"
    assert [share_text(part, 10_001) for part in (0, 1, 2)] == ["0.00%", "<0.01%", "0.01%"]
    assert share_text(0, 0) == "0.00%"


def test_every_picture_has_words_and_its_ids_are_used_once() -> None:
    page = Page(
        "".join(
            [
                *stack("one", "Units", [("active", "active", 1)]),
                *steps("two", "Carry", "of 2024", [("2024", Decimal(1))]),
            ]
        )
    )
    svgs = [attributes for tag, attributes in page.tags if tag == "svg" and attributes.get("role") == "img"]
    assert len(svgs) == 2
    for attributes in svgs:
        for anchor in str(attributes["aria-labelledby"]).split():
            assert page.ids().count(anchor) == 1


def test_every_part_differs_in_pattern_or_is_the_only_plain_one_of_its_picture() -> None:
    page = Page(patterns())
    names = {anchor.removeprefix("pattern-") for anchor in page.ids()}
    shapes = [re.sub(r"fill-\w+|pattern-\w+", "", item) for item in re.findall("<pattern.*?</pattern>", patterns())]
    states = {"locked", "buffered", "pending", "expired", "retired", "cancelled", "withdrawn", "exported"}
    assert states <= names  # active is plain
    drawn = dict(zip([anchor.removeprefix("pattern-") for anchor in page.ids()], shapes, strict=True))
    assert len({drawn[name] for name in states}) == len(states)
    assert drawn["elsewhere"] != drawn["free"]


def test_what_a_text_of_a_picture_has_is_not_an_element() -> None:
    """An element of HTML inside the text of an SVG is not shown."""
    page = Page("".join(bars("a", "é", "é", [Bar("é", (("claimed", Decimal("0.1234")),))], [("claimed", "é")])))
    inside = re.findall("<text.*?</text>", "".join(bars("a", "t", "d", [Bar("é…", (("claimed", 1),))], [])))
    assert inside
    assert not any("bdi" in item for item in inside)
    assert "é" in page.text


@pytest.mark.parametrize("count", [1, 3, 12, 13, 36])
def test_labels_are_bounded(count: int) -> None:
    found = [Bar(f"2024-{k:02d}", (("claimed", k + 1),)) for k in range(count)]
    page = Page("".join(bars("a", "t", "d", found, [])))
    ticks = [
        str(attributes["class"])
        for tag, attributes in page.tags
        if tag == "text" and "tick" in str(attributes["class"])
    ]
    assert len(ticks) <= 9
    assert len([item for item in ticks if item == "tick"]) <= 5
    assert pictures.axis_text(Fraction(5 * 10**12)) == "5 x 10^12"
