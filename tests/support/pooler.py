"""A pooler in transaction mode in front of a server: PgBouncer, if it is installed (Debian's package `pgbouncer`)."""

import os
import shutil
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import Final
from urllib.parse import quote

import psycopg
from tests.support.postgres import Server, ended_with_parent

_WAIT_S: Final = 15
_PORT: Final = 6_432
_SETTINGS: Final = """
[databases]
postgres = host={server} port=5432 dbname=postgres
[pgbouncer]
listen_addr =
unix_socket_dir = {directory}
listen_port = {port}
auth_type = trust
auth_file = {directory}/users
pool_mode = {mode}
default_pool_size = {connections}
max_client_conn = 200
logfile = {directory}/log
pidfile = {directory}/pid
server_login_retry = 1
"""


def program() -> str | None:
    """The program; None if it is not installed."""
    return shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


def required() -> bool:
    """Whether a missing program is a failure, as in CI."""
    return bool(os.environ.get("CARBON_LEDGER_REQUIRE_PGBOUNCER"))


class Pooler:
    """A pooler whose clients share few connections to the server.

    Args:
        server: The server.
        mode: The pooler's mode.
        connections: How many connections to the server the pooler has.
    """

    def __init__(self, server: Server, mode: str = "transaction", connections: int = 2) -> None:
        found = program()
        assert found is not None
        self.directory = Path(server.directory) / f"pooler_{mode}"
        self.directory.mkdir()
        (self.directory / "settings.ini").write_text(
            _SETTINGS.format(
                server=server.directory, directory=self.directory, port=_PORT, mode=mode, connections=connections
            )
        )
        (self.directory / "users").write_text('"owner" ""\n')
        server.give(self.directory)
        self._process = subprocess.Popen(
            [found, "-q", str(self.directory / "settings.ini")],
            stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            preexec_fn=ended_with_parent,  # noqa: PLW1509  # it takes no lock
            **server.identity,
        )
        self._wait()

    def _wait(self) -> None:
        until = time.monotonic() + _WAIT_S
        while True:
            try:
                psycopg.connect(self.conninfo()).close()
                return
            except psycopg.OperationalError as error:
                if time.monotonic() > until:
                    log = self.directory / "log"
                    raise RuntimeError(log.read_text() if log.exists() else str(error)) from None
                time.sleep(0.02)

    def conninfo(self) -> str:
        """The connection string, through the pooler."""
        return f"host={self.directory} port={_PORT} user=owner dbname=postgres"

    def url(self, schema: str) -> str:
        """The URL of a ledger, through the pooler."""
        place = quote(str(self.directory), safe="")
        return f"postgresql:///postgres?host={place}&port={_PORT}&user=owner&ledger_schema={schema}"

    def close(self) -> None:
        """Stop the pooler."""
        self._process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=_WAIT_S)
