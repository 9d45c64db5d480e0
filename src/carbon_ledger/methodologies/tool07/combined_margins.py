"""The combined margin: an operating and a build margin, weighted by technology and crediting period, rounded once."""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any, Final

from attrs import frozen

from carbon_ledger.canonical import digest, dumps
from carbon_ledger.errors import MethodologyError, MissingDataError, NotApplicableError, QuantityError
from carbon_ledger.exact import Rounding, checked_decimal, text_of
from carbon_ledger.factors import EmissionFactor
from carbon_ledger.methodologies.quantification import Line
from carbon_ledger.methodologies.tool07.annex_i import in_annex_i
from carbon_ledger.methodologies.tool07.records import checked_text
from carbon_ledger.methodologies.tool07.rules import (
    COMBINED_MARGIN,
    DOCUMENT,
    OPTION_A3_CASE_2,
    RESULT,
    TOOL,
    Rule,
)
from carbon_ledger.methodologies.tool07.trace import UNIT, Margin, computed, given, merged
from carbon_ledger.methodologies.tool07.unknown_fuel import CASE_2_T_PER_MWH
from carbon_ledger.methodologies.tool07.weights import LAST_PERIOD, Weights, combined_margin_weights, project_class
from carbon_ledger.printing import lines as text_lines
from carbon_ledger.printing import quote
from carbon_ledger.records import reads_record

FLAGS: Final = ("derived-not-published",)
ANNEX_I_FLAG: Final = "system-in-annex-i"
_DIGEST_PREFIX: Final = "build-margin:"


@frozen(kw_only=True)
class Tool07Result:
    """A combined margin as a factor, with the trace of its whole calculation.

    Attributes:
        factor: The factor; its `digest` is the digest of the trace.
        lines: A line for every number between generation and factor; the last line is the rounded result.

    Example:
        >>> from carbon_ledger.factors import builtin
        >>> from carbon_ledger.methodologies.tool07 import published_margin
        >>> om, bm = (published_margin(builtin().get(f"asb0038-2018-am-{name}"), vintage_option="ex-ante")
        ...           for name in ("operating-margin", "build-margin"))
        >>> combined_margin(om, bm, factor_id="am-wind", region="AM", technology="wind",
        ...                 crediting_period_ordinal=1).factor.value
        '0.4329'
    """

    factor: EmissionFactor
    lines: tuple[Line, ...]

    def line(self, symbol: str) -> Line:
        """The line with this symbol.

        Raises:
            MethodologyError: The trace has no line with this symbol.
        """
        for line in self.lines:
            if line.symbol == symbol:
                return line
        raise MethodologyError(
            f"calculation of {self.factor.factor_id} has no line {quote(symbol)}; "
            f"it has {', '.join(line.symbol for line in self.lines)}"
        )

    def to_record(self) -> dict[str, Any]:
        """The factor and its trace as a document pins them."""
        return {"factor": self.factor.to_record(), "lines": [line.to_record() for line in self.lines]}

    def to_bytes(self) -> bytes:
        """The canonical JSON of the record."""
        return dumps(self.to_record())

    @classmethod
    @reads_record("a combined margin")
    def from_record(cls, record: Mapping[str, Any]) -> "Tool07Result":
        """The factor and the trace that a document pinned.

        Raises:
            QuantityError: The factor is not what `to_record` writes.
            MethodologyError: The digest of the trace is not the digest that the factor names.
        """
        factor = EmissionFactor.from_record(record["factor"])
        lines = tuple(Line.from_record(line) for line in record["lines"])
        if trace_digest(lines) != factor.digest:
            raise MethodologyError(
                f"factor {factor}: digest {factor.digest}, expected that of this trace, {trace_digest(lines)}"
            )
        return cls(factor=factor, lines=lines)

    def __str__(self) -> str:
        """The trace as text, with the factor in the first line."""
        document = (self.factor.tool or TOOL).replace("@", " v")
        return text_lines(f"{document}: {self.factor}", *map(str, self.lines))


def trace_digest(lines: tuple[Line, ...]) -> str:
    """The SHA-256 of a trace's canonical JSON."""
    return digest(dumps([line.to_record() for line in lines]))


