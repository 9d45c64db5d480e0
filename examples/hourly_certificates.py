"""From an hourly meter file to granular certificates, matched by the hour, and 1 MWh certificates.

Run it: ``python examples/hourly_certificates.py CSV [--ledger FILE]``, e.g. on ERCOT's hydro generation
of 2016 (UTC Time, generation). Values finer than 1 Wh are cut by a named choice, and what was cut is
printed. The whole file is recorded once; a step can be claimed by one instrument alone. The first month's
granular certificates are retired for a made-up buyer that draws the same power in every hour: what is
matched is matched in the very hour, and nothing is netted over the month.
"""

import argparse
import signal

import carbon_ledger as cl

FORMATS = {"UTC Time": "%m/%d/%Y %H:%M", "time": None, "date_time": "%m/%d/%y %H:%M"}


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("csv")
    parser.add_argument("--ledger", default=":memory:", help="ledger file to write (kept in memory by default)")
    parser.add_argument("--capacity", default="10 GW", help="capacity of all the plants behind the file")
    parser.add_argument(
        "--granular-months", type=int, default=6, help="months, from the first, for hourly certificates"
    )
    parser.add_argument("--buyer-mwh", type=int, default=100, help="what the made-up buyer draws each hour")
    return parser.parse_args()


def read(path: str) -> cl.MeterFile:
    """Read the file; its header says which of the three known layouts it has."""
    with open(path, encoding="utf-8-sig") as file:
        header = file.readline().strip().split(",")
    return cl.read_meter_csv(
        path,
        time_column=header[0],
        value_column=header[1],
        time_format=FORMATS.get(header[0]),
        zone="UTC",
        unit="MWh",
        step="1 hour",
        rounding=cl.Rounding("floor", places=0),
    )


def match_by_the_hour(ledger: cl.Ledger, month: cl.Period, hourly_mwh: int) -> None:
    """Retire what matches a constant consumption, and say how much more a month's sum would have matched."""
    hours = month.seconds // 3600
    draw = cl.ConsumptionProfile(start=month.start, step="1 hour", consumption_wh=[hourly_mwh * 10**6] * hours)
    plan = ledger.match("producer", draw)
    print(plan)
    print(f"  full in {sum(not hour.unmatched_wh for hour in plan.hours)} of {hours} hours")
    held = sum(block.count for block in ledger.holdings("producer", production=month))
    print(f"  netted over the month, {min(held, draw.total_wh):,} Wh would be matched")
    if plan.blocks:
        claim = {"beneficiary": "A buyer", "purpose": f"consumption of {month.start:%Y-%m} by the hour"}
        done = ledger.retire(plan.blocks, **claim, period=month)
        print(f"  retired {done.count:,} Wh in {len(plan.blocks)} blocks")
        assert done.count == plan.matched_wh


def main(arguments: argparse.Namespace) -> int:
    """Record, issue, reconcile and audit."""
    meter_file = read(arguments.csv)
    print(f"{meter_file.path}: {meter_file.period}, {len(meter_file.gaps)} gap(s)")
    print(
        f"  as printed {meter_file.exact_total} MWh; kept {meter_file.total_wh:,} Wh; "
        f"cut {meter_file.cut} Wh in {meter_file.cut_rows} value(s), {meter_file.rounding}"
    )
    with cl.open_ledger(arguments.ledger) as ledger:
        ledger.open_account("producer", name="The producer")
        ledger.register_device(
            cl.Device(
                id="hydro",
                name="All hydro of the file",
                technology="hydro/reservoir",
                capacity=arguments.capacity,
                country="US",
                grid="US",
                zone="UTC",
                commissioned="2000-01-01",
            )
        )
        for name, instrument in (("hourly", "GC"), ("monthly", "I-REC-E")):
            ledger.register_project(cl.Project(id=name, instrument=instrument, zone="UTC", devices=("hydro",)))
        with ledger.batch():
            for run in meter_file.runs:
                ledger.record_run("hydro", run, evidence=meter_file.sha256)
        first = meter_file.period.start
        issued = {"hourly": 0, "monthly": 0}
        for k in range(12):
            month = cl.Period.month(
                first.year + (first.month + k - 1) // 12, (first.month + k - 1) % 12 + 1, zone="UTC"
            )
            project = "hourly" if k < arguments.granular_months else "monthly"
            for batch in ledger.issue(project, month, to="producer"):
                issued[project] += batch.count
                print(f"  {month.start:%Y-%m}  {project:<8} {batch.count:>18,} units  {batch.batch_id}")
        if issued["hourly"]:
            match_by_the_hour(ledger, cl.Period.month(first.year, first.month, zone="UTC"), arguments.buyer_mwh)
        for project, instrument in (("hourly", "GC"), ("monthly", "I-REC-E")):
            told = ledger.reconcile(project, meter_file.period)
            print(told)
            assert told.holds
            balance = ledger.balance("producer", instrument=instrument)
            assert balance.active + balance.retired == issued[project]
        if issued["hourly"]:
            batch = ledger.batches("hourly")[0]
            trace = ledger.trace(f"{batch.batch_id}/{batch.count}")
            print(f"the last Wh of {batch.batch_id} was generated in {trace.interval}")
        report = ledger.audit()
        print(report)
    return 0 if report.passed else 1


if __name__ == "__main__":
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # end quietly when a reader such as `head` has enough
    raise SystemExit(main(parse()))
