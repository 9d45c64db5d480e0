"""The index of a registry: factors by id, by region and kind, and by the years in which they are valid."""

from collections.abc import Hashable, Iterable, Mapping
from operator import attrgetter
from typing import Final, TypeAlias

import attrs
from attrs import frozen

from carbon_ledger.errors import QuantityError
from carbon_ledger.factors.question import Question
from carbon_ledger.factors.record import KINDS, EmissionFactor

Group: TypeAlias = tuple[EmissionFactor, ...]

# A factor that is valid for more years than these, or without an end, is considered for every year.
_MOST_YEARS: Final = 30
_ANY_YEAR: Final = 0

_CONTENT: Final = attrgetter(*(item.name for item in attrs.fields(EmissionFactor) if item.name != "factor_id"))


@frozen
class FactorIndex:
    """Factors by the keys with which questions are answered.

    Attributes:
        ids: Each factor by its id.
        places: Factors by region and kind.
        years: Factors by region, kind and each year in which they are valid on some day; the year is 0 for factors
            that are considered for every year.
        successors: Factors by the factor_id that they supersede.
        series: Factors by the series that they belong to.
    """

    ids: Mapping[str, EmissionFactor]
    places: Mapping[Hashable, Group]
    years: Mapping[Hashable, Group]
    successors: Mapping[Hashable, Group]
    series: Mapping[Hashable, Group]

    @classmethod
    def of(cls, factors: Iterable[EmissionFactor]) -> "FactorIndex":
        """The index of these factors.

        Raises:
            QuantityError: A factor_id is given twice, or two ids have the same content.
        """
        ids: dict[str, EmissionFactor] = {}
        contents: dict[Hashable, str] = {}
        for factor in factors:
            if factor.factor_id in ids:
                raise QuantityError(f"factor {factor.factor_id} is given twice; a revision needs its own id")
            ids[factor.factor_id] = factor
            twin = contents.setdefault(_CONTENT(factor), factor.factor_id)
            if twin != factor.factor_id:
                raise QuantityError(
                    f"factors {twin} and {factor.factor_id} are the same record under two ids; leave out one of them"
                )
        known = ids.values()
        return cls(
            ids=ids,
            places=_grouped(((factor.region, factor.kind), factor) for factor in known),
            years=_grouped(((factor.region, factor.kind, year), factor) for factor in known for year in _years(factor)),
            successors=_grouped((factor.supersedes, factor) for factor in known if factor.supersedes),
            series=_grouped((factor.series, factor) for factor in known if factor.series),
        )

    def of_kinds(self, question: Question) -> Group:
        """All factors of the question's region and kinds that were known on its day of knowledge."""
        groups = (self.places.get((question.region, kind), ()) for kind in question.kinds)
        return tuple(factor for group in groups for factor in group if not question.unknown(factor))

    def valid(self, question: Question) -> Group:
        """The factors of `of_kinds` without most of those that are not valid on the days of the question."""
        if question.days is None:
            return self.of_kinds(question)
        keys = ((question.region, kind, year) for kind in question.kinds for year in (question.days[0].year, _ANY_YEAR))
        return tuple(factor for key in keys for factor in self.years.get(key, ()) if not question.unknown(factor))

    def region(self, region: str) -> Group:
        """All factors of a region."""
        return tuple(factor for kind in KINDS for factor in self.places.get((region, kind), ()))


def _years(factor: EmissionFactor) -> Iterable[int]:
    if factor.valid_from is None or factor.valid_to is None:
        return (_ANY_YEAR,)
    years = range(factor.valid_from.year, factor.valid_to.year + 1)
    return years if len(years) <= _MOST_YEARS else (_ANY_YEAR,)


def _grouped(pairs: Iterable[tuple[Hashable, EmissionFactor]]) -> dict[Hashable, Group]:
    groups: dict[Hashable, list[EmissionFactor]] = {}
    for key, factor in pairs:
        groups.setdefault(key, []).append(factor)
    return {key: tuple(group) for key, group in groups.items()}
