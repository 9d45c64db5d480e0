"""The page of an auditor: it sums its figures again, draws its sample again, and proves that it continues a log.

Each input is changed in turn as somebody who edits the file would change it: its data, or what it prints with the hash
of its text made anew.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from html import escape
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from tests.browser.conftest import Show
from tests.browser.ledgers import consistent, edited, reprinted
from tests.browser.opened import Opened
from tests.browser.test_access import violations
from tests.support import reported_ledgers, reviewed_ledgers
from tests.support.places import ROOT

import carbon_ledger as cl
from carbon_ledger.canonical import dumps

pytestmark = pytest.mark.browser

SEED = "engagement 12, seed of 3 March"
REVIEW = {"figures", "sample", "prefix"}
HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\" onclick='alert(3)' \u202e"


def noted(ledger: cl.Reader) -> cl.Dispositions:
    """Dispositions with hostile texts for every flag."""
    rows = cl.Dispositions().of_review(ledger.review())
    given = {"disposition": "explained", "misstated_wh": 5, "response": HOSTILE, "by": HOSTILE}
    return cl.Dispositions(rows=cl.Listing((evolve(row, **given) for row in rows), cl.Disposition))


def auditor_page(ledger: cl.Reader, folder: Path, since: int, **more: Any) -> str:
    path = folder / "auditor.html"
    path.unlink(missing_ok=True)
    given = {"sample": ledger.sample(SEED, tolerable="5%"), "changes": ledger.changes(since=since)} | more
    ledger.review_page(path, prepared_by="An auditor", **given)
    return path.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def daily(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Two projects of one plant each: daily readings with evidence, units of which some are retired."""
    story = reviewed_ledgers.r00()
    with story.ledger as ledger:
        yield auditor_page(ledger, tmp_path_factory.mktemp("daily"), 12)


def changed(html: str, change: Callable[[Any], None]) -> str:
    """The page with other data for its review."""
    return edited(html, lambda data: change(data["review"]))


def shown(html: str, pattern: str, new: str) -> str:
    """The page that prints something else, with the hash of its text made anew."""
    found, count = re.subn(pattern, new, html, count=1, flags=re.DOTALL)
    assert count == 1, pattern
    assert found != html
    return reprinted(found)


def figure(name: str) -> str:
    return rf'(data-figure="{re.escape(escape(name))}">)[^<]*'


def test_a_sound_page_is_green(daily: str, show: Show) -> None:
    page = show(daily)
    assert {name for name, state in page.checks().items() if state == "passed"} >= REVIEW
    assert page.failed() == set()
    assert "the figures, the sample, the older state" in page.verdict
    assert re.search(r"^\d\d figures were summed again from the entries", page.check("figures")[1])
    assert "Not summed" not in page.check("figures")[1]
    assert re.search(r"draw the same \d+ steps of 122 again", page.check("sample")[1])
    assert "continues the 12 entries of then" in page.check("prefix")[1]
    assert page.page.locator("script").count() == 2


