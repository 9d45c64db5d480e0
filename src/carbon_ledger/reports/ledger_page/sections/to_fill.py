"""Sections that a verifier fills in by hand: the engagement, findings, the map of a monitoring report, the sign-off."""

from collections.abc import Iterator, Sequence
from typing import Final

from carbon_ledger.reports.ledger_page.contents import LedgerContents
from carbon_ledger.reports.ledger_page.figures import BLANK
from carbon_ledger.reports.ledger_page.markup import Column, Html, name, table, text
from carbon_ledger.reports.ledger_page.page import Section
from carbon_ledger.reports.ledger_page.review_contents import ReviewContents

_FINDINGS: Final = 6  # empty rows
# Fields of a monitoring report: the field, what the ledger has of it, the section, and what it has not.
_FIELDS: Final = (
    (
        "A",
        "title, parties, location, methodology version, crediting period",
        "plants",
        "reference number, parties' addresses",
    ),
    ("A", "monitoring period, its number and dates; version of the report", "calculations", "number of the period"),
    ("B.1", "implementation, commissioning, events, outages", "plants", "events and outages"),
    ("B.2", "deviations, corrections, permanent changes and their approvals", "override", "the approved deviation"),
    (
        "C",
        "monitoring system: diagram, organisation, responsibilities, emergencies",
        "plants",
        "diagram and procedures",
    ),
    (
        "D.1",
        "data that are fixed ex ante: source, value, choice, purpose",
        "calculations",
        "choice and purpose in words",
    ),
    ("D.2", "data that are monitored: equipment, class, serial, calibration, frequency", "plants", "quality assurance"),
    ("D.3", "sampling plan", "sample", "of other data than generation"),
    ("E", "baseline, project, leakage and reductions, with formulae", "calculations", ""),
    ("E", "comparison with the estimate ex ante; remarks on an increase", "generation", "remarks"),
    ("annex", "data sheet with formulae", "calculations", "export the monitoring report as a workbook"),
)


def engagement(contents: LedgerContents, review: ReviewContents) -> Section:
    """What the engagement is about, as far as the ledger has it."""
    return Section("engagement", "Engagement", _engagement(contents, review))


def _engagement(contents: LedgerContents, review: ReviewContents) -> Iterator[str]:
    yield "<p>What the ledger does not have is an empty field. The auditor fills it in by hand, on paper or beside "
    yield "this page.</p>"
    columns = [
        Column("project", "name"),
        Column("instrument", "name"),
        Column("unit", "unit"),
        Column("methodology, and how sure its text is"),
    ]
    rows = [(item.project, item.instrument, item.unit, item.methodology or "none") for item in review.totals.items]
    yield from table("Projects", columns, rows) if rows else ()
    found = review.threshold
    produced = BLANK if review.produced is None else text(f"{review.produced[0]} to {review.produced[1]}")
    chosen = (
        BLANK
        if found is None
        else text(
            f"{found.percent:f}% of {found.programme}: {found.threshold_t:,f} tCO2e, performance "
            f"{found.performance_t:,f} "
            f"tCO2e; {found.source} [{found.certainty}]"
        )
    )
    facts = [
        ("Prepared by", BLANK if contents.head.prepared_by is None else name(contents.head.prepared_by)),
        ("Period of the claimed generation", produced),
        ("Period of the engagement", BLANK),
        ("Criteria", BLANK),
        ("Level of assurance", BLANK),
        ("Boundary", BLANK),
        ("Programme", BLANK if found is None else name(found.programme)),
        ("Materiality", chosen),
    ]
    yield from _facts(facts)


def _facts(facts: Sequence[tuple[str, str]]) -> Iterator[str]:
    yield '<dl class="facts">'
    yield from (f"<div><dt>{label}</dt><dd>{value}</dd></div>" for label, value in facts)
    yield "</dl>\n"


def findings() -> Section:
    """An empty table of findings."""
    return Section("findings", "Findings", _findings())


def _findings() -> Iterator[str]:
    yield "<p>CAR: corrective action request. CL: request for clarification. FAR: forward action request. The ledger "
    yield "has none: "
    yield "the auditor writes them.</p>"
    names = ("no.", "CAR, CL or FAR", "requirement", "finding", "response", "conclusion", "MWh", "closed by")
    rows = [[str(k), *([Html("")] * (len(names) - 1))] for k in range(1, _FINDINGS + 1)]
    yield from table("Findings, to fill in by hand", [Column(of) for of in names], rows)


def monitoring_map() -> Section:
    """Where each field of a monitoring report is in this page."""
    return Section("map", "Map of the monitoring report", _map())


def _map() -> Iterator[str]:
    yield "<p>Fields of the CDM form of a monitoring report; the forms of other programmes ask for the same. The "
    yield "letters of the sections "
    yield "are those of the form [S], and the sub-numbers are from memory [M].</p>"
    columns = [Column("field", "state"), Column("content"), Column("in this page"), Column("not in the ledger")]
    rows = [
        (field, what, Html(f'<a href="#{anchor}">{text(_TITLES[anchor])}</a>'), missing or None)
        for field, what, anchor, missing in _FIELDS
    ]
    yield from table("Monitoring report", columns, rows)


_TITLES: Final = {
    "plants": "Plants and meters",
    "calculations": "Issuances and their calculations",
    "override": "Management override",
    "sample": "Sample",
    "generation": "Generation against issuance",
}


def statement(contents: LedgerContents) -> Section:
    """The statement of a verifier, to sign."""
    return Section("statement", "Statement and sign-off", _statement(contents))


def _statement(contents: LedgerContents) -> Iterator[str]:
    head = contents.head
    yield "<p>The library states no opinion. This block is empty until a verifier fills it in. A signature on a "
    yield "state of the ledger is "
    yield "a signed checkpoint of its root.</p>"
    columns = [
        Column("project", "name"),
        Column("vintage", "year"),
        Column("instrument", "name"),
        Column("units in the ledger", "number"),
    ]
    rows = [
        (item.project, item.vintage, item.instrument, item.total, BLANK)
        for item in contents.units.vintages.items
        if item.registry is None
    ]
    if rows:
        yield from table("Quantity by vintage", [*columns, Column("quantity verified")], rows)
    yield from _facts(
        [
            ("Verification body, accreditation number", BLANK),
            ("Lead verifier, key, date", BLANK),
            ("Technical reviewer, another key, date", BLANK),
            ("Opinion: unmodified, modified, adverse or disclaimed", BLANK),
            ("Text of the opinion", BLANK),
            ("Level of assurance; criteria; period", BLANK),
            ("Materiality; uncorrected misstatements", BLANK),
            ("Open forward action requests", BLANK),
            ("SHA-256 of this file", f"{BLANK} (as <code>review_page</code> returned it)"),
            ("Ledger", name(head.ledger_id)),
            ("Size", f'<span class="ledger-size">{head.size:,}</span> entries'),
            ("Root", f'<code class="ledger-root mono">{head.root}</code>'),
            ("Signature", BLANK),
        ]
    )
