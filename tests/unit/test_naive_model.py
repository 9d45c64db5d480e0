"""The naive model passes the scenarios of the ledger's model and agrees with its documents."""

import ast
import sys
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

import pytest

from carbon_ledger.testing import Model, RefusalError, _model
from carbon_ledger.testing._model.arithmetic import Years, apportioned, complete_units, lacking, months_after
from carbon_ledger.testing._model.rows import BatchKey, Plant, Project, Range, Serial, Stated, Wanted

SOURCE = Path(_model.__file__).parent
HOUR_S = 3600
MWH = 1_000_000
BOTH = ("gap", "straddling-step")


# the model, by the scenarios of ledger-model section 9


@pytest.fixture
def model() -> Model:
    """Two plants of 100 MW, energy certificates of 1 MWh in UTC, credits, and granular certificates."""
    plants = {name: Plant(100 * MWH, 0) for name in ("a", "b")}
    utc, mwh = Years(0), Fraction(1, MWH)
    projects = {
        "p": Project(("a",), utc, mwh),
        "two": Project(("a", "b"), utc, mwh),
        "credits": Project(("a",), Years(4 * HOUR_S), mwh * Fraction("0.384")),
        "granular": Project(("a",), utc, Fraction(1), granular=True),
        "expiring": Project(("a",), utc, mwh, valid_months=12),
    }
    return Model(plants, projects, {"m": {"a": 1, "b": 2}}, accounts=("op", "buyer"))


def hour(k: int) -> int:
    """The k-th hour of 2024."""
    return 1_704_067_200 + k * HOUR_S


def record(model: Model, k: int, *mwh: str, device: str = "a") -> None:
    model.record(device, hour(k), HOUR_S, [int(Fraction(value) * MWH) for value in mwh])


def issue(model: Model, first: int, last: int, project: str = "p", waived: Sequence[str] = ()) -> int:
    (number,) = model.issue(project, hour(first), hour(last), "op", waived, None, "issuer")
    return number


def state(model: Model, number: int, project: str = "p") -> tuple[int, Fraction]:
    """Units of an issuance that were not withdrawn, and the carry."""
    units = [unit for serial, unit in model.units.items() if serial.batch.issuance == number]
    return sum(unit.state != "withdrawn" for unit in units), model.carry(project)


def refusal(call: Callable[[], object]) -> frozenset[str]:
    with pytest.raises(RefusalError) as caught:
        call()
    return caught.value.errors


def test_s1_the_remainder_is_carried(model: Model) -> None:
    found = []
    for k, mwh in enumerate(("25.51", "14.7", "0.1285", "0.6615")):
        record(model, k, mwh)
        found.append(state(model, issue(model, k, k + 1)))
    assert found == [(25, Fraction("0.51")), (15, Fraction("0.21")), (0, Fraction("0.3385")), (1, Fraction(0))]


def test_s2_a_late_day_is_issued_later(model: Model) -> None:
    record(model, 0, "1")
    record(model, 2, "1")
    assert refusal(lambda: issue(model, 0, 3)) == {"GapError"}
    issue(model, 0, 3, waived=["gap"])
    record(model, 1, "5")
    late = issue(model, 0, 3)
    assert [step.start for step in model.claimed(late)] == [hour(1)]
    assert refusal(lambda: issue(model, 0, 3)) == {"DoubleIssuanceError"}


def test_s3_a_step_across_the_new_year_is_split(model: Model) -> None:
    model.record("a", hour(-1), 2 * HOUR_S, [3 * MWH])
    assert refusal(lambda: issue(model, -1, 1)) == {"StraddlingStepError"}
    number = issue(model, -1, 1, waived=BOTH)
    counts = {key.vintage: model.count(key) for key in model.produced_until}
    assert (counts, model.carry("p"), model.amounts(number)) == (
        {2023: 1, 2024: 2},
        0,
        {2023: Fraction("1.5"), 2024: Fraction("1.5")},
    )


