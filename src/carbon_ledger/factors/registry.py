"""The factor registry: one question, one factor, or a refusal that lists what there is."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final, NoReturn, TypeAlias

from attrs import Factory, field, frozen

from carbon_ledger.errors import (
    AmbiguousFactorError,
    FactorNotApplicableError,
    FactorNotFoundError,
    QuantityError,
)
from carbon_ledger.factors.index import FactorIndex, Group
from carbon_ledger.factors.purposes import PURPOSES, kind_misfit
from carbon_ledger.factors.question import Answer, Question
from carbon_ledger.factors.record import EmissionFactor
from carbon_ledger.periods import Period
from carbon_ledger.waivers import Waiver, waived

_SHOWN: Final = 10

_Considered: TypeAlias = list[tuple[EmissionFactor, str]]


def _factors(value: Iterable[EmissionFactor]) -> Group:
    factors = tuple(value)
    for factor in factors:
        if not isinstance(factor, EmissionFactor):
            raise QuantityError(f"a registry holds EmissionFactor records, not a {type(factor).__name__}")
    return factors


def _index(registry: "FactorRegistry") -> FactorIndex:
    return FactorIndex.of(registry.factors)


@frozen
class FactorRegistry:
    """Emission factors, immutable, and the one way to ask for one.

    A question that none answers, or several, is refused; nothing is ever taken instead.

    Args:
        factors: The factors, each factor_id once.

    Raises:
        QuantityError: A factor_id is given twice, or something is no `EmissionFactor`.

    Example:
        >>> factor = EmissionFactor(factor_id="f", value="0.384", unit="tCO2/MWh", kind="combined_margin",
        ...                         region="AZ", source="s")
        >>> FactorRegistry([factor]).find(region="AZ", purpose="crediting").factor_id
        'f'
    """

    factors: Group = field(converter=_factors)
    _index: FactorIndex = field(init=False, eq=False, repr=False, default=Factory(_index, takes_self=True))

    def __iter__(self) -> Iterator[EmissionFactor]:
        return iter(self.factors)

    def __len__(self) -> int:
        return len(self.factors)

    def get(self, factor_id: str) -> EmissionFactor:
        """The factor with this id.

        Raises:
            FactorNotFoundError: There is none.
        """
        factor = self._index.ids.get(factor_id)
        if factor is None:
            raise FactorNotFoundError(f"factor {factor_id!r}: none here; there are {_shown(self._index.ids)}")
        return factor

    def history(self, series: str) -> tuple[EmissionFactor, ...]:
        """Every revision of a series, the oldest first.

        Raises:
            FactorNotFoundError: No factor belongs to it.
        """
        revisions = [factor for factor in self.factors if factor.series == series]
        if not revisions:
            known = sorted({factor.series for factor in self.factors if factor.series is not None})
            raise FactorNotFoundError(f"series {series!r}: none here; there are {_shown(known)}")
        return tuple(sorted(revisions, key=lambda item: (item.revision or 0, item.published_at or date.min)))

    def find(
        self,
        *,
        region: str,
        purpose: str,
        kind: str | None = None,
        technology: str | None = None,
        on: Period | date | str | None = None,
        as_of: date | str | None = None,
        crediting_period_ordinal: int | None = None,
        waivers: Iterable[Waiver] = (),
        policy: str | None = None,
    ) -> EmissionFactor:
        """Find the one factor that answers a question; its arguments are those of `Question`.

        Raises:
            FactorNotFoundError: None answers.
            AmbiguousFactorError: Several do, and no policy decides.
            FactorNotApplicableError: What there is, is of another kind or not valid then.
            PeriodError: *on* or *as_of* is no time.

        Source:
            Domain rules, section 5, query rules.

        Example:
            >>> from carbon_ledger.factors import builtin
            >>> builtin().find(region="AZ", purpose="crediting", technology="hydro").value
            '384'
        """
        question = Question(
            region=region,
            purpose=purpose,
            kind=kind,
            technology=technology,
            on=on,
            as_of=as_of,
            crediting_period_ordinal=crediting_period_ordinal,
            waivers=waivers,
            policy=policy,
        )
        return self.ask(question).factor

    def candidates(
        self,
        *,
        region: str,
        purpose: str,
        kind: str | None = None,
        technology: str | None = None,
        on: Period | date | str | None = None,
        as_of: date | str | None = None,
        crediting_period_ordinal: int | None = None,
        waivers: Iterable[Waiver] = (),
    ) -> tuple[EmissionFactor, ...]:
        """Find all factors that answer a question: none, one or several.

        The question is the one of `find`, without a policy.

        Raises:
            FactorNotApplicableError: *purpose* or *kind* is none that is known.
            PeriodError: *on* or *as_of* is no time.
        """
        question = Question(
            region=region,
            purpose=purpose,
            kind=kind,
            technology=technology,
            on=on,
            as_of=as_of,
            crediting_period_ordinal=crediting_period_ordinal,
            waivers=waivers,
        )
        return self._answers(question)[1]

    def ask(self, question: Question) -> Answer:
        """Answer a question, with the trace of every factor that was considered.

        Raises:
            FactorNotFoundError: None answers.
            AmbiguousFactorError: Several do, and the question has no policy that decides.
            FactorNotApplicableError: What there is, is of another kind or not valid then.
        """
        considered, answers = self._answers(question)
        if not answers:
            self._refuse(question, considered)
        trace = tuple((factor.factor_id, misfit or question.expiry(factor)) for factor, misfit in considered)
        return Answer(factor=_chosen(question, answers), question=question, considered=trace)

    def _answers(self, question: Question) -> tuple[_Considered, Group]:
        """What was considered, each with why it does not answer (validity apart), and what answers."""
        considered = self._misfits(question, self._index.valid(question))
        valid = tuple(item for item, misfit in considered if not misfit and not question.expiry(item))
        if valid:
            return considered, valid
        considered = self._misfits(question, self._index.asked(question))
        if not waived("expired-factor", question.waivers):
            return considered, ()
        return considered, tuple(factor for factor, misfit in considered if not misfit)

    def _misfits(self, question: Question, factors: Group) -> _Considered:
        return [(factor, question.misfit(factor) or self._superseded(question, factor)) for factor in factors]

    def _superseded(self, question: Question, factor: EmissionFactor) -> str:
        for other in self._index.successors.get(factor.factor_id, ()):
            if question.knows(other):
                return f"superseded by {other.factor_id}"
        return ""

    def _refuse(self, question: Question, considered: _Considered) -> NoReturn:
        of_region = self._index.region(question.region)
        asked = f"a factor of {question.region} for {question.purpose}"
        if not of_region:
            regions = sorted({factor.region for factor in self.factors})
            raise FactorNotFoundError(
                f"{asked}: none of the {len(self)} factors here is for that region; there are "
                f"{_shown(regions)}. Make one with EmissionFactor(...), with its source"
            )
        if not considered:
            kind = question.kind or of_region[0].kind
            raise FactorNotApplicableError(
                f"{asked}: {kind_misfit(kind, question.purpose) or f'none is a {kind}'}. "
                f"{question.region} has {_shown(map(str, of_region))}. "
                f"{question.purpose} admits {', '.join(PURPOSES[question.purpose])}; "
                "to use another, name it as kind= and pass Waiver('factor-kind', reason)"
            )
        expired = [f"{factor}: {question.expiry(factor)}" for factor, misfit in considered if not misfit]
        if expired:
            raise FactorNotApplicableError(
                f"{asked}: not valid then: {_shown(expired)}. "
                "Find a factor of that time, or pass Waiver('expired-factor', reason), which stays in the log"
            )
        reasons = [f"{factor}: {misfit}" for factor, misfit in considered]
        raise FactorNotFoundError(f"{asked}: none answers: {_shown(reasons)}")


def _chosen(question: Question, answers: Group) -> EmissionFactor:
    """The only answer; or the lowest or highest of several, where the question says so and one alone is."""
    best = answers
    if len(answers) > 1 and question.policy is not None:
        numbers = [factor.t_per_mwh for factor in answers]
        wanted = min(numbers) if question.policy == "lowest" else max(numbers)
        best = tuple(factor for factor, number in zip(answers, numbers, strict=True) if number == wanted)
    if len(best) > 1:
        raise AmbiguousFactorError(
            f"a factor of {question.region} for {question.purpose}: {len(best)} answer: "
            f"{_shown(map(str, best))}. Narrow the question by kind, technology, on or "
            "crediting_period_ordinal, or name one with get(factor_id)"
        )
    return best[0]


def _shown(items: Iterable[str]) -> str:
    texts = list(items)
    more = f"; and {len(texts) - _SHOWN} more" if len(texts) > _SHOWN else ""
    return "; ".join(texts[:_SHOWN]) + more if texts else "none"
