"""The temporary views that questions in SQL are put to: documented names, and units in the columns' names.

A view shows the newest state. Times are whole seconds since 1970-01-01 UTC (`datetime(start_utc, 'unixepoch')` is the
text), energies are whole watt-hours, decimals are text, and `..._n` is the number of an entry.
"""

from collections.abc import Mapping
from typing import Final

from attrs import frozen

from carbon_ledger.core.state.rows import STATES
from carbon_ledger.mappings import FrozenMapping


@frozen
class QuestionView:
    """A view.

    Args:
        about: What a row is.
        columns: For each column its name, and what it has.
        sql: The select that makes it; its columns are in the same order.
    """

    about: str
    columns: Mapping[str, str]
    sql: str


def _event(*fields: str) -> str:
    """Fields of an entry's event, as columns."""
    return ", ".join(f"json_extract(text, '$.event.{field}')" for field in fields)


def _registered(kind: str, *fields: str) -> str:
    """What is registered of a kind, with fields of the entry that registered it."""
    texts = "select id, n, (select cast(data as text) from main.entry where entry.n = registration.n) as text"
    return f"select id, {_event(*fields)}, n from ({texts} from main.registration where kind = '{kind}')"


# Names of the tables, which are older than the words that are used today.
_CARRY: Final = "accrual"
_FROM: Final = "giver"
_TO: Final = "taker"
_NEWEST: Final = "not exists (select 1 from main.{table} as newer where {same} and newer.from_n > {table}.from_n)"


def _newest(table: str, *key: str) -> str:
    """The condition that a row is the newest one with its key."""
    return _NEWEST.format(table=table, same=" and ".join(f"newer.{name} = {table}.{name}" for name in key))


_ENTRIES: Final = "select n, cast(data as text) as text from main.entry"
# Every block that an entry of type units.retired names.
_RETIRED: Final = "json_extract(text, '$.type') = 'units.retired'"
_BLOCKS: Final = f"""
select n, text, json_extract(text, '$.event.batch') as batch, json_extract(text, '$.event.first') as first,
  json_extract(text, '$.event.last') as last from ({_ENTRIES}) where {_RETIRED}
union all
select n, text, json_extract(value, '$.batch'), json_extract(value, '$.first'), json_extract(value, '$.last')
  from ({_ENTRIES}), json_each(text, '$.event.more') where {_RETIRED}"""

_OF_VERIFICATIONS: Final = (
    *("project", "period.start", "period.end", "size", "root"),
    *("body", "opinion", "assurance", "quantities", "report"),
)

