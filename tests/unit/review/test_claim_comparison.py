"""Claims of two ledgers on the same energy: how devices are matched, what is claimed twice, and what is no overlap."""

from collections.abc import Callable
from fractions import Fraction
from math import ceil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.plants import Numbers
from tests.support.reviewed_ledgers import BAKU, Story, begun, digest_of, factor, hours, month, plant, total
from tests.support.two_ledgers import GSRN, column, ledger_of, wh_of

import carbon_ledger as cl
from carbon_ledger.review import claim_comparison
from carbon_ledger.review.claimed_steps import WINDOW_S
from carbon_ledger.review.same_devices import digits_of

IDENTIFIED: dict[str, Any] = {"identifiers": {"GSRN": GSRN}}
WHOLE = sum(column())


def test_equal_columns_are_one_device() -> None:
    a, b = ledger_of("a"), ledger_of("b", device="other", name="Other plant")
    found = cl.compare_claims(a.ledger, b.ledger)
    assert wh_of(found) == [("device plant", "device other", WHOLE)]
    (overlap,) = found.overlaps
    assert (overlap.matched, overlap.common_steps, overlap.equal_steps) == ("equal readings", 744, 744)
    assert (overlap.start, overlap.end) == (month(3).start, month(3).end)
    assert overlap.a.units == overlap.b.units == WHOLE // 1_000_000
    assert overlap.a.issuances == (10,)
    assert found.needs_answer
    assert not found.not_compared


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param(lambda values: [wh + 1 for wh in values], id="one more Wh"),
        pytest.param(lambda values: [*values[1:], 1_234_000], id="shifted"),
        pytest.param(lambda values: [round(wh, -5) for wh in values], id="rounded"),
        pytest.param(lambda values: [wh // 1000 for wh in values], id="scaled"),
    ],
)
def test_columns_that_are_not_equal_are_found_by_identifiers_alone(changed: Callable[[list[int]], list[int]]) -> None:
    """A column that was shifted, scaled or rounded is another column. The page says so."""
    others = changed(column())
    a, b = ledger_of("a"), ledger_of("b", others, device="other", name="Other plant")
    assert not cl.compare_claims(a.ledger, b.ledger).overlaps
    a, b = ledger_of("a", **IDENTIFIED), ledger_of("b", others, device="other", name="Other plant", **IDENTIFIED)
    (overlap,) = cl.compare_claims(a.ledger, b.ledger).overlaps
    assert overlap.matched == f"gsrn {GSRN}"
    assert overlap.equal_steps <= 10
    assert overlap.both_wh == min(WHOLE, sum(others))


