"""A proxy in front of a PostgreSQL server: it delays, counts round trips, cuts connections, and changes servers."""

import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from urllib.parse import quote

Watch = Callable[[bytes], bool]


class Loopback:
    """A proxy on a port of this machine.

    Args:
        directory: The directory of the server's Unix socket.
        delay_s: How long a message and its answer take together. [s]

    Attributes:
        turns: How often a client has sent something after something of the server had reached it. With a delay that is
            longer than it takes to send a pipeline, that is how often the client has waited.
        cut_before: Called with each piece that a client sends; if true, the connection is cut, and the piece is lost.
        cut_after: Called with each piece that the server sends; if true, the same.
        refuses: Whether new connections are refused.
    """

    def __init__(self, directory: Path, delay_s: float = 0.0) -> None:
        self.directory = directory
        self.delay_s = delay_s
        self.turns = 0
        self.cut_before: Watch | None = None
        self.cut_after: Watch | None = None
        self.refuses = False
        self._open: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def url(self, schema: str, user: str = "owner", database: str = "postgres") -> str:
        """The URL of a ledger, reached through the proxy."""
        return f"postgresql://{quote(user)}@127.0.0.1:{self.port}/{database}?sslmode=disable&ledger_schema={schema}"

    def conninfo(self, user: str = "owner") -> str:
        """The connection string of a user, through the proxy."""
        return f"host=127.0.0.1 port={self.port} user={user} dbname=postgres sslmode=disable"

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self.refuses:
                client.close()
                continue
            server = socket.socket(socket.AF_UNIX)
            try:
                server.connect(str(self.directory / ".s.PGSQL.5432"))
            except OSError:
                client.close()
                continue
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._open += [client, server]
            last: list[str] = [""]
            for source, target, name in ((client, server, "client"), (server, client, "server")):
                pieces: SimpleQueue[tuple[float, bytes]] = SimpleQueue()
                threading.Thread(target=self._receive, args=(source, target, name, pieces, last), daemon=True).start()
                threading.Thread(target=self._send, args=(target, source, name, pieces, last), daemon=True).start()

    def _receive(
        self,
        source: socket.socket,
        target: socket.socket,
        name: str,
        pieces: "SimpleQueue[tuple[float, bytes]]",
        last: list[str],
    ) -> None:
        while True:
            try:
                piece = source.recv(1 << 16)
            except OSError:
                piece = b""
            watch = self.cut_before if name == "client" else self.cut_after
            if piece and watch is not None and watch(piece):
                self.cut(source, target)
                piece = b""
            if piece and name == "client":
                self.turns += last[0] != "client"
                last[0] = "client"
            pieces.put((time.monotonic() + self.delay_s / 2, piece))
            if not piece:
                return

    def _send(
        self,
        target: socket.socket,
        source: socket.socket,
        name: str,
        pieces: "SimpleQueue[tuple[float, bytes]]",
        last: list[str],
    ) -> None:
        while True:
            due, piece = pieces.get()
            while (left := due - time.monotonic()) > 0:
                time.sleep(left)
            if name == "server":
                last[0] = "server"
            try:
                target.sendall(piece)
            except OSError:
                piece = b""
            if not piece:
                self.cut(target, source)
                return

    def cut(self, *sockets: socket.socket) -> None:
        """Cut connections: those of these sockets, or all."""
        for one in sockets or list(self._open):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
            if one in self._open:
                self._open.remove(one)

    def close(self) -> None:
        """Cut all connections, and refuse new ones."""
        self.refuses = True
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()
