"""The schemas of the files of public views, published as `docs/reference/schemas/view-*.json`."""

from collections.abc import Mapping
from typing import Any, Final

from carbon_ledger.core.entries.schema import (
    BATCH,
    BOOLEAN,
    COUNT,
    ID,
    INSTANT,
    LINE,
    PERIOD,
    POSITIVE,
    RECORDED,
    ROOT,
    TEXT,
    YEAR,
    Schema,
    list_of,
    object_of,
)
from carbon_ledger.core.state.rows import EXPIRED, STATES
from carbon_ledger.publishing.public_views import (
    ACCOUNTS,
    ALL,
    BATCHES,
    FORMAT,
    HOLDINGS,
    INDEX,
    MOST_ITEMS,
    RETIREMENTS,
)
from carbon_ledger.serials import BATCH_PATTERN

# A whole number of units; text where it is 2^53 or more.
UNITS: Final[Schema] = {"oneOf": [COUNT, {"type": "string", "pattern": "^[1-9][0-9]{15,}$"}]}
_STATE: Final[Schema] = {"type": "string", "enum": [*STATES, EXPIRED]}
_STATES: Final[Schema] = {"type": "object", "propertyNames": _STATE, "additionalProperties": UNITS}
_NUMBER: Final = "[1-9][0-9]{0,17}"
_BLOCK: Final[Schema] = {"type": "string", "pattern": f"^{BATCH_PATTERN}/{_NUMBER}(-{_NUMBER})?$"}
_PATH: Final[Schema] = {"type": "string", "pattern": r"^holdings/(id-([a-z0-9_-]|=[0-9a-f]{2})*|sha256-[0-9a-f]{64})$"}
_COUNTS: Final = {"items": COUNT, "pages": POSITIVE}
_WORDS: Final[Schema] = {"type": "string"}

BATCH_ITEM: Final = object_of(
    batch=BATCH,
    entry=COUNT,
    recorded=RECORDED,
    project=TEXT,
    instrument=ID,
    vintage=YEAR,
    units=UNITS,
    states=_STATES,
    production=PERIOD,
    expires_=INSTANT,
    transferable_until_=INSTANT,
    device_=ID,
    registry_=TEXT,
    serial_=TEXT,
    account_=ID,
)
RETIREMENT_ITEM: Final = object_of(
    retirement={"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}/[0-9]+$"},
    entry=COUNT,
    entries=POSITIVE,
    recorded=RECORDED,
    instrument=ID,
    units=UNITS,
    blocks=list_of(_BLOCK, 1),
    blocks_omitted_=POSITIVE,
    imported_=list_of(object_of(block=_BLOCK, registry=TEXT, serial=TEXT), 1),
    period=PERIOD,
    receipts=list_of(object_of(entry=COUNT, proof=_WORDS), 1),
    receipts_omitted_=POSITIVE,
    waivers_=list_of(LINE, 1),
    account_=ID,
    beneficiary_=_WORDS,
    purpose_=_WORDS,
    reference_=_WORDS,
)
ACCOUNT_ITEM: Final = object_of(
    account=ID,
    name=_WORDS,
    holdings=object_of(path=_PATH, **_COUNTS),
    balances=list_of(object_of(instrument=ID, states=_STATES)),
)
HOLDING_ITEM: Final = object_of(
    block=_BLOCK,
    units=UNITS,
    instrument=ID,
    project=TEXT,
    vintage=YEAR,
    state=_STATE,
    production=PERIOD,
    expires_=INSTANT,
    transferable_until_=INSTANT,
)
_ITEMS: Final[Mapping[str, Schema]] = {
    ACCOUNTS: ACCOUNT_ITEM,
    BATCHES: BATCH_ITEM,
    HOLDINGS: HOLDING_ITEM,
    RETIREMENTS: RETIREMENT_ITEM,
}


def _only(text: str) -> Schema:
    return {"type": "string", "const": text}


def view_schemas() -> dict[str, Schema]:
    """The JSON Schema of a file of each view, by the name of the view."""
    heads = {
        view: {
            "format": _only(FORMAT),
            "view": _only(view),
            "ledger": ID,
            "origin": _WORDS,
            "size": POSITIVE,
            "root": ROOT,
            "at": RECORDED,
        }
        for view in (INDEX, *_ITEMS)
    }
    public = object_of(accounts={"type": "string", "enum": [ALL, "listed"]}, beneficiaries=BOOLEAN)
    views = object_of(**{view: object_of(**_COUNTS) for view in (ACCOUNTS, BATCHES, RETIREMENTS)})
    fields: dict[str, dict[str, Any]] = {INDEX: heads[INDEX] | {"public": public, "views": views}}
    for view, item in _ITEMS.items():
        page = {"page": COUNT, "next_": POSITIVE, "items": list_of(item, at_most=MOST_ITEMS)}
        fields[view] = heads[view] | ({"account": ID} if view == HOLDINGS else {}) | page
    draft = "https://json-schema.org/draft/2020-12/schema"
    return {view: {"$schema": draft, "title": f"public view: {view}"} | object_of(**of) for view, of in fields.items()}
