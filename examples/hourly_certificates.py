"""From an hourly meter file to granular certificates for some months and 1 MWh certificates for others.

Run it: ``python examples/hourly_certificates.py CSV [--ledger FILE]``, e.g. on ERCOT's hydro generation
of 2016 (UTC Time, generation). Values finer than 1 Wh are cut by a named choice, and what was cut is
printed. The whole file is recorded once; a step can be claimed by one instrument alone.
"""

import argparse

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
        for project, instrument in (("hourly", "GC"), ("monthly", "I-REC-E")):
            told = ledger.reconcile(project, meter_file.period)
            print(told)
            assert told.holds
            assert ledger.balance("producer", instrument=instrument).active == issued[project]
        if issued["hourly"]:
            batch = ledger.batches("hourly")[0]
            trace = ledger.trace(f"{batch.batch_id}/{batch.count}")
            print(f"the last Wh of {batch.batch_id} was generated in {trace.interval}")
        report = ledger.audit()
        print(report)
    return 0 if report.passed else 1


if __name__ == "__main__":
    raise SystemExit(main(parse()))
