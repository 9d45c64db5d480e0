"""Audit a ledger file, knowing nothing of who made it.

Run it: ``python examples/audit.py FILE``. It prints every check with its result, and the root that commits to all
entries. Then it prints everything that an auditor asks for: what is registered, and how it was amended; who had which
role; every factor with its source and its flags, and every methodology with the attestations of its text; the
evidence; metered and invoiced volumes; calibrations; every correction with the old and the new energy; every issuance
with its gaps, splits and waivers; approvals; imports and every other action on units; and the units of each account in
all their states, with the day of their expiry, and with the sum of what was issued and imported.
The exit status is 1, and the finding is named, when anything is wrong; or when the ledger adopts a methodology of its
operator's own, whose amounts this program cannot compute again.

A file that was rewritten as a whole, consistently, has no finding: compare the root with a root that
you saved, or that the operator published.
"""

import json
import signal
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime

import carbon_ledger as cl
from carbon_ledger.exact import text_of
from carbon_ledger.methodologies import Quantification
from carbon_ledger.periods import instant_of
from carbon_ledger.printing import printable

STATES = ("active", "locked", "buffered", "pending", "retired", "cancelled", "withdrawn", "exported")
# The fields of a factor that are shown on lines of their own, besides its flags.
FACTOR_FIELDS = (
    *("region", "gas", "gwp_set", "valid_from", "valid_to", "data_years", "tool", "operating_margin", "build_margin"),
    *("weights", "publisher", "dataset", "version", "place", "digest", "licence"),
)
# Lines of a quantification about energy that was not measured, or that a late calibration deducted.
NOT_MEASURED = ("_deducted", "_estimated", "_substituted")
BLOCK = ("batch", "first", "last", "more")


def main(path: str) -> int:
    """Audit a ledger file and print what is in it."""
    try:
        ledger = cl.open_ledger(path, read_only=True)
    except cl.CarbonLedgerError as error:
        print(f"FAILED  the file can be opened\n  {type(error).__name__}: {error}")
        return 1
    with ledger:
        report = ledger.audit()
        print(report)
        if report.findings or report.not_run:
            print(f"\n{len(report.findings)} finding(s): do not rely on this file.")
            return 1
        describe(ledger)
        if report.not_recomputed:
            print(
                "\nAmounts were taken as recorded: ask for the methodology, and pass it to audit(methodologies=[...])."
            )
    return 0 if report.passed else 1


def time(at: datetime) -> str:
    """A recorded time, as entries write it."""
    return f"{at:%Y-%m-%dT%H:%M:%S.%fZ}"


def show(line: str) -> None:
    """Print one line: what somebody wrote into the ledger cannot begin another, nor hide what stands before it."""
    print(printable(line))


def describe(ledger: cl.Ledger) -> None:
    """Print what a ledger that passed holds."""
    opened, entries = ledger.entry(0), list(ledger.entries())
    show("")
    show(f"Opened {opened.at} by {opened.by}, policy {opened.event['policy']}, {opened.event['software']}")
    parts = {
        "Registered, and amended since:": registered(entries),
        "Roles given and taken:": roles(entries),
        "Factors and methodologies pinned in the log:": pinned(ledger, entries),
        "Documents, and the entries that name them:": evidence(ledger, entries),
        "Metered export and import, and invoices:": invoiced(ledger, entries),
        "Readings that were not measured:": unmeasured(entries),
        "Calibrations:": calibrations(ledger, entries),
        "Corrections:": corrections(ledger, entries),
        "Issuances, and what was waived for each:": issuances(ledger, entries),
        "Approvals:": approvals(ledger, entries),
        "Projects:": projects(ledger, entries),
        "Imports:": imports(entries),
        "Other actions on units:": actions(entries),
        "Accounts:": accounts(ledger),
        "Claims:": claims(ledger),
        "Units of each instrument:": sums(ledger, entries),
    }
    for title, lines in parts.items():
        show("")
        show(title)
        for line in list(lines) or ["none"]:
            show(f"  {line}")


def registered(entries: list) -> Iterator[str]:
    """Accounts, devices, meters, projects and other registries with their fields; amendments; relations of accounts."""
    for entry in entries:
        kind, _, done = entry.type.partition(".")
        if done in ("opened", "registered", "amended", "declared", "ended") and kind not in ("ledger", "transfer"):
            name, event = entry.event.get(kind), {key: x for key, x in entry.event.items() if key != "zone_rules"}
            if kind == "relation":  # its field "relation" is the kind of the relation
                name = f"{event.pop('account')} to {event.pop('other')}"
            else:
                event.pop(kind)
            fields = (f"{key} {value_of(value)}" for key, value in event.items() if not isinstance(value, dict))
            yield f"entry {entry.n}: {kind} {name} {done}: {', '.join(fields)}"
            yield from (f"  {key}: {value_of(value)}" for key, value in event.items() if isinstance(value, dict))


