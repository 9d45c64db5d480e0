"""A web service of several processes: each acknowledged write is in the log once, whatever happens to the server.

It is the example of `examples/registry_api.py`, served by uvicorn on the loopback.
"""

import tempfile
import threading
import time
from collections import Counter
from importlib import import_module
from pathlib import Path

from tests.faults.suite.outcome import Outcome
from tests.support.registry_service import Server, begin, crowd, judged, served


def _kill(server: Server, writes: int, kills: int, figures: Counter[str], done: threading.Event) -> None:
    """Kill the server each time that its clients have got on by the same number of answers."""
    for k in range(1, kills + 1):
        while figures["answered 201"] < k * writes // (kills + 1):
            if done.wait(0.02):
                return
        server.kill()


def web(writes: int, *, workers: int = 4, clients: int = 16, kills: int = 0, address: str | None = None) -> Outcome:
    """Send writes to a web server of several processes, which may be killed meanwhile.

    Args:
        writes: How many commands; every fifth one is sent twice.
        workers: Processes of the server.
        clients: Requests at a time.
        kills: How often all processes are killed, in the middle of whatever they do.
        address: The address of the ledger, which is begun there; by default, a new file.
    """
    store = "a file" if address is None else "PostgreSQL"
    outcome = Outcome(f"uvicorn on {store}, {workers} workers, {clients} clients at once, {kills} kills")
    with tempfile.TemporaryDirectory(prefix="faults-") as place:
        where = address or str(Path(place) / "ledger.db")
        begin(where)
        began = time.monotonic()
        with served(where, Path(place), workers=workers) as (server, port):
            done = threading.Event()
            killer = threading.Thread(target=_kill, args=(server, writes, kills, outcome.figures, done))
            killer.start()
            answers, problems = crowd(port, writes, outcome.figures, clients=clients)
            done.set()
            killer.join()
        outcome.figures["writes a second"] = round(writes / (time.monotonic() - began))
        outcome.tried = writes
        problems += judged(where, answers)
    outcome.lose(f"{writes} writes", problems)
    return outcome


def web_on_a_server(writes: int) -> Outcome:
    """The same on PostgreSQL, on a server that is started for it.

    Args:
        writes: How many commands.
    """
    server = import_module("tests.support.postgres").Server("fsync=on")
    try:
        return web(writes, address=server.url("service"))
    finally:
        server.remove()
