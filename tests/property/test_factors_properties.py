"""Properties of factors and of the registry."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from carbon_ledger.canonical import dumps, loads
from carbon_ledger.errors import (
    AmbiguousFactorError,
    FactorError,
    FactorNotApplicableError,
    FactorNotFoundError,
    UnitMismatchError,
)
from carbon_ledger.factors import KINDS, PURPOSES, EmissionFactor, FactorRegistry, Question
from carbon_ledger.factors.gwp import Co2e, co2e, gwp_sets
from carbon_ledger.texts import is_text

NUMBERS = st.decimals(min_value=0, max_value=2000, places=4).map(lambda number: format(number, "f"))
DAYS = st.dates(min_value=date(2015, 1, 1), max_value=date(2030, 12, 31))
TECHNOLOGIES = ("hydro", "hydro/reservoir", "hydro/run-of-river", "wind/onshore", "solar/photovoltaic")
PER_TONNE = {"gCO2/kWh": 1000, "kgCO2e/MWh": 1000, "tCO2/MWh": 1, "tCO2e/GWh": 1000}


@st.composite
def factors(draw: st.DrawFn, factor_id: str = "f") -> EmissionFactor:
    first, last = sorted((draw(DAYS), draw(DAYS)))
    return EmissionFactor(
        factor_id=factor_id,
        value=draw(NUMBERS),
        unit=draw(st.sampled_from(sorted(PER_TONNE))),
        kind=draw(st.sampled_from(KINDS)),
        region=draw(st.sampled_from(("AZ", "AM"))),
        source=f"drawn for {factor_id}",
        technologies=draw(st.lists(st.sampled_from(TECHNOLOGIES), max_size=2, unique=True)),
        valid_from=draw(st.none() | st.just(first)),
        valid_to=draw(st.none() | st.just(last)),
        published_at=draw(st.none() | DAYS),
        withdrawn_at=draw(st.none() | DAYS),
        data_years=draw(st.lists(st.integers(2010, 2024), max_size=3)),
        crediting_period_ordinal=draw(st.none() | st.integers(1, 3)),
        flags=draw(st.lists(st.text(min_size=1, max_size=40).filter(is_text), max_size=2)),
    )


@st.composite
def registries(draw: st.DrawFn) -> FactorRegistry:
    count = draw(st.integers(0, 8))
    return FactorRegistry(draw(factors(f"f{position}")) for position in range(count))


@given(factors())
def test_a_record_comes_back_exactly(one: EmissionFactor) -> None:
    """Invariant 22: what is pinned is what was used."""
    assert EmissionFactor.from_record(loads(dumps(one.to_record()))) == one


@given(factors())
def test_tonnes_per_mwh_are_exact(one: EmissionFactor) -> None:
    assert Fraction(one.t_per_mwh) * PER_TONNE[one.unit] == Fraction(one.value)


QUESTIONS = st.fixed_dictionaries(
    {
        "region": st.sampled_from(("AZ", "AM", "GE")),
        "purpose": st.sampled_from(sorted(PURPOSES)),
        "technology": st.none() | st.sampled_from(TECHNOLOGIES),
        "on": st.none() | DAYS,
        "as_of": st.none() | DAYS,
        "crediting_period_ordinal": st.none() | st.integers(1, 3),
    }
)


@given(registries(), QUESTIONS)
def test_find_agrees_with_reading_every_record(registry: FactorRegistry, question: dict[str, Any]) -> None:
    """The index never hides a factor, and never lets one through."""

    technology, on, as_of = question["technology"], question["on"], question["as_of"]
    ordinal = question["crediting_period_ordinal"]

    def fits(one: EmissionFactor) -> bool:
        if one.region != question["region"] or one.kind not in PURPOSES[question["purpose"]]:
            return False
        if technology is not None and one.technologies:
            parents = {technology, technology.split("/")[0]}
            if not parents & set(one.technologies):
                return False
        if None not in (ordinal, one.crediting_period_ordinal) and ordinal != one.crediting_period_ordinal:
            return False
        if as_of is None:
            known = one.withdrawn_at is None
        else:
            known = one.published_at is not None and one.published_at <= as_of
            known = known and (one.withdrawn_at is None or as_of < one.withdrawn_at)
        valid = on is None or (one.valid_from or on) <= on <= (one.valid_to or on)
        return known and valid

    expected = {one.factor_id for one in registry if fits(one)}
    assert {one.factor_id for one in registry.candidates(**question)} == expected
    try:
        found = {registry.find(**question).factor_id}
    except AmbiguousFactorError:
        assert len(expected) > 1
    except (FactorNotFoundError, FactorNotApplicableError):
        assert not expected
    else:
        assert found == expected


@given(st.lists(NUMBERS, min_size=1, max_size=6, unique_by=Decimal))
def test_the_lowest_is_the_lowest(values: list[str]) -> None:
    registry = FactorRegistry(
        EmissionFactor(
            factor_id=f"f{position}",
            value=value,
            unit="gCO2/kWh",
            kind="combined_margin",
            region="AZ",
            source="drawn",
        )
        for position, value in enumerate(values)
    )
    found = registry.find(region="AZ", purpose="crediting", policy="lowest")
    assert found.number == min(map(Decimal, values))


@given(DAYS, st.integers(0, 40 * 366), st.integers(-1, 1), st.booleans())
def test_validity_ends_after_its_last_day(first: date, days: int, beside: int, at_end: bool) -> None:
    last = first + timedelta(days=days)
    one = EmissionFactor(
        factor_id="f",
        value="1",
        unit="gCO2/kWh",
        kind="combined_margin",
        region="AZ",
        source="drawn",
        valid_from=first,
        valid_to=last,
    )
    asked = (last if at_end else first) + timedelta(days=beside)
    found = FactorRegistry([one]).candidates(region="AZ", purpose="crediting", on=asked)
    assert bool(found) == (first <= asked <= last)


# --- the two times ------------------------------------------------------------------------------------

SERIES = ("one", "two")


@st.composite
def bitemporal(draw: st.DrawFn, factor_id: str, before: tuple[str, ...]) -> EmissionFactor:
    """A factor that may supersede one of those before it; when it became known is said where it is added."""
    first, last = sorted((draw(DAYS), draw(DAYS)))
    return EmissionFactor(
        factor_id=factor_id,
        value=draw(NUMBERS),
        unit="gCO2/kWh",
        kind=draw(st.sampled_from(("combined_margin", "lifecycle"))),
        region=draw(st.sampled_from(("AZ", "AM"))),
        source=f"drawn for {factor_id}",
        series=draw(st.sampled_from(SERIES)),
        supersedes=draw(st.none() | st.sampled_from(before)) if before else None,
        valid_from=draw(st.none() | st.just(first)),
        valid_to=draw(st.none() | st.just(last)),
        withdrawn_at=draw(st.none() | DAYS),
    )


@st.composite
def growths(draw: st.DrawFn) -> list[tuple[date, list[EmissionFactor]]]:
    """Days, in order, and what became known on each."""
    days = sorted(draw(st.sets(DAYS, min_size=1, max_size=4)))
    grown: list[tuple[date, list[EmissionFactor]]] = []
    for position, day in enumerate(days):
        before = tuple(item.factor_id for _, items in grown for item in items)
        count = draw(st.integers(0, 3))
        grown.append((day, [draw(bitemporal(f"f{position}-{k}", before)) for k in range(count)]))
    return grown


def told(registry: FactorRegistry, **asked: Any) -> object:
    """What is answered, with its trace; or how it is refused."""
    try:
        answer = registry.ask(Question(**asked))
    except FactorError as error:
        return type(error)
    return answer.factor, answer.considered


PAST_QUESTIONS = st.fixed_dictionaries(
    {
        "region": st.sampled_from(("AZ", "AM", "GE")),
        "purpose": st.sampled_from(("crediting", "location-based")),
        "on": st.none() | DAYS,
        "policy": st.none() | st.just("conservative"),
    }
)


@given(growths(), PAST_QUESTIONS, DAYS)
def test_what_was_answered_then_is_answered_for_ever(
    grown: list[tuple[date, list[EmissionFactor]]], question: dict[str, Any], then: date
) -> None:
    """Invariants 22 and 25: what `as_of` a past time answers never changes, its trace included."""
    registry = FactorRegistry([])
    answers = []
    for day, added in grown:
        registry = registry.extend(added, recorded_at=day)
        if then < day:
            break
        answers = [told(registry, **question, as_of=then)]
    expected = answers[0] if answers else told(FactorRegistry([]), **question, as_of=then)
    grown_up = FactorRegistry([])
    for day, added in grown:
        grown_up = grown_up.extend(added, recorded_at=day)
    assert told(grown_up, **question, as_of=then) == expected
    assert told(grown_up.as_of(then), **question) == expected
    assert told(grown_up.as_of(then), **question, as_of=then) == expected


@given(growths(), DAYS, st.sampled_from(SERIES))
def test_the_past_of_a_series_only_grows(
    grown: list[tuple[date, list[EmissionFactor]]], then: date, series: str
) -> None:
    registry = FactorRegistry([])
    for day, added in grown:
        registry = registry.extend(added, recorded_at=day)
    known = [item for item in registry if item.series == series and (item.known_since or then) <= then]
    view = registry.as_of(then)
    assert sorted(item.factor_id for item in view if item.series == series) == sorted(item.factor_id for item in known)
    assert set(view) <= set(registry)


@given(st.lists(NUMBERS, min_size=1, max_size=6, unique_by=Decimal), st.sampled_from(sorted(PURPOSES)))
def test_a_conservative_tie_break_never_gives_more_credits(values: list[str], purpose: str) -> None:
    """Domain section 5: the lowest baseline, the highest emissions."""
    registry = FactorRegistry(
        EmissionFactor(
            factor_id=f"f{position}",
            value=value,
            unit="gCO2/kWh",
            kind=PURPOSES[purpose][0],
            region="AZ",
            source="drawn",
        )
        for position, value in enumerate(values)
    )
    taken = registry.find(region="AZ", purpose=purpose, policy="conservative").t_per_mwh
    sign = 1 if purpose == "crediting" else -1
    assert all(sign * taken <= sign * other.t_per_mwh for other in registry)


GASES = sorted((item.name, gas) for item in gwp_sets() for gas in item.gwps)
MASSES = st.integers(0, 10**9).map(lambda grams: f"{grams} g")


@given(st.lists(st.tuples(st.sampled_from(GASES), MASSES), min_size=1, max_size=5))
def test_a_sum_of_co2e_is_exact_within_one_set_and_refused_across(drawn: list[tuple[tuple[str, str], str]]) -> None:
    amounts = [co2e(mass, gas, name) for (name, gas), mass in drawn]
    numbers = {item.name: item.gwps for item in gwp_sets()}
    expected = sum(
        Fraction(numbers[name][gas].value) * int(mass.removesuffix(" g")) / 10**6 for (name, gas), mass in drawn
    )
    if len({name for (name, _), _ in drawn}) > 1:
        try:
            total = sum(amounts)
        except UnitMismatchError:
            return
        raise AssertionError(f"{total} is a sum across sets")
    total = sum(amounts)
    assert isinstance(total, Co2e)
    assert Fraction(total.t) == expected
