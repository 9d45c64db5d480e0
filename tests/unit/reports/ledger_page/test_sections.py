"""The tables and totals of the page: the figures that a reader sees are those of the ledger's own answers."""

import re
from fractions import Fraction
from pathlib import Path

import pytest
from attrs import evolve
from tests.conftest import EVIDENCE, device
from tests.support.html_pages import Page
from tests.support.reported import corrected_ledger
from tests.support.reported_ledgers import BAKU, begun, contents_of, full, hostile, hourly, page_of

import carbon_ledger as cl
from carbon_ledger.core.state.rows import STATES
from carbon_ledger.reports.ledger_page.sections.energy import bars_of
from carbon_ledger.reports.ledger_page.sections.remarks import remarks
from carbon_ledger.reports.ledger_page.sections.summary import summary


def whole(text: str) -> int:
    return int(text.replace(",", "") or 0)


def exact_wh(text: str) -> int:
    value = Fraction(text.replace(",", "")) * 10**6
    assert value.denominator == 1
    return int(value)


def test_the_stacked_picture_adds_up_to_the_issued_and_imported_units(tmp_path: Path) -> None:
    ledger = full(tmp_path)
    page = Page(page_of(ledger, tmp_path))
    projects = ledger._view().registrations("project")
    issued = {
        instrument: sum(
            batch.count
            for batch in [*ledger.imported(), *(item for name in projects for item in ledger.batches(name))]
            if batch.instrument == instrument
        )
        for instrument in ("EECS-GO", "GC", "GS-VER", "I-REC-E")
    }
    for instrument, count in issued.items():
        *states, total = page.rows(f"Units of {instrument} by state")
        assert sum(whole(row["units"]) for row in states) == whole(total["units"]) == count
        pictures = re.findall(rf"{instrument}: ([0-9,]+) units? of 1", page.text)
        assert {whole(item) for item in pictures} == {count}


def test_the_table_of_accounts_is_the_balances(tmp_path: Path) -> None:
    ledger = full(tmp_path)
    for row in Page(page_of(ledger, tmp_path)).rows("Units by account and instrument"):
        balance = ledger.balance(row["account"], instrument=row["instrument"])
        for state in STATES:
            assert whole(row.get(state, "")) == getattr(balance, state)
        assert whole(row["held"]) == balance.active + balance.locked + balance.buffered + balance.pending


def test_the_table_of_months_is_what_reconcile_states(tmp_path: Path) -> None:
    ledger = hourly()
    *months, total = Page(page_of(ledger, tmp_path)).rows("Net generation of p, MWh")
    for row in months:
        year, month = map(int, row["time"].split("-"))
        of = ledger.reconcile("p", cl.Period.month(year, month, zone=BAKU))
        assert exact_wh(row["generated"]) == of.generated_wh
        assert exact_wh(row["claimed"]) == of.claimed_wh
    assert exact_wh(total["generated"]) == ledger.reconcile("p", cl.Period.year(2025, zone=BAKU)).generated_wh


def test_the_bars_have_the_energy_of_their_months() -> None:
    (item,) = contents_of(hourly()).energy.items
    bars = bars_of(item)
    assert [bar.label for bar in bars] == [row.label for row in item.months]
    for bar, row in zip(bars, item.months, strict=True):
        assert sum(value for _, value in bar.parts) * 10**6 == row.generated_wh


def test_a_long_reading_is_drawn_evenly_and_adds_up() -> None:
    ledger = hourly()
    ledger.register_project(cl.Project(id="q", instrument="I-REC-E", zone=BAKU, devices=("plant",)))
    ledger.record_generation("plant", cl.Period.of("2023-08-25", "2024-04-29", zone=BAKU), net="70 GWh")
    item = contents_of(ledger).energy.items[1]
    bars = bars_of(item)
    assert sum(value for bar in bars for _, value in bar.parts) * 10**6 == item.generated_wh
    assert bars[0].label == "2023-08"
    assert len(bars) == 26


def test_a_reading_of_decades_does_not_make_a_picture_of_thousands_of_months() -> None:
    ledger = begun()
    ledger.register_device(device(commissioned="1975-01-01"))
    ledger.register_project(cl.Project(id="p", instrument="I-REC-E", zone="UTC", devices=("plant",)))
    ledger.record_generation("plant", cl.Period.of("1980-01-01", "2025-01-01", zone="UTC"), net="1 GWh")
    (item,) = contents_of(ledger).energy.items
    assert len(bars_of(item)) <= 36


