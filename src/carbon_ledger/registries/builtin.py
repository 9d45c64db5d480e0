"""The grammars of registries that publish their serials, and reading a serial by them.

The `source` of each grammar says where its forms come from, how sure that is, and within what the numbers are unique.
There is no grammar for Regen Network: a batch such as ``C01-001-20200101-20210101-001`` has decimal amounts and no
range. There is no grammar for the Global Carbon Council: no public page describes its serials, so pass a grammar of
your own.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from carbon_ledger.errors import SerialError
from carbon_ledger.mappings import listed
from carbon_ledger.printing import quote
from carbon_ledger.registries.grammar import Reading, RegistrySerial, SerialGrammar
from carbon_ledger.registries.templates import SerialForm

_VERRA_END: Final = (
    "{verifier:digits}-{operator:letters 3}-{country:letters 2}-{scope:digits 1-2}-{project:digits}"
    "-{vintage_start:digits 8}-{vintage_end:digits 8}-{certification:digits 1}"
)
_CDM_END: Final = "{period:digits 1-2}-{applicable_period:digits 1-2}-{activity:digits 1-3}-{project:digits}"
_CDM_END_AGAIN: Final = "{period}-{applicable_period}-{activity}-{project}"


def _verra(code: str) -> SerialForm:
    return SerialForm(
        f"{{batch:digits}}-{{first}}-{{last}}-{code}-{_VERRA_END}",
        space=code,
        project="{project}",
        instrument="VCS-VCU",
        start="{vintage_start}",
        end="{vintage_end}",
        dates="DDMMYYYY",
    )


def _cdm(unit: str, again: str, *, instrument: str) -> SerialForm:
    return SerialForm(
        f"{{party:letters 2}}-{unit}-{{first}}-{_CDM_END} - {{party}}-{again}-{{last}}-{_CDM_END_AGAIN}",
        space="{party}/{period}",
        project="{project}",
        instrument=instrument,
    )


_CATALOGUE: Final = (
    SerialGrammar(
        id="acr",
        name="ACR (American Carbon Registry)",
        forms=(
            SerialForm(
                "ACR-{country:letters 2}-{project:digits}-{vintage:digits 4}-{batch:digits}-{first} to {last}",
                space="{batch}",
                project="ACR{project}",
                end="{vintage}",
            ),
            SerialForm(
                "ACR-{country:letters 2}-{project:digits}-{vintage:digits 4}-{batch:digits}-{first}-{last}",
                space="{batch}",
                project="ACR{project}",
                end="{vintage}",
            ),
        ),
        source=(
            "'1 to 5000': 150 rows of the registry's own exports of 2025-2026 [P]; '1-5000': an example of a trading "
            "platform's help page [S]. That a batch is one issuance: no batch of 76 in those rows has two texts; "
            "project and vintage are those of the columns beside, and each vintage is the year in which its period "
            "ends [C]"
        ),
    ),
    SerialGrammar(
        id="car",
        name="Climate Action Reserve",
        forms=(
            SerialForm(
                "CAR-{unit:alphanumeric 1-4}-{country:letters 2}-{project:digits}-{project_type:digits}"
                "-{developer:digits}-{state:letters 2}-{vintage:digits 4}-{batch:digits}-{first} to {last}",
                space="{batch}",
                project="CAR{project}",
                end="{vintage}",
            ),
        ),
        source=(
            "Climate Action Reserve, Serial Number Guide: parts and their meaning; unit 1 is a CRT, ROC a compliance "
            "credit [P]. That a batch is one issuance: no batch of 103 in 150 rows of its exports has two texts; the "
            "project and the vintage are those of the columns beside [C]. That production ends in the vintage [M]"
        ),
    ),
    SerialGrammar(
        id="cdm",
        name="Clean Development Mechanism (UNFCCC)",
        forms=(
            _cdm("5", "5", instrument="CDM-CER"),
            _cdm("{unit:digits 1-2}", "{unit}", instrument=""),
        ),
        source=(
            "The first unit and the last, as Gold Standard's export of 2026 writes them (3 rows) [P]; the order of the "
            "parts, and that unit type 5 is a CER, as in Regulation (EC) 2216/2004 annex VI [S]. Numbers are unique "
            "within Party and commitment period: decision 3/CMP.1, annex, appendix D, paragraph 7 [S]"
        ),
    ),
    SerialGrammar(
        id="gold-standard",
        name="Gold Standard Impact Registry",
        forms=(
            SerialForm(
                "GS1-{unit:digits}-{country:letters 2}-GS{project:digits}-{project_type:digits}-{vintage:digits 4}"
                "-{batch:digits}-{first}-{last}",
                space="{batch}",
                project="GS{project}",
                instrument="GS-VER",
                start="{vintage}",
                end="{vintage}",
            ),
        ),
        source=(
            "197 rows of the registry's own exports of 2026 [P]; no page names the parts, so their names are a reading "
            "of the columns beside them: in each row project and vintage are the column's, the vintage is a year of "
            "the monitoring period, and the product is VER [C]. That a batch is one issuance: each of 97 begins at 1, "
            "and no batch of 140 has two texts [C]"
        ),
    ),
    SerialGrammar(
        id="m-rets",
        name="Certificates of MIRECS, as M-RETS imports them",
        forms=(
            SerialForm(
                "MIRECS-{generator:digits}-{state:letters 2}-{month:digits 2}-{year:digits 4}-{batch:digits}"
                "-{first} to {last}",
                space="{generator}/{state}/{year}/{month}/{batch}",
            ),
        ),
        source="One example, and no page that names its parts; the number space is all of them, for caution [M]",
    ),
    SerialGrammar(
        id="undp",
        name="National carbon registries on UNDP's software",
        forms=(
            SerialForm(
                "CA{approach:digits 4}-{party:letters 2}-{first_party:letters 2}-{project:digits}"
                "-{first}-{last}-{vintage:digits 4}",
                space="CA{approach}/{party}/{first_party}/{project}/{vintage}",
                project="{project}",
                start="{vintage}",
                end="{vintage}",
            ),
            SerialForm(
                "{party:letters 2}-{unit}-{scope:digits 1-2}-{project}-{first}-{last}-{vintage:digits 4}",
                space="{party}/{unit}/{scope}/{project}/{vintage}",
                project="{project}",
                start="{vintage}",
                end="{vintage}",
            ),
            SerialForm(
                "{party:letters 2}-{unit}-{scope:digits 1-2}-{project:digits}-{year:digits 4}-0-{first}-{last}",
                space="{party}",
                project="{project}",
                start="{year}",
                end="{year}",
            ),
        ),
        source=(
            "Eight parts: the documentation of UNDP's serial number generator; numbers go on from programme to "
            "programme within the country [P]. Seven parts: a later version of the software, with a cooperative "
            "approach (CA0004) or unit and scope in front; numbers within project and vintage [S]"
        ),
    ),
    SerialGrammar(
        id="verra",
        name="Verra Registry (Verified Carbon Standard)",
        forms=(
            _verra("VCS-VCU"),
            _verra("VCU"),
        ),
        source=(
            "13 parts: rows of the registry's own export of 2026 [P]; 12 parts: serials of vintages 2012 to 2014 in "
            "public code; the parts' names, and dates as day, month, year: a public client of the registry [S]. "
            "Numbers are registry-wide: in that export, batches 19333 to 19413 go on one from another. The newer form "
            "has a numbering of its own: batch 8040 of the older has 449402275, the later batch 9344 of the newer "
            "82392553 [C]"
        ),
    ),
)

GRAMMARS: Final[Mapping[str, SerialGrammar]] = MappingProxyType({item.id: item for item in _CATALOGUE})

# No entry of schema 1 pins a grammar of its own under one of these ids. A ledger may have pinned one under an id that
# is built in later, so this list never grows.
RELEASED_GRAMMARS: Final = ("acr", "car", "cdm", "gold-standard", "m-rets", "undp", "verra")

# Every version of each, oldest first: a log names the one it was read by, so none is ever changed or left out.
VERSIONS: Final[Mapping[str, tuple[SerialGrammar, ...]]] = MappingProxyType({item.id: (item,) for item in _CATALOGUE})

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
    raise SerialError(f"registry {quote(value)}: expected a SerialGrammar or one of {', '.join(GRAMMARS)}")


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
        if isinstance(read, Reading):
            fitting.append(grammar)
        elif read.at > nearest:
            nearest, reason = read.at, f"nearest is {grammar.id}: {read.why}"
    if len(fitting) == 1:
        return fitting[0]
    names = ", ".join(grammar.id for grammar in fitting or grammars)
    if fitting:
        raise SerialError(f"serial {quote(text, 210)}: more than one grammar fits: {names}; pass registry=")
    raise SerialError(f"serial {quote(text, 210)}: not a serial of any of {names}; {reason}")
