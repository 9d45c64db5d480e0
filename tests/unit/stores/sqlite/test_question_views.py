"""The views of questions in SQL: what they show is what the ledger answers, and their columns are documented."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.command_line import ZONE, begin, month
from tests.support.places import ROOT

import carbon_ledger as cl
from carbon_ledger.core.state.rows import STATES
from carbon_ledger.stores.sqlite.question_views import VIEWS
from carbon_ledger.stores.sqlite.questions import answer_of

PAGE = ROOT / "docs" / "reference" / "sql-views.md"


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger with a correction, a second issuance, a label, an import and a retirement of several blocks."""
    found = tmp_path_factory.mktemp("views") / "a.db"
    begin(found)
    evidence = "sha256:" + "e" * 64
    with cl.open_ledger(found, by="operator") as ledger:
        ledger.correct_generation("mill", month(2), net="9 MWh", reason="misread", evidence=evidence)
        (batch,) = ledger.issue("park", month(2), to="owner")
        ledger.label(batch, "tag:north", evidence=evidence, reason="checked")
        ledger.transfer(batch.take(4), to="buyer", key="sale")
        blocks = [batch.take(1), batch.block.cut(2, 1)[1]]
        ledger.retire(blocks, beneficiary="B", purpose="p", period=month(2), from_="buyer")
        ledger.import_block(
            "GS1-1-KE-GS7495-16-2025-30645-608-30350",
            registry="gold-standard",
            instrument="GS-VER",
            to="buyer",
            production=cl.Period.year(2025, zone="UTC"),
            project="GS7495",
            evidence=evidence,
        )
        ledger.void(ledger.issue("park", month(3), to="owner")[0], reason="twice")
    return found


@pytest.fixture
def ledger(path: Path) -> Iterator[cl.Ledger]:
    with cl.open_ledger(path, read_only=True) as found:
        yield found


def rows(path: Path, sql: str) -> list[tuple[object, ...]]:
    return list(answer_of(path, sql).rows)


@pytest.mark.parametrize("name", VIEWS)
def test_a_view_has_the_documented_columns_in_their_order(name: str, path: Path) -> None:
    assert answer_of(path, f"select * from {name}").columns == tuple(VIEWS[name].columns)


def test_the_page_has_every_view_and_every_column() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for name, view in VIEWS.items():
        (section,) = (part for part in text.split("\n## ") if part.startswith(f"{name}\n"))
        assert view.about in section
        listed = [line.split("|")[1].strip().strip("`") for line in section.splitlines() if line.startswith("| `")]
        assert listed == list(view.columns)


def test_holdings_are_what_accounts_hold(path: Path, ledger: cl.Ledger) -> None:
    for account in ledger.accounts():
        name = account if isinstance(account, str) else account.id
        for state in STATES:
            sql = f"select batch, first, last, units from holdings where account = '{name}' and state = '{state}'"
            found = {
                (block.batch_id, serial)
                for block in ledger.holdings(name, state=state)
                for serial in range(block.first, min(block.last, block.first + 99) + 1)
            }
            asked = {
                (batch, serial)
                for batch, first, last, _ in rows(path, sql)
                if isinstance(first, int) and isinstance(last, int)
                for serial in range(first, min(last, first + 99) + 1)
            }
            assert asked == found


def test_balances_are_the_running_totals(path: Path, ledger: cl.Ledger) -> None:
    for name in ("owner", "buyer"):
        balance = ledger.balance(name, instrument="I-REC-E")
        columns = ", ".join(f"{state}_units" for state in STATES)
        (row,) = rows(path, f"select {columns} from balances where account = '{name}' and instrument = 'I-REC-E'")
        assert row == tuple(getattr(balance, state) for state in STATES)


def test_readings_are_the_live_ones(path: Path, ledger: cl.Ledger) -> None:
    live = ledger.readings("mill", cl.Period.year(2024, zone=ZONE))
    sql = "select start_utc, end_utc, energy_wh, recorded_n from readings where device = 'mill' order by 1"
    assert rows(path, sql) == [(run.start_utc, run.end_utc, run.net_wh, run.source_n) for run in live]
    ((energy, corrected),) = rows(path, "select energy_wh, corrected_n from superseded_readings")
    assert (energy, corrected) == (10_600_000, 18)


def test_issuances_claims_and_carry_are_the_present_ones(path: Path, ledger: cl.Ledger) -> None:
    found = ledger.issuances("park")
    sql = "select issuance_n, counted_units, voided from issuances order by 1"
    assert rows(path, sql) == [(item.n, item.counted, int(item.voided)) for item in found]
    assert rows(path, "select distinct issuance_n from claims order by 1") == [
        (item.n,) for item in found if not item.voided
    ]
    carry = ledger.carry("park")
    ((claimed, counted),) = rows(path, "select claimed_amount, counted_units from carry")
    assert claimed == str(carry.claimed)
    assert counted == carry.counted


def test_retirements_have_every_block(path: Path, ledger: cl.Ledger) -> None:
    expected = [
        (item.n, item.beneficiary, block.batch_id, block.first, block.last)
        for name in ("owner", "buyer")
        for item in ledger.retirements(name)
        for block in item.blocks
    ]
    sql = "select retirement_n, beneficiary, batch, first, last from retirements order by retirement_n, first"
    assert rows(path, sql) == sorted(expected)
    assert len(expected) == 3


def test_registrations_entries_and_keys_are_there(path: Path, ledger: cl.Ledger) -> None:
    assert rows(path, "select project, instrument, unit, devices from projects") == [
        ("park", "I-REC-E", "MWh", '["mill"]')
    ]
    assert rows(path, "select device, capacity_w from devices order by 1") == [
        ("mill", 3_000_000),
        ("other", 3_000_000),
    ]
    assert rows(path, "select factor, value, unit from factors") == [("grid", "0.4", "tCO2e/MWh")]
    assert rows(path, "select meter, shares from meters") == [("feeder", '{"mill":1,"other":1}')]
    assert rows(path, "select type, by from entries where key = 'sale'") == [("units.transferred", "operator")]
    assert rows(path, "select count(*), max(n) from entries") == [(ledger.size, ledger.size - 1)]
    assert rows(path, "select offer_n, from_account, to_account, status from offers order by 1")[0] == (
        *(13, "owner", "buyer", "offered"),
    )
    assert rows(path, "select batch, units, label from labels") == [("park/2024/20", 9, "tag:north")]
    ((registry, serial),) = rows(path, "select registry, registry_serial from batches where registry is not null")
    assert (registry, serial) == ("gold-standard", "GS1-1-KE-GS7495-16-2025-30645-608-30350")
