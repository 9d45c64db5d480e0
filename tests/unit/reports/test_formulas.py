"""The formulas of lines are read as they are written; whatever else they say is not computed."""

from fractions import Fraction

import pytest

from carbon_ledger.reports.formulas import evaluate, in_cells, parse

VALUES = {"A": Fraction(7), "B[2024,x-1]": Fraction(1, 2), "EF": Fraction(384, 1000)}
CELLS = {"A": "C1", "B[2024,x-1]": "C2", "EF": "C3"}


@pytest.mark.parametrize(
    ("formula", "value", "cells"),
    [
        ("A x EF", Fraction(2688, 1000), "C1*C3"),
        ("A - B[2024,x-1] - EF + A", Fraction(13116, 1000), "C1-C2-C3+C1"),
        ("A x (1 + B[2024,x-1])", Fraction(21, 2), "C1*(1+C2)"),
        ("0.002 x A + 0.5 x B[2024,x-1]", Fraction(264, 1000), "(1/500)*C1+(1/2)*C2"),
        ("max(0, B[2024,x-1] - A) + A", Fraction(7), "MAX(0,C2-C1)+C1"),
        ("A x 44/12", Fraction(77, 3), "C1*(11/3)"),
        ("A", Fraction(7), "C1"),
    ],
)
def test_what_is_read(formula: str, value: Fraction, cells: str) -> None:
    expression = parse(formula, tuple(VALUES))
    assert expression is not None
    assert evaluate(expression, VALUES) == value
    assert in_cells(expression, CELLS) == cells


@pytest.mark.parametrize(
    "formula",
    [
        "mean(A, EF)",
        "floor(A)",
        "A / EF",
        "A x C",
        "A x",
        "(A + EF",
        "A)",
        "max(1, A)",
        "max(0 A)",
        "",
        "A EF",
        "=A",
        'A&"x"',
        "Readings!A",
        "A x 1/0",
        "(" * 30 + "A" + ")" * 30,
    ],
)
def test_what_is_not_read(formula: str) -> None:
    assert parse(formula, tuple(VALUES)) is None
