"""The first page of an auditor: everything that an opinion is about, on one sheet of paper."""

from collections.abc import Iterator
from typing import Final

from carbon_ledger.reports.ledger_page.contents import LedgerContents
from carbon_ledger.reports.ledger_page.figures import BLANK, amount, energy, figure, share_of
from carbon_ledger.reports.ledger_page.markup import Column, Html, badge, name, plural, table, text, time
from carbon_ledger.reports.ledger_page.page import Section
from carbon_ledger.reports.ledger_page.pictures import figure as picture
from carbon_ledger.reports.ledger_page.pictures import paint, share, share_text, swatch
from carbon_ledger.reports.ledger_page.review_contents import ReviewContents
from carbon_ledger.reports.ledger_page.sections.checks import result_badge

_MOST_WAIVERS: Final = 5
_MOST_INSTRUMENTS: Final = 4  # with a row on the first page; the reconciliation has all of them
ORIGINS: Final = {
    "metered": ("active", "metered singly"),
    "corrected": ("pending", "metered and corrected"),
    "apportioned": ("buffered", "apportioned from a shared meter"),
    "split": ("locked", "split at the end of a year"),
    "estimated": ("cancelled", "estimated or substituted"),
    "without_evidence": ("debit", "without evidence"),
}
_SEVERE: Final = {"critical": "bad", "high": "bad", "medium": "warn", "low": "quiet"}


def first_page(contents: LedgerContents, review: ReviewContents, verdict: str) -> Section:
    """The first page.

    Args:
        contents: The contents of the page.
        review: What the review found.
        verdict: HTML that states what the page has verified by itself.
    """
    return Section("summary", "The opinion, and what it rests on", _first(contents, review, verdict))


def _first(contents: LedgerContents, review: ReviewContents, verdict: str) -> Iterator[str]:
    if contents.checks is not None and not contents.checks.passed:
        yield '<p class="alert"><strong>The audit did not pass.</strong> Do not rely on the figures of this page '
        yield 'before you know why: see <a href="#checks">The audit</a>.</p>'
    yield f"<p>{_scope(review)}</p>"
    yield from _opinion()
    yield from _instruments(review)
    yield from _ladder(review)
    yield '<div class="tiles">'
    yield _flags(review)
    yield _waivers(review)
    yield _materiality(review)
    yield _since(review)
    yield "</div>\n"
    yield verdict
    yield from _facts(contents)


def _scope(review: ReviewContents) -> str:
    if review.projects:
        some = ", ".join(map(name, review.projects[:8]))
        more = f" and {len(review.projects) - 8:,} more" if len(review.projects) > 8 else ""
        return f"<b>Scope:</b> the projects {some}{more}, with their devices."
    when = "" if review.produced is None else f", generation from {review.produced[0]} to {review.produced[1]}"
    return f"<b>Scope:</b> the whole ledger, {plural(review.totals.total, 'project')}{text(when)}."


def _opinion() -> Iterator[str]:
    yield '<div class="opinion"><p><b>Opinion</b> (empty until a verifier signs it; the library gives none)</p>'
    yield f"<p>Type: {BLANK} Level of assurance: {BLANK}</p><p>Verifier, date and signature: {BLANK}</p></div>"


def _instruments(review: ReviewContents) -> Iterator[str]:
    yield f"<p><b>{energy('claimed', review.claimed_wh)} MWh</b> of net generation are claimed by issuances.</p>"
    columns = [
        Column("instrument", "name"),
        Column("claimed amount", "number"),
        Column("units issued", "number"),
        Column("imported", "number"),
        Column("count now", "number"),
        Column("supported", "number"),
        Column("unsupported", "number"),
    ]
    rows = []
    for item in review.instruments.items[:_MOST_INSTRUMENTS]:
        of = f"instrument/{item.instrument}"
        unsupported = figure(f"{of}/unsupported", item.unsupported)
        rows.append(
            (
                item.instrument,
                Html(f"{amount(f'{of}/amount', item.amount)} {text(item.unit)}"),
                figure(f"{of}/issued", item.issued),
                figure(f"{of}/imported", item.imported),
                figure(f"{of}/counted", item.counted),
                figure(f"{of}/supported", item.counted - item.unsupported),
                Html(f'<b class="short">{unsupported}</b>') if item.unsupported else unsupported,
            )
        )
    yield from table("Units, and whether claimed energy supports them, whatever its origin", columns, rows)
    if review.instruments.total > _MOST_INSTRUMENTS:
        rest = review.instruments.items[_MOST_INSTRUMENTS:]
        short = sum(item.unsupported > 0 for item in rest)
        yield f'<p class="more">{review.instruments.total - _MOST_INSTRUMENTS:,} more instruments, {short:,} of them '
        yield "with "
        yield 'unsupported units: see <a href="#reconciliation">Reconciliation</a>.</p>'


