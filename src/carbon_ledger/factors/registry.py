"""The factor registry: it answers a question with one factor, or refuses and lists the factors that there are."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final, NoReturn, TypeAlias, Unpack

import attrs
from attrs import Factory, field, frozen

from carbon_ledger.errors import (
    AmbiguousFactorError,
    FactorError,
    FactorNotApplicableError,
    FactorNotFoundError,
    QuantityError,
)
from carbon_ledger.factors.answer import Answer, Explanation
from carbon_ledger.factors.index import FactorIndex, Group
from carbon_ledger.factors.policies import chosen
from carbon_ledger.factors.purposes import PURPOSES, kind_misfit
from carbon_ledger.factors.question import Question, QuestionArguments
from carbon_ledger.factors.record import EmissionFactor
from carbon_ledger.periods import checked_date
from carbon_ledger.printing import quote
from carbon_ledger.records import Record
from carbon_ledger.tables import Table, Tabular, table_of
from carbon_ledger.waivers import waived

_SHOWN: Final = 10

_Considered: TypeAlias = list[tuple[EmissionFactor, str]]


def _factors(value: Iterable[EmissionFactor]) -> Group:
    factors = tuple(value)
    for factor in factors:
        if not isinstance(factor, EmissionFactor):
            raise QuantityError(f"a registry of {type(factor).__name__}: expected EmissionFactor records")
    return factors


def _known_on(value: object) -> date | None:
    return None if value is None else checked_date(value, "known_on")


def _index(registry: "FactorRegistry") -> FactorIndex:
    return FactorIndex.of(registry.factors)


@frozen(repr=False)
class FactorRegistry(Record, Tabular):
    """An immutable collection of emission factors that answers questions. It is a table with a row for each factor.

    A question that no factor answers, or that several factors answer, is refused; no other factor is used instead. A
    factor has two times: the days on which it is valid, and the day since which it is known
    (`EmissionFactor.known_since`). A revision is a separate factor that supersedes another factor. The other factor
    stays in the registry, so that a question about a past day gets the same answer as on that day.

    Args:
        factors: The factors, each factor_id once, and no record under two ids.
        known_on: The day of knowledge of a view that `as_of` returns; by default, all factors are known.

    Raises:
        QuantityError: A factor_id is given twice, two ids have the same content, or *factors* contains something
            other than an `EmissionFactor`.

    Example:
        >>> factor = EmissionFactor(factor_id="f", value="0.384", unit="tCO2/MWh", kind="combined_margin",
        ...                         region="AZ", source="s")
        >>> FactorRegistry([factor]).find(region="AZ", purpose="crediting").factor_id
        'f'
    """

    factors: Group = field(converter=_factors)
    known_on: date | None = field(default=None, kw_only=True, converter=_known_on)
    _index: FactorIndex = field(init=False, eq=False, repr=False, default=Factory(_index, takes_self=True))

    def _table(self) -> Table:
        return table_of("EmissionFactor", EmissionFactor._columns, self.factors)

    def __iter__(self) -> Iterator[EmissionFactor]:
        return iter(self.factors)

    def __len__(self) -> int:
        return len(self.factors)

    def get(self, factor_id: str) -> EmissionFactor:
        """The factor with this id.

        Raises:
            FactorNotFoundError: The registry has no factor with this id.
        """
        factor = self._index.ids.get(factor_id) if isinstance(factor_id, str) else None
        if factor is None:
            raise FactorNotFoundError(
                f"factor {quote(factor_id)} is not in this registry, which has {_shown(self._index.ids)}"
            )
        return factor

    def history(self, series: str) -> tuple[EmissionFactor, ...]:
        """Every revision of a series, by its data years, and then from the oldest to the newest.

        Raises:
            FactorNotFoundError: No factor belongs to the series.
        """
        revisions = self._index.series.get(series)
        if not revisions:
            raise FactorNotFoundError(
                f"series {quote(series)} is not in this registry, which has {_shown(map(str, self._index.series))}"
            )
        return tuple(sorted(revisions, key=_age))

    def as_of(self, day: date | str) -> "FactorRegistry":
        """The registry as it was known on a day, without factors that became known later.

        Factors whose records do not state since when they are known are left out, too.

        Args:
            day: The day of knowledge.

        Raises:
            PeriodError: *day* is not a date.
            FactorNotApplicableError: This registry is itself a view of an earlier day.

        Example:
            >>> factor = EmissionFactor(factor_id="f", value="0.384", unit="tCO2/MWh", kind="combined_margin",
            ...                         region="AZ", source="s", published_at="2021-03-01")
            >>> [len(FactorRegistry([factor]).as_of(day)) for day in ("2021-02-28", "2021-03-01")]
            [0, 1]
        """
        known_on = checked_date(day, "as_of")
        self._check_knowledge(known_on)
        known = (factor for factor in self.factors if factor.known_since and factor.known_since <= known_on)
        return FactorRegistry(known, known_on=known_on)

    def extend(self, factors: Iterable[EmissionFactor], *, recorded_at: date | str) -> "FactorRegistry":
        """A new registry with more factors, which are known since a day. This registry does not change.

        The day may not be before the day since which any factor of this registry is known, so that the answers to
        questions about past days do not change.

        Args:
            factors: The factors to add: new factors, or revisions whose ``supersedes`` names what they replace.
            recorded_at: The day on which they became known; it is written into each of them.

        Raises:
            QuantityError: The registry has a factor with the same id or the same content, or a factor that became
                known after *recorded_at*; a factor states another day; or this registry is a view of the past.
            PeriodError: *recorded_at* is not a date.
        """
        day = checked_date(recorded_at, "recorded_at")
        if self.known_on is not None:
            raise QuantityError(
                f"this registry is a view of {self.known_on}; extend the registry that the view was taken from"
            )
        latest = max((factor.known_since for factor in self.factors if factor.known_since), default=date.min)
        if day < latest:
            raise QuantityError(
                f"recorded_at {day}: the registry has factors that are known since {latest}, and adding factors that "
                f"are known since an earlier day would change its answers in between; give {latest} or a later day"
            )
        added = _factors(factors)
        for factor in added:
            if factor.recorded_at not in (None, day):
                raise QuantityError(f"factor {factor}: recorded_at {factor.recorded_at}, expected {day}; leave it out")
        return FactorRegistry((*self.factors, *(attrs.evolve(factor, recorded_at=day) for factor in added)))

    def find(self, **arguments: Unpack[QuestionArguments]) -> EmissionFactor:
        """The one factor that answers a question. The arguments are those of `Question`.

        Raises:
            FactorNotFoundError: No factor answers.
            AmbiguousFactorError: Several factors answer, and no policy decides.
            FactorNotApplicableError: The factors of the region are of another kind, or are not valid on the days of
                the question; or the question cannot have a valid answer.
            UnitMismatchError: A policy compares factors of which one is not CO2e per energy.
            PeriodError: *on* is not a period or a day, or *as_of* is not a day.

        Source:
            Domain rules, section 5, query rules.

        Example:
            >>> from carbon_ledger.factors import builtin
            >>> builtin().find(region="AZ", purpose="crediting", technology="hydro").value
            '384'
        """
        return self.ask(Question(**arguments)).factor

    def candidates(self, **arguments: Unpack[QuestionArguments]) -> tuple[EmissionFactor, ...]:
        """All factors that answer a question, however many. A policy has no effect here.

        Raises:
            FactorNotApplicableError: *purpose*, *kind* or *policy* is unknown, or *as_of* is later than the day of
                this view.
            PeriodError: *on* is not a period or a day, or *as_of* is not a day.
        """
        return self._answers(self._at_known_day(Question(**arguments)))[1]

    def explain(self, **arguments: Unpack[QuestionArguments]) -> Explanation:
        """The answer to a question, and the reasons for it. A refusal is explained, too, and not raised.

        Raises:
            FactorNotApplicableError: *purpose*, *kind* or *policy* is unknown, or *as_of* is later than the day of
                this view.
            UnitMismatchError: A policy compares factors of which one is not CO2e per energy.
            PeriodError: *on* is not a period or a day, or *as_of* is not a day.

        Example:
            >>> from carbon_ledger.factors import builtin
            >>> explained = builtin().explain(region="UG", purpose="crediting", technology="wind")
            >>> explained.considered
            (('asb0054-2022-ug-combined-1', 'for hydro, not for wind'),)
            >>> print(str(explained).splitlines()[0])
            Question: a factor of UG for crediting
        """
        question = self._at_known_day(Question(**arguments))
        try:
            answer = self.ask(question)
        except FactorError as error:
            considered = _trace(question, *self._answers(question))
            return Explanation(question=question, factor=None, refusal=str(error), considered=considered)
        return Explanation(question=question, factor=answer.factor, refusal="", considered=answer.considered)

    def ask(self, question: Question) -> Answer:
        """The answer to a question, with every factor that was considered.

        Raises:
            FactorNotFoundError: No factor answers.
            AmbiguousFactorError: Several factors answer, and the question has no policy that decides.
            FactorNotApplicableError: The factors of the region are of another kind, or are not valid on the days of
                the question; or its day of knowledge is later than the day of this view.
            UnitMismatchError: A policy compares factors of which one is not CO2e per energy.
        """
        question = self._at_known_day(question)
        considered, answers = self._answers(question)
        if not answers:
            self._refuse(question, considered)
        found, passed_over = chosen(question, answers)
        if len(found) > 1:
            raise AmbiguousFactorError(
                f"a factor of {question.region} for {question.purpose}: {len(found)} factors answer: "
                f"{_shown(map(str, found))}. Narrow the question by kind, technology, gas, tool, on or "
                "crediting_period_ordinal, choose a policy, or name one with get(factor_id)"
            )
        trace = _trace(question, considered, answers)
        reasons = tuple((factor_id, passed_over.get(factor_id, misfit)) for factor_id, misfit in trace)
        return Answer(factor=found[0], question=question, considered=reasons)

    def _at_known_day(self, question: Question) -> Question:
        """The question with the day of knowledge of this view, if the question has none."""
        if self.known_on is None:
            return question
        if question.as_of is None:
            return attrs.evolve(question, as_of=self.known_on)
        self._check_knowledge(question.as_of)
        return question

    def _check_knowledge(self, day: date) -> None:
        if self.known_on is not None and day > self.known_on:
            raise FactorNotApplicableError(
                f"as_of {day}",
                f"this registry is a view of {self.known_on} and has no later knowledge; "
                "use the registry that the view was taken from",
            )

    def _answers(self, question: Question) -> tuple[_Considered, Group]:
        """The factors that were considered, each with the reason why it does not answer; and those that answer.

        The reasons do not include validity.
        """
        considered = self._misfits(question, self._index.valid(question))
        valid = tuple(item for item, misfit in considered if not misfit and not question.expiry(item))
        if valid:
            return considered, valid
        considered = self._misfits(question, self._index.of_kinds(question))
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
        here = self._index.region(question.region)
        of_region = [factor for factor in here if not question.unknown(factor)]
        later = [f"{factor}: {reason}" for factor in here if (reason := question.unknown(factor))]
        hint = f" (not known then: {_shown(later)})" if later else ""
        request = f"a factor of {question.region} for {question.purpose}"
        if not of_region:
            known = [factor for factor in self.factors if not question.unknown(factor)]
            raise FactorNotFoundError(
                f"{request}: none of the {len(known)} factors of this registry is for that region; it has factors for "
                f"{_shown(sorted({factor.region for factor in known}))}{hint}. "
                "Create a factor with EmissionFactor(...), with its source"
            )
        if not considered:
            kind = question.kind or of_region[0].kind
            raise FactorNotApplicableError(
                request,
                f"{kind_misfit(kind, question.purpose) or f'none is a {kind}'}. "
                f"{question.region} has {_shown(map(str, of_region))}{hint}. "
                f"{question.purpose} admits {', '.join(PURPOSES[question.purpose])}; "
                "to use another kind, pass it as kind= together with Waiver('factor-kind', reason)",
                rule="factor-kind",
            )
        expired = [f"{factor}: {question.expiry(factor)}" for factor, misfit in considered if not misfit]
        if expired:
            raise FactorNotApplicableError(
                request,
                f"no factor is valid then: {_shown(expired)}{hint}. "
                "Use a factor that is, or pass Waiver('expired-factor', reason), which stays in the log",
                rule="expired-factor",
            )
        reasons = [f"{factor}: {misfit}" for factor, misfit in considered]
        raise FactorNotFoundError(f"{request}: no factor answers: {_shown(reasons)}{hint}")


def _age(factor: EmissionFactor) -> tuple[tuple[int, ...], int, date]:
    return factor.data_years, factor.revision or 0, factor.known_since or date.min


def _trace(question: Question, considered: _Considered, answers: Group) -> tuple[tuple[str, str], ...]:
    """Why each factor does not answer; empty for a factor that answers, even if it does so by a waiver."""
    ids = {factor.factor_id for factor in answers}
    reasons = ((factor.factor_id, misfit or question.expiry(factor)) for factor, misfit in considered)
    return tuple((factor_id, "" if factor_id in ids else reason) for factor_id, reason in reasons)


def _shown(items: Iterable[str]) -> str:
    texts = list(items)
    more = f"; and {len(texts) - _SHOWN} more" if len(texts) > _SHOWN else ""
    return "; ".join(texts[:_SHOWN]) + more if texts else "none"
