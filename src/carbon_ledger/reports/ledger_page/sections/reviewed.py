"""Sections about a review: plants, what changed, what was overridden, the flags, the sample, the evidence."""

from collections.abc import Iterator
from typing import Final

from carbon_ledger.reports.ledger_page.contents import LedgerContents
from carbon_ledger.reports.ledger_page.figures import BLANK, amount, cited, energy, figure, rows_table
from carbon_ledger.reports.ledger_page.markup import (
    Column,
    Html,
    badge,
    entry,
    more,
    mwh,
    name,
    number,
    plural,
    table,
    text,
)
from carbon_ledger.reports.ledger_page.page import Section
from carbon_ledger.reports.ledger_page.review_contents import Disposed, Drawn, Flagged, ReviewContents
from carbon_ledger.reports.ledger_page.sections.remarks import ASSUMPTION

_SEVERE: Final = {"critical": "bad", "high": "bad", "medium": "warn", "low": "quiet"}
_STATES: Final = ("active", "locked", "buffered", "pending", "retired", "cancelled", "withdrawn", "exported")
_CITED: Final = 40  # entries that a flag shows


def since(review: ReviewContents) -> Section:
    """What has changed since an older state."""
    return Section("since", "Since the last verified checkpoint", _since(review))


def _since(review: ReviewContents) -> Iterator[str]:
    found = review.since
    if found is None:
        yield "<p>This page compares the ledger with no older state: no checkpoint was given. At a first "
        yield "verification there is "
        yield "none. Later, ask for the page with the checkpoint of the last one.</p>"
        return
    pinned = (
        "It is that of the checkpoint that was given."
        if found.is_pinned
        else "It was compared with no checkpoint: only a size was given, so a ledger that was rewritten is not noticed."
    )
    yield f'<p>Then, the ledger had <span data-since="size">{found.size:,}</span> entries. Their root, computed from '
    yield "the entries, is "
    yield f'<code class="mono" data-since="root">{found.root}</code>. {pinned}</p>'
    yield f"<p>New entries since then: {figure('since/new', found.new)}. Issuances of then that have another amount or "
    yield f"other units now: {figure('since/changed', found.changed)}.</p>"
    columns = [Column("event", "mono"), Column("new entries", "number")]
    rows = [(kind, figure(f"since/type/{kind}", count)) for kind, count in found.types]
    yield from table("New entries by type", columns, rows) if rows else ()
    for item in found.tables:
        if item.total:
            yield from rows_table(item)
        else:
            yield f"<p>{text(item.title)}: none.</p>"


def plants(review: ReviewContents) -> Section:
    """The plants and their meters."""
    return Section("plants", "Plants and meters", _plants(review))


def _plants(review: ReviewContents) -> Iterator[str]:
    yield from rows_table(review.plants) if review.plants.rows else ["<p>No plant is registered.</p>"]
    yield from rows_table(review.meters) if review.meters.rows else ["<p>No meter is registered.</p>"]
    yield f"<p>Whether the plants stand there, and whether the meters are these: {BLANK}</p>"


def reconciliation(contents: LedgerContents, review: ReviewContents) -> Section:
    """Three equations: of energy, of units, and of carry."""
    return Section("reconciliation", "Reconciliation", _reconciliation(contents, review))


def _reconciliation(contents: LedgerContents, review: ReviewContents) -> Iterator[str]:
    yield "<p>Each row is an equation. When the page is opened, the browser sums each figure of these tables again "
    yield "from the "
    yield "entries; see <i>Figures</i> below.</p>"
    if contents.energy.items:
        columns = [Column("project", "name"), *(Column(of, "number") for of in _ENERGY)]
        rows = []
        for item in contents.energy.items:
            elsewhere, free = (sum(getattr(row, f"{of}_wh") for row in item.all) for of in ("elsewhere", "free"))
            parts = (item.generated_wh, item.claimed_wh, elsewhere, free)
            keys = ("generated", "claimed", "elsewhere", "free")
            shown = (energy(f"project/{item.project}/{key}", wh) for key, wh in zip(keys, parts, strict=True))
            rows.append((item.project, *shown))
        yield from table("Energy, MWh: generated = claimed + by other projects + not claimed", columns, rows)
        yield more(contents.energy)
    yield from _units(review)
    if review.totals.items:
        columns = [Column("project", "name"), Column("unit", "unit"), *(Column(of, "number") for of in _CARRY)]
        rows = []
        for found in review.totals.items:
            of = f"project/{found.project}"
            carried = (
                amount(f"{of}/amount", found.amount),
                figure(f"{of}/adjustments", found.adjustments),
                figure(f"{of}/counted", found.counted),
                amount(f"{of}/carry", found.carry),
            )
            rows.append((found.project, found.unit, *carried))
        yield from table("Carry: claimed amount + adjustments - units that count = carry", columns, rows)
        yield more(review.totals)
        yield "<p>Carry below zero is a debit: units that no energy supports.</p>"


