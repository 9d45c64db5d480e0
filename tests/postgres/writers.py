"""Many processes that write to one ledger at once, and what is then in its log."""

import os
import subprocess
import sys
from collections import Counter
from time import perf_counter
from typing import Final

from tests.support.places import PYTHONPATH
from tests.support.postgres import Server

import carbon_ledger as cl

# Each writer transfers units to and fro, with a key for each command, and reads what it has written.
_WRITER: Final = """
import sys
import carbon_ledger as cl
from carbon_ledger.testing import Clock
url, name, many, batch = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
with cl.open_ledger(url, clock=Clock(), by=name, timeout_s=120) as ledger:
    units = cl.Block(batch, 1 + int(name[1:]), 1 + int(name[1:]))
    holder, other = "owner", "buyer"
    for k in range(many):
        if k % 10 == 9:
            ledger.open_account(f"{name}-{k}", name=name, key=f"{name}-{k}")
        else:
            ledger.transfer(units, to=other, key=f"{name}-{k}")
            holder, other = other, holder
"""


def write_at_once(server: Server, writers: int, commands: int) -> tuple[int, int, float]:
    """Let processes write at once.

    Returns:
        How many commands are missing or doubled, how many findings the audit has, and commands a second.
    """
    from carbon_ledger.testing import sample_ledger

    url = server.url(f"writers_{os.getpid()}_{writers}_{commands}")
    with sample_ledger() as sample:
        cl.copy_ledger(sample, url)
    with cl.open_ledger(url) as ledger:
        before, batch = ledger.size, ledger.positions("owner")[0].block.batch_id
    environment = {**os.environ, "PYTHONPATH": PYTHONPATH}
    began = perf_counter()
    processes = [
        subprocess.Popen([sys.executable, "-c", _WRITER, url, f"w{k + 500}", str(commands), batch], env=environment)
        for k in range(writers)
    ]
    statuses = [process.wait() for process in processes]
    took = perf_counter() - began
    assert statuses == [0] * writers, statuses
    with cl.open_ledger(url) as ledger:
        found = Counter(ledger.entry(n).key for n in range(before, ledger.size))
        expected = Counter({f"w{k + 500}-{i}": 1 for k in range(writers) for i in range(commands)})
        wrong = sum((found - expected).values()) + sum((expected - found).values())
        return wrong, len(ledger.audit().findings), writers * commands / took
