"""The reference of the entry format agrees with the code: its tables, read as data, give the schemas."""

import hashlib
import inspect
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from tests.support.places import GOLDEN, ROOT

import carbon_ledger as cl
from carbon_ledger.canonical import dumps
from carbon_ledger.column import MAX_INTEGER
from carbon_ledger.core.entries import entry as entries
from carbon_ledger.core.entries import events
from carbon_ledger.core.entries import schema as shapes
from carbon_ledger.core.issuance.document_schema import QUANTIFICATION
from carbon_ledger.core.state import store
from carbon_ledger.factors import KINDS
from carbon_ledger.log.merkle import leaf_hash, root_hash
from carbon_ledger.stores.sqlite import schema

PAGE = (ROOT / "docs" / "reference" / "entries.md").read_text(encoding="utf-8")
FIRST = (GOLDEN / "golden-v1.jsonl").read_bytes().splitlines()
ENTRIES = [json.loads(line) for line in FIRST]
LATER = [json.loads(line) for line in (ROOT / "tests" / "golden" / "golden-v2.jsonl").read_bytes().splitlines()]

Rows = list[list[str]]
FIELDS = ["field", "type", "unit", "required", "meaning"]
INTERVAL = {"type": "array", "items": shapes.INSTANT, "minItems": 2}


