"""The example of a registry's service, served by uvicorn on the loopback; and clients that use it as they should.

A client that gets no answer, or 503, sends the same request with the same key again.
"""

import hashlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from tests.conftest import device
from tests.support.places import PYTHONPATH, ROOT

import carbon_ledger as cl

TOKENS: Final = {f"token-{k}": f"shop-{k}" for k in range(4)}
ACTORS: Final = {hashlib.sha256(token.encode()).hexdigest(): actor for token, actor in TOKENS.items()}
YEAR: Final = cl.Period.year(2024, zone="UTC")
MOST_WAIT_S: Final = 120  # for an answer, however often it takes


def begin(address: str, *, policy: str = "open") -> None:
    """Begin a ledger in which `seller` has 40,000 units; with roles, every token is of a registrar and of a holder."""
    with cl.open_ledger(address, ledger_id="registry", policy=policy, by="registrar") as ledger:
        for account in ("seller", "buyer"):
            ledger.open_account(account, name=account.title())
        if policy == "roles":
            for role in ("meter-operator", "issuer"):
                ledger.grant("registrar", role)
            for actor in TOKENS.values():
                ledger.grant(actor, "registrar")
                ledger.grant(actor, "account-holder", account="seller")
        ledger.register_device(device(zone="UTC"))
        ledger.register_project(cl.Project(id="hydro", instrument="I-REC-E", zone="UTC", devices=("plant",)))
        ledger.record_generation("plant", YEAR, net="40 GWh")
        ledger.issue("hydro", YEAR, to="seller")


def listening() -> socket.socket:
    """A socket that the server inherits: it accepts connections from now on, also while no server runs."""
    found = socket.socket()
    found.bind(("127.0.0.1", 0))
    found.listen(128)
    found.set_inheritable(True)
    return found


class Server:
    """A server of several processes, on a socket that outlives it."""

    def __init__(self, address: str, listener: socket.socket, place: Path, *, workers: int) -> None:
        self._listener, self._place, self._workers = listener, place, workers
        tokens = place / "tokens.json"
        tokens.write_text(json.dumps(ACTORS), encoding="utf-8")
        self._environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(ROOT / "examples"), PYTHONPATH]),
            "CARBON_LEDGER": address,
        }
        self._environment["CARBON_LEDGER_TOKENS"] = str(tokens)
        self._process = self._started()

    def _started(self) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", "uvicorn", "--factory", "registry_api:from_environment"]
        command += ["--fd", str(self._listener.fileno()), "--workers", str(self._workers), "--log-level", "critical"]
        return subprocess.Popen(
            command,
            env=self._environment,
            pass_fds=[self._listener.fileno()],
            cwd=self._place,
            start_new_session=True,
        )

    def kill(self) -> None:
        """Kill every process of the server, in the middle of whatever they do, and start it again."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._process = self._started()

    def stop(self) -> None:
        """Stop the server."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGTERM)
        self._process.wait()


@contextmanager
def served(address: str, place: Path, *, workers: int = 2) -> Iterator[tuple[Server, int]]:
    """A server of the ledger at an address, and its port."""
    with listening() as listener:
        server = Server(address, listener, place, workers=workers)
        try:
            yield server, listener.getsockname()[1]
        finally:
            server.stop()


def request_of(number: int) -> tuple[str, dict[str, Any]]:
    """The path and the body of a client's write."""
    units = {"units": {"count": 1 + number % 3, "instrument": "I-REC-E"}, "from": "seller"}
    if number % 3 == 0:
        return "/accounts", {"account": f"web-{number}", "name": "A"}
    if number % 3 == 1:
        return "/transfers", {**units, "to": "buyer", "reference": f"order {number}"}
    period = {"start": "2024-01-01", "end": "2025-01-01", "zone": "UTC"}
    return "/retirements", {**units, "beneficiary": "B", "purpose": f"claim {number}", "period": period}


class Client:
    """A client with a token, which repeats what has no answer."""

    def __init__(self, port: int, number: int, figures: Counter[str]) -> None:
        self._port, self._figures = port, figures
        self._token = f"token-{number % len(TOKENS)}"
        self.actor = TOKENS[self._token]
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

    def send(self, path: str, body: dict[str, Any], key: str) -> tuple[int, bytes]:
        """The answer to a write, after as many tries as it takes; no answer is the status 0."""
        until = time.monotonic() + MOST_WAIT_S
        headers = {"Content-Type": "application/json", "Idempotency-Key": key, "Authorization": f"Bearer {self._token}"}
        while time.monotonic() < until:
            try:
                self._connection.request("POST", path, json.dumps(body), headers)
                answer = self._connection.getresponse()
                data = answer.read()
            except (OSError, http.client.HTTPException):
                self._figures["connections lost"] += 1
                self.close()
                self._connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
            else:
                self._figures[f"answered {answer.status}"] += 1
                if answer.status != 503:
                    return answer.status, data
            time.sleep(0.05)
        return 0, b""

    def close(self) -> None:
        self._connection.close()


Answers = dict[tuple[str, str], tuple[int, bytes]]


def crowd(
    port: int, writes: int, figures: Counter[str], *, clients: int = 16, again: int = 5
) -> tuple[Answers, list[str]]:
    """Send writes by clients at once. Every *again*-th one is sent a second time after its answer.

    Returns:
        The first answer by actor and key, and what is wrong with the answers.
    """
    answers: Answers = {}
    problems: list[str] = []

    def work(number: int) -> None:
        client = Client(port, number, figures)
        for k in range(number, writes, clients):
            path, body = request_of(k)
            key = f"write-{k}"
            answers[client.actor, key] = first = client.send(path, body, key)
            if k % again == 0 and client.send(path, body, key) != first:
                problems.append(f"{key}: another answer to the same request with the same key")
        client.close()

    threads = [threading.Thread(target=work, args=(k,)) for k in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if len(answers) != writes:
        problems.append(f"{len(answers)} of {writes} writes were answered")
    return answers, problems


def judged(address: str, answers: Answers) -> list[str]:
    """What is wrong with the ledger: each acknowledged write is in it once, as it was answered, and no other write."""
    with cl.open_ledger(address) as ledger:  # for writing: a reader cannot undo what a killed server left
        problems = [str(item) for item in ledger.audit().findings]
        found: dict[tuple[str, str], list[cl.Entry]] = {}
        for entry in ledger.entries():
            if entry.key is not None and entry.part == 1:
                found.setdefault((entry.by, entry.key), []).append(entry)
    for who, (status, data) in answers.items():
        entries = found.pop(who, [])
        if status != 201:
            problems.append(f"{who} was answered {status}: {data[:200]!r}")
        elif len(entries) != 1:
            problems.append(f"{who} was acknowledged, and is in the log {len(entries)} times")
        elif not _says(json.loads(data), entries[0]):
            problems.append(f"{who} was answered {data[:200]!r}, and entry {entries[0].n} is something else")
    return problems + [f"{who} is in the log, and nobody sent it" for who in found]


def _says(answer: dict[str, Any], entry: cl.Entry) -> bool:
    """Whether an answer tells of an entry."""
    if "account" in answer:
        return bool(answer["account"] == entry.event["account"])
    event = entry.event
    blocks = [cl.Block(item["batch"], item["first"], item["last"]) for item in (event, *event.get("more", ()))]
    if "retirement" in answer:
        return bool(answer["retirement"]["n"] == entry.n)
    return bool(answer["transferred"] == [str(block) for block in blocks])
