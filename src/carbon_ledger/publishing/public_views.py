"""Public views: JSON files beside the tiles, with what web pages show of a ledger.

The files of a checkpoint are in the folder ``views/<size>``. Each is a pure function of the entries up to the
checkpoint, of the signed checkpoint, and of what the publisher makes public, so that whoever has the log can write
them again and compare. This module names the files and cuts them into pages; `carbon_ledger.queries.public_views`
reads their contents from the state.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from typing import Any, Final, Literal

from attrs import field, frozen

from carbon_ledger.canonical import dumps
from carbon_ledger.column import MAX_INTEGER
from carbon_ledger.errors import QuantityError
from carbon_ledger.mappings import listed
from carbon_ledger.printing import quote
from carbon_ledger.records import Record

FORMAT: Final = "carbon-ledger-view@1"
FOLDER: Final = "views"
INDEX: Final = "index"
BATCHES: Final = "batches"
RETIREMENTS: Final = "retirements"
ACCOUNTS: Final = "accounts"
HOLDINGS: Final = "holdings"
LISTS: Final = (ACCOUNTS, BATCHES, RETIREMENTS)  # the views that the index names
ALL: Final = "all"

MOST_ITEMS: Final = 500  # of a page
MOST_BYTES: Final = 1 << 20  # of a page of several items
MOST_FILE_BYTES: Final = 4 << 20  # of a page of one item, whose receipts contain a checkpoint with many signatures
_ROOM: Final = 4_096  # of a page, for the fields beside its items
_LONGEST_NAME: Final = 200
_PLAIN: Final = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789-_")


def _accounts(value: object) -> object:
    """The ids as a tuple, each once; what is no list of ids stays as it is, and is refused."""
    found = None if isinstance(value, str | bytes) else listed(value)
    return value if found is None or not all(isinstance(item, str) for item in found) else tuple(dict.fromkeys(found))


@frozen(kw_only=True, repr=False)
class PublicViews(Record):
    """What of a ledger `publish` writes as JSON files for web pages; by default, neither accounts nor beneficiaries.

    The batches and the retirements of the ledger are always listed. The entries that are published beside the views
    contain every name: a view that leaves a name out does not keep it secret.

    Attributes:
        accounts: The ids of the accounts whose names and holdings are listed, and which are named as accounts of
            batches and retirements; or ``"all"``.
        beneficiaries: Whether retirements show their beneficiaries, purposes and references.

    Raises:
        QuantityError: *accounts* is not a sequence of ids or ``"all"``, or *beneficiaries* is not True or False.

    Example:
        >>> PublicViews(accounts=["owner"])
        PublicViews(accounts=('owner'))
    """

    accounts: tuple[str, ...] | Literal["all"] = field(default=(), converter=_accounts)
    beneficiaries: bool = False

    def __attrs_post_init__(self) -> None:
        """Refuse what is neither ids nor ``"all"``."""
        if not isinstance(self.accounts, tuple) and not (isinstance(self.accounts, str) and self.accounts == ALL):
            raise QuantityError(f"views: accounts {quote(self.accounts)}: expected the ids of accounts, or 'all'")
        if not isinstance(self.beneficiaries, bool):
            raise QuantityError(f"views: beneficiaries {quote(self.beneficiaries)}: expected True or False")

    @property
    def has_all_accounts(self) -> bool:
        """Whether every account of the ledger is public."""
        return isinstance(self.accounts, str)


def checked_views(value: object) -> PublicViews:
    """What the publisher makes public.

    Raises:
        QuantityError: *value* is not a `PublicViews`.
    """
    if not isinstance(value, PublicViews):
        raise QuantityError(f"views {quote(value)}: expected PublicViews(), or None to write no views")
    return value


def escaped(name: str) -> str:
    """A file name for an id, whatever the id contains: no two ids have the same, also where case does not count.

    Small ASCII letters, digits, ``-`` and ``_`` stay; every other octet of the UTF-8 is written as ``=`` and two hex
    digits. A long name is replaced by the SHA-256 of the id.

    Args:
        name: The id.

    Example:
        >>> escaped("owner-1"), escaped("Con.x"), escaped("../é")
        ('id-owner-1', 'id-=43on=2ex', 'id-=2e=2e=2f=c3=a9')
    """
    data = name.encode("utf-8", "surrogatepass")
    text = "".join(chr(octet) if octet in _PLAIN else f"={octet:02x}" for octet in data)
    return f"id-{text}" if len(text) <= _LONGEST_NAME else f"sha256-{hashlib.sha256(data).hexdigest()}"


def index_path(size: int) -> str:
    """The path of the index of the views of a checkpoint.

    Args:
        size: The number of entries of the checkpoint.

    Example:
        >>> index_path(38)
        'views/38/index.json'
    """
    return f"{FOLDER}/{size}/{INDEX}.json"


def page_path(size: int, view: str) -> Callable[[int], str]:
    """The path of each page of a view, by its number from 0.

    Args:
        size: The number of entries of the checkpoint.
        view: The view: one of `LISTS`, or what `holdings_of` returns.

    Example:
        >>> page_path(38, "batches")(0)
        'views/38/batches/0.json'
    """
    return lambda page: f"{FOLDER}/{size}/{view}/{page}.json"


def holdings_of(account: str) -> str:
    """The view of an account's holdings, as a part of a path.

    Args:
        account: The account's id.

    Example:
        >>> holdings_of("owner")
        'holdings/id-owner'
    """
    return f"{HOLDINGS}/{escaped(account)}"


# The part of a path below the folder of a size. No file with another name is ever written, or removed.
PAGE: Final = re.compile(
    rf"{INDEX}\.json|(?:{'|'.join(LISTS)}|{HOLDINGS}/(?:id-(?:[a-z0-9_-]|=[0-9a-f]{{2}}){{0,{_LONGEST_NAME}}}"
    r"|sha256-[0-9a-f]{64}))/(?:0|[1-9][0-9]{0,17})\.json"
)


def exact(value: Any) -> Any:
    """A value in which whole numbers of 2^53 or more in magnitude are texts, which every reader of JSON reads exactly.

    Args:
        value: Text, a whole number, a boolean, or lists and objects of these.

    Example:
        >>> exact({"units": [2**53 - 1, 2**53]})
        {'units': [9007199254740991, '9007199254740992']}
    """
    if isinstance(value, Mapping):
        return {name: exact(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [exact(item) for item in value]
    if type(value) is int and not -MAX_INTEGER <= value <= MAX_INTEGER:
        return str(value)
    return value


def encoded(value: Mapping[str, Any]) -> bytes:
    """A file of a view: canonical JSON (RFC 8785), in which large numbers are texts."""
    return dumps(exact(value))


def pages(head: Mapping[str, Any], items: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    """The pages of a view, one in memory at a time: at least one, each with the number of the next one.

    Args:
        head: The fields that each page begins with: which view it is, and of which checkpoint.
        items: The items, in order.
    """
    number = 0
    page: list[Mapping[str, Any]] = []
    size = 0
    for item in chain(items, (None,)):
        length = 0 if item is None else len(encoded(item)) + 1
        is_full = len(page) == MOST_ITEMS or (page and size + length > MOST_BYTES - _ROOM)
        if item is None or is_full:
            more = {} if item is None else {"next": number + 1}
            yield encoded({**head, "page": number, **more, "items": page})
            number, page, size = number + 1, [], 0
        if item is not None:
            page.append(item)
            size += length