def tables() -> Iterator[tuple[str, Rows]]:
    """Every table of the page, header first, with the heading above it."""
    heading, rows = "", []
    for line in [*PAGE.split("\n"), ""]:
        if line.startswith("|"):
            rows.append([cell.strip().replace(r"\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]])
        elif rows:
            yield heading, [rows[0], *rows[2:]]
            rows = []
        if line.startswith("#"):
            heading = line.lstrip("# ").strip("`")


TABLES = dict(tables())


def base_types() -> dict[str, shapes.Schema]:
    """The schemas that the table of types gives."""
    found: dict[str, shapes.Schema] = {"object": {"type": "object"}, "interval": INTERVAL}
    for name, kind, bounds, _ in TABLES["Types"][1:]:
        found[name] = {"type": kind}
        if kind == "integer":
            low, high = bounds.split(" to ")
            found[name] |= {"minimum": int(low), "maximum": int(high)}
        if kind == "string" and (lengths := re.match(r"(?:([0-9,]+) to |at most )([0-9,]+) characters", bounds)):
            least, most = (int(count.replace(",", "")) if count else 0 for count in lengths.groups())
            found[name] |= {"maxLength": most} | ({"minLength": least} if least else {})
        if pattern := re.search("`(.*)`$", bounds):
            found[name]["pattern"] = pattern[1]
    return found


TYPES = base_types()


def schema_of(text: str) -> shapes.Schema:
    """Read a cell of a type column."""
    for words, at_least in (("list of 2 or more ", 2), ("list of 1 or more ", 1), ("list of ", 0)):
        if text.startswith(words):
            return {"type": "array", "items": schema_of(text.removeprefix(words)), "minItems": at_least}
    if text.startswith("map of "):
        values = schema_of(text.removeprefix("map of "))
        return {"type": "object", "propertyNames": TYPES["id"], "additionalProperties": values, "minProperties": 1}
    if text.startswith("yearly "):
        values, years = schema_of(text.removeprefix("yearly ")), {"type": "string", "pattern": "^[0-9]{4}$"}
        return {"type": "object", "propertyNames": years, "additionalProperties": values, "minProperties": 1}
    if text.startswith("monthly "):
        months = {"type": "string", "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])$"}
        return schema_of(f"yearly {text.removeprefix('monthly ')}") | {"propertyNames": months}
    if text.startswith("one of "):
        return {"type": "string", "enum": re.findall(r"`([^`]+)`", text)}
    if link := re.fullmatch(r"\[([a-z ]+)\]\(#([a-z-]+)\)", text):
        assert link[1].replace(" ", "-") == link[2]
        return object_of(TABLES[link[1]])
    if text.isdigit():
        return {"type": "integer", "const": int(text)}
    return TYPES[text]


def object_of(table: Rows) -> shapes.Schema:
    """Read a table of fields: an object of exactly these."""
    assert table[0] == FIELDS
    fields = {row[0].strip("`"): row for row in table[1:]}
    assert len(fields) == len(table) - 1, "a field is named twice"
    assert all(row[3] in ("yes", "no") and row[4].endswith(".") for row in table[1:])
    return {
        "type": "object",
        "properties": {name: schema_of(row[1]) for name, row in fields.items()},
        "required": [name for name, row in fields.items() if row[3] == "yes"],
        "additionalProperties": False,
    }


def plain(value: Any) -> Any:
    """The same schema, whatever the order of its fields."""
    if isinstance(value, dict):
        kept = {key: item for key, item in value.items() if key != "description" or not isinstance(item, str)}
        return {key: sorted(item) if key == "required" else plain(item) for key, item in kept.items()}
    return value


def sections(name: str) -> list[str]:
    body = PAGE.split(f"\n## {name}\n")[1].split("\n## ")[0]
    return [line.removeprefix("### ") for line in body.split("\n") if line.startswith("### ")]


def test_every_event_has_a_section_and_none_is_made_up() -> None:
    assert sorted(sections("Events")) == sorted(f"`{kind}`" for kind in events.EVENTS)


@pytest.mark.parametrize("kind", events.EVENTS)
def test_the_table_of_an_event_is_its_schema(kind: str) -> None:
    assert plain(object_of(TABLES[kind])) == plain(events.EVENTS[kind])


def test_the_table_of_an_entry_is_its_schema() -> None:
    documented = object_of(TABLES["What every entry has"])
    found = events.entry_schema("account.opened")
    assert plain(documented["properties"].pop("command")) == plain(found["properties"]["command"])
    assert documented["properties"].pop("event") == {"type": "object"}
    assert documented["properties"].pop("type") == TYPES["text"]
    assert documented["required"] == found["required"]
    for name, given in documented["properties"].items():
        assert plain(given) == plain(found["properties"][name]), name
    assert set(documented["properties"]) | {"command", "event", "type"} == set(found["properties"])


def test_every_shape_is_used_by_an_event_or_a_document() -> None:
    linked = set(re.findall(r"\]\(#([a-z-]+)\)", PAGE))
    for name in sections("Shapes") + [name for name in sections("Documents") if name in TABLES]:
        assert name.replace(" ", "-") in linked, name


def test_the_figures_of_the_page_are_those_of_the_code() -> None:
    assert f"{entries.MAX_BYTES:,} bytes" in PAGE
    assert f"after every {shapes.PART_CHARACTERS:,} characters" in PAGE
    assert f"**schema {entries.SCHEMA}**" in PAGE
    assert TYPES["energy"]["maximum"] == MAX_INTEGER
    assert f"| header | `application_id` | {schema.APPLICATION_ID} (`0x{schema.APPLICATION_ID:X}`" in PAGE
    assert f"| header | `user_version` | {schema.SCHEMA_VERSION} |" in PAGE
    derived = re.search(r"The tables (.*?) are\nderived", PAGE, re.DOTALL)
    assert derived is not None
    assert re.findall(r"`(\w+)`", derived[1]) == list(store.TABLES)
    assert all(f"`{kind}`" in PAGE for kind in KINDS)


def documents() -> Iterator[Any]:
    text = ""
    for event in (entry["event"] for entry in ENTRIES):
        if "sha256" in event:
            text = event["text"] if event["part"] == 1 else text + event["text"]
            if event["part"] == event["parts"]:
                yield json.loads(text)


def seen_fields(value: Any, given: shapes.Schema, where: str, seen: set[str]) -> None:
    """Collect the fields of a schema that a value has."""
    for name, item in value.items() if given["type"] == "object" else ():
        if name in given.get("properties", {}):
            seen.add(f"{where}.{name}")
            seen_fields(item, given["properties"][name], f"{where}.{name}", seen)
    for item in value if given["type"] == "array" else ():
        seen_fields(item, given["items"], f"{where}[]", seen)


def all_fields(given: shapes.Schema, where: str) -> Iterator[str]:
    for name, item in given.get("properties", {}).items():
        yield f"{where}.{name}"
        yield from all_fields(item, f"{where}.{name}")
    if given["type"] == "array":
        yield from all_fields(given["items"], f"{where}[]")


def test_the_table_of_a_document_is_what_documents_hold() -> None:
    documented = object_of(TABLES["Documents"])
    seen: set[str] = set()
    for document in documents():
        shapes.check(document, documented, "document")
        seen_fields(document, documented, "document", seen)
    assert seen == set(all_fields(documented, "document"))


def skeleton(given: shapes.Schema) -> shapes.Schema:
    """What a schema says of fields and items, without the bounds of texts and numbers."""
    kept = {key: given[key] for key in ("type", "enum", "minItems", "additionalProperties") if key in given}
    if "properties" in given:
        kept["properties"] = {name: skeleton(item) for name, item in given["properties"].items()}
        kept["required"] = sorted(given["required"])
    if "items" in given:
        kept["items"] = skeleton(given["items"])
    return kept


def test_the_table_of_a_document_is_the_skeleton_of_its_schema() -> None:
    assert skeleton(object_of(TABLES["Documents"])) == skeleton(QUANTIFICATION)


def test_the_golden_ledgers_use_every_field_of_every_event() -> None:
    seen: set[str] = set()
    for entry in ENTRIES + LATER:
        seen_fields(entry, events.entry_schema(entry["type"]), entry["type"], seen)
    expected = {field for kind in events.EVENTS for field in all_fields(events.entry_schema(kind), kind)}
    unused = {field for field in expected - seen if ".command." not in field and not field.endswith(".sigs")}
    assert unused == set()
    assert {field.partition(".command.")[2] for field in seen} >= {"key", "digest", "part", "parts"}


def test_the_example_is_the_beginning_of_the_golden_ledger() -> None:
    example = PAGE.split("The first two entries of the first golden ledger:\n\n```\n")[1].split("\n```")[0]
    lines = example.encode("utf-8").split(b"\n")
    assert lines == FIRST[:2]
    leaves = [leaf_hash(line) for line in lines]
    values = {row[0]: row[1].strip("`") for row in TABLES["Hashes"][1:]}
    assert values == {"leaf 0": leaves[0].hex(), "leaf 1": leaves[1].hex(), "root of both": root_hash(leaves).hex()}


WH = 1_000_000
SEALS = {
    "adopt-cm-az.r2": ("adopt_factor", lambda event: event),
    "sale-1": ("transfer", lambda _: {"block": "irec/2024/25/1-3", "to": "buyer"}),
    "amend-2": ("amend_device", lambda event: event),
    "amend-account-1": ("amend_account", lambda event: event),
    "describe-1": ("describe_document", lambda event: event),
    "relate-1": ("declare_relation", lambda event: event),
    "end-relation-1": ("end_relation", lambda event: event),
    "void-june": ("void", lambda event: {"issuance": event["issuance"], "reason": event["reason"]}),
    "january": (
        "record_generation",
        lambda event: {
            "run": sealed(
                {"device": "qamishli", "start": 1_704_052_800, "step": 31 * 86_400, "net": [10_600_000]}, event
            )
        },
    ),
    "feeder-1": (
        "record_meter",
        lambda event: {
            "run": sealed(
                {"meter": "feeder", "start": 1_692_907_200, "step": 248 * 86_400, "net": [70_000 * WH]}, event
            )
        },
    ),
    "c-1": (
        "correct_generation",
        lambda event: {
            "device": "qamishli",
            "reason": event["reason"],
            "evidence": event["evidence"],
            "start": 1_704_052_800,
            "step": 31 * 86_400,
            "net": [8 * WH],
        },
    ),
    "retire-1": (
        "retire",
        lambda event: {
            "block": f"{event['batch']}/1-250",
            "beneficiary": event["beneficiary"],
            "purpose": event["purpose"],
            "reporting_period": event["reporting_period"],
        },
    ),
    "march": (
        "issue",
        lambda event: {
            "project": "irec",
            "period": {edge: event["period"][edge] for edge in ("start", "end")},
            "to": "operator",
            "waivers": [["gap", "10 mart: əlaqə yox idi"]],
        },
    ),
    "credits-1": (
        "issue",
        lambda event: {
            "project": "credits",
            "period": {edge: event["period"][edge] for edge in ("start", "end")},
            "to": "operator",
            "factor": next(entry["event"]["factor"] for entry in ENTRIES if '"firm"' in json.dumps(entry["event"])),
            "waivers": [[item["name"], item["reason"]] for item in event["waivers"]],
        },
    ),
}


def named(value: object) -> str:
    return f"sha256:{hashlib.sha256(dumps(value)).hexdigest()}"


def sealed(run: dict[str, object], event: Any) -> str:
    return named(run | {"evidence": event["evidence"]})


@pytest.mark.parametrize("key", SEALS)
def test_the_digest_of_a_command_is_as_documented(key: str) -> None:
    command, arguments = SEALS[key]
    assert f"`{command}`" in PAGE
    found = [entry for entry in ENTRIES if entry["command"].get("key") == key]
    expected = named({"command": command, "by": found[0]["by"], "arguments": arguments(found[-1]["event"])})
    assert {entry["command"]["digest"] for entry in found} == {expected}


def block(event: Any) -> str:
    first, last = event["first"], event["last"]
    return f"{event['batch']}/{first}" if first == last else f"{event['batch']}/{first}-{last}"


def several(event: Any, *names: str) -> Any:
    return {"blocks": [block(item) for item in (event, *event["more"])], **{name: event[name] for name in names}}


def whole(event: Any) -> Any:
    return {name: value for name, value in event.items() if name != "zone_rules"}


def sides(export: list[int], taken: list[int]) -> Any:
    return {"net": [one - other for one, other in zip(export, taken, strict=True)], "export": export, "import": taken}


SELECTED = {"count": 30, "instrument": "I-REC-E", "order": "oldest-issue", "vintage": 2025, "project": "irec"}
RETIRED = ("beneficiary", "purpose", "reporting_period")
MAY = {"start": "2025-04-30T20:00:00Z", "end": "2025-05-31T20:00:00Z"}
OF_COMMANDS: dict[str, tuple[str, Any]] = {
    "grant-auditor": ("grant", whole),
    "revoke-1": ("revoke", whole),
    "device plant": ("register_device", whole),
    "meter": ("register_meter", whole),
    "calibration-1": (
        "record_calibration",
        lambda event: {name: value for name, value in event.items() if name not in ("due", "maximum_error")},
    ),
    "project go": ("register_project", whole),
    "registry-1": ("register_registry", whole),
    "verification-1": (
        "state_verification",
        lambda event: {name: value for name, value in event.items() if name != "zone_rules"},
    ),
    "attest-1": ("adopt_methodology", whole),
    "adopt-methodology-1": ("adopt_methodology", lambda event: {"methodology": event["methodology"]}),
    "approve-may": ("approve", lambda event: {name: event[name] for name in ("quantification", "note")}),
    "issue-may": (
        "issue",
        lambda _: {"project": "go", "period": MAY, "to": "operator", "waivers": [], "buffer": "0.105"},
    ),
    "revoke-approval-1": ("revoke_approval", whole),
    "adopt-zone-1": (
        "adopt_zone",
        lambda event: {"zone": event["zone"], "release": event["zone_rules"]["release"], "reason": event["reason"]},
    ),
    "advance-1": ("advance_clock", lambda event: {"reason": event["reason"]}),
    "lock-1": ("lock", lambda event: several(event, "reason", "evidence")),
    "release-1": ("release", lambda event: several(event, "reason")),
    "release-buffer-1": ("release_buffer", lambda event: several(event, "reason")),
    "cancel-buffer-1": ("cancel_buffer", lambda event: several(event, "reason")),
    "label-1": ("label", lambda event: several(event, "label", "reason", "evidence")),
    "unlabel-1": ("unlabel", lambda event: several(event, "label", "reason", "evidence")),
    "offer-1": ("offer", lambda event: several(event, "to")),
    "offer-2": (
        "offer",
        lambda event: {"block": block(event), **{name: event[name] for name in ("to", "deadline", "reference")}},
    ),
    "accept-1": ("accept", whole),
    "reject-1": ("reject", lambda event: {"offer": event["offer"], "reason": event["reason"]}),
    "revoke-offer-1": ("revoke_offer", lambda event: {"offer": event["offer"], "reason": event["reason"]}),
    "time-out-1": ("time_out", lambda event: {"offer": event["offer"]}),
    "transfer-1": ("transfer", lambda event: several(event, "to")),
    "transfer-2": ("transfer", lambda event: {"selection": SELECTED, "to": event["to"], "from_": event["from"]}),
    "retire-1": (
        "retire",
        lambda event: {
            "selection": {"count": 6, "instrument": "OWN-GO", "order": "oldest-vintage"},
            "from_": "buyer",
            **{name: event[name] for name in RETIRED},
        },
    ),
    "cancel-1": ("cancel", lambda event: several(event, "reason") | {"from_": "operator"}),
    "withdraw-1": ("withdraw", lambda event: several(event, "reason")),
    "withdraw-2": ("withdraw", lambda event: {"block": block(event), "reason": event["reason"]}),
    "correct-1": (
        "correct_generation",
        lambda event: {
            "device": "second",
            "reason": event["reason"],
            "evidence": event["evidence"],
            "start": 1_746_043_200,
            "step": 31 * 86_400,
            "net": [31_500_000],
            "gross": [32 * WH],
        },
    ),
    "correct-meter-1": (
        "correct_meter",
        lambda event: {
            "meter": "feeder",
            "reason": event["reason"],
            "evidence": event["evidence"],
            "start": 1_738_353_600,
            "step": 3_600,
            **sides([0] * 23 + [30 * WH + 100], [0] * 23 + [100]),
            "quality": "substituted",
            "invoiced_export": 30 * WH,
            "invoiced_import": 0,
            "waivers": event["waivers"],
        },
    ),
    "correct-meter-2": (
        "correct_meter",
        lambda event: {
            "meter": "feeder",
            "reason": event["reason"],
            "evidence": event["evidence"],
            "start": 1_677_628_800,
            "step": 60,
            **sides([7] * 1_600, [7 - k % 7 for k in range(1_600)]),
            "quality": "estimated",
            "invoiced_export": 11_000,
            "invoiced_import": 6_000,
        },
    ),
    "correct-readings-1": (
        "correct_readings",
        lambda event: {
            "device": "second",
            "reason": event["reason"],
            "evidence": event["evidence"],
            "start": 1_677_628_800,
            "step": 60,
            "net": [k % 4 for k in range(1_600)],
            "gross": [4] * 1_600,
        },
    ),
    "levy-1": (
        "issue",
        lambda _: {
            "project": "gate-units",
            "period": MAY,
            "to": "operator",
            "waivers": [],
            "buffer": 5,
            "expect": 100,
        },
    ),
    "levy-2": (
        "issue",
        lambda event: {
            "project": "gate-units",
            "period": {edge: event["period"][edge] for edge in ("start", "end")},
            "to": "operator",
            "waivers": [],
            "expect": {"2025": 60},
        },
    ),
    "carry-1": ("issue_carry", lambda _: {"project": "irec", "to": "operator", "buffer": "0.5"}),
    "import-1": (
        "import_block",
        lambda event: {
            **{
                name: event[name]
                for name in ("serial", "registry", "instrument", "account", "project", "vintage", "production")
            },
            "evidence": event["evidence"],
            "labels": ["SDG+", "tag:Kəlbəcər"],
        },
    ),
    "export-1": ("export", lambda event: several(event, "registry", "reference")),
    "void-1": ("void", lambda event: {"issuance": event["issuance"], "reason": event["reason"]}),
    "convert-1": (
        "convert",
        lambda event: {
            "issuance": event["issuance"],
            "to_instrument": event["instrument"],
            "reason": event["reason"],
        },
    ),
}


@pytest.mark.parametrize("key", OF_COMMANDS)
def test_the_digest_of_every_other_command_is_as_documented(key: str) -> None:
    command, arguments = OF_COMMANDS[key]
    found = [entry for entry in LATER if entry["command"].get("key") == key]
    main = found[0] if key == "import-1" else found[-1]
    expected = named({"command": command, "by": main["by"], "arguments": arguments(main["event"])})
    assert {entry["command"]["digest"] for entry in found} == {expected}


def test_no_command_is_without_a_documented_digest() -> None:
    rows = TABLES["Commands and idempotency keys"][1:]
    shown = {command for command, _ in (*SEALS.values(), *OF_COMMANDS.values())}
    same = {"open_account", "record_readings", "record_run", "record_many", "record_meter_readings"}
    same |= {"record_meter_file"}
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row[0])} == shown | same


def test_every_command_that_takes_a_key_is_documented() -> None:
    commands = {
        name
        for name, method in inspect.getmembers(cl.Ledger, inspect.isfunction)
        if not name.startswith("_") and "key" in inspect.signature(method).parameters
    }
    rows = TABLES["Commands and idempotency keys"][1:]
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row[0])} == commands
