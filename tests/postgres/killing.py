"""Servers and clients that are killed while clients write, and what is then in the log."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

from tests.support.places import PYTHONPATH
from tests.support.postgres import Server

import carbon_ledger as cl

ROOT: Final = Path(__file__).resolve().parents[2]
# Each round writes keyed commands of one entry and of several; it prints a key once it was acknowledged.
_WRITER: Final = """
import sys
from datetime import UTC, datetime, timedelta
import carbon_ledger as cl
from carbon_ledger.errors import StoreError
url, name, many = sys.argv[1], sys.argv[2], int(sys.argv[3])
with cl.open_ledger(url, by=name, timeout_s=60) as ledger:
    print("ready", flush=True)
    for k in range(many):
        key = f"{name}-{k}"
        while True:
            try:
                if k % 3 == 2:
                    start = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(hours=k)
                    ledger.record_readings(name, start=start, step="1 second", net_wh=[0] * 1_500, key=key)
                elif k == 0:
                    ledger.register_device(cl.Device(id=name, name=name, technology="hydro/run-of-river",
                        capacity="4 MW", country="AZ", grid="AZ", zone="UTC", commissioned="2020-01-01"), key=key)
                else:
                    ledger.open_account(key, name=key, key=key)
            except StoreError as error:
                print("error", type(error).__name__, flush=True)
                continue
            print("done", key, flush=True)
            break
"""


def start(url: str, name: str, many: int) -> "subprocess.Popen[bytes]":
    """A process that writes *many* commands as the actor *name*."""
    environment = {**os.environ, "PYTHONPATH": PYTHONPATH}
    return subprocess.Popen(
        [sys.executable, "-c", _WRITER, url, name, str(many)], stdout=subprocess.PIPE, env=environment
    )


def acknowledged(output: bytes) -> list[str]:
    """The keys that a writer printed as done; a line that the kill cut off was printed, too."""
    return [line.split()[1].decode() for line in output.splitlines() if line.startswith(b"done ") and len(line) > 5]


def count_wrong(url: str, keys: list[str]) -> tuple[int, int]:
    """How many of the acknowledged keys are not in the log exactly once, and how many things the audit found."""
    with cl.open_ledger(url) as ledger:
        report = ledger.audit()
        found: dict[str, int] = {}
        for n in range(1, ledger.size):
            entry = ledger.entry(n)
            if entry.part == 1 and entry.key is not None:
                found[entry.key] = found.get(entry.key, 0) + 1
    wrong = sum(found.get(key, 0) != 1 for key in keys) + sum(times != 1 for times in found.values())
    return wrong, len(report.findings)


def kill_clients(server: Server, rounds: int, seed: int = 1) -> tuple[int, int]:
    """Kill a client with SIGKILL at a random moment of its writing, again and again.

    Returns:
        How many acknowledged commands are missing or doubled, and how many findings the audit has.
    """
    random_ = random.Random(seed)
    url = server.url(f"clients_{os.getpid()}_{seed}_{rounds}")
    cl.open_ledger(url).close()
    keys: list[str] = []
    for k in range(rounds):
        process = start(url, f"client{k}", 10_000)
        assert process.stdout is not None
        first = process.stdout.readline()
        time.sleep(random_.uniform(0.05, 0.6))
        process.send_signal(signal.SIGKILL)
        keys += acknowledged(first + process.stdout.read())
        process.stdout.close()
        process.wait()
    assert keys, "no client wrote anything before it was killed"
    return count_wrong(url, keys)


def kill_server(rounds: int, seed: int = 1) -> tuple[int, int]:
    """Kill all processes of a server with SIGKILL while two clients write, and start it again; the clients go on.

    Returns:
        How many acknowledged commands are missing or doubled, and how many findings the audit has.
    """
    random_ = random.Random(seed)
    server = Server("fsync=on", "shared_buffers=16MB")
    try:
        url = server.url("killed")
        cl.open_ledger(url).close()
        processes = [start(url, f"writer{k}", 100_000) for k in range(2)]
        for process in processes:
            assert process.stdout is not None
            process.stdout.readline()
        for _ in range(rounds):
            time.sleep(random_.uniform(0.1, 0.5))
            server.kill()
            server.start()
        time.sleep(0.3)
        keys: list[str] = []
        for process in processes:
            process.send_signal(signal.SIGKILL)
            assert process.stdout is not None
            keys += acknowledged(process.stdout.read())
            process.stdout.close()
            process.wait()
        assert len(keys) > rounds, "the clients did not go on"
        return count_wrong(url, keys)
    finally:
        server.remove()
