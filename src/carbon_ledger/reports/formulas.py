"""The formulas of quantification lines, read as expressions, so that a workbook can compute them again.

A line states its formula in symbols, such as ``EG[2024] x EF``. The signs ``x``, ``+`` and ``-``, brackets,
``max(0, ...)``, and a fraction of two whole numbers such as ``44/12`` are read. Anything else is not an expression that
a workbook computes exactly, and the line's value is then written as it is.
"""

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import prod
from typing import Final

from attrs import frozen

_TOKEN: Final = re.compile(
    r" *(?P<number>[0-9]+(\.[0-9]+|/[1-9][0-9]*)?(?![A-Za-z0-9_\[]))"
    r"| *(?P<symbol>[A-Za-z][A-Za-z0-9_]*(\[[^\]]*\])?)"
    r"| *(?P<mark>[-+(),])"
)
_DEEPEST: Final = 20  # brackets in brackets


@frozen
class Number:
    """A number that stands in a formula."""

    value: Fraction


@frozen
class Symbol:
    """The value of another line."""

    name: str


@frozen
class Sum:
    """Terms that are added, each with its sign, 1 or -1."""

    terms: "tuple[tuple[int, Expression], ...]"


@frozen
class Product:
    """Two or more factors that are multiplied."""

    factors: "tuple[Expression, ...]"


@frozen
class AtLeastZero:
    """The larger of 0 and an expression."""

    inner: "Expression"


Expression = Number | Symbol | Sum | Product | AtLeastZero


def parse(formula: str, inputs: Sequence[str]) -> Expression | None:
    """The expression that a formula states, or None if it is not one of the known form.

    Args:
        formula: The formula of a line.
        inputs: The symbols that it may use.

    Example:
        >>> parse("EG x (1 + TDL)", ("EG", "TDL")) is None, parse("mean(EG)", ("EG",)) is None
        (False, True)
    """
    tokens: list[tuple[str, str]] = []
    at = 0
    while at < len(formula):
        match = _TOKEN.match(formula, at)
        if match is None:
            return None if formula[at:].strip() else _whole(tokens, frozenset(inputs))
        kind = str(match.lastgroup)
        tokens.append((kind, match[kind]))
        at = match.end()
    return _whole(tokens, frozenset(inputs))


def _whole(tokens: Sequence[tuple[str, str]], inputs: frozenset[str]) -> Expression | None:
    reader = _Reader(tokens, inputs)
    found = reader.sum(0)
    return found if reader.at == len(tokens) else None


class _Reader:
    """Reads tokens from left to right; None is what it returns where they are not an expression."""

    def __init__(self, tokens: Sequence[tuple[str, str]], inputs: frozenset[str]) -> None:
        self.at = 0
        self._tokens = tokens
        self._inputs = inputs

    def _takes(self, *texts: str) -> str | None:
        if self.at < len(self._tokens) and self._tokens[self.at][1] in texts:
            self.at += 1
            return self._tokens[self.at - 1][1]
        return None

    def sum(self, depth: int) -> Expression | None:
        terms: list[tuple[int, Expression]] = []
        sign = 1
        while True:
            term = self._product(depth)
            if term is None:
                return None
            terms.append((sign, term))
            mark = self._takes("+", "-")
            if mark is None:
                return term if len(terms) == 1 else Sum(tuple(terms))
            sign = 1 if mark == "+" else -1

    def _product(self, depth: int) -> Expression | None:
        factors: list[Expression] = []
        while True:
            factor = self._factor(depth)
            if factor is None:
                return None
            factors.append(factor)
            if self._takes("x") is None:
                return factor if len(factors) == 1 else Product(tuple(factors))

    def _factor(self, depth: int) -> Expression | None:
        if self.at >= len(self._tokens) or depth > _DEEPEST:
            return None
        kind, text = self._tokens[self.at]
        self.at += 1
        if kind == "number":
            return Number(Fraction(text))
        if kind == "symbol" and text in self._inputs:
            return Symbol(text)
        if text == "(":
            inner = self.sum(depth + 1)
            return inner if self._takes(")") else None
        if text == "max" and self._takes("(") and self._takes("0") and self._takes(","):
            inner = self.sum(depth + 1)
            return AtLeastZero(inner) if inner is not None and self._takes(")") else None
        return None


def evaluate(expression: Expression, values: Mapping[str, Fraction]) -> Fraction:
    """The exact value of an expression.

    Args:
        expression: The expression.
        values: The value of each symbol.

    Example:
        >>> evaluate(parse("max(0, A - B) + 44/12", ("A", "B")), {"A": Fraction(1), "B": Fraction(3)})
        Fraction(11, 3)
    """
    match expression:
        case Number(value):
            return value
        case Symbol(name):
            return values[name]
        case Sum(terms):
            return sum((sign * evaluate(term, values) for sign, term in terms), Fraction(0))
        case Product(factors):
            return prod((evaluate(factor, values) for factor in factors), start=Fraction(1))
        case AtLeastZero(inner):
            return max(Fraction(0), evaluate(inner, values))


def in_cells(expression: Expression, cells: Mapping[str, str]) -> str:
    """An expression as the formula of a spreadsheet, in the spreadsheet's own numbers.

    Args:
        expression: The expression.
        cells: The cell of each symbol.

    Example:
        >>> in_cells(parse("EC x (1 + TDL)", ("EC", "TDL")), {"EC": "C7", "TDL": "C8"})
        'C7*(1+C8)'
    """
    match expression:
        case Number(value):
            return str(value.numerator) if value.denominator == 1 else f"({value.numerator}/{value.denominator})"
        case Symbol(name):
            return cells[name]
        case Sum(terms):
            signed = "".join(f"{'+' if sign > 0 else '-'}{in_cells(term, cells)}" for sign, term in terms)
            return signed.removeprefix("+")
        case Product(factors):
            return "*".join(f"({text})" if isinstance(item, Sum) else text for item, text in _texts(factors, cells))
        case AtLeastZero(inner):
            return f"MAX(0,{in_cells(inner, cells)})"


def _texts(factors: Sequence[Expression], cells: Mapping[str, str]) -> list[tuple[Expression, str]]:
    return [(factor, in_cells(factor, cells)) for factor in factors]
