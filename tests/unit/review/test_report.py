"""The page of an auditor: it has what the review found, is of one state, and shows every text as text."""

import re
from datetime import date
from math import ceil
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from tests.support.html_pages import Page
from tests.support.reported_ledgers import begun, crowded, full, hostile, hourly, page_of
from tests.support.reviewed_ledgers import r00, r06, r13, r17, tiny_estimate

import carbon_ledger as cl
from carbon_ledger.errors import QuantityError, StoreError
from carbon_ledger.reports.ledger_page.review_contents import ReviewContents
from carbon_ledger.review.sampling import Sample

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\" onclick='alert(3)' \u202e"


def noted(ledger: cl.Reader, text: str, **more: object) -> cl.Dispositions:
    """A disposition for each flag, with a text of the auditor."""
    given = {"disposition": "explained", "misstated_wh": 1_500_000, "response": text, "by": text} | more
    rows = (evolve(row, date=date(2025, 3, 3), **given) for row in cl.Dispositions().of_review(ledger.review()))
    return cl.Dispositions(rows=cl.Listing(rows, cl.Disposition))


def auditors(ledger: cl.Reader, folder: Path, **more: Any) -> str:
    path = folder / "auditor.html"
    path.unlink(missing_ok=True)
    ledger.review_page(path, **more)
    return path.read_text(encoding="utf-8")


def figures(page: str) -> dict[str, set[str]]:
    """What the page prints of each figure."""
    found: dict[str, set[str]] = {}
    for name, text in re.findall(r'data-figure="([^"]*)">([^<]*)</span>', page):
        found.setdefault(name, set()).add(text)
    return found


def test_the_first_page_has_what_the_review_found(tmp_path: Path) -> None:
    ledger = r17().ledger  # units that no energy supports
    review = ledger.review()
    page = auditors(ledger, tmp_path, sample=ledger.sample("seed"), changes=ledger.changes(since=9))
    found = figures(page)
    assert all(len(texts) == 1 for texts in found.values())
    one = {name: texts.pop().replace(",", "") for name, texts in found.items()}
    assert one["claimed"] == f"{review.claimed_wh / 10**6:g}"
    assert one["flags/critical"] == str(review.count("critical"))
    carry = ledger.carry("hydro")
    assert one["instrument/I-REC-E/unsupported"] == str(ceil(carry.debit)) != "0"
    assert one["instrument/I-REC-E/counted"] == str(carry.counted)
    assert one["instrument/I-REC-E/supported"] == str(carry.counted - ceil(carry.debit))
    assert one["project/hydro/carry"] == str(carry.carry)
    assert one["since/new"] == str(ledger.size - 9)
    assert one["since/changed"] == str(len(ledger.changes(since=9).issuances))
    first = page[page.index('<section id="summary"') : page.index('<section id="engagement"')]
    for words in ("empty until a verifier signs it", ledger.root(), "who prepared", "I-REC-E", "Checkpoint key"):
        assert words in page if words == "who prepared" else words in first


def test_a_share_above_zero_is_not_printed_as_zero(tmp_path: Path) -> None:
    found = figures(auditors(tiny_estimate().ledger, tmp_path))
    assert found["origin/estimated"] == {"0.001"}
    assert found["origin/estimated/share"] == {"&lt;0.01%"}
    assert found["origin/split/share"] == {"0.00%"}


def test_the_sections_are_in_the_order_in_which_an_auditor_works(tmp_path: Path) -> None:
    page = auditors(r00().ledger, tmp_path)
    found = re.findall(r'<section id="([a-z-]+)"', page)
    assert found == [
        *(
            "summary",
            "engagement",
            "checks",
            "since",
            "plants",
            "generation",
            "calculations",
            "reconciliation",
            "carry",
        ),
        *("override", "remarks", "attestations", "flags", "sample", "evidence", "states", "held", "retirements"),
        *("changes", "findings", "map", "statement", "proof"),
    ]


def test_the_same_arguments_give_the_same_bytes(tmp_path: Path) -> None:
    pages = []
    for _ in range(2):
        ledger = r06().ledger
        given = {
            "sample": ledger.sample("seed"),
            "changes": ledger.changes(since=12),
            "dispositions": noted(ledger, "note"),
        }
        pages.append(auditors(ledger, tmp_path, **given, materiality=cl.materiality("CDM", 39_561)))
    assert pages[0] == pages[1]
    assert "2% of CDM: 791.22 tCO2e" in pages[0]


