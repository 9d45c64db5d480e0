"""How often a command waits for the server, counted by a proxy between them: three times at most.

What it can know before it holds the lock, together with the lock; what depends on that; and the commit.
"""

import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import pytest
from benchmarks.harness.loopback import Loopback
from tests.conftest import EVIDENCE
from tests.support.everything import FilledLedger, everything
from tests.support.postgres import Server

import carbon_ledger as cl
from carbon_ledger.core.state.store import Rehearsal
from carbon_ledger.ledger import recorder
from carbon_ledger.stores.postgres import foresight, rehearsals
from carbon_ledger.stores.postgres.dialect import translated
from carbon_ledger.stores.postgres.rehearsals import Foreseen
from carbon_ledger.stores.postgres.sessions import Statement
from carbon_ledger.stores.postgres.writer import Writer
from carbon_ledger.testing import Clock, sample_ledger

pytestmark = pytest.mark.postgres

MOST: Final = 3
_TRIES: Final = 3
_DELAY_S: Final = 0.01  # longer than it takes to send a pipeline, so that its pieces count once
# What writes and is no command: it undoes a part, rewrites derived rows, or copies.
_NO_COMMANDS: Final = {"batch", "rebuild", "backup", "publish", "close"}
_SELECTED: Final = cl.Selection(4, instrument="EECS-GO")


def writing() -> list[str]:
    """The names of all commands: the methods of a ledger that record entries."""
    own = {name for name, value in vars(cl.Ledger).items() if callable(value) and not name.startswith("_")}
    return sorted(name for name in own - _NO_COMMANDS if "by" in inspect.signature(getattr(cl.Ledger, name)).parameters)


@pytest.fixture(scope="module")
def filled(server: Server, tmp_path_factory: pytest.TempPathFactory) -> FilledLedger:
    """A ledger with something of every kind, in a database from which others are made."""
    made = everything(tmp_path_factory.mktemp("filled"))
    server.run("create database filled")
    cl.copy_ledger(made.ledger, server.url("carbon_ledger", database="filled"))
    return made


@pytest.fixture(scope="module")
def proxy(server: Server) -> Iterator[Loopback]:
    with closing(Loopback(server.directory, delay_s=_DELAY_S)) as found:
        yield found


Counted = Callable[[str, Mapping[str, Any]], int]


@pytest.fixture
def counted(server: Server, filled: FilledLedger, proxy: Loopback) -> Counted:
    """A function that gives a command in a client that has asked nothing before, and returns how often it waits."""

    def count(name: str, arguments: Mapping[str, Any]) -> int:
        """A busy machine may send a pipeline in pieces that count twice, so too high a count is taken again."""
        found = [once(name, arguments)]
        while found[-1] > MOST and len(found) < _TRIES:
            found.append(once(name, arguments))
        return min(found)

    def once(name: str, arguments: Mapping[str, Any]) -> int:
        server.run("drop database if exists once with (force)", "create database once template filled")
        url = proxy.url("carbon_ledger", database="once")
        with cl.open_ledger(url, clock=filled.clock, by="tester") as ledger:
            size, before = ledger.size, proxy.turns
            getattr(ledger, name)(**arguments)
            waited = proxy.turns - before
            assert ledger.size > size
        return waited

    return count


def test_every_command_waits_for_the_server_three_times_at_most(filled: FilledLedger, counted: Counted) -> None:
    commands = writing()
    assert {"transfer", "issue", "correct_meter", "record_many", "record_meter_file", "advance_clock"} <= set(commands)
    waited = {}
    for name in sorted(commands, key=lambda name: (name == "advance_clock", name)):
        filled.clock.move(days=500 if name == "advance_clock" else 0)
        waited[name] = counted(name, filled.calls[name])
    filled.clock.move(days=-500)
    assert {name: turns for name, turns in waited.items() if turns > MOST} == {}


@pytest.mark.parametrize("name", ["transfer", "retire", "cancel", "lock", "offer", "export"])
def test_a_selection_of_units_waits_no_more_often(name: str, filled: FilledLedger, counted: Counted) -> None:
    assert counted(name, {**filled.calls[name], "block": _SELECTED}) <= MOST


@pytest.mark.parametrize("name", ["accept", "correct_readings", "issue", "record_meter_readings", "record_many"])
def test_a_command_without_a_key_waits_no_more_often(name: str, filled: FilledLedger, counted: Counted) -> None:
    arguments = {field: value for field, value in filled.calls[name].items() if field != "key"}
    assert counted(name, arguments) <= MOST


