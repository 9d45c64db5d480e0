"""Rows of limbs give exact results in the numbers of a spreadsheet, whatever the numbers are."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.spreadsheet import evaluated

from carbon_ledger.exact import arithmetic
from carbon_ledger.reports.limbs import (
    MOST_RAW,
    Added,
    FromFormula,
    Literal,
    Multiplied,
    Node,
    NotBelowZero,
    RoundedUp,
    Sheet,
    groups_of,
    limbs_needed,
    whole_of,
)

NUMBERS = st.decimals(min_value=-(10**12), max_value=10**12, places=9) | st.sampled_from(
    [Decimal(text) for text in ("0", "999999.999999", "-0.000001", "-999999", "1000000", "0.384", "1E+9")]
)


def literal(value: Decimal) -> Node:
    return Node("number", value, groups_of(value), Literal())


def values_of(nodes: list[Node]) -> dict[str, object]:
    """Every cell of the rows as the second evaluator computes it; each is also the value that the file keeps."""
    sheet = Sheet(count=limbs_needed(nodes), rows={node: row for row, node in enumerate(nodes, 1)})
    values: dict[str, object] = {}
    waiting = {sheet.cell(node, group, j): made for node in nodes for (group, j), made in sheet.cells(node).items()}

    def value_of(address: str) -> object:
        if address not in values:
            formula, kept = waiting[address]
            values[address] = evaluated(formula, value_of) if formula else kept
            assert values[address] == kept, (address, formula)
        return values[address]

    for address in waiting:
        number = value_of(address)
        assert isinstance(number, str) or abs(float(number)) < 2 * MOST_RAW
    return {node.name: values[sheet.cell(node, "exact")] for node in nodes}


def results(one: Decimal, other: Decimal) -> tuple[dict[str, Decimal], dict[str, object]]:
    """What sums, differences and products of two numbers are, and what their rows give."""
    with arithmetic():
        exact = {
            "sum": one + other,
            "difference": one - other,
            "product": one * other,
            "square of the product": (one * other) * (one * other),
            "not below zero": max(Decimal(0), one - other),
        }
    a, b = literal(one), literal(other)
    places = max(a.groups, b.groups)
    total = Node("sum", exact["sum"], places, Added(((1, a), (1, b))))
    difference = Node("difference", exact["difference"], places, Added(((1, a), (-1, b))))
    product = Node("product", exact["product"], a.groups + b.groups, Multiplied(a, b))
    square = Node(
        "square of the product", exact["square of the product"], 2 * product.groups, Multiplied(product, product)
    )
    least = Node("not below zero", exact["not below zero"], places, NotBelowZero(difference))
    return exact, values_of([a, b, total, difference, product, square, least])


@given(NUMBERS, NUMBERS)
def test_every_result_is_exact(one: Decimal, other: Decimal) -> None:
    exact, found = results(one, other)
    for name, value in exact.items():
        assert Decimal(str(found[name])) == value, name


@given(st.decimals(min_value=0, max_value=10**9, places=14))
def test_a_number_is_rounded_up_to_the_wh(value: Decimal) -> None:
    inner = Node("inner", value, 3, Literal())
    with arithmetic():
        expected = -(-whole_of(value, 3) // 10**12)
    rounded = Node("rounded", Decimal(expected).scaleb(-6), 1, RoundedUp(inner))
    assert Decimal(str(values_of([inner, rounded])["rounded"])) == rounded.value


def test_large_numbers_that_cancel_keep_every_digit() -> None:
    """The limbs of a difference can be few, and those of its parts many, with other places."""
    large, small = Decimal(10**24), Decimal("0.123456789012345678")
    with arithmetic():
        parts = [literal(large), literal(large - 1), literal(small)]
        total = Node("total", 1 + small, 3, Added(((1, parts[0]), (-1, parts[1]), (1, parts[2]))))
    assert values_of([*parts, total])["total"] == "1.123456789012345678"


def test_a_number_from_another_cell_begins_in_its_first_limb() -> None:
    node = Node("given", Decimal("36411.290323"), 1, FromFormula("ROUND(Calculation!C6*1000000,0)"))
    sheet = Sheet(count=limbs_needed([node]), rows={node: 1})
    found = sheet.cells(node)
    assert found["raw", 0] == ("ROUND(Calculation!C6*1000000,0)", 36_411_290_323)
    assert [found["limb", j][1] for j in range(sheet.count)] == [290_323, 36_411, 0]
    assert found["exact", 0][1] == "36411.290323"


@pytest.mark.parametrize(("value", "text"), [("-0.5", "-0.500000"), ("0", "0"), ("-1200000", "-1200000")])
def test_the_text_has_all_places_of_its_groups(value: str, text: str) -> None:
    node = literal(Decimal(value))
    assert node.text == text == values_of([node])["number"]
