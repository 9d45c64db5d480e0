"""The independent reader of ledger files: its figures are those of the library, and it finds changes."""

import ast
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from examples import read_without_us
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import EVIDENCE, Clock, device
from tests.support import staffed_ledger
from tests.support.other_registry import gs, import_go, import_serial
from tests.support.places import GOLDEN, ROOT

import carbon_ledger as cl
from carbon_ledger.core.state.rows import STATES
from carbon_ledger.errors import CarbonLedgerError
from carbon_ledger.exact import text_of
from carbon_ledger.log.merkle import leaf_hash, root_hash

SCRIPT = ROOT / "examples" / "read_without_us.py"
FIRST = GOLDEN / "golden-v1.db"
DAYS = cl.Period.month(2024, 1, zone="Asia/Baku").days()
LAST_DAY = cl.Period.day("2023-12-31", zone="Asia/Baku")


def run(path: Path) -> "subprocess.CompletedProcess[str]":
    """Run it in a Python that sees no installed package and no variable of ours."""
    return subprocess.run([sys.executable, "-I", "-S", SCRIPT, path], capture_output=True, text=True, check=False)


def root_of(ledger: cl.Ledger) -> str:
    """The library's root of all its entries."""
    store = ledger._store
    return root_hash(list(store.leaves(0, store.size()))).hex()


def figures(ledger: cl.Ledger) -> list[str]:
    """What it must print of a ledger."""
    lines = [f"root {root_of(ledger)}"]
    view = ledger._store.view()
    for account in ledger.accounts():
        for balance in view.balances(account):
            units = {state: getattr(balance, state) for state in STATES}
            lines += [
                f"balance {account} {balance.instrument} {state} {units[state]}" for state in units if units[state]
            ]
    for project in view.registrations("project"):
        for row in view.carry(project):
            carry, claimed = text_of(row.carry), text_of(row.claimed)
            lines.append(f"carry {project} {row.vintage or 'all'} {carry} claimed {claimed} counted {row.counted}")
    return sorted(lines)


def printed(text: str) -> list[str]:
    return sorted(line for line in text.splitlines() if not (line.startswith("balance") and line.endswith(" 0")))


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    """A ledger file made just now: issued, sold in part, corrected into a debit, voided, issued again."""
    path = tmp_path / "fresh.db"
    with cl.open_ledger(path, clock=Clock()) as ledger:
        ledger.open_account("op", name="Op")
        ledger.open_account("buyer", name="Buyer")
        ledger.register_device(device())
        ledger.register_project(cl.Project(id="p", instrument="I-REC-E", zone="Asia/Baku", devices=("plant",)))
        for day, net in zip(DAYS, ("10.6 MWh", "5.5 MWh", "-0.4 MWh", "7 MWh"), strict=False):
            ledger.record_generation("plant", day, net=net)
        (first,) = ledger.issue("p", DAYS[0], to="op")
        ledger.transfer(first.take(4), to="buyer")
        ledger.retire(first.take(2), beneficiary="B", purpose="P", period=DAYS[0])
        ledger.correct_generation("plant", DAYS[0], net="3.5 MWh", reason="r", evidence=EVIDENCE)
        (second,) = ledger.issue("p", DAYS[1], to="op")
        ledger.void(second, reason="r")
        ledger.issue("p", cl.Period(DAYS[1].start_utc, DAYS[3].end_utc), to="buyer")
        ledger.correct_generation("plant", DAYS[0], net="14.25 MWh", reason="r", evidence=EVIDENCE)
        (third,) = ledger.issue_carry("p", to="op")
        ledger.withdraw(third.take(2), reason="r")
        ledger.void(third, reason="r")
        ledger.record_generation("plant", LAST_DAY, net="3.5 MWh")
        ledger.issue("p", LAST_DAY, to="op")
    return path


@pytest.fixture
def hourly(tmp_path: Path) -> Path:
    """A ledger of hours: sold and unsold ones corrected down and up, forfeited, paid for, voided, issued again."""
    path = tmp_path / "hourly.db"
    with cl.open_ledger(path, clock=Clock()) as ledger:
        ledger.open_account("op", name="Op")
        ledger.open_account("buyer", name="Buyer")
        ledger.register_device(device())
        ledger.register_project(cl.Project(id="h", instrument="GC", zone="Asia/Baku", devices=("plant",)))
        again = {"step": "1 hour", "reason": "r", "evidence": EVIDENCE}
        ledger.record_readings("plant", start=DAYS[0].start, step="1 hour", net_wh=[10, -1, 20, 6, 9])
        parts = [
            cl.Period(DAYS[0].start_utc + k * 3600, DAYS[0].start_utc + (k + n) * 3600) for k, n in ((0, 3), (3, 2))
        ]
        (first,) = ledger.issue("h", parts[0], to="op")
        ledger.withdraw(first.take(2), reason="r")
        ledger.transfer(first.hour(parts[0].end - timedelta(hours=1)).take(15), to="buyer")
        ledger.correct_readings("plant", start=DAYS[0].start, net_wh=[5, -1, 12], **again)
        (second,) = ledger.issue("h", parts[1], to="op")
        ledger.correct_readings("plant", start=parts[1].start, net_wh=[8], **again)
        ledger.void(second, reason="r")
        ledger.issue("h", parts[1], to="buyer")
        ledger.correct_readings("plant", start=parts[1].start, net_wh=[8, 11], **again)
    return path