def test_units_on_a_part_of_the_energy_are_rounded_up() -> None:
    """Of 1,670 units, those on the third of the energy that both claim; the smaller side has all of its own."""
    others = [wh // 3 for wh in column()]
    a, b = ledger_of("a", **IDENTIFIED), ledger_of("b", others, device="other", name="Other plant", **IDENTIFIED)
    (overlap,) = cl.compare_claims(a.ledger, b.ledger).overlaps
    exact = Fraction(sum(others) * 1_670, WHOLE)
    assert exact.denominator > 1
    assert (overlap.a.units, overlap.b.units) == (ceil(exact), sum(others) // 1_000_000)


def test_an_identifier_is_the_same_in_capitals_and_with_spaces() -> None:
    a = ledger_of("a", identifiers={"IREC": "az-00 42"})
    b = ledger_of("b", column(5), device="other", name="Other plant", identifiers={"irec": "AZ0042"})
    (overlap,) = cl.compare_claims(a.ledger, b.ledger).overlaps
    assert overlap.matched == "irec az-00 42"
    c = ledger_of("c", column(5), device="other", name="Other plant", identifiers={"tigr": "AZ0042"})
    assert not cl.compare_claims(a.ledger, c.ledger).overlaps


def test_a_copied_week_is_listed_and_the_rest_is_not() -> None:
    """Two plants of which one has some days of the other's column: only the time in which most steps are equal."""
    mine, others = column(), column(8)
    edge = (month(3).end_utc // WINDOW_S) * WINDOW_S  # the last window begins here
    copied = (edge - month(3).start_utc) // 3600
    a = ledger_of("a", mine)
    b = ledger_of("b", [*mine[:copied], *others[copied:]], device="other", name="Other plant")
    (overlap,) = cl.compare_claims(a.ledger, b.ledger).overlaps
    assert 0 < copied < 744
    assert (overlap.start_utc, overlap.end_utc, overlap.both_wh) == (month(3).start_utc, edge, sum(mine[:copied]))
    assert not cl.compare_claims(a.ledger, ledger_of("c", others, device="other", name="C").ledger).overlaps


def coarse(k: int) -> int:
    return 100_000 * (10 + k * 7 % 30)


@pytest.mark.parametrize(
    "values",
    [
        pytest.param([coarse(k) for k in range(744)], id="a meter of 100 kWh"),
        pytest.param([3_998_400] * 744, id="rated output"),
        pytest.param([0] * 744, id="nothing"),
    ],
)
def test_chance_is_excluded(values: list[int]) -> None:
    """Equal readings of few digits, and plateaus, are no evidence that two devices are one."""
    values = [*values[:-1], 2_500_000]
    a, b = ledger_of("a", values), ledger_of("b", values, device="other", name="Other plant")
    found = cl.compare_claims(a.ledger, b.ledger)
    assert not found.overlaps
    assert {(item.ledger, item.count) for item in found.not_compared if "digits of readings" in item.reason} == {
        ("a", 1),
        ("b", 1),
    }


def test_one_equal_total_is_a_remark_and_no_overlap() -> None:
    a, b = ledger_of("a", wh=1_234_567_891), ledger_of("b", wh=1_234_567_891, device="other", name="Other plant")
    found = cl.compare_claims(a.ledger, b.ledger)
    assert not found.overlaps
    assert not found.needs_answer
    assert "8 digits of evidence" in str(found)
    lower = cl.compare_claims(a.ledger, b.ledger, least_digits=8)
    assert wh_of(lower) == [("device plant", "device other", 1_234_567_891)]
    assert lower.least_digits == 8


@pytest.mark.parametrize(("wh", "digits"), [(0, 0), (-1_234, 0), (12, 0), (123, 1), (1_230_000, 1), (10_000_001, 6)])
def test_the_evidence_of_a_value(wh: int, digits: int) -> None:
    assert digits_of(wh) == digits


def test_a_year_of_equal_totals_is_found_or_listed() -> None:
    """Totals to 10 kWh have four digits of evidence each, and those to 1 MWh two: too few to look for."""

    def monthly(ledger_id: str, device: str, unit_wh: int, digits: int) -> cl.Ledger:
        story, numbers = begun("open", plant(device, name=device), ledger_id=ledger_id), Numbers(9)
        for number in range(1, 13):
            story.goto(month(number), 3)
            most = 10 ** (digits - 1)
            total(story, month(number), unit_wh * (most + 1 + 10 * numbers.below(most // 10)), device)
            story.approve_and_issue(month(number), "hydro" if device == "plant" else device)
        return story.ledger

    found = cl.compare_claims(monthly("a", "plant", 10_000, 6), monthly("b", "other", 10_000, 6))
    assert (found.overlap_count, len(found.not_compared)) == (12, 0)
    found = cl.compare_claims(monthly("a", "plant", 1_000_000, 4), monthly("b", "other", 1_000_000, 4))
    assert (found.overlap_count, [item.ledger for item in found.not_compared]) == (0, ["a", "b"])


@pytest.mark.parametrize(("hours_of_sun", "found"), [((9, 10, 11, 16, 17, 18), True), ((10, 11, 16, 17), False)])
def test_solar_hours_of_three_digits_are_found_or_listed(hours_of_sun: tuple[int, ...], found: bool) -> None:
    """No block of six hours has five digits of evidence; a day may have them."""
    numbers = Numbers(5)
    values = [10_000 * (101 + numbers.below(250)) if k % 24 in hours_of_sun else 0 for k in range(744)]
    comparison = cl.compare_claims(ledger_of("a", values).ledger, ledger_of("b", values, device="o", name="O").ledger)
    assert comparison.both_wh == (sum(values) if found else 0)
    assert [item.ledger for item in comparison.not_compared] == ([] if found else ["a", "b"])


def credited(story: Story) -> None:
    text = cl.Waiver("methodology-text", "compared by the verifier with version 4.0")
    story.approve_and_issue(month(3), "credits", factor=factor("ef", "0.41"), waivers=[text])


def credit_ledger(ledger_id: str, values: list[int], **fields: object) -> Story:
    story = begun("open", plant("other", name="Other plant", **fields), projects=False, ledger_id=ledger_id)
    story.ledger.register_project(
        cl.Project(
            id="credits",
            instrument="GCC-ACC",
            zone=BAKU,
            devices=("other",),
            methodology="GCCM001@4.0",
            baseline="greenfield",
            crediting_period=cl.Period.years("2024-01-01", 10, zone=BAKU),
        )
    )
    story.goto(month(3), 3)
    hours(story, month(3), values, "other")
    credited(story)
    return story


def test_certificates_and_credits_of_one_energy_are_an_overlap() -> None:
    a, b = ledger_of("a"), credit_ledger("b", column())
    (overlap,) = cl.compare_claims(a.ledger, b.ledger).overlaps
    assert (overlap.a.instruments, overlap.b.instruments) == (("I-REC-E",), ("GCC-ACC",))
    assert overlap.both_wh == WHOLE
    assert (overlap.a.units, overlap.b.units) == (1_670, 684)


def test_granular_certificates_count_by_wh() -> None:
    a = ledger_of("a")
    b = begun("open", plant("other", name="Other plant"), projects=False, ledger_id="b")
    b.ledger.register_project(cl.Project(id="gc", instrument="GC", zone=BAKU, devices=("other",)))
    b.goto(month(3), 3)
    hours(b, month(3), column(), "other")
    b.issue(month(3), "gc")
    (overlap,) = cl.compare_claims(a.ledger, b.ledger).overlaps
    assert (overlap.both_wh, overlap.b.units) == (WHOLE, WHOLE)


def test_steps_that_a_conversion_reserves_are_claimed_without_units() -> None:
    a = ledger_of("a")
    a.ledger.convert(10, to_instrument="EECS-GO", reason="the registry changed", by="issuer")
    (overlap,) = cl.compare_claims(a.ledger, ledger_of("b", device="other", name="Other plant").ledger).overlaps
    assert (overlap.both_wh, overlap.a.units, overlap.b.units) == (WHOLE, 0, 1_670)
    assert (overlap.a.issuances, overlap.a.projects, overlap.a.instruments) == ((11,), ("hydro",), ("EECS-GO",))


def test_a_month_against_its_hours_is_exact_and_against_a_week_in_proportion() -> None:
    a = ledger_of("a", wh=WHOLE, **IDENTIFIED)
    b = ledger_of("b", device="other", name="Other plant", **IDENTIFIED)
    (whole,) = cl.compare_claims(a.ledger, b.ledger).overlaps
    assert (whole.both_wh, whole.in_proportion, whole.common_steps) == (WHOLE, False, 0)
    c = begun("open", plant("other", name="Other plant", **IDENTIFIED), ledger_id="c")
    c.goto(month(3), 3)
    hours(c, month(3), column(), "other")
    c.approve_and_issue(cl.Period.of("2025-03-03", "2025-03-10", zone=BAKU), "other")
    (week,) = cl.compare_claims(a.ledger, c.ledger).overlaps
    metered = sum(column()[48 : 48 + 168])
    assert week.overlap_s == 7 * 86_400
    assert week.in_proportion
    assert week.b.net_wh == metered
    assert week.a.net_wh == WHOLE * 7 // 31
    assert week.both_wh == min(metered, WHOLE * 7 // 31)


def test_months_of_two_zones_meet_in_proportion() -> None:
    """A month of Baku and the months of UTC: the hours of the night between two months belong to both."""
    a = ledger_of("a", wh=744_000_000, **IDENTIFIED)
    b = begun("open", plant("other", name="O", zone="UTC", **IDENTIFIED), projects=False, ledger_id="b")
    b.ledger.register_project(cl.Project(id="utc", instrument="I-REC-E", zone="UTC", devices=("other",)))
    for number, wh in ((2, 672_000_000), (3, 744_000_000)):
        period = cl.Period.month(2025, number, zone="UTC")
        b.goto(period, 3)
        total(b, period, wh, "other")
        b.approve_and_issue(period, "utc")
    first, second = cl.compare_claims(a.ledger, b.ledger).overlaps
    assert (first.overlap_s, second.overlap_s) == (4 * 3600, 740 * 3600)
    assert (first.both_wh, second.both_wh) == (4_000_000, 740_000_000)


def test_only_live_claims_and_corrected_readings_count() -> None:
    a = ledger_of("a", **IDENTIFIED)
    b = begun("open", plant("other", name="Other plant", **IDENTIFIED), ledger_id="b")
    b.goto(month(3), 3)
    hours(b, month(3), column(), "other")
    (batch,) = b.approve_and_issue(month(3), "other")
    b.ledger.correct_readings(
        "other",
        start=month(3).start,
        step="1 hour",
        net_wh=[1_000_000] * 744,
        reason="the ratio of the transformer was wrong",
        evidence=digest_of(5),
        by="meter-operator",
    )
    (overlap,) = cl.compare_claims(a.ledger, b.ledger).overlaps
    assert (overlap.both_wh, overlap.b.units) == (744_000_000, 744)
    b.ledger.void(batch, reason="issued in another ledger", by="issuer")
    assert not cl.compare_claims(a.ledger, b.ledger).overlaps


def test_a_ledger_given_twice_has_no_overlap() -> None:
    ledger = ledger_of("a").ledger
    found = cl.compare_claims(ledger, ledger)
    assert (found.relation, found.overlap_count, found.common_entries) == ("one ledger, given twice", 0, ledger.size)
    earlier = ledger.as_of(entry=ledger.size - 2)
    assert cl.compare_claims(earlier, ledger).relation == "a is an earlier state of b"
    assert cl.compare_claims(ledger, earlier).relation == "b is an earlier state of a"
    assert not cl.compare_claims(ledger, earlier).needs_answer


def test_claims_after_a_fork_are_overlaps_and_those_before_are_one(tmp_path: Path) -> None:
    story = ledger_of("a")
    story.ledger.backup(tmp_path / "copy.db")
    story.goto(month(4), 3)
    hours(story, month(4), column(4, 720))
    with cl.open_ledger(tmp_path / "copy.db", clock=story.clock, by="registrar") as copy:
        other = Story(copy, story.clock, story.numbers)
        assert not cl.compare_claims(story.ledger, copy).needs_answer
        copy.open_account("late", name="Late")
        other.later(minutes=1)
        found = cl.compare_claims(story.ledger, copy)
        assert (found.relation[:6], found.overlap_count, found.needs_answer) == ("a fork", 0, True)
        hours(other, month(4), column(4, 720))
        other.issue(month(4))
        story.issue(month(4))
        found = cl.compare_claims(story.ledger, copy)
        assert wh_of(found) == [("device plant", "device plant", sum(column(4, 720)))]
        assert found.overlaps[0].matched.startswith("entry ")


def test_a_fork_that_begins_with_two_issuances_of_the_same_energy(tmp_path: Path) -> None:
    """The first entries that differ are the two issuances themselves: they have one number, and are two claims."""
    story = ledger_of("a")
    story.goto(month(4), 3)
    hours(story, month(4), column(4, 720))
    story.ledger.backup(tmp_path / "copy.db")
    with cl.open_ledger(tmp_path / "copy.db", clock=story.clock, by="registrar") as copy:
        for ledger, account in ((story.ledger, "op"), (copy, "buyer")):
            ledger.issue("hydro", month(4), to=account, by="issuer")
        found = cl.compare_claims(story.ledger, copy)
        (overlap,) = found.overlaps
        assert overlap.a.issuances == overlap.b.issuances == (found.common_entries,)
        assert overlap.both_wh == sum(column(4, 720))


def test_two_ledgers_of_one_id_are_named() -> None:
    other = begun(now="2025-01-03T08:00Z", ledger_id="a")
    found = cl.compare_claims(ledger_of("a").ledger, other.ledger)
    assert found.relation == "two ledgers with one id, whose first entries differ"


def test_an_import_of_what_the_other_ledger_exported_is_no_overlap() -> None:
    """Issued in a, exported, and imported into b: b claims no energy, and says that its imports were not compared."""
    a = ledger_of("a")
    grammar = cl.SerialGrammar(
        id="a-registry",
        name="A",
        forms=(cl.SerialForm("A-{project}-{vintage:digits 4}-{first}-{last}", space="{project}/{vintage}"),),
    )
    block = a.ledger.batches("hydro")[0].take(500)
    a.ledger.export(block, to_registry="b-registry", reference="ticket 7", by="op")
    b = begun("open", plant("other", name="Other plant"), ledger_id="b")
    b.ledger.register_registry(grammar)
    b.goto(month(4), 3)
    b.ledger.import_block(
        "A-hydro-2025-1-500",
        registry="a-registry",
        instrument="I-REC-E",
        project="hydro",
        vintage=2025,
        production=month(3),
        to="op",
        evidence=digest_of(4),
    )
    found = cl.compare_claims(a.ledger, b.ledger)
    assert not found.overlaps
    (remark,) = found.not_compared
    assert (remark.ledger, remark.what, remark.count) == ("b", "500 units imported from a-registry", 1)
    again = ledger_of("c", device="other", name="Other plant")
    (overlap,) = cl.compare_claims(a.ledger, again.ledger).overlaps
    assert (overlap.a.exported_units, overlap.b.exported_units) == (500, 0)


def fed(ledger_id: str, *claimed: str, name: str = "feeder", **fields: Any) -> Story:
    """A ledger with two equal plants on one meter, of which some have a project."""
    names = ("one", "two")
    story = begun("open", *(plant(item, name=f"Plant {item}") for item in names), projects=False, ledger_id=ledger_id)
    story.ledger.register_meter(cl.Meter(id=name, shares=dict.fromkeys(names, 1), **fields))
    for item in claimed:
        story.ledger.register_project(cl.Project(id=item, instrument="I-REC-E", zone=BAKU, devices=(item,)))
    story.goto(month(3), 3)
    story.ledger.record_meter_readings(
        name, start=month(3).start, step="1 hour", net_wh=column(), evidence=digest_of(3), by="meter-operator"
    )
    story.later(days=1)
    for item in claimed:
        story.approve_and_issue(month(3), item)
    return story


def test_two_halves_of_a_shared_meter_are_no_overlap() -> None:
    """Equal shares give equal columns. Energy is claimed twice only beyond what the meter recorded."""
    assert not cl.compare_claims(fed("a", "one").ledger, fed("b", "two").ledger).overlaps
    found = cl.compare_claims(fed("a", "one", "two").ledger, fed("b", "two").ledger)
    half = sum(wh // 2 for wh in column())
    assert half <= found.both_wh <= half + 744
    whole = cl.compare_claims(fed("a", "one", "two").ledger, fed("b", "one", "two").ledger)
    assert wh_of(whole) == [("meter feeder", "meter feeder", WHOLE)]
    single = cl.compare_claims(fed("a", "one", "two").ledger, ledger_of("b").ledger)
    assert wh_of(single) == [("meter feeder", "device plant", WHOLE)]


def test_a_serial_number_of_a_meter_shows_one_device() -> None:
    def with_meter(ledger_id: str, values: list[int], device: str) -> cl.Ledger:
        story = begun("open", plant(device, name=device), ledger_id=ledger_id)
        meter = cl.Meter(id="m", shares={device: 1}, serial_number="LG-12 34", manufacturer="Landis")
        story.ledger.register_meter(meter)
        story.goto(month(3), 3)
        hours(story, month(3), values, device)
        story.approve_and_issue(month(3), "hydro" if device == "plant" else device)
        return story.ledger

    a, b = with_meter("a", column(), "plant"), with_meter("b", column(6), "other")
    (overlap,) = cl.compare_claims(a, b).overlaps
    assert overlap.matched == "meter LG-12 34 of Landis"


def test_a_device_that_is_there_twice_is_found_twice() -> None:
    """The other ledger registers the plant with its identifier, and once more without it."""
    a = ledger_of("a", **IDENTIFIED)
    b = begun("open", plant("x", name="X", **IDENTIFIED), plant("y", name="Y"), ledger_id="b")
    b.goto(month(3), 3)
    for device in ("x", "y"):
        hours(b, month(3), column(), device)
        b.approve_and_issue(month(3), device)
    found = cl.compare_claims(a.ledger, b.ledger)
    assert [(item.b.subject, item.matched.split()[0]) for item in found.overlaps] == [
        ("device x", "gsrn"),
        ("device y", "equal"),
    ]


def test_of_very_many_overlaps_the_first_are_listed_and_all_are_summed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claim_comparison, "MOST_OVERLAPS", 2)

    def daily(ledger_id: str) -> cl.Ledger:
        story = begun("open", plant(**IDENTIFIED), ledger_id=ledger_id)
        story.goto(month(3), 3)
        hours(story, month(3), column())
        for day in range(1, 11):
            story.issue(cl.Period.day(f"2025-03-{day:02d}", zone=BAKU))
        return story.ledger

    found = cl.compare_claims(daily("a"), daily("b"))
    assert (len(found.overlaps), found.overlap_count) == (2, 10)
    assert found.both_wh == sum(column()[:240])
    assert "and 8 more" in str(found)


steps = st.lists(st.sampled_from([0, 1, 2]), min_size=24, max_size=24)


def claimed_days(ledger_id: str, days: list[int], values: list[int]) -> cl.Ledger:
    """Days with readings (1 or 2) of which some are claimed (2)."""
    story = begun("open", plant(zone="UTC", **IDENTIFIED), projects=False, ledger_id=ledger_id)
    story.ledger.register_project(cl.Project(id="p", instrument="I-REC-E", zone="UTC", devices=("plant",)))
    story.goto(month(3), 3)
    for k, kind in enumerate(days):
        period = cl.Period.day(f"2025-03-{k + 1:02d}", zone="UTC")
        if kind:
            total(story, period, values[k])
        if kind == 2:
            story.issue(period, "p")
    return story.ledger


@given(steps, steps, st.lists(st.integers(1_000_000, 90_000_000), min_size=48, max_size=48))
def test_what_is_claimed_twice_is_what_days_compared_one_by_one_give(
    mine: list[int], others: list[int], values: list[int]
) -> None:
    """Domain invariant 5, for two ledgers: a step has at most one live claim. In either order, the sum is the same."""
    a, b = claimed_days("a", mine, values[:24]), claimed_days("b", others, values[24:])
    expected = sum(min(x, y) for x, y, i, j in zip(values, values[24:], mine, others, strict=False) if i == j == 2)
    found, turned = cl.compare_claims(a, b), cl.compare_claims(b, a)
    assert found.both_wh == turned.both_wh == expected
    assert [(item.a, item.b) for item in found.overlaps] == [(item.b, item.a) for item in turned.overlaps]


def metered(
    ledger_id: str, values: list[int], device: str, *meters: cl.Meter, numbers: tuple[int, ...] = (3,)
) -> cl.Ledger:
    """A ledger with one plant, its meters, and issued months of equal hours."""
    story = begun("open", plant(device, name=device), ledger_id=ledger_id)
    for meter in meters:
        story.ledger.register_meter(meter)
    for number in numbers:
        story.goto(month(number), 3)
        hours(story, month(number), values[: month(number).seconds // 3600], device)
        story.approve_and_issue(month(number), "hydro" if device == "plant" else device)
    return story.ledger


def meter_of(device: str, name: str = "m", **fields: object) -> cl.Meter:
    given = {"serial_number": "S1", "manufacturer": "Landis"} | fields
    return cl.Meter(id=name, shares={device: 1}, **given)


def test_a_meter_that_one_ledger_shares_among_devices_is_found_in_either_order() -> None:
    shared = fed("a", "one", "two", serial_number="S1", manufacturer="Landis").ledger
    single = metered("b", column(6), "plant", meter_of("plant"))
    found, turned = cl.compare_claims(shared, single), cl.compare_claims(single, shared)
    assert wh_of(found) == [("meter feeder", "device plant", min(WHOLE, sum(column(6))))]
    assert [(item.a, item.b) for item in found.overlaps] == [(item.b, item.a) for item in turned.overlaps]
    assert found.both_wh == turned.both_wh


@pytest.mark.parametrize("installed", [None, "2024-01-01"])
def test_an_identifier_of_a_small_share_does_not_hide_the_rest_of_a_meter(installed: str | None) -> None:
    """One plant is two devices of its meter there; the one with the identifier has a hundredth of the energy."""
    story = begun("open", plant("small", **IDENTIFIED), plant("large"), projects=False, ledger_id="b")
    fields: dict[str, Any] = {"serial_number": "S1", "manufacturer": "Landis", "installed": installed}
    story.ledger.register_meter(cl.Meter(id="feeder", shares={"small": 1, "large": 99}, **fields))
    story.ledger.register_project(cl.Project(id="p", instrument="I-REC-E", zone=BAKU, devices=("small", "large")))
    story.goto(month(3), 3)
    story.ledger.record_meter_readings(
        "feeder", start=month(3).start, step="1 hour", net_wh=column(6), evidence=digest_of(3), by="meter-operator"
    )
    story.approve_and_issue(month(3), "p")
    one = begun("open", plant(**IDENTIFIED), ledger_id="a")
    one.ledger.register_meter(meter_of("plant"))
    one.goto(month(3), 3)
    hours(one, month(3), column())
    one.approve_and_issue(month(3))
    expected = min(WHOLE, sum(column(6)))
    assert wh_of(cl.compare_claims(one.ledger, story.ledger)) == [("device plant", "meter feeder", expected)]
    assert wh_of(cl.compare_claims(story.ledger, one.ledger)) == [("meter feeder", "device plant", expected)]


def test_a_meter_that_was_moved_shows_one_device_only_while_both_have_it() -> None:
    """One ledger has the meter until April, and the other one from April on, at another plant."""
    after = meter_of("plant", "n", serial_number="S2", replaces="m", installed="2025-04-01")
    a = metered("a", column(), "plant", meter_of("plant"), after, numbers=(3, 4, 5))
    b = metered("b", column(6), "other", meter_of("other", installed="2025-04-01"), numbers=(4, 5))
    assert not cl.compare_claims(a, b).overlaps
    late = metered("c", column(6), "other", meter_of("other", installed="2025-03-01"), numbers=(3, 4, 5))
    for found in (cl.compare_claims(a, late), cl.compare_claims(late, a)):
        assert [(item.start, item.end) for item in found.overlaps] == [(month(3).start, month(3).end)]
    again = meter_of("other", "k", serial_number="S1", installed="2025-03-01")
    copied = metered("d", column(), "other", again, numbers=(3, 4, 5))
    spans = [(item.start, item.end, item.matched) for item in cl.compare_claims(a, copied).overlaps]
    assert spans == [
        (month(3).start, month(3).end, "meter S1 of Landis"),
        (month(4).start, month(4).end, "equal readings"),
        (month(5).start, month(5).end, "equal readings"),
    ]


def test_two_meters_of_one_device_are_compared_once() -> None:
    """The main meter and the check meter stand in both ledgers."""
    check = {"serial_number": "S2", "installed": "2024-01-01"}
    mine = (meter_of("plant", installed="2024-06-01"), meter_of("plant", "n", **check))
    theirs = (meter_of("other"), meter_of("other", "n", **check))
    a, b = metered("a", column(), "plant", *mine), metered("b", column(6), "other", *theirs)
    assert wh_of(cl.compare_claims(a, b)) == [("device plant", "device other", min(WHOLE, sum(column(6))))]
