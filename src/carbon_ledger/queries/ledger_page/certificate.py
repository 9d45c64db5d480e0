"""The certificate of a retirement, written as one page of HTML."""

import os
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from attrs import evolve

from carbon_ledger.core import lookup
from carbon_ledger.core.entries.entry import recorded_text
from carbon_ledger.core.in_force import account_at, device_at
from carbon_ledger.core.state.view import View
from carbon_ledger.core.timekeeping import second_of
from carbon_ledger.errors import StoreError
from carbon_ledger.exact import text_of
from carbon_ledger.files import write_pieces
from carbon_ledger.instruments import Instrument
from carbon_ledger.publishing.publish import Published
from carbon_ledger.queries.ledger_page.issuances import period_text
from carbon_ledger.queries.ledger_page.report import Receipt, head_of, note_for, receipts, scope_of
from carbon_ledger.queries.ledger_page.scope import Scope
from carbon_ledger.queries.ledger_page.statements import claimed
from carbon_ledger.queries.retirements import Retirement, retirement_named
from carbon_ledger.queries.snapshot import Snapshot
from carbon_ledger.queries.traces import claims_behind
from carbon_ledger.registries import RegistrySerial
from carbon_ledger.reports.ledger_page.certificate import CertificateContents, Plant, RetiredBlock, certificate_page
from carbon_ledger.reports.ledger_page.contents import Head, Listed
from carbon_ledger.reports.ledger_page.proof import proof_of
from carbon_ledger.serials import Batch, Block

MOST_BLOCKS: Final = 100
MOST_PLANTS: Final = 30
MOST_ENTRIES: Final = 20


def write_certificate(
    reader: Snapshot,
    number: int | str,
    path: str | os.PathLike[str],
    *,
    title: str | None,
    prepared_by: str | None,
    checkpoint: bytes | Published | None,
) -> str:
    """Write the certificate of a retirement; see `pages.retirement_certificate`.

    Raises:
        RefusedError: There is no such retirement.
        StoreError: The checkpoint is older than the retirement, or the file cannot be written.
    """
    scope = scope_of(reader, None)
    found = retirement_named(scope.view, number)
    note = None if checkpoint is None else note_for(scope, checkpoint)
    words = f"Retirement certificate for {found.beneficiary}"
    head = head_of(reader, scope, words, title=title, prepared_by=prepared_by, note=note)
    return _written(path, scope, head, note, found)


def _written(path: str | os.PathLike[str], scope: Scope, head: Head, note: bytes | None, found: Retirement) -> str:
    """Write the page of a retirement, with the receipts that the checkpoint allows.

    Raises:
        StoreError: The checkpoint is older than the retirement.
    """
    recorded = found.entries[:MOST_ENTRIES]
    cited = dict.fromkeys((*recorded, *(_issued_by(block) for block in found.blocks[:MOST_BLOCKS])))
    proofs: tuple[Receipt, ...] = () if note is None else tuple(receipts(scope, cited, note))
    if note is not None and not {*recorded} <= {n for n, _, _ in proofs}:
        raise StoreError(
            f"certificate of retirement {found.number}: the checkpoint is older than the retirement; publish the log "
            "again, and pass the new checkpoint"
        )
    proof = proof_of(
        ledger_id=head.ledger_id, size=head.size, root=head.root, entries=None, receipts=proofs, checkpoint=note
    )
    contents = _contents(scope, found, head, bool(proofs))
    return write_pieces(path, (piece.encode("utf-8") for piece in certificate_page(contents, proof)), StoreError)


def _contents(scope: Scope, found: Retirement, head: Head, has_receipt: bool) -> CertificateContents:
    view, instrument = scope.view, _instrument(scope.view, found.instrument)
    pairs = list(zip(found.blocks, found.registry_serials, strict=True))[:MOST_BLOCKS]
    return CertificateContents(
        head=head,
        claim=claimed(found),
        instrument_name=instrument.name,
        unit=instrument.unit,
        attribute=instrument.claim,
        account_name=account_at(view, found.account, second_of(recorded_text(found.at))).name,
        reference=found.reference,
        waivers=tuple(f"{item.name}: {item.reason}" for item in found.waivers),
        blocks=Listed(tuple(_block(view, *pair) for pair in pairs), len(found.blocks), f"retirement({found.n})"),
        plants=_plants(view, [block for block, _ in pairs]),
        entries=Listed(found.entries[:MOST_ENTRIES], len(found.entries), f"retirement({found.n})"),
        has_receipt=has_receipt,
    )


def _instrument(view: View, name: str) -> Instrument:
    """An instrument as the ledger pins it."""
    n = view.registration("instrument", name)
    return Instrument.from_record(view.entry(n or 0).event["instrument"])


def _issued_by(block: Block) -> int:
    """The entry that issued or imported the units, which is the last part of the batch's id."""
    return int(block.batch_id.rpartition("/")[2])


def _block(view: View, block: Block, serial: RegistrySerial | None) -> RetiredBlock:
    batch = lookup.batch(view, block.batch_id).batch
    project = None if batch.registry is not None else lookup.project(view, batch.project)
    return RetiredBlock(
        serials=str(block),
        units=block.count,
        project=batch.project,
        project_name=None if project is None else project.name or None,
        vintage=batch.vintage,
        production=period_text(batch.production if project is None else evolve(batch.production, zone=project.zone)),
        issued_by=_issued_by(block),
        registry=batch.registry,
        registry_serial=None if serial is None else serial.text,
    )


def _plants(view: View, blocks: Sequence[Block]) -> Listed[Plant]:
    """The plants whose metered steps the retired units were issued for."""
    found: dict[tuple[str, str], Batch] = {}
    for issued in {block.batch_id: lookup.batch(view, block.batch_id) for block in blocks}.values():
        batch = issued.batch
        claims = claims_behind(view, issued) if batch.registry is None else []
        inside = [
            c for c in claims if c.start_utc < batch.production.end_utc and c.end_utc > batch.production.start_utc
        ]
        found |= {(batch.project, name): batch for name in sorted({claim.device for claim in inside})}
    shown = tuple(_plant(view, batch, name) for (_, name), batch in list(found.items())[:MOST_PLANTS])
    return Listed(shown, len(found), "project(id).devices")


def _plant(view: View, batch: Batch, device: str) -> Plant:
    item = device_at(view, device, batch.production.end_utc - 1)
    return Plant(
        project=batch.project,
        name=item.name,
        technology=item.technology,
        capacity=f"{text_of(Decimal(item.capacity_w).scaleb(-6))} MW",
        country=item.country,
    )
