"""The grammars of registries that publish their serials, and reading a serial by them."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from carbon_ledger.errors import SerialError
from carbon_ledger.mappings import listed
from carbon_ledger.printing import one_of, quote
from carbon_ledger.registries.catalogue import CATALOGUE
from carbon_ledger.registries.grammar import RegistrySerial, SerialGrammar, SerialReading

GRAMMARS: Final[Mapping[str, SerialGrammar]] = MappingProxyType({item.id: item for item in CATALOGUE})

# The grammars of the first release. No entry of schema 1 pins a grammar of its own under one of these ids, or one that
# reads a text of theirs. A ledger may have pinned its own grammar of a registry that is built in later, so this list
# never grows: the first use of a grammar that is not in it has to be compared with the ledger's own grammars.
RELEASED_GRAMMARS: Final = (
    "acr", "art-trees", "car", "cdm", "cercarbono", "gold-standard", "isometric", "m-rets", "undp", "verra",
)  # fmt: skip

# Every version of each, oldest first: a log names the one it was read by, so none is ever changed or left out.
VERSIONS: Final[Mapping[str, tuple[SerialGrammar, ...]]] = MappingProxyType({item.id: (item,) for item in CATALOGUE})

Registry = str | SerialGrammar


def grammar_of(value: object) -> SerialGrammar:
    """The grammar that a caller named: a `SerialGrammar`, or the id of a built-in one.

    Raises:
        SerialError: *value* is neither of the two.

    Example:
        >>> grammar_of("acr").name
        'ACR (American Carbon Registry)'
    """
    if isinstance(value, SerialGrammar):
        return value
    if isinstance(value, str) and value in GRAMMARS:
        return GRAMMARS[value]
    raise SerialError(f"registry {quote(value)}: expected a SerialGrammar or {one_of(value, GRAMMARS)}")


def version_of(registry: str) -> int:
    """The newest version of a built-in grammar, from 1.

    Args:
        registry: Its id, of `GRAMMARS`.

    Example:
        >>> version_of("acr")
        1
    """
    return len(VERSIONS[registry])


def grammar_at(registry: str, version: int) -> SerialGrammar:
    """A version of a built-in grammar, as a log names it.

    Args:
        registry: The id of the grammar.
        version: The version, from 1.

    Raises:
        SerialError: This library does not have that version.

    Example:
        >>> grammar_at("acr", 1) == GRAMMARS["acr"]
        True
    """
    versions = VERSIONS.get(registry, ())
    if not 1 <= version <= len(versions):
        raise SerialError(
            f"registry {quote(registry)}: this library has no version {version} of its grammar; install a newer "
            "carbon-ledger, which may have it"
        )
    return versions[version - 1]


def grammars_of(value: Registry | Iterable[Registry] | None) -> tuple[SerialGrammar, ...]:
    """The grammars that a caller named: one, several, or, for None, all built-in grammars.

    Raises:
        SerialError: *value* is neither None nor one or more grammars or ids of built-in ones.

    Example:
        >>> [grammar.id for grammar in grammars_of(["acr", "car"])]
        ['acr', 'car']
    """
    if value is None:
        return tuple(GRAMMARS.values())
    items = None if isinstance(value, str | SerialGrammar) else listed(value)
    if items is None:
        return (grammar_of(value),)
    several = tuple(map(grammar_of, items))
    if not several:
        raise SerialError("registry: an empty list, expected at least one grammar or id")
    return several


def parse_serial(
    text: str, *, registry: Registry | Iterable[Registry] | None = None, count: int | None = None
) -> RegistrySerial:
    """Read a serial of another registry.

    Args:
        text: The serial, exactly as the registry writes it.
        registry: Id of a built-in grammar, or a grammar; or several of them, exactly one of which has to fit; None:
            all built-in grammars.
        count: How many units the serial should have, if that is stated beside it.

    Raises:
        SerialError: *text* fits none of the grammars, or more than one; *count* is not last - first + 1; or
            *registry* is not a grammar or the id of a built-in one.

    Example:
        >>> serial = parse_serial("GS1-1-KE-GS7495-16-2025-30645-608-30350", count=29743)
        >>> serial.registry, serial.space, serial.first, serial.last
        ('gold-standard', '30645', 608, 30350)
    """
    grammars = grammars_of(registry)
    grammar = grammars[0] if len(grammars) == 1 else _one_of(grammars, text)
    return grammar.parse(text, count=count)


def _one_of(grammars: tuple[SerialGrammar, ...], text: str) -> SerialGrammar:
    """The only one of several grammars that fits a text."""
    fitting: list[SerialGrammar] = []
    nearest, reason = 0, "the text begins like none of them"
    for grammar in grammars:
        read = grammar.read(text)
        if isinstance(read, SerialReading):
            fitting.append(grammar)
        elif read.at > nearest:
            nearest, reason = read.at, f"nearest is {grammar.id}: {read.why}"
    if len(fitting) == 1:
        return fitting[0]
    names = ", ".join(grammar.id for grammar in fitting or grammars)
    if fitting:
        raise SerialError(f"serial {quote(text, 210)}: more than one grammar fits: {names}; pass registry=")
    raise SerialError(f"serial {quote(text, 210)}: not a serial of any of {names}; {reason}")
