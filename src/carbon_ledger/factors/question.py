"""A question to a factor registry, and the reasons why a factor does not answer it."""

from collections.abc import Iterable
from datetime import date
from typing import Any, Final, Required, TypedDict

from attrs import field, frozen

from carbon_ledger.errors import FactorNotApplicableError
from carbon_ledger.factors.purposes import (
    CONSERVATIVE,
    NOT_CONSERVATIVE,
    Days,
    admitted_kinds,
    days_of,
    kind_misfit,
    technology_misfit,
    validity_misfit,
    withdrawal_misfit,
)
from carbon_ledger.factors.record import EmissionFactor
from carbon_ledger.periods import Period, checked_date
from carbon_ledger.printing import one_of, quote
from carbon_ledger.records import Record
from carbon_ledger.waivers import Waiver, waived

POLICIES: Final = ("lowest", "highest", "conservative", "latest")


class QuestionArguments(TypedDict, total=False):
    """The arguments of `FactorRegistry.find`, `candidates` and `explain`, which are those of a `Question`."""

    region: Required[str]
    purpose: Required[str]
    kind: str | None
    technology: str | None
    gas: str | None
    tool: str | None
    on: Period | date | str | None
    as_of: date | str | None
    crediting_period_ordinal: int | None
    waivers: Iterable[Waiver]
    policy: str | Iterable[str] | None


def _days(value: Period | date | str | Days | None) -> Days | None:
    if value is None:
        return None
    if isinstance(value, tuple) and list(map(type, value)) == [date, date]:
        return value  # attrs.evolve passes the days of the question that it copies
    return days_of(value)


def _as_of(value: object) -> date | None:
    return None if value is None else checked_date(value, "as_of")


def _waivers(value: Iterable[Waiver]) -> tuple[Waiver, ...]:
    return tuple(value)


def _policy(value: str | Iterable[str] | None) -> tuple[str, ...]:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)


@frozen(kw_only=True, repr=False)
class Question(Record):
    """A question to a factor registry: what a factor is needed for. Arguments that are not given match any factor.

    Args:
        region: ISO 3166 code, or the named electricity system.
        purpose: One of `PURPOSES`.
        kind: One of `KINDS`; by default, any kind that the purpose admits.
        technology: The technology. A factor for ``hydro/reservoir`` only does not answer a question for ``hydro``.
        gas: The gas, as factors name it.
        tool: The tool that the factor was calculated with: ``TOOL07`` for any version, ``TOOL07@7.0`` for one.
        days: The period or day on which the factor must be valid; by default, validity is not checked.
        as_of: The day of knowledge; by default, every factor of the registry is known.
        crediting_period_ordinal: The crediting period that the factor must be for.
        waivers: Waivers. ``expired-factor`` and ``factor-kind`` have an effect.
        policy: How to decide between several factors that answer: one of `POLICIES`, or several in order.
            ``lowest`` and ``highest`` compare numbers, ``conservative`` takes the lowest baseline or the highest
            emissions, and ``latest`` takes the latest data year. By default, several answers are refused.

    Raises:
        FactorNotApplicableError: Purpose, kind or policy is unknown, or the policy is not conservative.
        PeriodError: *on* is not a period or a day, or *as_of* is not a day.

    Source:
        Domain rules, section 5, query rules.
    """

    region: str
    purpose: str
    kind: str | None = None
    technology: str | None = None
    gas: str | None = None
    tool: str | None = None
    days: Days | None = field(default=None, alias="on", converter=_days)
    as_of: date | None = field(default=None, converter=_as_of)
    crediting_period_ordinal: int | None = None
    waivers: tuple[Waiver, ...] = field(default=(), converter=_waivers)
    policy: tuple[str, ...] = field(default=None, converter=_policy)

    def __attrs_post_init__(self) -> None:
        """Refuse a question that cannot have a valid answer."""
        admitted_kinds(self.purpose)
        for name in ("region", "technology", "gas", "tool"):
            given = getattr(self, name)
            if not isinstance(given, str) and (given is not None or name == "region"):
                raise FactorNotApplicableError(f"{name} {quote(given)}", "expected text")
        if self.kind is not None:
            kind_misfit(self.kind, self.purpose)
        for policy in self.policy:
            if policy not in POLICIES:
                raise FactorNotApplicableError(f"policy {quote(policy)}", f"expected {one_of(policy, POLICIES)}")
            if policy == NOT_CONSERVATIVE.get(self.purpose):
                right = CONSERVATIVE[self.purpose]
                role = "a baseline takes" if self.purpose == "crediting" else "project emissions take"
                raise FactorNotApplicableError(
                    f"policy {quote(policy)} for {self.purpose}",
                    f"{role} the {right} of several numbers; use the policy {quote(right)}",
                )

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds that can answer; empty if the purpose does not admit *kind*, and no waiver does."""
        if self.kind is None:
            return admitted_kinds(self.purpose)
        refused = kind_misfit(self.kind, self.purpose) and not waived("factor-kind", self.waivers)
        return () if refused else (self.kind,)

    def misfit(self, factor: EmissionFactor) -> str:
        """Why a factor of the region and kind does not answer, or an empty text if it does.

        This does not check validity, which `expiry` does, nor whether the factor was known, which `unknown` does.
        """
        if self.technology is not None and (misfit := technology_misfit(factor, (self.technology,))):
            return misfit
        if self.gas is not None and self.gas != factor.gas:
            return f"of {factor.gas or 'a gas that is not stated'}, not of {self.gas}"
        if self.tool is not None and self.tool not in (factor.tool, (factor.tool or "").partition("@")[0]):
            return f"made by {factor.tool or 'a tool that is not stated'}, not by {self.tool}"
        mine, theirs = self.crediting_period_ordinal, factor.crediting_period_ordinal
        if mine is not None and theirs is not None and mine != theirs:
            return f"for crediting period {theirs}, not for {mine}"
        return withdrawal_misfit(factor, self.as_of)

    def expiry(self, factor: EmissionFactor) -> str:
        """Why a factor is not valid on the days of the question; empty if it is, or if the question names none."""
        return "" if self.days is None else validity_misfit(factor, self.days)

    def unknown(self, factor: EmissionFactor) -> str:
        """Why a factor was not known on the day of knowledge; empty if it was, or if the question names no day."""
        if self.as_of is None:
            return ""
        known = factor.known_since
        if known is None:
            return "its record does not say since when it is known"
        return f"known since {known}, but not on {self.as_of}" if known > self.as_of else ""

    def knows(self, factor: EmissionFactor) -> bool:
        """Whether the factor was known, and not withdrawn, by the day of knowledge."""
        return not self.unknown(factor) and not withdrawal_misfit(factor, self.as_of)

    def to_record(self) -> dict[str, Any]:
        """The question as plain data, without arguments that were not given."""
        record: dict[str, Any] = {"region": self.region, "purpose": self.purpose}
        for name in ("kind", "technology", "gas", "tool", "crediting_period_ordinal"):
            if (value := getattr(self, name)) is not None:
                record[name] = value
        if self.days is not None:
            record["on"] = [day.isoformat() for day in self.days]
        if self.as_of is not None:
            record["as_of"] = self.as_of.isoformat()
        if self.waivers:
            record["waivers"] = [{"name": waiver.name, "reason": waiver.reason} for waiver in self.waivers]
        if self.policy:
            record["policy"] = list(self.policy)
        return record
