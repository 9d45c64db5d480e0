"""Messages about dispositions, what was found for a sample, and workpapers."""

from pathlib import Path

from attrs import evolve

import carbon_ledger as cl
from carbon_ledger.errors import MissingDataError, QuantityError, StoreError
from tests.messages.ledgers import begin
from tests.messages.snapshots import Case, Do, Expect, Refusal, refusals, refused
from tests.support import reviewed_ledgers

HEAD = "rule,severity,subject,cause,entries,figures,status,disposition,misstated_wh,response,by,date,ledger,key"
KEY = 64 * "a"
SAMPLE = cl.draw_sample([cl.ClaimedStep(device="plant", start_utc=0, end_utc=3_600, net_wh=9, entry=1)], "root", "seed")


def dispositions(*rows: str, head: str = HEAD) -> Do:
    """Read a file of dispositions."""

    def do(place: Path) -> object:
        (place / "dispositions.csv").write_text("\n".join([head, *rows]), encoding="utf-8")
        return cl.read_dispositions(place / "dispositions.csv")

    return do


def row(disposition: str = "", wh: str = "", date: str = "", ledger: str = "hydro", key: str = KEY) -> str:
    return f"R25@1,critical,project p,a debit,3,x 1,,{disposition},{wh},a response,A,{date},{ledger},{key}"


def results(*rows: str, head: str = "device,start,found_wh") -> Do:
    """Read what was found for a sample."""

    def do(place: Path) -> object:
        (place / "found.csv").write_text("\n".join([head, *rows]), encoding="utf-8")
        return cl.read_sample_results(place / "found.csv", SAMPLE)

    return do


def workpaper(**papers: object) -> Do:
    """Write a workpaper."""
    return lambda place: begin().write_workpaper(place / "paper.xlsx", **papers)  # type: ignore[arg-type]


def of_another_ledger(_: Path) -> object:
    """Apply dispositions to the review of another ledger."""
    review = reviewed_ledgers.r17().ledger.review()
    return cl.Dispositions().updated(review).of_review(evolve(review, ledger_id="other"))


def existing(place: Path) -> object:
    """Write a workpaper over another file."""
    (place / "paper.xlsx").touch()
    return begin().write_workpaper(place / "paper.xlsx")


def other_sample(place: Path) -> object:
    """Write a workpaper with the sample of another seed and state."""
    ledger = reviewed_ledgers.r17().ledger
    sample = evolve(ledger.sample("seed"), seed="another seed")
    return ledger.write_workpaper(place / "paper.xlsx", sample=sample)


FILES: list[Refusal] = [
    ("dispositions-without-a-file", lambda place: cl.read_dispositions(place / "none.csv"), MissingDataError),
    ("dispositions-without-a-column", dispositions(head=HEAD.replace(",key", "")), MissingDataError),
    ("dispositions-of-nothing", dispositions(head=""), MissingDataError),
    ("dispositions-with-unknown-word", dispositions(row("explaned")), QuantityError),
    ("dispositions-with-a-day-in-another-way", dispositions(row(date="3/4/2026")), QuantityError),
    ("dispositions-with-rounded-energy", dispositions(row(wh="1.2E+11")), QuantityError),
    ("dispositions-without-a-key", dispositions(row(key="R25")), QuantityError),
    ("dispositions-twice-with-other-contents", dispositions(row("open"), row("CAR")), QuantityError),
    ("dispositions-of-another-ledger", of_another_ledger, QuantityError),
    ("dispositions-of-no-review", lambda place: cl.update_dispositions(place / "a", 3), QuantityError),  # type: ignore[arg-type]
    ("results-of-another-step", results("plant,1970-01-01T01:00:00Z,9"), QuantityError),
    ("results-with-a-local-time", results("plant,1970-01-01 00:00,9"), QuantityError),
    ("results-with-a-fraction", results('plant,1970-01-01T00:00:00Z,"9,5"'), QuantityError),
    ("results-twice", results(*2 * ["plant,1970-01-01T00:00:00Z,9"]), QuantityError),
    ("results-that-are-not-complete", results("plant,1970-01-01T00:00:00Z,"), MissingDataError),
    ("results-of-no-sample", lambda place: cl.read_sample_results(place / "a", 3), QuantityError),  # type: ignore[arg-type]
]
PAPERS: list[Refusal] = [
    ("workpaper-over-a-file", existing, StoreError),
    ("workpaper-with-text-as-review", workpaper(review="text"), QuantityError),
    ("workpaper-of-another-ledger", workpaper(review=reviewed_ledgers.begun().ledger.review()), QuantityError),
    ("workpaper-with-another-sample", other_sample, QuantityError),
    ("workpaper-with-results-and-no-sample", workpaper(found={("plant", 0): 1}), QuantityError),
    ("workpaper-with-number-as-results", workpaper(found=3), QuantityError),
]


@refusals(FILES)
def test_a_file_is_refused_in_these_words(case: Case, expect: Expect, tmp_path: Path) -> None:
    expect(refused(case, tmp_path).replace(str(tmp_path), "{folder}"))


@refusals(PAPERS)
def test_a_workpaper_is_refused_in_these_words(case: Case, expect: Expect, tmp_path: Path) -> None:
    expect(refused(case, tmp_path).replace(str(tmp_path), "{folder}"))
