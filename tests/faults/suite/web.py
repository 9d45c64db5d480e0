"""A web server of several processes and one ledger: every acknowledged request is in the file, and no request fails.

It is the example of `examples/web_service.py`, served by uvicorn on the loopback.
"""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from pathlib import Path
from typing import Final

from tests.faults.suite.crowds import judged
from tests.faults.suite.outcome import Outcome

import carbon_ledger as cl

ROOT: Final = Path(__file__).resolve().parents[3]


def _listening() -> socket.socket:
    """A socket that the server inherits: it accepts connections from now on."""
    found = socket.socket()
    found.bind(("127.0.0.1", 0))
    found.listen(128)
    found.set_inheritable(True)
    return found


def _server(path: Path, listener: socket.socket, workers: int) -> "subprocess.Popen[bytes]":
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "examples"), *filter(None, sys.path)])}
    environment |= {"CARBON_LEDGER": str(path)}
    command = [sys.executable, "-m", "uvicorn", "web_service:app", "--fd", str(listener.fileno())]
    return subprocess.Popen(
        [*command, "--workers", str(workers), "--log-level", "warning"],
        env=environment,
        pass_fds=[listener.fileno()],
        cwd=path.parent,
        start_new_session=True,
    )


def _ask(port: int, name: str, answers: list[tuple[str, int]]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    try:
        body = json.dumps({"account": name, "name": "A"})
        headers = {"Content-Type": "application/json", "Idempotency-Key": name, "X-Actor": "web"}
        connection.request("POST", "/accounts", body, headers)
        answer = connection.getresponse()
        answer.read()
        answers.append((name, answer.status))
    finally:
        connection.close()


def _crowd(port: int, requests: int, at_a_time: int) -> list[tuple[str, int]]:
    answers: list[tuple[str, int]] = []

    def work(k: int) -> None:
        for number in range(k, requests, at_a_time):
            _ask(port, f"web-{number}", answers)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(at_a_time)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def web(requests: int, *, workers: int = 4, at_a_time: int = 16) -> Outcome:
    """Send requests to a web server of several processes.

    Args:
        requests: How many commands.
        workers: Processes of the server.
        at_a_time: Requests at a time.
    """
    outcome = Outcome(f"uvicorn, {workers} workers, {at_a_time} requests at a time")
    with tempfile.TemporaryDirectory(prefix="faults-") as place:
        path = Path(place) / "ledger.db"
        cl.open_ledger(path).close()
        with _listening() as listener:
            server = _server(path, listener, workers)
            try:
                answers = _crowd(listener.getsockname()[1], requests, at_a_time)
            finally:
                os.killpg(server.pid, signal.SIGTERM)
                server.wait()
        outcome.tried = requests
        outcome.figures.update(f"answered {status}" for _, status in answers)
        problems = [f"{name} was answered {status}" for name, status in answers if status != 201]
        if len(answers) != requests:
            problems.append(f"{len(answers)} of {requests} requests were answered")
        problems += judged(path, Counter(name for name, status in answers if status == 201))
    outcome.lose(f"{requests} requests", problems)
    return outcome
