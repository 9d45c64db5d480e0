"""A report is one file: the same state gives the same bytes, nothing is overwritten, and nothing of others is shown."""

import hashlib
import json
import re
import tracemalloc
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.conftest import Clock, Opener, device
from tests.support.html_pages import Page
from tests.support.reported_ledgers import BAKU, begun, failed, full, hostile, hourly, page_of

import carbon_ledger as cl
from carbon_ledger import signing
from carbon_ledger.queries.ledger_page import report as module

SIGNER = signing.generate_signer("log.example/one")


def data_of(page: str) -> dict[str, object]:
    """The data block of the part that verifies itself."""
    (text,) = re.findall(r'<script type="application/json" id="ledger-proof-data">(.*?)</script>', page, re.DOTALL)
    found: dict[str, object] = json.loads(text)
    return found


def test_the_same_state_gives_the_same_bytes(tmp_path: Path) -> None:
    one, other = (hourly(Clock()) for _ in range(2))
    assert page_of(one, tmp_path) == page_of(one, tmp_path) == page_of(other, tmp_path)


def test_the_page_does_not_depend_on_the_clock(tmp_path: Path) -> None:
    clock = Clock()
    ledger = hourly(clock)
    before = page_of(ledger, tmp_path)
    clock.move(days=4_000)
    assert page_of(ledger, tmp_path) == before


def test_the_returned_digest_is_that_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    digest = hourly().report(path)
    assert digest == f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}" == cl.digest_file(path)


def test_an_existing_file_is_not_overwritten_and_nothing_is_left_over(tmp_path: Path) -> None:
    (tmp_path / "mine.html").write_text("mine")
    ledger = begun()
    with pytest.raises(cl.errors.StoreError, match=r"mine\.html"):
        ledger.report(tmp_path / "mine.html")
    with pytest.raises(cl.errors.StoreError, match="No such file"):
        ledger.report(tmp_path / "absent" / "report.html")
    assert [item.name for item in tmp_path.iterdir()] == ["mine.html"]
    assert (tmp_path / "mine.html").read_text() == "mine"


def test_a_page_that_fails_half_way_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> object:
        yield "<!doctype html>"
        raise cl.errors.BrokenLogError("entry 3: damaged")

    monkeypatch.setattr(module, "ledger_page", broken)
    with pytest.raises(cl.errors.BrokenLogError, match="entry 3"):
        begun().report(tmp_path / "report.html")
    assert list(tmp_path.iterdir()) == []


def test_the_page_has_every_entry_of_a_whole_ledger(tmp_path: Path) -> None:
    ledger = hourly()
    found = data_of(page_of(ledger, tmp_path))
    assert found["entries"] == [ledger.entry_bytes(n).decode() for n in range(ledger.size)]
    assert found["root"] == ledger.root()


@pytest.mark.parametrize("only", [{"projects": ["p"]}, {"accounts": ["buyer"]}, {"accounts": []}])
def test_a_restricted_page_shows_no_entries_of_others(tmp_path: Path, only: dict[str, object]) -> None:
    ledger = full(tmp_path)
    page = page_of(ledger, tmp_path, **only)
    assert data_of(page)["entries"] == []
    published = ledger.publish(tmp_path / "log", signer=SIGNER)
    found = data_of(page_of(ledger, tmp_path, checkpoint=published, **only))
    cited = sorted({int(n) for n in re.findall(r'data-entry="(\d+)"', page)} | {0})
    assert found["numbers"] == cited
    assert len(found["receipts"]) == len(cited)  # type: ignore[arg-type]


def test_a_page_of_an_account_has_no_retirement_or_withdrawal_of_another(tmp_path: Path) -> None:
    """A waiver and a reason would name another buyer, too."""
    ledger = hourly()
    (first, *_) = ledger.batches("p")
    for name in ("buyer", "rival"):
        ledger.open_account(name, name=name.title())
    for block, name in zip(first.cut(4, first.count - 4), ("buyer", "rival"), strict=True):
        ledger.transfer(block, to=name)
        claim = {
            "beneficiary": f"Claim of {name}",
            "purpose": "use",
            "waivers": cl.Waiver("claim-period", f"of {name}"),
        }
        ledger.retire(block.take(2), period=cl.Period.year(2024, zone=BAKU), **claim)
        ledger.withdraw(cl.Block(block.batch_id, block.first + 2, block.first + 2), reason=f"Mistake of {name}")
    published = ledger.publish(tmp_path / "log", signer=SIGNER)
    page = page_of(ledger, tmp_path, accounts=["buyer"], checkpoint=published)
    assert all(text in page for text in ("Claim of buyer", "Mistake of buyer"))
    assert "of rival" not in page
    assert "The audit has 2 notes on what is allowed" in page
    assert not any('"rival"' in entry for entry in data_of(page)["entries"])  # type: ignore[attr-defined]