def test_s4_a_mixed_unit_takes_the_newest_vintage(model: Model) -> None:
    record(model, 0, "0.9")
    issue(model, 0, 1)
    record(model, -1, "0.1")
    issue(model, -1, 0)
    assert [serial.batch.vintage for serial in model.units] == [2024]
    assert (model.carry("p"), model.carries("p")) == (0, {2023: Fraction("0.1"), 2024: Fraction("-0.1")})


def test_s5_negative_hours_subtract_and_are_never_granular(model: Model) -> None:
    record(model, 0, "3", "-1", "2")
    snapshot = model.snapshot()
    assert state(model, issue(model, 0, 3))[0] == 4
    model.restore(snapshot)
    model.record("b", hour(0), HOUR_S, [1])
    model.steps["a"] = tuple(step._replace(wh=step.wh // MWH) for step in model.steps["a"])
    number = issue(model, 0, 3, "granular")
    assert state(model, number, "granular")[0] == 5
    assert [step.start for step in model.claimed(number)] == [hour(0), hour(2)]
    steps = [model.step_of(Serial(BatchKey("granular", 2024, number), k)) for k in (3, 4)]
    assert [step.start for step in steps if step] == [hour(0), hour(2)]


def test_s6_a_negative_period_is_a_debit(model: Model) -> None:
    record(model, 0, "-0.4", "1.5")
    assert state(model, issue(model, 0, 1)) == (0, Fraction("-0.4"))
    assert state(model, issue(model, 1, 2)) == (1, Fraction("0.1"))


def test_s7_a_voided_issuance_is_issued_again(model: Model) -> None:
    record(model, 0, "10.6", "10.6")
    first = issue(model, 0, 1)
    assert state(model, issue(model, 1, 2)) == (11, Fraction("0.2"))
    model.void(first)
    assert state(model, first) == (0, Fraction("-0.4"))
    assert refusal(lambda: model.void(first)) == {"UnknownBatchError"}
    again = issue(model, 0, 1)
    assert (again > first, state(model, again)) == (True, (10, Fraction("0.2")))


def test_s9_a_correction_withdraws_the_highest_serials(model: Model) -> None:
    record(model, 0, "10.6")
    number = issue(model, 0, 1)
    withdrawn = model.correct("a", hour(0), HOUR_S, [8 * MWH])
    assert sorted(serial.k for serial in withdrawn) == [9, 10]
    assert state(model, number) == (8, Fraction(0))


def test_s10_a_correction_of_sold_units_is_a_debit(model: Model) -> None:
    record(model, 0, "10.6", "5.5")
    batch = BatchKey("p", 2024, issue(model, 0, 1))
    model.transfer(Range(batch, 1, 10), "buyer", None, 0)
    model.transfer(Range(batch, 1, 1), "op", "buyer", 0)
    assert model.correct("a", hour(0), HOUR_S, [8 * MWH]) == [], "a unit that came back had left all the same"
    assert model.carry("p") == -2
    assert state(model, issue(model, 1, 2)) == (3, Fraction("0.5"))


def test_s11_a_withdrawn_block_is_forfeited(model: Model) -> None:
    record(model, 0, "10.6")
    number = issue(model, 0, 1)
    batch = BatchKey("p", 2024, number)
    model.withdraw(Range(batch, 3, 5), None, 0)
    assert state(model, number) == (7, Fraction("0.6"))
    assert refusal(lambda: model.withdraw(Range(batch, 5, 6), None, 0)) == {"NotActiveError"}
    model.void(number)
    assert model.carry("p") == -3
    assert state(model, issue(model, 0, 1)) == (7, Fraction("0.6"))


def correct(model: Model, k: int, mwh: int) -> list[int]:
    """The vintages of the units that a correction withdraws."""
    return [serial.batch.vintage for serial in model.correct("a", hour(k), HOUR_S, [mwh * MWH])]


def test_s17_and_s18_carry_of_an_older_vintage(model: Model) -> None:
    """S18, and then S17's issue_carry."""
    record(model, -1, "10")
    record(model, 0, "10.5", "1")
    issue(model, -1, 0)
    issue(model, 0, 1)
    assert correct(model, -1, 15) == []
    assert refusal(lambda: model.issue_carry("granular", "op", None)) == {"NothingToIssueError"}
    snapshot = model.snapshot()
    number = issue(model, 1, 2)
    assert {key.vintage: model.count(key) for key in model.produced_until if key.issuance == number} == {
        2023: 5,
        2024: 1,
    }
    model.restore(snapshot)
    (number,) = model.issue_carry("p", "op", Fraction(1, 2))
    assert (state(model, number)[0], model.issuances[number].of_carry) == (5, True)
    assert [unit.state for unit in model.units.values()].count("buffered") == 3
    assert model.produced_until[BatchKey("p", 2023, number)] == hour(0)
    assert refusal(lambda: model.convert(number, "EECS-GO", None, 0)) >= {"RefusedError"}
    model.void(number)
    assert model.carry("p") == Fraction("5.5")


def test_s21_older_units_are_withdrawn(model: Model) -> None:
    record(model, -1, "10", "10")
    issue(model, -1, 0)
    batch = BatchKey("p", 2024, issue(model, 0, 1))
    model.transfer(Range(batch, 1, 10), "buyer", None, 0)
    assert correct(model, 0, 5) == [2023] * 5
    correct(model, -1, 15)
    model.issue_carry("p", "op", None)
    assert model.carries("p") == {2023: 5, 2024: -5}


def test_s24_units_rest_on_energy(model: Model) -> None:
    record(model, 0, "10", "0.5")
    first = issue(model, 0, 1)
    correct(model, 0, 60)
    batch = BatchKey("p", 2024, issue(model, 1, 2))
    model.transfer(Range(batch, 1, 50), "buyer", None, 0)
    assert refusal(lambda: model.void(first)) == {"RefusedError"}
    assert refusal(lambda: model.convert(first, "EECS-GO", None, 0)) == {"RefusedError"}


def test_s12_a_refusal_claims_nothing(model: Model) -> None:
    record(model, 0, "1")
    before = model.snapshot()
    assert refusal(lambda: issue(model, 0, 1, "two")) == {"GapError"}
    assert model.snapshot() == before


def test_s13_a_shared_meter_divides_by_largest_remainder() -> None:
    parts = apportioned(70_000_000_000, [8330, 3600, 4400, 3400, 6330, 5300])
    # in the order of the devices' ids: chirag-1, chirag-2, kalbajar-1, meydan, qamishli, soyugbulag
    assert parts == [18593750000, 8035714286, 9821428571, 7589285714, 14129464286, 11830357143]


def test_s14_the_year_divides_the_first_users_case(model: Model) -> None:
    start, end = 1_692_907_200, 1_714_334_400  # 2023-08-25 and 2024-04-29 in Baku
    big = Model({"a": Plant(10**12, 0)}, model.projects, {}, accounts=("op",))
    big.record("a", start, end - start, [70_000_000_000])
    (number,) = big.issue("credits", start, end, "op", BOTH, None, "issuer")
    assert big.amounts(number) == {2023: Fraction("13981.935484032"), 2024: Fraction("12898.064515968")}
    assert {key.vintage: big.count(key) for key in big.produced_until} == {2023: 13981, 2024: 12899}
    assert big.carry("credits") == 0


def test_s15_and_s16_holders_and_keys(model: Model) -> None:
    record(model, 0, "10")
    batch = BatchKey("p", 2024, issue(model, 0, 1))

    def sell(count: int) -> object:
        return model.once("a", "key", count, lambda: model.transfer(Range(batch, 1, count), "buyer", None, 0))

    sell(2)
    assert refusal(lambda: model.transfer(Range(batch, 1, 8), "buyer", None, 0)) == {"NotHolderError"}
    before = model.snapshot()
    sell(2)
    assert model.snapshot() == before
    assert refusal(lambda: sell(3)) == {"IdempotencyError"}
    model.retire(Range(batch, 1, 1), None, 0)
    assert refusal(lambda: model.cancel(Range(batch, 1, 1), "op", 0)) == {"NotActiveError", "NotHolderError"}
    assert refusal(lambda: model.retire(Range(batch, 10, 11), None, 0)) == {"SerialError"}
    assert refusal(lambda: model.retire(Range(batch._replace(vintage=2025), 1, 1), None, 0)) == {"UnknownBatchError"}


def test_units_expire(model: Model) -> None:
    record(model, 0, "1")
    batch = BatchKey("expiring", 2024, issue(model, 0, 1, "expiring"))
    expires = 1_735_693_200  # 2025-01-01T01:00Z
    assert model.expires(batch) == expires
    assert refusal(lambda: model.retire(Range(batch, 1, 1), None, expires)) == {"ExpiredError"}
    model.retire(Range(batch, 1, 1), None, expires - 1)


def test_a_month_without_that_day_ends_earlier() -> None:
    assert months_after(1_709_164_800, 12, 0) == 1_740_700_800  # 29 to 28 February


def test_units_are_made_of_the_oldest_vintage_that_can_have_them() -> None:
    """Ledger-model section 5: a remainder flows to newer vintages; energy that a newer vintage owes makes no unit."""
    halves = {2023: Fraction("1.5"), 2024: Fraction("0.5")}
    assert complete_units(halves) == [2023, 2024]
    assert complete_units({**halves, 2025: Fraction("-1")}) == [2023]
    assert complete_units({2023: Fraction(-1), 2024: Fraction("2.9")}) == [2024]
    assert complete_units({}) == complete_units({2024: Fraction("0.99")}) == []
    assert lacking({2023: Fraction(-2), 2025: Fraction(1)}, 2024) == 2
    assert lacking({2024: Fraction(3)}, 2024) == 0


# what the reference says of holds, offers, other registries, conversions and authority


def issued(model: Model, mwh: str = "10", project: str = "p", share: str | None = None, k: int = 0) -> BatchKey:
    """A batch of one hour, of which a share may be held back."""
    if not any(step.start == hour(k) for step in model.steps["a"]):
        record(model, k, mwh)
    held = None if share is None else Fraction(share)
    (number,) = model.issue(project, hour(k), hour(k + 1), "op", (), held, "issuer")
    return BatchKey(project, 2024, number)


def states(model: Model, batch: BatchKey) -> list[str]:
    return [unit.state for serial, unit in sorted(model.units.items()) if serial.batch == batch]


def test_the_highest_serials_are_held_back_rounded_up(model: Model) -> None:
    batch = issued(model, "25", share="0.1")
    assert states(model, batch) == ["active"] * 22 + ["buffered"] * 3
    assert refusal(lambda: model.retire(Range(batch, 22, 23), None, 0)) == {"NotActiveError"}
    assert refusal(lambda: model.release_buffer(Range(batch, 22, 23), None, 0)) == {"NotActiveError"}
    model.release_buffer(Range(batch, 23, 23), None, 0)
    model.cancel_buffer(Range(batch, 24, 24), None, 0)
    assert states(model, batch)[21:] == ["active", "active", "cancelled", "buffered"]


def test_a_lock_stops_the_holder_and_not_the_issuer(model: Model) -> None:
    batch = issued(model)
    model.lock(Range(batch, 1, 4), None, 0)
    assert refusal(lambda: model.transfer(Range(batch, 4, 5), "buyer", None, 0)) == {"NotActiveError"}
    model.release(Range(batch, 1, 2), None, 0)
    assert states(model, batch)[:5] == ["active", "active", "locked", "locked", "active"]
    model.withdraw(Range(batch, 3, 3), None, 0)
    model.void(batch.issuance)
    assert set(states(model, batch)) == {"withdrawn"}


def test_expired_units_are_given_back_and_never_used(model: Model) -> None:
    batch, late = issued(model, project="expiring"), 2_000_000_000
    model.lock(Range(batch, 1, 2), None, 0)
    held = model.offer(Range(batch, 3, 4), "buyer", None, None, 0)
    assert refusal(lambda: model.lock(Range(batch, 5, 5), None, late)) == {"ExpiredError"}
    model.release(Range(batch, 1, 2), None, late)
    assert refusal(lambda: model.accept(held.number, late)) == {"ExpiredError"}
    model.revoke_offer(held.number)
    assert set(states(model, batch)) == {"active"}
    assert len(model.overdue("op", late)) == 10
    assert model.overdue("op", 0) == set()


def test_an_offer_is_accepted_before_its_deadline_or_times_out(model: Model) -> None:
    batch = issued(model)
    first, second = (model.offer(Range(batch, k, k), "buyer", None, 100, 0).number for k in (1, 2))
    assert refusal(lambda: model.time_out(first, 99)) == {"RefusedError"}
    assert model.accept(first, 99).status == "accepted"
    assert refusal(lambda: model.accept(first, 99)) == {"RefusedError"}
    assert refusal(lambda: model.accept(second, 100)) == {"RefusedError"}
    assert model.time_out(second, 100).status == "timed-out"
    assert [model.units[Serial(batch, k)].account for k in (1, 2)] == ["buyer", "op"]
    assert refusal(lambda: model.offer(Range(batch, 3, 3), "op", None, 0, 5)) == {"NotHolderError", "RefusedError"}
    third = model.offer(Range(batch, 3, 3), "buyer", None, None, 0).number
    assert refusal(lambda: model.withdraw(Range(batch, 3, 3), None, 0)) == {"NotActiveError"}
    assert refusal(lambda: model.void(batch.issuance)) == {"NotActiveError", "NotHolderError"}
    assert model.reject(third).status == "rejected"


def test_several_blocks_are_all_or_none_and_named_once(model: Model) -> None:
    batch = issued(model)
    parts = (Range(batch, 1, 2), Range(batch, 5, 6))
    assert [serial.k for serial in model.transfer(parts, "buyer", None, 0)] == [1, 2, 5, 6]
    before = model.snapshot()
    assert refusal(lambda: model.retire((Range(batch, 2, 3),), None, 0)) == {"NotHolderError"}
    assert refusal(lambda: model.cancel((Range(batch, 7, 8), Range(batch, 8, 9)), None, 0)) == {"SerialError"}
    assert model.snapshot() == before


def test_a_selection_takes_units_in_its_order(model: Model) -> None:
    older, newer = issued(model, "3"), issued(model, "4", k=1)
    model.lock(Range(older, 1, 1), None, 0)
    take = {"instrument": "I-REC-E"}
    found = model.selected(Wanted(4, **take), "op", "active", 0)
    assert found == [Serial(older, 2), Serial(older, 3), Serial(newer, 1), Serial(newer, 2)]
    assert model.selected(Wanted(1, **take, order="newest-issue"), "op", "active", 0) == [Serial(newer, 1)]
    assert refusal(lambda: model.cancel(Wanted(7, **take), "op", 0)) == {"InsufficientBalanceError"}
    model.label(Range(newer, 4, 4), "tag:x", None, 0)
    assert model.transfer(Wanted(1, **take, label="tag:x"), "buyer", "op", 0) == [Serial(newer, 4)]


def test_a_label_stays_on_its_units_until_it_is_taken_off(model: Model) -> None:
    batch = issued(model)
    model.label(Range(batch, 2, 4), "tag:x", None, 0)
    assert refusal(lambda: model.label(Range(batch, 4, 5), "tag:x", None, 0)) == {"RefusedError"}
    assert refusal(lambda: model.unlabel(Range(batch, 1, 2), "tag:x", None, 0)) == {"RefusedError"}
    model.transfer(Range(batch, 1, 3), "buyer", None, 0)
    model.unlabel(Range(batch, 3, 3), "tag:x", None, 0)
    assert {serial.k for serial, _ in model.labels} == {2, 4}
    model.retire(Range(batch, 4, 4), None, 0)
    assert refusal(lambda: model.unlabel(Range(batch, 4, 4), "tag:x", None, 0)) == {"NotActiveError"}
    assert refusal(lambda: model.label(Range(batch, 2, 2), "E+", "op", 0)) == {"NotHolderError"}


def import_units(model: Model, first: int, last: int, **more: object) -> int:
    """Import a block of 2024."""
    given = {"registry": "there", "space": "one", "instrument": "GS-VER", "to": "op", "vintage": None, "project": "x"}
    given |= {"production": (hour(0), hour(24 * 366), 0), "labels": (), "months": (12, 12)}
    given |= {"built_in": True, "well_formed": True} | more
    return model.import_block(first=first, last=last, **given)


def test_a_unit_of_another_registry_enters_once(model: Model) -> None:
    number = import_units(model, 5, 9, labels=("E+",))
    batch = BatchKey("there", 2024, number)
    assert model.count(batch) == 5
    assert model.expires(batch) == 1_767_225_600  # 2026-01-01
    for numbers in ((9, 9), (1, 5), (6, 7), (1, 20)):
        assert refusal(lambda numbers=numbers: import_units(model, *numbers)) == {"RefusedError"}
    model.export(Range(batch, 1, 5), None, 0)
    assert refusal(lambda: import_units(model, 5, 5)) == {"RefusedError"}, "whatever became of it"
    import_units(model, 5, 9, space="two")
    import_units(model, 10, 10)
    assert refusal(lambda: model.void(number)) == {"UnknownBatchError"}
    assert refusal(lambda: import_units(model, 20, 21, vintage=2025)) == {"RefusedError"}
    assert refusal(lambda: import_units(model, 20, 21, instrument="GC")) == {"RefusedError"}
    assert refusal(lambda: import_units(model, 20, 21, to="nobody", well_formed=False)) == {
        "UnknownAccountError",
        "SerialError",
    }
    assert refusal(lambda: import_units(model, 20, 21, registry="other", built_in=False)) == {"UnknownThingError"}
    model.register("registry", "other")
    import_units(model, 20, 21, registry="other", built_in=False)
    assert refusal(lambda: model.register("registry", "there")) == {"AlreadyRegisteredError"}
    assert refusal(lambda: model.register("meter", "m2", ("a", "z"))) == {"UnknownDeviceError"}


def test_an_import_agrees_with_what_its_serial_states(model: Model) -> None:
    """Invariant 30: instrument, project and the days of production."""
    stated = Stated("VCS-VCU", (), ("1360", "VCS1360"), (hour(0), hour(24 * 366)))
    for wrong in ({"instrument": "GS-VER"}, {"project": "x"}, {"production": (hour(-1), hour(24), 0)}):
        given = {"instrument": "VCS-VCU", "project": "1360", "stated": stated} | wrong
        assert refusal(lambda given=given: import_units(model, 1, 9, **given)) == {"RefusedError"}, wrong
    import_units(model, 1, 9, instrument="VCS-VCU", project="VCS1360", stated=stated)
    silent = Stated(elsewhere=("VCS-VCU",))
    assert refusal(lambda: import_units(model, 11, 19, instrument="VCS-VCU", stated=silent)) == {"RefusedError"}
    import_units(model, 11, 19, stated=silent)


def test_a_part_of_an_import_is_held_back(model: Model) -> None:
    assert refusal(lambda: import_units(model, 1, 9, buffer=10)) == {"RefusedError"}
    for first, buffer, held in ((1, 3, 3), (11, Fraction("0.15"), 2), (21, None, 0), (31, 9, 9)):
        batch = BatchKey("there", 2024, import_units(model, first, first + 8, buffer=buffer))
        states = [model.units[Serial(batch, k)].state for k in range(1, 10)]
        assert states == ["active"] * (9 - held) + ["buffered"] * held


def test_a_registry_is_not_registered_beside_one_that_is_alike(model: Model) -> None:
    assert refusal(lambda: model.register("registry", "copy", alike=("",))) == {"AlreadyRegisteredError"}
    model.register("registry", "copy", alike=("club",))
    assert refusal(lambda: model.register("registry", "club", alike=("copy",))) == {"AlreadyRegisteredError"}


def test_a_withdrawn_import_is_in_no_carry(model: Model) -> None:
    batch = BatchKey("there", 2024, import_units(model, 1, 3))
    before = model.forfeited.copy()
    model.withdraw(Range(batch, 1, 2), None, 0)
    assert (states(model, batch), model.forfeited) == (["withdrawn", "withdrawn", "active"], before)


def test_a_conversion_hands_its_steps_over(model: Model) -> None:
    model.projects = {**model.projects, "go": Project(("a",), Years(0), Fraction(1, MWH), "EECS-GO")}
    batch = issued(model, "2.5")
    assert refusal(lambda: model.convert(batch.issuance, "I-REC-E", None, 0)) == {"RefusedError"}
    conversion, units = model.convert(batch.issuance, "EECS-GO", None, 0)
    assert (states(model, batch), len(units)) == (["retired"] * 2, 2)
    assert (model.carry("p"), model.counted("p")) == (0, {})
    assert refusal(lambda: issue(model, 0, 1)) == {"DoubleIssuanceError"}
    other = issue(model, 0, 1, "go")
    assert state(model, other, "go") == (2, Fraction("0.5"))
    model.void(other)
    assert model.claimed(conversion) == [step for step in model.steps["a"] if step.start == hour(0)]
    assert refusal(lambda: issue(model, 0, 1)) == {"DoubleIssuanceError"}
    assert refusal(lambda: model.void(batch.issuance)) == {"UnknownBatchError"}


def test_only_a_role_allows_and_the_last_registrar_stays(model: Model) -> None:
    model.grants = {("ann", "registrar", "")}
    assert refusal(lambda: model.by_whom("bo", "lock", None, lambda: None)) == {"NotAuthorisedError"}
    model.grant("bo", "account-holder", "op")
    assert model.by_whom("bo", "transfer", ("op",), lambda: "done") == "done"
    assert refusal(lambda: model.by_whom("bo", "transfer", ("buyer",), lambda: None)) == {"NotAuthorisedError"}
    assert refusal(lambda: model.grant("bo", "account-holder", "op")) == {"RefusedError"}
    assert refusal(lambda: model.grant("bo", "issuer", "op")) == {"RefusedError"}
    assert refusal(lambda: model.revoke("ann", "registrar", None)) == {"RefusedError"}
    model.grant("bo", "registrar", None)
    model.revoke("ann", "registrar", None)
    assert refusal(lambda: model.by_whom("ann", "grant", None, lambda: model.grant("ann", "issuer", None))) == {
        "NotAuthorisedError"
    }
    assert model.grants == {("bo", "registrar", ""), ("bo", "account-holder", "op")}


def test_an_approval_lapses_with_what_it_covered(model: Model) -> None:
    model.projects = {**model.projects, "p": model.projects["p"]._replace(requires_approval=True)}
    record(model, 0, "2", "3")
    assert refusal(lambda: issue(model, 0, 1)) == {"RefusedError"}
    what = model.quantify("p", hour(0), hour(1), ())
    (own,) = model.approve(what, "issuer")
    assert refusal(lambda: issue(model, 0, 1)) == {"RefusedError"}, "nobody else approved it"
    assert refusal(lambda: model.approve(what, "issuer")) == {"RefusedError"}
    (other,) = model.approve(what, "verifier")
    model.correct("a", hour(1), HOUR_S, [MWH])
    assert [model.approvals[n].status for n in (own, other)] == ["standing"] * 2, "beside it nothing changed"
    model.correct("a", hour(0), HOUR_S, [MWH])
    assert refusal(lambda: model.approve(what, "third")) == {"RefusedError"}
    model.correct("a", hour(0), HOUR_S, [2 * MWH])
    assert [model.approvals[n].status for n in (own, other)] == ["lapsed"] * 2, "changed back is changed"
    (again,) = model.approve(what, "verifier")
    number = issue(model, 0, 1)
    assert model.approvals[again].status == "used"
    assert refusal(lambda: model.revoke_approval(again)) == {"RefusedError"}
    model.void(number)
    assert refusal(lambda: issue(model, 0, 1)) == {"RefusedError"}
    model.revoke_approval(other)
    assert model.approvals[other].status == "revoked"


def test_the_model_imports_nothing_of_the_ledger() -> None:
    parts = {path.stem for path in SOURCE.glob("*.py")}
    assert len(parts) > 10
    for name in parts:
        tree = ast.parse((SOURCE / f"{name}.py").read_text(encoding="utf-8"))
        modules = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        modules += [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
        ours = {module for module in modules if module.startswith("carbon_ledger")}
        assert ours <= {f"carbon_ledger.testing._model.{other}" for other in parts}, name
        assert {module.split(".")[0] for module in set(modules) - ours} <= sys.stdlib_module_names, name
