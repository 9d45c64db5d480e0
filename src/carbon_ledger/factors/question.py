"""A question to a factor registry, and its answer with the trace of how it came about."""

from collections.abc import Iterable
from datetime import date
from typing import Final

from attrs import field, frozen

from carbon_ledger.errors import FactorNotApplicableError
from carbon_ledger.factors.purposes import (
    Days,
    admitted_kinds,
    days_of,
    kind_misfit,
    technology_misfit,
    validity_misfit,
    withdrawal_misfit,
)
from carbon_ledger.factors.record import EmissionFactor
from carbon_ledger.periods import date_of
from carbon_ledger.waivers import Waiver, waived

POLICIES: Final = ("lowest", "highest")


def _days(value: object) -> Days | None:
    return None if value is None else days_of(value)


def _as_of(value: object) -> date | None:
    return None if value is None else date_of(value, "as_of")


def _waivers(value: Iterable[Waiver]) -> tuple[Waiver, ...]:
    return tuple(value)


@frozen(kw_only=True)
class Question:
    """What somebody wants a factor for.

    Args:
        region: ISO 3166 code, or the named electricity system.
        purpose: One of `PURPOSES`.
        kind: One of `KINDS`; none: any that the purpose admits.
        technology: The technology; none: not narrowed. A factor for ``hydro/reservoir`` alone does not answer
            for ``hydro``.
        days: The period or day on which it must be valid; none: validity is not asked about here.
        as_of: The day of knowledge; none: all that the registry holds.
        crediting_period_ordinal: Which crediting period; none: not narrowed.
        waivers: ``expired-factor`` and ``factor-kind`` are heeded.
        policy: ``lowest`` or ``highest`` of several candidates; none: several are refused.

    Raises:
        FactorNotApplicableError: Purpose, kind or policy is none that is known, or policy does not suit.
        PeriodError: The days or *as_of* are none.
    """

    region: str
    purpose: str
    kind: str | None = None
    technology: str | None = None
    days: Days | None = field(default=None, alias="on", converter=_days)
    as_of: date | None = field(default=None, converter=_as_of)
    crediting_period_ordinal: int | None = None
    waivers: tuple[Waiver, ...] = field(default=(), converter=_waivers)
    policy: str | None = None

    def __attrs_post_init__(self) -> None:
        """Refuse a question that has no right answer."""
        admitted_kinds(self.purpose)
        if self.kind is not None:
            kind_misfit(self.kind, self.purpose)
        if self.policy is not None and self.policy not in POLICIES:
            raise FactorNotApplicableError(f"policy {self.policy!r}: expected {' or '.join(POLICIES)}")
        if self.policy == "highest" and self.purpose == "crediting":
            raise FactorNotApplicableError(
                "policy 'highest' for crediting: a baseline takes the lowest of several; ask for 'lowest'"
            )

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds that can answer; none where the one asked for is not admitted and not waived."""
        if self.kind is None:
            return admitted_kinds(self.purpose)
        refused = kind_misfit(self.kind, self.purpose) and not waived("factor-kind", self.waivers)
        return () if refused else (self.kind,)

    def misfit(self, factor: EmissionFactor) -> str:
        """Say why a factor of the region and kind does not answer; empty where it does. Validity is apart."""
        if self.technology is not None and (misfit := technology_misfit(factor, (self.technology,))):
            return misfit
        mine, theirs = self.crediting_period_ordinal, factor.crediting_period_ordinal
        if mine is not None and theirs is not None and mine != theirs:
            return f"for crediting period {theirs}, not for {mine}"
        return self._unknown(factor)

    def expiry(self, factor: EmissionFactor) -> str:
        """Say why a factor is not valid on the days asked about; empty where it is, or none were."""
        return "" if self.days is None else validity_misfit(factor, self.days)

    def knows(self, factor: EmissionFactor) -> bool:
        """Whether the factor was known, and not withdrawn, by the day of knowledge."""
        return not self._unknown(factor)

    def _unknown(self, factor: EmissionFactor) -> str:
        if misfit := withdrawal_misfit(factor, self.as_of):
            return misfit
        if self.as_of is None:
            return ""
        known = factor.recorded_at or factor.published_at
        if known is None:
            return "its record does not say since when it is known"
        return f"known since {known} only, and {self.as_of} is asked about" if known > self.as_of else ""


@frozen(kw_only=True)
class Answer:
    """A factor, and how it was chosen.

    Attributes:
        factor: The one that answers.
        question: What was asked, with waivers and policy.
        considered: Each factor that was looked at, and why it does not answer; empty for one that does. Where
            one is valid then, those of other years were not looked at.
    """

    factor: EmissionFactor
    question: Question
    considered: tuple[tuple[str, str], ...]
