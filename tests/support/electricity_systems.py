"""Small electricity systems for the tests of TOOL07."""

import re
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

from carbon_ledger.methodologies import Line
from carbon_ledger.methodologies.tool07 import FuelFactor, OptionA2, PowerUnit, ZeroEmission

FIVE = (2019, 2020, 2021, 2022, 2023)
THREE = (2021, 2022, 2023)
GAS = FuelFactor(name="natural gas", ef="0.0543", source="IPCC 2006, lower bound", confidence="M")
COAL = FuelFactor(name="other bituminous coal", ef="0.0895", source="IPCC 2006, lower bound", confidence="M")
GAS_50 = OptionA2(efficiency="0.5", fuels=GAS, source="plant test")
COAL_36 = OptionA2(efficiency="0.36", fuels=COAL, source="plant test")
HYDRO = ZeroEmission("hydropower")


def unit(unit_id: str, mwh: object = 100, commissioned: str = "2000-01-01", **more: Any) -> PowerUnit:
    """A gas unit, with one amount of generation for each of 2019 to 2023, or an amount by year."""
    yearly = mwh if isinstance(mwh, Mapping) else dict.fromkeys(FIVE, mwh)
    fields: dict[str, Any] = {
        "id": unit_id,
        "technology": "gas",
        "commissioned": commissioned,
        "low_cost_must_run": False,
        "option": GAS_50,
        "generation": {year: f"{amount} MWh" for year, amount in yearly.items() if year >= int(commissioned[:4])},
    }
    return PowerUnit(**(fields | more))


def dam(unit_id: str = "dam", mwh: object = 400, commissioned: str = "1980-01-01", **more: Any) -> PowerUnit:
    """A hydropower unit, which is low-cost or must-run."""
    return unit(unit_id, mwh, commissioned, technology="hydro", low_cost_must_run=True, option=HYDRO, **more)


def grid(gas: object, coal: object, hydro: object) -> list[PowerUnit]:
    """The system of the worked examples: gas at 50%, coal at 36% and hydropower."""
    return [
        unit("gas", gas),
        unit("coal", coal, technology="coal", option=COAL_36),
        dam("dam", hydro),
    ]


def by_symbol(lines: Iterable[Line]) -> dict[str, Line]:
    """Lines by symbol. Each symbol occurs once, and its inputs are lines before it."""
    found: dict[str, Line] = {}
    for line in lines:
        assert line.symbol not in found, f"{line.symbol} stands twice"
        assert set(line.inputs) <= set(found), f"{line.symbol} follows from lines that do not stand before it"
        found[line.symbol] = line
    return found


def follows(lines: Mapping[str, Line], line: Line) -> bool:
    """Whether a line's number follows from its formula and the numbers shown, to nine decimal places."""
    text, shown = line.formula, {}
    for place, symbol in enumerate(sorted(line.inputs, key=len, reverse=True)):
        text = text.replace(symbol, f"<{place}>")
        shown[f"<{place}>"] = lines[symbol].value
    parts = re.findall(r"<\d+>|[0-9.]+|[-+/()x]", text)
    assert "".join(parts) == text.replace(" ", ""), f"{line.symbol}: {text!r} is no formula"
    terms = [
        {"x": "*"}.get(part, part) if part in "-+/()x" else f"Fraction('{shown.get(part, part)}')" for part in parts
    ]
    value: Fraction = eval("".join(terms), {"Fraction": Fraction})
    return abs(value - Fraction(line.value)) <= Fraction(1, 10**9)
