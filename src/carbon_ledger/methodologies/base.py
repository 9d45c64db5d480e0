"""Methodologies and their applicability conditions, and the one function that applies a methodology.

This module is public. A methodology of one's own is a `Methodology` whose name begins with ``OWN-``, in a module of its
own: functions that return a `Condition` (`Check`), and a function that returns lines and amounts (`Calculation`).
`net_energy_lines`, `project_lines`, `leakage_lines` and `summed` make the lines that most documents share.

See docs/how-to/use-your-own-methodology.md.
"""

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any, TypeAlias

from attrs import frozen

from carbon_ledger.errors import FactorNotApplicableError, MethodologyError, NotApplicableError
from carbon_ledger.exact import arithmetic
from carbon_ledger.factors import EmissionFactor, check_factor
from carbon_ledger.factors.record import VINTAGE_OPTIONS
from carbon_ledger.methodologies.activity import Activity, LateEnergy, VintageGeneration
from carbon_ledger.methodologies.embodied_emissions import EmbodiedDefaults
from carbon_ledger.methodologies.emission_lines import leakage_lines, project_lines
from carbon_ledger.methodologies.factor_flags import INCREASES_CONSUMPTION, flag_lines
from carbon_ledger.methodologies.net_energy import net_energy_lines, summed
from carbon_ledger.methodologies.outcomes import guarded, is_own, require_outcome
from carbon_ledger.methodologies.quantification import Line
from carbon_ledger.methodologies.reservoirs import RESERVOIR_T_PER_MWH
from carbon_ledger.methodologies.rounding import ISSUANCE_FLOOR, RoundingPoint
from carbon_ledger.printing import quote
from carbon_ledger.records import Record
from carbon_ledger.waivers import Waiver, waived

__all__ = [
    "ISSUANCE_FLOOR",
    "Activity",
    "Amounts",
    "Calculation",
    "Check",
    "Condition",
    "LateEnergy",
    "Line",
    "Methodology",
    "Outcome",
    "RoundingPoint",
    "VintageGeneration",
    "leakage_lines",
    "made_by",
    "net_energy_lines",
    "project_lines",
    "quantify_lines",
    "require_text",
    "summed",
]

Amounts: TypeAlias = tuple[tuple[int, Decimal], ...]
Outcome: TypeAlias = tuple[tuple[Line, ...], Amounts]


@frozen(kw_only=True, repr=False)
class Condition(Record):
    """The result of checking one applicability condition.

    Attributes:
        name: The condition in a word or two, the same in all versions.
        met: Whether the activity meets the condition.
        detail: What was found, what was expected, and what to do.
        source: Document, version and place.
        confidence: P (published page), S (secondary), C (computed here) or M (memory).
    """

    name: str
    met: bool
    detail: str
    source: str
    confidence: str


Check: TypeAlias = Callable[[Activity], Condition]


@frozen(kw_only=True, repr=False)
class Methodology(Record):
    """A methodology in one version: when it applies, how it calculates, where it rounds.

    Args:
        name: The name that the programme uses, e.g. ``ACM0002``. That of a methodology of one's own begins with
            ``OWN-``, as no other does.
        version: The version, e.g. ``22.0``.
        title: The document's title.
        source: The document, and where its rules were read.
        confidence: How sure the source is: P, S, C or M.
        tool: Name of the tool that a combined margin must have been calculated with; empty if no tool is prescribed.
        factor_kinds: The kinds of emission factor that the document admits.
        vintage_options: Whether this version admits factors that are fixed for a crediting period (``ex-ante``),
            factors that are updated each year (``ex-post``), or both.
        reservoir_t_per_mwh: The document's default emission factor of reservoirs. [tCO2e/MWh]
        embodied: The document's default factors of embodied emissions, if it counts them as leakage. A methodology of
            one's own has none.
        checks: One function for each applicability condition.
        calculation: The function that calculates lines and amounts from an activity and a factor.
        roundings: The rounding points of every quantification, pinned when the methodology is adopted.
        existing_roundings: Further rounding points that only some projects reach: plants that generated before the
            project, or fuel by its carbon content. The lines that they concern name them, and each issuance pins these
            lines.
        text_seen: Whether the text of the document itself was read. If it was not, issuing needs a waiver.
        limit_w: The largest capacity that the document admits, or ``None``. In a year in which a project grew beyond
            it, its credits are capped at its estimate. A methodology of one's own has none, and checks capacities
            itself. [W]
    """

    _derived = ("key",)
    _omitted = ("checks", "calculation")  # functions

    name: str
    version: str
    title: str
    source: str
    confidence: str
    tool: str = ""
    factor_kinds: tuple[str, ...] = ("combined_margin",)
    checks: tuple[Check, ...]
    calculation: "Calculation"
    vintage_options: tuple[str, ...] = VINTAGE_OPTIONS
    reservoir_t_per_mwh: Decimal = RESERVOIR_T_PER_MWH
    embodied: EmbodiedDefaults | None = None
    roundings: tuple[RoundingPoint, ...] = (ISSUANCE_FLOOR,)
    existing_roundings: tuple[RoundingPoint, ...] = ()
    text_seen: bool = False
    limit_w: int | None = None

    @property
    def key(self) -> str:
        """Name and version as projects name them, e.g. ``ACM0002@22.0``."""
        return f"{self.name}@{self.version}"

    @property
    def document(self) -> str:
        """Name and version as prose names them, e.g. ``ACM0002 v22.0``."""
        return f"{self.name} v{self.version}"

    @property
    def rounding_table(self) -> tuple[RoundingPoint, ...]:
        """Every rounding point of the document. Every other number is exact."""
        return (*self.roundings, *self.existing_roundings)

    def applicability(self, activity: Activity) -> tuple[Condition, ...]:
        """The result of every applicability condition, whether it is met or not."""
        return tuple(check(activity) for check in self.checks)

    def to_record(self) -> dict[str, Any]:
        """The methodology as an entry pins it."""
        return {
            "methodology": self.key,
            "title": self.title,
            "source": self.source,
            "confidence": self.confidence,
            "roundings": [
                {"name": point.name, "direction": point.rounding.direction, "places": point.rounding.places}
                for point in self.roundings
            ],
        }


