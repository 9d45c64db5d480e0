"""The schema of a quantification's document, also published as `docs/reference/schemas/quantification.json`.

Each text has a pattern or a length, each number has bounds, and objects have no fields that are not listed. A schema
cannot state which lines a quantification has and what their values are: the rule that reads the document computes them.
"""

from typing import Final

from carbon_ledger.core.entries import schema
from carbon_ledger.core.entries.schema import (
    COUNT,
    DECIMAL,
    ENERGY_WH,
    ID,
    INSTANT,
    METHODOLOGY,
    YEAR,
    Schema,
    compile_check,
    list_of,
    object_of,
)
from carbon_ledger.factors.record import CONFIDENCES

# The value of a line has at most 100 digits. In plain notation it may have as many zeros besides, or more.
NUMBER: Final[Schema] = DECIMAL | {"maxLength": 400}
# Names and sources contain what a person wrote: not blank, and without control characters but tabs and line breaks.
_BLANK: Final = r"\u0009\u000a\u000d\u0020\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_CONTROL: Final = r"\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ud800-\udfff"
_WRITTEN: Final = rf"^[{_BLANK}]*[^{_CONTROL}{_BLANK}][^{_CONTROL}]*$"
WORDS: Final[Schema] = {"type": "string", "pattern": _WRITTEN, "maxLength": 10_000}
FORMULA: Final[Schema] = {"type": "string", "pattern": _WRITTEN, "maxLength": 500_000}  # a sum names each device
REASON: Final[Schema] = {"type": "string", "minLength": 1, "maxLength": 65_535}  # an entry contains it, too
SYMBOL: Final[Schema] = {
    "type": "string",
    "pattern": r"^[A-Za-z][A-Za-z0-9_]{0,31}(\[[0-9]{4}(,[A-Za-z0-9][A-Za-z0-9._-]{0,63})?\])?$",
}
UNIT: Final[Schema] = {"type": "string", "pattern": "^[A-Za-z0-9]{1,16}(/[A-Za-z0-9]{1,16})?$"}
ZONE: Final[Schema] = {"type": "string", "pattern": "^[A-Za-z0-9._+/-]{1,64}$"}
INTERVAL: Final = list_of(INSTANT, 2, 2)

QUANTIFICATION: Final = object_of(
    project=ID,
    period=object_of(start=INSTANT, end=INSTANT, zone_=ZONE),
    unit={"type": "string", "enum": ["tCO2e", "MWh", "Wh"]},
    methodology_=METHODOLOGY | {"maxLength": 128},
    factor_=ID,
    waivers=list_of(
        object_of(name={"type": "string", "pattern": "^[a-z0-9][a-z0-9/-]*$", "maxLength": 80}, reason=REASON)
    ),
    steps=list_of(
        object_of(
            device=ID,
            steps=COUNT,
            net_wh=ENERGY_WH,
            gross_wh_=ENERGY_WH,
            claimed=list_of(INTERVAL),
            gaps_=list_of(INTERVAL, 1),
            excluded_=list_of(INTERVAL, 1),
        )
    ),
    splits=list_of(
        object_of(device=ID, start=INSTANT, end=INSTANT, parts=list_of(object_of(vintage=YEAR, net_wh=ENERGY_WH), 2))
    ),
    lines=list_of(
        object_of(
            symbol=SYMBOL,
            name=WORDS,
            value=NUMBER,
            unit=UNIT,
            formula_=FORMULA,
            inputs_=list_of(SYMBOL, 1),
            source_=WORDS,
            confidence_={"type": "string", "enum": list(CONFIDENCES)},
        )
    ),
    amounts=list_of(object_of(vintage=YEAR, amount=NUMBER)),
)

_conforms = compile_check(QUANTIFICATION)


def quantification_schema() -> Schema:
    """The JSON Schema of a quantification's document."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "quantification"} | QUANTIFICATION


def require_quantification(record: object) -> None:
    """Refuse a decoded document that does not conform to the schema of a quantification.

    Args:
        record: The decoded document.

    Raises:
        BrokenLogError: The document does not conform; the message names the first place that does not.

    Source:
        ledger-model section 1.

    Example:
        >>> require_quantification(["a list"])
        Traceback (most recent call last):
        ...
        carbon_ledger.errors.BrokenLogError: quantification: ['a list'], expected an object
    """
    if not _conforms(record):
        schema.check(record, QUANTIFICATION, "quantification")
