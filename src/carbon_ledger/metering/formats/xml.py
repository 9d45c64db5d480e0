"""XML documents read safely from bytes: no document type, no entities, no external files, and limits on everything."""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Final
from xml.parsers import expat

from attrs import define, field

from carbon_ledger.errors import CarbonLedgerError, QuantityError
from carbon_ledger.metering.formats.channels import UnreadableError
from carbon_ledger.printing import quote

MOST_DEPTH: Final = 32
MOST_ATTRIBUTES: Final = 32
MOST_TEXT: Final = 65_536  # characters of the text of an element, or of an attribute
MOST_NAME: Final = 300  # characters of the name of an element or attribute, with the URI of its namespace
MOST_TOKEN: Final = 1 << 20  # octets of a tag or comment, which the parser reads from its start with each chunk
MOST_ELEMENTS: Final = 2_000_000  # in one child of the root
ENCODINGS: Final = ("utf-8", "utf-16", "us-ascii", "iso-8859-1", "windows-1252")

_CHUNK_BYTES: Final = 1 << 16
_SEPARATOR: Final = " "  # no name and no URI has a space
_NO_ATTRIBUTES: Final[Mapping[str, str]] = MappingProxyType({})

CheckRoot = Callable[["Element"], object]


@define(weakref_slot=False)
class Element:
    """An element with all that is in it.

    Args:
        path: The file, for messages.
        name: Its name without a prefix.
        namespace: The URI of its namespace; empty: it has none.
        line: The line of the file on which its start tag begins, from 1.
        attributes: Its attributes; the name of an attribute with a namespace is the URI, a space and the name.
        children: Its child elements.
        text: Its own text, without white space at both ends.
    """

    path: str
    name: str
    namespace: str
    line: int
    attributes: Mapping[str, str]
    children: list["Element"] = field(factory=list)
    text: str = ""

    def all(self, name: str) -> list["Element"]:
        """The children of a name, in the namespace of the element itself."""
        return [item for item in self.children if item.name == name and item.namespace == self.namespace]

    def child(self, name: str) -> "Element | None":
        """The only child of a name, if there is one.

        Raises:
            UnreadableError: There are several.
        """
        found = self.all(name)
        if len(found) > 1:
            text = f"{self.name} of line {self.line} has {len(found)} of them; expected one"
            raise UnreadableError(found[1].line, name, text)
        return found[0] if found else None

    def text_of(self, name: str) -> str:
        """The text of the only child of a name; empty if there is no such child.

        Raises:
            UnreadableError: There are several children of the name, or the child has elements in its text.
        """
        found = self.child(name)
        if found is None:
            return ""
        if found.text and found.children:
            raise UnreadableError(found.line, name, "a text with elements in it; expected a text alone")
        return found.text


def parts_of(data: bytes, path: str, check_root: CheckRoot) -> Iterator[Element]:
    """The children of the root of an XML document, one after the other. What was passed on is not stored.

    A document type, an entity that it declares, and a processing instruction are refused, so that no part of the
    document is defined elsewhere. The only exception is an ``xml-stylesheet`` instruction, which says how a browser
    shows the document, and which is ignored: published Green Button files have one.

    Args:
        data: The document.
        path: The file, for messages.
        check_root: Raises an error if the root is not that of the expected document. Its children are not yet known.

    Raises:
        QuantityError: The document is not well-formed XML, has a part that is refused, or exceeds a limit.
        CarbonLedgerError: What *check_root* raises.

    Example:
        >>> document = b"<feed><entry>1</entry><entry>2</entry></feed>"
        >>> [part.text for part in parts_of(document, "feed.xml", lambda root: None)]
        ['1', '2']
    """
    builder = _Builder(path, check_root)
    try:
        for start in range(0, len(data), _CHUNK_BYTES):
            chunk = data[start : start + _CHUNK_BYTES]
            builder.parser.Parse(chunk, False)
            builder.require_short_token(start + len(chunk))
            yield from builder.taken()
        builder.parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise QuantityError(
            f"{path}, line {error.lineno}: not well-formed XML: {expat.ErrorString(error.code)}; expected a complete "
            "XML document"
        ) from None
    except CarbonLedgerError:
        raise
    except (LookupError, ValueError):
        raise _wrong_encoding(path, "its encoding") from None
    yield from builder.taken()


def _wrong_encoding(path: str, what: str) -> QuantityError:
    return QuantityError(f"{path}: {what} cannot be read; expected one of {', '.join(ENCODINGS)}")


