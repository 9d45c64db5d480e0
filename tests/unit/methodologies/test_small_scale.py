"""The limit of small-scale projects in each year: beyond it, credits are capped at the design document's estimate."""

from decimal import Decimal
from typing import Any

import pytest

from carbon_ledger.devices import Device
from carbon_ledger.errors import NotApplicableError, QuantityError
from carbon_ledger.estimates import Estimate
from carbon_ledger.factors import EmissionFactor
from carbon_ledger.methodologies import METHODOLOGIES, Activity, Line, VintageGeneration, quantify_lines
from carbon_ledger.methodologies.activity import YearCap
from carbon_ledger.methodologies.small_scale import RULE, compared_w, estimate_of_year
from carbon_ledger.periods import Period

MWH = 10**6
AMS = METHODOLOGIES["AMS-I.D@18.0"]
FACTOR = EmissionFactor(factor_id="f", value="0.5", unit="tCO2e/MWh", kind="combined_margin", region="AZ", source="s")
LIMIT_W = 15_000_000
MOST_WH = 15 * 8784 * MWH  # 2024 is a leap year


def unit(capacity: str = "16 MW", name: str = "mill", **more: Any) -> Device:
    fields: dict[str, Any] = {
        "id": name,
        "name": name,
        "technology": "hydro/run-of-river",
        "capacity": capacity,
        "country": "AZ",
        "grid": "AZ",
        "zone": "Asia/Baku",
    }
    return Device(**(fields | more))


def cap(estimate: str = "30000", **more: Any) -> YearCap:
    return YearCap(vintage=2024, estimate_t=Decimal(estimate), source="PDD, table 5", **more)


def grown(net_wh: int = 80_000 * MWH, **more: Any) -> Activity:
    """A plant of 14 MW that was enlarged to 16 MW after crediting had begun; 40,000 t before a cap."""
    fields: dict[str, Any] = {
        "project": "small",
        "baseline": "greenfield",
        "crediting_period_ordinal": 1,
        "devices": (unit(),),
        "period": Period.year(2024, zone="Asia/Baku"),
        "generation": (VintageGeneration(2024, "mill", net_wh),),
        "first_capacity_w": 14_000_000,
        "year_caps": (cap(),),
        "zone": "Asia/Baku",
    }
    return Activity(**(fields | more))


def reduced(made: Activity) -> tuple[dict[str, Line], Decimal]:
    lines, ((_, amount),) = quantify_lines(AMS, made, FACTOR)
    found = {line.symbol: line for line in lines}
    assert len(found) == len(lines)
    return found, amount


def test_a_year_beyond_the_limit_is_capped_at_the_estimate() -> None:
    """EB 20, paragraph 58(a), cdmrulebook.org/427. [S]"""
    found, amount = reduced(grown())
    assert amount == 30_000
    assert found["ER_period[2024]"].value == 40_000
    assert found["ER_cap[2024]"].value == 30_000
    assert found["ER_cap[2024]"].source == f"PDD, table 5; {RULE}"
    assert "16 MW in total, and the document admits at most 15 MW" in found["ER_cap[2024]"].name
    assert (
        found["ER[2024]"].formula
        == "ER_cap[2024] - max(0, ER_cap[2024] - ER_before[2024] - ER_period[2024]) - ER_before[2024]"
    )
    assert found["ER"].inputs == ("ER[2024]",)


@pytest.mark.parametrize(
    ("before", "amount"),
    [
        # Earlier issuances while the year was within the limit, and what the cap leaves.
        ({"before_t": Decimal(10_000)}, 20_000),
        ({"before_t": Decimal(30_000)}, 0),
        # They were of more than the estimate: a debit, so that the year has the estimate and no more.
        ({"before_t": Decimal(35_000)}, -5_000),
        # The year was beyond the limit before: earlier issuances count as capped.
        ({"before_t": Decimal(35_000), "before_w": LIMIT_W + 1}, 0),
        ({"before_t": Decimal(35_000), "before_wh": MOST_WH + 1}, 0),
        ({"before_t": Decimal(29_000), "before_w": LIMIT_W + 1}, 1_000),
    ],
)
def test_the_cap_holds_for_the_sum_of_a_year(before: dict[str, Any], amount: int) -> None:
    found, made = reduced(grown(year_caps=(cap(**before),)))
    assert made == amount
    # The formula is read as arithmetic, as a reviewer's workbook does.
    names = {name: f"v{k}" for k, name in enumerate(found["ER[2024]"].inputs)}
    formula = found["ER[2024]"].formula
    for name, short in names.items():
        formula = formula.replace(name, short)
    values = {short: int(found[name].value) for name, short in names.items()}
    assert eval(formula, {"max": max}, values) == amount


