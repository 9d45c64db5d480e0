"""Tracing: following a unit from its serial back to the meter readings, and forward through its history."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from attrs import evolve, frozen

from carbon_ledger.core import lookup
from carbon_ledger.core.descriptions import title_of
from carbon_ledger.core.entries.events import CORRECTIONS
from carbon_ledger.core.grammars import registry_serial
from carbon_ledger.core.holdings.pieces import block_in
from carbon_ledger.core.issuance.corrections import withdrawn_blocks
from carbon_ledger.core.issuance.documents import quantification_at
from carbon_ledger.core.issuance.from_carry import rests_on
from carbon_ledger.core.issuance.hours import hour_table, with_hours
from carbon_ledger.core.issuance.run_parts import claimed_parts
from carbon_ledger.core.state.rows import Claim, IssuedBatch, Piece, Reading
from carbon_ledger.core.state.view import View
from carbon_ledger.exact import text_of
from carbon_ledger.metering.readings import MEASURED, QUALITIES
from carbon_ledger.methodologies import Quantification
from carbon_ledger.periods import Period
from carbon_ledger.periods.instants import instant_text, time_of
from carbon_ledger.printing import lines, printable
from carbon_ledger.queries.carry import CarryChange, carry_changes, issuances_set
from carbon_ledger.queries.wording import describe
from carbon_ledger.records import Record
from carbon_ledger.registries import RegistrySerial
from carbon_ledger.serials import Batch, Block
from carbon_ledger.tables import INTEGER, TEXT, Cells, Column, Table, Tabular, html_table, table_of, text_table


@frozen(kw_only=True, repr=False)
class Source(Record):
    """A run of readings from which a unit was issued.

    Attributes:
        reading: The run.
        evidence: Digest of the document that supports the run, or `None`.
    """

    reading: Reading
    evidence: str | None


@frozen(kw_only=True, repr=False)
class Revision(Record):
    """A later change of the issuance that made a unit: a correction, a voiding or a conversion.

    Attributes:
        n: The entry that changed the issuance.
        at: When the entry was recorded, UTC.
        type: ``generation.corrected``, ``meter.corrected``, ``issuance.voided`` or ``units.converted``.
        reason: Why the issuance was changed.
        amounts: The new amounts of the issuance; empty if it was voided or converted. [(year, unit), ...]
        withdrawn: Units of the issuance that a correction withdrew.
        carry: The change of the project's carry, including a debit.
    """

    _in_repr = ("n", "type", "reason")
    _is_line = True

    n: int
    at: datetime
    type: str
    reason: str
    amounts: tuple[tuple[int, Decimal], ...]
    withdrawn: tuple[Block, ...]
    carry: CarryChange

    def __str__(self) -> str:
        """The revision in one line."""
        amounts = " + ".join(f"{text_of(amount)} of {year}" for year, amount in self.amounts) or "nothing"
        units = sum(block.count for block in self.withdrawn)
        return printable(f"{self.reason}: the issuance amounts to {amounts}, units withdrawn: {units:,}, {self.carry}")


@frozen(kw_only=True, repr=False)
class Trace(Record, Tabular):
    """The origin of a unit, and everything that happened to it. It is a table with a row for each thing that happened.

    Attributes:
        serial: The unit.
        batch: The batch of the unit.
        issuance_n: The entry that issued or imported the unit.
        quantification: The quantification of the issuance, line by line, as it was pinned at issuance; `None` for an
            imported unit.
        interval: For a granular certificate, the step in which the unit was generated; otherwise the production of the
            batch.
        sources: The live readings of the steps that the issuance claims. A unit that was made of carry alone has those
            of all steps of its vintage that the project claims.
        history: The unit's accounts and states, oldest first; each differs from the one before it.
        told: For each item of `history`, what its entry did, in words.
        expires_utc: The first second in which the unit can no longer be used, or `None`. [s since 1970-01-01 UTC]
        revisions: Later changes of the issuance: corrections, voiding and conversion, oldest first.
        registry_serial: The other registry's serial of the unit if it was imported, or `None`.
        import_evidence: Digest of the document that supports the import, or `None`.
        titles: For each evidence that is described, its digest, and its title and kind.
    """

    _in_repr = ("serial", "issuance_n", "interval")

    serial: Block
    batch: Batch
    issuance_n: int
    quantification: Quantification | None
    interval: Period
    sources: tuple[Source, ...]
    history: tuple[Piece, ...]
    told: tuple[str, ...]
    expires_utc: int | None
    revisions: tuple[Revision, ...]
    registry_serial: RegistrySerial | None
    import_evidence: str | None
    titles: tuple[tuple[str, str], ...] = ()

    @property
    def expires(self) -> datetime | None:
        """The first time at which the units can no longer be used, in UTC, or `None`."""
        return time_of(self.expires_utc)

    def _table(self) -> Table:
        serial = Column("serial", TEXT, lambda _: self.serial)
        return table_of("Trace", (serial, *_HISTORY), self.rows())

    def rows(self) -> list[Cells]:
        """The unit's history as rows of plain values: its accounts and states, and changes of its issuance."""
        events: list[tuple[int, str | None, str | None, str]] = [
            (piece.from_n, piece.account, piece.state, words)
            for piece, words in zip(self.history, self.told, strict=True)
        ]
        events += [(item.n, None, None, str(item)) for item in self.revisions]
        return [
            {"entry": n, "account": account, "state": state, "what happened": words}
            for n, account, state, words in sorted(events, key=lambda row: row[0])
        ]

    def origin(self) -> list[Cells]:
        """The unit's origin as rows of plain values, each with a name and a value."""
        titles = dict(self.titles)
        rows = [
            ("instrument", self.batch.instrument),
            ("vintage", str(self.batch.vintage)),
            ("project", self.batch.project),
            ("generated", str(self.interval)),
            *self._entry_rows(),
            *(
                ("evidence", f"{digest}, {titles[digest]}" if digest in titles else digest)
                for digest in _evidence(self.import_evidence, self.sources)
            ),
            ("expires", "never" if self.expires_utc is None else instant_text(self.expires_utc)),
        ]
        return [{"what": what, "which": which} for what, which in rows]

    def _entry_rows(self) -> list[tuple[str, str]]:
        """How the unit entered this ledger: by an import or by an issuance."""
        if self.registry_serial is not None:
            return [
                ("imported by", f"entry {self.issuance_n} to {self.batch.account}"),
                ("registry", self.registry_serial.registry),
                ("serial there", self.registry_serial.text),
            ]
        quantified = [] if self.quantification is None else [("quantification", self.quantification.digest)]
        return [
            ("issued by", f"entry {self.issuance_n} to {self.batch.account}"),
            *quantified,
            ("runs of readings", f"{len(self.sources)}{self._qualities()}"),
        ]

    def _qualities(self) -> str:
        """How many runs were not measured, in brackets; empty if all were."""
        qualities = [item.reading.quality for item in self.sources]
        found = [f"{count} {name}" for name in QUALITIES if name != MEASURED and (count := qualities.count(name))]
        return f" ({', '.join(found)})" if found else ""

    def __str__(self) -> str:
        """The trace as text."""
        origin = [f"  {row['what']:<18}{row['which']}" for row in self.origin()]
        return lines(f"Trace of {self.serial}", *origin, *text_table(self.rows()))

    def _repr_html_(self) -> str:
        """The trace as HTML, with every text escaped."""
        return html_table(f"Trace of {self.serial}", self.origin()) + html_table("What happened", self.rows())