# Changes of the data that the page's script has, and what turns red: JavaScript with `review`, the data of the review.
DATA = {
    "review.sample.seed += '!'": {"sample"},
    "review.sample.confidence_percent = 90": {"sample"},
    "review.sample.confidence_percent = 99": {"sample"},
    "review.sample.tolerable = '0.02'": {"sample"},
    "review.sample.tolerable = '1e-2'": {"sample"},
    "review.sample = null": {"sample"},
    "review.since.size -= 1": {"figures", "prefix"},
    "review.since.size = 0": {"figures", "prefix"},
    "review.since.size = -1": {"figures", "prefix"},
    "review.since.root = review.since.root.replace(/^./, (digit) => digit === '0' ? '1' : '0')": {"prefix"},
    "review.since.proof.push(review.since.proof[0])": {"prefix"},
    "review.since.proof.pop()": {"prefix"},
    "review.since.proof.reverse()": {"prefix"},
    "review.since.proof = []": {"prefix"},
    "review.since.proof[0] = '!'": {"prefix"},
    "review.since = null": {"figures", "prefix"},
    "review.flags.push(['R01@1', 'high', [99999], 1, '00'])": {"figures"},
    "review.flags.push(['R01@1', 'high', [1], 1, '00'])": {"figures"},
}
# Changes of what the page prints: a selector, and the new text, or None if the element is taken away.
PRINTED: dict[str, tuple[str | None, str]] = {
    "[data-sample=seed]": ("another seed", "sample"),
    "[data-sample=confidence]": ("90%", "sample"),
    "[data-sample=tolerable]": ("2%", "sample"),
    "[data-sample=offset]": ("1", "sample"),
    "[data-sample=chosen]": ("1", "sample"),
    "#sample-items tbody tr:nth-child(2) > :nth-child(1)": ("another", "sample"),
    "#sample-items tbody tr:nth-child(2) > :nth-child(2)": ("2025-01-01 00:00:00 UTC", "sample"),
    "#sample-items tbody tr:nth-child(2) > :nth-child(4)": ("1", "sample"),
    "#sample-items tbody tr:nth-child(2) > :nth-child(5)": ("entry 0", "sample"),
    "#sample-items tbody tr:nth-child(2)": (None, "sample"),
    "[data-since=root]": ("0" * 64, "prefix"),
    "[data-since=size]": ("13", "prefix"),
    "[data-figure=claimed]": (None, "figures"),
    **{
        f"#summary [data-figure='{name}']": (None, "figures")
        for name in (
            *("origin/split", "flags/critical", "since/new", "since/changed"),
            *(f"instrument/I-REC-E/{of}" for of in ("amount", "issued", "imported", "counted")),
            *(f"instrument/I-REC-E/{of}" for of in ("supported", "unsupported")),
        )
    },
}
FIGURES = (
    "claimed",
    "entries",
    "origin/metered",
    "origin/metered/share",
    "origin/without_evidence",
    *(f"instrument/I-REC-E/{of}" for of in ("issued", "imported", "amount", "counted", "supported", "unsupported")),
    *(f"instrument/I-REC-E/{of}" for of in ("active", "locked", "retired", "withdrawn", "all")),
    *(f"project/hydro/{of}" for of in ("generated", "claimed", "elsewhere", "free")),
    *(f"project/hydro/{of}" for of in ("amount", "adjustments", "counted", "carry")),
    *("flags/critical", "flags/high", "flags/medium", "flags/low"),
    *("since/new", "since/changed", "since/type/issuance.recorded"),
)
# Runs the further checks again while something is different, and gives the names of those that fail.
AGAIN = """async ([change, selector, text]) => {
  const { evidence } = ledgerProof.page;
  const kept = structuredClone(evidence.data.review);
  const place = selector && document.querySelector(selector);
  const [parent, next, old] = place ? [place.parentNode, place.nextSibling, [...place.childNodes]] : [];
  const review = evidence.data.review;
  CHANGE
  if (place && text === null) place.remove();
  else if (place) place.textContent = text;
  evidence.rebuilt = undefined;
  const failed = {};
  for (const { name, check } of ledgerProof.MORE_CHECKS) {
    try {
      const found = await check(evidence);
      if (found.state === "failed") failed[name] = found.words;
    } catch (error) {
      failed[name] = String(error);
    }
  }
  if (place && text === null) parent.insertBefore(place, next);
  else if (place) place.replaceChildren(...old);
  evidence.data.review = kept;
  evidence.rebuilt = undefined;
  return failed;
}"""


def again(page: Opened, change: str = "", selector: str = "", text: str | None = None) -> dict[str, str]:
    found = page.page.evaluate(AGAIN.replace("CHANGE", change), [change, selector, text])
    assert isinstance(found, dict)
    return found