def test_a_ledger_too_large_to_embed_has_receipts_of_what_the_page_cites(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = hourly()
    monkeypatch.setattr(module, "fits", lambda _: False)
    monkeypatch.setattr(module, "MOST_RECEIPTS", 2)
    assert data_of(page_of(ledger, tmp_path))["numbers"] == []
    published = ledger.publish(tmp_path / "log", signer=SIGNER)
    numbers = data_of(page_of(ledger, tmp_path, checkpoint=published))["numbers"]
    assert numbers == sorted(row.n for row in ledger.issuances("p"))[-2:]


def test_a_page_of_an_earlier_state_stays_the_same(tmp_path: Path) -> None:
    ledger = hourly()
    past = ledger.as_of(entry=9)
    before = page_of(past, tmp_path)
    ledger.open_account("new", name="New")
    assert page_of(past, tmp_path) == before
    assert data_of(before)["size"] == 10
    assert "no audit" in Page(before).text
    assert page_of(ledger.as_of(entry=9), tmp_path, audit_report=None) == before


def test_a_page_of_a_time_states_this_time(tmp_path: Path) -> None:
    clock = Clock()
    ledger = hourly(clock)
    clock.move(days=3)
    assert "2026-01-02 00:00:00 UTC" in Page(page_of(ledger.as_of("2026-01-02T00:00Z"), tmp_path)).text


def test_an_audit_is_run_once_or_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = hourly()
    found = ledger.audit()
    page = page_of(ledger, tmp_path)
    monkeypatch.setattr(module, "audit", None)
    assert page_of(ledger, tmp_path, audit_report=found) == page
    assert page_of(ledger.as_of(entry=ledger.size - 1), tmp_path, audit_report=found) == page


def test_an_audit_of_another_state_is_refused(tmp_path: Path) -> None:
    ledger, other = hourly(), begun()
    for wrong in (other.audit(), "passed", 7):
        with pytest.raises(cl.errors.QuantityError, match="audit_report"):
            ledger.as_of(entry=5).report(tmp_path / "r.html", audit_report=wrong)  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_an_audit_before_newer_entries_gives_the_page_of_that_state(tmp_path: Path) -> None:
    """Others may write while the report is made; the page is of exactly the entries that were audited."""
    ledger = hourly()
    found, page = ledger.audit(), page_of(ledger, tmp_path)
    ledger.open_account("late", name="Late")
    assert page_of(ledger, tmp_path, audit_report=found) == page


def test_what_an_audit_found_is_on_the_first_page(tmp_path: Path) -> None:
    ledger = hourly()
    page = Page(page_of(ledger, tmp_path, audit_report=failed(ledger.audit())))
    assert "not passed" in page.text
    assert "alert(1)" in page.text
    assert {row["result"] for row in page.rows("The audit's checks")} == {"passed", "failed"}


def test_a_checkpoint_of_another_ledger_is_refused(tmp_path: Path) -> None:
    ledger, other = hourly(), hostile()
    published = other.publish(tmp_path / "log", signer=SIGNER)
    with pytest.raises(cl.errors.ForkError):
        ledger.report(tmp_path / "r.html", checkpoint=published)
    with pytest.raises(cl.errors.FormatError):
        ledger.report(tmp_path / "r.html", checkpoint=b"nonsense")
    mine = ledger.publish(tmp_path / "mine", signer=SIGNER)
    with pytest.raises(cl.errors.StoreError, match="the checkpoint has"):
        ledger.as_of(entry=3).report(tmp_path / "r.html", checkpoint=mine)
    assert not (tmp_path / "r.html").exists()


def test_unknown_names_are_refused(tmp_path: Path) -> None:
    ledger = hourly()
    for wrong, error in (
        ({"projects": ["x"]}, cl.errors.UnknownProjectError),
        ({"accounts": ["x"]}, cl.errors.UnknownAccountError),
        ({"projects": "p"}, cl.errors.QuantityError),
        ({"accounts": 7}, cl.errors.QuantityError),
        ({"title": "two\nlines"}, cl.errors.QuantityError),
        ({"prepared_by": ""}, cl.errors.QuantityError),
    ):
        with pytest.raises(error):
            ledger.report(tmp_path / "r.html", **wrong)  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_title_and_author_are_on_the_page(tmp_path: Path) -> None:
    page = Page(page_of(hourly(), tmp_path, title="Board <b>2025</b>", prepared_by="A & B"))
    assert "Board <b>2025</b>" in page.text
    assert "prepared by A & B" in page.text


def test_a_report_works_on_every_store(opener: Opener, tmp_path: Path) -> None:
    with opener() as ledger:
        ledger.open_account("op", name="Op")
        assert Page(page_of(ledger, tmp_path)).ids().count("root") == 1


def test_a_path_that_cannot_be_written_is_refused_before_the_audit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An audit of a large ledger takes minutes."""
    monkeypatch.setattr(module, "audit", None)
    ledger = begun()
    for path in (tmp_path, tmp_path / "absent" / "report.html", ""):
        with pytest.raises(cl.errors.StoreError):
            ledger.report(path)


def test_a_failed_audit_comes_before_every_figure(tmp_path: Path) -> None:
    ledger = hourly()
    text = Page(page_of(ledger, tmp_path, audit_report=failed(ledger.audit()))).text
    assert text.index("The audit did not pass.") < text.index("units of 1 MWh")
    assert "The audit did not pass." not in Page(page_of(ledger, tmp_path)).text


def test_the_page_is_written_in_pieces(tmp_path: Path) -> None:
    """A page of many entries needs little memory: much less than the page has bytes."""
    ledger = begun()
    ledger.register_device(device())
    with ledger.batch():
        for day in range(300):
            start = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(days=10 * day) - timedelta(days=3_000)
            ledger.register_device(device(f"d{day}", commissioned="2010-01-01"))
            ledger.record_readings(f"d{day}", start=start, step="15 minutes", net_wh=[9_999_999] * 960)
    state = ledger.as_of(entry=ledger.size - 1)
    state.report(tmp_path / "first.html")  # loads every module
    tracemalloc.start()
    try:
        state.report(tmp_path / "report.html")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    size = (tmp_path / "report.html").stat().st_size
    assert size > 2_000_000
    assert peak < size / 2
