"""A second evaluator of the formulas that workbooks have, in binary numbers as a spreadsheet has them."""

import math
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

_TOKEN: Final = re.compile(r'"[^"]*"|(?:[A-Za-z]+!)?[A-Z]+[0-9]+(?::[A-Z]+[0-9]+)?|[A-Z]+\(|<>|<=|[0-9.]+|.')
_RANGE: Final = re.compile(r"(?P<column>[A-Z]+)(?P<first>[0-9]+):(?P=column)(?P<last>[0-9]+)")


class Text(str):
    """A text, which ``&`` joins to another one."""

    def __and__(self, other: object) -> "Text":
        return Text(f"{self}{other}")


def _shown(number: float, pattern: str) -> Text:
    assert number == int(number)
    assert number >= 0
    return Text(str(int(number)).rjust(len(pattern), "0"))


_FUNCTIONS: Final[Mapping[str, Callable[..., Any]]] = {
    "IF": lambda test, yes, no: yes if test else no,
    "INT": math.floor,
    "ABS": abs,
    "TEXT": _shown,
    "MAX": max,
    "SUM": sum,
    "RANK": lambda value, values: 1 + sum(other > value for other in values),
    "COUNTIF": lambda values, value: values.count(value),
    "OR": lambda *tests: any(tests),
}


def evaluated(formula: str, value_of: Callable[[str], object]) -> object:
    """What a formula gives.

    Args:
        formula: The formula, without the equals sign.
        value_of: The value of a cell.
    """
    parts = []
    for token in _TOKEN.findall(formula):
        if token.startswith('"'):
            parts.append(f"Text({token})")
        elif token == "<>":
            parts.append("!=")
        elif token == "=":
            parts.append("==")
        elif found := _RANGE.fullmatch(token):
            rows = range(int(found["first"]), int(found["last"]) + 1)
            addresses = (f"{found['column']}{row}" for row in rows)
            parts.append("[" + ",".join(f'cell("{address}")' for address in addresses) + "]")
        elif re.fullmatch(r"(?:[A-Za-z]+!)?[A-Z]+[0-9]+", token):
            parts.append(f'cell("{token}")')
        elif re.fullmatch(r"[0-9]+", token):
            parts.append(f"{token}.0")
        else:
            parts.append(token)

    def cell(address: str) -> object:
        found = value_of(address)
        return Text(found) if isinstance(found, str) else float(found)

    return eval("".join(parts), {"__builtins__": {}}, {**_FUNCTIONS, "cell": cell, "Text": Text})
