"""The results of a workbook: the amount of each vintage and of the period, and the comparison with the estimate."""

from collections.abc import Sequence
from decimal import Decimal

from attrs import frozen

from carbon_ledger.estimates import Comparison
from carbon_ledger.exact import arithmetic
from carbon_ledger.reports.computed import Computation, ComputedLine
from carbon_ledger.reports.limbs import Node
from carbon_ledger.reports.parts import Calculation


@frozen(eq=False)
class Result:
    """A result of the workbook, and the ledger's value of it.

    Attributes:
        name: What it is, in words.
        node: The exact number.
        unit: The unit.
        ledgers: The value that the ledger has.
    """

    name: str
    node: Node
    unit: str
    ledgers: Decimal


def results_of(
    computation: Computation,
    calculations: Sequence[Calculation],
    computed: Sequence[Sequence[ComputedLine]],
    comparisons: Sequence[Comparison],
) -> list[Result]:
    """The results, from the lines of the calculations; rows that they need are added to the computation.

    Args:
        computation: The exact rows.
        calculations: The calculations.
        computed: The computed lines of each calculation.
        comparisons: What the period generated, and its amount, beside the estimate.
    """
    found: list[Result] = []
    amounts: list[Node] = []
    net_wh = 0
    for item, lines in zip(calculations, computed, strict=True):
        result = item.quantification
        for vintage, amount in result.amounts:
            node = _amount_node(computation, lines, vintage, amount)
            amounts.append(node)
            found.append(Result(f"amount of {vintage}, {item.title}", node, result.unit, amount))
        net_wh += result.net_wh
    unit = calculations[0].quantification.unit if calculations else ""
    total = computation.total("amount of the period", [(1, node) for node in amounts])
    with arithmetic():
        ledgers = sum((item.quantification.amount for item in calculations), Decimal(0))
    found.append(Result("amount of the period", total, unit, ledgers))
    for comparison in comparisons:
        actual = total if comparison.what == "amount" else computation.of_readings("net energy of the period", net_wh)
        found += _compared(computation, comparison, actual)
    return found


def _amount_node(computation: Computation, lines: Sequence[ComputedLine], vintage: int, amount: Decimal) -> Node:
    """The row of the last line of a vintage that has its amount; or a row with the amount as it is."""
    for item in reversed(lines):
        if item.line.symbol.endswith(f"[{vintage}]") and item.line.value == amount:
            return item.node
    return computation.literal(f"amount of {vintage}", amount)


def _compared(computation: Computation, item: Comparison, actual: Node) -> list[Result]:
    expected = computation.literal(f"expected {item.what}", item.expected)
    difference = computation.total(f"{item.what} above what was expected", [(1, actual), (-1, expected)])
    return [
        Result(f"{item.what} of the period", actual, item.unit, item.actual),
        Result(f"expected {item.what}, {item.days_text} by {item.day_basis}", expected, item.unit, item.expected),
        Result(difference.name, difference, item.unit, item.difference),
    ]
