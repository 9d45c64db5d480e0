"""Margins with their trace: every number a line, exact inside and rounded only where it is shown."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction

from attrs import frozen

from carbon_ledger.errors import MethodologyError, QuantityError
from carbon_ledger.exact import plain
from carbon_ledger.factors import EmissionFactor
from carbon_ledger.factors.record import VINTAGE_OPTIONS
from carbon_ledger.methodologies.quantification import Line
from carbon_ledger.methodologies.tool07.rules import DISPLAY, Rule
from carbon_ledger.printing import lines, quote

UNIT = "tCO2/MWh"
MARGINS = ("operating_margin", "build_margin")


@frozen(kw_only=True)
class Margin:
    """An operating or a build margin, exact, with the trace of its calculation.

    Attributes:
        kind: ``operating_margin`` or ``build_margin``.
        method: How it was made: ``simple``, ``simple adjusted``, ``average``, the build margin's set, or
            ``published``.
        value: Exact. [tCO2/MWh]
        vintage_option: ``ex-ante`` or ``ex-post``.
        data_years: Years of the data behind it.
        lines: Every number, named.
        units: Ids of the power units in it.
        region: The electricity system, where it is known.
        derived_from: Factor ids that it was taken from.
    """

    kind: str
    method: str
    value: Fraction
    vintage_option: str
    data_years: tuple[int, ...]
    lines: tuple[Line, ...]
    units: tuple[str, ...] = ()
    region: str | None = None
    derived_from: tuple[str, ...] = ()

    @property
    def shown(self) -> Decimal:
        """The value as the trace shows it, at 12 places. [tCO2/MWh]"""
        return shown(self.value)

    def __str__(self) -> str:
        """The trace as text, a line each."""
        return lines(*map(str, self.lines))


def shown(value: Fraction) -> Decimal:
    """A number as the trace shows it: rounded to 12 places, for the eye alone.

    Example:
        >>> shown(Fraction(2, 3)), shown(Fraction(39096, 100000))
        (Decimal('0.666666666667'), Decimal('0.39096'))
    """
    return plain(DISPLAY.rounding.apply(value))


def given(symbol: str, name: str, value: Decimal, unit: str, source: str, confidence: str | None) -> Line:
    """Name a number that was given, exactly as it was."""
    return Line(symbol=symbol, name=name, value=plain(value), unit=unit, source=source, confidence=confidence or "")


def computed(
    symbol: str, name: str, value: Fraction, unit: str, *, formula: str, inputs: Iterable[str], rule: Rule
) -> Line:
    """Name a number that follows from others; where it does not end within 12 places, the name says so."""
    number = shown(value)
    cut = "" if Fraction(number) == value else f"; shown to {DISPLAY.rounding.places} places"
    return Line(
        symbol=symbol,
        name=f"{name}{cut}",
        value=number,
        unit=unit,
        formula=formula,
        inputs=tuple(inputs),
        source=rule.place,
        confidence=rule.confidence,
    )


def merged(*traces: Sequence[Line]) -> tuple[Line, ...]:
    """Join traces; a line that stands in several is kept once, where it stands first.

    Raises:
        MethodologyError: One symbol names different numbers.
    """
    found: dict[str, Line] = {}
    for line in (line for trace in traces for line in trace):
        if (first := found.setdefault(line.symbol, line)) != line:
            raise MethodologyError(
                f"{line.symbol} is both {first.value} and {line.value} {line.unit} ({line.name}); "
                "calculate both margins from one set of power units"
            )
    return tuple(found.values())


def published_margin(factor: EmissionFactor, *, vintage_option: str | None = None) -> Margin:
    """Take a published operating or build margin, to combine it.

    Args:
        factor: The published factor; its kind says which margin it is.
        vintage_option: ``ex-ante`` or ``ex-post``, where the factor does not say.

    Returns:
        The margin, its value as published.

    Raises:
        MethodologyError: The factor is of another kind, or states the other vintage option.
        QuantityError: The vintage option is nowhere stated, or neither of the two.
        UnitMismatchError: It is not in CO2 or CO2e.

    Example:
        >>> from carbon_ledger.factors import builtin
        >>> published_margin(builtin().get("asb0038-2018-am-build-margin"), vintage_option="ex-ante").shown
        Decimal('0.3456')
    """
    if factor.kind not in MARGINS:
        raise MethodologyError(f"factor {factor}: expected an operating_margin or a build_margin")
    option = checked_vintage_option(vintage_option or factor.vintage_option)
    if factor.vintage_option not in (None, option):
        raise MethodologyError(f"factor {factor}: it is {factor.vintage_option}, and {option} was asked for")
    symbol = "EF_OM" if factor.kind == "operating_margin" else "EF_BM"
    what = f"{factor.kind.replace('_', ' ')} of {factor.region}: {factor.factor_id}, published as {factor.value}"
    line = given(symbol, f"{what} {factor.unit}", factor.t_per_mwh, UNIT, factor.source, factor.confidence)
    return Margin(
        kind=factor.kind,
        method="published",
        value=Fraction(factor.t_per_mwh),
        vintage_option=option,
        data_years=factor.data_years,
        lines=(line,),
        region=factor.region,
        derived_from=(factor.factor_id,),
    )


def checked_vintage_option(value: object) -> str:
    """Take a vintage option.

    Raises:
        QuantityError: It is neither ``ex-ante`` nor ``ex-post``.
    """
    if value not in VINTAGE_OPTIONS:
        raise QuantityError(f"vintage_option {quote(value)}: expected one of {', '.join(VINTAGE_OPTIONS)}")
    return str(value)