def _ladder(review: ReviewContents) -> Iterator[str]:
    """The ladder of origin: one bar, and a table of its parts."""
    whole = review.claimed_wh
    drawn = whole > 0 and all(wh >= 0 for _, wh in review.origins)
    if drawn:
        before, shapes = 0, ""
        for key, wh in review.origins:
            shapes += (
                f'<rect x="{share(before, whole)}" y="0" width="{share(wh, whole)}" height="22" {paint(_fill(key))}/>'
            )
            before += wh
        words = "; ".join(f"{ORIGINS[key][1]} {share_text(wh, whole)}" for key, wh in review.origins if wh)
        yield from picture("ladder", "Where the claimed energy comes from, the surest first", words, 22, shapes)
    columns = [Column("origin"), Column("MWh", "number"), *([Column("share", "number")] if drawn else [])]
    rows = [
        (
            Html(f"{swatch(_fill(key))} {text(ORIGINS[key][1])}"),
            energy(f"origin/{key}", wh),
            *([share_of(f"origin/{key}/share", wh, whole)] if drawn else []),
        )
        for key, wh in review.origins
    ]
    yield from table("Energy by origin; of several, the least sure counts", columns, rows)


def _fill(key: str) -> str:
    return ORIGINS[key][0]


def _tile(title: str, anchor: str, *lines: str) -> str:
    head = f'<p class="tile-title"><a href="#{anchor}">{title}</a></p>'
    return f'<div class="tile">{head}{"".join(f"<p>{line}</p>" for line in lines)}</div>'


def _flags(review: ReviewContents) -> str:
    shown = ", ".join(
        f'<span class="unit">{figure(f"flags/{severity}", count)} '
        f"{badge(_SEVERE[severity] if count else 'quiet', severity)}</span>"
        for severity, count in review.severities
    )
    some = "" if review.flags_since is None else f"; only flags that rest on entry {review.flags_since} or a later one"
    return _tile("Flags", "flags", shown, f"a flag is a reason to look, and no finding{some}")


def _waivers(review: ReviewContents) -> str:
    if not review.waivers.total:
        return _tile("Waivers by exposure", "override", "none")
    lines = [
        f"{text(item.name, 60)}: {energy(f'waiver/{place}/wh', item.lifted_wh)} MWh, "
        f"{figure(f'waiver/{place}/units', item.lifted_units)} units"
        for place, item in enumerate(review.waivers.items[:_MOST_WAIVERS])
        if item.lifted_wh
    ]
    rest = review.waivers.total - len(lines)
    more = [f"{rest:,} more, which lifted less or nothing"] if rest else []
    return _tile("Waivers by exposure", "override", *lines, *more)


def _materiality(review: ReviewContents) -> str:
    found = review.threshold
    if found is None:
        return _tile("Materiality", "engagement", str(BLANK), "the auditor chooses a programme; none was given")
    return _tile(
        "Materiality",
        "engagement",
        f"{found.percent:f}% of {text(found.programme)}: {found.threshold_t:,f} tCO2e",
        f"performance materiality {found.performance_t:,f} tCO2e; how sure the source is: {text(found.certainty)}",
    )


def _since(review: ReviewContents) -> str:
    found = review.since
    if found is None:
        return _tile("Changed since", "since", str(badge("quiet", "not compared")), "no older checkpoint was given")
    changed = badge("warn", "yes") if found.changed else badge("good", "no")
    return _tile(
        "Changed since",
        "since",
        f"issuances of then: {changed}, {figure('since/changed', found.changed)} of them",
        f"{figure('since/new', found.new)} new entries after the {found.size:,} of then",
    )


def _facts(contents: LedgerContents) -> Iterator[str]:
    head = contents.head
    prepared = (
        Html("not stated: who makes a page decides what it is about")
        if not head.prepared_by
        else name(head.prepared_by)
    )
    facts = [
        ("Prepared by", prepared),
        ("Audit", result_badge(contents.checks)),
        (
            "Ledger",
            f'{name(head.ledger_id)}, <span class="ledger-size">{figure("entries", head.size)}</span> entries, '
            f"the newest of {text(time(head.as_of))}",
        ),
        ("Root of all entries", f'<code id="root" class="ledger-root mono">{head.root}</code>'),
        ("Checkpoint", name(head.checkpoint or "none: nothing outside this page commits to the root")),
        ("Checkpoint key", f"{BLANK} (paste it below; a key in the page would prove nothing)"),
        ("Library", name(f"{head.made_by}; the ledger was opened by {head.software}")),
    ]
    yield '<dl class="facts">'
    yield from (f"<div><dt>{label}</dt><dd>{value}</dd></div>" for label, value in facts)
    yield "</dl>\n"