def test_without_what_is_foreseen_the_count_is_higher(
    filled: FilledLedger, counted: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that the counts above say something: they fail once wants or rehearsals are lost."""
    monkeypatch.setattr(rehearsals.Stage, "rehearse", lambda *_: Foreseen())
    assert counted("correct_meter", filled.calls["correct_meter"]) > 2 * MOST
    monkeypatch.setattr(recorder, "command_wants", lambda *_: [])
    assert counted("open_account", filled.calls["open_account"]) > MOST


def test_a_command_whose_wants_are_complete_is_rehearsed_once(
    server: Server, proxy: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A right guess is not rehearsed again; and once a project's wants were all, the next issuance has them alone."""
    rehearsed: list[str] = []
    rehearse = rehearsals.Stage.rehearse

    def counting(stage: rehearsals.Stage, rehearsal: Rehearsal, size: int) -> Foreseen:
        rehearsed.append(rehearsal.name)
        return rehearse(stage, rehearsal, size)

    monkeypatch.setattr(rehearsals.Stage, "rehearse", counting)
    with sample_ledger() as sample:
        cl.copy_ledger(sample, server.url("rehearsed_once"))
    zone = "Europe/Berlin"
    with cl.open_ledger(proxy.url("rehearsed_once"), by="tester", clock=Clock("2026-02-02T00:00Z")) as ledger:
        december, january = cl.Period.month(2025, 12, zone=zone), cl.Period.month(2026, 1, zone=zone)
        ledger.issue("wind", december, to="owner")
        ledger.record_generation("windfarm", january, net="7 MWh")
        before = proxy.turns
        ledger.issue("wind", january, to="owner")
        assert proxy.turns - before <= MOST
        for net in ("6 MWh", "5 MWh"):  # whose wants are not complete
            ledger.correct_generation("windfarm", january, net=net, reason="a test", evidence=EVIDENCE)
        assert ledger.audit().passed
    assert rehearsed.count("issue") == 1
    assert rehearsed.count("correct_generation") >= 2


def _entries(ledger: cl.Ledger, names: list[str], calls: Mapping[str, Mapping[str, Any]]) -> list[tuple[object, ...]]:
    """What each command did after those before it: its error, or the bytes of all entries."""
    found: list[tuple[object, ...]] = []
    for name in names:
        try:
            getattr(ledger, name)(**{**calls[name], "key": name})
        except cl.CarbonLedgerError as error:
            found.append((name, type(error), getattr(error, "rule", None)))
        found.append((name, ledger.size, ledger.root()))
    return found


@pytest.mark.parametrize("lost", ["nothing", "everything", "neighbours", "rehearsed on nonsense"])
def test_what_is_foreseen_decides_nothing(
    lost: str, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same commands record the same bytes, or are refused alike, whatever their wants and rehearsals find."""
    made = everything(tmp_path)
    url = server.url("foreseen_" + lost.replace(" ", "_"))
    cl.copy_ledger(made.ledger, url)
    if lost == "everything":
        monkeypatch.setattr(foresight.Foresight, "begin", lambda self, _: self.clear() or [])
        monkeypatch.setattr(foresight.Foresight, "read", lambda *_: None)
        monkeypatch.setattr(foresight.Foresight, "fetch", lambda *_: None)
    elif lost == "neighbours":
        monkeypatch.setattr(rehearsals.Stage, "fill", lambda self, _: _begun(self))
    elif lost == "rehearsed on nonsense":
        monkeypatch.setattr(rehearsals.Stage, "fill", _spoiled(rehearsals.Stage.fill))
    else:
        monkeypatch.setattr(Writer, "select", _compared)
    names = [name for name in writing() if name != "advance_clock"]
    with cl.open_ledger(url, clock=made.clock, by="tester") as ledger:
        found = _entries(ledger, names, made.calls)
        assert found == _entries(made.ledger, names, made.calls)
        assert ledger.audit().passed


def _compared(writer: Writer, sql: str, values: Any) -> list[Any]:
    """What the writer answers, if it is what the server answers at this moment."""
    known = writer._answers.get(sql, values)
    rows = writer._sent([Statement(translated(sql), values)])[0]
    assert known in (None, rows)
    return rows


def _begun(stage: Any) -> None:
    stage.clear()
    stage._opened().execute("begin")


def _spoiled(fill: Callable[[Any, Any], None]) -> Callable[[Any, Any], None]:
    """A way to begin that changes amounts, holders and states of the rows on which commands are rehearsed."""

    def spoiled(stage: Any, found: Any) -> None:
        fill(stage, found)
        for sql in (
            "update balance set active = active + 7",
            "update piece set account = 'buyer'",
            "update reading set net_wh = net_wh + 1",
            "delete from claim",
            "update accrual set counted = counted + 1",
            "update offer set status = 'accepted'",
        ):
            stage._opened().execute(sql)

    return spoiled


def test_an_issuance_of_certificates_waits_three_times(server: Server, proxy: Loopback) -> None:
    """With the project, its device and its readings unknown to the client; a transfer waits no more often."""
    with sample_ledger() as sample:
        cl.copy_ledger(sample, server.url("round_trips"))
    december = cl.Period.month(2025, 12, zone="Europe/Berlin")
    with cl.open_ledger(proxy.url("round_trips"), by="tester", clock=Clock()) as ledger:
        before = proxy.turns if ledger.size else 0
        (batch,) = ledger.issue("wind", december, to="owner")
        assert proxy.turns - before <= MOST
        before = proxy.turns
        ledger.transfer(batch.take(5), to="buyer")
        assert proxy.turns - before <= MOST


@pytest.mark.parametrize(("read_only", "expected"), [(True, 5), (False, 7)])
def test_opening_waits_as_often_as_the_pages_say(server: Server, read_only: bool, expected: int) -> None:
    """Each time through a proxy of its own, because the end of an earlier connection would count."""
    with sample_ledger() as sample:
        cl.copy_ledger(sample, server.url("opened"))
    found: list[int] = []
    while expected not in found and len(found) < _TRIES:
        with closing(Loopback(server.directory, delay_s=_DELAY_S)) as proxy:
            ledger = cl.open_ledger(proxy.url("opened"), read_only=read_only)
            found.append(proxy.turns)
            ledger.close()
    assert expected in found
