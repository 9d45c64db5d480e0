"""Every refusal leaves entries and projections unchanged, to the byte, on both stores."""

from collections.abc import Callable

import pytest
from tests.conftest import EVIDENCE, Clock, device, dump
from tests.support.busy_ledger import APRIL, busy
from tests.support.metered_project import MAY, factor

import carbon_ledger as cl
from carbon_ledger import errors

__all__ = ["busy"]


JUNE = cl.Period.month(2024, 6, zone="Asia/Baku")


def late(ledger: cl.Ledger) -> str:
    return ledger.batches("p")[0].batch_id


Action = Callable[[cl.Ledger], object]
CASES: list[tuple[str, type[errors.CarbonLedgerError], Action]] = [
    ("account twice", errors.AlreadyRegisteredError, lambda x: x.open_account("op", name="Again")),
    ("account without a name", errors.QuantityError, lambda x: x.open_account("new", name=" ")),
    ("account with a strange id", errors.QuantityError, lambda x: x.open_account("a/b", name="A")),
    ("device twice", errors.AlreadyRegisteredError, lambda x: x.register_device(device())),
    ("meter of nobody", errors.UnknownDeviceError, lambda x: x.register_meter(cl.Meter(id="m", shares={"ghost": 1}))),
    (
        "project of nobody",
        errors.UnknownDeviceError,
        lambda x: x.register_project(cl.Project(id="q", instrument="GC", zone="UTC", devices=("ghost",))),
    ),
    ("unknown device", errors.UnknownDeviceError, lambda x: x.record_generation("ghost", JUNE, net="1 MWh")),
    ("unknown meter", errors.UnknownMeterError, lambda x: x.record_meter("ghost", JUNE, net="1 MWh")),
    ("overlap", errors.OverlapError, lambda x: x.record_generation("plant", MAY, net="1 MWh")),
    (
        "overlap of another start",
        errors.OverlapError,
        lambda x: x.record_readings("plant", start="2024-05-31T18:00Z", step="1 hour", net_wh=[1] * 6),
    ),
    ("before commissioning", errors.NotCommissionedError, lambda x: x.record_generation("new", JUNE, net="1 MWh")),
    ("never commissioned", errors.NotCommissionedError, lambda x: x.record_generation("planned", JUNE, net="1 MWh")),
    ("part of a meter", errors.NotCommissionedError, lambda x: x.record_meter("feeder", JUNE, net="1 MWh")),
    ("implausible", errors.ImplausibleReadingError, lambda x: x.record_generation("plant", JUNE, net="72001 MWh")),
    (
        "net above gross",
        errors.ImplausibleReadingError,
        lambda x: x.record_generation("plant", JUNE, net="2 MWh", gross="1 MWh"),
    ),
    ("float", errors.InexactNumberError, lambda x: x.record_generation("plant", JUNE, net=0.1)),
    ("comma", errors.QuantityError, lambda x: x.record_generation("plant", JUNE, net="2,5 MWh")),
    ("milliwatt-hour", errors.UnknownUnitError, lambda x: x.record_generation("plant", JUNE, net="1 mWh")),
    ("kiloton or knot", errors.UnknownUnitError, lambda x: x.record_generation("plant", JUNE, net="1 kt")),
    ("nan", errors.QuantityError, lambda x: x.record_generation("plant", JUNE, net="nan MWh")),
    ("power", errors.UnitMismatchError, lambda x: x.record_generation("plant", JUNE, net="1 MW")),
    ("1 GJ", errors.InexactNumberError, lambda x: x.record_generation("plant", JUNE, net="1 GJ")),
    (
        "float column",
        errors.InexactNumberError,
        lambda x: x.record_readings("plant", start="2024-07-01T00:00Z", step="1 hour", net_wh=[1, 0.5]),
    ),
    (
        "naive start",
        errors.NaiveTimeError,
        lambda x: x.record_readings("plant", start="2024-07-01T00:00", step="1 hour", net_wh=[1]),
    ),
    (
        "date without a zone",
        errors.NaiveTimeError,
        lambda x: x.record_readings("plant", start="2024-07-01", step="1 hour", net_wh=[1]),
    ),
    (
        "evidence that is no digest",
        errors.QuantityError,
        lambda x: x.record_generation("plant", JUNE, net="1 MWh", evidence="report.pdf"),
    ),
    ("issue twice", errors.DoubleIssuanceError, lambda x: x.issue("p", MAY, to="op")),
    (
        "as another instrument",
        errors.DoubleIssuanceError,
        lambda x: x.issue("credits", MAY, to="op", factor=factor()),
    ),
    ("gap", errors.GapError, lambda x: x.issue("p", JUNE, to="op")),
    ("nothing", errors.MissingDataError, lambda x: x.issue("p", JUNE, to="op", waivers=[cl.Waiver("gap", "down")])),
    ("crossing step", errors.StraddlingStepError, lambda x: x.issue("p", APRIL.days()[3], to="op")),
    ("inside a claimed step", errors.DoubleIssuanceError, lambda x: x.issue("p", MAY.days()[3], to="op")),
    ("to nobody", errors.UnknownAccountError, lambda x: x.issue("p", JUNE, to="ghost")),
    ("unknown project", errors.UnknownProjectError, lambda x: x.issue("ghost", JUNE, to="op")),
    ("factor for certificates", errors.CarbonLedgerError, lambda x: x.issue("p", JUNE, to="op", factor=factor())),
    (
        "outside the crediting period",
        errors.OutsideCreditingPeriodError,
        lambda x: x.issue("credits", cl.Period.month(2020, 12, zone="Asia/Baku"), to="op", factor=factor()),
    ),
    ("transfer of a stranger's", errors.NotHolderError, lambda x: x.transfer(f"{late(x)}/1-5", to="other", from_="op")),
    ("transfer to itself", errors.NotHolderError, lambda x: x.transfer(f"{late(x)}/1-5", to="buyer")),
    ("transfer of retired", errors.NotActiveError, lambda x: x.transfer(f"{late(x)}/11-12", to="buyer")),
    ("retire cancelled", errors.NotActiveError, lambda x: x.cancel(f"{late(x)}/21-22", reason="again")),
    ("withdraw withdrawn", errors.NotActiveError, lambda x: x.withdraw(f"{late(x)}/31-32", reason="again")),
    ("withdraw retired", errors.NotActiveError, lambda x: x.withdraw(f"{late(x)}/11", reason="again")),
    ("beyond the batch", errors.SerialError, lambda x: x.transfer(f"{late(x)}/90-101", to="buyer")),
    ("no such batch", errors.UnknownBatchError, lambda x: x.transfer("p/2024/999/1", to="buyer")),
    ("void after a sale", errors.NotHolderError, lambda x: x.void(x.batches("p")[0], reason="no")),
    ("void of nothing", errors.UnknownBatchError, lambda x: x.void(3, reason="no")),
    (
        "retire without a beneficiary",
        errors.QuantityError,
        lambda x: x.retire(f"{late(x)}/41", beneficiary="", purpose="p", period=MAY),
    ),
    (
        "correct what is not there",
        errors.OverlapError,
        lambda x: x.correct_generation("plant", JUNE, net="1 MWh", reason="r", evidence=EVIDENCE),
    ),
    (
        "correct a part of a step",
        errors.OverlapError,
        lambda x: x.correct_generation("plant", MAY.days()[0], net="1 MWh", reason="r", evidence=EVIDENCE),
    ),
    (
        "correct without evidence",
        errors.QuantityError,
        lambda x: x.correct_generation("plant", MAY, net="1 MWh", reason="r", evidence="none"),
    ),
    (
        "correct to the impossible",
        errors.ImplausibleReadingError,
        lambda x: x.correct_generation("plant", MAY, net="99 GWh", reason="r", evidence=EVIDENCE),
    ),
]