def test_every_input_that_is_changed_is_red(daily: str, show: Show) -> None:
    """Each part of the data, each printed part of the sample and of the older state, and each printed figure."""
    page = show(daily)
    assert again(page) == {}
    for change, failed in DATA.items():
        assert set(again(page, change)) == failed, change
    for selector, (text, name) in PRINTED.items():
        assert page.page.locator(selector).count() >= 1, selector
        assert set(again(page, selector=selector, text=text)) == {name}, selector
    for name in FIGURES:
        found = again(page, selector=f'[data-figure="{name}"]', text="77.5")
        assert set(found) == {"figures"}, name
        assert f"{name} is printed as 77.5, and is " in found["figures"]
    assert set(again(page, "evidence.rootOf = async () => new Uint8Array(32)")) == {"prefix"}  # of other entries
    page.page.evaluate("delete ledgerProof.page.evidence.rootOf")
    assert again(page) == {}


def test_a_share_of_less_than_a_hundredth_is_printed_as_such(tmp_path: Path, show: Show) -> None:
    """A share that is printed as 0 is red if it is above 0, and one that is printed as very little if it is none."""
    with reviewed_ledgers.tiny_estimate().ledger as ledger:
        page = show(auditor_page(ledger, tmp_path, 6))
    assert again(page) == {}
    for name, text in (("estimated", "0.00%"), ("split", "<0.01%"), ("metered", "<0.01%")):
        found = again(page, selector=f'[data-figure="origin/{name}/share"]', text=text)
        assert set(found) == {"figures"}, name
    assert "is printed as 0.00%, and is <0.01%" in str(
        again(page, selector='[data-figure="origin/estimated/share"]', text="0.00%")
    )


