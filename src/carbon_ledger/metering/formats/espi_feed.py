"""The entries of a Green Button feed: what they are, their links, and the readings of interval blocks as text."""

from collections.abc import Iterable, Iterator
from typing import Final

from attrs import define, field, frozen

from carbon_ledger.errors import QuantityError
from carbon_ledger.metering.file_report import FileReport
from carbon_ledger.metering.formats.channels import UnreadableError
from carbon_ledger.metering.formats.xml import Element, parts_of
from carbon_ledger.printing import quote

ATOM: Final = "http://www.w3.org/2005/Atom"
ESPI: Final = "http://naesb.org/espi"
CUSTOMER: Final = "http://naesb.org/espi/customer"  # names and addresses: no energy
RESOURCES: Final = ("UsagePoint", "MeterReading", "ReadingType")


@frozen
class Entry:
    """An entry of the feed.

    Args:
        kind: The resource in it, e.g. ``MeterReading``.
        own: Its ``self`` link.
        up: Its ``up`` link; may be empty.
        related: Its ``related`` links.
        line: The line of the file on which the entry begins.
        element: The resource.
    """

    kind: str
    own: str
    up: str
    related: frozenset[str]
    line: int
    element: Element = field(repr=False)


@frozen
class Reading:
    """An interval reading, as text; empty text: the element is missing."""

    line: int
    start: str
    duration: str
    value: str
    qualities: tuple[str, ...]


@frozen
class Block:
    """An interval block: its entry, its interval as text, and its readings."""

    entry: Entry
    line: int
    start: str
    duration: str
    readings: tuple[Reading, ...]


@define
class Feed:
    """The entries of a feed that are about energy."""

    entries: dict[str, dict[str, Entry]] = field(factory=dict)
    blocks: list[Block] = field(factory=list)

    def of(self, kind: str) -> Iterable[Entry]:
        """The entries of a kind of resource, in the order of the file."""
        return self.entries.get(kind, {}).values()


def feed_of(data: bytes, report: FileReport) -> Feed:
    """The entries of a feed.

    Args:
        data: The bytes of the file.
        report: Gets the refusals.

    Raises:
        QuantityError: The file is not an Atom feed of ESPI resources.
    """
    feed = Feed()
    for part in parts_of(data, report.path, _check_root):
        if part.name != "entry" or part.namespace != ATOM:
            continue
        try:
            for entry in _entries(part):
                _add(entry, feed)
        except UnreadableError as refusal:
            refusal.refuse(report)
    return feed


def _check_root(root: Element) -> None:
    if root.name == "feed" and root.namespace == ATOM:
        return
    raise QuantityError(
        f"{root.path}, line {root.line}: the document is a {quote(root.name, 60)} of the namespace "
        f"{quote(root.namespace, 100)}; expected a feed of {ATOM}"
    )


def _entries(part: Element) -> Iterator[Entry]:
    """The resources of an entry. Several interval blocks may be in one."""
    content = part.child("content")
    if content is None:
        return
    links: dict[str, list[str]] = {}
    for link in part.all("link"):
        links.setdefault(link.attributes.get("rel", ""), []).append(link.attributes.get("href", "").rstrip("/"))
    own, up = (_only_link(links, relation, part) for relation in ("self", "up"))
    for element in content.children:
        if element.namespace == CUSTOMER:
            continue
        if element.namespace != ESPI:
            raise UnreadableError(
                element.line,
                element.name,
                f"of the namespace {quote(element.namespace, 100)}; expected an ESPI resource of {ESPI}",
            )
        if element.name in (*RESOURCES, "IntervalBlock"):
            if not own:
                raise UnreadableError(part.line, element.name, "the entry has no link to itself (rel self)")
            yield Entry(element.name, own, up, frozenset(links.get("related", ())), part.line, element)


def _only_link(links: dict[str, list[str]], relation: str, part: Element) -> str:
    found = links.get(relation, [""])
    if len(found) != 1:
        raise UnreadableError(part.line, "link", f"the entry has {len(found)} links of rel {relation}; expected one")
    return found[0]


def _add(entry: Entry, feed: Feed) -> None:
    if entry.kind == "IntervalBlock":
        feed.blocks.append(_block(entry))
        return
    same = feed.entries.setdefault(entry.kind, {})
    if entry.own in same:
        raise UnreadableError(
            entry.line,
            entry.kind,
            f"{quote(entry.own, 200)} is also the link of the entry of line {same[entry.own].line}; expected one entry",
        )
    same[entry.own] = entry


def _block(entry: Entry) -> Block:
    element = entry.element
    interval = element.child("interval")
    start, duration = ("", "") if interval is None else (interval.text_of("start"), interval.text_of("duration"))
    readings = tuple(map(_reading, element.all("IntervalReading")))
    element.children.clear()  # of which the readings are what is needed
    return Block(entry, element.line, start, duration, readings)


def _reading(element: Element) -> Reading:
    period = element.child("timePeriod")
    start, duration = ("", "") if period is None else (period.text_of("start"), period.text_of("duration"))
    if period is not None and not (start and duration):
        start, duration = start or "missing", duration or "missing"
    qualities = tuple(item.text_of("quality") for item in element.all("ReadingQuality"))
    return Reading(element.line, start, duration, element.text_of("value"), qualities)
