"""Properties of factors and of the registry."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from carbon_ledger.canonical import dumps, loads
from carbon_ledger.errors import AmbiguousFactorError, FactorNotApplicableError, FactorNotFoundError
from carbon_ledger.factors import KINDS, PURPOSES, EmissionFactor, FactorRegistry

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
        source="drawn",
        technologies=draw(st.lists(st.sampled_from(TECHNOLOGIES), max_size=2, unique=True)),
        valid_from=draw(st.none() | st.just(first)),
        valid_to=draw(st.none() | st.just(last)),
        published_at=draw(st.none() | DAYS),
        withdrawn_at=draw(st.none() | DAYS),
        data_years=draw(st.lists(st.integers(2010, 2024), max_size=3)),
        crediting_period_ordinal=draw(st.none() | st.integers(1, 3)),
        flags=draw(st.lists(st.text(min_size=1).filter(str.strip), max_size=2)),
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
