"""The JSON Schemas from which the fields of events are composed, and the check of a value against a schema."""

import re
import sys
from collections.abc import Callable
from functools import cache
from typing import Any, Final

from carbon_ledger.canonical import IDENTIFIER
from carbon_ledger.column import MAX_INTEGER, Column
from carbon_ledger.errors import BrokenLogError
from carbon_ledger.estimates import DAY_BASES
from carbon_ledger.factors.record import CONFIDENCES, KINDS, VINTAGE_OPTIONS
from carbon_ledger.methodologies.tool05 import SCENARIOS
from carbon_ledger.periods.zone_rules import FIRST_CHANGE_UTC, LAST_CHANGE_UTC, MOST_OFFSET_S
from carbon_ledger.printing import quote
from carbon_ledger.serials import BATCH_PATTERN
from carbon_ledger.texts import LINE_PATTERN, MAX_NAME, MAX_TEXT, NAME_PATTERN, TEXT_PATTERN, WORDS

Fits = Callable[[Any], bool]

Schema = dict[str, Any]

LAYOUT_CHARACTERS: Final = 10_000  # in the layout of a meter file, as TOML
PART_CHARACTERS: Final = 15_000  # in a part of a document: at most 60,000 bytes once encoded, whatever the characters


def _short(pattern: str) -> Schema:
    return {"type": "string", "maxLength": MAX_TEXT, "pattern": pattern}


def _text(pattern: str) -> Schema:
    return {**_short(pattern), "minLength": 1, "description": WORDS}


