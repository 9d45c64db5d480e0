"""The fields of entries and quantifications that the tables are made of, as each engine's JSON reader takes them."""

from collections.abc import Mapping
from typing import Final, TypeAlias

from carbon_ledger.canonical import dumps

TEXT: Final = "text"
INTEGER: Final = "integer"
BOOLEAN: Final = "boolean"
COLUMNS: Final = "columns"  # a list of integers for each device

# A type; a list that has the shape of its items; or a mapping of names to shapes.
Shape: TypeAlias = "str | list[Shape] | Mapping[str, Shape]"

_AMOUNT: Final[Shape] = {"vintage": INTEGER, "amount": TEXT}
_BLOCK: Final[Shape] = {"batch": TEXT, "first": INTEGER, "last": INTEGER}
_CARRY: Final[Shape] = [_AMOUNT]

# Of events that have a column of readings.
RUN: Final[Mapping[str, Shape]] = {
    "device": TEXT,
    "meter": TEXT,
    "start": TEXT,
    "step_s": INTEGER,
    "net_wh": [INTEGER],
    "gross_wh": [INTEGER],
    "devices": COLUMNS,
    "quality": TEXT,
}

# Of corrections, beside their columns.
CORRECTIONS: Final[Mapping[str, Shape]] = {
    "issuances": [{"issuance": INTEGER, "quantification": TEXT, "amounts": [_AMOUNT]}],
    "carries": [{"project": TEXT, "carry": _CARRY, "withdrawn": [_BLOCK]}],
}

# Of events that move units.
MOVES: Final[Mapping[str, Shape]] = {
    "batch": TEXT,
    "first": INTEGER,
    "last": INTEGER,
    "more": [_BLOCK],
    "account": TEXT,
    "from": TEXT,
    "to": TEXT,
}

# Of the other events.
UNITS: Final[Mapping[str, Shape]] = {
    "project": TEXT,
    "account": TEXT,
    "device": TEXT,
    "period": {"start": TEXT, "end": TEXT},
    "quantification": TEXT,
    "of_carry": BOOLEAN,
    "amounts": [_AMOUNT],
    "batches": [{"vintage": INTEGER, "count": INTEGER, "buffered": INTEGER, "levied": INTEGER}],
    "carry": _CARRY,
    "issuance": INTEGER,
    "instrument": {"id": TEXT, "unit": TEXT, "granular": BOOLEAN, "levy": {"share": TEXT, "to": TEXT}},
    "registry": TEXT,
    "vintage": INTEGER,
    "buffered": INTEGER,
    "first": INTEGER,
    "last": INTEGER,
    "offer": INTEGER,
    "outcome": TEXT,
    "capacity_w": INTEGER,
    "margin": TEXT,
    "zone": TEXT,
    "commissioned": TEXT,
    "station_load_w": INTEGER,
}

# Of a part of a document.
PART: Final[Mapping[str, Shape]] = {"sha256": TEXT, "part": INTEGER, "parts": INTEGER, "text": TEXT}

# Of the document of a quantification.
QUANTIFICATION: Final[Mapping[str, Shape]] = {
    "project": TEXT,
    "unit": TEXT,
    "steps": [{"device": TEXT, "steps": INTEGER, "net_wh": INTEGER, "claimed": [[TEXT]]}],
    "amounts": [_AMOUNT],
}

# The columns whose names would be words of SQL.
RENAMED: Final[Mapping[str, str]] = {
    "from": "transferor",
    "to": "transferee",
    "first": "first_serial",
    "last": "last_serial",
    "start": "start_text",
}

_DUCKDB: Final = {TEXT: "VARCHAR", INTEGER: "BIGINT", BOOLEAN: "BOOLEAN", COLUMNS: "MAP(VARCHAR, BIGINT[])"}
_SPARK: Final = {TEXT: "STRING", INTEGER: "BIGINT", BOOLEAN: "BOOLEAN", COLUMNS: "MAP<STRING, ARRAY<BIGINT>>"}


def duckdb_shape(shape: Shape) -> str:
    """A shape as DuckDB's `from_json` takes it: a JSON text.

    Example:
        >>> duckdb_shape({"net_wh": [INTEGER]})
        '{"net_wh":["BIGINT"]}'
    """
    return dumps(_duckdb(shape)).decode()


def _duckdb(shape: Shape) -> object:
    if isinstance(shape, str):
        return _DUCKDB[shape]
    if isinstance(shape, list):
        return [_duckdb(shape[0])]
    return {name: _duckdb(inner) for name, inner in shape.items()}


def spark_shape(shape: Shape) -> str:
    """A shape as a type of Spark.

    Example:
        >>> spark_shape({"net_wh": [INTEGER]})
        'STRUCT<`net_wh`: ARRAY<BIGINT>>'
    """
    if isinstance(shape, str):
        return _SPARK[shape]
    if isinstance(shape, list):
        return f"ARRAY<{spark_shape(shape[0])}>"
    return f"STRUCT<{', '.join(f'`{name}`: {spark_shape(inner)}' for name, inner in shape.items())}>"
