"""The first section: the whole in short, for a reader who reads nothing else."""

from collections.abc import Iterator
from typing import Final

from carbon_ledger.reports.ledger_page.contents import LedgerContents, Units
from carbon_ledger.reports.ledger_page.markup import Html, badge, mwh, name, plural, text, time
from carbon_ledger.reports.ledger_page.page import Section
from carbon_ledger.reports.ledger_page.sections.checks import result_badge
from carbon_ledger.reports.ledger_page.sections.remarks import ASSUMPTION
from carbon_ledger.reports.ledger_page.sections.units import held_sentence, stack_of

_MOST_PICTURES: Final = 3  # on the first page
_TOTALS: Final = ("active", "retired", "cancelled", "withdrawn")


def summary(contents: LedgerContents, verdict: str) -> Section:
    """The first section.

    Args:
        contents: The contents of the report.
        verdict: HTML that states what the page has verified by itself.
    """
    return Section("summary", "In short", _summary(contents, verdict))


def _summary(contents: LedgerContents, verdict: str) -> Iterator[str]:
    yield from _alert(contents)
    yield from _scope(contents)
    yield from _units(contents)
    yield '<div class="tiles">'
    yield _audit(contents)
    yield _support(contents)
    yield _exceptions(contents)
    yield _changed(contents)
    yield "</div>\n"
    yield verdict
    yield from _facts(contents)


def _alert(contents: LedgerContents) -> Iterator[str]:
    """What makes every other figure of the page worthless, before all of them."""
    if contents.checks is not None and not contents.checks.passed:
        yield '<p class="alert"><strong>The audit did not pass.</strong> Do not rely on the figures of this page '
        yield 'before you know why: see <a href="#checks">The audit</a>.</p>'


def _audit(contents: LedgerContents) -> str:
    words = "the library checked every entry and every figure"
    if contents.checks is None:
        words = "this page is of an earlier state of the ledger"
    elif not contents.checks.passed:
        words = "what is wrong, or was not checked, is listed"
    return _tile("Audit", result_badge(contents.checks), words, "checks")


def _scope(contents: LedgerContents) -> Iterator[str]:
    for what, names in (("projects", contents.projects), ("accounts", contents.accounts)):
        if names is not None:
            listed = ", ".join(map(name, names[:20])) or "none"
            rest = f" and {len(names) - 20:,} more" if len(names) > 20 else ""
            yield f"<p>{badge('quiet', 'in part')} This report is restricted to the {what} {listed}{rest}.</p>"


def _units(contents: LedgerContents) -> Iterator[str]:
    items = contents.units.instruments.items
    if not items:
        yield '<p class="lede">No unit was issued or imported.</p>'
    for k, item in enumerate(items):
        holders = len(
            {
                found.account
                for found in contents.units.accounts.items
                if found.held and found.instrument == item.instrument
            }
        )
        more_accounts = contents.units.accounts.more
        sentence = held_sentence(item, holders)
        yield (
            f'<p class="lede">{sentence}</p>'
            if not more_accounts
            else f'<p class="lede">{sentence.rpartition(";")[0]}.</p>'
        )
        yield from stack_of(f"short-{k}", f"{item.instrument} by state", item.states) if k < _MOST_PICTURES else ()
        yield _totals(item)
    claimed = sum(item.claimed_wh for item in contents.energy.items)
    if claimed and not contents.energy.more:  # no step is claimed twice, so that the projects can be added
        yield f"<p>Issuances of {plural(contents.energy.total, 'project')} claim <b>{text(mwh(claimed))} MWh</b> of "
        yield "net generation, each metered step once.</p>"


def _totals(item: Units) -> str:
    """The totals of an instrument for programs that read the page."""
    counts = {"all": item.total, "held": item.held} | {state: item.states.get(state, 0) for state in _TOTALS}
    found = "".join(
        f'<data class="total" data-of="{of}" data-instrument="{text(item.instrument)}" value="{count}"></data>'
        for of, count in counts.items()
    )
    return f'<span hidden="hidden">{found}</span>'


def _tile(title: str, verdict: Html, words: str, anchor: str) -> str:
    head = f'<p class="tile-title"><a href="#{anchor}">{title}</a></p>'
    return f'<div class="tile">{head}<p>{verdict}</p><p>{words}</p></div>'


def _support(contents: LedgerContents) -> str:
    debits = [item for item in contents.carries.items if item.debit]
    if not debits:
        return _tile("Support", badge("good", "no debit"), "every unit that counts has energy behind it", "carry")
    units = plural(sum(item.debit_units for item in debits), "unit")
    # Projects with a debit come first, so that others can have one only if each that is shown has one.
    least = "at least " if contents.carries.more and len(debits) == len(contents.carries.items) else ""
    where = f"in {least}{plural(len(debits), 'project')}"
    words = f"{where}, units were sold before readings were corrected or energy was imported"
    return _tile("Support", badge("bad", f"{least}{units} without energy"), words, "carry")


def _exceptions(contents: LedgerContents) -> str:
    total = contents.waivers.total
    if not total:
        return _tile("Exceptions", badge("good", "none"), "no check was waived and nothing was assumed", "remarks")
    assumed = sum(item.name.startswith(ASSUMPTION) for item in contents.waivers.items)
    words = "a person gave a reason for each; a reader judges the reasons"
    if assumed and not contents.waivers.more:
        words = f"{total - assumed} waived, {assumed} assumed; {words}"
    return _tile("Exceptions", badge("warn", plural(total, "waiver")), words, "remarks")


def _changed(contents: LedgerContents) -> str:
    total = contents.changes.total
    if not total:
        return _tile("Corrections", badge("good", "none"), "nothing was corrected, voided or withdrawn", "changes")
    return _tile(
        "Corrections", badge("quiet", f"{total:,}"), "what was recorded before is still in the ledger", "changes"
    )


def _facts(contents: LedgerContents) -> Iterator[str]:
    head = contents.head
    policy = "anybody may record (open)" if head.policy == "open" else "roles decide who may record"
    facts = [
        ("Ledger", name(head.ledger_id)),
        ("Entries", f'<span class="ledger-size">{head.size:,}</span>'),
        ("Root of all entries", f'<code id="root" class="ledger-root mono">{head.root}</code>'),
        ("Opened", text(time(contents.opened_at))),
        ("Newest entry", text(time(head.as_of))),
        ("Policy", f"{policy}; {plural(contents.actors, 'actor')} recorded entries"),
        ("Checkpoint", text(head.checkpoint or "none: nothing outside this page commits to the root")),
        ("Made by", text(f"{head.made_by}; the ledger was opened by {head.software}")),
    ]
    yield '<dl class="facts">'
    yield from (f"<div><dt>{label}</dt><dd>{value}</dd></div>" for label, value in facts)
    yield "</dl>\n"