VIEWS: Final[Mapping[str, QuestionView]] = FrozenMapping(
    {
        "entries": QuestionView(
            "An entry of the log.",
            {
                "n": "the number of the entry",
                "recorded": "when it was recorded, ISO 8601 in UTC",
                "by": "the actor",
                "type": "the type of the event, such as units.transferred",
                "event": "the event's fields, as JSON",
                "key": "the idempotency key, or NULL",
            },
            "select n, json_extract(text, '$.at'), json_extract(text, '$.by'), json_extract(text, '$.type'), "
            "json_extract(text, '$.event'), json_extract(text, '$.command.key') "
            f"from ({_ENTRIES})",
        ),
        "accounts": QuestionView(
            "An account, as it was opened; amendments are entries of type account.amended.",
            {
                "account": "its id",
                "name": "the name of its holder",
                "legal_id": "the legal id of its holder, or NULL",
                "contact": "how the holder is reached, or NULL",
                "opened_n": "the entry that opened it",
            },
            _registered("account", "name", "legal_id", "contact"),
        ),
        "devices": QuestionView(
            "A device, as it was registered; amendments are entries of type device.amended.",
            {
                "device": "its id",
                "name": "its name",
                "technology": "such as wind/onshore",
                "capacity_w": "nameplate capacity [W]",
                "country": "ISO 3166 code",
                "grid": "the electricity system",
                "zone": "IANA zone",
                "commissioned": "first local day of operation, or NULL",
                "registered_n": "the entry that registered it",
            },
            _registered("device", "name", "technology", "capacity_w", "country", "grid", "zone", "commissioned"),
        ),
        "meters": QuestionView(
            "A shared meter.",
            {
                "meter": "its id",
                "shares": "the weights of its devices, as JSON",
                "accuracy_class": "such as 0.2S, or NULL",
                "installed": "first local day on which it measures, or NULL",
                "registered_n": "the entry that registered it",
            },
            _registered("meter", "shares", "accuracy_class", "installed"),
        ),
        "projects": QuestionView(
            "A project.",
            {
                "project": "its id",
                "name": "its name, or NULL",
                "instrument": "the id of its instrument",
                "unit": "the unit of its instrument, such as MWh",
                "zone": "IANA zone whose years are the vintages",
                "devices": "the ids of its devices, as JSON",
                "methodology": "name and version, or NULL",
                "baseline": "greenfield, retrofit or capacity-addition, or NULL",
                "registered_n": "the entry that registered it",
            },
            _registered(
                "project", "name", "instrument.id", "instrument.unit", "zone", "devices", "methodology", "baseline"
            ),
        ),
        "factors": QuestionView(
            "An emission factor that the ledger adopted.",
            {
                "factor": "its id",
                "value": "the value as published, text",
                "unit": "such as tCO2e/MWh",
                "kind": "such as combined_margin",
                "region": "where it applies",
                "source": "where it is published",
                "valid_from": "first day on which it is valid, or NULL",
                "valid_to": "last day on which it is valid, or NULL",
                "adopted_n": "the entry that adopted it",
            },
            _registered(
                "factor",
                *("factor.value", "factor.unit", "factor.kind", "factor.region", "factor.source"),
                *("factor.valid_from", "factor.valid_to"),
            ),
        ),
        "readings": QuestionView(
            "A run of live readings of a device: steps of one length, one after another.",
            {
                "device": "the device's id",
                "start_utc": "start [s]",
                "end_utc": "end, not included [s]",
                "step_s": "length of a step [s]",
                "energy_wh": "net energy of the whole run [Wh]",
                "gross_wh": "gross energy of the whole run, or NULL [Wh]",
                "quality": "measured, estimated or substituted",
                "recorded_n": "the entry that recorded it",
            },
            "select device, start_utc, end_utc, step_s, net_wh, gross_wh, quality, source_n from main.reading "
            "where to_n is null and device not like 'meter/%'",
        ),
        "superseded_readings": QuestionView(
            "A run of readings that a correction replaced.",
            {
                "device": "the device's id",
                "start_utc": "start [s]",
                "end_utc": "end, not included [s]",
                "step_s": "length of a step [s]",
                "energy_wh": "net energy of the whole run [Wh]",
                "gross_wh": "gross energy of the whole run, or NULL [Wh]",
                "quality": "measured, estimated or substituted",
                "recorded_n": "the entry that recorded it",
                "corrected_n": "the entry that replaced it",
            },
            "select device, start_utc, end_utc, step_s, net_wh, gross_wh, quality, source_n, to_n from main.reading "
            "where to_n is not null and device not like 'meter/%'",
        ),
        "claims": QuestionView(
            "Time of a device whose energy an issuance claims.",
            {
                "device": "the device's id",
                "start_utc": "start [s]",
                "end_utc": "end, not included [s]",
                "issuance_n": "the entry of the issuance",
            },
            "select device, start_utc, end_utc, issuance_n from main.claim where to_n is null",
        ),
        "issuances": QuestionView(
            "An issuance, in its present state.",
            {
                "issuance_n": "its entry",
                "project": "the project's id",
                "account": "the account that received the units",
                "start_utc": "start of the monitoring period [s]",
                "end_utc": "end of the monitoring period, not included [s]",
                "counted_units": "its units that count against what was claimed",
                "voided": "1 if it is void, else 0",
                "converted": "1 if it was converted to another instrument, else 0",
                "quantification": "digest of its quantification",
            },
            "select n, project, account, start_utc, end_utc, counted, voided, converted, quantification "
            f"from main.issuance where {_newest('issuance', 'n')}",
        ),
        "batches": QuestionView(
            "A batch: the units of one vintage of an issuance, or of an imported block.",
            {
                "batch": "its id, such as park/2024/17",
                "issued_n": "the entry that issued or imported it",
                "project": "the project's id",
                "instrument": "the instrument's id",
                "vintage": "calendar year of generation",
                "units": "how many units it has",
                "account": "the account that received it",
                "production_start_utc": "start of its production [s]",
                "production_end_utc": "end of its production, not included [s]",
                "expires_utc": "first second in which a unit can no longer be used, or NULL [s]",
                "transferable_until_utc": "first second in which a unit can no longer be transferred, or NULL [s]",
                "device": "the device of granular certificates, or NULL",
                "registry": "the registry of imported units, or NULL",
                "registry_serial": "the serial there, or NULL",
            },
            "select batch_id, n, project, instrument, vintage, count, account, start_utc, end_utc, expires_utc, "
            "transferable_until_utc, device, registry, serial from main.batch",
        ),
        "holdings": QuestionView(
            "A range of units in one account and one state. Final states are included: add state = 'active'.",
            {
                "account": "the account's id",
                "batch": "the batch's id",
                "first": "first serial",
                "last": "last serial, included",
                "units": "how many units",
                "state": f"one of {', '.join(STATES)}; expired units have the state that they had",
                "instrument": "the instrument's id",
                "project": "the project's id",
                "vintage": "calendar year of generation",
                "expires_utc": "first second in which the units can no longer be used, or NULL [s]",
                "since_n": "the entry that put the units there",
            },
            "select piece.account, piece.batch_id, piece.first, piece.last, piece.last - piece.first + 1, piece.state, "
            "batch.instrument, batch.project, batch.vintage, batch.expires_utc, piece.from_n "
            "from main.piece join main.batch on batch.batch_id = piece.batch_id "
            f"where {_newest('piece', 'batch_id', 'first')}",
        ),
        "balances": QuestionView(
            "How many units of an instrument an account has in each state; expired units are not counted apart.",
            {
                "account": "the account's id",
                "instrument": "the instrument's id",
                **{f"{state}_units": f"{state} units" for state in STATES},
                "since_n": "the entry that changed it last",
            },
            f"select account, instrument, {', '.join(STATES)}, from_n from main.balance "
            f"where {_newest('balance', 'account', 'instrument')}",
        ),
        "carry": QuestionView(
            "What a project's live claims of a vintage amount to, and the units that count against it.",
            {
                "project": "the project's id",
                "vintage": "calendar year; 0 for all vintages of granular certificates",
                "claimed_amount": "exact amount claimed, in units of the instrument, text",
                "adjusted_units": "units forfeited by withdrawals, at most 0",
                "counted_units": "units that count against it; carry = claimed + adjusted - counted",
                "since_n": "the entry that changed it last",
            },
            f"select project, vintage, claimed, adjustments, counted, from_n from main.{_CARRY} "
            f"where {_newest(_CARRY, 'project', 'vintage')}",
        ),
        "retirements": QuestionView(
            "A block of units that was retired. Conversions to another instrument are entries of type units.converted.",
            {
                "retirement_n": "its entry",
                "recorded": "when it was recorded, ISO 8601 in UTC",
                "account": "the account that held the units",
                "beneficiary": "who makes the claim",
                "purpose": "what the claim is for",
                "period_start": "start of the reporting period, ISO 8601",
                "period_end": "end of the reporting period, not included, ISO 8601",
                "batch": "the batch's id",
                "first": "first serial",
                "last": "last serial, included",
                "units": "how many units",
            },
            "select n, json_extract(text, '$.at'), "
            f"{_event('account', 'beneficiary', 'purpose', 'reporting_period.start', 'reporting_period.end')}, "
            f"batch, first, last, last - first + 1 from ({_BLOCKS})",
        ),
        "offers": QuestionView(
            "An offer of units, in its present state.",
            {
                "offer_n": "its entry",
                "from_account": "the account that offers",
                "to_account": "the account that may accept",
                "deadline_utc": "first second in which it can no longer be accepted, or NULL [s]",
                "status": "offered, accepted, rejected, revoked or timed-out",
            },
            f"select n, {_FROM}, {_TO}, deadline_utc, status from main.offer where {_newest('offer', 'n')}",
        ),
        "labels": QuestionView(
            "A label that a range of units carries.",
            {
                "batch": "the batch's id",
                "first": "first serial",
                "last": "last serial, included",
                "units": "how many units",
                "label": "the label",
                "labelled_n": "the entry that labelled them",
            },
            "select batch_id, first, last, last - first + 1, label, source_n from main.label where to_n is null",
        ),
        "roles": QuestionView(
            "A role that an actor has.",
            {
                "actor": "the actor",
                "role": "the role",
                "account": "the account of an account holder, else empty",
                "granted_n": "the entry that granted it",
            },
            "select actor, role, scope, from_n from main.role where to_n is null",
        ),
        "approvals": QuestionView(
            "An approval of a quantification that was not revoked.",
            {
                "quantification": "digest of the quantification",
                "project": "the project's id",
                "start_utc": "start of its period [s]",
                "end_utc": "end of its period, not included [s]",
                "actor": "who approved it",
                "approved_n": "the entry that approved it",
            },
            "select quantification, project, start_utc, end_utc, actor, from_n from main.approval where to_n is null",
        ),
        "verifications": QuestionView(
            "A verifier's statement; what has overtaken it follows from readings that were recorded after its size.",
            {
                "verification_n": "its entry",
                "recorded": "when it was recorded, ISO 8601 in UTC",
                "by": "the actor who recorded it",
                "project": "the project's id",
                "period_start": "start of the verified period, ISO 8601",
                "period_end": "end of the verified period, not included, ISO 8601",
                "size": "how many entries the verifier saw",
                "root": "the root of these entries",
                "body": "the verification body",
                "opinion": "unmodified, modified, adverse or disclaimed",
                "assurance": "reasonable or limited",
                "quantities": "the verified quantity of each vintage, as JSON, in units of the instrument",
                "report": "digest of the verification report",
                "replaced_by_n": "the entry of the statement that replaces it, or NULL",
            },
            "select n, json_extract(text, '$.at'), json_extract(text, '$.by'), "
            f"{_event(*_OF_VERIFICATIONS)}, (select later.n from main.registration as later "
            "where later.kind = 'replaced verification' and later.id = cast(found.n as text)) from "
            "(select n, (select cast(data as text) from main.entry where entry.n = registration.n) as text "
            "from main.registration where kind like 'verification of %') as found",
        ),
    }
)


def view_statements() -> list[str]:
    """The statements that create the views in a connection."""
    return [
        f"create temp view if not exists {name} ({', '.join(view.columns)}) as {view.sql}"
        for name, view in VIEWS.items()
    ]
