"""What a notebook shows: small tables with every text escaped, numbers on the right, and nothing that is empty."""

import inspect
from pathlib import Path

import pytest
from tests.support.html_pages import Page
from tests.support.reported_ledgers import LONG, begun, failed, full, hostile, hourly

import carbon_ledger as cl

FACTOR = cl.EmissionFactor(
    factor_id="f",
    value="0.384",
    unit="tCO2e/MWh",
    kind="combined_margin",
    region="AZ",
    source="<b>a source</b>",
    flags=("outlier", "derived-not-published"),
)


def shown(thing: object) -> Page:
    text: str = thing._repr_html_()  # type: ignore[attr-defined]
    page = Page(text)
    assert len(text) < 50_000
    assert {tag for tag, _ in page.tags} <= {"table", "caption", "thead", "tbody", "tr", "th", "td", "p"}
    assert page.text.isprintable()
    return page


def facts(thing: object) -> dict[str, str]:
    """The facts of the first table."""
    ((_, rows),) = list(shown(thing).tables.items())[:1]
    assert all(value for _, value in rows)
    return dict(rows)


def test_units(tmp_path: Path) -> None:
    ledger = full(tmp_path)
    (batch, *_) = ledger.batches("p")
    found = facts(batch)
    assert (found["count"], found["vintage"], found["instrument"]) == ("40", "2025", "EECS-GO")
    assert found["production"] == "2025-03-31T20:00:00Z to 2025-04-30T20:00:00Z"
    assert "device" not in found
    assert facts(batch.take(3)) == {"batch id": batch.batch_id, "first": "1", "last": "3", "count": "3"}
    balance = facts(ledger.balance("op", instrument="EECS-GO"))
    assert {name: balance[name] for name in ("active", "locked", "retired")} == {
        "active": "21",
        "locked": "3",
        "retired": "3",
    }
    assert "withdrawn" not in balance


def test_numbers_are_aligned_to_the_right() -> None:
    text = cl.Block("hydro/2024/17", 1, 12_345)._repr_html_()
    assert '<td style="text-align:right">12,345</td>' in text
    assert '<td style="text-align:left">hydro/2024/17</td>' in text


def test_a_factor() -> None:
    found = facts(FACTOR)
    assert (found["value"], found["flags"]) == ("0.384", "outlier; derived-not-published")
    assert found["source"] == "<b>a source</b>"
    assert "withdrawn at" not in found


def test_an_audit() -> None:
    report = hourly().audit()
    page = shown(report)
    assert facts(report)["result"] == "passed"
    assert {row["result"] for row in page.rows("Checks")} == {"passed"}
    wrong = shown(failed(report))
    assert "NOT PASSED" in wrong.text
    assert [row["result"] for row in wrong.rows("Checks")].count("FAILED") == 1
    assert "Findings" in wrong.tables


def test_a_ledger_and_a_state_of_it() -> None:
    ledger = hourly()
    found = facts(ledger)
    assert (found["entries"], found["root"], found["policy"]) == (str(ledger.size), ledger.root(), "open")
    past = facts(ledger.as_of(entry=3))
    assert past["entries"] == "4"
    assert past["root"] != found["root"]
    assert "hourly" in shown(ledger).text


def test_a_ledger_is_not_audited_or_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """A notebook shows a ledger after every cell that ends with it."""
    ledger = hourly()
    monkeypatch.setattr(type(ledger._store), "entries", None)
    monkeypatch.setattr(cl.Ledger, "audit", None)
    assert "Ledger hourly" in shown(ledger).text


def test_a_closed_ledger_states_that_it_is_closed() -> None:
    ledger = begun()
    ledger.close()
    assert "closed" in shown(ledger).text


def test_a_ledger_is_named_on_one_line() -> None:
    ledger = hourly()
    assert repr(ledger) == f"<Ledger hourly: {ledger.size} entries>"
    assert repr(ledger.as_of(entry=0)) == "<Reader hourly: 1 entry>"
    with ledger.batch():
        ledger.open_account("late", name="Late")
        assert repr(ledger) == f"<Ledger hourly: {ledger.size} entries>"
    ledger.close()
    assert repr(ledger) == "<Ledger: StoreError>"


def test_a_scan_names_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # a long path is shortened
    path = Path("meter.csv")
    path.write_text("time,kWh\n2024-05-01T00:00Z,3\n2024-05-01T01:00Z,1.5\n", encoding="utf-8")
    layout = cl.MeterLayout(name="plant", zone="UTC", time={"columns": "time"}, values={"column": "kWh"})
    with cl.scan_meter_file(path, layout) as scan:
        assert repr(scan) == "<MeterScan of 'meter.csv': 0 rows read>"
        assert len(list(scan)) == 1
        assert repr(scan).endswith(": 2 rows read>")


def test_every_public_class_has_a_repr_of_its_own() -> None:
    """But `Tabular`, which is mixed into others."""
    classes = {name: getattr(cl, name) for name in cl.__all__ if inspect.isclass(getattr(cl, name))}
    assert [name for name, kind in classes.items() if kind.__repr__ is object.__repr__] == ["Tabular"]


def test_hostile_and_long_texts_are_escaped_and_bounded() -> None:
    assert "alert(1)" in shown(failed(hostile().audit())).text
    factor = cl.EmissionFactor(
        factor_id="f", value="1", unit="tCO2e/MWh", kind="combined_margin", region="AZ", source=LONG
    )
    assert len(facts(factor)["source"]) == 300