def test_lines_of_a_calculation_are_those_of_the_quantification(tmp_path: Path) -> None:
    ledger = corrected_ledger()
    page = Page(page_of(ledger, tmp_path))
    for row in ledger.issuances("credits"):
        if not row.voided:
            report = ledger.monitoring_report("credits", cl.Period(row.start_utc, row.end_utc, BAKU))
            (of,) = (item.quantification for item in report.calculations if item.issuance == row.n)
            shown = list(page.rows(f"Lines of the quantification of entry {row.n}"))
            assert [(item["symbol"], item["unit"], item["what it is"]) for item in shown] == [
                (line.symbol, line.unit, line.name) for line in of.lines
            ]
            assert all(line.source in item["source"] for item, line in zip(shown, of.lines, strict=True))


def test_estimated_readings_are_listed(tmp_path: Path) -> None:
    ledger = begun()
    ledger.open_account("op", name="Op")
    ledger.register_device(device())
    ledger.register_project(cl.Project(id="p", instrument="I-REC-E", zone=BAKU, devices=("plant",)))
    ledger.record_generation("plant", cl.Period.month(2025, 5, zone=BAKU), net="3 MWh", quality="estimated")
    (row,) = Page(page_of(ledger, tmp_path)).rows("Readings that were estimated or substituted")
    assert (row["of it estimated MWh"], row["generated MWh"]) == ("3", "3")


def test_a_debit_is_on_the_first_page(tmp_path: Path) -> None:
    ledger = hourly()
    ledger.open_account("buyer", name="Buyer")
    for batch in ledger.batches("p"):
        ledger.transfer(batch.block, to="buyer")
    january = cl.Period.month(2025, 1, zone=BAKU)
    ledger.correct_generation("plant", january, net="0.25 MWh", reason="misread", evidence=EVIDENCE)
    text = Page(page_of(ledger, tmp_path)).text
    debit = ledger.carry("p")
    assert "1,001 units without energy" in text
    assert debit.debit_text in text
    assert "debit: units without energy behind them" in text


def test_a_page_with_some_of_the_projects_states_nothing_about_the_others() -> None:
    ledger = hourly()
    ledger.open_account("buyer", name="Buyer")
    for batch in ledger.batches("p"):
        ledger.transfer(batch.block, to="buyer")
    ledger.correct_generation(
        "plant", cl.Period.month(2025, 1, zone=BAKU), net="0.25 MWh", reason="misread", evidence=EVIDENCE
    )
    whole_page = contents_of(ledger)
    some = evolve(
        whole_page,
        energy=evolve(whole_page.energy, total=20),
        carries=evolve(whole_page.carries, total=20),
    )
    assert "in 1 project, units" in "".join(summary(whole_page, "").body)
    assert "in at least 1 project, units" in "".join(summary(some, "").body)
    assert "at least 1,001 units without energy" in "".join(summary(some, "").body)
    assert "<p>Every reading is recorded as measured.</p>" in "".join(remarks(whole_page).body)
    text = "".join(remarks(some).body)
    assert "Every reading is recorded as measured" not in text
    assert "Every reading of the first 1 of 20 projects is recorded as measured." in text


def test_totals_for_programs_are_those_of_the_ledger(tmp_path: Path) -> None:
    ledger = full(tmp_path)
    page = Page(page_of(ledger, tmp_path))
    found = {
        (attributes["data-instrument"], attributes["data-of"]): int(attributes["value"] or "")
        for tag, attributes in page.tags
        if tag == "data"
    }
    assert found["EECS-GO", "retired"] == sum(item.count for item in ledger.retirements("op"))
    assert found["GS-VER", "all"] == sum(batch.count for batch in ledger.imported())


@pytest.mark.parametrize("caption", ["Retirements, newest first", "Waivers, newest first"])
def test_hostile_reasons_are_shown_whole(tmp_path: Path, caption: str) -> None:
    rows = list(Page(page_of(hostile(), tmp_path)).rows(caption))
    assert rows
    assert any("<script>alert(1)</script>" in " ".join(row.values()) for row in rows)
