"""Scenarios of the ledger's model, each on both stores, each with a clean audit at its end."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
from tests.conftest import EVIDENCE, Opener, device, dump

import carbon_ledger as cl
from carbon_ledger.errors import (
    DoubleIssuanceError,
    GapError,
    IdempotencyError,
    NotApplicableError,
    NotHolderError,
    RefusedError,
    StraddlingStepError,
)

BAKU = "Asia/Baku"
GAP = cl.Waiver("gap", "the logger was down, report 7")
TEXT = cl.Waiver("methodology-text", "GCCM001 v4.0 was read in secondary sources")
SPLIT = cl.Waiver("straddling-step", "billed over the turn of the year")


@pytest.fixture
def mwh(ledger: cl.Ledger) -> Iterator[cl.Ledger]:
    """A ledger with one plant in a project for 1 MWh certificates; audited when the scenario is over."""
    ledger.register_device(device())
    ledger.register_project(cl.Project(id="p", instrument="I-REC-E", zone=BAKU, devices=("plant",)))
    yield ledger
    report = ledger.audit()
    assert report.findings == ()
    assert ledger.reconcile("p", cl.Period.of("2020-01-01", "2030-01-01", zone=BAKU)).holds


def month(k: int, year: int = 2024) -> cl.Period:
    return cl.Period.month(year, k, zone=BAKU)


def issued(ledger: cl.Ledger, period: cl.Period, net: str, **more: object) -> list[tuple[int, int]]:
    ledger.record_generation("plant", period, net=net)
    batches = ledger.issue("p", period, to="op", **more)
    return [(batch.vintage, batch.count) for batch in batches]


def carry(ledger: cl.Ledger) -> Decimal:
    return ledger.carry("p").carry


def test_s1_remainders_are_carried(mwh: cl.Ledger) -> None:
    """S1; invariants 2, 3 and 20."""
    seen = []
    for k, net in enumerate(["25.51 MWh", "14.7 MWh", "0.1285 MWh", "0.6615 MWh"], 1):
        counts = issued(mwh, month(k), net)
        seen.append((sum(count for _, count in counts), carry(mwh)))
    assert seen == [(25, Decimal("0.51")), (15, Decimal("0.21")), (0, Decimal("0.3385")), (1, Decimal("0"))]


def test_s2_a_late_day_is_issued_once(mwh: cl.Ledger) -> None:
    """S2; invariant 5."""
    days = month(5).days(BAKU)
    for day in days[:13] + days[14:]:
        mwh.record_generation("plant", day, net="1 MWh")
    before = dump(mwh)
    with pytest.raises(GapError, match="plant") as refused:
        mwh.issue("p", month(5), to="op")
    assert str(days[13]) in str(refused.value) or "2024-05-1" in str(refused.value)
    assert dump(mwh) == before
    assert mwh.quantify("p", month(5), waivers=[GAP]).steps[0].gaps == ((days[13].start_utc, days[13].end_utc),)
    assert [b.count for b in mwh.issue("p", month(5), to="op", waivers=[GAP])] == [30]
    mwh.record_generation("plant", days[13], net="2 MWh")
    late = mwh.issue("p", month(5), to="op")
    assert [(b.count, b.production) for b in late] == [(2, days[13])]
    with pytest.raises(DoubleIssuanceError):
        mwh.issue("p", month(5), to="op")


def test_s3_a_step_over_the_turn_of_the_year(mwh: cl.Ledger) -> None:
    """S3; invariant 20."""
    period = cl.Period.of("2023-12-31", "2024-01-02", zone=BAKU)
    mwh.record_generation("plant", period, net="3 MWh")
    with pytest.raises(StraddlingStepError, match="straddling-step"):
        mwh.issue("p", period, to="op")
    quantification = mwh.quantify("p", period, waivers=[SPLIT])
    assert [split.parts for split in quantification.splits] == [((2023, 1_500_000), (2024, 1_500_000))]
    batches = mwh.issue("p", period, to="op", waivers=[SPLIT])
    assert [(b.vintage, b.count) for b in batches] == [(2023, 1), (2024, 2)]
    assert carry(mwh) == 0


def test_s4_a_mixed_unit_takes_the_newest_vintage(mwh: cl.Ledger) -> None:
    """S4; invariant 3."""
    assert issued(mwh, month(1), "0.9 MWh") == []
    assert issued(mwh, month(12, 2023), "0.1 MWh") == [(2024, 1)]
    assert carry(mwh) == 0


def test_s5_negative_hours_net_and_are_excluded_from_granular(mwh: cl.Ledger) -> None:
    """S5; invariants 18 and 28."""
    hours = [3_000_000, -1_000_000, 2_000_000]
    period = cl.Period.of("2024-05-01T00:00Z", "2024-05-01T03:00Z")
    mwh.record_readings("plant", start="2024-05-01T00:00Z", step="1 hour", net_wh=hours)
    assert [b.count for b in mwh.issue("p", period, to="op")] == [4]
    mwh.register_device(device("second"))
    mwh.register_project(cl.Project(id="g", instrument="GC", zone=BAKU, devices=("second",)))
    mwh.record_readings("second", start="2024-05-01T00:00Z", step="1 hour", net_wh=hours)
    (batch,) = mwh.issue("g", period, to="op")
    assert (batch.count, batch.device) == (5_000_000, "second")
    told = mwh.reconcile("g", period)
    assert (told.claimed_wh, told.excluded_wh, told.unclaimed_wh) == (5_000_000, -1_000_000, 0)
    assert mwh.carry("g").carry == 0
    first_of_third_hour = mwh.trace(f"{batch.batch_id}/3000001")
    assert str(first_of_third_hour.interval.start) == "2024-05-01 02:00:00+00:00"
    assert str(mwh.trace(f"{batch.batch_id}/3000000").interval.start) == "2024-05-01 00:00:00+00:00"


def test_s6_a_negative_period_is_a_debit(mwh: cl.Ledger) -> None:
    """S6; invariant 28."""
    assert issued(mwh, month(1), "-0.4 MWh") == []
    assert carry(mwh) == Decimal("-0.4")
    assert mwh.reconcile("p", month(1)).debit == Decimal("0.4")
    assert issued(mwh, month(2), "1.5 MWh") == [(2024, 1)]
    assert carry(mwh) == Decimal("0.1")


def test_s7_a_voided_issuance_is_issued_again(mwh: cl.Ledger) -> None:
    """S7; invariant 6."""
    mwh.record_generation("plant", month(1), net="10.6 MWh")
    (first,) = mwh.issue("p", month(1), to="op")
    assert (first.count, carry(mwh)) == (10, Decimal("0.6"))
    assert issued(mwh, month(2), "10.6 MWh") == [(2024, 11)]
    assert carry(mwh) == Decimal("0.2")
    mwh.void(first, reason="wrong account")
    assert carry(mwh) == Decimal("-0.4")
    assert mwh.balance("op").withdrawn == 10
    (again,) = mwh.issue("p", month(1), to="op")
    assert (again.count, carry(mwh)) == (10, Decimal("0.2"))
    assert again.batch_id != first.batch_id


def test_s8_only_the_corrected_value_counts_and_both_are_visible(mwh: cl.Ledger) -> None:
    """S8."""
    mwh.record_generation("plant", month(1), net="7 MWh")
    mwh.correct_generation("plant", month(1), net="5 MWh", reason="display misread", evidence=EVIDENCE)
    assert mwh.generation("plant", month(1)) == cl.quantity("5 MWh")
    assert [run.net_wh for run in mwh.readings("plant", month(1), superseded=True)] == [7_000_000, 5_000_000]
    assert [b.count for b in mwh.issue("p", month(1), to="op")] == [5]


def test_s9_a_correction_takes_back_unsold_units(mwh: cl.Ledger) -> None:
    """S9; invariant 15."""
    mwh.record_generation("plant", month(1), net="10.6 MWh")
    (batch,) = mwh.issue("p", month(1), to="op")
    done = mwh.correct_generation("plant", month(1), net="8.0 MWh", reason="wrong ratio", evidence=EVIDENCE)
    assert done.withdrawn == (cl.Block(batch.batch_id, 9, 10),)
    assert carry(mwh) == 0
    assert mwh.holdings("op") == (cl.Block(batch.batch_id, 1, 8),)
    with pytest.raises(DoubleIssuanceError):
        mwh.issue("p", month(1), to="op")


def test_s10_a_correction_after_the_sale_is_a_debit(mwh: cl.Ledger) -> None:
    """S10; invariant 15."""
    mwh.record_generation("plant", month(1), net="10.6 MWh")
    (batch,) = mwh.issue("p", month(1), to="op")
    mwh.transfer(batch, to="buyer")
    done = mwh.correct_generation("plant", month(1), net="8.0 MWh", reason="wrong ratio", evidence=EVIDENCE)
    assert done.withdrawn == ()
    assert carry(mwh) == Decimal("-2.0")
    assert issued(mwh, month(2), "5.5 MWh") == [(2024, 3)]
    assert carry(mwh) == Decimal("0.5")


def test_s11_withdrawn_units_are_forfeited(mwh: cl.Ledger) -> None:
    """S11; invariants 6, 12 and 34a: forfeits outlive the voiding."""
    mwh.record_generation("plant", month(1), net="10.6 MWh")
    (batch,) = mwh.issue("p", month(1), to="op")
    mwh.withdraw(batch.take(3), reason="order of the registrar")
    told = mwh.carry("p")
    assert (told.carry, told.counted, told.adjustments) == (Decimal("0.6"), 7, -3)
    with pytest.raises(DoubleIssuanceError):
        mwh.issue("p", month(1), to="op")
    mwh.void(batch, reason="wrong account")
    assert carry(mwh) == -3
    (again,) = mwh.issue("p", month(1), to="op")
    assert (again.count, carry(mwh)) == (7, Decimal("0.6"))
    assert issued(mwh, month(2), "3.4 MWh") == [(2024, 4)]
    assert all(batch.batch_id not in str(b) for b in mwh.batches("p")[1:])


def test_s12_a_refusal_names_the_device_and_claims_nothing(ledger: cl.Ledger) -> None:
    """S12."""
    for name in ("north", "south"):
        ledger.register_device(device(name))
    ledger.register_project(cl.Project(id="p", instrument="I-REC-E", zone=BAKU, devices=("north", "south")))
    ledger.record_generation("north", month(1), net="2 MWh")
    before = dump(ledger)
    with pytest.raises(GapError, match="south"):
        ledger.issue("p", month(1), to="op")
    assert dump(ledger) == before
    assert ledger.reconcile("p", month(1)).claimed_wh == 0
    ledger.record_generation("south", month(1), net="1 MWh")
    assert [b.count for b in ledger.issue("p", month(1), to="op")] == [3]
    assert ledger.audit().findings == ()


KALBAJAR = {
    "kalbajar-1": 4400,
    "chirag-1": 8330,
    "chirag-2": 3600,
    "qamishli": 6330,
    "soyugbulag": 5300,
    "meydan": 3400,
}
REPORTED = cl.Period.of("2023-08-25", "2024-04-29", zone=BAKU)


def kalbajar(ledger: cl.Ledger) -> None:
    for name, kw in KALBAJAR.items():
        ledger.register_device(device(name, capacity=f"{kw} kW", commissioned="2023-08-25"))
    ledger.register_meter(cl.Meter(id="feeder", shares=KALBAJAR))
    ledger.register_project(
        cl.Project(
            id="p",
            instrument="GCC-ACC",
            zone=BAKU,
            devices=tuple(KALBAJAR),
            methodology="GCCM001@4.0",
            baseline="greenfield",
            crediting_period=cl.Period.years("2023-08-25", 10, zone=BAKU),
        )
    )
    ledger.record_meter("feeder", REPORTED, net="70000000000 Wh", evidence=EVIDENCE)


def test_s13_a_shared_meter_is_apportioned_to_the_wh(ledger: cl.Ledger) -> None:
    """S13."""
    kalbajar(ledger)
    wh = {name: ledger.readings(name, REPORTED)[0].net_wh for name in KALBAJAR}
    assert wh == {
        "kalbajar-1": 9_821_428_571,
        "chirag-1": 18_593_750_000,
        "chirag-2": 8_035_714_286,
        "qamishli": 14_129_464_286,
        "soyugbulag": 11_830_357_143,
        "meydan": 7_589_285_714,
    }
    assert sum(wh.values()) == 70_000_000_000


def test_s14_kalbajar_is_26_880_credits(ledger: cl.Ledger) -> None:
    """S14; invariants 2, 20 and 22."""
    kalbajar(ledger)
    factor = cl.EmissionFactor(
        factor_id="ifi", value="0.384", unit="tCO2e/MWh", kind="combined_margin", region="AZ", source="IFI 2021 v3.1"
    )
    quantification = ledger.quantify("p", REPORTED, factor=factor, waivers=[SPLIT])
    assert quantification.line("EG[2023]").value == Decimal("36411.290323")
    assert quantification.emission_reductions.magnitude == 26_880
    with pytest.raises(NotApplicableError, match="methodology-text"):
        ledger.issue("p", REPORTED, factor=factor, to="op", waivers=[SPLIT])
    batches = ledger.issue("p", REPORTED, factor=factor, to="op", waivers=[SPLIT, TEXT])
    assert [(b.vintage, b.count) for b in batches] == [(2023, 13_981), (2024, 12_899)]
    first = ledger.entry(int(batches[0].batch_id.rsplit("/", 1)[1])).event["amounts"][0]
    assert Decimal(first["amount"]) - 13_981 == Decimal("0.935484032")
    assert ledger.carry("p").carry == 0
    assert ledger.audit().findings == ()


def test_s15_a_block_with_units_of_another_is_refused(mwh: cl.Ledger) -> None:
    """S15; invariant 13."""
    mwh.record_generation("plant", month(1), net="1000 MWh")
    (batch,) = mwh.issue("p", month(1), to="op")
    assert mwh.transfer(batch.take(250), to="buyer") == cl.Block(batch.batch_id, 1, 250)
    before = dump(mwh)
    for giver in (None, "op"):
        with pytest.raises(NotHolderError, match="250 of its 751 units"):
            mwh.transfer(batch.take(751), to="other", from_=giver)
    assert dump(mwh) == before


def test_s16_one_key_one_effect(mwh: cl.Ledger, opener: Opener) -> None:
    """S16; invariant 26."""
    first = mwh.record_generation("plant", month(1), net="10.6 MWh", key="jan")
    assert mwh.record_generation("plant", month(1), net="10600 kWh", key="jan") == first
    with pytest.raises(IdempotencyError, match="jan"):
        mwh.record_generation("plant", month(1), net="10.7 MWh", key="jan")
    batches = mwh.issue("p", month(1), to="op", key="issue-jan")
    before = dump(mwh)
    again = opener()
    assert again.issue("p", month(1), to="op", key="issue-jan") == batches
    with pytest.raises(IdempotencyError, match="issue-jan"):
        again.issue("p", month(1), to="buyer", key="issue-jan")
    with pytest.raises(DoubleIssuanceError):
        again.issue("p", month(1), to="op", key="issue-jan", by="somebody-else")  # a key belongs to its actor
    assert dump(again) == before


def by_vintage(ledger: cl.Ledger) -> dict[int, Decimal]:
    return {item.vintage: item.carry for item in ledger.carry("p").vintages if item.carry}


def corrected(ledger: cl.Ledger, period: cl.Period, net: str) -> list[tuple[int, int]]:
    """The units that a correction withdraws, by vintage."""
    done = ledger.correct_generation("plant", period, net=net, reason="wrong ratio", evidence=EVIDENCE)
    units: dict[int, int] = {}
    for block in done.withdrawn:
        year = int(block.batch_id.split("/")[1])
        units[year] = units.get(year, 0) + block.count
    return sorted(units.items())


def sold(ledger: cl.Ledger, k: int) -> None:
    """Transfer every unit of the k-th batch."""
    ledger.transfer(ledger.batches("p")[k], to="buyer")


def from_carry(ledger: cl.Ledger) -> list[tuple[int, int]]:
    return [(batch.vintage, batch.count) for batch in ledger.issue_carry("p", to="op")]


def test_s17_units_of_a_corrected_vintage_are_not_made_twice(mwh: cl.Ledger) -> None:
    """S17; invariants 15 and 20."""
    assert issued(mwh, month(1), "10 MWh") == [(2024, 10)]
    sold(mwh, 0)
    assert corrected(mwh, month(1), "5 MWh") == []
    assert mwh.reconcile("p", month(1)).debit == 5
    assert issued(mwh, month(1, 2025), "6 MWh") == [(2025, 1)]
    assert corrected(mwh, month(1), "10 MWh") == []
    assert from_carry(mwh) == [(2025, 5)]
    assert (carry(mwh), by_vintage(mwh)) == (0, {})


def test_s18_carry_of_an_older_vintage_makes_units_of_it(mwh: cl.Ledger) -> None:
    """S18; invariant 20."""
    assert issued(mwh, month(1), "10 MWh") == [(2024, 10)]
    assert issued(mwh, month(1, 2025), "10.5 MWh") == [(2025, 10)]
    corrected(mwh, month(1), "15 MWh")
    assert issued(mwh, month(2, 2025), "1 MWh") == [(2024, 5), (2025, 1)]
    assert by_vintage(mwh) == {2025: Decimal("0.5")}


def test_s19_a_negative_amount_uses_older_energy_first(mwh: cl.Ledger) -> None:
    """S19; invariants 20 and 28."""
    mwh.record_generation("plant", month(12), net="5.5 MWh")
    mwh.record_generation("plant", month(1, 2025), net="-5.6 MWh")
    assert mwh.issue("p", cl.Period(month(12).start_utc, month(1, 2025).end_utc), to="op") == ()
    assert carry(mwh) == Decimal("-0.1")
    assert issued(mwh, month(2, 2025), "2 MWh") == [(2024, 1)]
    assert by_vintage(mwh) == {2024: Decimal("4.5"), 2025: Decimal("-3.6")}


@pytest.mark.parametrize("sell", [False, True])
def test_s20_a_unit_is_withdrawn_of_the_vintage_that_lacks_energy(mwh: cl.Ledger, sell: bool) -> None:
    """S20; invariants 15 and 20."""
    assert issued(mwh, month(1), "10 MWh") == [(2024, 10)]
    assert issued(mwh, month(1, 2025), "5.6 MWh") == [(2025, 5)]
    if sell:
        sold(mwh, 0)
    assert corrected(mwh, month(1), "9.6 MWh") == ([] if sell else [(2024, 1)])
    assert issued(mwh, month(2, 2025), "1 MWh") == [(2025, 1 if sell else 2)]
    expected = {2024: Decimal("-0.4"), 2025: Decimal("0.6")}
    assert by_vintage(mwh) == (expected if sell else {2024: Decimal("0.6"), 2025: Decimal("-0.4")})
    assert carry(mwh) == Decimal("0.2")


def test_s21_older_units_are_withdrawn_where_the_newer_were_sold(mwh: cl.Ledger) -> None:
    """S21; invariants 15 and 20."""
    assert issued(mwh, month(1), "10 MWh") == [(2024, 10)]
    assert issued(mwh, month(1, 2025), "10 MWh") == [(2025, 10)]
    sold(mwh, 1)
    assert corrected(mwh, month(1, 2025), "5 MWh") == [(2024, 5)]
    assert corrected(mwh, month(1), "15 MWh") == []
    assert from_carry(mwh) == [(2024, 5)]
    assert by_vintage(mwh) == {2024: 5, 2025: -5}


def test_s24_units_rest_on_energy(mwh: cl.Ledger) -> None:
    """S24; invariant 34a."""
    mwh.record_generation("plant", month(1), net="10 MWh")
    (first,) = mwh.issue("p", month(1), to="op")
    corrected(mwh, month(1), "60 MWh")
    assert issued(mwh, month(2), "0.5 MWh") == [(2024, 50)]
    sold(mwh, 1)
    before = dump(mwh)
    for command in (
        lambda: mwh.void(first, reason="r"),
        lambda: mwh.convert(first, to_instrument="GCC-ACC", reason="r"),
    ):
        with pytest.raises(RefusedError, match=r"49\.5") as refused:
            command()
        assert refused.value.rule == "units-rest-on-it"
        assert dump(mwh) == before
