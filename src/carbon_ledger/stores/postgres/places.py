"""Where a ledger is: the server and the database of a URL, and the schema that has the ledger's tables."""

import hashlib
import re
from typing import Final
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urlsplit

from attrs import field, frozen

from carbon_ledger.errors import NotALedgerError
from carbon_ledger.printing import SECRETS, without_password
from carbon_ledger.printing import quote as shown

_LONGEST: Final = 300  # characters of a message of libpq
DEFAULT_SCHEMA: Final = "carbon_ledger"
_OURS: Final = "ledger_schema"
# As other programs name a schema in a URL; libpq does not.
_NOT_OURS: Final = ("currentschema", "schema", "search_path")
# A host of a URL: a name or an address, and perhaps a port. A password with a / begins where a port is expected.
_HOST: Final = re.compile(r"(\[[^][]*\]|[^][:@]*)(:\d*)?\Z")
_NAME: Final = re.compile(r"[a-z_][a-z0-9_]{0,62}\Z")


def identifier(name: str) -> str:
    """A name as SQL has it, between quotation marks."""
    return '"' + name.replace('"', '""') + '"'


@frozen
class Place:
    """A ledger in a PostgreSQL database.

    Attributes:
        conninfo: The URL as libpq reads it.
        schema: The schema that has the ledger's tables.
        name: The place for messages, without a password.
        location: The URL for another process, or None if the URL has a password, which is not passed on.
    """

    conninfo: str = field(repr=False)
    schema: str
    name: str
    location: str | None
    _secrets: tuple[str, ...] = field(repr=False)

    @property
    def quoted(self) -> str:
        """The schema as SQL has it."""
        return identifier(self.schema)

    @property
    def lock(self) -> int:
        """The number of the advisory lock that a writer of this ledger holds: the same number for every client."""
        digest = hashlib.sha256(b"carbon_ledger\0" + self.schema.encode()).digest()
        return int.from_bytes(digest[:8], "big", signed=True)

    def hidden(self, text: str) -> str:
        """A text without the secrets of the URL, in one line, for messages of libpq."""
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return " ".join(without_password(text).split())[:_LONGEST]


def place_of(url: str) -> Place:
    """The place that a URL names.

    Args:
        url: A URL as libpq reads it, such as ``postgresql://host/database``; with ``ledger_schema=name`` among its
            parameters, the ledger is in the schema *name*, else in the schema ``carbon_ledger``.

    Raises:
        NotALedgerError: It is not such a URL.
    """
    try:
        parts = urlsplit(url)
        parameters = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
        password = parts.password
        _require_read_as_meant(parts)
    except ValueError:
        raise NotALedgerError(
            f"{_scheme(url)}://...: not a URL; expected postgresql://host/database, with its parameters after a ?. In "
            "a password, @ : / ? # and % are written as %40 %3A %2F %3F %23 and %25"
        ) from None
    if others := [name for name, _ in parameters if name.lower() in _NOT_OURS]:
        raise NotALedgerError(f"parameter {others[0]}: expected {_OURS}=, which names the schema of a ledger")
    names = [value for name, value in parameters if name == _OURS]
    if len(names) > 1 or not all(map(_NAME.match, names)):
        raise NotALedgerError(
            f"{_OURS} {shown(', '.join(names))}: expected the name of one schema, of at most 63 lower-case letters, "
            "digits and underscores, not beginning with a digit"
        )
    schema = names[0] if names else DEFAULT_SCHEMA
    passed = [(name, value) for name, value in parameters if name != _OURS]
    secrets = [value for name, value in passed if name.lower() in SECRETS]
    if password is not None:
        secrets += [password, unquote(password)]
    secret = password is not None or bool(secrets)
    visible = [(name, value) for name, value in passed if name.lower() not in SECRETS]
    ours = [(_OURS, schema)] if names else []
    shared = _url(_without_password(parts.netloc, password), parts.path, [*visible, *ours])
    return Place(
        conninfo=_url(parts.netloc, parts.path, passed),
        schema=schema,
        name=shared,
        location=None if secret else shared,
        secrets=tuple(filter(None, secrets)),
    )


def _require_read_as_meant(parts: SplitResult) -> None:
    """Refuse a URL in which a part of a password was read as something else, and would be shown.

    Raises:
        ValueError: It is such a URL.
    """
    user, _, hosts = parts.netloc.rpartition("@")
    has_rest = bool(parts.fragment) or "@" in user or "@" in parts.path
    has_rest |= not user and ":" in hosts and "@" in parts.query
    if has_rest or not all(map(_HOST.match, hosts.split(","))):
        raise ValueError


def _scheme(url: str) -> str:
    return url.partition("://")[0]


def _url(netloc: str, path: str, parameters: list[tuple[str, str]]) -> str:
    query = urlencode(parameters, quote_via=quote)
    return f"postgresql://{netloc}{path}{'?' if query else ''}{query}"


def _without_password(netloc: str, password: str | None) -> str:
    if password is None:
        return netloc
    user, at, host = netloc.rpartition("@")
    return f"{user.partition(':')[0]}{at}{host}"