Calculation: TypeAlias = Callable[[Methodology, Activity, EmissionFactor], Outcome]


def quantify_lines(
    methodology: Methodology, activity: Activity, factor: EmissionFactor, waivers: tuple[Waiver, ...] = ()
) -> Outcome:
    """The emission reductions of an activity, line by line.

    Args:
        methodology: The methodology to apply.
        activity: The activity to apply it to.
        factor: The baseline emission factor.
        waivers: Waivers. ``factor-kind``, ``implausible-factor``, ``factor-region``, ``expired-factor`` and
            ``factor-method`` have an effect.

    Returns:
        The lines, the factor's flags last; and the exact amount of each vintage, by ascending vintage. An amount is
        negative if more energy was imported than exported. [tCO2e]

    Raises:
        NotApplicableError: An applicability condition is not met.
        FactorNotApplicableError: The factor is of the wrong kind, region, technology, time, tool or crediting
            period, or is not what any grid emits.
        MissingDataError: Gross generation is needed but was not recorded.
        UnitMismatchError: The factor is not in CO2 or CO2e per energy.
        InexactNumberError: A result has more than 100 digits.
        MethodologyError: A function of a methodology of one's own raised an exception, or returned what cannot be
            pinned or explained, such as a line without a source.
    """
    for condition in _conditions(methodology, activity):
        if not condition.met:
            raise NotApplicableError(
                f"project {activity.project}",
                f"{methodology.key} does not apply: {condition.detail} [{condition.name}; {condition.source}]",
            )
    _check_factor(methodology, activity, factor, waivers)
    lines, amounts = _outcome(methodology, activity, factor)
    return (*lines, *flag_lines(factor)), amounts


def _conditions(methodology: Methodology, activity: Activity) -> tuple[Condition, ...]:
    if not is_own(methodology.key):
        return methodology.applicability(activity)
    found = guarded(methodology.key, "a check", lambda: methodology.applicability(activity))
    for item in found:
        if type(item) is not Condition or type(item.met) is not bool:
            raise MethodologyError(
                f"{methodology.key}: a check returned {quote(item)}, expected a Condition whose met is True or False"
            )
        if not all(type(text) is str for text in (item.name, item.detail, item.source)):
            raise MethodologyError(f"{methodology.key}: a check returned {quote(item)}, expected texts in its fields")
    return found


def _outcome(methodology: Methodology, activity: Activity, factor: EmissionFactor) -> Outcome:
    """What a calculation returns. That of a caller's own is asked twice: an audit has to get the same answer again."""
    if not is_own(methodology.key):
        with arithmetic():
            return methodology.calculation(methodology, activity, factor)

    def calculated() -> Outcome:
        outcome = methodology.calculation(methodology, activity, factor)
        require_outcome(methodology.key, activity, outcome)
        return outcome

    found, again = (guarded(methodology.key, "its calculation", calculated) for _ in range(2))
    if found != again:
        raise MethodologyError(
            f"{methodology.key}: its calculation returned two different results for the same activity, expected one "
            "that follows from its arguments alone; use no clock, no random number and no file"
        )
    return found


