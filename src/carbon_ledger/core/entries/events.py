"""The fields of every event, as JSON Schema; `docs/reference/schemas/` holds the same as files."""

from collections.abc import Mapping
from typing import Final

from carbon_ledger.core.entries.schema import (
    AMOUNTS,
    BLOCK,
    BOOLEAN,
    CARRY,
    COLUMN,
    COUNT,
    DATE,
    DECIMAL,
    DIGEST,
    FACTOR,
    FUEL_USE,
    GRAMMAR,
    ID,
    IMPORTED,
    INSTANT,
    INSTRUMENT,
    LEAKAGE,
    LINE,
    METHODOLOGY,
    PART,
    PERIOD,
    POSITIVE,
    RECORDED,
    TEXT,
    WAIVERS,
    YEAR,
    YEARS,
    ZONE_RULES,
    Schema,
    list_of,
    map_of,
    object_of,
)

POLICIES: Final = ("open", "roles")
ROLES: Final = ("registrar", "meter-operator", "verifier", "issuer", "account-holder", "auditor")
OFFER_ENDS: Final = ("rejected", "revoked", "timed-out")
# Further blocks of the same event, where it is about more than one.
BLOCKS: Final = {**BLOCK, "more_": list_of(object_of(**BLOCK), 1)}

EVENTS: Final[Mapping[str, Schema]] = {
    "ledger.opened": object_of(ledger=ID, policy={"type": "string", "enum": list(POLICIES)}, software=LINE),
    "account.opened": object_of(account=ID, name=LINE),
    "device.registered": object_of(
        device=ID,
        name=LINE,
        technology=LINE,
        capacity_w=POSITIVE,
        country={"type": "string", "pattern": "^[A-Z]{2}$"},
        grid=LINE,
        zone=LINE,
        margin=DECIMAL,
        commissioned_=DATE,
        metered_since_=DATE,
        capacity_before_w_=COUNT,
        reservoir_area_m2_=DECIMAL,
        reservoir_area_before_m2_=DECIMAL,
        zone_rules_=ZONE_RULES,
    ),
    "meter.registered": object_of(meter=ID, shares=map_of(POSITIVE), reason_=TEXT),
    "project.registered": object_of(
        project=ID,
        instrument=INSTRUMENT,
        zone=LINE,
        devices=list_of(ID, 1),
        methodology_=METHODOLOGY,
        baseline_=LINE,
        crediting_period_=PERIOD,
        crediting_period_ordinal_=POSITIVE,
        history_wh_=YEARS,
        replaced_on_=DATE,
        requires_approval_=BOOLEAN,
        name_=LINE,
        zone_rules_=ZONE_RULES,
    ),
    "registry.registered": object_of(registry=ID, name=LINE, version_=POSITIVE, grammar_=GRAMMAR),
    "methodology.adopted": object_of(
        methodology=METHODOLOGY,
        title=LINE,
        source=TEXT,
        confidence={"type": "string", "enum": ["P", "S", "C", "M"]},
        roundings=list_of(object_of(name=LINE, direction=LINE, places=COUNT)),
    ),
    "factor.adopted": object_of(factor=FACTOR),
    "generation.recorded": object_of(
        device=ID, start=INSTANT, step_s=POSITIVE, net_wh=COLUMN, gross_wh_=COLUMN, evidence_=DIGEST
    ),
    "meter.recorded": object_of(
        meter=ID, start=INSTANT, step_s=POSITIVE, net_wh=COLUMN, devices=map_of(COLUMN), evidence_=DIGEST
    ),
    "generation.corrected": object_of(
        device=ID,
        start=INSTANT,
        step_s=POSITIVE,
        net_wh=COLUMN,
        gross_wh_=COLUMN,
        reason=TEXT,
        evidence=DIGEST,
        issuances=list_of(
            object_of(issuance=COUNT, quantification=DIGEST, amounts=AMOUNTS, withdrawn=list_of(object_of(**BLOCK)))
        ),
        carries=list_of(object_of(project=ID, carry=CARRY)),
    ),
    "document.recorded": object_of(sha256=DIGEST, part=POSITIVE, parts=POSITIVE, text=PART),
    "issuance.recorded": object_of(
        project=ID,
        period=PERIOD,
        account=ID,
        device_=ID,
        factor_=ID,
        methodology_=METHODOLOGY,
        waivers=WAIVERS,
        fuel_uses_=list_of(FUEL_USE, 1),
        imports_=list_of(IMPORTED, 1),
        leakages_=list_of(LEAKAGE, 1),
        quantification=DIGEST,
        amounts=AMOUNTS,
        buffer_share_=DECIMAL,
        batches=list_of(object_of(vintage=YEAR, count=POSITIVE, buffered_=POSITIVE)),
        carry=CARRY,
        zone_rules_=ZONE_RULES,
    ),
    "issuance.voided": object_of(issuance=COUNT, reason=TEXT, carry=CARRY),
    "units.transferred": object_of(**BLOCKS, **{"from": ID}, to=ID),
    "units.retired": object_of(**BLOCKS, account=ID, beneficiary=LINE, purpose=TEXT, reporting_period=PERIOD),
    "units.cancelled": object_of(**BLOCKS, account=ID, reason=TEXT),
    "units.withdrawn": object_of(**BLOCKS, reason=TEXT),
    "units.exported": object_of(**BLOCKS, account=ID, registry=ID, reference=LINE),
    "units.converted": object_of(**BLOCKS, issuance=COUNT, account=ID, instrument=INSTRUMENT, reason=TEXT, carry=CARRY),
    "block.imported": object_of(
        registry=ID,
        version_=POSITIVE,
        serial=LINE,
        space_=LINE,
        first=COUNT,
        last=COUNT,
        instrument=INSTRUMENT,
        account=ID,
        project=LINE,
        vintage=YEAR,
        production=PERIOD,
        evidence=DIGEST,
        zone_rules_=ZONE_RULES,
    ),
    "units.labelled": object_of(**BLOCKS, label=LINE, reason=TEXT, evidence=DIGEST),
    "units.unlabelled": object_of(**BLOCKS, label=LINE, reason=TEXT, evidence_=DIGEST),
    "units.locked": object_of(**BLOCKS, account=ID, reason=TEXT, evidence_=DIGEST),
    "units.released": object_of(**BLOCKS, account=ID, reason=TEXT),
    "buffer.released": object_of(**BLOCKS, account=ID, reason=TEXT),
    "buffer.cancelled": object_of(**BLOCKS, account=ID, reason=TEXT),
    "transfer.offered": object_of(**BLOCKS, **{"from": ID}, to=ID, deadline_=INSTANT),
    "transfer.accepted": object_of(offer=COUNT),
    "transfer.ended": object_of(offer=COUNT, outcome={"type": "string", "enum": list(OFFER_ENDS)}, reason_=TEXT),
    "role.granted": object_of(actor=LINE, role={"type": "string", "enum": list(ROLES)}, account_=ID),
    "role.revoked": object_of(actor=LINE, role={"type": "string", "enum": list(ROLES)}, account_=ID, reason=TEXT),
    "quantification.approved": object_of(
        project=ID, period=PERIOD, quantification=DIGEST, device_=ID, note_=TEXT, zone_rules_=ZONE_RULES
    ),
    "approval.revoked": object_of(approval=COUNT, reason=TEXT),
    "zone.adopted": object_of(zone=LINE, zone_rules=ZONE_RULES, reason=TEXT),
    "time.advanced": object_of(since=RECORDED, reason=TEXT),
}

COMMAND: Final = object_of(part=POSITIVE, parts=POSITIVE, key_=LINE, digest_=DIGEST)


def entry_schema(type_: str) -> Schema:
    """The JSON Schema of a whole entry of one type.

    Args:
        type_: An event's type, a key of `EVENTS`.
    """
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": type_,
    } | object_of(
        at=RECORDED,
        by=LINE,
        command=COMMAND,
        event=EVENTS[type_],
        n=COUNT,
        schema={"type": "integer", "const": 1},
        type={"type": "string", "const": type_},
        sigs_=list_of({"type": "object"}),
    )
