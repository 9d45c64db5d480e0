"""What a methodology is, what it is applied to, and the one door through which it is applied."""

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any, TypeAlias

from attrs import frozen

from carbon_ledger.errors import FactorNotApplicableError, NotApplicableError
from carbon_ledger.exact import arithmetic
from carbon_ledger.factors import EmissionFactor, check_factor
from carbon_ledger.methodologies.activity import Activity, VintageGeneration
from carbon_ledger.methodologies.quantification import Line
from carbon_ledger.methodologies.rounding import ISSUANCE_FLOOR, RoundingPoint
from carbon_ledger.waivers import Waiver, waived

__all__ = [
    "ISSUANCE_FLOOR",
    "Activity",
    "Amounts",
    "Calculation",
    "Check",
    "Condition",
    "Methodology",
    "Outcome",
    "RoundingPoint",
    "VintageGeneration",
    "made_by",
    "quantify_lines",
    "require_text",
]

Amounts: TypeAlias = tuple[tuple[int, Decimal], ...]
Outcome: TypeAlias = tuple[tuple[Line, ...], Amounts]


@frozen(kw_only=True)
class Condition:
    """One applicability condition, checked.

    Attributes:
        name: The condition in a word or two, stable across versions.
        met: Whether the activity meets it.
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


@frozen(kw_only=True)
class Methodology:
    """A methodology in one version: when it applies, how it calculates, where it rounds.

    Args:
        name: The programme's own name, e.g. ``ACM0002``.
        version: Its version, e.g. ``22.0``.
        title: The document's title.
        source: Document and where its rules were read.
        confidence: How sure the source is: P, S, C or M.
        tool: Name of the tool by which a combined margin must have been made.
        checks: One function for each applicability condition.
        calculation: From an activity and a factor to lines and amounts.
        roundings: The rounding points of every quantification, pinned when the methodology is adopted.
        existing_roundings: Further ones, of plants that generated before the project; the lines that they
            concern name them, and are pinned with each issuance.
        text_seen: Whether the document's own text was read here. Where it was not, issuing needs a waiver.
    """

    name: str
    version: str
    title: str
    source: str
    confidence: str
    tool: str
    checks: tuple[Check, ...]
    calculation: "Calculation"
    roundings: tuple[RoundingPoint, ...] = (ISSUANCE_FLOOR,)
    existing_roundings: tuple[RoundingPoint, ...] = ()
    text_seen: bool = False

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
        """Every rounding point of the document; between them all is exact."""
        return (*self.roundings, *self.existing_roundings)

    def applicability(self, activity: Activity) -> tuple[Condition, ...]:
        """Check every applicability condition, met or not."""
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
    """Quantify emission reductions, line by line.

    Args:
        methodology: What to apply.
        activity: To what.
        factor: The baseline emission factor.
        waivers: ``factor-kind``, ``factor-region``, ``expired-factor`` and ``factor-method`` are heeded.

    Returns:
        The lines, and the exact amount of each vintage, ascending; negative where more was imported than
        exported. [tCO2e]

    Raises:
        NotApplicableError: An applicability condition is not met.
        FactorNotApplicableError: The factor is of the wrong kind, region, technology, time, tool or crediting
            period.
        MissingDataError: Gross generation is needed and was not recorded.
        UnitMismatchError: The factor is not in CO2 or CO2e per energy.
        InexactNumberError: A result has more than 100 digits.
    """
    for condition in methodology.applicability(activity):
        if not condition.met:
            raise NotApplicableError(
                f"project {activity.project}",
                f"{methodology.key} does not apply: {condition.detail} [{condition.name}; {condition.source}]",
            )
    _check_factor(methodology, activity, factor, waivers)
    with arithmetic():
        return methodology.calculation(methodology, activity, factor)


def _check_factor(
    methodology: Methodology, activity: Activity, factor: EmissionFactor, waivers: tuple[Waiver, ...]
) -> None:
    technologies = sorted({device.technology for device in activity.devices})
    for grid in sorted({device.grid for device in activity.devices}):
        check_factor(
            factor,
            purpose="crediting",
            on=activity.period,
            region=grid,
            technologies=technologies,
            waivers=waivers,
            zone=activity.period_zone,
        )
    ordinal = factor.crediting_period_ordinal
    if ordinal is not None and ordinal != activity.crediting_period_ordinal:
        raise FactorNotApplicableError(
            f"factor {factor}",
            f"project {activity.project} is in its crediting period "
            f"{activity.crediting_period_ordinal}; use the factor of that one",
        )
    if not made_by(factor, methodology.tool) and not waived("factor-method", waivers):
        raise FactorNotApplicableError(
            f"factor {factor}",
            f"made by {factor.tool}, and {methodology.key} prescribes {methodology.tool}; "
            "use another factor, or pass Waiver('factor-method', reason), which stays in the log",
            rule="factor-method",
        )


def require_text(methodology: Methodology, waivers: Iterable[Waiver]) -> None:
    """Refuse to issue by a document whose own text was not seen.

    A quantification may be made by it: what it says about the rules, and how sure they are, stands on every
    line. To issue on it is somebody's decision, which stays in the log.

    Args:
        methodology: The methodology to issue by.
        waivers: ``methodology-text`` is heeded.

    Raises:
        NotApplicableError: The text was not seen, and that is not waived.

    Example:
        >>> from carbon_ledger.methodologies import methodology_of
        >>> require_text(methodology_of("GCCM001@4.0"), [Waiver("methodology-text", "compared by the verifier")])
    """
    if not methodology.text_seen and not waived("methodology-text", waivers):
        raise NotApplicableError(
            f"{methodology.key}",
            f"its own text was not seen ({methodology.source}), so its rules may differ; compare "
            "them with the document, then pass Waiver('methodology-text', reason), which stays in the log",
            rule="methodology-text",
        )


def made_by(factor: EmissionFactor, tool: str) -> bool:
    """Whether a combined margin was made by a tool of any version, or does not state its tool.

    Example:
        >>> from carbon_ledger.factors import builtin
        >>> made_by(builtin().get("ifi-2021-v3.1-az-firm"), "TOOL07")
        False
    """
    if factor.kind != "combined_margin" or factor.tool is None:
        return True
    return factor.tool.partition("@")[0] == tool