_HISTORY: Final = (
    Column("entry", INTEGER, lambda row: row["entry"]),
    Column("account", TEXT, lambda row: row["account"]),
    Column("state", TEXT, lambda row: row["state"]),
    Column("detail", TEXT, lambda row: row["what happened"]),
)


def _evidence(import_evidence: str | None, sources: Iterable[Source]) -> list[str]:
    """The digests of the documents that support a unit, in order."""
    documents = [import_evidence, *(item.evidence for item in sources)]
    return sorted({item for item in documents if item is not None})


def trace(view: View, block: Block) -> Trace:
    """Trace the first unit of a block.

    Args:
        view: The state.
        block: The unit, or several units of which the first is traced.

    Raises:
        SerialError: The unit is past the end of its batch.
        UnknownBatchError: The ledger has no such batch.
    """
    serial = Block(block.batch_id, block.first, block.first)
    block_in(view, serial)
    found = lookup.batch(view, block.batch_id)
    sources = []
    for claim in claims_behind(view, found):
        for part in claimed_parts(view, claim.device, [(claim.start_utc, claim.end_utc)]):
            evidence = view.entry(part.run.source_n).event.get("evidence")
            sources.append(Source(reading=part.run, evidence=evidence))
    history, issued_here = _history(view, serial), found.batch.registry is None
    import_evidence = None if issued_here else view.entry(found.n).event["evidence"]
    titles = {digest: title_of(view, {"evidence": digest}) for digest in _evidence(import_evidence, sources)}
    return Trace(
        serial=serial,
        batch=with_hours(view, found),
        issuance_n=found.n,
        quantification=quantification_at(view, found.n - 1) if issued_here else None,
        interval=_interval(view, found, serial),
        sources=tuple(dict.fromkeys(sources)),
        history=history,
        told=tuple(describe(view, view.entry(piece.from_n)) for piece in history),
        expires_utc=found.batch.expires_utc,
        revisions=tuple(_revisions(view, found)) if issued_here else (),
        registry_serial=registry_serial(view, serial),
        import_evidence=import_evidence,
        titles=tuple((digest, title) for digest, title in titles.items() if title is not None),
    )


