"""The texts of SQL: the same selects for every engine, and the functions and views that each engine has instead."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
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
_PLACE: Final = re.compile(r"\{([a-z_]+)\}")
_BLOCK: Final = re.compile(r"^-- (table|check) ([a-z_]+)\n", re.MULTILINE)


@frozen
class Block:
    """A select of a text: the name of its table or of its check, and the select itself."""

    name: str
    select: str


def _text(name: str) -> str:
    return files("carbon_ledger.columns").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")


@cache
def blocks(name: str) -> tuple[Block, ...]:
    """The selects of a text, in their order.

    Args:
        name: `events`, `tables`, `derived`, `stages` or `checks`.
    """
    pieces = _BLOCK.split(_text(name))[1:]
    return tuple(Block(title, select.strip()) for title, select in zip(pieces[1::3], pieces[2::3], strict=True))


def _of_kinds(kinds: tuple[str, ...]) -> str:
    """The condition that a canonical entry is of one of these types: its type is its end."""
    return "(" + " or ".join(f'text like \'%"type":"{kind}"}}\'' for kind in kinds) + ")"


def _fields(shape: Mapping[str, Shape], engine: str) -> str:
    mark = '"' if engine == DUCKDB else "`"
    owner = "event" if engine == DUCKDB else "content.event"
    return ", ".join(f"{owner}.{mark}{name}{mark} as {RENAMED.get(name, name)}" for name in shape)


@cache
def prelude(engine: str) -> tuple[str, ...]:
    """The statements that define the functions and the views of an engine.

    Args:
        engine: `duckdb` or `spark`.
    """
    shape_of = duckdb_shape if engine == DUCKDB else spark_shape
    places = {
        "run_fields": _fields(RUN, engine),
        "unit_fields": _fields(UNITS, engine),
        "move_fields": _fields(MOVES, engine),
        "correction_fields": _fields(CORRECTIONS, engine),
        "run_shape": shape_of(RUN),
        "unit_shape": shape_of(UNITS),
        "move_shape": shape_of(MOVES),
        "correction_shape": shape_of(CORRECTIONS),
        "part_shape": shape_of(PART),
        "quantification_shape": shape_of(QUANTIFICATION),
        "quantification_members": ", ".join(f"{name} {spark_shape(inner)}" for name, inner in QUANTIFICATION.items()),
        "run_kinds": _of_kinds(_RUNS),
        "unit_kinds": _of_kinds(_UNITS),
        "move_kinds": _of_kinds(_MOVES),
        "correction_kinds": _of_kinds((GENERATION_CORRECTED, METER_CORRECTED)),
        "part_kinds": _of_kinds((DOCUMENT_RECORDED,)),
    }
    text = _PLACE.sub(lambda found: places[found[1]], _text(engine))
    return tuple(_statements(text))


def _statements(text: str) -> Iterator[str]:
    bare = "\n".join(line for line in text.splitlines() if not line.startswith("--"))
    yield from (statement for statement in map(str.strip, bare.split(";\n")) if statement)
