"""A question to a factor registry: what somebody wants a factor for, and why one does not answer it."""

from collections.abc import Iterable
from datetime import date
from typing import Any, Final, Required, TypedDict

from attrs import field, frozen

from carbon_ledger.errors import FactorNotApplicableError
from carbon_ledger.factors.purposes import (
    CONSERVATIVE,
    FLATTERING,
    Days,
    admitted_kinds,
    days_of,
    kind_misfit,
    technology_misfit,
    validity_misfit,
    withdrawal_misfit,
)
from carbon_ledger.factors.record import EmissionFactor
from carbon_ledger.periods import Period, date_of
from carbon_ledger.printing import quote
from carbon_ledger.waivers import Waiver, waived

POLICIES: Final = ("lowest", "highest", "conservative", "latest")


class Asked(TypedDict, total=False):
    """The arguments of a question, as `FactorRegistry.find` and its kin take them; see `Question`."""

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
        return value  # a question that is copied has its days already
    return days_of(value)


def _as_of(value: object) -> date | None:
    return None if value is None else date_of(value, "as_of")


def _waivers(value: Iterable[Waiver]) -> tuple[Waiver, ...]:
    return tuple(value)


def _policy(value: str | Iterable[str] | None) -> tuple[str, ...]:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)


@frozen(kw_only=True)
class Question:
    """What somebody wants a factor for.

    Args:
        region: ISO 3166 code, or the named electricity system.
        purpose: One of `PURPOSES`.
        kind: One of `KINDS`; none: any that the purpose admits.
        technology: The technology; none: not narrowed. A factor for ``hydro/reservoir`` alone does not answer
            for ``hydro``.
        gas: The gas, as the factor's record names it; none: not narrowed.
        tool: The calculation's tool, ``TOOL07`` for any of its versions or ``TOOL07@7.0`` for one; none: not
            narrowed.
        days: The period or day on which it must be valid; none: validity is not asked about here.
        as_of: The day of knowledge; none: all that the registry holds.
        crediting_period_ordinal: Which crediting period; none: not narrowed.
        waivers: ``expired-factor`` and ``factor-kind`` are heeded.
        policy: What decides between several that answer, one of `POLICIES` or several in order:
            ``lowest`` or ``highest`` number, ``conservative`` (the one of the two that never flatters: the
            lowest baseline, the highest emissions), ``latest`` data year. None: several are refused.

    Raises:
        FactorNotApplicableError: Purpose, kind or policy is none that is known, or the policy would flatter.
        PeriodError: The days or *as_of* are none.

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
        """Refuse a question that has no right answer."""
        admitted_kinds(self.purpose)
        for name in ("region", "technology", "gas", "tool"):
            given = getattr(self, name)
            if not isinstance(given, str) and (given is not None or name == "region"):
                raise FactorNotApplicableError(f"{name} {quote(given)}", "expected text")
        if self.kind is not None:
            kind_misfit(self.kind, self.purpose)
        for policy in self.policy:
            if policy not in POLICIES:
                raise FactorNotApplicableError(f"policy {quote(policy)}", f"expected one of {', '.join(POLICIES)}")
            if policy == FLATTERING.get(self.purpose):
                right = CONSERVATIVE[self.purpose]
                role = "a baseline takes" if self.purpose == "crediting" else "project emissions take"
                raise FactorNotApplicableError(
                    f"policy {quote(policy)} for {self.purpose}",
                    f"{role} the {right} of several; ask for {quote(right)}",
                )

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds that can answer; none where the one asked for is not admitted and not waived."""
        if self.kind is None:
            return admitted_kinds(self.purpose)
        refused = kind_misfit(self.kind, self.purpose) and not waived("factor-kind", self.waivers)
        return () if refused else (self.kind,)

    def misfit(self, factor: EmissionFactor) -> str:
        """Say why a factor of the region and kind does not answer; empty where it does.

        Validity is apart (`expiry`), and so is what was not known then (`unknown`).
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
        """Say why a factor is not valid on the days asked about; empty where it is, or none were."""
        return "" if self.days is None else validity_misfit(factor, self.days)

    def unknown(self, factor: EmissionFactor) -> str:
        """Say why a factor was not known on the day of knowledge; empty where it was, or none was asked."""
        if self.as_of is None:
            return ""
        known = factor.known_since
        if known is None:
            return "its record does not say since when it is known"
        return f"known since {known} only, and {self.as_of} is asked about" if known > self.as_of else ""

    def knows(self, factor: EmissionFactor) -> bool:
        """Whether the factor was known, and not withdrawn, by the day of knowledge."""
        return not self.unknown(factor) and not withdrawal_misfit(factor, self.as_of)

    def to_record(self) -> dict[str, Any]:
        """The question as plain data; what was not asked is absent."""
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
