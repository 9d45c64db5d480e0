"""The combined margin: an operating and a build margin, weighted by technology and crediting period, rounded once."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Final

from attrs import frozen

from carbon_ledger.canonical import digest, dumps
from carbon_ledger.errors import MethodologyError, NotApplicableError, QuantityError
from carbon_ledger.exact import Rounding, checked_decimal, text_of
from carbon_ledger.factors import EmissionFactor
from carbon_ledger.methodologies.quantification import Line
from carbon_ledger.methodologies.tool07.records import checked_text
from carbon_ledger.methodologies.tool07.rules import COMBINED_MARGIN, DOCUMENT, RESULT, TOOL
from carbon_ledger.methodologies.tool07.trace import UNIT, Margin, computed, given, merged
from carbon_ledger.printing import lines as text_lines
from carbon_ledger.printing import quote
from carbon_ledger.records import reads_record

INTERMITTENT: Final = ("solar", "wind")
FLAGS: Final = ("derived-not-published", "tool-text-not-seen")
_LAST_PERIOD: Final = 3


@frozen(kw_only=True)
class Tool07Result:
    """A combined margin as a factor, with the trace of its whole calculation.

    Attributes:
        factor: The factor; its `digest` is the digest of the trace.
        lines: A line for every number between generation and factor; the last line is the rounded result.
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
        return text_lines(f"{DOCUMENT}: {self.factor}", *map(str, self.lines))


def trace_digest(lines: tuple[Line, ...]) -> str:
    """The SHA-256 of a trace's canonical JSON."""
    return digest(dumps([line.to_record() for line in lines]))


def combined_margin_weights(technology: str, crediting_period_ordinal: int) -> tuple[str, str]:
    """The weights of the operating margin and of the build margin.

    Args:
        technology: The project's technology. Only the part before a slash has an effect.
        crediting_period_ordinal: 1 for the first crediting period, then 2 and 3.

    Returns:
        The weight of the operating margin, and that of the build margin.

    Raises:
        QuantityError: The technology is not a text, or the ordinal is not 1, 2 or 3.

    Source:
        TOOL07 v7.0, step 6: wind and solar 0.75/0.25 always; all others 0.5/0.5 in the first crediting
        period, 0.25/0.75 after it. [S] Other weights, which the tool lets one propose, are not built.

    Example:
        >>> combined_margin_weights("wind/onshore", 2), combined_margin_weights("hydro/run-of-river", 2)
        (('0.75', '0.25'), ('0.25', '0.75'))
    """
    checked_text(technology, "technology")
    if type(crediting_period_ordinal) is not int or not 1 <= crediting_period_ordinal <= _LAST_PERIOD:
        raise QuantityError(f"crediting_period_ordinal {quote(crediting_period_ordinal)}: expected 1, 2 or 3")
    if technology.partition("/")[0] in INTERMITTENT:
        return ("0.75", "0.25")
    return ("0.5", "0.5") if crediting_period_ordinal == 1 else ("0.25", "0.75")


def combined_margin(
    operating_margin: Margin,
    build_margin: Margin,
    *,
    factor_id: str,
    region: str,
    technology: str,
    crediting_period_ordinal: int,
    rounding: Rounding = RESULT.rounding,
) -> Tool07Result:
    """The emission factor that combines an operating and a build margin, rounded once.

    Args:
        operating_margin: The operating margin, exact. [tCO2/MWh]
        build_margin: The build margin, exact. [tCO2/MWh]
        factor_id: Short name of the new factor.
        region: ISO 3166 code, or the named electricity system.
        technology: The project's technology, e.g. ``hydro`` or ``wind/onshore``.
        crediting_period_ordinal: 1 for the first crediting period, then 2 and 3.
        rounding: How the result is rounded. Published factors were rounded half up. The default rounds
            down at 4 places, since a baseline may not be too high.

    Returns:
        The factor, and the trace of its whole calculation. The factor is ``ex-post`` if either margin is. It has no
        series and no dates; add them with `attrs.evolve`.

    Raises:
        NotApplicableError: The build margin is ``ex-post``, and the crediting period is not the first.
        MethodologyError: The margins are not an operating and a build margin, in that order; or they were calculated
            from different data, or for another region.
        QuantityError: A field of the factor, the technology or the ordinal is invalid.

    Source:
        TOOL07 v7.0, step 6. [S] Ex-post build margins in the first crediting period alone. [S]

    Example:
        >>> from carbon_ledger.factors import builtin
        >>> from carbon_ledger.methodologies.tool07 import published_margin
        >>> om, bm = (published_margin(builtin().get(f"asb0038-2018-am-{name}"), vintage_option="ex-ante")
        ...           for name in ("operating-margin", "build-margin"))
        >>> combined_margin(om, bm, factor_id="am-wind", region="AM", technology="wind",
        ...                 crediting_period_ordinal=1).factor.value
        '0.4329'
    """
    weights = combined_margin_weights(technology, crediting_period_ordinal)
    _check(operating_margin, build_margin, region, crediting_period_ordinal)
    margins = (operating_margin, build_margin)
    lines = _combined(*margins, weights, f"{technology} in crediting period {crediting_period_ordinal}", rounding)
    factor = _factor(margins, weights, lines, factor_id, region, technology, crediting_period_ordinal)
    return Tool07Result(factor=factor, lines=lines)


