"""The shape of a quantification's document, as JSON Schema; `docs/reference/schemas/quantification.json` is the same.

Each text has a pattern or a length, each number bounds, and no object a field that is not listed. What the shape
cannot say, which lines there are and what they come to, is computed again by the rule that reads the document.
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

# A decimal of a line is exact in 100 digits; in plain notation it may have as many zeros again, and more.
NUMBER: Final[Schema] = DECIMAL | {"maxLength": 400}
# What somebody writes stands in names and sources: not blank, and no control character but tabs and line breaks.
_BLANK: Final = r"\u0009\u000a\u000d\u0020\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_CONTROL: Final = r"\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ud800-\udfff"
_WRITTEN: Final = rf"^[{_BLANK}]*[^{_CONTROL}{_BLANK}][^{_CONTROL}]*$"
WORDS: Final[Schema] = {"type": "string", "pattern": _WRITTEN, "maxLength": 10_000}
FORMULA: Final[Schema] = {"type": "string", "pattern": _WRITTEN, "maxLength": 500_000}  # a sum names each device
REASON: Final[Schema] = {"type": "string", "minLength": 1, "maxLength": 65_535}  # it stands in an entry, too
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
        ),
        1,
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

_fits = compile_check(QUANTIFICATION)


def quantification_schema() -> Schema:
    """The JSON Schema of a whole document."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "quantification"} | QUANTIFICATION


def require_quantification(record: object) -> None:
    """Refuse a decoded document that is not of the shape of a quantification.

    Args:
        record: What the document decodes to.

    Raises:
        BrokenLogError: It is of another shape; the first place that does not fit is named.

    Source:
        ledger-model section 1.

    Example:
        >>> require_quantification(["a list"])
        Traceback (most recent call last):
        ...
        carbon_ledger.errors.BrokenLogError: quantification: ['a list'] is no object
    """
    if not _fits(record):
        schema.check(record, QUANTIFICATION, "quantification")