_ENERGY: Final = ("generated", "claimed", "by other projects", "not claimed")
_CARRY: Final = ("claimed amount", "adjustments", "units that count", "carry")


def _units(review: ReviewContents) -> Iterator[str]:
    if not review.instruments.items:
        yield "<p>No unit was issued or imported.</p>"
        return
    columns = [Column(of, "number") for of in ("issued", "imported", *_STATES, "all")]
    rows = []
    for item in review.instruments.items:
        of = f"instrument/{item.instrument}"
        states = (figure(f"{of}/{state}", item.states.get(state, 0)) for state in _STATES)
        issued, imported = figure(f"{of}/issued", item.issued), figure(f"{of}/imported", item.imported)
        rows.append((item.instrument, issued, imported, *states, figure(f"{of}/all", sum(item.states.values()))))
    title = "Units: issued + imported = the sum of all eight states"
    yield from table(title, [Column("instrument", "name"), *columns], rows)
    yield more(review.instruments)
    yield "<p>A unit that has expired is counted here in the state that it had.</p>"


def override(review: ReviewContents) -> Section:
    """What a person decided against a rule, and how much energy it was about."""
    return Section("override", "Management override", _override(review))


def _override(review: ReviewContents) -> Iterator[str]:
    if not review.waivers.items:
        yield "<p>No check was waived, and no assumption was declared.</p>"
    else:
        yield "<p>The library computed each issuance again without each of its waivers. A waiver was <b>needed</b> "
        yield "where the "
        yield "issuance is then refused, and <b>idle</b> where it is not. An assumption lifts no refusal.</p>"
        columns = [
            Column("waiver", "mono"),
            Column("reason"),
            Column("project", "name"),
            Column("entries"),
            Column("needed", "number"),
            Column("idle", "number"),
            Column("MWh lifted", "number"),
            Column("units lifted", "number"),
        ]
        rows = [
            (
                item.name,
                item.reason,
                item.project,
                cited(item.entries),
                None if item.name.startswith(ASSUMPTION) else item.needed,
                None if item.name.startswith(ASSUMPTION) else item.idle,
                energy(f"waiver/{place}/wh", item.lifted_wh),
                figure(f"waiver/{place}/units", item.lifted_units),
            )
            for place, item in enumerate(review.waivers.items)
        ]
        yield from table("Waivers by exposure, the largest first", columns, rows)
        yield more(review.waivers)
    yield from rows_table(review.by_project) if review.by_project.rows else ()
    yield from rows_table(review.in_full) if review.in_full.rows else ["<p>Nothing has to be tested in full.</p>"]


def flags(review: ReviewContents) -> Section:
    """The flags, each with what the auditor noted."""
    return Section("flags", "Flags", _flags(review))


def _flags(review: ReviewContents) -> Iterator[str]:
    yield f"<p>{len(review.rules):,} rules were applied: {text(', '.join(review.rules))}. Thresholds: "
    yield f"{text(', '.join(review.thresholds) or 'the defaults')}. A flag is a reason to look, and never a finding. "
    yield "A ledger "
    yield "without a flag is not approved by that.</p>"
    if not review.flags.items:
        yield "<p>The rules found nothing.</p>"
    for place, item in enumerate(review.flags.items):
        yield from _flag(place, item, review.has_dispositions)
    yield more(review.flags)


def _flag(place: int, item: Flagged, has_dispositions: bool) -> Iterator[str]:
    shown = ", ".join(entry(n) for n in item.entries[:_CITED])
    rest = f" and {item.entry_count - _CITED:,} more" if item.entry_count > _CITED else ""
    yield f'<div class="flagged"><h3><span data-flag="{place}">{text(item.rule)} '
    yield f"{badge(_SEVERE[item.severity], item.severity)}"
    yield f"</span>: {name(item.subject)}</h3><p>{text(item.cause)}</p>"
    yield f"<p>{shown}{rest}; exposure {text(mwh(item.exposure_wh))} MWh, {plural(item.exposure_units, 'unit')}.</p>"
    yield f"<p><b>Ask for:</b> {text(item.ask)}</p>"
    yield f"<p><b>Disposition:</b> {_disposition(item.disposed, has_dispositions)}</p>"
    yield f'<p class="note">Key <span class="mono" data-flag-key="{place}">{text(item.key)}</span></p></div>'