@pytest.mark.outside
def test_its_figures_of_a_ledger_of_hours_are_the_librarys(hourly: Path) -> None:
    done = run(hourly)
    with cl.open_ledger(hourly, read_only=True) as ledger:
        assert ledger.carry("h").carry == 0
        assert ledger.carry("h").adjustments < 0
        assert printed(done.stdout) == figures(ledger)
    assert (done.returncode, done.stderr) == (0, "")


def test_it_imports_the_standard_library_alone() -> None:
    tree = ast.parse(SCRIPT.read_text(encoding="utf-8"))
    names = {item.name for node in ast.walk(tree) if isinstance(node, ast.Import) for item in node.names}
    names |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in names} <= sys.stdlib_module_names


@pytest.mark.outside
@pytest.mark.parametrize("golden", ["golden-v1.db", "golden-v2.db"])
def test_its_figures_of_a_golden_ledger_are_the_librarys(golden: str, tmp_path: Path) -> None:
    done = run(GOLDEN / golden)
    shutil.copy(GOLDEN / golden, tmp_path / "golden.db")
    with cl.open_ledger(tmp_path / "golden.db", read_only=True) as ledger:
        assert printed(done.stdout) == figures(ledger)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) > 20


@pytest.mark.outside
def test_its_figures_of_a_fresh_ledger_are_the_librarys(fresh: Path) -> None:
    done = run(fresh)
    assert done.returncode == 0, done.stderr
    with cl.open_ledger(fresh) as ledger:
        assert printed(done.stdout) == figures(ledger)
    assert "carry p 2024 0.35 claimed 26.35 counted" in done.stdout


@pytest.mark.outside
def test_roles_and_approvals_move_no_unit(tmp_path: Path) -> None:
    path = tmp_path / "roles.db"
    with staffed_ledger.begin(path) as ledger:
        ledger.register_device(device())
        ledger.register_project(staffed_ledger.project(requires_approval=True))
        ledger.record_generation("plant", DAYS[0], net="10.6 MWh", by="meter-operator")
        ledger.approve(ledger.quantify("p", DAYS[0]), by="verifier")
        ledger.revoke_approval(ledger.approvals("p")[0], reason="r", by="verifier")
        ledger.approve(ledger.quantify("p", DAYS[0]), by="verifier")
        ledger.issue("p", DAYS[0], to="op", by="issuer")
        ledger.revoke("verifier", "verifier", reason="r")
        expected = figures(ledger)
    done = run(path)
    assert (done.returncode, printed(done.stdout)) == (0, expected), done.stderr
    assert "balance op I-REC-E active 10" in expected


@pytest.mark.slow
@pytest.mark.outside
def test_it_follows_commands_of_several_entries(tmp_path: Path) -> None:
    """An offer over hundreds of blocks is accepted as a whole."""
    path, name = tmp_path / "many.db", "p" * 64
    with cl.open_ledger(path, clock=Clock()) as ledger:
        for account in ("op", "buyer"):
            ledger.open_account(account, name=account)
        ledger.register_device(device())
        ledger.register_project(cl.Project(id=name, instrument="I-REC-E", zone="Asia/Baku", devices=("plant",)))
        ledger.record_generation("plant", DAYS[0], net="2000 MWh")
        (batch,) = ledger.issue(name, DAYS[0], to="op", buffer="0.25")
        odd, even = ([cl.Block(batch.batch_id, k, k) for k in range(first, 1401, 2)] for first in (1, 2))
        ledger.accept(ledger.offer(even, to="buyer"))
        ledger.offer(odd, to="buyer", deadline="2026-02-01T00:00Z")
        assert ledger.entry(ledger.size - 1).parts > 1
    done = run(path)
    assert done.returncode == 0, done.stderr
    with cl.open_ledger(path) as ledger:
        assert printed(done.stdout) == figures(ledger)
        assert "balance op I-REC-E pending 700" in done.stdout


