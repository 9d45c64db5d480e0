"""A ledger on a PostgreSQL server against the server's own fastest ways, in turns within one run.

``python -m benchmarks.postgres [PAIRS]``: months of hourly readings appended in batches, against the same entries and
rows by binary COPY, each after a garbage collection; and a transfer at a round trip of 1 ms, against its rows in one
pipeline. The server is one that the tests start: without fsync, because a disk would hide what the library takes.
"""

import gc
import sys
from collections.abc import Callable, Iterable
from contextlib import closing
from statistics import median
from time import perf_counter
from typing import Any

import psycopg
from tests.support.postgres import Server

import carbon_ledger as cl
from benchmarks.harness.loopback import Loopback
from carbon_ledger.stores.tables import BY_NAME
from carbon_ledger.testing import Clock, sample_ledger

_STEPS = 730  # of a month, by the hour
_MONTHS = 500
_PLANTS = ("plant-1", "plant-2", "plant-3", "plant-4")
_BATCH = 500  # entries of a commit
_HOUR_S = 3_600
_TRANSFERS = 60


def register_plants(ledger: cl.Ledger, names: Iterable[str]) -> None:
    """Register plants of 4 MW, in operation since 1970, in one batch."""
    with ledger.batch():
        for name in names:
            ledger.register_device(
                cl.Device(
                    id=name,
                    name=name,
                    technology="hydro/run-of-river",
                    capacity="4 MW",
                    country="AZ",
                    grid="AZ",
                    zone="UTC",
                    commissioned="1970-01-01",
                )
            )


def _columns(server: Server, schema: str) -> float:
    """The seconds in which the library appends months of readings."""
    with cl.open_ledger(server.url(schema)) as ledger:
        register_plants(ledger, _PLANTS)
        months = [
            (plant, month, [(month * 7 + hour * 13) % 3_000_000 for hour in range(_STEPS)])
            for month in range(_MONTHS)
            for plant in _PLANTS
        ]
        gc.collect()  # of what came before
        began = perf_counter()
        for start in range(0, len(months), _BATCH):
            runs = [
                (plant, cl.Readings(month * _STEPS * _HOUR_S, _HOUR_S, values))
                for plant, month, values in months[start : start + _BATCH]
            ]
            ledger.record_many(runs)
        return perf_counter() - began


def _copied(server: Server, schema: str, of: str) -> float:
    """The seconds in which binary COPY writes the same entries and rows, in the same commits."""
    tables = ("entry", "reading")
    with psycopg.connect(server.conninfo("owner"), autocommit=True) as connection:
        rows = {name: connection.execute(f"select * from {of}.{name} order by 1, 2").fetchall() for name in tables}
        connection.execute(f"create schema {schema}")
        for name in tables:
            connection.execute(f"create table {schema}.{name} (like {of}.{name} including indexes including storage)")
        kinds = {name: ["int8", "bytea", "bytea"] for name in ("entry",)}
        kinds["reading"] = ["int8" if "integer" in column else "text" for column in BY_NAME["reading"].columns]
        entries = rows["entry"]
        gc.collect()  # of what came before
        began = perf_counter()
        for start in range(0, len(entries), _BATCH):
            with connection.transaction(), connection.cursor() as cursor:
                for name in tables:
                    part = rows[name][start : start + _BATCH]
                    with cursor.copy(f"copy {schema}.{name} from stdin (format binary)") as copy:
                        copy.set_types(kinds[name])
                        for row in part:
                            copy.write_row(row)
        return perf_counter() - began


def _transfers(proxy: Loopback, schema: str) -> tuple[float, float]:
    """The seconds of a transfer, in the middle of many by one client, and of its rows in one pipeline; in turns.

    The rows are those of a transfer of the ledger, each time with a later number of their entry. Their tables have the
    same indexes, and no triggers.
    """
    with cl.open_ledger(proxy.url(schema), clock=Clock(), by="tester") as ledger:
        held = ledger.positions("owner")[0].block
        unit = cl.Block(held.batch_id, held.first, held.first)
        for to in ("buyer", "owner"):
            ledger.transfer(unit, to=to)
        ours, theirs = list[float](), list[float]()
        with psycopg.connect(proxy.conninfo(), autocommit=True) as connection:
            rows, size = _rows_of_newest(connection, schema), ledger.size
            for k in range(_TRANSFERS):
                began = perf_counter()
                ledger.transfer(unit, to=("buyer", "owner")[k % 2])
                between = perf_counter()
                _write_raw(connection, rows, size + k)
                theirs.append(perf_counter() - between)
                ours.append(between - began)
        return median(ours), median(theirs)


def _rows_of_newest(connection: "psycopg.Connection[Any]", schema: str) -> dict[str, list[tuple[Any, ...]]]:
    """The rows of the newest entry, a transfer, by table; the search path then has tables like the ledger's own."""
    raw = f"raw_{schema}"
    connection.execute(f"create schema {raw}")
    found = {}
    for name in ("entry", "piece", "balance", "expiring"):
        connection.execute(f"create table {raw}.{name} (like {schema}.{name} including indexes including storage)")
        number = "n" if name == "entry" else "from_n"
        found[name] = connection.execute(
            f"select * from {schema}.{name} where {number} = (select max(n) from {schema}.entry)"
        ).fetchall()
    connection.execute(f"set search_path = {raw}")
    return found


def _write_raw(connection: "psycopg.Connection[Any]", rows: dict[str, list[tuple[Any, ...]]], n: int) -> None:
    with connection.pipeline():
        connection.execute("begin")
        for name, found in rows.items():
            place = 0 if name == "entry" else BY_NAME[name].names.index("from_n")
            later = [(*row[:place], n, *row[place + 1 :]) for row in found]
            marks = ", ".join([f"({', '.join(['%s'] * len(later[0]))})"] * len(later))
            connection.execute(f"insert into {name} values {marks}", [value for row in later for value in row])
        for row in rows["expiring"]:  # the rows before end
            connection.execute(
                "update expiring set to_n = %s where account = %s and instrument = %s and expires_utc = %s "
                "and from_n = %s",
                (n, *row[:3], n - 1),
            )
        connection.execute("commit")


def _ratios(pairs: int, measure: Callable[[int], tuple[float, float]]) -> list[float]:
    found = []
    for k in range(pairs):
        ours, theirs = measure(k)
        found.append(ours / theirs)
    return sorted(found)


def main(pairs: int) -> None:
    """Measure, and print the ratios: the lowest, the median and the highest of the pairs."""
    server = Server("fsync=off", "shared_buffers=128MB")
    try:

        def columns(k: int) -> tuple[float, float]:
            ours = _columns(server, f"columns_{k}")
            return _copied(server, f"copied_{k}", f"columns_{k}"), ours

        def transfer(k: int) -> tuple[float, float]:
            with sample_ledger() as sample:
                cl.copy_ledger(sample, server.url(f"moved_{k}"))
            with closing(Loopback(server.directory, delay_s=0.001)) as proxy:
                return _transfers(proxy, f"moved_{k}")

        for name, found in (
            ("readings appended, of what binary COPY does", _ratios(pairs, columns)),
            ("a transfer at 1 ms, times its rows in one pipeline", _ratios(pairs, transfer)),
        ):
            print(f"{name}: {found[0]:.2f} {median(found):.2f} {found[-1]:.2f}")
    finally:
        server.remove()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