def _disposition(found: Disposed | None, has_dispositions: bool) -> str:
    if found is None:
        return f"open, and nothing is noted in the auditor's file; {BLANK}" if has_dispositions else str(BLANK)
    wh = "" if found.amount_wh is None else f", {text(mwh(found.amount_wh))} MWh"
    kind = {"explained": "good", "corrected": "good", "misstatement": "bad"}.get(found.status, "warn")
    lacks = f" {badge('warn', found.lacks)}" if found.lacks else ""
    return f"{badge(kind, found.status)}{wh}: {text(found.reason)} ({name(found.by)}, {text(found.on)}){lacks}"


def sample(review: ReviewContents) -> Section:
    """The sample: how it was drawn, and what was found."""
    return Section("sample", "Sample", _sample(review.sample))


def _sample(found: Drawn | None) -> Iterator[str]:
    if found is None:
        yield "<p>No sample was drawn. Write a seed down before you receive the file, and draw with it.</p>"
        return
    yield f'<p>Seed: <code data-sample="seed">{text(found.seed)}</code>. Confidence '
    yield f'<span data-sample="confidence">{found.confidence_percent}%</span>, tolerable misstatement '
    yield f'<span data-sample="tolerable">{number(found.percent)}%</span> of the claimed energy.</p>'
    yield f'<p>The population is <span data-sample="steps">{found.steps:,}</span> claimed steps above zero, by device '
    yield "id and start, "
    yield f'with <i>T</i> = <span data-sample="total">{found.total_wh:,}</span> Wh. It is divided into <i>n</i> = '
    yield f'<span data-sample="size">{found.size:,}</span> intervals. The interval is <i>i</i> = <i>T</i> div '
    yield "<i>n</i> = "
    yield f'<span data-sample="interval">{found.interval_wh:,}</span> Wh. The beginning is <i>s</i> = '
    yield "SHA-256(root|seed) mod <i>i</i> "
    yield f'= <span data-sample="offset">{found.offset_wh:,}</span>. The steps that hold the Wh <i>s</i>, <i>s + '
    yield "i</i>, "
    yield f'<i>s + 2i</i> and so on are chosen: <span data-sample="chosen">{found.items.total:,}</span> steps. Only '
    yield "whole numbers "
    yield "are used, and the browser draws the same again: see <i>Sample</i> below. A sample finds overstatement "
    yield "only.</p>"
    columns = [
        *(Column(of, kind) for of, kind in _CHOSEN),
        Column("evidence", "mono"),
        Column("found MWh", "text"),
        Column("result", "text"),
    ]
    rows = [
        (
            item.device,
            item.start,
            item.end,
            Html(mwh(item.net_wh)),
            entry(item.entry),
            item.hits,
            "yes" if item.is_key else "no",
            item.evidence or "none",
            BLANK if item.found_wh is None else Html(mwh(item.found_wh)),
            BLANK if item.found_wh is None else _result(item.net_wh, item.found_wh),
        )
        for item in found.items.items
    ]
    yield '<div id="sample-items">'
    yield from table("The chosen steps", columns, rows)
    yield f"</div>{more(found.items)}"
    if found.evaluation:
        yield "<h3>Evaluation</h3>"
        yield from (f"<p>{text(line)}</p>" for line in found.evaluation)
    else:
        yield f"<p>Evaluation, after the steps are tested: {BLANK}</p>"


_CHOSEN: Final = (
    ("device", "name"),
    ("start", "state"),
    ("end", "state"),
    ("MWh", "number"),
    ("entry", "state"),
    ("hits", "number"),
    ("key item", "state"),
)


def _result(net_wh: int, found_wh: int) -> Html:
    if net_wh == found_wh:
        return badge("good", "equal")
    return badge("bad" if found_wh < net_wh else "warn", "overstated" if found_wh < net_wh else "understated")


def evidence(review: ReviewContents) -> Section:
    """The index of evidence, with boxes to tick."""
    return Section("evidence", "Index of evidence", _evidence(review))


def _evidence(review: ReviewContents) -> Iterator[str]:
    if not review.evidence.rows:
        yield "<p>No entry names a document. Nothing shows where the readings are from.</p>"
        return
    yield "<p>Tick each box by hand: the document was requested, it was received, its SHA-256 is the digest "
    yield "(<code>carbon-ledger verify-evidence FOLDER</code>), and it states what the entries state.</p>"
    yield from rows_table(review.evidence)
