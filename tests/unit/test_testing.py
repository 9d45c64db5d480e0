"""The tools for tests are tested: the model by the scenarios, machine and contract by what they must catch."""

import ast
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import Clock

import carbon_ledger.testing
from carbon_ledger.canonical import identifier
from carbon_ledger.ledger.state import Balance, Row, Store
from carbon_ledger.periods import Period
from carbon_ledger.serials import Block
from carbon_ledger.stores.memory import MemoryStore
from carbon_ledger.testing import LedgerMachine, Model, RefusalError, SqliteLedgerMachine, StoreContract, run_machine
from carbon_ledger.testing.checks import check_all
from carbon_ledger.testing.commands import Action
from carbon_ledger.testing.naive.counting import Years, apportioned, completed, months_after
from carbon_ledger.testing.naive.rows import BatchKey, Plant, Programme, Range, Serial
from carbon_ledger.testing.stage import START_UTC, furnish, furnished_model
from carbon_ledger.testing.strategies import BOTH_WAIVERS, columns, cuts, energies_wh, ids, keys, periods, waivers
from carbon_ledger.testing.twin import Twin

SOURCE = Path(carbon_ledger.testing.__file__).parent
HOUR_S = 3600
MWH = 1_000_000
BOTH = ("gap", "straddling-step")


# the model, by the scenarios of ledger-model section 9


@pytest.fixture
def model() -> Model:
    """Two plants of 100 MW, energy certificates of 1 MWh in UTC, credits, and granular certificates."""
    plants = {name: Plant(100 * MWH, 0) for name in ("a", "b")}
    utc, mwh = Years(0), Fraction(1, MWH)
    programmes = {
        "p": Programme(("a",), utc, mwh),
        "two": Programme(("a", "b"), utc, mwh),
        "credits": Programme(("a",), Years(4 * HOUR_S), mwh * Fraction("0.384")),
        "granular": Programme(("a",), utc, Fraction(1), granular=True),
        "expiring": Programme(("a",), utc, mwh, valid_months=12),
    }
    return Model(plants, programmes, {"m": {"a": 1, "b": 2}}, accounts=("op", "buyer"))


def hour(k: int) -> int:
    """The k-th hour of 2024."""
    return 1_704_067_200 + k * HOUR_S


def record(model: Model, k: int, *mwh: str, device: str = "a") -> None:
    model.record(device, hour(k), HOUR_S, [int(Fraction(value) * MWH) for value in mwh])


def issue(model: Model, first: int, last: int, project: str = "p", waived: Sequence[str] = ()) -> int:
    (number,) = model.issue(project, hour(first), hour(last), "op", waived)
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
    assert (model.carry("p"), model.newest["p"]) == (0, None)


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
    assert (again, state(model, again)) == (2, (10, Fraction("0.2")))


def test_s9_a_correction_withdraws_the_highest_serials(model: Model) -> None:
    record(model, 0, "10.6")
    number = issue(model, 0, 1)
    withdrawn = model.correct("a", hour(0), HOUR_S, [8 * MWH])
    assert sorted(serial.k for serial in withdrawn) == [9, 10]
    assert state(model, number) == (8, Fraction(0))


def test_s10_a_correction_of_sold_units_is_a_debit(model: Model) -> None:
    record(model, 0, "10.6", "5.5")
    batch = BatchKey("p", 2024, issue(model, 0, 1))
    model.transfer(batch, 1, 10, "buyer", None, 0)
    model.transfer(batch, 1, 1, "op", "buyer", 0)
    assert model.correct("a", hour(0), HOUR_S, [8 * MWH]) == set(), "a unit that came back had left all the same"
    assert model.carry("p") == -2
    assert state(model, issue(model, 1, 2)) == (3, Fraction("0.5"))


def test_s11_a_withdrawn_block_is_forfeited(model: Model) -> None:
    record(model, 0, "10.6")
    number = issue(model, 0, 1)
    model.withdraw(BatchKey("p", 2024, number), 3, 5)
    assert state(model, number) == (7, Fraction("0.6"))
    assert refusal(lambda: model.withdraw(BatchKey("p", 2024, number), 5, 6)) == {"NotActiveError"}


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
    big = Model({"a": Plant(10**12, 0)}, model.programmes, {}, accounts=("op",))
    big.record("a", start, end - start, [70_000_000_000])
    (number,) = big.issue("credits", start, end, "op", BOTH)
    assert big.amounts(number) == {2023: Fraction("13981.935484032"), 2024: Fraction("12898.064515968")}
    assert {key.vintage: big.count(key) for key in big.produced_until} == {2023: 13981, 2024: 12899}
    assert big.carry("credits") == 0


