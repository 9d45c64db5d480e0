"""The simplified combined margin: for systems of which the data of a build margin are lacking."""

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from typing import Final

from attrs import frozen

from carbon_ledger.errors import MethodologyError, MissingDataError, QuantityError
from carbon_ledger.exact import Rounding, checked_decimal, text_of
from carbon_ledger.methodologies.tool07.combined_margins import (
    FactorProject,
    Tool07Result,
    check_region,
    described,
    factor_of,
    require_margins,
    weighted_lines,
)
from carbon_ledger.methodologies.tool07.records import checked_text
from carbon_ledger.methodologies.tool07.rules import DOCUMENT, RESULT, SIMPLIFIED, SIMPLIFIED_HOST, Rule
from carbon_ledger.methodologies.tool07.trace import UNIT, Margin, given
from carbon_ledger.methodologies.tool07.weights import combined_margin_weights
from carbon_ledger.printing import one_of, quote

HOSTS: Final = ("ldc", "sids", "fewer-than-10-projects")
GAS_T_PER_MWH: Final = "0.326"
OIL_T_PER_MWH: Final = "0.568"
MOST_RENEWABLE: Final = Fraction(1, 5)


def simplified_combined_margin(
    average_operating_margin: Margin,
    *,
    no_build_margin: str,
    factor_id: str,
    region: str,
    technology: str,
    crediting_period_ordinal: int,
    host: str | None = None,
    renewable_share: Decimal | str | int | None = None,
    gas_used: bool | None = None,
    rounding: Rounding = RESULT.rounding,
    countries: Iterable[str] = (),
) -> Tool07Result:
    """The emission factor of a system of which the data of a build margin are lacking, rounded once.

    In a least developed country, a small island developing State, or a country with fewer than 10 registered CDM
    projects, the factor is the average operating margin. Elsewhere the build margin has a default value.

    Args:
        average_operating_margin: The result of `average_operating_margin`. [tCO2/MWh]
        no_build_margin: Which data of the build margin are lacking, in words.
        factor_id: Short name of the new factor.
        region: ISO 3166 code, or the named electricity system.
        technology: The project's technology, e.g. ``hydro`` or ``wind/onshore``; or ``other``, for another kind.
        crediting_period_ordinal: 1 for the first crediting period, then 2 and 3.
        host: ``ldc``, ``sids`` or ``fewer-than-10-projects`` (at the start of validation); by default, none of them.
        renewable_share: Share of renewable energy in the installed capacity of the system, if there is no *host*.
            [share, 0 to 1]
        gas_used: Whether natural gas is used for electricity in the country or region, if there is no *host*.
        rounding: How the result is rounded; see `combined_margin`.
        countries: Codes of the countries in which the electricity system lies; see `combined_margin`.

    Returns:
        The factor, and the trace of its whole calculation.

    Raises:
        MethodologyError: The margin is not an average operating margin, or is of another region.
        MissingDataError: There is no *host*, and *renewable_share* or *gas_used* is not stated.
        InexactNumberError: *renewable_share* is a float.
        QuantityError: The host, the share, a field of the factor, the technology or the ordinal is invalid.

    Source:
        TOOL07 v7.0, paragraphs 84 and 90 to 92. [P] A renewable share of exactly 20% is in both cases of paragraph 91:
        the build margin is 0 then, which is the lower one. [C]
    """
    project = FactorProject(factor_id, region, technology, crediting_period_ordinal, countries)
    situation = _Situation(no_build_margin, host, renewable_share, gas_used)
    return _combined(average_operating_margin, situation, project, rounding)


@frozen
class _Situation:
    """Why there is no build margin, and what decides on the value in its place."""

    no_build_margin: str
    host: str | None
    renewable_share: Decimal | str | int | None
    gas_used: bool | None


def _combined(average: Margin, situation: _Situation, project: FactorProject, rounding: Rounding) -> Tool07Result:
    no_build_margin, host = situation.no_build_margin, situation.host
    weights = combined_margin_weights(project.technology, project.ordinal)
    checked_text(no_build_margin, "no_build_margin")
    require_margins(average)
    if (average.kind, average.method) != ("operating_margin", "average"):
        raise MethodologyError(
            f"simplified combined margin of a {average.method} {average.kind}: "
            f"expected the result of average_operating_margin [{DOCUMENT}, paragraph 92]"
        )
    check_region((average,), project.region)
    if host is None:
        build, rule = _default_build_margin(situation), SIMPLIFIED
    else:
        build, rule, weights = _no_build_margin(host, no_build_margin), SIMPLIFIED_HOST, ("1", "0")
    lines = weighted_lines((average, build), weights, project, rule, rounding)
    factor = factor_of(
        project,
        lines,
        f"{described(average)}, and {build.method}, since {no_build_margin}",
        data_years=average.data_years,
        derived_from=average.derived_from,
        operating_margin=text_of(average.shown),
        build_margin=None if host is not None else text_of(build.shown),
        weights=weights,
        vintage_option=average.vintage_option,
    )
    return Tool07Result(factor=factor, lines=lines)


def _no_build_margin(host: str, reason: str) -> Margin:
    if host not in HOSTS:
        raise QuantityError(f"host {quote(host)}: expected {one_of(host, HOSTS)}")
    return default_margin("0", f"without a build margin, {host}", f"no build margin, {host}: {reason}", SIMPLIFIED_HOST)


def _default_build_margin(situation: _Situation) -> Margin:
    renewable_share, gas_used = situation.renewable_share, situation.gas_used
    if renewable_share is None or not isinstance(gas_used, bool):
        raise MissingDataError(
            "simplified combined margin without a host: expected renewable_share, and gas_used as True or False "
            f"[{SIMPLIFIED.place}]"
        )
    share = checked_decimal(renewable_share, "renewable_share")
    if not 0 <= share <= 1:
        raise QuantityError(f"renewable_share {quote(renewable_share)}: expected a share from 0 to 1; 20% is 0.2")
    value = "0" if share >= MOST_RENEWABLE else GAS_T_PER_MWH if gas_used else OIL_T_PER_MWH
    gas = "natural gas is used" if gas_used else "natural gas is not used"
    name = f"default build margin: {text_of(share)} of capacity is renewable, {gas}; {situation.no_build_margin}"
    return default_margin(value, f"default build margin of {value}", name, SIMPLIFIED)


def default_margin(value: str, method: str, name: str, rule: Rule, *, kind: str = "build_margin") -> Margin:
    """A margin whose value is a default of the tool.

    Args:
        value: The value. [tCO2/MWh]
        method: The default in words, for the source of the factor.
        name: The default in words, for the trace.
        rule: The rule that states the default.
        kind: ``build_margin`` or ``operating_margin``.
    """
    symbol = "EF_BM" if kind == "build_margin" else "EF_OM"
    line = given(symbol, name, checked_decimal(value, symbol), UNIT, rule.place, rule.confidence)
    return Margin(
        kind=kind, method=method, value=Fraction(value), vintage_option="ex-ante", data_years=(), lines=(line,)
    )