def test_a_page_without_a_review_has_nothing_of_it(tmp_path: Path) -> None:
    page = page_of(r00().ledger, tmp_path)
    for words in ("data-figure", "class Books", "opinion", ".auditor", "ledger-proof-check-figures", '"review"'):
        assert words not in page


@pytest.mark.parametrize(
    "make", [full, lambda _: hostile(), lambda _: hourly(), lambda _: crowded(60), lambda _: begun()]
)
def test_the_page_is_well_formed_and_prints_every_text_as_text(make: Any, tmp_path: Path) -> None:
    with make(tmp_path) as ledger:
        given = {"sample": ledger.sample("seed"), "changes": ledger.changes(since=ledger.size // 2)}
        text = auditors(
            ledger, tmp_path, **given, dispositions=noted(ledger, HOSTILE), title=HOSTILE, prepared_by=HOSTILE[:70]
        )
    page = Page(text)
    assert len(page.ids()) == len(set(page.ids()))
    links = {str(attributes["href"]) for tag, attributes in page.tags if tag == "a"}
    assert links <= {f"#{anchor}" for anchor in page.ids()}
    scripts = [attributes for tag, attributes in page.tags if tag == "script"]
    assert [attributes.get("type") for attributes in scripts] == ["application/json", None]
    assert {tag for tag, _ in page.tags} & {"img", "iframe", "link", "object", "embed", "base", "form"} == set()
    for _, attributes in page.tags:
        assert not [key for key in attributes if key.startswith("on") or key in ("src", "style", "srcset", "action")]
    assert [item for item in page.text if not item.isprintable() and item != "\n"] == []
    assert text.count("<table") == text.count('<div class="scroll" tabindex="0"')


def test_dispositions_stand_beside_their_flags(tmp_path: Path) -> None:
    ledger = r06().ledger
    page = auditors(ledger, tmp_path, dispositions=noted(ledger, "seen at the meter"))
    count = len(ledger.review().flags)
    assert count > 1
    assert page.count("explained</span>, 1.5 MWh: seen at the meter (seen at the meter, 2025-03-03)") == count
    lacking = auditors(ledger, tmp_path, dispositions=noted(ledger, "seen", by=""))
    assert lacking.count("lacks by</span>") == count
    none = auditors(ledger, tmp_path, dispositions=cl.Dispositions())
    assert none.count("open, and nothing is noted in the auditor's file") == count
    assert auditors(ledger, tmp_path).count('<b>Disposition:</b> <span class="blank">to fill in by hand') == count


def test_results_of_a_sample_and_its_evaluation(tmp_path: Path) -> None:
    ledger = r00().ledger
    sample = ledger.sample("seed", tolerable="10%")
    keys = [(item.step.device, item.step.start_utc) for item in sample.items]
    values = [item.step.net_wh for item in sample.items]
    some = auditors(ledger, tmp_path, sample=sample, found={keys[0]: values[0] - 1, keys[1]: values[1] + 1})
    assert [some.count(f"{word}</span>") for word in ("overstated", "understated", "equal")] == [1, 1, 0]
    assert "Evaluation, after the steps are tested" in some
    every = auditors(ledger, tmp_path, sample=sample, found=dict(zip(keys, values, strict=True)))
    assert every.count(">equal</span>") == len(keys)
    assert "0 of the chosen steps are overstated, and 0 are understated." in every
    assert f"which {'is at most' if cl.evaluate_sample(sample, {}).accept else 'is above'} the tolerable" in every


def test_a_folder_of_documents_ticks_what_was_found(tmp_path: Path) -> None:
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "may.pdf").write_bytes(b"settlement")
    ledger = begun()
    ledger.describe_document(cl.digest_file(folder / "may.pdf"), kind="settlement-statement", title="Of May")
    ledger.describe_document(f"sha256:{64 * '0'}", kind="settlement-statement", title="Of June")
    page = auditors(ledger, tmp_path, evidence=ledger.verify_evidence(folder))
    rows = re.findall(r"<tr><th[^>]*>sha256:.*?</tr>", page)
    assert [("equal" in row, "no file" in row) for row in rows] == [(True, False), (False, True)]


def test_a_page_of_some_projects_has_nothing_of_others(tmp_path: Path) -> None:
    ledger = r13().ledger
    other = cl.Device(
        id="rival", name="Rival plant", technology="wind/onshore", capacity="1 MW", country="AZ", grid="AZ", zone="UTC"
    )
    ledger.register_device(other)
    ledger.register_project(cl.Project(id="rivals", instrument="I-REC-E", zone="UTC", devices=("rival",)))
    page = auditors(ledger, tmp_path, review=ledger.review(scope=["credits"]))
    assert "Rival plant" not in page
    assert "rivals" not in page
    assert "<b>Scope:</b> the projects credits, with their devices." in page
    assert "Rival plant" in auditors(ledger, tmp_path)


def test_parts_of_another_state_are_refused(tmp_path: Path) -> None:
    story = r00()
    ledger, path = story.ledger, tmp_path / "page.html"
    old, sample, changes = ledger.review(), ledger.sample("seed"), ledger.changes(since=3)
    ledger.open_account("late", name="Late")
    for given in (
        {"review": old},
        {"review": ledger.review(), "sample": sample},
        {"review": ledger.review(), "changes": changes},
        {"review": ledger.review(), "evidence": ledger.as_of(entry=5).verify_evidence(tmp_path)},
        {"review": ledger.review(scope=["hydro"]), "changes": ledger.changes(since=3)},
        {"review": evolve(ledger.review(), root="0" * 64)},
        {"review": ledger.review(), "sample": evolve(ledger.sample("seed"), offset_wh=1)},
    ):
        with pytest.raises(QuantityError):
            ledger.review_page(path, **given)  # type: ignore[arg-type]
        assert not path.exists()
    with pytest.raises(QuantityError, match="but this state has 7; review this state"):
        ledger.as_of(entry=6).review_page(path, review=old)
    ledger.as_of(entry=ledger.size - 2).review_page(path, review=old, sample=sample, changes=changes)
    assert path.exists()


@pytest.mark.parametrize(
    "given",
    [
        {"review": 1},
        {"sample": 1},
        {"changes": 3},
        {"found": {}},
        {"found": 1, "sample": True},
        {"found": {("x", 1): 1}, "sample": True},
        {"evidence": 1},
        {"dispositions": 1},
        {"materiality": "CDM"},
    ],
)
def test_arguments_that_are_not_what_they_have_to_be(given: dict[str, Any], tmp_path: Path) -> None:
    ledger = r00().ledger
    used = {name: ledger.sample("seed") if value is True else value for name, value in given.items()}
    with pytest.raises(QuantityError, match=r"^review_page\("):
        ledger.review_page(tmp_path / "page.html", **used)
    assert list(tmp_path.iterdir()) == []


def test_a_review_that_is_not_given_is_of_the_whole_ledger(tmp_path: Path) -> None:
    ledger = r06().ledger
    assert auditors(ledger, tmp_path) == auditors(ledger, tmp_path, review=ledger.review())
    with pytest.raises(StoreError, match=r"auditor\.html"):
        ledger.review_page(tmp_path / "auditor.html")


def test_lists_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("carbon_ledger.review.page.MOST_FLAGS", 1)
    monkeypatch.setattr("carbon_ledger.review.page_parts.MOST_CHOSEN", 2)
    ledger = r06().ledger
    page = auditors(ledger, tmp_path, sample=ledger.sample("seed"))
    assert page.count('class="flagged"') == 1
    assert f"{len(ledger.review().flags) - 1} more; see <code>review().flags</code>" in page
    assert (
        len(re.findall(r'data-entry="\d+"', page[page.index('id="sample-items"') : page.index('id="evidence"')])) == 2
    )


def test_names() -> None:
    """The records of a page are plain values: none of them is a record of a review."""
    assert not issubclass(ReviewContents, cl.Record)
    assert issubclass(Sample, cl.Record)


def test_a_review_of_an_older_state_is_told_which_state_that_is(tmp_path: Path) -> None:
    """The sample is of the review's projects; what is wrong is the state, and the message says so."""
    ledger = full(tmp_path)
    review, sample = ledger.review(), ledger.sample("seed")
    ledger.open_account("late", name="Late")
    said = rf"review_page: the review is of {review.size} entries.*as_of\(entry={review.size - 1}\)"
    with pytest.raises(QuantityError, match=said):
        ledger.review_page(tmp_path / "page.html", review=review, sample=sample)
    assert not (tmp_path / "page.html").exists()
    ledger.as_of(entry=review.size - 1).review_page(tmp_path / "page.html", review=review, sample=sample)
