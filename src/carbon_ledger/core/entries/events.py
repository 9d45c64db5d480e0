"""The fields of every event, as JSON Schema. The files in `docs/reference/schemas/` are generated from them."""

from collections.abc import Mapping
from typing import Final

from carbon_ledger.choices import Assurance, Opinion, Role
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
    ESTIMATE,
    FACTOR,
    FUEL_USE,
    GRAMMAR,
    ID,
    IMPORTED,
    INSTANT,
    INSTRUMENT,
    LAYOUT,
    LEAKAGE,
    LINE,
    METHODOLOGY,
    PART,
    PERIOD,
    POSITIVE,
    RECORDED,
    ROOT,
    SERIES,
    SIDE,
    SOME_WAIVERS,
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
from carbon_ledger.metering.readings import MEASURED, QUALITIES
from carbon_ledger.meters import ACCURACY_CLASSES

# The type of each event. Code uses these constants, so that a search finds every place that depends on an event.
LEDGER_OPENED: Final = "ledger.opened"
ACCOUNT_OPENED: Final = "account.opened"
ACCOUNT_AMENDED: Final = "account.amended"
DEVICE_REGISTERED: Final = "device.registered"
DEVICE_AMENDED: Final = "device.amended"
METER_REGISTERED: Final = "meter.registered"
METER_CALIBRATED: Final = "meter.calibrated"
PROJECT_REGISTERED: Final = "project.registered"
REGISTRY_REGISTERED: Final = "registry.registered"
METHODOLOGY_ADOPTED: Final = "methodology.adopted"
METHODOLOGY_ATTESTED: Final = "methodology.attested"
FACTOR_ADOPTED: Final = "factor.adopted"
GENERATION_RECORDED: Final = "generation.recorded"
METER_RECORDED: Final = "meter.recorded"
CORRECTION_STAGED: Final = "correction.staged"
GENERATION_CORRECTED: Final = "generation.corrected"
METER_CORRECTED: Final = "meter.corrected"
DOCUMENT_RECORDED: Final = "document.recorded"
DOCUMENT_DESCRIBED: Final = "document.described"
ISSUANCE_RECORDED: Final = "issuance.recorded"
ISSUANCE_VOIDED: Final = "issuance.voided"
UNITS_TRANSFERRED: Final = "units.transferred"
UNITS_RETIRED: Final = "units.retired"
UNITS_CANCELLED: Final = "units.cancelled"
UNITS_WITHDRAWN: Final = "units.withdrawn"
UNITS_EXPORTED: Final = "units.exported"
UNITS_CONVERTED: Final = "units.converted"
BLOCK_IMPORTED: Final = "block.imported"
UNITS_LABELLED: Final = "units.labelled"
UNITS_UNLABELLED: Final = "units.unlabelled"
UNITS_LOCKED: Final = "units.locked"
UNITS_RELEASED: Final = "units.released"
BUFFER_RELEASED: Final = "buffer.released"
BUFFER_CANCELLED: Final = "buffer.cancelled"
TRANSFER_OFFERED: Final = "transfer.offered"
TRANSFER_ACCEPTED: Final = "transfer.accepted"
TRANSFER_ENDED: Final = "transfer.ended"
RELATION_DECLARED: Final = "relation.declared"
RELATION_ENDED: Final = "relation.ended"
ROLE_GRANTED: Final = "role.granted"
ROLE_REVOKED: Final = "role.revoked"
QUANTIFICATION_APPROVED: Final = "quantification.approved"
APPROVAL_REVOKED: Final = "approval.revoked"
VERIFICATION_STATED: Final = "verification.stated"
ZONE_ADOPTED: Final = "zone.adopted"
TIME_ADVANCED: Final = "time.advanced"

CORRECTIONS: Final = (GENERATION_CORRECTED, METER_CORRECTED)

POLICIES: Final = ("open", "roles")
ROLES: Final[tuple[Role, ...]] = ("registrar", "meter-operator", "verifier", "issuer", "account-holder", "auditor")
OPINIONS: Final[tuple[Opinion, ...]] = ("unmodified", "modified", "adverse", "disclaimed")
LEVELS_OF_ASSURANCE: Final[tuple[Assurance, ...]] = ("reasonable", "limited")
OFFER_ENDS: Final = ("rejected", "revoked", "timed-out")
# What else is known of a run of readings. The first entry of a run has its invoiced volumes; quality is absent if the
# run was measured.
RUN: Final = {
    "quality_": {"type": "string", "enum": [name for name in QUALITIES if name != MEASURED]},
    "export_wh_": SIDE,
    "import_wh_": SIDE,
    "invoiced_export_wh_": COUNT,
    "invoiced_import_wh_": COUNT,
}
# The fields of an event about one or more blocks; `more` has every block after the first.
BLOCKS: Final = {**BLOCK, "more_": list_of(object_of(**BLOCK), 1)}