@pytest.mark.parametrize(("error", "action"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_refusal_leaves_no_trace(busy: cl.Ledger, error: type[Exception], action: Action) -> None:
    """Invariants 1, 4, 5, 12, 13, 14, 16, 17 and 26."""
    before = dump(busy)
    with pytest.raises(error) as refused:
        action(busy)
    assert dump(busy) == before
    assert len(str(refused.value)) > 25


def test_a_refused_part_undoes_the_parts_before_it(busy: cl.Ledger) -> None:
    """A long column is several entries; the last one's refusal takes the first ones with it (invariant 26)."""
    before = dump(busy)
    hours = [1_000_000] * 3_000
    hours[-1] = 200_000_000
    with pytest.raises(errors.ImplausibleReadingError):
        busy.record_readings("plant", start="2024-07-01T00:00Z", step="1 hour", net_wh=hours)
    assert dump(busy) == before
    told = busy.record_readings("plant", start="2024-07-01T00:00Z", step="1 hour", net_wh=hours[:-1])
    assert told.last - told.first == 2
    assert [busy.entry(n).part for n in range(told.first, told.last + 1)] == [1, 2, 3]


def test_batch_undoes_all_and_a_caught_refusal_nothing_else(busy: cl.Ledger) -> None:
    """ledger-model section 8."""
    before = dump(busy)

    def interrupted() -> None:
        with busy.batch():
            busy.open_account("one", name="One")
            busy.record_generation("plant", JUNE, net="1 MWh")
            assert busy.accounts()[-1] == "one"
            _ = 1 // 0

    with pytest.raises(ZeroDivisionError):
        interrupted()
    assert dump(busy) == before
    with busy.batch():
        busy.open_account("one", name="One")
        with pytest.raises(errors.OverlapError):
            busy.record_generation("plant", MAY, net="1 MWh")
        busy.record_generation("plant", JUNE, net="3 MWh")
    assert busy.accounts()[-1] == "one"
    assert busy.generation("plant", JUNE) == cl.quantity("3 MWh")
    assert busy.audit().findings == ()


def test_a_key_that_was_refused_was_never_used(busy: cl.Ledger) -> None:
    """ledger-model section 1; invariant 26."""
    with pytest.raises(errors.OverlapError):
        busy.record_generation("plant", MAY, net="1 MWh", key="k")

    def interrupted() -> None:
        with busy.batch():
            busy.record_generation("plant", JUNE, net="2 MWh", key="k")
            _ = 1 // 0

    with pytest.raises(ZeroDivisionError):
        interrupted()
    busy.record_generation("plant", JUNE, net="1 MWh", key="k")
    assert busy.generation("plant", JUNE) == cl.quantity("1 MWh")


def test_as_of_answers_what_the_ledger_answered_then(busy: cl.Ledger, clock: Clock) -> None:
    """Invariant 25."""
    size = busy.size
    told = (busy.balance("op"), busy.holdings("op"), busy.carry("p"), str(busy.statement("op")), busy.root())
    then = clock.now
    clock.move(days=1)
    busy.record_generation("plant", JUNE, net="7.5 MWh")
    busy.issue("p", JUNE, to="op")
    busy.transfer(busy.holdings("op")[-1], to="other")
    for past in (busy.as_of(entry=size - 1), busy.as_of(clock.now), busy.as_of(then.replace(hour=12))):
        assert past.size == size
        assert told == (
            past.balance("op"),
            past.holdings("op"),
            past.carry("p"),
            str(past.statement("op")),
            past.root(),
        )
        assert not hasattr(past, "issue")
    with pytest.raises(errors.PeriodError, match="later than the ledger's clock"):
        busy.as_of("2031-01-01T00:00Z")
    with pytest.raises(errors.PeriodError):
        busy.as_of("2024-01-01T00:00Z", entry=3)
    with pytest.raises(errors.StoreError):
        busy.as_of(entry=busy.size)
    with pytest.raises(errors.StoreError, match="opened at"):
        busy.as_of("2020-01-01T00:00Z")


@pytest.mark.parametrize("serial", ["GS1-1-KE-GS7495-16-2025-30645-608-30350", "VCS-VCU/2016/1-5", "x/2024/1/1-5"])
def test_no_block_of_another_registry_enters_by_the_back_door(busy: cl.Ledger, serial: str) -> None:
    """Invariant 27: nothing that this ledger did not issue can be moved in it, so nothing enters twice."""
    before = dump(busy)
    with pytest.raises((errors.SerialError, errors.UnknownBatchError)):
        busy.transfer(serial, to="buyer", from_="op")
    assert dump(busy) == before


def test_a_clock_that_goes_back_keeps_the_order(ledger: cl.Ledger, clock: Clock) -> None:
    """ledger-model section 1: strictly increasing."""
    clock.move(days=-400)
    ledger.open_account("late", name="Late")
    ats = [entry.at for entry in ledger.entries()]
    assert ats == sorted(set(ats))
    assert ledger.audit().findings == ()


def test_equal_periods_are_one_command(busy: cl.Ledger) -> None:
    """A retry that names the same time in another zone, or in none, is a retry (invariant 26)."""
    first = busy.issue("p", APRIL, to="op", key="april")
    utc = cl.Period(APRIL.start_utc, APRIL.end_utc, "UTC")
    assert busy.issue("p", utc, to="op", key="april") == first


def test_misuse_is_named(busy: cl.Ledger, clock: Clock) -> None:
    with pytest.raises(errors.NaiveTimeError, match="clock"):
        cl.open_ledger(":memory:", clock=lambda: clock().replace(tzinfo=None))
    with pytest.raises(errors.FactorError, match="expected an EmissionFactor"):
        busy.quantify("credits", JUNE, factor=0.384)
    with pytest.raises(errors.WaiverError):
        busy.quantify("credits", JUNE, waivers=["gap"])
    with pytest.raises(errors.WaiverError, match="expected a list of Waiver"):
        busy.quantify("credits", JUNE, waivers=1)
    with pytest.raises(errors.MethodologyError, match="expected a list of FuelUse, ImportedElectricity or Leakage"):
        busy.quantify("credits", JUNE, emissions=1)
    with pytest.raises(errors.PeriodError, match="entry="):
        busy.as_of(3)
    with pytest.raises(errors.NaiveTimeError):
        busy.as_of("2025-12-31")
    clock.move(days=2)
    assert busy.as_of("2026-01-02", zone="Asia/Baku").size == busy.size
    for query in (busy.batches, busy.issuances, busy.carry):
        with pytest.raises(errors.UnknownProjectError):
            query("nobody")
    with pytest.raises(errors.PeriodError, match="expected a Period"):
        busy.generation("plant", "2024-05")