@define
class _Builder:
    """Elements as a parser reports them."""

    path: str
    check_root: CheckRoot
    parser: expat.XMLParserType = field(init=False)
    open: list[Element] = field(factory=list)
    texts: list[list[str]] = field(factory=list)
    lengths: list[int] = field(factory=list)
    names: dict[str, str] = field(factory=dict)
    ready: list[Element] = field(factory=list)
    count: int = 0

    def __attrs_post_init__(self) -> None:
        """Connect the parser."""
        parser = self.parser = expat.ParserCreate(namespace_separator=_SEPARATOR, intern=None)
        parser.buffer_text = True
        parser.StartElementHandler = self.start
        parser.EndElementHandler = self.end
        parser.CharacterDataHandler = self.characters
        parser.XmlDeclHandler = self.declaration
        parser.StartDoctypeDeclHandler = self.doctype
        parser.EntityDeclHandler = self.doctype
        parser.ProcessingInstructionHandler = self.instruction
        parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)

    def taken(self) -> list[Element]:
        """The parts that are complete, once."""
        ready, self.ready = self.ready, []
        return ready

    def refuse(self, text: str) -> QuantityError:
        """The error at the present line."""
        return QuantityError(f"{self.path}, line {self.parser.CurrentLineNumber}: {text}")

    def require_short_token(self, fed: int) -> None:
        """Refuse a tag or comment that has not ended yet.

        Args:
            fed: How many octets the parser was given.

        Raises:
            QuantityError: It is longer than a known format needs.
        """
        if fed - self.parser.CurrentByteIndex > MOST_TOKEN:
            raise self.refuse(
                f"a tag or comment of more than {MOST_TOKEN:,} octets; expected a document of a known format"
            )

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """A start tag.

        Raises:
            QuantityError: A name, an attribute, the depth or the number of elements is beyond its bound.
        """
        if max(map(len, (tag, *attributes))) > MOST_NAME:
            raise self.refuse(
                f"a name with its namespace is longer than {MOST_NAME} characters; expected a document of a known "
                "format"
            )
        if len(self.open) >= MOST_DEPTH:
            raise self.refuse(f"elements are nested more than {MOST_DEPTH} deep; expected a document of a known format")
        if len(attributes) > MOST_ATTRIBUTES or any(len(text) > MOST_TEXT for text in attributes.values()):
            raise self.refuse(
                f"an element has more than {MOST_ATTRIBUTES} attributes, or one of more than {MOST_TEXT:,} characters"
            )
        self.count += bool(self.open)
        if self.count > MOST_ELEMENTS:
            raise self.refuse(f"a part of the document has more than {MOST_ELEMENTS:,} elements; divide the file")
        namespace, _, name = tag.rpartition(_SEPARATOR)
        namespace, name = (self.names.setdefault(text, text) for text in (namespace, name))
        element = Element(self.path, name, namespace, self.parser.CurrentLineNumber, attributes or _NO_ATTRIBUTES)
        if not self.open:
            self.check_root(element)
        elif len(self.open) > 1:
            self.open[-1].children.append(element)
        self.open.append(element)
        self.texts.append([])
        self.lengths.append(0)

    def end(self, _: str) -> None:
        """An end tag."""
        element = self.open.pop()
        element.text = "".join(self.texts.pop()).strip()
        self.lengths.pop()
        if len(self.open) == 1:
            self.ready.append(element)
            self.count = 0
            self.names.clear()

    def characters(self, text: str) -> None:
        """Some text. White space before it is not stored.

        Raises:
            QuantityError: The text of one element is too long.
        """
        texts = self.texts[-1]
        if not texts and text.isspace():
            return
        texts.append(text)
        self.lengths[-1] += len(text)
        if self.lengths[-1] > MOST_TEXT:
            raise self.refuse(f"a text of more than {MOST_TEXT:,} characters; expected a document of a known format")

    def declaration(self, _: str, encoding: str | None, __: int) -> None:
        """The XML declaration.

        Raises:
            QuantityError: The encoding is not one that is read.
        """
        if encoding is not None and encoding.lower() not in ENCODINGS:
            raise _wrong_encoding(self.path, f"the encoding {quote(encoding, 40)}")

    def doctype(self, *_: object) -> None:
        """A document type, or a declaration of an entity.

        Raises:
            QuantityError: Always.
        """
        raise self.refuse(
            "the document has a document type (<!DOCTYPE), which can define entities; expected a document without one"
        )

    def instruction(self, target: str, _: str) -> None:
        """A processing instruction.

        Raises:
            QuantityError: It is not that of a style sheet.
        """
        if target != "xml-stylesheet":
            raise self.refuse(
                f"the processing instruction {quote(target, 40)} is not known; expected a document without one"
            )
