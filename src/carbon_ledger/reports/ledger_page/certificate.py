"""The certificate of a retirement as a page of HTML, for the beneficiary: the claim, the units, and their proof."""

from collections.abc import Iterator

from attrs import frozen

from carbon_ledger.reports.ledger_page.contents import Claimed, Head, Listed
from carbon_ledger.reports.ledger_page.markup import Cell, Column, entry, more, name, plural, table, text, time
from carbon_ledger.reports.ledger_page.page import Section, page
from carbon_ledger.reports.ledger_page.proof import Proof


@frozen(kw_only=True)
class RetiredBlock:
    """Retired units of one batch, with what they are.

    Attributes:
        serials: The block.
        units: The number of units.
        project: The project; of imported units, its name in the other registry.
        project_name: The project's name, or None.
        vintage: The calendar year of the generation.
        production: When the units' energy was generated, in words.
        issued_by: The entry that issued or imported the units.
        registry: The other registry of imported units, or None.
        registry_serial: The other registry's serial of these units, or None.
    """

    serials: str
    units: int
    project: str
    project_name: str | None
    vintage: int
    production: str
    issued_by: int
    registry: str | None = None
    registry_serial: str | None = None


@frozen(kw_only=True)
class Plant:
    """A plant behind retired units."""

    project: str
    name: str
    technology: str
    capacity: str
    country: str


@frozen(kw_only=True)
class CertificateContents:
    """What a certificate shows.

    Attributes:
        head: What the page is about.
        claim: The claim.
        instrument_name: The name that the programme gives the instrument.
        unit: The unit of its face value.
        attribute: What is claimed: ``emission-reduction`` or ``energy-attribute``.
        account_name: The name of the holder of the account.
        reference: The number of a contract or an order, or None.
        waivers: The waived checks, in words.
        blocks: The units.
        plants: The plants of their projects.
        entries: The entries that recorded the retirement.
        has_receipt: Whether the page has a receipt of them.
    """

    head: Head
    claim: Claimed
    instrument_name: str
    unit: str
    attribute: str
    account_name: str
    reference: str | None
    waivers: tuple[str, ...]
    blocks: Listed[RetiredBlock]
    plants: Listed[Plant]
    entries: Listed[int]
    has_receipt: bool


def certificate_page(contents: CertificateContents, proof: Proof) -> Iterator[str]:
    """The page of a certificate in pieces.

    Args:
        contents: What the certificate shows.
        proof: The part of the page that verifies itself.
    """
    first = Section("summary", "The claim", _claim(contents, proof.verdict))
    sections = [
        Section("units", "The units", _units(contents)),
        Section("receipt", "Where the ledger has it", _receipt(contents)),
    ]
    yield from page(contents.head, first, sections, proof, kind="certificate")


def _amount(contents: CertificateContents) -> str:
    units = f"{plural(contents.claim.units, 'unit')} of {name(contents.instrument_name)}"
    what = "emission reductions" if contents.attribute == "emission-reduction" else "generated electricity"
    return f"<b>{units}</b>, which stand for <b>{contents.claim.units:,} {text(contents.unit)}</b> of {what}"


def _claim(contents: CertificateContents, verdict: str) -> Iterator[str]:
    claim = contents.claim
    yield f'<p class="claim"><b>{name(claim.beneficiary)}</b> claims {_amount(contents)}, for:</p>'
    yield f'<blockquote class="claim">{text(claim.purpose)}</blockquote>'
    yield (
        "<p>The units are retired for ever: the ledger's rules let nobody transfer them, retire them again or claim "
        "them for anything else.</p>"
    )
    facts = [
        ("Certificate", text(claim.number)),
        ("Beneficiary", text(claim.beneficiary)),
        ("Reporting period", text(claim.period)),
        ("Instrument", f"{text(contents.instrument_name)} ({text(claim.instrument)})"),
        ("Units", f"{claim.units:,} of 1 {text(contents.unit)}"),
        ("Retired from account", f"{name(claim.account)}, {name(contents.account_name)}"),
        ("Recorded", text(time(claim.at))),
        *([] if contents.reference is None else [("Reference", text(contents.reference))]),
        *(("Waived check", text(item)) for item in contents.waivers),
    ]
    yield '<dl class="facts">'
    yield from (f"<div><dt>{label}</dt><dd>{value}</dd></div>" for label, value in facts)
    yield f"</dl>\n{verdict}"


def _units(contents: CertificateContents) -> Iterator[str]:
    columns = [
        Column("serials", "mono"),
        Column("units", "number"),
        Column("project", "name"),
        Column("name", "name"),
        Column("vintage", "year"),
        Column("generated"),
        Column("imported from", "name"),
        Column("serial there", "mono"),
        Column("issued by", "state"),
    ]
    yield from table("The retired units", columns, map(_block, contents.blocks.items))
    yield more(contents.blocks)
    if contents.plants.items:
        names = ("plant", "technology", "capacity", "country", "project")
        rows = [
            (item.name, item.technology, item.capacity, item.country, item.project) for item in contents.plants.items
        ]
        yield from table("The plants that generated the electricity", [Column(of, "name") for of in names], rows)
        yield more(contents.plants)


def _block(item: RetiredBlock) -> tuple[Cell, ...]:
    return (
        item.serials,
        item.units,
        item.project,
        item.project_name,
        item.vintage,
        item.production,
        item.registry,
        item.registry_serial,
        entry(item.issued_by),
    )


def _receipt(contents: CertificateContents) -> Iterator[str]:
    head = contents.head
    listed = ", ".join(map(entry, contents.entries.items))
    rest = f" and {contents.entries.more:,} more" if contents.entries.more else ""
    yield f"<p>The retirement is {listed}{rest} of ledger {text(head.ledger_id)}, which had "
    yield f'<span class="ledger-size">{head.size:,}</span> {"entry" if head.size == 1 else "entries"} when this '
    yield "certificate was written. Their root is "
    yield f'<code id="root" class="ledger-root mono">{head.root}</code>.</p>'
    if contents.has_receipt:
        yield (
            "<p>This page has a receipt for each entry that it cites: a proof that the entry is in the log that the "
            f"signed checkpoint commits to ({text(head.checkpoint or '')}). The browser verifies the receipts below; "
            "paste the log's verifier key to verify the signature as well.</p>"
        )
    else:
        yield (
            "<p>This certificate was written without a receipt, so that it states the retirement and proves nothing. "
            "Ask the ledger's operator for a certificate with one.</p>"
        )