def test_s15_and_s16_holders_and_keys(model: Model) -> None:
    record(model, 0, "10")
    batch = BatchKey("p", 2024, issue(model, 0, 1))

    def sell(count: int) -> object:
        return model.once("key", count, lambda: model.transfer(batch, 1, count, "buyer", None, 0))

    sell(2)
    assert refusal(lambda: model.transfer(batch, 1, 8, "buyer", None, 0)) == {"NotHolderError"}
    before = model.snapshot()
    sell(2)
    assert model.snapshot() == before
    assert refusal(lambda: sell(3)) == {"IdempotencyError"}
    model.retire(batch, 1, 1, None, 0)
    assert refusal(lambda: model.cancel(batch, 1, 1, "op", 0)) == {"NotActiveError", "NotHolderError"}
    assert refusal(lambda: model.retire(batch, 10, 11, None, 0)) == {"SerialError"}
    assert refusal(lambda: model.retire(batch._replace(vintage=2025), 1, 1, None, 0)) == {"UnknownBatchError"}


def test_units_expire(model: Model) -> None:
    record(model, 0, "1")
    batch = BatchKey("expiring", 2024, issue(model, 0, 1, "expiring"))
    expires = 1_735_693_200  # 2025-01-01T01:00Z
    assert model.expires(batch) == expires
    assert refusal(lambda: model.retire(batch, 1, 1, None, expires)) == {"ExpiredError"}
    model.retire(batch, 1, 1, None, expires - 1)


def test_a_month_without_that_day_ends_earlier() -> None:
    assert months_after(1_709_164_800, 12, 0) == 1_740_700_800  # 29 to 28 February


def test_what_remains_of_a_whole_carry_is_of_the_new_vintage() -> None:
    """Carry remembers the newest vintage among its parts: here the unit took all of the older part."""
    found = completed(Fraction(1), 2024, 2023, Fraction("0.5"))
    assert found == ([2024], Fraction("0.5"), 2023)
    assert completed(Fraction("1.5"), 2024, 2023, Fraction("0.2")) == ([2024], Fraction("0.7"), 2024)
    assert completed(Fraction("1.5"), 2024, 2023, Fraction("-2")) == ([], Fraction("-0.5"), None)