# The fields of a correction that are computed from its readings: its effect on issuances and on the carry of projects.
EFFECTS: Final = {
    "issuances": list_of(object_of(issuance=COUNT, quantification=DIGEST, amounts=AMOUNTS)),
    "carries": list_of(object_of(project=ID, carry=CARRY, withdrawn=list_of(object_of(**BLOCK)))),
}

EVENTS: Final[Mapping[str, Schema]] = {
    LEDGER_OPENED: object_of(ledger=ID, policy={"type": "string", "enum": list(POLICIES)}, software=LINE),
    ACCOUNT_OPENED: object_of(account=ID, name=LINE, legal_id_=LINE, contact_=LINE),
    ACCOUNT_AMENDED: object_of(
        account=ID, effective=DATE, reason=TEXT, evidence=DIGEST, name_=LINE, legal_id_=LINE, contact_=LINE
    ),
    DEVICE_REGISTERED: object_of(
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
        station_load_w_=COUNT,
        decommissioned_=DATE,
        identifiers_=map_of(LINE),
        latitude_=DECIMAL,
        longitude_=DECIMAL,
        zone_rules_=ZONE_RULES,
    ),
    DEVICE_AMENDED: object_of(
        device=ID,
        effective=DATE,
        reason=TEXT,
        evidence=DIGEST,
        capacity_w_=POSITIVE,
        margin_=DECIMAL,
        station_load_w_=COUNT,
        name_=LINE,
        decommissioned_=BOOLEAN,
    ),
    METER_REGISTERED: object_of(
        meter=ID,
        shares=map_of(POSITIVE),
        reason_=TEXT,
        serial_number_=LINE,
        manufacturer_=LINE,
        accuracy_class_={"type": "string", "enum": list(ACCURACY_CLASSES)},
        resolution_wh_=POSITIVE,
        installed_=DATE,
        calibration_due_=DATE,
        replaces_=ID,
    ),
    METER_CALIBRATED: object_of(
        meter=ID,
        due=DATE,
        done=DATE,
        maximum_error=DECIMAL,
        export_error_=DECIMAL,
        import_error_=DECIMAL,
        next_due_=DATE,
        laboratory_=LINE,
        evidence=DIGEST,
    ),
    PROJECT_REGISTERED: object_of(
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
        baseline_year_={"type": "string", "enum": ["crediting"]},
        requires_approval_=BOOLEAN,
        requires_verification_=BOOLEAN,
        estimate_=ESTIMATE,
        name_=LINE,
        registered_=DATE,
        waivers_=SOME_WAIVERS,
        zone_rules_=ZONE_RULES,
    ),
    REGISTRY_REGISTERED: object_of(registry=ID, name=LINE, version_=POSITIVE, grammar_=GRAMMAR),
    METHODOLOGY_ADOPTED: object_of(
        methodology=METHODOLOGY,
        title=LINE,
        source=TEXT,
        confidence={"type": "string", "enum": ["P", "S", "C", "M"]},
        roundings=list_of(object_of(name=LINE, direction=LINE, places=COUNT)),
        code_digest_=DIGEST,
    ),
    METHODOLOGY_ATTESTED: object_of(methodology=METHODOLOGY, text=DIGEST, note=TEXT),
    FACTOR_ADOPTED: object_of(factor=FACTOR),
    GENERATION_RECORDED: object_of(
        device=ID,
        start=INSTANT,
        step_s=POSITIVE,
        net_wh=COLUMN,
        gross_wh_=COLUMN,
        **RUN,
        evidence_=DIGEST,
        series_=SERIES,
        waivers_=SOME_WAIVERS,
    ),
    METER_RECORDED: object_of(
        meter=ID,
        start=INSTANT,
        step_s=POSITIVE,
        net_wh=COLUMN,
        devices=map_of(COLUMN),
        **RUN,
        evidence_=DIGEST,
        series_=SERIES,
        waivers_=SOME_WAIVERS,
    ),
    CORRECTION_STAGED: object_of(
        device_=ID,
        meter_=ID,
        start=INSTANT,
        step_s=POSITIVE,
        net_wh=COLUMN,
        gross_wh_=COLUMN,
        devices_=map_of(COLUMN),
        **RUN,
        evidence=DIGEST,
        series_=SERIES,
    ),
    GENERATION_CORRECTED: object_of(
        device=ID,
        start=INSTANT,
        step_s=POSITIVE,
        net_wh=COLUMN,
        gross_wh_=COLUMN,
        **RUN,
        reason=TEXT,
        evidence=DIGEST,
        series_=SERIES,
        waivers_=SOME_WAIVERS,
        **EFFECTS,
    ),
    METER_CORRECTED: object_of(
        meter=ID,
        start=INSTANT,
        step_s=POSITIVE,
        net_wh=COLUMN,
        devices=map_of(COLUMN),
        **RUN,
        reason=TEXT,
        evidence=DIGEST,
        series_=SERIES,
        waivers_=SOME_WAIVERS,
        **EFFECTS,
    ),
    DOCUMENT_RECORDED: object_of(sha256=DIGEST, part=POSITIVE, parts=POSITIVE, text=PART),
    DOCUMENT_DESCRIBED: object_of(
        document=DIGEST,
        kind=ID,
        title=LINE,
        issuer_=LINE,
        issued_=DATE,
        covers_from_=DATE,
        covers_until_=DATE,
        holder_=LINE,
        layout_=LAYOUT,
    ),
    ISSUANCE_RECORDED: object_of(
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
        buffer_count_=COUNT,
        expect_=COUNT,
        expect_by_vintage_=YEARS,
        batches=list_of(object_of(vintage=YEAR, count=POSITIVE, buffered_=POSITIVE, levied_=POSITIVE)),
        carry=CARRY,
        of_carry_=BOOLEAN,
        zone_rules_=ZONE_RULES,
    ),
    ISSUANCE_VOIDED: object_of(issuance=COUNT, reason=TEXT, carry=CARRY),
    UNITS_TRANSFERRED: object_of(**BLOCKS, **{"from": ID}, to=ID, reference_=LINE),
    UNITS_RETIRED: object_of(
        **BLOCKS,
        account=ID,
        beneficiary=LINE,
        purpose=TEXT,
        reporting_period=PERIOD,
        reference_=LINE,
        waivers_=SOME_WAIVERS,
    ),
    UNITS_CANCELLED: object_of(**BLOCKS, account=ID, reason=TEXT, reference_=LINE),
    UNITS_WITHDRAWN: object_of(**BLOCKS, reason=TEXT),
    UNITS_EXPORTED: object_of(**BLOCKS, account=ID, registry=ID, reference=LINE),
    UNITS_CONVERTED: object_of(**BLOCKS, issuance=COUNT, account=ID, instrument=INSTRUMENT, reason=TEXT, carry=CARRY),
    BLOCK_IMPORTED: object_of(
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
        buffer_share_=DECIMAL,
        buffer_count_=COUNT,
        buffered_=POSITIVE,
        zone_rules_=ZONE_RULES,
    ),
    UNITS_LABELLED: object_of(**BLOCKS, label=LINE, reason=TEXT, evidence=DIGEST),
    UNITS_UNLABELLED: object_of(**BLOCKS, label=LINE, reason=TEXT, evidence_=DIGEST),
    UNITS_LOCKED: object_of(**BLOCKS, account=ID, reason=TEXT, evidence_=DIGEST),
    UNITS_RELEASED: object_of(**BLOCKS, account=ID, reason=TEXT),
    BUFFER_RELEASED: object_of(**BLOCKS, account=ID, reason=TEXT),
    BUFFER_CANCELLED: object_of(**BLOCKS, account=ID, reason=TEXT),
    TRANSFER_OFFERED: object_of(**BLOCKS, **{"from": ID}, to=ID, deadline_=INSTANT, reference_=LINE),
    TRANSFER_ACCEPTED: object_of(offer=COUNT),
    TRANSFER_ENDED: object_of(offer=COUNT, outcome={"type": "string", "enum": list(OFFER_ENDS)}, reason_=TEXT),
    RELATION_DECLARED: object_of(account=ID, other=ID, relation=ID, reason=TEXT, evidence_=DIGEST),
    RELATION_ENDED: object_of(account=ID, other=ID, relation=ID, reason=TEXT, evidence_=DIGEST),
    ROLE_GRANTED: object_of(actor=LINE, role={"type": "string", "enum": list(ROLES)}, account_=ID),
    ROLE_REVOKED: object_of(actor=LINE, role={"type": "string", "enum": list(ROLES)}, account_=ID, reason=TEXT),
    QUANTIFICATION_APPROVED: object_of(
        project=ID, period=PERIOD, quantification=DIGEST, device_=ID, note_=TEXT, zone_rules_=ZONE_RULES
    ),
    APPROVAL_REVOKED: object_of(approval=COUNT, reason=TEXT),
    VERIFICATION_STATED: object_of(
        project=ID,
        period=PERIOD,
        size=POSITIVE,
        root=ROOT,
        body=LINE,
        accreditation_=LINE,
        opinion={"type": "string", "enum": list(OPINIONS)},
        assurance={"type": "string", "enum": list(LEVELS_OF_ASSURANCE)},
        quantities=AMOUNTS,
        report=DIGEST,
        open_requests_=map_of(TEXT),
        replaces_=list_of(COUNT, 1),
        zone_rules_=ZONE_RULES,
    ),
    ZONE_ADOPTED: object_of(zone=LINE, zone_rules=ZONE_RULES, reason=TEXT),
    TIME_ADVANCED: object_of(since=RECORDED, reason=TEXT),
}

COMMAND: Final = object_of(part=POSITIVE, parts=POSITIVE, key_=LINE, digest_=DIGEST)


def entry_schema(type_: str) -> Schema:
    """The JSON Schema of a whole entry of one type.

    Args:
        type_: The type of an event, a key of `EVENTS`.
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