def _factor(
    margins: tuple[Margin, Margin],
    weights: tuple[str, str],
    lines: tuple[Line, ...],
    factor_id: str,
    region: str,
    technology: str,
    ordinal: int,
) -> EmissionFactor:
    operating, build = margins
    intermittent = technology.partition("/")[0] in INTERMITTENT
    return EmissionFactor(
        factor_id=factor_id,
        value=format(lines[-1].value, "f"),
        unit=UNIT,
        kind="combined_margin",
        region=region,
        source=f"calculated by {DOCUMENT}: {_described(operating)}, and {_described(build)}",
        gas="CO2",
        technologies=(technology,),
        data_years=sorted({*operating.data_years, *build.data_years}),
        digest=trace_digest(lines),
        derived_from=(*operating.derived_from, *build.derived_from),
        flags=FLAGS,
        operating_margin=text_of(operating.shown),
        build_margin=text_of(build.shown),
        weights=weights,
        tool=TOOL,
        vintage_option="ex-post" if "ex-post" in (operating.vintage_option, build.vintage_option) else "ex-ante",
        project_class="wind and solar" if intermittent else "all but wind and solar",
        crediting_period_ordinal=ordinal,
        confidence="C",
    )


def _check(operating: Margin, build: Margin, region: str, ordinal: int) -> None:
    if (operating.kind, build.kind) != ("operating_margin", "build_margin"):
        raise MethodologyError(
            f"combined margin of {operating.kind} and {build.kind}: expected an operating_margin and a build_margin, "
            "in that order"
        )
    if others := sorted({margin.region for margin in (operating, build)} - {None, region}, key=str):
        raise MethodologyError(
            f"combined margin of {region}: a margin is of {', '.join(map(str, others))}; use margins of {region}"
        )
    if build.vintage_option == "ex-post" and ordinal > 1:
        raise NotApplicableError(
            "combined margin",
            f"crediting period {ordinal} with an ex-post build margin, which is allowed in the first crediting "
            f"period only; calculate the build margin ex ante [{DOCUMENT}, step 5]",
        )


def _combined(
    operating: Margin, build: Margin, weights: tuple[str, str], project: str, rounding: Rounding
) -> tuple[Line, ...]:
    """The whole trace; the last line is the rounded combined margin."""
    place, confidence = COMBINED_MARGIN.place, COMBINED_MARGIN.confidence
    shares = [
        given(
            symbol,
            f"weight of the {which} margin for {project}",
            checked_decimal(weight, symbol),
            "1",
            place,
            confidence,
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
        rule=COMBINED_MARGIN,
    )
    result = Line(
        symbol="EF_CM",
        name=f"combined margin, rounded once: {rounding}",
        value=rounding.apply(exact),
        unit=UNIT,
        formula="EF_CM,exact, rounded",
        inputs=("EF_CM,exact",),
        source=RESULT.name,
        confidence="C",
    )
    return merged(operating.lines, build.lines, shares, (whole, result))


def _described(margin: Margin) -> str:
    name = margin.kind.replace("_", " ")
    if margin.method == "published":
        return f"{name} as published in {', '.join(margin.derived_from)}"
    years = f"{margin.data_years[0]} to {margin.data_years[-1]}" if len(margin.data_years) > 1 else margin.data_years[0]
    return f"{margin.method} {name} of {years}, {margin.vintage_option}"