def changed(path: Path, statement: str, *values: object) -> None:
    """Write to a ledger file past its guards."""
    with closing(sqlite3.connect(path)) as file, file:
        for trigger in ("entry_never_edited", "entry_never_deleted"):
            file.execute(f"drop trigger {trigger}")
        file.execute(statement, values)


@pytest.mark.outside
@pytest.mark.parametrize("place", [0, 17, 60, -1])
@pytest.mark.parametrize("n", [0, 5, 25, 70])
def test_one_changed_byte_of_an_entry_is_found(tmp_path: Path, n: int, place: int) -> None:
    path = tmp_path / "changed.db"
    shutil.copy(FIRST, path)
    with closing(sqlite3.connect(path)) as file:
        (data,) = file.execute("select data from entry where n = ?", (n,)).fetchone()
    other = bytearray(data)
    other[place] ^= 1
    changed(path, "update entry set data = ? where n = ?", bytes(other), n)
    done = run(path)
    assert done.returncode == 1
    assert f"WRONG: entry {n}: " in done.stderr
    assert done.stdout == ""


def forged(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    def forge(data: bytes) -> bytes:
        assert data.count(old) == 1
        return data.replace(old, new)

    return forge


@pytest.mark.outside
@pytest.mark.parametrize(
    ("n", "forge", "message"),
    [
        (1, forged(b'"n":1,', b'"n": 1,'), "not canonical"),
        (1, forged(b'"n":1,', b'"n":1.0,'), "1.0 is not whole"),
        (1, forged(b'"n":1,', b'"n":2,'), "out of order"),
        (1, forged(b'"schema":1', b'"schema":2'), "out of order"),
        (2, forged(b'"at":"2025-07-01T08:02', b'"at":"2025-07-01T08:01'), "out of order"),
        (3, forged(b'"parts":1', b'"parts":2'), "does not go on with the command"),
        (3, forged(b"account.opened", b"ledger.opened"), "it is ledger.opened"),
        (3, forged(b"account.opened", b"account.closed"), "account.closed is unknown"),
        (25, forged(b'"amount":"0.6"', b'"amount":"0.7"'), "the carry of irec of 2024 is 0.6"),
        (25, forged(b'"count":10', b'"count":11'), "its units are not those of its carry"),
        (30, forged(b'"from":"operator"', b'"from":"buyer"'), "is active, operator's"),
        (30, forged(b'"last":3', b'"last":11'), "there is no block"),
    ],
)
def test_a_forged_entry_with_the_right_leaf_hash_is_found(
    tmp_path: Path, n: int, forge: Callable[[bytes], bytes], message: str
) -> None:
    path = tmp_path / "forged.db"
    shutil.copy(FIRST, path)
    with closing(sqlite3.connect(path)) as file:
        data = forge(file.execute("select data from entry where n = ?", (n,)).fetchone()[0])
    changed(path, "update entry set data = ?, leaf = ? where n = ?", data, leaf_hash(data), n)
    done = run(path)
    assert done.returncode == 1
    assert message in done.stderr


@pytest.mark.outside
def test_a_missing_entry_a_cut_off_command_and_an_empty_log_are_found(tmp_path: Path) -> None:
    for name, statement, message in (
        ("gap.db", "delete from entry where n = 12", "entry 12: it is out of order"),
        ("cut.db", "delete from entry where n > 24", "the log was cut off"),
        ("none.db", "delete from entry", "the log was cut off"),
    ):
        shutil.copy(FIRST, tmp_path / name)
        changed(tmp_path / name, statement)
        done = run(tmp_path / name)
        assert (done.returncode, message in done.stderr) == (1, True), done.stderr


@pytest.mark.outside
def test_a_file_that_is_no_ledger_is_refused(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "empty.db").close()
    (tmp_path / "text.db").write_text("x" * 2000)
    for name in ("empty.db", "text.db", "absent.db"):
        done = run(tmp_path / name)
        assert done.returncode == 1
        assert done.stderr.startswith("WRONG: ")


UNITS = ["transfer", "retire", "cancel", "withdraw", "lock", "release", "release_buffer", "cancel_buffer", "select"]
NAMES = [*UNITS, "correct", "issue", "issue-buffered", "issue-other", "void", "offer", "offer", "accept", "reject"]
NAMES += ["import", "export", "label", "convert"]
COMMANDS = st.lists(
    st.tuples(
        st.sampled_from(NAMES),
        st.integers(0, 7),
        st.integers(1, 12),
        st.integers(1, 12),
        st.sampled_from(["op", "buyer", "other"]),
    ),
    max_size=25,
)


def perform(ledger: cl.Ledger, batches: list[cl.Batch], command: tuple[str, int, int, int, str]) -> None:
    """Try a command; what the rules refuse is refused."""
    name, k, one, other, account = command
    day, batch = DAYS[k], batches[k % len(batches)]
    first, last = sorted(min(number, batch.count) for number in (one, other))
    block = f"{batch.batch_id}/{first}-{last}"
    match name:
        case "transfer":
            ledger.transfer(block, to=account)
        case "retire":
            ledger.retire(block, beneficiary="b", purpose="p", period=day)
        case "cancel":
            ledger.cancel(block, reason="r")
        case "withdraw":
            ledger.withdraw(block, reason="r")
        case "correct":
            ledger.correct_generation("plant", day, net=f"{one * 997 - 2000} kWh", reason="r", evidence=EVIDENCE)
        case "issue" | "issue-buffered" | "issue-other":
            share = f"0.{one:02}" if name == "issue-buffered" else None
            batches += ledger.issue(
                "q" if name == "issue-other" else "p",
                cl.Period(day.start_utc, DAYS[min(7, k + 2)].end_utc),
                to=account,
                buffer=share,
            )
        case "lock" | "release" | "release_buffer" | "cancel_buffer":
            getattr(ledger, name)([block], reason="r")
        case "offer":
            ledger.offer(block, to=account)
        case "accept" | "reject":
            offers = [offer for offer in ledger.offers(account) if offer.status == "offered"]
            getattr(ledger, name)(offers[k % len(offers)] if offers else 0)
        case "select":
            ledger.transfer(cl.Selection(other, instrument="I-REC-E"), to=account, from_="op")
        case "void":
            ledger.void(batch, reason="r")
        case _:
            cross(ledger, batches, command, block)


def cross(ledger: cl.Ledger, batches: list[cl.Batch], command: tuple[str, int, int, int, str], block: str) -> None:
    """Try a command about other registries, labels or another instrument."""
    name, k, one, other, account = command
    match name:
        case "import":
            batches += [import_go(ledger, *sorted((one, other)), to=account, project="p")]
        case "export":
            ledger.export([block], to_registry="evident", reference="7")
        case "label":
            ledger.label(block, "tag:x", evidence=EVIDENCE, reason="r")
        case "convert":
            ledger.convert(batches[k % len(batches)], to_instrument="EECS-GO" if k % 2 else "I-REC-E", reason="r")


@given(COMMANDS)
def test_its_figures_are_the_librarys_whatever_happens(commands: list[tuple[str, int, int, int, str]]) -> None:
    ledger = cl.open_ledger(":memory:", clock=Clock())
    for account in ("op", "buyer", "other"):
        ledger.open_account(account, name=account)
    ledger.register_device(device())
    for project, instrument in (("p", "I-REC-E"), ("q", "EECS-GO")):
        ledger.register_project(cl.Project(id=project, instrument=instrument, zone="Asia/Baku", devices=("plant",)))
    for k, day in enumerate(DAYS[:8]):
        ledger.record_generation("plant", day, net=f"{k * 2311 + 1503} kWh")
    batches = list(ledger.issue("p", DAYS[2], to="op"))
    for command in commands:
        try:
            perform(ledger, batches, command)
        except CarbonLedgerError:
            continue
    store = ledger._store
    size = store.size()
    root, books = read_without_us.read(zip(range(size), store.leaves(0, size), store.entries(0, size), strict=True))
    assert root.hex() == root_of(ledger)
    assert {key: units for key, units in books.balances.items() if units} == {
        (account, balance.instrument, state): getattr(balance, state)
        for account in ledger.accounts()
        for balance in store.view().balances(account)
        for state in STATES
        if getattr(balance, state)
    }
    for project in ("p", "q"):
        for item in ledger.carry(project).vintages:
            key = project, item.vintage
            assert (books.claimed[key], books.counted[key]) == (item.claimed, item.counted)
            assert (books.adjustments[key], books.carry(key)) == (item.adjustments, Decimal(item.carry))
        assert books.vintages(project) == [item.vintage for item in ledger.carry(project).vintages]


def test_a_number_of_another_registry_comes_in_once() -> None:
    """Invariant 27, without our rules: the second import is rewritten to bring in a unit of the first."""
    ledger = cl.open_ledger(":memory:", clock=Clock())
    ledger.open_account("op", name="Op")
    for first in (1, 11):
        import_serial(ledger, gs(first, first + 9))
    entries = list(ledger._store.entries(0, ledger.size))
    entries[3] = entries[3].replace(b'"first":11', b'"first":10')
    rows = [(n, leaf_hash(data), data) for n, data in enumerate(entries)]
    with pytest.raises(ValueError, match=r"entry 3: .* twice"):
        read_without_us.read(rows)
