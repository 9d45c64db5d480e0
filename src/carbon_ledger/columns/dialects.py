"""The texts of SQL: the same selects for every engine, and what each engine has instead: functions, and the events."""

import re
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final

from attrs import frozen

from carbon_ledger.columns.shapes import (
    CORRECTIONS,
    MOVES,
    PART,
    QUANTIFICATION,
    RENAMED,
    RUN,
    UNITS,
    Shape,
    duckdb_shape,
    spark_shape,
)
from carbon_ledger.core.entries.events import (
    BLOCK_IMPORTED,
    BUFFER_CANCELLED,
    BUFFER_RELEASED,
    CORRECTION_STAGED,
    DEVICE_AMENDED,
    DEVICE_REGISTERED,
    DOCUMENT_RECORDED,
    GENERATION_CORRECTED,
    GENERATION_RECORDED,
    ISSUANCE_RECORDED,
    ISSUANCE_VOIDED,
    METER_CORRECTED,
    METER_RECORDED,
    PROJECT_REGISTERED,
    TRANSFER_ACCEPTED,
    TRANSFER_ENDED,
    TRANSFER_OFFERED,
    UNITS_CANCELLED,
    UNITS_CONVERTED,
    UNITS_EXPORTED,
    UNITS_LOCKED,
    UNITS_RELEASED,
    UNITS_RETIRED,
    UNITS_TRANSFERRED,
    UNITS_WITHDRAWN,
)

DUCKDB: Final = "duckdb"
SPARK: Final = "spark"
ENGINES: Final = (DUCKDB, SPARK)

_RUNS: Final = (GENERATION_RECORDED, METER_RECORDED, CORRECTION_STAGED, GENERATION_CORRECTED, METER_CORRECTED)
_MOVES: Final = (
    *(UNITS_TRANSFERRED, UNITS_RETIRED, UNITS_CANCELLED, UNITS_WITHDRAWN, UNITS_LOCKED, UNITS_RELEASED),
    *(BUFFER_RELEASED, BUFFER_CANCELLED, TRANSFER_OFFERED, UNITS_EXPORTED, UNITS_CONVERTED),
)
_UNITS: Final = (
    UNITS_CONVERTED,
    *(ISSUANCE_RECORDED, ISSUANCE_VOIDED, TRANSFER_ACCEPTED, TRANSFER_ENDED, BLOCK_IMPORTED),
    *(PROJECT_REGISTERED, DEVICE_REGISTERED, DEVICE_AMENDED),
)
# The tables of events: the types that they are of, and the fields that are read.
_EVENTS: Final[Mapping[str, tuple[tuple[str, ...], Mapping[str, Shape]]]] = {
    "run": (_RUNS, RUN),
    "unit": (_UNITS, UNITS),
    "move": (_MOVES, MOVES),
    "correction": ((GENERATION_CORRECTED, METER_CORRECTED), CORRECTIONS),
    "part": ((DOCUMENT_RECORDED,), PART),
}
_PLACE: Final = re.compile(r"\{([a-z_]+)\}")
_BLOCK: Final = re.compile(r"^-- (table|check) ([a-z_]+)\n", re.MULTILINE)


@frozen
class Block:
    """A select of a text: the name of its table or of its check, and the select itself."""

    name: str
    select: str


def _text(name: str) -> str:
    return files("carbon_ledger.columns").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")


def _blocks(text: str) -> tuple[Block, ...]:
    pieces = _BLOCK.split(text)[1:]
    return tuple(Block(title, select.strip()) for title, select in zip(pieces[1::3], pieces[2::3], strict=True))


@cache
def blocks(name: str) -> tuple[Block, ...]:
    """The selects of a text that is the same for every engine, in their order.

    Args:
        name: `tables`, `derived`, `stages` or `checks`.
    """
    return _blocks(_text(name))


@lru_cache(maxsize=32)
def events(engine: str, first: int = 0) -> tuple[Block, ...]:
    """The selects that parse the events, in their order.

    Args:
        engine: `duckdb` or `spark`.
        first: The number of the first entry that is parsed.
    """
    places = {**_places(engine), "first": str(first)}
    return _blocks(_PLACE.sub(lambda found: places[found[1]], _text(f"{engine}_events")))


def _listed(kinds: tuple[str, ...], end: str = "") -> str:
    return "(" + ", ".join(f"'{kind}{end}'" for kind in kinds) + ")"


def _of_kinds(kinds: tuple[str, ...]) -> str:
    """The condition that a canonical entry is of one of these types: its type is its end."""
    return "(" + " or ".join(f'text like \'%"type":"{kind}"}}\'' for kind in kinds) + ")"


def _fields(shape: Mapping[str, Shape], engine: str) -> str:
    mark = '"' if engine == DUCKDB else "`"
    owner = "event" if engine == DUCKDB else "content.event"
    return ", ".join(f"{owner}.{mark}{name}{mark} as {RENAMED.get(name, name)}" for name in shape)


def _places(engine: str) -> dict[str, str]:
    """What stands in the texts of an engine for the names in braces."""
    shape_of = duckdb_shape if engine == DUCKDB else spark_shape
    places = {
        "quantification_shape": shape_of(QUANTIFICATION),
        "quantification_members": ", ".join(f"{name} {spark_shape(inner)}" for name, inner in QUANTIFICATION.items()),
    }
    for name, (kinds, shape) in _EVENTS.items():
        places[f"{name}_kinds"] = _listed(kinds)
        places[f"{name}_ends"] = _listed(kinds, '"}')
        places[f"{name}_likes"] = _of_kinds(kinds)
        places[f"{name}_shape"] = shape_of(shape)
        places[f"{name}_fields"] = _fields(shape, engine)
    return places


@cache
def prelude(engine: str) -> tuple[str, ...]:
    """The statements that define the functions of an engine.

    Args:
        engine: `duckdb` or `spark`.
    """
    return tuple(_statements(_text(engine)))


def _statements(text: str) -> Iterator[str]:
    bare = "\n".join(line for line in text.splitlines() if not line.startswith("--"))
    yield from (statement for statement in map(str.strip, bare.split(";\n")) if statement)