TEXT: Final = _text(TEXT_PATTERN)
LINE: Final = _text(LINE_PATTERN)
LAYOUT: Final[Schema] = {"type": "string", "minLength": 1, "maxLength": LAYOUT_CHARACTERS, "pattern": TEXT_PATTERN}
SERIES: Final[Schema] = {"type": "string", "maxLength": MAX_NAME, "pattern": NAME_PATTERN}  # possibly empty
PART: Final[Schema] = {"type": "string", "minLength": 1, "maxLength": PART_CHARACTERS}
ID: Final[Schema] = {"type": "string", "pattern": f"^{IDENTIFIER.pattern}$"}
DECIMAL: Final = _short(r"^(0|-?[1-9][0-9]*|-?(0|[1-9][0-9]*)\.[0-9]*[1-9])$")
INSTANT: Final[Schema] = {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$"}
RECORDED: Final[Schema] = {
    "type": "string",
    "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z$",
}
DATE: Final[Schema] = {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
DIGEST: Final[Schema] = {"type": "string", "pattern": "^sha256:[0-9a-f]{64}$"}
ROOT: Final[Schema] = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
METHODOLOGY: Final = _short("^[A-Za-z0-9.-]+@[0-9A-Za-z.]+$")
BOOLEAN: Final[Schema] = {"type": "boolean"}
ENERGY_WH: Final[Schema] = {"type": "integer", "minimum": -MAX_INTEGER, "maximum": MAX_INTEGER}
COUNT: Final[Schema] = {"type": "integer", "minimum": 0, "maximum": MAX_INTEGER}
POSITIVE: Final[Schema] = {"type": "integer", "minimum": 1, "maximum": MAX_INTEGER}
YEAR: Final[Schema] = {"type": "integer", "minimum": 1970, "maximum": 9999}


def list_of(items: Schema, at_least: int = 0, at_most: int | None = None) -> Schema:
    """The schema of an array whose items have one schema."""
    most = {} if at_most is None else {"maxItems": at_most}
    return {"type": "array", "items": items, "minItems": at_least} | most


def map_of(values: Schema) -> Schema:
    """The schema of an object whose keys are ids and whose values have one schema; it has at least one key."""
    return {"type": "object", "propertyNames": ID, "additionalProperties": values, "minProperties": 1}


def object_of(**properties: Schema) -> Schema:
    """The schema of an object with exactly these fields; a field whose name ends in an underscore is optional."""
    return {
        "type": "object",
        "properties": {name.removesuffix("_"): schema for name, schema in properties.items()},
        "required": [name for name in properties if not name.endswith("_")],
        "additionalProperties": False,
    }


COLUMN: Final = list_of(ENERGY_WH, 1)
SIDE: Final = list_of(COUNT, 1)  # export or import, which are never negative
ZONE_RULES: Final = object_of(
    release={"type": "string", "pattern": "^[0-9]{4}[a-z]{1,2}$"},
    offsets_s=list_of({"type": "integer", "minimum": -MOST_OFFSET_S, "maximum": MOST_OFFSET_S}, 1),
    changes=list_of({"type": "integer", "minimum": FIRST_CHANGE_UTC, "maximum": LAST_CHANGE_UTC}),
    closing=LINE,
)
PERIOD: Final = object_of(start=INSTANT, end=INSTANT, zone_=LINE)
WAIVERS: Final = list_of(object_of(name=LINE, reason=TEXT))
SOME_WAIVERS: Final = list_of(object_of(name=LINE, reason=TEXT), 1)  # of an event in which the list is optional
AMOUNTS: Final = list_of(object_of(vintage=YEAR, amount=DECIMAL))
YEARS: Final[Schema] = {
    "type": "object",
    "propertyNames": {"type": "string", "pattern": "^[0-9]{4}$"},
    "additionalProperties": COUNT,
    "minProperties": 1,
}
ESTIMATE: Final = object_of(
    source=TEXT,
    day_basis={"type": "string", "enum": list(DAY_BASES)},
    monthly_wh_=YEARS | {"propertyNames": {"type": "string", "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])$"}},
    yearly_units_=YEARS | {"additionalProperties": DECIMAL},
)
FUEL_USE: Final = object_of(
    fuel=LINE,
    amount=LINE,
    ncv_=LINE,
    emission_factor_=LINE,
    carbon_content_=LINE,
    density_=LINE,
    vintage=YEAR,
    basis=LINE,
    source=TEXT,
    evidence_=DIGEST,
)
IMPORTED: Final = object_of(
    amount_wh=COUNT,
    emission_factor=LINE,
    losses=LINE,
    losses_year_=YEAR,
    scenario_={"type": "string", "enum": list(SCENARIOS)},
    vintage=YEAR,
    meter=LINE,
    source=TEXT,
    evidence_=DIGEST,
)
LEAKAGE: Final = object_of(amount_t=DECIMAL, vintage=YEAR, reason=TEXT, source=TEXT, evidence_=DIGEST)
# The carry of each vintage that an event changes; that of granular certificates has no vintage.
CARRY: Final = list_of(object_of(amount=DECIMAL, vintage_=YEAR))
BATCH: Final[Schema] = {"type": "string", "pattern": f"^{BATCH_PATTERN}$"}
BLOCK: Final = {"batch": BATCH, "first": POSITIVE, "last": POSITIVE}
ISSUANCE_DEADLINE: Final = object_of(
    first_month=POSITIVE, last_month=POSITIVE, years_later=COUNT, month=POSITIVE, day=POSITIVE
)
LEVY: Final = object_of(share=DECIMAL, to_=ID)
INSTRUMENT: Final = object_of(
    id=ID,
    name=LINE,
    unit={"type": "string", "enum": ["tCO2e", "MWh", "Wh"]},
    claim={"type": "string", "enum": ["emission-reduction", "energy-attribute"]},
    granular=BOOLEAN,
    valid_months_=POSITIVE,
    transferable_months_=POSITIVE,
    last_use_day_=DATE,
    issuance_deadlines_=list_of(ISSUANCE_DEADLINE, 1),
    last_issue_day_=DATE,
    levy_=LEVY,
    source_=TEXT,
)
SERIAL_FORM: Final = object_of(
    template=LINE, space_=LINE, project_=LINE, instrument_=ID, start_=LINE, end_=LINE, dates_=LINE
)
GRAMMAR: Final = object_of(forms=list_of(SERIAL_FORM, 1), lowest=COUNT, source_=TEXT, unit_kg_=POSITIVE)
# A factor's numbers are recorded as published, trailing zeros included.
PUBLISHED: Final = _short(r"^-?[0-9]+(\.[0-9]+)?$")
WEIGHT: Final = _short(r"^[0-9]+(\.[0-9]+|/[1-9][0-9]*)?$")
TOOL: Final = _short("^[A-Za-z0-9._-]+(@[A-Za-z0-9._-]+)?$")
FACTOR: Final = object_of(
    factor_id=ID,
    value=PUBLISHED,
    unit=TEXT,
    kind={"type": "string", "enum": list(KINDS)},
    region=TEXT,
    source=TEXT,
    series_=TEXT,
    revision_=POSITIVE,
    supersedes_=ID,
    lower_=PUBLISHED,
    upper_=PUBLISHED,
    gas_=TEXT,
    gwp_set_=TEXT,
    technologies_=list_of(TEXT, 1),
    data_years_=list_of({"type": "integer", "minimum": 1900, "maximum": 9998}, 1),
    valid_from_=DATE,
    valid_to_=DATE,
    published_at_=DATE,
    recorded_at_=DATE,
    withdrawn_at_=DATE,
    publisher_=TEXT,
    dataset_=TEXT,
    version_=TEXT,
    place_=TEXT,
    digest_=TEXT,
    licence_=TEXT,
    derived_from_=list_of(TEXT, 1),
    flags_=list_of(TEXT, 1),
    operating_margin_=PUBLISHED,
    build_margin_=PUBLISHED,
    weights_=list_of(WEIGHT, 2),
    tool_=TOOL,
    vintage_option_={"type": "string", "enum": list(VINTAGE_OPTIONS)},
    project_class_=TEXT,
    crediting_period_ordinal_=POSITIVE,
    confidence_={"type": "string", "enum": list(CONFIDENCES)},
)

_TYPE_WORDS: Final = {
    "string": "a string",
    "integer": "an integer",
    "boolean": "a boolean",
    "array": "an array",
    "object": "an object",
}
_pattern = cache(re.compile)


def check(value: object, schema: Schema, where: str) -> None:
    """Check a decoded value against a schema.

    Args:
        value: A string, integer, boolean, list or dict.
        schema: A schema that uses only the part of JSON Schema that this module supports.
        where: Path of the value, for the message.

    Raises:
        BrokenLogError: The value does not match the schema.
    """
    kind = schema["type"]
    expected = {"string": str, "integer": int, "boolean": bool, "array": list, "object": dict}[kind]
    if type(value) is not expected and not (type(value) is Column and kind == "array"):
        raise BrokenLogError(f"{where}: {quote(value)}, expected {_TYPE_WORDS[kind]}")
    if isinstance(value, str):
        _check_text(value, schema, where)
    elif isinstance(value, dict):
        _check_object(value, schema, where)
    elif isinstance(value, list | Column):
        _check_list(value, schema, where)
    elif not schema.get("minimum", value) <= value <= schema.get("maximum", value):
        raise BrokenLogError(f"{where}: {value} is out of bounds, expected {_bounds(schema)}")
    if value != schema.get("const", value):
        raise BrokenLogError(f"{where}: {quote(value)}, expected {quote(schema['const'])}")


def _bounds(schema: Schema) -> str:
    least, most = schema.get("minimum"), schema.get("maximum")
    if least is None:
        return f"at most {most}"
    return f"at least {least}" if most is None else f"{least} to {most}"


def _check_text(value: str, schema: Schema, where: str) -> None:
    if len(value) < schema.get("minLength", 0):
        raise BrokenLogError(f"{where}: the text is empty")
    if len(value) > schema.get("maxLength", len(value)):
        raise BrokenLogError(f"{where}: {len(value):,} characters, expected at most {schema['maxLength']:,}")
    if value not in schema.get("enum", (value,)):
        raise BrokenLogError(f"{where}: {quote(value)}, expected one of {', '.join(schema['enum'])}")
    if "pattern" in schema and not _pattern(schema["pattern"].removesuffix("$") + r"\Z").match(value):
        wanted = f"is not {schema['description']}" if "description" in schema else f"does not match {schema['pattern']}"
        raise BrokenLogError(f"{where}: {quote(value)} {wanted}")


def _check_list(value: list[Any] | Column, schema: Schema, where: str) -> None:
    if len(value) < schema.get("minItems", 0):
        raise BrokenLogError(f"{where}: too few items: {len(value)}, expected {schema['minItems']} or more")
    if len(value) > schema.get("maxItems", len(value)):
        raise BrokenLogError(f"{where}: too many items: {len(value)}, expected at most {schema['maxItems']}")
    items = schema["items"]
    if isinstance(value, Column):
        # If the least and the greatest value match, every value between them does.
        value = [value.least, value.most]
    for position, item in enumerate(value):
        check(item, items, f"{where}[{position}]")


def _check_object(value: dict[str, Any], schema: Schema, where: str) -> None:
    missing = [name for name in schema.get("required", ()) if name not in value]
    if missing or len(value) < schema.get("minProperties", 0):
        raise BrokenLogError(f"{where}: missing {', '.join(missing) or 'at least one field'}")
    properties = schema.get("properties", {})
    others = schema.get("additionalProperties", True)
    for name, item in value.items():
        if name in properties:
            check(item, properties[name], f"{where}.{name}")
        elif others is False:
            raise BrokenLogError(f"{where}: unknown field {quote(name)}")
        elif others is not True:
            check(name, schema["propertyNames"], f"{where} key")
            check(item, others, f"{where}.{name}")


def compile_check(schema: Schema) -> Fits:
    """A function that returns whether a value matches a schema. It is faster than `check`, but gives no reason.

    Args:
        schema: A schema that uses only the part of JSON Schema that `check` supports.

    Example:
        >>> compile_check({"type": "integer", "minimum": 1})(0)
        False
    """
    makers = {"string": _text_fits, "integer": _integer, "boolean": _boolean, "array": _array, "object": _object}
    return makers[schema["type"]](schema)


def _boolean(_: Schema) -> Fits:
    return lambda value: type(value) is bool


def _integer(schema: Schema) -> Fits:
    if "const" in schema:
        only = schema["const"]
        return lambda value: type(value) is int and value == only
    least, most = schema.get("minimum"), schema.get("maximum")
    if least is None or most is None:
        return lambda value: (
            type(value) is int and (least is None or least <= value) and (most is None or value <= most)
        )
    return lambda value: type(value) is int and least <= value <= most


def _text_fits(schema: Schema) -> Fits:
    if "const" in schema:
        only = schema["const"]
        return lambda value: type(value) is str and value == only
    if "enum" in schema:
        members = frozenset(schema["enum"])
        return lambda value: type(value) is str and value in members
    least, most = schema.get("minLength", 0), schema.get("maxLength")
    if "pattern" in schema:
        match = re.compile(schema["pattern"].removesuffix("$") + r"\Z").match
        if most is None:
            return lambda value: type(value) is str and match(value) is not None
        return lambda value: type(value) is str and least <= len(value) <= most and match(value) is not None
    return lambda value: type(value) is str and least <= len(value) and (most is None or len(value) <= most)


def _array(schema: Schema) -> Fits:
    fits, least, most = compile_check(schema["items"]), schema.get("minItems", 0), schema.get("maxItems", sys.maxsize)
    any_column = schema["items"] == ENERGY_WH  # every value of a column matches this schema

    def array(value: Any) -> bool:
        if type(value) is Column:
            return least <= len(value) <= most and (any_column or (fits(value.least) and fits(value.most)))
        return type(value) is list and least <= len(value) <= most and all(map(fits, value))

    return array


def _object(schema: Schema) -> Fits:
    fields = {name: compile_check(field) for name, field in schema.get("properties", {}).items()}
    required, least = frozenset(schema.get("required", ())), schema.get("minProperties", 0)
    others = schema.get("additionalProperties", True)
    names = compile_check(schema["propertyNames"]) if "propertyNames" in schema else None
    other = compile_check(others) if isinstance(others, dict) else None

    def fits_other(name: str, value: Any) -> bool:
        if other is None:
            return others is True
        return (names is None or names(name)) and other(value)

    def record(value: Any) -> bool:
        if type(value) is not dict or len(value) < least or not required <= value.keys():
            return False
        for name, item in value.items():
            fits = fields.get(name)
            if not (fits_other(name, item) if fits is None else fits(item)):
                return False
        return True

    return record
