"""What a project expected of a period beside what a quantification counts: lines that only compare."""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from carbon_ledger.estimates import Comparison, Estimate, compare
from carbon_ledger.exact import arithmetic
from carbon_ledger.methodologies.activity import Activity
from carbon_ledger.methodologies.lines import Line
from carbon_ledger.methodologies.net_energy import millionths
from carbon_ledger.periods import Period

_SYMBOLS: Final = {"generation": "EG", "amount": "ER"}
_COMPARISON: Final = re.compile("(EG|ER)_(counted|expected|difference)")
_ROUNDED: Final = {"generation": "rounded down to the Wh", "amount": "rounded down to 6 places"}


def expected_lines(
    estimate: Estimate | None, activity: Activity, crediting: Period | None, unit: str, amounts: Sequence[Decimal]
) -> tuple[Line, ...]:
    """Three lines for each comparison with a project's estimate: counted, expected, and the difference.

    They compare what one quantification counts with what was expected of its whole period. They come after the lines
    from which amounts follow, and no amount follows from them.

    Args:
        estimate: The project's estimate, or None, which gives no lines.
        activity: The activity.
        crediting: The project's crediting period, if it has one.
        unit: Unit of the amounts.
        amounts: The amount of each vintage. [*unit*]
    """
    if estimate is None or activity.zone is None:
        return ()
    with arithmetic():
        amount = sum(amounts, Decimal(0))
    net_wh = sum(item.counted_wh for item in activity.generation)
    found = compare(estimate, activity.period, activity.zone, crediting, net_wh=net_wh, amount=amount, unit=unit)
    return tuple(line for item in found for line in _lines(item))


def is_comparison(line: Line) -> bool:
    """Whether a line only compares a quantification with the project's estimate.

    Example:
        >>> is_comparison(Line(symbol="ER_expected", name="x", value=Decimal(4), unit="tCO2e"))
        True
    """
    return _COMPARISON.fullmatch(line.symbol) is not None


def _lines(item: Comparison) -> tuple[Line, Line, Line]:
    symbol, energy = _SYMBOLS[item.what], item.what == "generation"
    unit = "MWh" if energy else item.unit
    counted, expected, difference = (
        millionths(int(value)) if energy else value for value in (item.actual, item.expected, item.difference)
    )
    what = "net generation" if energy else "amount"
    names = (f"{symbol}_counted", f"{symbol}_expected")
    return (
        Line(
            symbol=names[0],
            name=f"{what} that this quantification counts, for comparison",
            value=counted,
            unit=unit,
            source="the lines above",
            confidence="C",
        ),
        Line(
            symbol=names[1],
            name=f"{what} that was expected of {item.days_text} of the period, by {item.day_basis}, "
            f"{_ROUNDED[item.what]}; for comparison, part of no amount",
            value=expected,
            unit=unit,
            source=item.source,
            confidence="C",
        ),
        Line(
            symbol=f"{symbol}_difference",
            name=f"{what} above what was expected, for comparison"
            + ("" if item.complete else "; not every day of the period has an estimate"),
            value=difference,
            unit=unit,
            formula=f"{names[0]} - {names[1]}",
            inputs=names,
            source="the two lines above",
            confidence="C",
        ),
    )
