"""Messages about a report or a certificate that cannot be written."""

from collections.abc import Callable
from pathlib import Path

import carbon_ledger as cl
from carbon_ledger.errors import FormatError, QuantityError, StoreError, UnknownAccountError, UnknownProjectError
from carbon_ledger.signing import Signer
from tests.messages.ledgers import begin, busy
from tests.messages.snapshots import Case, Do, Expect, Refusal, refusals, refused
from tests.support.places import ROOT

SIGNER = Signer("example.com/a", bytes(range(32)))


def report(**arguments: object) -> Do:
    """Write a report of a ledger."""
    return lambda place: begin().report(place / "report.html", **arguments)


def existing(place: Path) -> object:
    """Write a report over another file."""
    (place / "report.html").touch()
    return begin().report(place / "report.html")


def newer_checkpoint(place: Path) -> object:
    """Write a report of an earlier state than that of the checkpoint."""
    ledger = begin()
    published = ledger.publish(place / "log", signer=SIGNER)
    return ledger.as_of(entry=1).report(place / "report.html", checkpoint=published)


def other_audit(place: Path) -> object:
    """Write a report of an earlier state than the one that was audited."""
    ledger = begin()
    return ledger.as_of(entry=1).report(place / "report.html", audit_report=ledger.audit())


def older_checkpoint(place: Path) -> object:
    """Write the certificate of a retirement that is newer than the checkpoint."""
    ledger = busy()
    published = ledger.publish(place / "log", signer=SIGNER)
    year = cl.Period.year(2024, zone="UTC")
    item = ledger.retire(ledger.holdings("op")[0].take(1), beneficiary="B", purpose="use", period=year)
    return ledger.retirement_certificate(item.n, place / "certificate.html", checkpoint=published)


def reviewed(at: int | None = None, **parts: Callable[[cl.Ledger], object]) -> Do:
    """Write the page of an auditor with parts that a ledger gave before somebody recorded one more entry."""

    def written(place: Path) -> object:
        ledger = busy()
        given = {name: make(ledger) for name, make in parts.items()}
        ledger.open_account("late", name="Late")
        reader = ledger if at is None else ledger.as_of(entry=at)
        return reader.review_page(place / "report.html", **given)  # type: ignore[arg-type]

    return written


REPORTS: list[Refusal] = [
    ("report-over-a-file", existing, StoreError),
    ("report-to-no-folder", lambda place: begin().report(place / "absent" / "report.html"), StoreError),
    ("report-of-unknown-project", report(projects=["x"]), UnknownProjectError),
    ("report-of-unknown-account", report(accounts=["x"]), UnknownAccountError),
    ("report-of-text-as-projects", report(projects="p"), QuantityError),
    ("report-with-two-lines-as-title", report(title="a\nb"), QuantityError),
    ("report-with-text-as-checkpoint", report(checkpoint="text"), FormatError),
    ("report-with-text-as-audit", report(audit_report="passed"), QuantityError),
    ("report-with-newer-checkpoint", newer_checkpoint, StoreError),
    ("report-with-audit-of-another-state", other_audit, QuantityError),
    ("certificate-with-older-checkpoint", older_checkpoint, StoreError),
    ("report-with-text-as-review", reviewed(review=lambda _: "a"), QuantityError),
    ("report-with-text-as-dispositions", reviewed(dispositions=lambda _: "a"), QuantityError),
    ("report-with-results-and-no-sample", reviewed(found=lambda _: {}), QuantityError),
    (
        "report-with-results-of-no-chosen-step",
        reviewed(19, review=lambda x: x.review(), sample=lambda x: x.sample("a"), found=lambda _: {("plant", 0): 1}),
        QuantityError,
    ),
    ("report-with-older-review", reviewed(review=lambda x: x.review()), QuantityError),
    ("report-with-newer-review", reviewed(3, review=lambda x: x.review()), QuantityError),
    ("report-with-older-sample", reviewed(sample=lambda x: x.sample("a")), QuantityError),
    ("report-with-older-changes", reviewed(changes=lambda x: x.changes(since=2)), QuantityError),
    (
        "report-with-older-check-of-a-folder",
        reviewed(evidence=lambda x: x.verify_evidence(ROOT / "docs")),
        QuantityError,
    ),
    (
        "report-with-sample-of-other-projects",
        reviewed(19, review=lambda x: x.review(), sample=lambda x: x.sample("a", scope=[])),
        QuantityError,
    ),
    (
        "report-of-some-projects-with-changes",
        reviewed(review=lambda x: x.review(scope=["p"]), changes=lambda x: x.changes(since=2)),
        QuantityError,
    ),
]


@refusals(REPORTS)
def test_it_is_refused_in_these_words(case: Case, expect: Expect, tmp_path: Path) -> None:
    expect(refused(case, tmp_path).replace(str(tmp_path), "{folder}"))
