"""The tests with a server, for longer: ``python -m tests.postgres.long_run kills|writers|machine [COUNT]``."""

import sys

from tests.postgres.killing import kill_clients, kill_server
from tests.postgres.test_machine import machine_on
from tests.postgres.writers import write_at_once
from tests.support.postgres import Server

from carbon_ledger.testing import run_machine


def main(what: str, count: int) -> int:
    """Run one of the long tests, and print what was found."""
    server = Server("fsync=on", "max_connections=60")
    try:
        if what == "kills":
            found = kill_server(count), kill_clients(server, count)
            print(f"{count} kills of the server, and of clients: (lost or doubled, findings) {found}")
            return int(found != ((0, 0), (0, 0)))
        if what == "writers":
            wrong, findings, speed = write_at_once(server, writers=8, commands=count)
            print(
                f"8 writers, {count} commands each: {wrong} wrong, {findings} findings, {speed:.0f} commands a second"
            )
            return int((wrong, findings) != (0, 0))
        for policy in ("open", "roles"):
            print(policy, run_machine(machine_on(server, policy), count, shrink=False), "steps", flush=True)
        return 0
    finally:
        server.remove()


if __name__ == "__main__":
    DEFAULTS = {"kills": 60, "writers": 2_000, "machine": 2_000}
    sys.exit(main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else DEFAULTS[sys.argv[1]]))
