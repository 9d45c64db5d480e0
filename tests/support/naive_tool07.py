"""TOOL07 v7.0 written a second time, from its text alone: plain dictionaries, fractions, and no trace.

It imports nothing of the library, and the library nothing of it. A unit is a dictionary:

- ``start``: the day on which it started to supply electricity;
- ``lcmr`` and ``cdm``: whether it is low-cost/must-run, and whether it is registered in the CDM;
- ``hydro``: whether it is hydropower, all of which is low-cost/must-run;
- ``eg``: generation by year, in MWh;
- ``fuel``: ``("A1", {year: [(amount, ncv, ef), ...]})``, ``("A2", [ef, ...], eta)`` or ``("A3",)``;
- ``default``: ``(ef, eta)``, by the default efficiency of its technology.

A plant of an isolated grid is a tuple: kind, megawatts, megawatt-hours.

Generations are above 0 and days differ, so that no question comes up that the text leaves open, but for one: ex post,
AEG_total is the generation of the whole system, units built after the registration included.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from fractions import Fraction as F  # noqa: N817 - the text has a fraction in every line
from itertools import accumulate, pairwise
from typing import Any

Unit = Mapping[str, Any]

# Appendix 2, table 1, top row first: the upper edge in hundredths of a percent, and lambda in hundredths.
TABLE = (
    (10000, 100, 9987),
    (9987, 95, 9950),
    (9950, 90, 9887),
    (9887, 85, 9798),
    (9798, 80, 9685),
    (9685, 75, 9547),
    (9547, 70, 9383),
    (9383, 65, 9194),
    (9194, 60, 8980),
    (8980, 55, 8741),
    (8741, 50, 8476),
    (8476, 45, 8186),
    (8186, 40, 7872),
    (7872, 35, 7532),
    (7532, 30, 7166),
    (7166, 25, 6776),
    (6776, 20, 6360),
    (6360, 15, 5920),
    (5920, 10, 5454),
    (5454, 5, 5000),
    (5000, 0, 0),
)


def eg(unit: Unit, year: int) -> F:
    return F(unit["eg"].get(year, 0))


def unit_factor(unit: Unit, year: int) -> F:
    """Paragraphs 49 and 50."""
    match unit["fuel"]:
        case ("A1", burned):
            return sum((F(fc) * F(ncv) * F(ef) for fc, ncv, ef in burned[year]), F(0)) / eg(unit, year)
        case ("A2", fuels, eta):
            return min(map(F, fuels)) * F("3.6") / F(eta)
    return F(0)


def mean_factor(units: Iterable[Unit], years: Iterable[int]) -> F | None:
    """Equations (3) and (15), over several years: all tonnes over all megawatt-hours."""
    pairs = [(eg(unit, year), unit_factor(unit, year)) for unit in units for year in years if eg(unit, year)]
    energy = sum(mwh for mwh, _ in pairs)
    return sum((mwh * factor for mwh, factor in pairs), F(0)) / energy if energy else None


def lcmr_share(units: Sequence[Unit], last: int, equation: int, hydro: F | None = None) -> F:
    """Paragraph 40(a), equation (1) or (2), for the five years up to *last*.

    *hydro* is the long-term average of the units that have ``hydro``, which takes the place of their generation.
    """
    pairs = []
    for year in range(last - 4, last + 1):
        rest = sum((eg(unit, year) for unit in units if not unit["lcmr"]), F(0))
        low = sum(
            (eg(unit, year) for unit in units if unit["lcmr"] and not (hydro is not None and unit["hydro"])), F(0)
        )
        low += hydro or 0
        pairs.append((low, rest + low))
    if equation == 1:
        return sum((low / whole for low, whole in pairs), F(0)) / 5
    return F(sum(low for low, _ in pairs), 5) / F(sum(whole for _, whole in pairs), 5)


def lcmr_below_lowest_load(units: Sequence[Unit], last: int, lasl_mw: Mapping[int, F]) -> bool:
    """Paragraph 40(b)."""
    years = (last, last - 1, last - 2)
    loads = [sum((eg(unit, year) for unit in units if unit["lcmr"]), F(0)) / 8760 for year in years]
    return sum(loads) / 3 < sum(lasl_mw[year] for year in years) / 3


def simple(units: Sequence[Unit], years: Sequence[int]) -> F | None:
    return mean_factor((unit for unit in units if not unit["lcmr"]), years)


def average(units: Sequence[Unit], years: Sequence[int]) -> F | None:
    """Paragraph 70."""
    return mean_factor(units, years)


def simple_adjusted(units: Sequence[Unit], lambdas: Mapping[int, F]) -> F | None:
    """Equation (10) for each year; of several years the mean, weighted by the generation of all units."""
    tonnes = energy = F(0)
    for year, share in lambdas.items():
        groups = [mean_factor((unit for unit in units if unit["lcmr"] is low), [year]) for low in (False, True)]
        if any(group is None and weight for group, weight in zip(groups, (1 - share, share), strict=True)):
            return None
        whole = sum((eg(unit, year) for unit in units), F(0))
        tonnes += whole * ((1 - share) * (groups[0] or 0) + share * (groups[1] or 0))
        energy += whole
    return tonnes / energy


def default_lambda(share: F) -> F:
    """Appendix 2, table 1; an edge that is in two rows has the higher lambda."""
    return max(F(value, 100) for top, value, bottom in TABLE if F(bottom, 10000) <= share <= F(top, 10000))


def lambda_of_load(loads_mw: Sequence[int], lcmr_mwh: int) -> F:
    """Appendix 3: raise a horizontal line from level to level, until the area under it is the generation."""
    levels = sorted(loads_mw)
    steps = [0, *levels]
    areas = accumulate((after - before) * (len(levels) - at) for at, (before, after) in enumerate(pairwise(steps)))
    right_of_it = next(at for at, area in enumerate(areas) if area >= lcmr_mwh)
    return min(F(1), F(right_of_it, 8760))


def comprising(target: F, chosen: Sequence[Unit], queue: Sequence[Unit], year: int) -> list[Unit]:
    """Add from the queue, in its order, until the set comprises the target; the last unit counts in full."""
    if not queue or sum(eg(unit, year) for unit in chosen) >= target:
        return list(chosen)
    return comprising(target, [*chosen, queue[0]], queue[1:], year)


def build_margin(units: Sequence[Unit], year: int, registered: int | None = None) -> F:
    """Paragraphs 72 to 79. Ex post, *registered* is the year of registration."""
    system = [unit for unit in units if unit["start"].year <= year]
    fifth = sum((eg(unit, year) for unit in system if not unit["cdm"]), F(0)) / 5
    newest = sorted(system, key=lambda unit: unit["start"], reverse=True)
    if registered is not None:
        newest = [unit for unit in newest if unit["start"].year <= registered]
    plain = [unit for unit in newest if not unit["cdm"]]
    sets = [plain[:5], comprising(fifth, [], plain, year)]
    sample = max(sets, key=lambda group: sum(eg(unit, year) for unit in group))

    def is_old(unit: Unit) -> bool:
        start: date = unit["start"]
        return (start.year + 10, start.month, start.day) < (year, 12, 31)

    if any(map(is_old, sample)):
        young = [unit for unit in sample if not is_old(unit)]
        sample = comprising(fifth, young, [unit for unit in newest if unit["cdm"]], year)
        if sum(eg(unit, year) for unit in sample) < fifth:
            last = comprising(fifth, sample, [unit for unit in plain if is_old(unit)], year)
            sample = [by_option_a2(unit, default=is_old(unit)) for unit in last]
    found = mean_factor(sample, [year])
    assert found is not None
    return found


def by_option_a2(unit: Unit, *, default: bool) -> Unit:
    """Paragraph 79."""
    if unit["fuel"][0] == "A3" or (unit["fuel"][0] == "A2" and not default):
        return unit
    ef, eta = unit["default"]
    return {**unit, "fuel": ("A2", [ef], eta)}


def combined(operating: F, build: F, technology: str, period: int) -> F:
    """Equation (16), with the weights of paragraph 86."""
    quarters = 3 if technology in ("wind", "solar") else 2 if period == 1 else 1
    return (quarters * operating + (4 - quarters) * build) / 4


def simplified(average_om: F, technology: str, period: int, place: str | None, renewable: F, *, gas: bool) -> F:
    """Paragraphs 90 to 92; *place* is an LDC, a SIDS or a country with few projects."""
    if place is not None:
        return average_om
    default = F("0.326") if gas else F("0.568")
    return combined(average_om, F(0) if renewable >= F(20, 100) else default, technology, period)


def isolated(
    plants: Sequence[tuple[str, int, int]], technology: str, period: int, *, weighted: bool, poor: bool
) -> F | None:
    """Paragraphs 10(f) and 94 to 97, and appendix 4; ``None`` where no option is for such a grid."""
    megawatts, hours, kinds = {}, {}, [kind for kind, _, _ in plants]
    for kind, mw, mwh in plants:
        megawatts[kind] = megawatts.get(kind, 0) + mw
        hours[kind] = hours.get(kind, 0) + mwh
    whole = sum(megawatts.values())
    fossil = F(100 * (whole - megawatts.get("renewable", 0)), whole)
    liquid = F(100 * (megawatts.get("liquid", 0) + megawatts.get("liquid-combined-cycle", 0)), whole)
    if not ((poor and fossil >= 65) or liquid >= 65 or (whole <= 1000 and fossil >= 80)):
        return None
    of_liquid = combined(F("0.79"), F("0.58"), technology, period)
    only_liquid, of_cycles = set(kinds) == {"liquid"}, [kind for kind in kinds if kind.endswith("combined-cycle")]
    if len(plants) == 1 and (weighted or not only_liquid):
        return None
    if len(set(kinds)) == 1 and kinds[0] in ("solid", "gas", "gas-combined-cycle"):
        return None
    if weighted:
        values = {"liquid": of_liquid, "solid": of_liquid, "liquid-combined-cycle": F("0.42"), "gas": F("0.47")}
        values |= {"gas-combined-cycle": F("0.32"), "renewable": F(0)}
        return sum((values[kind] * mwh for kind, mwh in hours.items()), F(0)) / sum(hours.values())
    if only_liquid:
        return of_liquid
    if of_cycles:
        return F("0.20") if "gas-combined-cycle" in of_cycles else F("0.27")
    return F("0.32") if "gas" in kinds else F("0.40")
