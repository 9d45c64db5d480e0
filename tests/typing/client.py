"""A program as a user of the library writes it, from the documents alone: clean under mypy and pyright, both strict."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import carbon_ledger as cl
from carbon_ledger import errors, signing
from carbon_ledger.types import Amount, State, TimeLike

ZONE = "Europe/Berlin"
OPEN: tuple[State, ...] = ("active", "locked", "pending")


def show(*values: object) -> None:
    """Show values to the reader of a log, in a program of one's own."""


class FixedClock:
    """A clock that stands still."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


def prepared(path: Path) -> cl.Ledger:
    """A ledger with accounts, a wind turbine and its project."""
    ledger = cl.open_ledger(path, ledger_id="wind", policy="open", clock=FixedClock(datetime(2025, 3, 1, tzinfo=UTC)))
    ledger.open_account("owner", name="Windpark Nord GmbH")
    ledger.open_account("buyer", name="Steel Works AG")
    turbine = cl.Device(
        id="nord-1",
        name="Nord 1",
        technology="wind/onshore",
        capacity="3 MW",
        country="DE",
        grid="DE",
        zone=ZONE,
        commissioned=date(2023, 6, 1),
    )
    ledger.register_device(turbine)
    ledger.register_project(cl.Project(id="nord", instrument="I-REC-E", zone=ZONE, devices=("nord-1",)))
    ledger.register_project(
        cl.Project(
            id="credits",
            instrument="GCC-ACC",
            zone=ZONE,
            devices=("nord-1",),
            methodology="ACM0002@22.0",
            baseline="greenfield",
            crediting_period=cl.Period.years("2023-06-01", 10, zone=ZONE),
        )
    )
    return ledger


def metered(ledger: cl.Ledger, folder: Path) -> cl.Period:
    """The period of a meter file that is recorded, and of readings that follow it."""
    path = folder / "january.csv"
    rows = [f"2024-01-01T{hour:02}:00,1.5" for hour in range(24)]
    path.write_text("\n".join(["time,net MWh", *rows]), encoding="utf-8")
    layout = cl.MeterLayout(
        name="nord",
        zone=ZONE,
        time=cl.TimeLayout(columns=("time",)),
        values=(cl.ValueColumn(column="net MWh", unit="MWh"),),
    )
    file: cl.MeterFile = cl.read_meter_file(path, layout)
    recorded: cl.RecordedFile = ledger.record_meter_file("nord-1", file)
    show(file.total_wh, recorded.net_wh, [str(gap) for gap in file.gaps])
    following = ledger.record_readings(
        "nord-1", start="2024-01-02", step="1 hour", net_wh=[1_000_000] * 24, zone=ZONE, quality="estimated"
    )
    show(following.first, following.net_wh)
    return cl.Period.of("2024-01-01", "2024-01-03", zone=ZONE)


def issued(ledger: cl.Ledger, period: cl.Period, expected: Amount) -> tuple[cl.Batch, ...]:
    """The batches of a period, and the quantification of credits for the same energy."""
    generated = ledger.generation("nord-1", period)
    assert generated == cl.quantity(expected)
    factor = cl.EmissionFactor(
        factor_id="de", value="0.4", unit="tCO2e/MWh", kind="combined_margin", region="DE", source="an example"
    )
    waivers = [cl.Waiver("estimated-readings", "the logger was down")]
    found: cl.Quantification = ledger.quantify("credits", period, factor=factor, waivers=waivers)
    amount: Decimal = found.amount
    for line in found.lines:
        show(line.symbol, line.value, line.unit, line.source)
    show(amount, found.emission_reductions.units, found.digest)
    return ledger.issue("nord", period, to="owner", waivers=waivers, expect=60)


def sold_and_used(ledger: cl.Ledger, batch: cl.Batch, period: cl.Period) -> cl.Retirement:
    """The retirement of a part of what was sold."""
    sold = ledger.transfer(batch.take(30), to="buyer", reference="contract 7")
    try:
        ledger.transfer(batch, to="buyer")
    except errors.NotHolderError as refused:
        show(refused.rule, refused.subject, refused.detail)
    claim = ledger.retire(
        sold.take(12), beneficiary="Steel Works AG", purpose="report of 2024", period=period, key="r-1"
    )
    count: int = claim.count
    recorded: datetime = claim.at
    show(count, recorded.isoformat(), claim.block, claim.reference)
    many = ledger.retire(
        cl.Selection(3, instrument="I-REC-E", order="oldest-vintage"),
        from_="buyer",
        beneficiary="Steel Works AG",
        purpose="report of 2024",
        period=period,
    )
    show([block.count for block in many.blocks])
    return claim


def listed(reader: cl.Reader, period: cl.Period) -> None:
    """Everything that can be listed, in the present or as of an entry."""
    devices: list[str] = [item.id for item in reader.devices()]
    names = {account: reader.account(account).name for account in reader.accounts()}
    show(
        devices, names, [item.instrument.id for item in reader.projects()], len(reader.factors()), len(reader.meters())
    )
    for position in reader.positions("buyer", state="active"):
        until: datetime | None = position.expires
        show(position.block, position.count, position.state, until, json.dumps(position.to_dict()))
    for state in OPEN:
        show(state, sum(block.count for block in reader.holdings("buyer", state=state)))
    for value in reader.values("nord-1", period):
        show(value.start.hour, value.net_wh, value.gross_wh, value.quality)
    for item in reader.retirements():
        show(item.number, item.beneficiary, reader.batch(item.block.batch_id).production.start)
    balance = reader.balance("buyer", instrument="I-REC-E")
    show(balance.active, balance.retired, balance.expired)
    for movement in reader.statement("buyer", since="2025-01-01T00:00Z").movements:
        show(movement.at, movement.active_change, movement.detail)
    carry: Decimal = reader.carry("nord").carry
    show(carry, reader.reconcile("nord", period).holds, [issuance.start for issuance in reader.issuances("nord")])


def traced(ledger: cl.Ledger, claim: cl.Retirement, known: TimeLike) -> cl.Reader:
    """The ledger as it was known at a time, after a look at the origin of a unit."""
    trace = ledger.trace(claim.block)
    show(
        trace.batch.project,
        [source.reading.net_wh for source in trace.sources],
        [piece.state for piece in trace.history],
    )
    return ledger.as_of(known)


def proven(ledger: cl.Ledger, claim: cl.Retirement, folder: Path) -> None:
    """An audit, and a receipt that anybody can verify."""
    report = ledger.audit()
    assert report.passed, [finding.detail for finding in report.findings]
    signer = signing.generate_signer("log.example/wind")
    published = ledger.publish(folder / "log", signer=signer)
    receipt = ledger.receipt(claim, checkpoint=published)
    proof = cl.verify_receipt(receipt, ledger.entry_bytes(claim), signer.verifier_key)
    entry: cl.Entry = proof.entry
    show(entry.n, entry.recorded_at, entry.type, published.size, report.root)
    monitoring = ledger.monitoring_report("nord", cl.Period.of("2024-01-01", "2024-01-03", zone=ZONE))
    (folder / "report.html").write_text(monitoring.to_html(), encoding="utf-8")
    with ledger.batch():
        ledger.lock(claim.block.batch_id + "/40", reason="a dispute")


def main(folder: Path) -> None:
    """The life of a few units."""
    with prepared(folder / "wind.db") as ledger:
        period = metered(ledger, folder)
        (batch,) = issued(ledger, period, "60 MWh")
        claim = sold_and_used(ledger, batch, period)
        listed(ledger, period)
        listed(
            traced(ledger, claim, "2025-03-01T00:00Z") if ledger.size > 100 else ledger.as_of(entry=ledger.size - 1),
            period,
        )
        proven(ledger, claim, folder)