def combined_margin(
    operating_margin: Margin,
    build_margin: Margin,
    *,
    factor_id: str,
    region: str,
    technology: str,
    crediting_period_ordinal: int,
    rounding: Rounding = RESULT.rounding,
    second_period_build_margin: str | None = None,
    countries: Iterable[str] = (),
) -> Tool07Result:
    """The emission factor that combines an operating and a build margin, rounded once.

    Args:
        operating_margin: The operating margin, exact. [tCO2/MWh]
        build_margin: The build margin, exact. [tCO2/MWh]
        factor_id: Short name of the new factor.
        region: ISO 3166 code, or the named electricity system.
        technology: The project's technology, e.g. ``hydro`` or ``wind/onshore``; or ``other``, for another kind.
        crediting_period_ordinal: 1 for the first crediting period, then 2 and 3.
        rounding: How the result is rounded. Published factors were rounded half up. The default rounds
            down at 4 places, since a baseline may not be too high.
        second_period_build_margin: For the third crediting period: the `digest` of the build margin that the second
            period used, which the third uses again. The factor of a second period names it in its `derived_from`.
        countries: ISO 3166 codes of the countries in which the system lies, if *region* does not name them. In Annex I
            (see `in_annex_i`), where the tool is not for projects of the CDM, the factor is flagged.

    Returns:
        The factor, and the trace of its whole calculation. The factor is ``ex-post`` if either margin is. It has no
        series and no dates; add them with `attrs.evolve`.

    Raises:
        NotApplicableError: The build margin is ``ex-post``, and the crediting period is not the first; or the period is
            the third, and the build margin is not that of the second.
        MissingDataError: The period is the third, and *second_period_build_margin* is not stated.
        MethodologyError: The margins are not an operating and a build margin, in that order; or they were calculated
            from different data, or for another region; or *second_period_build_margin* is stated for an earlier period.
        QuantityError: A field of the factor, a country, the technology or the ordinal is invalid.

    Source:
        TOOL07 v7.0, paragraphs 85 and 86, equation (16); paragraph 72: ex-post build margins in the first crediting
        period alone, and in the third period the build margin of the second; paragraph 5: Annex I. [P]
    """
    project = FactorProject(factor_id, region, technology, crediting_period_ordinal, countries)
    return _combined(operating_margin, build_margin, project, second_period_build_margin, rounding)


def _combined(
    operating_margin: Margin, build_margin: Margin, project: "FactorProject", second: str | None, rounding: Rounding
) -> Tool07Result:
    weights = combined_margin_weights(project.technology, project.ordinal)
    margins = (operating_margin, build_margin)
    _check(*margins, project.region, project.ordinal)
    _check_third_period(build_margin, project.ordinal, second)
    lines = weighted_lines(margins, weights, project, COMBINED_MARGIN, rounding)
    later = (f"{_DIGEST_PREFIX}{build_margin.digest}",) if project.ordinal > 1 else ()
    factor = factor_of(
        project,
        lines,
        f"{described(operating_margin)}, and {described(build_margin)}",
        data_years=sorted({*operating_margin.data_years, *build_margin.data_years}),
        derived_from=(*operating_margin.derived_from, *build_margin.derived_from, *later),
        operating_margin=text_of(operating_margin.shown),
        build_margin=text_of(build_margin.shown),
        weights=weights,
        vintage_option=vintage_of(*margins),
    )
    return Tool07Result(factor=factor, lines=lines)


@frozen
class FactorProject:
    """The project that a combined margin is for.

    Attributes:
        factor_id: Short name of the factor.
        region: ISO 3166 code, or the named electricity system.
        technology: The project's technology.
        ordinal: The ordinal of the crediting period.
        countries: Codes of the countries in which the electricity system lies, if they were stated.
    """

    factor_id: str
    region: str
    technology: str
    ordinal: int
    countries: Iterable[str] = ()

    def __str__(self) -> str:
        """Technology and crediting period, for the trace."""
        return f"{self.technology} in crediting period {self.ordinal}"


def factor_of(project: FactorProject, lines: tuple[Line, ...], source: str, **fields: Any) -> EmissionFactor:
    """The combined margin of the last line as a factor of TOOL07; *fields* are further fields of the factor."""
    in_annex = (ANNEX_I_FLAG,) if in_annex_i(project.region, project.countries) else ()
    return factor_of_tool(TOOL, project, lines, source, flags=(*FLAGS, *in_annex), **fields)


def factor_of_tool(
    tool: str, project: FactorProject, lines: tuple[Line, ...], source: str, *, flags: tuple[str, ...], **fields: Any
) -> EmissionFactor:
    """The combined margin of the last line as a factor that was calculated with a tool.

    Args:
        tool: Name and version of the tool.
        project: The project that the factor is for.
        lines: The whole trace.
        source: What was combined, in words.
        flags: The factor's flags.
        fields: Further fields of the factor.
    """
    return EmissionFactor(
        factor_id=project.factor_id,
        value=format(lines[-1].value, "f"),
        unit=UNIT,
        kind="combined_margin",
        region=project.region,
        source=f"calculated by {tool.replace('@', ' v')}: {source}",
        gas="CO2",
        technologies=(project.technology,),
        digest=trace_digest(lines),
        flags=flags,
        tool=tool,
        project_class=project_class(project.technology),
        crediting_period_ordinal=project.ordinal,
        confidence="C",
        **fields,
    )


def vintage_of(*margins: Margin) -> str:
    """``ex-post`` if one of the margins is."""
    return "ex-post" if any(margin.vintage_option == "ex-post" for margin in margins) else "ex-ante"


