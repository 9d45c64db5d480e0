"""The first carbon credits of the small hydro plants of Kalbajar, from a press report to a retired credit.

Run it: ``python examples/kalbajar_hydro.py [FILE]``. It leaves a ledger in FILE (kalbajar_hydro.db by
default), and a report on it for a browser in a file beside it that ends in .html; ``python examples/audit.py FILE``
then checks the ledger knowing nothing of this script.

The figures are press reports. What no report says is assumed below, by name, and every assumption is
kept in the ledger as a waiver with its reason.
"""

import signal
import sys
from collections.abc import Callable
from pathlib import Path

import carbon_ledger as cl

ZONE = "Asia/Baku"

# (id, name, MW, commissioned); none: under construction, or no date published.
PLANTS = [
    ("kalbajar-1", "Kalbajar-1", "4.4", "2022-12-31"),
    ("chirag-1", "Chirag-1", "8.33", "2023-08-25"),
    ("chirag-2", "Chirag-2", "3.6", "2023-08-25"),
    ("qamishli", "Qamishli", "6.33", "2023-08-25"),
    ("soyugbulag", "Soyugbulag", "5.3", "2023-08-25"),
    ("meydan", "Meydan", "3.4", "2023-08-25"),
    ("zar", "Zar", "4.3", None),
    ("nadirkhanli", "Nadirkhanli", "8.8", "2025-08-21"),
    ("ashagi-veng", "Ashagi Veng", "8.6", "2025-08-21"),
    ("yukhari-veng", "Yukhari Veng", "22.5", None),
]
RUNNING = {"kalbajar-1": 4400, "chirag-1": 8330, "chirag-2": 3600, "qamishli": 6330, "soyugbulag": 5300, "meydan": 3400}

WAIVERS = [
    cl.Waiver("assumption/period-start", "no report says when the 70 million kWh began; 2023-08-25 is assumed"),
    cl.Waiver("assumption/shared-feeder", "no report gives a plant's own MWh; one feeder, divided by capacity"),
    cl.Waiver("assumption/commissioning", "Qamishli and Meydan: '2023' is read as 2023-08-25; Kalbajar-1: '2022'"),
    cl.Waiver(
        "assumption/kalbajar-1-included", "Kalbajar-1 (2022) is not in the 2024 applications; taken as one of six"
    ),
    cl.Waiver(
        "assumption/greenfield", "the plants were reconstructed; the record decides greenfield, not rehabilitation"
    ),
    cl.Waiver(
        "factor-method", "no TOOL07 margin of Azerbaijan is published; the IFI 2021 v3.1 figure stands in for it"
    ),
    cl.Waiver("methodology-text", "GCCM001 v4.0 itself was not at hand; its rules were read in secondary sources"),
    cl.Waiver("straddling-step", "one total is reported for 248 days; split at the year in proportion to seconds"),
]


def refused(what: str, action: Callable[[], object]) -> None:
    """Try what must not be possible, and print what the library says."""
    try:
        action()
    except cl.CarbonLedgerError as error:
        print(f"  {what}\n    -> {type(error).__name__}: {error}")
    else:
        raise SystemExit(f"{what}: this should have been refused")


def begin(path: Path) -> cl.Ledger:
    """Open a new ledger with accounts, the ten plants, their feeder and the project."""
    path.unlink(missing_ok=True)  # this example's own file, from an earlier run
    ledger = cl.open_ledger(path, by="azerenergy-ops")
    ledger.open_account("azerenergy", name="AzerEnergy OJSC")
    ledger.open_account("buyer", name="A buyer")
    for name, title, megawatts, commissioned in PLANTS:
        ledger.register_device(
            cl.Device(
                id=name,
                name=title,
                technology="hydro/run-of-river",
                capacity=f"{megawatts} MW",
                country="AZ",
                grid="AZ",
                zone=ZONE,
                commissioned=commissioned,
            )
        )
    ledger.register_meter(cl.Meter(id="kalbajar-feeder", shares=RUNNING, reason="assumed: by capacity in kW"))
    ledger.register_project(
        cl.Project(
            id="kalbajar-hydro",
            name="Small hydro in Kalbajar",
            instrument="GCC-ACC",
            zone=ZONE,
            devices=tuple(RUNNING),
            methodology="GCCM001@4.0",
            baseline="greenfield",
            crediting_period=cl.Period.years("2023-08-25", 10, zone=ZONE),
        )
    )
    return ledger


def main(path: Path) -> None:
    """Walk the whole way once."""
    ledger = begin(path)
    period = cl.Period.of("2023-08-25", "2024-04-29", zone=ZONE)
    print("Assumed, since no report says it:")
    for waiver in WAIVERS:
        print(f"  {waiver.name}: {waiver.reason}")

    # The digest of the document the figure comes from; here, of this script, which quotes the report.
    evidence = cl.digest_file(__file__)
    ledger.record_meter("kalbajar-feeder", period, net="70000000 kWh", evidence=evidence)
    print("\nMetered, apportioned to the Wh:")
    for name in RUNNING:
        print(f"  {name:<12}{ledger.generation(name, period)!s:>24}")

    factor = cl.factors.builtin().find(
        region="AZ", kind="combined_margin", technology="hydro", purpose="crediting", on=period
    )
    print(f"\nFactor: {factor.value} {factor.unit}, {factor.kind} of {factor.region}\n  {factor.source}\n")
    print(ledger.quantify("kalbajar-hydro", period, factor=factor, waivers=WAIVERS))

    batches = ledger.issue(
        "kalbajar-hydro", period, factor=factor, to="azerenergy", waivers=WAIVERS, key="kalbajar-2023-24"
    )
    print("\nIssued:")
    for batch in batches:
        print(f"  vintage {batch.vintage}: {batch.count:,} credits, serials {batch}")
    print(f"  together {sum(batch.count for batch in batches):,}")

    sold = ledger.transfer(batches[0].take(1000), to="buyer", key="sale-1")
    retirement = ledger.retire(
        sold.take(250),
        beneficiary="Buyer Ltd",
        purpose="emissions of the financial year 2024",
        period=cl.Period.year(2024, zone="UTC"),
        key="claim-1",
    )
    print(f"\nSold {sold} and retired {retirement.block} for {retirement.beneficiary}.")
    print(ledger.statement("buyer"))

    print("\nRefused:")
    refused(
        "a second issuance",
        lambda: ledger.issue("kalbajar-hydro", period, factor=factor, to="azerenergy", waivers=WAIVERS),
    )
    early = cl.Period.of("2023-08-01", "2023-08-25", zone=ZONE)
    refused("generation before commissioning", lambda: ledger.record_generation("chirag-1", early, net="1 MWh"))
    july = cl.Period.month(2024, 7, zone=ZONE)
    refused("generation of a plant under construction", lambda: ledger.record_generation("zar", july, net="1 MWh"))
    refused('"70 million Kv/h"', lambda: ledger.record_meter("kalbajar-feeder", july, net="70 million Kv/h"))

    print(f"\n{ledger.reconcile('kalbajar-hydro', period)}\n")
    report = ledger.audit()
    print(report)
    page = path.with_suffix(".html")
    page.unlink(missing_ok=True)  # this example's own page, from an earlier run
    ledger.report(page, title="Small hydro in Kalbajar", audit_report=report)
    ledger.close()
    if not report.passed:
        raise SystemExit(1)
    print(f"\nThe ledger is in {path}. Check it: python examples/audit.py {path}")
    print(f"The report on it is in {page}. Open it in a browser: it needs no network.")


if __name__ == "__main__":
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # end quietly when a reader such as `head` has enough
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "kalbajar_hydro.db"))
