"""Checking the public views of a published log: each is written again from the entries, and compared."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from carbon_ledger.audit.findings import MOST_FINDINGS, Finding
from carbon_ledger.core.state.store import Store
from carbon_ledger.errors import CarbonLedgerError, IntegrityError
from carbon_ledger.log.published import Fetch
from carbon_ledger.printing import quote
from carbon_ledger.publishing.public_views import ACCOUNTS, ALL, PublicViews, index_path, page_path
from carbon_ledger.publishing.publish import Published
from carbon_ledger.queries.public_views import PublicState, public_files
from carbon_ledger.queries.snapshot import Snapshot

VIEWS: Final = "every public view is what the entries give"
_DO: Final = "trust the entries; ask the publisher to publish the views again"


def has_views(fetch: Fetch, size: int) -> bool:
    """Whether there are public views of a checkpoint: whether their index exists, in whatever form."""
    try:
        return fetch(index_path(size)) is not None
    except IntegrityError:
        return True


def check_views(fetch: Fetch, store: Store, published: Published, findings: list[Finding]) -> int:
    """Write every public view of a checkpoint again, and compare it with the published file.

    What the publisher makes public is read from the views themselves. So an account that is left out is no finding,
    and neither is a page that the index does not lead to.

    Args:
        fetch: Returns the bytes at a path of the published log, or None.
        store: A store with the entries of the checkpoint, and the state that follows from them.
        published: The signed checkpoint.
        findings: Gets a finding for each file that differs.

    Returns:
        The number of files that were compared.
    """
    compared = found = 0
    try:
        reader = Snapshot(store, published.size)
        most = len(reader._view().registrations("account"))
        state = PublicState(reader, store, published, _public(fetch, published.size, most))
        for path, expected in public_files(state):
            compared += 1
            problem = _problem(fetch, path, expected)
            if problem is not None and found < MOST_FINDINGS:
                found += 1
                findings.append(Finding(VIEWS, None, f"{path}: {problem}; {_DO}"))
    except CarbonLedgerError as error:
        findings.append(Finding(VIEWS, None, str(error)))
    return compared


def _public(fetch: Fetch, size: int, most: int) -> PublicViews:
    """What the publisher makes public, as far as the published files state it."""
    index = _read(fetch, index_path(size))
    public = index.get("public")
    stated: Mapping[str, Any] = public if isinstance(public, dict) else {}
    beneficiaries = stated.get("beneficiaries") is True
    if stated.get("accounts") == ALL:
        return PublicViews(accounts=ALL, beneficiaries=beneficiaries)
    return PublicViews(accounts=tuple(_accounts(fetch, size, most)), beneficiaries=beneficiaries)


def _accounts(fetch: Fetch, size: int, most: int) -> Iterator[str]:
    """The accounts that the published pages list, up to the first page that cannot be read or lists none.

    A ledger of *most* accounts has no more than as many pages.
    """
    for number in range(most):
        items = _read(fetch, page_path(size, ACCOUNTS)(number)).get("items")
        names = [item.get("account") for item in items if isinstance(item, dict)] if isinstance(items, list) else []
        if not names:
            return
        yield from (name for name in names if isinstance(name, str))


def _read(fetch: Fetch, path: str) -> dict[str, Any]:
    """The object in a file; empty if the file is missing or has no object."""
    try:
        return _object(fetch(path))
    except IntegrityError:
        return {}


def _object(data: bytes | None) -> dict[str, Any]:
    try:
        found = None if data is None else json.loads(data)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _problem(fetch: Fetch, path: str, expected: bytes) -> str | None:
    """What is wrong with a published file, or None."""
    try:
        data = fetch(path)
    except IntegrityError as error:
        return str(error)
    if data == expected:
        return None
    if data is None:
        return "it is missing, and the views of a checkpoint are published as a whole"
    return _difference(_object(data), _object(expected))


def _difference(found: Mapping[str, Any], expected: Mapping[str, Any]) -> str:
    """The first difference between two files of a view."""
    for name in sorted({*found, *expected} - {"items"}):
        if found.get(name) != expected.get(name):
            return f"its {quote(name)} is {quote(found.get(name))}, and the log gives {quote(expected.get(name))}"
    items, right = found.get("items"), expected.get("items", [])
    if not isinstance(items, list):
        return "it has no list of items" if "items" in expected else "its text is not canonical JSON"
    for position, (item, other) in enumerate(zip(items, right, strict=False)):
        if item != other:
            fields = {*item, *other} if isinstance(item, dict) else set()
            changed = [name for name in sorted(fields) if item.get(name) != other.get(name)]
            if not changed:
                return f"its item {position} is {quote(item)}, and the log gives {quote(other)}"
            return (
                f"the {quote(changed[0])} of its item {position} is {quote(item.get(changed[0]))}, and the log gives "
                f"{quote(other.get(changed[0]))}"
            )
    if len(items) != len(right):
        return f"it has {len(items)} items, and the log gives {len(right)}"
    return "its text is not canonical JSON"
