"""The testing kit: its strategies, and the faults that machine and contract must find."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import Clock
from tests.support.places import PYTHONPATH

import carbon_ledger.testing
from carbon_ledger.canonical import identifier
from carbon_ledger.core.state.rows import Balance, Row
from carbon_ledger.core.state.store import Store
from carbon_ledger.periods import Period
from carbon_ledger.serials import Block
from carbon_ledger.stores.memory import MemoryStore
from carbon_ledger.testing import LedgerMachine, SqliteLedgerMachine, StoreContract, run_machine
from carbon_ledger.testing._machine.checks import check_all
from carbon_ledger.testing._machine.commands import Action
from carbon_ledger.testing._machine.setup import START_UTC, set_up, set_up_model
from carbon_ledger.testing._machine.side_by_side import SideBySide
from carbon_ledger.testing.strategies import (
    BOTH_WAIVERS,
    columns,
    cuts,
    energies_wh,
    ids,
    keys,
    periods,
    waivers,
)

SOURCE = Path(carbon_ledger.testing.__file__).parent
HOUR_S = 3600
MWH = 1_000_000
BOTH = ("gap", "straddling-step")


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
def test_parts_lie_in_their_block(data: st.DataObject, first: int, count: int) -> None:
    """Invariant 8: a drawn part lies in its block, and `Block` takes the same serials."""
    block = Block("hydro/2024/17", first, first + count - 1)
    drawn = data.draw(cuts([block]))
    assert (drawn.part().first, drawn.part().last) == (drawn.first, drawn.last)
    assert drawn.part() in block


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
    """A store whose leaves are hashes of other data."""

    def leaves(self, start: int, stop: int) -> Iterator[bytes]:
        return (leaf[::-1] for leaf in super().leaves(start, stop))


class UndisciplinedStore(MemoryStore):
    """A store that never rolls back."""

    def undo(self) -> None:
        self.commit()

    def undo_part(self, part: int) -> None:
        self.end_part(part)


@pytest.mark.slow
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


@pytest.mark.slow
def test_the_machine_reopens_a_persistent_store() -> None:
    opened = []

    class Machine(SqliteLedgerMachine):
        def open_store(self) -> Store:
            opened.append(self.directory.name)
            return super().open_store()

    run_machine(Machine, 300)
    assert len(opened) > len(set(opened)) + 3, "files were opened once each"


def test_a_command_that_only_one_side_did_is_noticed(clock: Clock) -> None:
    both = SideBySide(MemoryStore(), clock, set_up_model())
    set_up(both.ledger)
    column = {"device": "alpha", "start": START_UTC, "step_s": HOUR_S, "values": [2 * MWH, MWH]}
    assert both.perform(Action("record", column))
    check_all(both)
    assert not both.perform(Action("record", column)), "both refuse it"
    both.model.correct("alpha", START_UTC, HOUR_S, [MWH])
    with pytest.raises(AssertionError, match="invariant 1:"):
        check_all(both)
    both.model.accounts |= {"one"}
    both.ledger.open_account("two", name="Two")
    with pytest.raises(AssertionError, match="the ledger: accepted"):
        both.perform(Action("open_account", {"account": "one"}))
    with pytest.raises(AssertionError, match="the model accepts it"):
        both.perform(Action("open_account", {"account": "two"}))


def without_hypothesis(code: str) -> "subprocess.CompletedProcess[str]":
    """Run lines of Python where Hypothesis cannot be imported."""
    return subprocess.run(
        [sys.executable, "-c", f"import sys; sys.modules['hypothesis'] = None\n{code}"],
        env={**os.environ, "PYTHONPATH": PYTHONPATH},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.outside
@pytest.mark.parametrize(
    "line", ["from carbon_ledger.testing import StoreContract", "import carbon_ledger.testing as t; t.strategies"]
)
def test_a_missing_extra_is_named(line: str) -> None:
    done = without_hypothesis(line)
    assert done.returncode == 1
    assert "MissingExtraError" in done.stderr
    assert "pip install 'carbon-ledger[testing]'" in done.stderr


@pytest.mark.outside
def test_a_clock_and_a_small_ledger_need_no_extra() -> None:
    lines = "from carbon_ledger.testing import Clock, sample_ledger\nprint(sample_ledger(clock=Clock()).size)"
    done = without_hypothesis(lines)
    assert (done.stdout, done.stderr) == ("11\n", "")


def test_all_is_sorted_and_there() -> None:
    names = carbon_ledger.testing.__all__
    assert list(names) == sorted(names)
    assert all(hasattr(carbon_ledger.testing, name) for name in names)


def test_a_misspelt_name_is_no_name() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'sample_ledgr'"):
        getattr(carbon_ledger.testing, "sample_ledgr")  # noqa: B009
