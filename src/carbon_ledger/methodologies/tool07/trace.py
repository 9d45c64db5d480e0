"""Margins with their trace: a line for every number. Numbers are exact, and are rounded only to be shown."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction

from attrs import frozen

from carbon_ledger.canonical import digest, dumps
from carbon_ledger.errors import MethodologyError, QuantityError
from carbon_ledger.exact import plain
from carbon_ledger.factors import EmissionFactor
from carbon_ledger.factors.record import VINTAGE_OPTIONS
from carbon_ledger.methodologies.quantification import Line
from carbon_ledger.methodologies.tool07.rules import DISPLAY, Rule
from carbon_ledger.printing import lines, one_of, quote

UNIT = "tCO2/MWh"
MARGINS = ("operating_margin", "build_margin")


@frozen(kw_only=True)
class Margin:
    """An operating or a build margin, exact, with the trace of its calculation.

    Attributes:
        kind: ``operating_margin`` or ``build_margin``.
        method: How the margin was calculated: ``simple``, ``simple adjusted``, ``average``, the build margin's set,
            or ``published``.
        value: The exact value. [tCO2/MWh]
        vintage_option: ``ex-ante`` or ``ex-post``.
        data_years: Years of the data that the margin is calculated from.
        lines: A line for every number.
        units: Ids of the power units that the margin counts.
        region: The electricity system, if it is known.
        derived_from: Ids of the published factors that the margin was taken from.
        lag_years: Years from the data of an ex-post operating margin to the year for which it is used: 0, 1 or 2.

    Example:
        >>> from carbon_ledger.methodologies import tool07
        >>> years, gas = range(2019, 2024), tool07.FuelFactor.ipcc("natural-gas")
        >>> system = [
        ...     tool07.PowerUnit(id="gas", technology="gas", commissioned="2010-01-01", low_cost_must_run=False,
        ...                      option=tool07.OptionA2(efficiency="0.5", fuels=gas, source="plant test"),
        ...                      generation=dict.fromkeys(years, "600 MWh")),
        ...     tool07.PowerUnit(id="dam", technology="hydro", commissioned="1980-01-01", low_cost_must_run=True,
        ...                      option=tool07.ZeroEmission("hydropower"), generation=dict.fromkeys(years, "400 MWh"))]
        >>> tool07.simple_operating_margin(system, [2021, 2022, 2023]).shown
        Decimal('0.39096')
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
    lag_years: int | None = None

    @property
    def digest(self) -> str:
        """The SHA-256 of what the margin is: its exact value, its years, its units, and where it was published.

        The third crediting period uses the build margin of the second: `combined_margin` compares this digest. The
        texts of the trace are not in it, so that a later version of this library calculates the same digest.
        """
        record = {
            "kind": self.kind,
            "value": str(self.value),
            "vintage_option": self.vintage_option,
            "data_years": list(self.data_years),
            "units": list(self.units),
            "derived_from": list(self.derived_from),
        }
        return digest(dumps(record))

    @property
    def shown(self) -> Decimal:
        """The value as the trace shows it, rounded to 12 places. [tCO2/MWh]"""
        return shown(self.value)

    def __str__(self) -> str:
        """The trace as text."""
        return lines(*map(str, self.lines))


def shown(value: Fraction) -> Decimal:
    """A number as the trace shows it, rounded to 12 places. Nothing is calculated from the rounded number.

    Example:
        >>> shown(Fraction(2, 3)), shown(Fraction(39096, 100000))
        (Decimal('0.666666666667'), Decimal('0.39096'))
    """
    return plain(DISPLAY.rounding.apply(value))


def given(symbol: str, name: str, value: Decimal, unit: str, source: str, confidence: str | None) -> Line:
    """The line of a number that was given, with its exact value."""
    return Line(symbol=symbol, name=name, value=plain(value), unit=unit, source=source, confidence=confidence or "")


def computed(
    symbol: str, name: str, value: Fraction, unit: str, *, formula: str, inputs: Iterable[str], rule: Rule
) -> Line:
    """The line of a number that was calculated. Its name says so if the number has more than 12 places."""
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
    """The lines of several traces; a line that is in several traces appears once, at its first place.

    Raises:
        MethodologyError: The same symbol names different numbers.
    """
    found: dict[str, Line] = {}
    for line in (line for trace in traces for line in trace):
        if (first := found.setdefault(line.symbol, line)) != line:
            raise MethodologyError(
                f"{line.symbol} is both {first.value} and {line.value} {line.unit} ({line.name}); "
                "calculate both margins from the same power units"
            )
    return tuple(found.values())


def published_margin(factor: EmissionFactor, *, vintage_option: str | None = None) -> Margin:
    """A published operating or build margin, which `combined_margin` can combine.

    Args:
        factor: The published factor, whose kind says which margin it is.
        vintage_option: ``ex-ante`` or ``ex-post``, if the factor does not state it.

    Returns:
        The margin, with the value as published.

    Raises:
        MethodologyError: The factor is not an operating or a build margin, or states the other vintage option.
        QuantityError: Neither the factor nor *vintage_option* states a valid vintage option.
        UnitMismatchError: The factor is not in CO2 or CO2e.

    Example:
        >>> from carbon_ledger.factors import builtin
        >>> published_margin(builtin().get("asb0038-2018-am-build-margin"), vintage_option="ex-ante").shown
        Decimal('0.3456')
    """
    if factor.kind not in MARGINS:
        raise MethodologyError(f"factor {factor}: expected an operating_margin or a build_margin")
    option = checked_vintage_option(vintage_option or factor.vintage_option)
    if factor.vintage_option not in (None, option):
        raise MethodologyError(
            f"vintage_option {option} for factor {factor}, which is {factor.vintage_option}; leave out vintage_option"
        )
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
    """The vintage option that was passed.

    Raises:
        QuantityError: *value* is neither ``ex-ante`` nor ``ex-post``.
    """
    if value not in VINTAGE_OPTIONS:
        raise QuantityError(f"vintage_option {quote(value)}: expected {one_of(value, VINTAGE_OPTIONS)}")
    return str(value)
