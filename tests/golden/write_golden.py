"""Write the golden ledgers: their commands, a fixed clock and a fixed id give `tests/golden/golden-v1.*` and so on.

A golden ledger is an example of a ledger that users may have. If a test of the golden ledgers fails, a change would
make such ledgers unreadable, and the change has to be withdrawn. A new event or a new field gets golden files of
its own.

The format of entries, schema 1, is frozen with version 0.2.0, and its golden ledgers are never written again. An event
or a field that is added later has a higher schema, and a golden ledger of its own.
``python -m tests.golden.write_golden`` writes only files that do not exist, so that no golden ledger is rewritten by
accident.
"""

import json
import shutil
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any

from tests.golden import golden_v1, golden_v2

import carbon_ledger as cl
from carbon_ledger.core.entries.entry import Entry, recorded_text
from carbon_ledger.core.rules import apply
from carbon_ledger.core.state.store import Store
from carbon_ledger.exact import text_of
from carbon_ledger.stores.sqlite import SqliteStore

GOLDEN = Path(__file__).resolve().parent
VERSIONS = {"golden-v1": golden_v1, "golden-v2": golden_v2}


def clock(version: ModuleType) -> Callable[[], datetime]:
    """A clock that gains a minute each time it is read, and is set back once."""

    def times() -> Iterator[datetime]:
        now = datetime(2025, 7, 1, 8, 0, 0, 250_000, tzinfo=UTC)
        for reading in range(1_000_000):
            yield now
            now += timedelta(minutes=-5 if reading == version.SET_BACK_AT else 1)

    return times().__next__


def begin(version: ModuleType, store: Store) -> cl.Ledger:
    """Begin the ledger as `open_ledger` does, with an id and a software text that never change."""
    now = clock(version)
    entry = Entry(
        n=0,
        at=recorded_text(now()),
        by="registrar",
        type="ledger.opened",
        event={"ledger": "golden", "policy": version.POLICY, "software": "carbon-ledger 0.2.0"},
    )
    with store.transaction():
        store.append(entry.to_bytes(), apply(store.view(), entry))
    return cl.Ledger(store, clock=now, by="registrar", methodologies=version.METHODOLOGIES)


def build(version: ModuleType, store: Store) -> cl.Ledger:
    """Write a golden ledger into an empty store."""
    ledger = begin(version, store)
    for chapter in version.CHAPTERS:
        chapter(ledger)
    return ledger


def summary(version: ModuleType, store: Store) -> dict[str, Any]:
    """What the ledger must always come to."""
    view = store.view()
    report = cl.Ledger(store, clock=clock(version), by="reader", methodologies=version.METHODOLOGIES).audit()
    carries = {name: view.carry(name) for name in view.registrations("project")}
    return {
        "ledger": report.ledger_id,
        "size": report.size,
        "root": report.root,
        "balances": {
            account: {item.instrument: {state: getattr(item, state) for state in version.STATES} for item in found}
            for account in view.registrations("account")
            if (found := view.balances(account))
        },
        "carries": {
            name: [
                {
                    "vintage": item.vintage,
                    "carry": text_of(item.carry),
                    "claimed": text_of(item.claimed),
                    "adjustments": item.adjustments,
                    "counted": item.counted,
                }
                for item in rows
            ]
            for name, rows in carries.items()
            if rows
        },
    }


def write(name: str, version: ModuleType) -> None:
    """Write the files of one golden ledger."""
    database, lines, figures = files_of(name)
    with TemporaryDirectory() as directory:  # so that a chapter that fails leaves nothing
        begun = Path(directory) / database.name
        store = SqliteStore(begun)
        build(version, store)
        lines.write_bytes(b"".join(data + b"\n" for data in store.entries(0, store.size())))
        figures.write_text(json.dumps(summary(version, store), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        store.close()
        shutil.copyfile(begun, database)


def files_of(name: str) -> list[Path]:
    """The database, its entries as lines, and its figures."""
    return [GOLDEN / f"{name}.{suffix}" for suffix in ("db", "jsonl", "json")]


def main() -> int:
    """Write the files that are not there yet; give how many golden ledgers were left as they are."""
    left = 0
    for name, version in VERSIONS.items():
        if any(file.exists() for file in files_of(name)):
            print(f"{GOLDEN}/{name}.* are there; they are not written again (see the docstring)", file=sys.stderr)
            left += 1
            continue
        write(name, version)
        for file in files_of(name):
            print(f"{file.name}: {file.stat().st_size:,} bytes")
    return left


if __name__ == "__main__":
    main()
