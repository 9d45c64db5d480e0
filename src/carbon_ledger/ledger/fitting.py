"""Shapes made into functions: whether a value fits, quickly; `shapes.check` says why one does not."""

import re
import sys
from collections.abc import Callable
from typing import Any

from carbon_ledger.column import Column
from carbon_ledger.ledger.shapes import ENERGY_WH, Schema

Fits = Callable[[Any], bool]


def fits_of(schema: Schema) -> Fits:
    """Make a function of a shape: it says of a value what `shapes.check` does, without a reason.

    Args:
        schema: The part of JSON Schema that `shapes` uses.

    Example:
        >>> fits_of({"type": "integer", "minimum": 1})(0)
        False
    """
    makers = {"string": _text, "integer": _integer, "boolean": _boolean, "array": _array, "object": _object}
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


def _text(schema: Schema) -> Fits:
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
    fits, least, most = fits_of(schema["items"]), schema.get("minItems", 0), schema.get("maxItems", sys.maxsize)
    any_column = schema["items"] == ENERGY_WH  # what a column's values are anyway

    def array(value: Any) -> bool:
        if type(value) is Column:
            return least <= len(value) <= most and (any_column or (fits(value.least) and fits(value.most)))
        return type(value) is list and least <= len(value) <= most and all(map(fits, value))

    return array


def _object(schema: Schema) -> Fits:
    fields = {name: fits_of(field) for name, field in schema.get("properties", {}).items()}
    required, least = frozenset(schema.get("required", ())), schema.get("minProperties", 0)
    others = schema.get("additionalProperties", True)
    names = fits_of(schema["propertyNames"]) if "propertyNames" in schema else None
    other = fits_of(others) if isinstance(others, dict) else None

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