@pytest.mark.parametrize("estimate", ["40000", "40000.000001"])
def test_an_estimate_that_is_not_reached_changes_nothing(estimate: str) -> None:
    assert reduced(grown(year_caps=(cap(estimate),)))[1] == 40_000


def test_a_year_within_the_limit_has_no_line_of_the_cap() -> None:
    found, amount = reduced(grown(devices=(unit("15 MW"),)))
    assert amount == 40_000
    assert not [symbol for symbol in found if symbol.startswith(("ER_period", "ER_before", "ER_cap"))]
    assert found["ER[2024]"].formula == "BE[2024] - PE[2024] - LE[2024]"


@pytest.mark.parametrize(("net_wh", "is_capped"), [(MOST_WH, False), (MOST_WH + 1, True)])
@pytest.mark.parametrize("before_wh", [0, MWH])
def test_a_generation_beyond_that_of_the_limit_is_beyond_it(net_wh: int, is_capped: bool, before_wh: int) -> None:
    """15 MW in the 8,784 hours of 2024 are 131,760 MWh. [C]"""
    made = grown(net_wh - before_wh, devices=(unit("15 MW", margin="1.1"),), year_caps=(cap(before_wh=before_wh),))
    found, _ = reduced(made)
    assert ("ER_cap[2024]" in found) == is_capped
    if is_capped:
        assert "131760.000001 MWh, and 15 MW generate at most 131760 MWh in 2024" in found["ER_cap[2024]"].name


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"year_caps": ()}, "in 2024: 16 MW in total, .*register the project with an estimate of the units of 2024"),
        ({"first_capacity_w": None}, "16 MW in total, and the document admits at most 15 MW: use a large-scale"),
        ({"first_capacity_w": 15_000_001}, "with 15.000001 MW when the crediting period began: use a large-scale"),
        (
            {"year_caps": (), "devices": (unit("15 MW", margin="2"),), "net_wh": MOST_WH + 1},
            "in 2024: 131760.000001 MWh, and 15 MW generate at most 131760 MWh",
        ),
    ],
)
def test_a_project_that_is_large_or_has_no_estimate_is_refused(change: dict[str, Any], named: str) -> None:
    with pytest.raises(NotApplicableError, match=named):
        reduced(grown(**change))


def test_of_an_addition_the_added_capacity_is_compared() -> None:
    devices = (unit("40 MW", capacity_before="25 MW"), unit("1 MW", "same", capacity_before="1 MW"))
    assert (compared_w("capacity-addition", devices), compared_w("greenfield", devices)) == (LIMIT_W, 41_000_000)
    history = {"history": [(year, 200_000 * MWH) for year in range(2019, 2024)], "replaced_on": "2031-01-01"}
    added = grown(200_000 * MWH, baseline="capacity-addition", devices=devices[:1], first_capacity_w=None, **history)
    assert "ER_cap[2024]" not in reduced(added)[0]  # the generation of the old units is in the same figure
    larger = unit("41 MW", capacity_before="25 MW")
    made = grown(280_000 * MWH, baseline="capacity-addition", devices=(larger,), **history)
    found, amount = reduced(made)
    assert (amount, "16 MW added" in found["ER_cap[2024]"].name) == (30_000, True)


def test_a_year_has_one_cap() -> None:
    with pytest.raises(QuantityError, match="year_caps gives a year twice"):
        grown(year_caps=(cap(), cap()))


@pytest.mark.parametrize(
    ("year", "basis", "figure"),
    [
        (2024, "calendar-days", "36500"),
        (2024, "365-days", "36500"),  # not 366/365 of it
        (2024, "crediting-days", "36500"),
        (2023, "calendar-days", "18400"),  # 184 of 365 days
        (2023, "crediting-days", "36500"),
        (2030, "calendar-days", "18100"),  # 181 of 365 days
        (2025, "calendar-days", None),
    ],
)
def test_the_estimate_of_a_part_of_a_year(year: int, basis: str, figure: str | None) -> None:
    """A crediting period from July to June has parts of two calendar years at its ends."""
    estimate = Estimate(yearly=dict.fromkeys((2023, 2024, 2030), "36500"), source="PDD", day_basis=basis)
    crediting = Period.years("2023-07-01", 7, zone="Asia/Baku")
    found = estimate_of_year(estimate, year, "Asia/Baku", crediting)
    assert found == (None if figure is None else Decimal(figure))


def test_a_part_of_an_estimate_is_rounded_down() -> None:
    estimate = Estimate(yearly={2023: "1"}, source="PDD", day_basis="calendar-days")
    crediting = Period.years("2023-07-01", 7, zone="Asia/Baku")
    assert estimate_of_year(estimate, 2023, "Asia/Baku", crediting) == Decimal("0.504109")