def _check_factor(
    methodology: Methodology, activity: Activity, factor: EmissionFactor, waivers: tuple[Waiver, ...]
) -> None:
    technologies = sorted({device.technology for device in activity.devices})
    admitted = factor.kind in methodology.factor_kinds
    if not admitted and factor.kind == "combined_margin" and not waived("factor-kind", waivers):
        raise FactorNotApplicableError(
            f"factor {factor}",
            f"{methodology.key} admits {' or '.join(methodology.factor_kinds)}, never {factor.kind}; use another "
            "factor, or pass Waiver('factor-kind', reason), which stays in the log",
            rule="factor-kind",
        )
    for grid in sorted({device.grid for device in activity.devices}):
        check_factor(
            factor,
            purpose="crediting",
            on=activity.period,
            region=grid,
            technologies=technologies,
            waivers=(*waivers, Waiver("factor-kind", "the methodology admits it")) if admitted else waivers,
            zone=activity.period_zone,
        )
    ordinal = factor.crediting_period_ordinal
    if ordinal is not None and ordinal != activity.crediting_period_ordinal:
        raise FactorNotApplicableError(
            f"factor {factor}",
            f"it is for crediting period {ordinal}, but project {activity.project} is in crediting period "
            f"{activity.crediting_period_ordinal}; use the factor of that crediting period",
        )
    _check_method(methodology, factor, waivers)


def _check_method(methodology: Methodology, factor: EmissionFactor, waivers: tuple[Waiver, ...]) -> None:
    """Refuse a factor of another tool, or one that is not fixed or updated as this version of the methodology asks."""
    option = factor.vintage_option
    if option is not None and option not in methodology.vintage_options and not waived("factor-method", waivers):
        raise FactorNotApplicableError(
            f"factor {factor}",
            f"it is {option}, but {methodology.key} admits factors that are {' or '.join(methodology.vintage_options)}"
            "; use another factor, or pass Waiver('factor-method', reason), which stays in the log",
            rule="factor-method",
        )
    if methodology.tool and INCREASES_CONSUMPTION in factor.flags and not waived("factor-method", waivers):
        raise FactorNotApplicableError(
            f"factor {factor}",
            f"it is for projects that increase the consumption of a grid, but {methodology.key} credits generation; "
            "use a factor of case 1 of VT0011, or pass Waiver('factor-method', reason), which stays in the log",
            rule="factor-method",
        )
    if not made_by(factor, methodology.tool) and not waived("factor-method", waivers):
        raise FactorNotApplicableError(
            f"factor {factor}",
            f"it was calculated with {factor.tool}, but {methodology.key} prescribes {methodology.tool}; "
            "use another factor, or pass Waiver('factor-method', reason), which stays in the log",
            rule="factor-method",
        )


def require_text(methodology: Methodology, waivers: Iterable[Waiver], *, attested: bool = False) -> None:
    """Refuse to issue credits with a methodology if the text of its document was neither seen nor attested.

    A quantification may be calculated with such a methodology: each of its lines states the rule it follows, and how
    sure that rule is. Issuing credits from the quantification is a decision that somebody takes, and the log records
    that decision as a waiver.

    Args:
        methodology: The methodology of the quantification.
        waivers: Waivers. Only ``methodology-text`` has an effect.
        attested: Whether somebody attested, in the ledger, that the rules agree with the document.

    Raises:
        NotApplicableError: The text was not seen, nobody attested it, and no waiver says that it need not be.

    Example:
        >>> from carbon_ledger.methodologies import methodology_of
        >>> require_text(methodology_of("GCCM001@4.0"), [Waiver("methodology-text", "compared by the verifier")])
    """
    if not (methodology.text_seen or attested or waived("methodology-text", waivers)):
        raise NotApplicableError(
            f"{methodology.key}",
            f"the text of its document was not seen ({methodology.source}), so its rules may differ; compare them with "
            "it, then attest that once with adopt_methodology(methodology, text=, note=), or pass "
            "Waiver('methodology-text', reason) each time",
            rule="methodology-text",
        )


def made_by(factor: EmissionFactor, tool: str) -> bool:
    """Whether a factor may be used with a methodology that prescribes a tool.

    It may if it is a combined margin that was calculated with any version of the tool, if it does not state its
    tool, if it is not a combined margin, or if no tool is prescribed.

    Args:
        factor: The factor.
        tool: The name of the tool that the methodology prescribes, without a version; or an empty text.

    Example:
        >>> from carbon_ledger.factors import builtin
        >>> made_by(builtin().get("ifi-2021-v3.1-az-firm"), "TOOL07")
        False
    """
    if factor.kind != "combined_margin" or factor.tool is None or not tool:
        return True
    return factor.tool.partition("@")[0] == tool