def test_what_a_waiver_lifted_is_summed_again(tmp_path: Path, show: Show) -> None:
    """Each figure of a waiver is red if it is another one, and if the first page does not have it any more."""
    with reviewed_ledgers.r13().ledger as ledger:
        lifted = [k for k, item in enumerate(ledger.review().waivers) if item.lifted_wh]
        page = show(auditor_page(ledger, tmp_path, ledger.size // 2))
    names = page.page.evaluate(
        "[...document.querySelectorAll('#summary [data-figure^=waiver]')].map((x) => x.dataset.figure)"
    )
    assert len(names) == 2 * min(5, len(lifted)) > 0
    for name in names:
        for text in ("77.5", None):
            assert set(again(page, selector=f'#summary [data-figure="{name}"]', text=text)) == {"figures"}, (name, text)
    assert again(page) == {}


def test_a_changed_flag_is_red(tmp_path: Path, show: Show) -> None:
    """Its key follows from its entries, its entries are there, and it is printed as it is in the data."""
    with reviewed_ledgers.r06().ledger as ledger:
        page = show(auditor_page(ledger, tmp_path, ledger.size // 2))
    key, size = "0" * 64, len(page.page.evaluate("ledgerProof.page.evidence.texts"))
    for change, selector, text, words in (
        (f"review.flags[0][4] = '{key}'", '[data-flag-key="0"]', key, "another key than its entries give"),
        (f"review.flags[0][2].push({size}); review.flags[0][3] = 5000", "", None, "cites an entry that there is not"),
        ("", '[data-flag="0"]', "R99@1 low", "is printed otherwise"),
        ("", '[data-flag-key="0"]', key, "is printed otherwise"),
    ):
        found = again(page, change, selector, text)
        assert set(found) == {"figures"}, (change, selector)
        assert words in found["figures"]
    assert again(page) == {}


def test_a_changed_file_is_red(daily: str, show: Show) -> None:
    """Whoever edits the file, and makes the hash of its text anew, is found by the figures, sample and older state."""
    page = show(shown(daily, figure("claimed"), r"\g<1>77"))
    assert page.failed() == {"figures"}
    assert page.verdict.startswith("FAILED in this browser: the figures.")
    page = show(changed(daily, lambda review: review["sample"].update(seed="another seed")))
    assert page.failed() == {"sample"}
    page = show(changed(daily, lambda review: review["since"].update(root="0" * 64)))
    assert page.failed() == {"prefix"}


def test_a_changed_entry_is_red_even_if_all_hashes_are_made_anew(daily: str, show: Show) -> None:
    """A reading with another value: the quantification and the claimed energy no longer follow from the entries."""

    def change(data: Any) -> None:
        n = next(k for k, text in enumerate(data["entries"]) if '"generation.recorded"' in text)
        data["entries"][n] = re.sub(r'("net_wh":\[)(\d)', lambda match: match[1] + "1" + match[2], data["entries"][n])
        consistent(data)

    page = show(edited(daily, change))
    assert {"figures", "sample", "prefix"} <= page.failed()
    assert "hashes" not in page.failed()
    assert "where its quantification states" in page.check("figures")[1]

    def retire(data: Any) -> None:
        text = data["entries"][-1]
        data["entries"][-1] = text.replace('"last":50', '"last":51')
        assert data["entries"][-1] != text
        consistent(data)

    page = show(edited(daily, retire))
    assert "figures" in page.failed()
    assert "instrument/I-REC-E/active is printed as" in page.check("figures")[1]


def test_a_changed_carry_or_quantification_is_red(daily: str, show: Show) -> None:
    """A carry that the entries do not come to, and a quantification with another text than its digest is of."""

    def of_type(data: Any, kind: str) -> tuple[int, Any]:
        n = next(k for k, text in enumerate(data["entries"]) if f'"{kind}"' in text)
        return n, json.loads(data["entries"][n])

    def carry(data: Any) -> None:
        n, entry = of_type(data, "issuance.recorded")
        entry["event"]["carry"][0]["amount"] = "0.987654"
        data["entries"][n] = dumps(entry).decode()
        consistent(data)

    def document(data: Any) -> None:
        n, entry = of_type(data, "document.recorded")
        entry["event"]["text"] += " "
        data["entries"][n] = dumps(entry).decode()
        consistent(data)

    for change, words in ((carry, "where the entry states 0.987654"), (document, "does not have the digest")):
        assert words in show(edited(daily, change)).check("figures")[1]


def test_a_step_that_is_claimed_twice_is_red(daily: str, show: Show) -> None:
    """The second issuance claims what the first one claims, with a quantification whose digest is right."""

    def change(data: Any) -> None:
        entries = [json.loads(text) for text in data["entries"]]
        issued = [k for k, entry in enumerate(entries) if entry["type"] == "issuance.recorded"]
        first, second = (json.loads(entries[k - 1]["event"]["text"]) for k in issued[:2])
        text = dumps(second | {"steps": first["steps"]}).decode()
        digest = f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
        entries[issued[1] - 1]["event"].update(text=text, sha256=digest)
        entries[issued[1]]["event"]["quantification"] = digest
        data["entries"] = [dumps(entry).decode() for entry in entries]
        consistent(data)

    page = show(edited(daily, change))
    assert {"figures", "sample"} <= page.failed()
    assert "two issuances claim the same step of plant" in page.check("sample")[1]


def test_an_event_that_the_page_does_not_know_is_not_checked(daily: str, show: Show) -> None:
    def change(data: Any) -> None:
        data["entries"][-1] = data["entries"][-1].replace('"units.retired"', '"units.dissolved"')
        consistent(data)

    page = show(edited(daily, change))
    assert page.check("figures")[0] == page.check("sample")[0] == "not checked"
    assert "event units.dissolved is unknown to this page" in page.check("figures")[1]


def test_a_page_without_all_entries_says_what_is_not_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, show: Show
) -> None:
    """Too long a ledger, or a page of some projects: the proof of the older state is checked, and nothing is summed."""
    monkeypatch.setattr("carbon_ledger.queries.ledger_page.report.fits", lambda _: False)
    with reviewed_ledgers.r00().ledger as ledger:
        page = show(auditor_page(ledger, tmp_path, 12))
        ledger.review_page(tmp_path / "some.html", review=ledger.review(scope=["hydro"]))
        some = show((tmp_path / "some.html").read_text(encoding="utf-8"))
    assert page.failed() == some.failed() == set()
    assert page.check("figures")[0] == page.check("sample")[0] == some.check("figures")[0] == "not checked"
    assert "does not have all entries" in page.check("sample")[1]
    assert page.check("prefix")[0] == "passed"
    assert "The entries are not in this page" in page.check("prefix")[1]
    for change, failed in DATA.items():
        if "since" in change and "size = 0" not in change:
            assert set(again(page, change)) == failed - {"figures"}, change
    zeros = "0" * 64  # a root that is printed as the data have it: the proof alone is left to find it
    assert set(again(page, f"review.since.root = '{zeros}'", "[data-since=root]", zeros)) == {"prefix"}
    assert set(again(page, "review.since.size = 13", "[data-since=size]", "13")) == {"prefix"}
    assert set(again(page, f"evidence.data.root = '{zeros}'")) == {"prefix"}


LEDGERS: dict[str, Callable[[Path], cl.Reader]] = {
    "everything": reported_ledgers.full,
    "hostile": lambda _: reported_ledgers.hostile(),
    "crowded": lambda _: reported_ledgers.crowded(40),
    "empty": lambda _: reported_ledgers.begun(),
    "golden": lambda _: cl.open_ledger(ROOT / "tests" / "golden" / "golden-v2.db", read_only=True),
    "debit": lambda _: reviewed_ledgers.r17().ledger,
    "credits": lambda _: reviewed_ledgers.r13().ledger,
}


@pytest.mark.parametrize("case", LEDGERS)
def test_every_kind_of_ledger_is_green_and_has_a_first_page_of_one_sheet(case: str, tmp_path: Path, show: Show) -> None:
    with LEDGERS[case](tmp_path) as ledger:
        html = auditor_page(ledger, tmp_path, ledger.size // 2, dispositions=noted(ledger), found={})
    page = show(html, viewport={"width": 360, "height": 900})
    assert page.failed() == set()
    assert page.page.locator("script").count() == 2
    assert page.page.locator("img, iframe, object, form, base").count() == 0
    assert overflow(page) <= 0
    assert highest_row_of_the_sample(page) < 100
    assert first_sheet(page) == 1


@pytest.mark.parametrize(("case", "width", "scheme"), [("everything", 360, "dark"), ("hostile", 1280, "light")])
def test_axe_finds_nothing(case: str, width: int, scheme: str, tmp_path: Path, show: Show, axe: str) -> None:
    with LEDGERS[case](tmp_path) as ledger:
        html = auditor_page(ledger, tmp_path, ledger.size // 2, dispositions=noted(ledger), found={})
    page = show(html, viewport={"width": width, "height": 900}, color_scheme=scheme)
    assert overflow(page) <= 0
    assert violations(page, axe) == []


def overflow(page: Opened) -> int:
    found = page.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert isinstance(found, int)
    return found


def highest_row_of_the_sample(page: Opened) -> int:
    """The height of the highest row of the sample on paper, so that no column is squeezed. [px]"""
    page.page.emulate_media(media="print")
    page.page.set_viewport_size({"width": 688, "height": 900})  # a sheet of A4 without its margins
    rows = '[...document.querySelectorAll("#sample-items tr")].map((row) => row.clientHeight)'
    found = page.page.evaluate(f"Math.max(0, ...{rows})")
    page.page.emulate_media(media="null")
    assert isinstance(found, int)
    return found


def first_sheet(page: Opened) -> int:
    """How many sheets of paper the first page takes: those of the page without its other sections."""
    page.page.evaluate("""() => {
      for (const item of document.querySelectorAll("main > section:not(#summary)")) item.remove();
      document.querySelector("#summary").style.breakAfter = "auto";
    }""")
    return len(re.findall(rb"/Type\s*/Page\b", page.page.pdf(prefer_css_page_size=True)))