def test_the_model_imports_nothing_of_the_ledger() -> None:
    parts = ("model", "hourly", "sums", "rows", "counting")
    for name in parts:
        tree = ast.parse((SOURCE / f"{name}.py").read_text(encoding="utf-8"))
        modules = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        modules += [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
        ours = {module for module in modules if module.startswith("carbon_ledger")}
        assert ours <= {f"carbon_ledger.testing.{other}" for other in parts}, name
        assert {module.split(".")[0] for module in set(modules) - ours} <= sys.stdlib_module_names, name


# the strategies


@given(ids())
def test_ids_are_ids(name: str) -> None:
    assert identifier(name, "account") == name


@given(periods(START_UTC, 40, 1800))
def test_periods_lie_on_their_grid(period: Period) -> None:
    edges = (period.start_utc, period.end_utc)
    assert START_UTC <= edges[0] < edges[1] <= START_UTC + 40 * 1800
    assert [(edge - START_UTC) % 1800 for edge in edges] == [0, 0]


@given(st.data(), st.integers(1, 10**6))
def test_energies_keep_their_bounds(data: st.DataObject, most_wh: int) -> None:
    column = data.draw(columns(energies_wh(most_wh, unit_wh=data.draw(st.sampled_from((1, 1000)))), 3))
    assert 1 <= len(column) <= 3
    assert all(-(most_wh // 4) - 1000 <= wh <= most_wh and type(wh) is int for wh in column)
    assert data.draw(energies_wh(most_wh, negative=False)) >= 0


@given(st.data(), st.integers(1, 10**9), st.integers(1, 10**9))
def test_cuts_lie_in_their_block(data: st.DataObject, first: int, count: int) -> None:
    """Invariant 8: a cut is a part of its block, and the library cuts the same serials."""
    block = Block("hydro/2024/17", first, first + count - 1)
    cut = data.draw(cuts([block]))
    assert (cut.part().first, cut.part().last) == (cut.first, cut.last)
    assert cut.part() in block


@given(keys(3), waivers())
def test_keys_and_waivers_are_few(key: str | None, given_waivers: Sequence[object]) -> None:
    assert key in {None, "key-0", "key-1", "key-2"}
    assert set(given_waivers) <= set(BOTH_WAIVERS)


# the machine and the contract


class ForgetfulStore(MemoryStore):
    """A store that loses balances."""

    def append(self, data: bytes, rows: Sequence[Row]) -> None:
        super().append(data, [row for row in rows if not isinstance(row, Balance)])


class LyingStore(MemoryStore):
    """A store that gives leaves of something else."""

    def leaves(self, start: int, stop: int) -> Iterator[bytes]:
        return (leaf[::-1] for leaf in super().leaves(start, stop))


class UndisciplinedStore(MemoryStore):
    """A store that undoes nothing."""

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1


@pytest.mark.parametrize("broken", [ForgetfulStore, LyingStore, UndisciplinedStore])
def test_the_machine_notices_a_broken_store(broken: type[MemoryStore]) -> None:
    class Machine(LedgerMachine):
        def open_store(self) -> Store:
            return broken()

    with pytest.raises(AssertionError, match=r"invariant|section 8"):
        run_machine(Machine, 1_000, shrink=False)


@pytest.mark.parametrize("broken", [ForgetfulStore, LyingStore, UndisciplinedStore])
def test_the_contract_notices_a_broken_store(broken: type[MemoryStore], tmp_path: Path) -> None:
    class Contract(StoreContract):
        def make_store(self, directory: Path) -> Store:
            assert directory.is_dir()
            return broken()

    contract, failed = Contract(), []
    for name in sorted(name for name in dir(contract) if name.startswith("test_")):
        directory = tmp_path / name
        directory.mkdir()
        try:
            getattr(contract, name)(directory)
        except AssertionError:
            failed.append(name)
        except Exception as error:  # a broken store may also fall over
            failed.append(f"{name}: {error!r}")
    assert failed


def test_the_machine_reopens_a_store_that_keeps() -> None:
    opened = []

    class Machine(SqliteLedgerMachine):
        def open_store(self) -> Store:
            opened.append(self.directory.name)
            return super().open_store()

    run_machine(Machine, 300)
    assert len(opened) > len(set(opened)) + 3, "files were opened once each"


def test_a_twin_notices_what_only_one_side_did(clock: Clock) -> None:
    twin = Twin(MemoryStore(), clock, furnished_model())
    furnish(twin.ledger)
    column = {"device": "alpha", "start": START_UTC, "step_s": HOUR_S, "values": [2 * MWH, MWH]}
    assert twin.perform(Action("record", column))
    check_all(twin)
    assert not twin.perform(Action("record", column)), "both refuse it"
    twin.model.correct("alpha", START_UTC, HOUR_S, [MWH])
    with pytest.raises(AssertionError, match="invariant 1:"):
        check_all(twin)
    twin.model.accounts |= {"one"}
    twin.ledger.open_account("two", name="Two")
    with pytest.raises(AssertionError, match="the ledger gives accepted"):
        twin.perform(Action("open_account", {"account": "one"}))
    with pytest.raises(AssertionError, match="the model accepts it"):
        twin.perform(Action("open_account", {"account": "two"}))


def test_what_is_missing_without_the_extra_is_said() -> None:
    code = "import sys; sys.modules['hypothesis'] = None\nimport carbon_ledger.testing"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(SOURCE.parents[1])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "MissingExtraError" in done.stderr
    assert "pip install 'carbon-ledger[testing]'" in done.stderr


def test_all_is_sorted_and_there() -> None:
    names = carbon_ledger.testing.__all__
    assert list(names) == sorted(names)
    assert all(hasattr(carbon_ledger.testing, name) for name in names)