def value_of(value: object) -> str:
    """A field of an entry in words: a record by its fields, a list by its items."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {value_of(item)}" for name, item in value.items())
    return "; ".join(map(value_of, value)) if isinstance(value, list | tuple) else str(value)


def roles(entries: list) -> Iterator[str]:
    """Who gave whom which role, and who took it away."""
    for entry in entries:
        if entry.type in ("role.granted", "role.revoked"):
            event = entry.event
            of = f" of {event['account']}" if "account" in event else ""
            why = f": {event['reason']}" if "reason" in event else ""
            done = "is" if entry.type == "role.granted" else "is no longer"
            yield f"entry {entry.n}, {entry.at}: {event['actor']} {done} {event['role']}{of}, by {entry.by}{why}"


def pinned(ledger: cl.Ledger, entries: list) -> Iterator[str]:
    """Each factor with its source and flags, and each methodology with the attestations of its text."""
    for entry in entries:
        event = entry.event
        if entry.type == "factor.adopted":
            factor = ledger.factor(event["factor"]["factor_id"])
            yield f"entry {entry.n}: {factor.factor_id}: {factor.value} {factor.unit}, {factor.kind}"
            yield f"  {factor.source} [{factor.confidence or 'confidence not stated'}]"
            for name in FACTOR_FIELDS:
                if getattr(factor, name) not in (None, ()):
                    yield f"  {name}: {value_of(getattr(factor, name))}"
            yield from (f"  flag: {flag}" for flag in factor.flags)
        elif entry.type == "methodology.adopted":
            yield f"entry {entry.n}: {event['methodology']}: {event['title']}"
            yield f"  {event['source']} [{event['confidence']}]"
            if "code_digest" in event:
                yield f"  the operator's own; SHA-256 of its module: {event['code_digest']}"
            attested = ledger.attestations(event["methodology"])
            for item in attested:
                yield f"  text attested in entry {item.n} by {item.by}, document {item.text}: {item.note}"
            if not attested:
                yield "  nobody attested that its rules agree with the text of its document"


def evidence(ledger: cl.Ledger, entries: list) -> Iterator[str]:
    """For each document its description and the entries that name it, and how many entries of readings name none."""
    described = {item.document: item for item in ledger.documents()}
    by_digest: dict[str, list[int]] = {}
    without = Counter[str]()
    for entry in entries:
        if "evidence" in entry.event:
            by_digest.setdefault(entry.event["evidence"], []).append(entry.n)
        elif entry.type in ("generation.recorded", "meter.recorded"):
            without[entry.event.get("device") or entry.event.get("meter")] += 1
    for digest, numbers in by_digest.items():
        yield f"{digest}: entries {', '.join(map(str, numbers))}"
        if digest in described:
            item = described[digest]
            yield f"  {item.kind}: {item.title}; issued by {item.issuer} on {item.issued}, held by {item.holder}"
    for name, count in sorted(without.items()):
        yield f"without a document: {count:,} entries of readings of {name}"


def invoiced(ledger: cl.Ledger, entries: list) -> Iterator[str]:
    """Each run of readings with both sides of the meter or with an invoice, and metered minus invoiced energy."""
    shown: set[int] = set()
    for entry in entries:
        event = entry.event
        if "export_wh" not in event and "invoiced_export_wh" not in event:
            continue
        start = instant_of(event["start"])
        period = cl.Period(start, start + event["step_s"] * len(event["net_wh"]))
        devices = [event["device"]] if "device" in event else list(event.get("devices", ()))
        found = {item.n: item for name in devices[:1] for item in ledger.volumes(name, period)}
        yield from (f"entry {n}: {item}" for n, item in found.items() if n not in shown)
        shown |= found.keys()


def unmeasured(entries: list) -> Iterator[str]:
    """Each run of readings that was estimated or substituted."""
    for entry in entries:
        if "quality" in entry.event:
            subject = entry.event.get("device") or f"meter {entry.event['meter']}"
            wh = sum(entry.event["net_wh"])
            yield f"entry {entry.n}: {subject} from {entry.event['start']}, {wh:,} Wh, {entry.event['quality']}"


def calibrations(ledger: cl.Ledger, entries: list) -> Iterator[str]:
    """Each calibration of a meter, and issued readings to which a late calibration was not applied."""
    for entry in entries:
        if entry.type == "meter.calibrated":
            fields = (f"{key} {value}" for key, value in entry.event.items() if key != "meter")
            yield f"entry {entry.n}: {entry.event['meter']}: {', '.join(fields)}"
    for project in project_ids(entries):
        yield from (f"NOT APPLIED: {item}" for item in ledger.late_calibrations(project))


def corrections(ledger: cl.Ledger, entries: list) -> Iterator[str]:
    """Each correction with the energy before and after it, whatever the number of its entries."""
    for entry in entries:
        if entry.type not in ("generation.corrected", "meter.corrected"):
            continue
        event, first = entry.event, entry.n - entry.part + 1
        column = [part for part in entries[first : entry.n] if part.type == "correction.staged"] + [entry]
        start = instant_of(column[0].event["start"])
        period = cl.Period(start, start + event["step_s"] * sum(len(part.event["net_wh"]) for part in column))
        yield f"entry {entry.n}, {entry.at}, by {entry.by}: {event['reason']}"
        for device in event.get("devices") or [event["device"]]:
            old, new = (ledger.as_of(entry=n).generation(device, period) for n in (first - 1, entry.n))
            yield f"  {device}, {period}: {old} before, {new} after"
        taken = sum(item["last"] - item["first"] + 1 for change in event["carries"] for item in change["withdrawn"])
        yield f"  {len(event['issuances'])} issuances recomputed, {taken:,} units withdrawn"
        yield from (f"  withdrawn: {blocks_of(item)}" for change in event["carries"] for item in change["withdrawn"])


def quantification(entries: list, n: int) -> Quantification:
    """The quantification that the issuance of entry *n* pins: the document right before it."""
    parts = entries[n - 1].event["parts"]
    return Quantification.from_record(json.loads("".join(entry.event["text"] for entry in entries[n - parts : n])))


def issuances(ledger: cl.Ledger, entries: list) -> Iterator[str]:
    """Each issuance with its units, gaps, splits and waivers, and whether it was voided or converted."""
    state = {item.n: item for project in project_ids(entries) for item in ledger.issuances(project)}
    for entry in entries:
        if entry.type == "issuance.voided":
            yield f"entry {entry.n}: voids the issuance of entry {entry.event['issuance']}: {entry.event['reason']}"
        if entry.type != "issuance.recorded":
            continue
        event, item = entry.event, state[entry.n]
        units = ", ".join(map(units_of, event["batches"])) or "none"
        ended = ", CONVERTED later" if item.converted else ", VOIDED later" if item.voided else ""
        period = f"{event['period']['start']} to {event['period']['end']}"
        source = " of carry" if "of_carry" in event else ""
        yield f"entry {entry.n}: {event['project']} {period}: {units}{source} to {event['account']}{ended}"
        if "factor" in event:
            yield f"  factor {event['factor']}, methodology {event['methodology']}"
        result = quantification(entries, entry.n)
        for steps in result.steps:
            missing = sum(end - start for start, end in steps.gaps)
            if missing:
                share = 100 * missing // result.period.seconds
                yield f"  gaps of {steps.device}: {missing // 3600:,} hours, {share} % of the period"
                yield from (f"    {cl.Period(*gap, result.period.zone)}" for gap in steps.gaps)
        for split in result.splits:
            years = ", ".join(f"{wh:,} Wh in {year}" for year, wh in split.parts)
            yield f"  split by time: {split.device}, {cl.Period(split.start_utc, split.end_utc)}: {years}"
        yield from (f"  {x}" for x in result.lines if any(name in x.symbol for name in NOT_MEASURED))
        yield from (f"  flag of the factor: {x.source}" for x in result.lines if x.symbol.startswith("EF_flag_"))
        yield from (f"  waived {waiver['name']}: {waiver['reason']}" for waiver in event["waivers"])


def units_of(batch: dict) -> str:
    """The units of a batch, and how many of them are held back or levied."""
    parts = [f"{batch[name]:,} {name}" for name in ("buffered", "levied") if name in batch]
    apart = f" ({', '.join(parts)})" if parts else ""
    return f"{batch['count']:,} of {batch['vintage']}{apart}"


def blocks_of(record: dict) -> str:
    """The blocks of units that a record names, by batch and serial numbers."""
    return ", ".join(f"{x['batch']}/{x['first']}-{x['last']}" for x in (record, *record.get("more", ())))


def imports(entries: list) -> Iterator[str]:
    """Each block that was imported: its serial in the other registry, and what the import says of it."""
    for entry in entries:
        if entry.type == "block.imported":
            event = entry.event
            made = f"{event['production']['start']} to {event['production']['end']}"
            held = f", {event['buffered']:,} of them buffered" if "buffered" in event else ""
            yield f"entry {entry.n}: {event['serial']} of {event['registry']} to {event['account']}{held}"
            yield f"  {event['instrument']['id']}, project {event['project']}, produced {made}"
            yield f"  vintage {event.get('vintage', 'of production')}, evidence {event.get('evidence', 'none')}"


def actions(entries: list) -> Iterator[str]:
    """Transfers, offers, locks, labels, exports, cancellations and conversions, with their reasons and references."""
    for entry in entries:
        kind, _, _ = entry.type.partition(".")
        if kind in ("units", "buffer", "transfer") and entry.type != "units.retired":
            blocks = f" {blocks_of(entry.event)}" if "batch" in entry.event else ""
            fields = (f"{key} {value_of(value)}" for key, value in entry.event.items() if key not in BLOCK)
            yield f"entry {entry.n}, {entry.at}, by {entry.by}: {entry.type}{blocks}: {', '.join(fields)}"


def approvals(ledger: cl.Ledger, entries: list) -> Iterator[str]:
    """Each approval with its status, and who gave the verifier the role."""
    for project in project_ids(entries):
        for item in ledger.approvals(project):
            note = f": {item.note}" if item.note else ""
            yield f"entry {item.n}, {time(item.at)}: {project}, {item.period}, by {item.by}, {item.status}{note}"
            given = [
                entry
                for entry in entries[: item.n]
                if entry.type == "role.granted" and (entry.event["actor"], entry.event["role"]) == (item.by, "verifier")
            ]
            if given:
                yield f"  {item.by} is verifier since entry {given[-1].n}, {given[-1].at}, by {given[-1].by}"


def projects(ledger: cl.Ledger, entries: list) -> Iterator[str]:
    """The carry of each project; a carry below zero means units without energy behind them."""
    for project in project_ids(entries):
        carry = ledger.carry(project)
        unit = ledger.project(project).instrument.unit
        yield (
            f"{project}: claimed {text_of(carry.claimed)} {unit}, counted {carry.counted:,}, "
            f"adjustments {carry.adjustments:,}, carry {text_of(carry.carry)}"
        )
        for item in carry.vintages if len(carry.vintages) > 1 else ():
            yield (
                f"  vintage {item.vintage}: claimed {text_of(item.claimed)}, counted {item.counted:,}, carry "
                f"{text_of(item.carry)}, with older vintages {text_of(item.cumulative)}"
            )
        if carry.debit:
            yield f"  DEBIT: {carry.debit_text}"


def accounts(ledger: cl.Ledger) -> Iterator[str]:
    """The units of each account, in each of the eight states; of the first four, what has expired is counted apart."""
    for account in ledger.accounts():
        for instrument in instruments(ledger, account):
            balance = ledger.balance(account, instrument=instrument)
            states = ", ".join(f"{getattr(balance, state):,} {state}" for state in STATES)
            yield f"{account}, {instrument}: {states}" + (f", {balance.expired:,} expired" if balance.expired else "")
            until = Counter[int]()
            for item in ledger.positions(account, instrument=instrument):
                if item.expires_utc is not None:
                    until[item.expires_utc] += item.block.count
            for at, count in sorted(until.items()):
                yield f"  {count:,} expire at {datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%SZ}"


def claims(ledger: cl.Ledger) -> Iterator[str]:
    """Each retirement: who claims what, and for which time."""
    for account in ledger.accounts():
        for item in ledger.retirements(account):
            units = f"{item.count:,} {item.instrument}"
            yield f"{item.number}, {time(item.at)}: {units} of {account} for {item.beneficiary}"
            yield f"  {item.purpose}, {item.period}" + (f", reference {item.reference}" if item.reference else "")


def sums(ledger: cl.Ledger, entries: list) -> Iterator[str]:
    """What was issued and imported of each instrument, and that it is the sum of all units in all states."""
    issued = Counter[str]()
    for project in project_ids(entries):
        for batch in ledger.batches(project):
            issued[batch.instrument] += batch.count
    imported = Counter[str]()
    for batch in ledger.imported():
        imported[batch.instrument] += batch.count
    held = Counter[tuple[str, str]]()
    for account in ledger.accounts():
        for instrument in instruments(ledger, account):
            balance = ledger.balance(account, instrument=instrument)
            held.update({(instrument, state): getattr(balance, state) for state in (*STATES, "expired")})
    for instrument in sorted({*issued, *imported, *(name for name, _ in held)}):
        names = (*STATES, "expired")
        counts = [held[instrument, state] for state in names]
        right = " + ".join(f"{count:,} {state}" for count, state in zip(counts, names, strict=True) if count)
        holds = "" if issued[instrument] + imported[instrument] == sum(counts) else "  DOES NOT HOLD"
        yield f"{instrument}: {issued[instrument]:,} issued + {imported[instrument]:,} imported = {right or 0}{holds}"


def instruments(ledger: cl.Ledger, account: str) -> list[str]:
    """The instruments of which an account ever had units."""
    return sorted({movement.instrument for movement in ledger.statement(account).movements})


def project_ids(entries: list) -> list[str]:
    """The ids of all projects."""
    return sorted({entry.event["project"] for entry in entries if entry.type == "project.registered"})


if __name__ == "__main__":
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # end quietly when a reader such as `head` has enough
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    raise SystemExit(main(sys.argv[1]))
