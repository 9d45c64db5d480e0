"""How a workbook computes the lines of calculations: exact rows of limbs, and formulas in the spreadsheet's numbers."""

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Final

from attrs import frozen

from carbon_ledger.errors import InexactNumberError
from carbon_ledger.exact import Rounding, arithmetic
from carbon_ledger.methodologies import Line
from carbon_ledger.reports.formulas import (
    AtLeastZero,
    Expression,
    Number,
    Product,
    Sum,
    Symbol,
    evaluate,
    in_cells,
    parse,
)
from carbon_ledger.reports.limbs import (
    MOST_RAW,
    Added,
    FromFormula,
    How,
    Literal,
    Multiplied,
    Node,
    NotBelowZero,
    RoundedUp,
    groups_of,
    whole_of,
)

ALL: Final = (-1, "net")  # in place of a calculation and a symbol: the net energy of all readings
GIVEN: Final = "given"
FROM_READINGS: Final = "sum of readings"
COMPUTED: Final = "computed"
ROUNDED: Final = "computed, rounded up to 6 places"
NOT_COMPUTED: Final = "the ledger's own value; this sheet has no exact formula for it"

_STATISTIC: Final = re.compile(r"(?P<name>mean|stdev)\((?P<inputs>[^()]+)\)")
_FUNCTIONS: Final = {"mean": "AVERAGE", "stdev": "STDEV"}
_MOST_TERMS: Final = 400  # of a sum in one formula
_LONGEST_FORMULA: Final = 8_000  # a formula of a workbook has at most 8,192 characters
_CEILING: Final = Rounding("ceiling", places=6)


@frozen(eq=False)
class ComputedLine:
    """A line of a calculation as a workbook has it.

    Attributes:
        line: The line.
        node: The exact number.
        how: How the exact number follows: one of the texts of this module.
        formula: The formula in the spreadsheet's own numbers, or an empty text for a number that is given.
    """

    line: Line
    node: Node
    how: str
    formula: str