def _history(view: View, serial: Block) -> tuple[Piece, ...]:
    """The accounts and states a unit has had. Entries that merely split the range containing it are omitted."""
    pieces = [
        evolve(piece, first=serial.first, last=serial.last)
        for piece in view.pieces_ever(serial.batch_id)
        if piece.first <= serial.first <= piece.last
    ]
    history: list[Piece] = []
    for piece in sorted(pieces, key=lambda piece: piece.from_n):
        if not history or (piece.account, piece.state) != (history[-1].account, history[-1].state):
            history.append(piece)
    return tuple(history)


def _revisions(view: View, found: IssuedBatch) -> Iterator[Revision]:
    amounts = _amounts(view.entry(found.n).event)
    for change in carry_changes(view, found.batch.project):
        entry = view.entry(change.n)
        if change.n == found.n or found.n not in issuances_set(entry):
            continue
        event, withdrawn = entry.event, tuple[Block, ...]()
        if entry.type in CORRECTIONS:
            item = next((item for item in event["issuances"] if item["issuance"] == found.n), None)
            amounts = amounts if item is None else _amounts(item)
            withdrawn = tuple(b for b in withdrawn_blocks(event) if b.batch_id.endswith(f"/{found.n}"))
        else:
            amounts = ()
        yield Revision(
            n=entry.n,
            at=entry.recorded_at,
            type=entry.type,
            reason=event["reason"],
            amounts=amounts,
            withdrawn=withdrawn,
            carry=change,
        )


def _amounts(event: Mapping[str, Any]) -> tuple[tuple[int, Decimal], ...]:
    return tuple((row["vintage"], Decimal(row["amount"])) for row in event["amounts"])


def claims_behind(view: View, found: IssuedBatch) -> list[Claim]:
    """The claims that a batch was issued for; of units made of carry alone, all claims of issuances of its vintage.

    Args:
        view: The state.
        found: The batch. An imported one has no claims.
    """
    numbers = [found.n] if found.batch.registry is not None else rests_on(view, found)
    claims = [claim for n in numbers for claim in view.claims_of(n)]
    return [claim for claim in claims if found.batch.device in (None, claim.device)]


def _interval(view: View, found: IssuedBatch, serial: Block) -> Period:
    """The step in which a granular unit was generated, found by prefix sums; otherwise the production of the batch."""
    if found.batch.device is None:
        return found.batch.production
    (hour,) = hour_table(view, found).hours(serial)
    return hour.period
