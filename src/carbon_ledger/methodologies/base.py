"""What a methodology is, what it is applied to, and the one door through which it is applied."""

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any, Final, TypeAlias

from attrs import field, frozen

from carbon_ledger.devices import Device
from carbon_ledger.errors import FactorNotApplicableError, NotApplicableError, QuantityError
from carbon_ledger.exact import Rounding, arithmetic
from carbon_ledger.factors import EmissionFactor, check_factor
from carbon_ledger.methodologies.quantification import Line
from carbon_ledger.periods import Period
from carbon_ledger.waivers import Waiver, waived

Amounts: TypeAlias = tuple[tuple[int, Decimal], ...]
Outcome: TypeAlias = tuple[tuple[Line, ...], Amounts]


@frozen
class VintageGeneration:
    """What one device generated in one vintage.

    Args:
        vintage: Local calendar year of the project.
        device: The device's id.
        net_wh: Export minus import; may be negative. [Wh]
        gross_wh: Generation before station service; none where it was not recorded. [Wh]
    """

    vintage: int
    device: str
    net_wh: int
    gross_wh: int | None = None


def _devices(value: Iterable[Device]) -> tuple[Device, ...]:
    return tuple(value)


def _generation(value: Iterable[VintageGeneration]) -> tuple[VintageGeneration, ...]:
    return tuple(sorted(value, key=lambda item: (item.vintage, item.device)))


@frozen(kw_only=True)
class Activity:
    """What a methodology is applied to: a project's devices and what they generated in a period.

    Args:
        project: The project's id.
        baseline: ``greenfield``, ``retrofit`` or ``capacity-addition``; none for certificates.
        crediting_period_ordinal: 1 for the first crediting period, ...
        devices: All devices of the project.
        period: The monitoring period.
        generation: Net and gross energy of each vintage and device; kept in that order.

    Raises:
        QuantityError: Generation of a device that is not the project's, or of one vintage and device twice.
    """

    project: str
    baseline: str | None
    crediting_period_ordinal: int
    devices: tuple[Device, ...] = field(converter=_devices)
    period: Period
    generation: tuple[VintageGeneration, ...] = field(converter=_generation)

    def __attrs_post_init__(self) -> None:
        """Refuse generation that would be counted for nobody, or twice."""
        names = {device.id for device in self.devices}
        seen = set()
        for item in self.generation:
            if item.device not in names:
                raise QuantityError(
                    f"project {self.project}: generation of {item.device}, which is none of {sorted(names)}"
                )
            if (item.vintage, item.device) in seen:
                raise QuantityError(
                    f"project {self.project}: generation of {item.device} in {item.vintage} is given twice"
                )
            seen.add((item.vintage, item.device))

    @property
    def vintages(self) -> tuple[int, ...]:
        """The vintages in which something was metered, ascending."""
        return tuple(sorted({item.vintage for item in self.generation}))


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


@frozen
class RoundingPoint:
    """A place in the calculation where a number is rounded, and how.

    Args:
        name: Which number, and what becomes of the remainder.
        rounding: Places and direction.
    """

    name: str
    rounding: Rounding


ISSUANCE_FLOOR: Final = RoundingPoint("issuance: whole units, remainder carried", Rounding("floor", places=0))

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
        roundings: Every rounding point; between them all is exact.
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

    @property
    def key(self) -> str:
        """Name and version as projects name them, e.g. ``ACM0002@22.0``."""
        return f"{self.name}@{self.version}"

    @property
    def document(self) -> str:
        """Name and version as prose names them, e.g. ``ACM0002 v22.0``."""
        return f"{self.name} v{self.version}"

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
                f"project {activity.project}: {methodology.key} does not apply: {condition.detail} "
                f"[{condition.name}; {condition.source}]"
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
        )
    ordinal = factor.crediting_period_ordinal
    if ordinal is not None and ordinal != activity.crediting_period_ordinal:
        raise FactorNotApplicableError(
            f"factor {factor}: project {activity.project} is in its crediting period "
            f"{activity.crediting_period_ordinal}; use the factor of that one"
        )
    if not made_by(factor, methodology.tool) and not waived("factor-method", waivers):
        raise FactorNotApplicableError(
            f"factor {factor}: made by {factor.tool}, and {methodology.key} prescribes {methodology.tool}; "
            "use another factor, or pass Waiver('factor-method', reason), which stays in the log"
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
