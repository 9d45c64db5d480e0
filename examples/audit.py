"""Audit a ledger file, knowing nothing of who made it.

Run it: ``python examples/audit.py FILE``. It prints every check with its result, the totals, every
factor with its source, every waiver with its reason, and the root that commits to all entries. The exit
status is 1, and the finding is named, when anything is wrong.

A file that was rewritten as a whole, consistently, has no finding: compare the root with a root that
you saved, or that the operator published.
"""

import sys

import carbon_ledger as cl
from carbon_ledger.exact import text_of
from carbon_ledger.printing import printable


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
        if not report.passed:
            print(f"\n{len(report.findings)} finding(s): do not rely on this file.")
            return 1
        describe(ledger)
    return 0


def show(line: str) -> None:
    """Print one line: what somebody wrote into the ledger cannot begin another, nor hide what stands before it."""
    print(printable(line))


def describe(ledger: cl.Ledger) -> None:
    """Print the totals, the factors and the waivers of a ledger that passed."""
    opened = ledger.entry(0)
    show("")
    show(f"Opened {opened.at} by {opened.by}, policy {opened.event['policy']}, {opened.event['software']}")
    entries = list(ledger.entries())
    show("")
    show("Factors and methodologies pinned in the log:")
    for entry in entries:
        if entry.type == "factor.adopted":
            factor = entry.event["factor"]
            show(f"  entry {entry.n}: {factor['factor_id']}: {factor['value']} {factor['unit']}, {factor['kind']}")
            show(f"    {factor['source']}")
        elif entry.type == "methodology.adopted":
            event = entry.event
            show(f"  entry {entry.n}: {event['methodology']}: {event['title']}")
            show(f"    {event['source']} [{event['confidence']}]")
    show("")
    show("Issuances, and what was waived for each:")
    for entry in entries:
        if entry.type == "issuance.recorded":
            event = entry.event
            units = ", ".join(f"{batch['count']:,} of {batch['vintage']}" for batch in event["batches"]) or "none"
            show(
                f"  entry {entry.n}: {event['project']} {event['period']['start']} to {event['period']['end']}: {units}"
                f"{' of carry' if 'of_carry' in event else ''}"
            )
            for waiver in event["waivers"]:
                show(f"    waived {waiver['name']}: {waiver['reason']}")
    show("")
    show("Projects:")
    for project in sorted({entry.event["project"] for entry in entries if entry.type == "project.registered"}):
        carry = ledger.carry(project)
        unit = ledger.project(project).instrument.unit
        show(
            f"  {project}: claimed {text_of(carry.claimed)} {unit}, counted {carry.counted:,}, "
            f"adjustments {carry.adjustments:,}, carry {text_of(carry.carry)}"
        )
        for item in carry.vintages if len(carry.vintages) > 1 else ():
            show(
                f"    vintage {item.vintage}: claimed {text_of(item.claimed)}, counted {item.counted:,}, carry "
                f"{text_of(item.carry)}, with older vintages {text_of(item.cumulative)}"
            )
        if carry.debit:
            show(f"    {carry.debit_text}")
    show("")
    show("Accounts:")
    for account in ledger.accounts():
        for instrument in sorted({batch.instrument for batch in all_batches(ledger, entries)}):
            balance = ledger.balance(account, instrument=instrument)
            show(
                f"  {account}, {instrument}: {balance.active:,} active, {balance.retired:,} retired, "
                f"{balance.cancelled:,} cancelled, {balance.withdrawn:,} withdrawn"
            )


def all_batches(ledger: cl.Ledger, entries: list) -> list[cl.Batch]:
    """Every batch of every project."""
    projects = [entry.event["project"] for entry in entries if entry.type == "project.registered"]
    return [batch for project in projects for batch in ledger.batches(project)]


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    raise SystemExit(main(sys.argv[1]))
