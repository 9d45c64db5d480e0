"""The sheets of a workpaper beside those of the sample: first page, flags, evidence, changes, origin and others."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from attrs import asdict, frozen

from carbon_ledger.reports.limbs import MOST_RAW, column_name
from carbon_ledger.reports.papers import Choices, Formula, Input, PaperCell, PaperRow, PaperSheet
from carbon_ledger.review.change_results import Changes
from carbon_ledger.review.dispositions import DISPOSITIONS, GONE, UNSETTLED, Disposition
from carbon_ledger.review.evidence_results import EvidenceItem
from carbon_ledger.review.flags import SEVERITIES, Flag
from carbon_ledger.review.parameters import DEFAULTS
from carbon_ledger.review.results import ORIGINS, Review
from carbon_ledger.tables import INTEGER, Listing
from carbon_ledger.tables.columns import text_of_value

FLAGS: Final = "Flags"
ORIGIN: Final = "Origin"
WAIVERS: Final = "Waivers"
IN_FULL: Final = "In full"
EVIDENCE: Final = "Evidence"

_YES_NO: Final = ("yes", "no", "not applicable")
_HEAD: Final = (
    *("rule", "severity", "subject", "cause", "ask", "entries", "exposure_wh", "exposure_units"),
    *("disposition", "misstated_wh", "response", "by", "date", "state", "status", "figures", "ledger", "key"),
)
_ANSWER: Final = _HEAD.index("disposition")  # the first of the cells that the auditor fills in
_STATE: Final = _HEAD.index("state")
_TICKS: Final = ("requested", "received", "digest_equal", "says_so", "remark")
_STATED: Final = (
    "A flag is a reason to look, never a finding. A review without a flag approves nothing: its rules look for what was"
    " seen before, in the entries alone. Yellow cells are yours to fill in; all other cells are the ledger's."
)
_SAVED: Final = (
    "Save the sheet Flags as CSV, and the library reads your dispositions from it; save the sheet Sample as CSV, and"
    " the library evaluates what you found."
)


@frozen(kw_only=True)
class Parts:
    """What a workpaper is made of.

    Attributes:
        review: The review.
        dispositions: The disposition of each of its flags.
        gone: The dispositions of flags that are gone.
        evidence: The index of evidence.
        equal: For each document, whether a file of its content was found; empty if no folder was checked.
        changes: The changes since the last verification, or None.
        result: The cell with the result of the sample.
    """

    review: Review
    dispositions: Listing[Disposition]
    gone: Listing[Disposition]
    evidence: Listing[EvidenceItem]
    equal: Mapping[str, bool]
    changes: Changes | None
    result: PaperCell


def summary_sheet(parts: Parts) -> PaperSheet:
    """The first page.

    Args:
        parts: What the workpaper is made of.
    """
    review = parts.review
    rows: list[PaperRow] = [
        (f"Workpaper: review of {review.ledger_id}",),
        (_STATED,),
        (_SAVED,),
        ("entries", review.size),
        ("root of the log", review.root),
        ("projects", ", ".join(review.projects) or "all"),
        ("flags since entry", "the first" if review.since is None else review.since),
        ("claimed energy [Wh]", review.claimed_wh),
        ("units of the issuances that count", review.units),
        (),
        ("flags", "raised", "open"),
    ]
    for severity in SEVERITIES:
        rows.append((severity, *_counts(parts, severity)))
    rows += [(), ("origin of the claimed energy", "Wh", "millionths"), *_origins(review)]
    rows += [(), ("beside the flags",)]
    rows.append(("waivers, by name and reason", len(review.waivers)))
    rows.append(("kinds of entries that are tested in full", len(review.in_full)))
    rows.append(("documents", len(parts.evidence)))
    rows.append(("result of the sample", parts.result))
    rows.append(("since the last verification", _changed(parts.changes)))
    heads = (11, 17, 17 + len(ORIGINS) + 3)
    return PaperSheet(
        name="Summary", rows=rows, widths=(44, 22, 16), heads=heads, titles=(1,), notes=(2, 3), is_wrapped=False
    )


def _counts(parts: Parts, severity: str) -> tuple[PaperCell, PaperCell]:
    """How many flags have a severity, and how many of them are open."""
    flags = [item for item in parts.dispositions if item.severity == severity]
    last = max(2, 1 + len(parts.dispositions))  # flags that are gone stand below
    where, state = f"{FLAGS}!$B$2:$B${last}", column_name(_STATE)
    is_open = f'{where},"{severity}",{FLAGS}!${state}$2:${state}${last},"open"'
    return (
        Formula(f'COUNTIF({where},"{severity}")', len(flags)),
        Formula(f"COUNTIFS({is_open})", sum(item.is_open for item in flags)),
    )


def _origins(review: Review) -> Iterator[PaperRow]:
    """The kinds of energy of all projects, and their sum."""
    last, total = max(2, 1 + len(review.origins)), sum(item.claimed_wh for item in review.origins)
    # A larger number is a text in its cell, and a spreadsheet leaves a text out of a sum.
    counted = all(sum(abs(getattr(item, name)) for item in review.origins) < MOST_RAW for name in ORIGINS)

    def computed(text: str, value: int) -> PaperCell:
        return Formula(text, value) if counted else value

    for k, name in enumerate(ORIGINS):
        wh, letter, all_wh = sum(getattr(item, name) for item in review.origins), column_name(k + 2), 18 + len(ORIGINS)
        yield (
            name.removesuffix("_wh").replace("_", " "),
            computed(f"SUM({ORIGIN}!${letter}$2:${letter}${last})", wh),
            computed(f"IF($B${all_wh}=0,0,ROUND(1000000*B{18 + k}/$B${all_wh},0))", _ppm(wh, total)),
        )
    yield "all", computed(f"SUM(B18:B{17 + len(ORIGINS)})", total), None


def _ppm(wh: int, total: int) -> int:
    if not total:
        return 0
    share = (2 * 1_000_000 * abs(wh) + abs(total)) // (2 * abs(total))
    return share if wh * total >= 0 else -share


def _changed(changes: Changes | None) -> str:
    if changes is None:
        return "no earlier state was given"
    pinned = "its root is that of the checkpoint" if changes.is_pinned else "not compared with a checkpoint"
    return f"{changes.size - changes.since:,} entries after entry {changes.since}, {pinned}: see the sheets of changes"


def flags_sheet(parts: Parts) -> PaperSheet:
    """The flags, each with the cells of its disposition. Flags that are gone stand below.

    Args:
        parts: What the workpaper is made of.
    """
    rows: list[PaperRow] = [_HEAD]
    by_flag: list[tuple[Flag | None, Disposition]] = list(zip(parts.review.flags, parts.dispositions, strict=True))
    by_flag += [(None, item) for item in parts.gone]
    for row, (flag, item) in enumerate(by_flag, 2):
        rows.append(_flag_row(flag, item, row))
    last = max(2, len(rows))
    choices = (Choices(_ANSWER, 2, last, DISPOSITIONS), Choices(_ANSWER + 1, 2, last))
    widths = (9, 9, 28, 48, 30, 14, 18, 14, 14, 16, 48, 18, 12, 8, 9, 36, 16, 20)
    return PaperSheet(name=FLAGS, rows=rows, widths=widths, heads=(1,), frozen=1, choices=choices)


def _flag_row(flag: Flag | None, item: Disposition, row: int) -> PaperRow:
    """The row of a flag, or of a disposition whose flag is gone."""
    answer, response, by, day = (column_name(_ANSWER + k) for k in (0, 2, 3, 4))
    unsettled = ",".join(f'{answer}{row}="{name}"' for name in ("", *UNSETTLED))
    lacking = ",".join(f'{column}{row}=""' for column in (response, by, day))
    return (
        item.rule,
        item.severity,
        item.subject,
        item.cause,
        "" if flag is None else flag.ask,
        item.entries,
        None if flag is None else flag.exposure_wh,
        None if flag is None else flag.exposure_units,
        Input(item.disposition),
        Input(item.misstated_wh),
        Input(item.response),
        Input(item.by),
        Input(text_of_value(item.date)),
        Formula(f'IF(OR({unsettled},{lacking}),"open","settled")', "open" if item.is_open else "settled"),
        GONE if flag is None else item.status,
        item.figures,
        item.ledger,
        item.key,
    )


def table_rows(listing: Listing[Any]) -> Iterator[PaperRow]:
    """A listing as rows: the names of its columns, and a row for each record.

    Args:
        listing: The listing.
    """
    yield [column.name for column in listing.columns]
    values = [(column, column.values_of(tuple(listing))) for column in listing.columns]
    for k in range(len(listing)):
        yield [_plain(column.kind == INTEGER, found[k]) for column, found in values]


def _plain(is_integer: bool, value: Any) -> PaperCell:
    return value if is_integer else text_of_value(value)


def listing_sheet(name: str, listing: Listing[Any], widths: Sequence[int], inputs: Sequence[str] = ()) -> PaperSheet:
    """A sheet of a listing, with cells to fill in beside each record.

    Args:
        name: The name of the sheet.
        listing: The listing.
        widths: The widths of the columns.
        inputs: The names of the columns to fill in; the last one is a remark, the others are yes or no.
    """
    head, *rows = table_rows(listing)
    made: list[PaperRow] = [(*head, *inputs), *((*cells, *(Input() for _ in inputs)) for cells in rows)]
    choices = _yes_no(len(head), len(inputs) - 1, len(made))
    return PaperSheet(name=name, rows=made, widths=tuple(widths), heads=(1,), frozen=1, choices=choices)


def _yes_no(first: int, count: int, last: int) -> tuple[Choices, ...]:
    return tuple(Choices(first + k, 2, max(2, last), _YES_NO) for k in range(max(0, count)))


def evidence_sheet(parts: Parts) -> PaperSheet:
    """The index of evidence, with ticks for each document.

    Args:
        parts: What the workpaper is made of.
    """
    head, *found = table_rows(parts.evidence)
    rows: list[PaperRow] = [(*head, *_TICKS)]
    for item, cells in zip(parts.evidence, found, strict=True):
        is_equal = parts.equal.get(item.document)
        seen = None if is_equal is None else "yes" if is_equal else "no"
        rows.append((*cells, Input(), Input("yes" if is_equal else None), Input(seen), Input(), Input()))
    choices = _yes_no(len(head), len(_TICKS) - 1, len(rows))
    widths = (24, 8, 20, 32, 16, 11, 11, 11, 18, 8, 14, 8, 21, 21, 16, 16, 10, 12, 12, 12, 12, 30)
    return PaperSheet(name=EVIDENCE, rows=rows, widths=widths, heads=(1,), frozen=1, choices=choices)


def change_sheets(changes: Changes) -> Iterator[PaperSheet]:
    """A sheet of what has changed in words, and one for each kind of change.

    Args:
        changes: The changes.
    """
    first: list[PaperRow] = [
        ("Changes since the last verification",),
        ("entries then", changes.since),
        ("root then", changes.since_root),
        ("compared with a checkpoint", "yes" if changes.is_pinned else "no"),
        ("entries now", changes.size),
        ("root now", changes.root),
        (),
    ]
    heads = []
    for title, listing in _kinds(changes):
        first.append((title, len(listing)))
        heads.append(len(first))
        if len(listing):
            head, *rows = table_rows(listing)
            first.append(head)
            heads.append(len(first))
            first += rows
        first.append(())
    yield PaperSheet(
        name="Changes", rows=first, widths=(36, 24, *10 * [20]), heads=tuple(heads), titles=(1,), is_wrapped=False
    )


def _kinds(changes: Changes) -> Iterable[tuple[str, Listing[Any]]]:
    return (
        ("issuances of then that have changed", changes.issuances),
        ("late readings", changes.late_readings),
        ("corrections", changes.corrections),
        ("units voided, withdrawn or converted", changes.removed),
        ("factors with an earlier one", changes.factors),
        ("roles granted or revoked", changes.roles),
        ("debits of the projects, those of 0 included", changes.debits),
        ("verifiers' statements made, replaced or overtaken", changes.verifications),
        ("new entries by type", changes.entries),
    )


def parameters_sheet(review: Review) -> PaperSheet:
    """The thresholds of the review, those that differ from the defaults, and the rules with their versions.

    Args:
        review: The review.
    """
    used, usual = asdict(review.parameters, recurse=False), asdict(DEFAULTS, recurse=False)
    rows: list[PaperRow] = [("threshold", "value", "default", "changed")]
    for name, value in used.items():
        rows.append((name, _threshold(value), _threshold(usual[name]), "yes" if value != usual[name] else ""))
    rows += [(), ("rules that were applied",), *((rule,) for rule in review.rules)]
    heads = (1, len(used) + 3)
    return PaperSheet(name="Parameters", rows=rows, widths=(32, 40, 40, 10), heads=heads, frozen=1)


def _threshold(value: object) -> PaperCell:
    return value if isinstance(value, int) else str(value)


def listing_sheets(review: Review) -> Iterator[PaperSheet]:
    """The sheets of what is tested in full, of waivers, and of the origin of the energy.

    Args:
        review: The review.
    """
    yield listing_sheet(IN_FULL, review.in_full, (40, 60, 10, 12, 40), ("tested", "remark"))
    yield listing_sheet(WAIVERS, review.waivers, (20, 28, 48, *5 * [12], 12, 40), ("accepted", "remark"))
    yield listing_sheet(ORIGIN, review.origins, (24, *8 * [18]))