class Computation:
    """The exact rows of a workbook, in the order in which they are computed.

    Args:
        sums: The formulas of sums of readings, by position of the calculation and symbol of the line.
        column: The column that has the values of lines.
        sheet: The sheet that has the lines.
    """

    def __init__(self, sums: Mapping[tuple[int, str], str], column: str, sheet: str) -> None:
        self.nodes: list[Node] = []
        self._sums = sums
        self._column = column
        self._sheet = sheet

    def add(self, name: str, value: Decimal, groups: int, how: How) -> Node:
        """A row; the same row is not looked for, so each row is used where it is needed."""
        node = Node(name, value, groups, how)
        self.nodes.append(node)
        return node

    def literal(self, name: str, value: Decimal) -> Node:
        """A row whose limbs are written as they are."""
        return self.add(name, value, groups_of(value), Literal())

    def of_readings(self, name: str, net_wh: int) -> Node:
        """The net energy of all readings. [Wh]"""
        formula = self._sums.get(ALL)
        if formula is None or abs(net_wh) >= MOST_RAW:
            return self.literal(name, Decimal(net_wh))
        return self.add(name, Decimal(net_wh), 0, FromFormula(formula))

    def total(self, name: str, terms: Sequence[tuple[int, Node]]) -> Node:
        """The sum of rows, each with its sign; of many rows, a sum of partial sums, so that no formula is too long."""
        if len(terms) > _MOST_TERMS:
            width = -(-len(terms) // -(-len(terms) // _MOST_TERMS))
            parts = [terms[at : at + width] for at in range(0, len(terms), width)]
            return self.total(name, [(1, self.total(f"part of {name}", part)) for part in parts])
        with arithmetic():
            value = sum((sign * item.value for sign, item in terms), Decimal(0))
        return self.add(name, value, max((item.groups for _, item in terms), default=0), Added(tuple(terms)))

    def lines(self, k: int, lines: Sequence[Line], first_row: int) -> list[ComputedLine]:
        """The lines of a calculation, computed from each other.

        Args:
            k: Position of the calculation.
            lines: Its lines. A formula may use lines above and below it.
            first_row: The row of the first line, from 1.
        """
        rows = {line.symbol: first_row + i for i, line in reversed(list(enumerate(lines)))}
        cells = {symbol: f"{self._column}{row}" for symbol, row in rows.items()}
        made: dict[str, tuple[Node, str]] = {}
        # A sum may come before its parts, so lines wait until the lines that they use have been made.
        waiting = list({line.symbol: line for line in reversed(lines)}.values())[::-1]
        found = {id(line): line for line in waiting}
        while waiting:
            ready = [line for line in waiting if all(name in made or name not in rows for name in line.inputs)]
            for line in ready or waiting[:1]:
                made[line.symbol] = self._line(k, line, cells, made)
            waiting = [line for line in waiting if line.symbol not in made]
        return [
            ComputedLine(line, *made[line.symbol], _quick(line, cells, made[line.symbol][1]))
            if id(line) in found
            else ComputedLine(line, self.literal(line.symbol, line.value), NOT_COMPUTED, "")
            for line in lines
        ]

    def _line(
        self, k: int, line: Line, cells: Mapping[str, str], made: Mapping[str, tuple[Node, str]]
    ) -> tuple[Node, str]:
        groups = groups_of(line.value)
        if not line.formula:
            return self._input(k, line, groups, cells[line.symbol])
        expression = parse(line.formula, line.inputs) if set(line.inputs) <= set(made) else None
        if expression is not None and _is_decimal(expression):
            nodes, count = {name: made[name][0] for name in line.inputs}, len(self.nodes)
            try:
                return self._computed(line, expression, nodes)
            except InexactNumberError:  # a formula of somebody's own, with more than 100 digits
                del self.nodes[count:]
        return self.literal(line.symbol, line.value), NOT_COMPUTED

    def _computed(self, line: Line, expression: Expression, nodes: Mapping[str, Node]) -> tuple[Node, str]:
        exact = evaluate(expression, {name: Fraction(node.value) for name, node in nodes.items()})
        if exact == Fraction(line.value):
            return self._expression(expression, line.symbol, nodes), COMPUTED
        if exact > 0 and _CEILING.apply(exact) == line.value:
            inner = self._expression(expression, f"{line.symbol}, not rounded", nodes)
            return self.add(line.symbol, line.value, 1, RoundedUp(inner)), ROUNDED
        return self.literal(line.symbol, line.value), NOT_COMPUTED

    def _input(self, k: int, line: Line, groups: int, cell: str) -> tuple[Node, str]:
        """A number that is not computed: the sum of readings, the value in the cell, or its limbs."""
        if (sum_ := self._sums.get((k, line.symbol))) is not None:
            groups = 1 if line.unit == "MWh" else 0
            if abs(whole_of(line.value, groups)) < MOST_RAW:
                return self.add(line.symbol, line.value, groups, FromFormula(sum_)), FROM_READINGS
        elif abs(whole_of(line.value, groups)) < MOST_RAW:
            scale = 10 ** (6 * groups)
            formula = f"ROUND({self._sheet}!{cell}*{scale},0)" if groups else f"ROUND({self._sheet}!{cell},0)"
            return self.add(line.symbol, line.value, groups, FromFormula(formula)), GIVEN
        return self.literal(line.symbol, line.value), GIVEN

    def _expression(self, expression: Expression, name: str, nodes: Mapping[str, Node]) -> Node:
        """The rows of an expression; the last one is its result."""
        part = f"part of {name}"
        match expression:
            case Number(value):
                return self.literal(part, _decimal(value))
            case Symbol(symbol):
                return nodes[symbol]
            case Sum(terms):
                return self.total(name, [(sign, self._expression(term, part, nodes)) for sign, term in terms])
            case AtLeastZero(inner):
                found = self._expression(inner, part, nodes)
                return self.add(name, max(Decimal(0), found.value), found.groups, NotBelowZero(found))
            case Product(factors):
                result = self._expression(factors[0], part, nodes)
                for i, factor in enumerate(factors[1:], 2):
                    other = self._expression(factor, part, nodes)
                    with arithmetic():
                        product = result.value * other.value
                    label = name if i == len(factors) else part
                    result = self.add(label, product, result.groups + other.groups, Multiplied(result, other))
                return result


def _quick(line: Line, cells: Mapping[str, str], how: str) -> str:
    """The formula of a line in the spreadsheet's own numbers; an empty text for a number that is given."""
    if not line.formula or not set(line.inputs) <= set(cells):
        return ""
    statistic = _STATISTIC.fullmatch(line.formula)
    if statistic is not None and set(statistic["inputs"].split(", ")) <= set(line.inputs) and len(line.inputs) > 1:
        values = ",".join(cells[name] for name in line.inputs)
        return f"{_FUNCTIONS[statistic['name']]}({values})"
    expression = parse(line.formula, line.inputs)
    if expression is None:
        return ""
    formula = in_cells(expression, cells)
    if len(formula) > _LONGEST_FORMULA:
        return ""  # the sheet Arithmetic computes it in parts
    # Without the inner rounding, the error of a binary number could be rounded up to a whole Wh.
    return f"ROUNDUP(ROUND({formula},10),6)" if how == ROUNDED else formula


def _is_decimal(expression: Expression) -> bool:
    """Whether every number in an expression has an end as a decimal."""
    return all(_ends(number.value) for number in _numbers(expression))


def _numbers(expression: Expression) -> Iterator[Number]:
    match expression:
        case Number():
            yield expression
        case Sum(terms):
            for _, term in terms:
                yield from _numbers(term)
        case Product(factors):
            for factor in factors:
                yield from _numbers(factor)
        case AtLeastZero(inner):
            yield from _numbers(inner)


def _ends(value: Fraction) -> bool:
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    return rest == 1


def _decimal(value: Fraction) -> Decimal:
    with arithmetic():
        return Decimal(value.numerator) / value.denominator