def _check_third_period(build: Margin, ordinal: int, second: str | None) -> None:
    place = f"{DOCUMENT}, paragraph 72"
    if ordinal < LAST_PERIOD:
        if second is not None:
            raise MethodologyError(
                f"combined margin of crediting period {ordinal}: second_period_build_margin is for period 3 alone; "
                "leave it out"
            )
        return
    if second is None:
        raise MissingDataError(
            "combined margin of crediting period 3: second_period_build_margin is not stated; the third period uses "
            f"the build margin of the second, so give the digest of that margin [{place}]"
        )
    if not isinstance(second, str):
        raise QuantityError(
            f"second_period_build_margin {quote(second)}: expected the digest of a build margin, as text"
        )
    if second.removeprefix(_DIGEST_PREFIX) != build.digest:
        raise NotApplicableError(
            "combined margin",
            f"crediting period 3 with build margin {build.digest}, expected that of the second period, {quote(second)}"
            f"; calculate it from the data of the second period [{place}]",
        )


def _check(operating: Margin, build: Margin, region: str, ordinal: int) -> None:
    check_margins(operating, build, region)
    if build.vintage_option == "ex-post" and ordinal > 1:
        raise NotApplicableError(
            "combined margin",
            f"crediting period {ordinal} with an ex-post build margin, which is allowed in the first crediting "
            f"period only; calculate the build margin ex ante [{DOCUMENT}, paragraph 72]",
        )


def check_margins(operating: Margin, build: Margin, region: str, *, case: int = 1) -> None:
    """Refuse what is no margin, margins of another kind or in another order, and margins of another region.

    Raises:
        MethodologyError: They are not an operating and a build margin of the region, in that order; or they are of
            case 2 of VT0011, and *case* is 1.
        QuantityError: The region is not a text.
    """
    require_margins(operating, build, case=case)
    if (operating.kind, build.kind) != ("operating_margin", "build_margin"):
        raise MethodologyError(
            f"combined margin of {operating.kind} and {build.kind}: expected an operating_margin and a build_margin, "
            "in that order"
        )
    check_region((operating, build), region)


def require_margins(*margins: object, case: int = 1) -> None:
    """Refuse what is not a margin, and in case 1 a margin of case 2 of VT0011.

    Raises:
        MethodologyError: An argument is not a `Margin`; or it is of case 2, and *case* is 1.
    """
    for margin in margins:
        if not isinstance(margin, Margin):
            raise MethodologyError(f"combined margin of {quote(margin)}: expected a Margin")
        if case == 1 and any(line.source == OPTION_A3_CASE_2.place for line in margin.lines):
            raise MethodologyError(
                f"combined margin: the {margin.kind} counts units of unknown fuel with {CASE_2_T_PER_MWH} t/MWh, which "
                "is for case 2 of VT0011 alone; calculate it from units whose UnknownFuel has case 1"
            )


def check_region(margins: Iterable[Margin], region: str) -> None:
    """Refuse a margin of another region.

    Raises:
        MethodologyError: A margin is of another region.
        QuantityError: The region is not a text.
    """
    checked_text(region, "region")
    if others := sorted({margin.region for margin in margins} - {None, region}, key=str):
        raise MethodologyError(
            f"combined margin of {region}: a margin is of {', '.join(map(str, others))}; use margins of {region}"
        )


def weighted_lines(
    margins: tuple[Margin, Margin], weights: Weights, project: FactorProject, rule: Rule, rounding: Rounding
) -> tuple[Line, ...]:
    """The whole trace; the last line is the rounded combined margin."""
    operating, build = margins
    shares = [
        given(
            symbol,
            f"weight of the {which} margin for {project}",
            checked_decimal(weight, symbol),
            "1",
            rule.place,
            rule.confidence,
        )
        for symbol, which, weight in zip(("w_OM", "w_BM"), ("operating", "build"), weights, strict=True)
    ]
    exact = Fraction(weights[0]) * operating.value + Fraction(weights[1]) * build.value
    whole = computed(
        "EF_CM,exact",
        "combined margin before rounding",
        exact,
        UNIT,
        formula="w_OM x EF_OM + w_BM x EF_BM",
        inputs=("w_OM", "EF_OM", "w_BM", "EF_BM"),
        rule=rule,
    )
    return merged(operating.lines, build.lines, shares, (whole, rounded_line(whole, exact, rounding)))


def rounded_line(whole: Line, exact: Fraction, rounding: Rounding) -> Line:
    """The line of the combined margin, rounded once.

    Raises:
        QuantityError: *rounding* is not a `Rounding`.
    """
    if not isinstance(rounding, Rounding):
        raise QuantityError(f"rounding {quote(rounding)}: expected a Rounding")
    return Line(
        symbol="EF_CM",
        name=f"combined margin, rounded once: {rounding}",
        value=rounding.apply(exact),
        unit=UNIT,
        formula=f"{whole.symbol}, rounded",
        inputs=(whole.symbol,),
        source=RESULT.name,
        confidence="C",
    )


def described(margin: Margin) -> str:
    """A margin in words: its method, its years and its vintage option."""
    name = margin.kind.replace("_", " ")
    if margin.method == "published":
        return f"{name} as published in {', '.join(margin.derived_from)}"
    years = f"{margin.data_years[0]} to {margin.data_years[-1]}" if len(margin.data_years) > 1 else margin.data_years[0]
    lag = {1: ", one year before the displacement", 2: ", two years before the displacement"}
    return f"{margin.method} {name} of {years}, {margin.vintage_option}{lag.get(margin.lag_years or 0, '')}"
