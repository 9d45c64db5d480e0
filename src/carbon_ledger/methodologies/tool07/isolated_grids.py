"""The simplified combined margin of an isolated grid."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from attrs import field, frozen

from carbon_ledger.canonical import identifier
from carbon_ledger.errors import MethodologyError, MissingDataError, NotApplicableError, QuantityError
from carbon_ledger.exact import Rounding, arithmetic
from carbon_ledger.methodologies.lines import Line
from carbon_ledger.methodologies.net_energy import millionths
from carbon_ledger.methodologies.tool07.combined_margins import (
    FactorProject,
    Tool07Result,
    factor_of,
    rounded_line,
    weighted_lines,
)
from carbon_ledger.methodologies.tool07.records import checked_items, checked_text, checked_year
from carbon_ledger.methodologies.tool07.rules import (
    APPENDIX_4,
    APPENDIX_4_LIQUID,
    GENERATION,
    ISOLATED,
    ISOLATED_GRID,
    RESULT,
    Rule,
)
from carbon_ledger.methodologies.tool07.simplified_margins import default_margin
from carbon_ledger.methodologies.tool07.trace import UNIT, computed, given
from carbon_ledger.methodologies.tool07.weights import combined_margin_weights
from carbon_ledger.methodologies.tool07.years import percent
from carbon_ledger.printing import one_of, quote
from carbon_ledger.units import energy_wh, power_w

LIQUID: Final = ("liquid", "liquid-combined-cycle")
COMBINED_CYCLE: Final = ("liquid-combined-cycle", "gas-combined-cycle")
KINDS: Final = ("liquid", "solid", "liquid-combined-cycle", "gas", "gas-combined-cycle", "renewable")
OPTIONS: Final = ("default", "appendix-4")
OPERATING_T_PER_MWH: Final = "0.79"
BUILD_T_PER_MWH: Final = "0.58"

# Appendix 4, by class of plants: symbol, kinds, and the value if it is a number.
_CLASSES: Final = (
    ("LS_FF", "liquid or solid fuel", ("liquid", "solid"), None),
    ("LCC_FF", "liquid fuel in combined cycles", ("liquid-combined-cycle",), "0.42"),
    ("G_FF", "gaseous fuel in open cycles", ("gas",), "0.47"),
    ("GCC_FF", "gaseous fuel in combined cycles", ("gas-combined-cycle",), "0.32"),
    ("RE", "renewable energy", ("renewable",), "0"),
)
_MOST_W: Final = 1_000_000_000


def _id(value: object) -> str:
    return identifier(value, "isolated plant")


def _capacity(value: object) -> int:
    return power_w(value, "capacity")


def _generation(value: object) -> int | None:
    return None if value is None else energy_wh(value, "generation")


@frozen(kw_only=True)
class IsolatedPlant:
    """A power plant of an isolated grid.

    Args:
        id: Short name, unique in the grid.
        kind: ``liquid`` (diesel, fuel oil), ``solid``, ``gas``, ``liquid-combined-cycle``, ``gas-combined-cycle`` (also
            if the plant burns liquid fuel besides gas) or ``renewable``.
        capacity: Installed capacity. [power]
        generation: Net generation of the most recent year, which ``appendix-4`` needs. [energy]

    Raises:
        QuantityError: A field is not what is listed here; the capacity is not above 0, or the generation is negative.
        InexactNumberError: A number is a float, or finer than 1 W or 1 Wh.
        UnknownUnitError: A unit is not on the list of spellings.
        UnitMismatchError: The capacity is not a power, or the generation is not an energy.
    """

    id: str = field(converter=_id)
    kind: str
    capacity_w: int = field(alias="capacity", converter=_capacity)
    generation_wh: int | None = field(default=None, alias="generation", converter=_generation)

    def __attrs_post_init__(self) -> None:
        """Refuse kinds and numbers that a plant cannot have."""
        if self.kind not in KINDS:
            raise QuantityError(
                f"isolated plant {self.id}: kind {quote(self.kind)}, expected {one_of(self.kind, KINDS)}"
            )
        if self.capacity_w < 1 or (self.generation_wh or 0) < 0:
            raise QuantityError(
                f"isolated plant {self.id}: {self.capacity_w} W and {self.generation_wh} Wh, expected a capacity above "
                "0 W and a generation of 0 Wh or more"
            )


def isolated_grid_margin(
    plants: Iterable[IsolatedPlant],
    year: int,
    *,
    option: str,
    no_fuel_data: str,
    factor_id: str,
    region: str,
    technology: str,
    crediting_period_ordinal: int,
    ldc_or_sids: bool = False,
    rounding: Rounding = RESULT.rounding,
    countries: Iterable[str] = (),
) -> Tool07Result:
    """The emission factor of an isolated grid by the tool's default values, rounded once.

    Args:
        plants: All power plants of the grid.
        year: The most recent year.
        option: ``default``: the default value for a grid of such plants. ``appendix-4``: default values by class of
            plants, weighted by generation, for a grid of several plants.
        no_fuel_data: Which data are not available, in words: total fuel consumption, or commissioning dates.
        factor_id: Short name of the new factor.
        region: ISO 3166 code, or the named electricity system.
        technology: The project's technology, e.g. ``hydro`` or ``wind/onshore``; or ``other``, for another kind.
        crediting_period_ordinal: 1 for the first crediting period, then 2 and 3.
        ldc_or_sids: Whether the grid is in a least developed country or a small island developing State.
        rounding: How the result is rounded; see `combined_margin`.
        countries: Codes of the countries in which the electricity system lies; see `combined_margin`.

    Returns:
        The factor, and the trace of its whole calculation.

    Raises:
        NotApplicableError: By its capacities, the grid is not an isolated grid of the tool; or the option is not for
            a grid of such plants.
        MethodologyError: *option* is invalid.
        MissingDataError: With ``appendix-4``, the generation of a plant is not stated, or nothing was generated.
        QuantityError: The plants, the year, a field of the factor, the technology or the ordinal is invalid.

    Source:
        TOOL07 v7.0, paragraphs 10(f) and 93 to 97, and appendix 4. [P] Appendix 4 refers to paragraph 95(b) for
        liquid and solid fuels, where there are two values; their weighted average is taken. [C] A grid with a
        combined cycle is in case 3, also if all its plants burn liquid fuel, since its value is the lower one. [C]
        The factor of a similar plant (paragraph 94(a)) is not built.
    """
    project = FactorProject(factor_id, region, technology, crediting_period_ordinal, countries)
    grid = _Grid(_checked(plants), year, ldc_or_sids, no_fuel_data)
    return _margin(grid, option, project, rounding)


@frozen
class _Grid:
    """The plants of an isolated grid in a year, and which data are not available."""

    fleet: tuple[IsolatedPlant, ...]
    year: int
    ldc_or_sids: bool
    no_fuel_data: str


def _margin(grid: _Grid, option: str, project: FactorProject, rounding: Rounding) -> Tool07Result:
    fleet, year, no_fuel_data = grid.fleet, grid.year, grid.no_fuel_data
    weights = combined_margin_weights(project.technology, project.ordinal)
    checked_text(no_fuel_data, "no_fuel_data")
    checked_year(year, "year")
    if option not in OPTIONS:
        raise MethodologyError(f"isolated grid: option {quote(option)}, expected {one_of(option, OPTIONS)}")
    capacities = _isolation(fleet, ldc_or_sids=grid.ldc_or_sids)
    fields: dict[str, Any] = {}
    if option == "appendix-4":
        lines = _by_class(fleet, year, weights, project, rounding)
        what = "appendix 4"
    elif (value := _default_value(fleet)) is None:
        lines = _weighted(weights, project, rounding)
        what = f"defaults of {OPERATING_T_PER_MWH} and {BUILD_T_PER_MWH}"
        fields = {"operating_margin": OPERATING_T_PER_MWH, "build_margin": BUILD_T_PER_MWH, "weights": weights}
    else:
        whole = given("EF_CM,exact", "default of a grid of such plants", Decimal(value), UNIT, *_place(ISOLATED))
        lines, what = (whole, rounded_line(whole, Fraction(value), rounding)), f"default of {value}"
    lines = (*capacities, *lines)
    source = f"isolated grid of {_counted(fleet)} in {year}, {what}, since {no_fuel_data}"
    factor = factor_of(project, lines, source, data_years=(year,), vintage_option="ex-ante", **fields)
    return Tool07Result(factor=factor, lines=lines)


def _checked(plants: Iterable[IsolatedPlant]) -> tuple[IsolatedPlant, ...]:
    every = checked_items(plants, "isolated grid: plants")
    if not every or not all(isinstance(plant, IsolatedPlant) for plant in every):
        raise QuantityError("isolated grid: expected one or more IsolatedPlant")
    ids = [plant.id for plant in every]
    if twice := sorted({plant for plant in ids if ids.count(plant) > 1}):
        raise QuantityError(f"isolated plants {', '.join(twice)} are given twice; give each plant once")
    return tuple(sorted(every, key=lambda plant: plant.id))


def _counted(fleet: Sequence[IsolatedPlant]) -> str:
    return "1 plant" if len(fleet) == 1 else f"{len(fleet)} plants"


def _isolation(fleet: Sequence[IsolatedPlant], *, ldc_or_sids: bool) -> tuple[Line, ...]:
    """Lines of the capacities that make the grid an isolated one."""
    total = sum(plant.capacity_w for plant in fleet)
    fossil, liquid = (
        Fraction(sum(plant.capacity_w for plant in fleet if test(plant.kind)), total)
        for test in (lambda kind: kind != "renewable", lambda kind: kind in LIQUID)
    )
    by_host = ldc_or_sids and fossil >= Fraction(65, 100)
    by_size = total <= _MOST_W and fossil >= Fraction(80, 100)
    if not (by_host or liquid >= Fraction(65, 100) or by_size):
        raise NotApplicableError(
            "isolated grid",
            f"{millionths(total)} MW, {percent(fossil)} of it fossil and {percent(liquid)} liquid fuel; expected 65% "
            "liquid fuel, or 80% fossil fuel in at most 1000 MW, or 65% fossil fuel in a least developed country or "
            f"small island developing State [{ISOLATED_GRID.place}]",
        )
    places = _place(ISOLATED_GRID)
    return tuple(
        given(f"CAP[{plant.id}]", f"capacity of {plant.id}, {plant.kind}", millionths(plant.capacity_w), "MW", *places)
        for plant in fleet
    )


def _default_value(fleet: Sequence[IsolatedPlant]) -> str | None:
    """The default of a grid of such plants; ``None`` if it is the weighted average of two defaults."""
    kinds = {plant.kind for plant in fleet}
    if kinds == {"liquid"}:
        return None
    _check_several(fleet)
    if kinds & {*COMBINED_CYCLE}:
        return "0.20" if "gas-combined-cycle" in kinds else "0.27"
    return "0.32" if "gas" in kinds else "0.40"


def _check_several(fleet: Sequence[IsolatedPlant]) -> None:
    kinds = sorted({plant.kind for plant in fleet})
    if len(fleet) == 1 or (len(kinds) == 1 and kinds[0] not in LIQUID):
        raise NotApplicableError(
            "isolated grid",
            f"{_counted(fleet)} of kind {', '.join(kinds)}; expected one diesel or fuel oil plant with option "
            f"default, several plants of liquid fuel, or several kinds [{ISOLATED.place}]",
        )


def _weighted(weights: tuple[str, str], project: FactorProject, rounding: Rounding) -> tuple[Line, ...]:
    name = "default of an isolated grid of liquid fuel plants"
    operating = default_margin(OPERATING_T_PER_MWH, "default", name, ISOLATED, kind="operating_margin")
    return weighted_lines(
        (operating, default_margin(BUILD_T_PER_MWH, "default", name, ISOLATED)), weights, project, ISOLATED, rounding
    )


def _by_class(
    fleet: Sequence[IsolatedPlant], year: int, weights: tuple[str, str], project: FactorProject, rounding: Rounding
) -> tuple[Line, ...]:
    """Appendix 4: the average of default values by class of plants, weighted by generation."""
    _check_several(fleet)
    if missing := [plant.id for plant in fleet if plant.generation_wh is None]:
        raise MissingDataError(f"isolated grid, appendix 4: no generation of {', '.join(missing)} is stated; state it")
    total_wh = sum(plant.generation_wh or 0 for plant in fleet)
    if not total_wh:
        raise MissingDataError(f"isolated grid, appendix 4: nothing was generated in {year}; check the generation")
    lines: list[Line] = []
    emissions = Fraction(0)
    for symbol, name, kinds, default in _CLASSES:
        members = [plant for plant in fleet if plant.kind in kinds]
        value = _liquid_value(weights) if default is None else Decimal(default)
        rule = APPENDIX_4_LIQUID if default is None else APPENDIX_4
        lines += _class_lines(members, symbol, name, year)
        lines.append(given(f"EF_{symbol}", f"default of {name}, {project}", value, UNIT, *_place(rule)))
        emissions += Fraction(value) * sum(plant.generation_wh or 0 for plant in members)
    energies = [f"EG_{symbol}[{year}]" for symbol, *_ in _CLASSES]
    factors = [f"EF_{symbol}" for symbol, *_ in _CLASSES]
    products = [f"{energy} x {factor}" for energy, factor in zip(energies, factors, strict=True)]
    exact = emissions / total_wh
    whole = computed(
        "EF_CM,exact",
        "combined margin before rounding",
        exact,
        UNIT,
        formula=f"({' + '.join(products)}) / ({' + '.join(energies)})",
        inputs=[*energies, *factors],
        rule=APPENDIX_4,
    )
    return (*lines, whole, rounded_line(whole, exact, rounding))


def _liquid_value(weights: tuple[str, str]) -> Decimal:
    """The weighted average of the two values of paragraph 95(b), which ends after 4 places at most."""
    operating, build = (Decimal(value) for value in (OPERATING_T_PER_MWH, BUILD_T_PER_MWH))
    with arithmetic():
        return Decimal(weights[0]) * operating + Decimal(weights[1]) * build


def _class_lines(members: Sequence[IsolatedPlant], symbol: str, name: str, year: int) -> list[Line]:
    lines = [
        given(
            f"EG[{plant.id},{year}]",
            f"net generation of {plant.id} in {year}",
            millionths(plant.generation_wh or 0),
            "MWh",
            *_place(GENERATION),
        )
        for plant in members
    ]
    symbols = [line.symbol for line in lines]
    together = computed(
        f"EG_{symbol}[{year}]",
        f"net generation by {name} in {year}",
        Fraction(sum(plant.generation_wh or 0 for plant in members), 10**6),
        "MWh",
        formula=" + ".join(symbols) or "no plant",
        inputs=symbols,
        rule=APPENDIX_4,
    )
    return [*lines, together]


def _place(rule: Rule) -> tuple[str, str]:
    return rule.place, rule.confidence
