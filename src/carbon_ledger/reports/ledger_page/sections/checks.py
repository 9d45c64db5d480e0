"""The section about the audit: every check with its result, what was found, and what no audit can show."""

from collections.abc import Iterator
from typing import Final

from carbon_ledger.reports.ledger_page.contents import Checks, LedgerContents
from carbon_ledger.reports.ledger_page.markup import Column, Html, badge, entry, more, plural, table, text
from carbon_ledger.reports.ledger_page.page import Section

NOT_SHOWN: Final = (
    "that the documents behind the readings are true, or that they state what was recorded",
    "that the plants exist, and that nobody has issued units for the same energy in another registry",
    "that the rules in this library agree with the text of a methodology, unless an attestation states it",
    "that this ledger is the one that others were shown: only a checkpoint that somebody else stored shows it",
)


def checks(contents: LedgerContents) -> Section:
    """What the audit checked and found."""
    return Section("checks", "The audit", _checks(contents))


def _checks(contents: LedgerContents) -> Iterator[str]:
    found = contents.checks
    if found is None:
        yield f"<p>{badge('warn', 'no audit')} This report is of an earlier state of the ledger. No audit was run "
        yield "for it. <code>audit()</code> checks the whole ledger, this state included.</p>"
    else:
        yield from _results(found)
    yield "<h3>What no audit shows</h3><ul>"
    yield from (f"<li>{text(item)};</li>" for item in NOT_SHOWN[:-1])
    yield f"<li>{text(NOT_SHOWN[-1])}.</li></ul>"


def _results(found: Checks) -> Iterator[str]:
    verdict = badge("good", "passed") if found.passed else badge("bad", "not passed")
    yield f"<p>{verdict} The audit read {plural(found.size, 'entry', 'entries')} and computed from them the root "
    yield f'<code class="mono">{text(found.root or "none, because an entry cannot be hashed")}</code>. The library ran '
    yield "these checks when the report was written; a browser cannot repeat all of them.</p>"
    columns = [Column("check"), Column("result", "state"), Column("things checked", "number")]
    rows: list[tuple[str | int | None, ...]] = [
        (label, badge("good", "passed") if good else badge("bad", "failed"), count)
        for label, count, good in found.checks
    ]
    rows += [(label, badge("bad", "not run"), None) for label in found.not_run]
    yield from table("The audit's checks", columns, rows)
    if found.not_recomputed:
        yield "<h3>Not computed again</h3><ul>"
        yield from (f"<li>{text(item)}</li>" for item in found.not_recomputed)
        yield "</ul>"
    if found.findings.items:
        yield "<h3>What is wrong</h3><ul>"
        yield from (f"<li>{text(item)}</li>" for item in found.findings.items)
        yield f"</ul>{more(found.findings)}"
    if found.notes.items:
        notes = [(entry(n), note) for n, note in found.notes.items]
        yield from table("What is allowed, and a reader should know", [Column("entry", "state"), Column("note")], notes)
        yield more(found.notes)
    elif found.notes.total:
        yield f"<p>The audit has {plural(found.notes.total, 'note')} on what is allowed, and a reader should know. "
        yield "They are about the whole ledger, and not in a report on a part of it.</p>"


def result_badge(found: Checks | None) -> Html:
    """The audit's result in words, for the first page."""
    if found is None:
        return badge("warn", "no audit was run")
    return badge("good", f"passed, {len(found.checks)} checks") if found.passed else badge("bad", "not passed")
