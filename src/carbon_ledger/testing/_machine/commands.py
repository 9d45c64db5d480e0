"""Commands as values, which both the model and the ledger can execute."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final, NamedTuple

from attrs import evolve

from carbon_ledger.ledger.commands.selection import Selection
from carbon_ledger.ledger.ledger import Ledger
from carbon_ledger.metering.readings import MEASURED, Readings
from carbon_ledger.meters import Meter
from carbon_ledger.periods import Period
from carbon_ledger.periods.instants import instant_text
from carbon_ledger.serials import Batch
from carbon_ledger.testing._machine.naming import ForeignSerial, Names, Units
from carbon_ledger.testing._machine.setup import (
    CLUB,
    COPIES,
    CREDITED_YEARS,
    DEVICES,
    FACTOR,
    LARGE_W,
    LEVIED,
    MONTHS,
    NEW_YEAR_BAKU_UTC,
    OPENER,
    PLAIN_IDENTIFIERS,
    RENEWABLE_YEARS,
    RENEWED,
    credits_project,
    device,
    project,
    renewed_project,
)
from carbon_ledger.testing._machine.statements import STATED, statement_for_ledger, statement_for_model
from carbon_ledger.testing._model.model import Model
from carbon_ledger.testing._model.rows import Wanted
from carbon_ledger.testing.strategies import BlockPart
from carbon_ledger.waivers import Waiver

EVIDENCE: Final = "sha256:" + "e" * 64
REFERENCE: Final = "order 7"
AMENDING: Final = frozenset({"amend_device", "amend_account"})
# The local days of Baku on which amendments are effective, by the second in which each begins.
MIDNIGHTS_UTC: Final = {
    day: NEW_YEAR_BAKU_UTC + offset * 86_400
    for offset, day in enumerate(("2023-12-31", "2024-01-01", "2024-01-02"), -1)
}
CREDITS: Final = "acc"
METHODOLOGY: Final = "GCCM001@4.0"
ODD_FACTOR: Final = evolve(FACTOR, factor_id="stage-odd", value="384")
METHODOLOGY_TEXT: Final = Waiver("methodology-text", "the setup is made up")
LONGER: Final = Waiver("crediting-period", "a letter of the programme")
UNIT_COMMANDS: Final = (
    *("transfer", "retire", "cancel", "export", "lock", "release", "release_buffer", "cancel_buffer"),
    *("withdraw", "label", "unlabel", "offer"),
)
_TIMED: Final = frozenset(
    (*UNIT_COMMANDS, "accept", "time_out", "void", "convert", "record", "record_meter", "issue", "import_block", STATED)
)
_SIGNED: Final = frozenset({"issue", "issue_carry", "approve", "attest", STATED})
_REASONS: Final[Mapping[str, Mapping[str, Any]]] = {
    "open_account": {"name": "Opened"},
    "amend_device": {"reason": "a survey", "evidence": EVIDENCE},
    "amend_account": {"reason": "the register", "evidence": EVIDENCE},
    "describe_document": {"kind": "letter", "issuer": "Somebody", "issued": "2024-01-02"},
    "declare_relation": {"reason": "a register"},
    "end_relation": {"reason": "a sale"},
    "transfer": {"reference": REFERENCE},
    "offer": {"reference": REFERENCE},
    "correct": {"reason": "calibration", "evidence": EVIDENCE},
    "correct_meter": {"reason": "calibration", "evidence": EVIDENCE},
    "void": {"reason": "void"},
    "withdraw": {"reason": "withdraw"},
    "retire": {"beneficiary": "Somebody", "purpose": "a claim", "reference": REFERENCE},
    "cancel": {"reason": "cancel", "reference": REFERENCE},
    "export": {"to_registry": "elsewhere", "reference": "request 7"},
    "lock": {"reason": "a dispute", "evidence": EVIDENCE},
    "release": {"reason": "it is settled"},
    "release_buffer": {"reason": "no reversal"},
    "cancel_buffer": {"reason": "a reversal"},
    "label": {"evidence": EVIDENCE, "reason": "a letter"},
    "unlabel": {"reason": "another letter"},
    "convert": {"reason": "another scheme"},
    "revoke": {"reason": "left"},
    "revoke_approval": {"reason": "an error"},
    STATED: {"body": "Verifiers", "assurance": "limited", "report": EVIDENCE},
    "import_block": {"evidence": EVIDENCE},
}


class Action(NamedTuple):
    """A command with its arguments.

    Attributes:
        name: The command: the name of a method of the model.
        given: Its arguments by name. Units are a `BlockPart`, a tuple of them or a `Wanted`; an issuance, an offer or
            an approval is given by its number in the model.
        key: Idempotency key.
        by: The actor.
    """

    name: str
    given: Mapping[str, Any]
    key: str | None = None
    by: str = OPENER

    @property
    def content(self) -> object:
        """The command and its arguments, to which an idempotency key is bound."""
        return self.name, self.by, sorted((name, _text_of(value)) for name, value in self.given.items())


def reference_of(action: Action) -> str | None:
    """The reference that a command about units is given on the ledger."""
    found: str | None = _REASONS.get(action.name, {}).get("reference")
    return found


def _text_of(value: object) -> str:
    if isinstance(value, BlockPart):
        return f"{value.block.batch_id}/{value.first}-{value.last}"
    if isinstance(value, tuple) and value and isinstance(value[0], BlockPart):
        return f"[{', '.join(map(_text_of, value))}]"
    return str(value)


def _registered(name: str, id_: str) -> dict[str, Any]:
    """What the model has to know of a thing that is registered, besides its id."""
    if name == "register_registry" and id_ in COPIES:
        return {"alike": COPIES[id_][1]}
    if name == "register_project" and id_ in RENEWED:
        return {"crediting": RENEWED[id_], "waived": RENEWED[id_][2] > RENEWABLE_YEARS}
    if id_ in CREDITED_YEARS:
        return {"years": CREDITED_YEARS[id_]}
    return {"identifier": PLAIN_IDENTIFIERS.get(id_)} if name == "register_device" else {}


def on_model(model: Model, names: Names, action: Action, at_utc: int) -> object:
    """Execute an action on the model.

    Args:
        model: The model.
        names: What the ledger calls things.
        action: The action.
        at_utc: The time of the action. [s]

    Raises:
        RefusalError: The model refuses it.
    """
    name, given = action.name, dict(action.given)
    if "units" in given:
        given["units"] = names.request_of(given["units"])
    if name in _TIMED:
        given["at"] = at_utc
    if name in _SIGNED:
        given["by"] = action.by
    if "period" in given:
        period: Period = given.pop("period")
        given |= {"start": period.start_utc, "end": period.end_utc}
    if "waivers" in given:
        given["waivers"] = tuple(item.name for item in given["waivers"])
    if name in ("issue", "issue_carry"):
        buffer = given.setdefault("buffer", None)
        given["buffer"] = Fraction(buffer) if isinstance(buffer, str) else buffer
    if "quantified" in given:
        given["quantified"] = given["quantified"].model
    if name == "offer":
        deadline: datetime | None = given["deadline"]
        given["deadline"] = None if deadline is None else int(deadline.timestamp())
    if name == "import_block":
        given = _import_arguments(given)
    given = statement_for_model(given) if name == STATED else given
    if name.startswith(("register_", "adopt_")):
        given = {"kind": name.partition("_")[2], **given, **_registered(name, given["name"])}
    if name in AMENDING:
        given["since"] = MIDNIGHTS_UTC[given.pop("day")] + (4 * 3600 if name == "amend_account" else 0)
    command = getattr(model, "register" if "kind" in given else name)
    return model.by_whom(action.by, name, accounts_of(model, names, action), lambda: command(**given))


def _import_arguments(given: dict[str, Any]) -> dict[str, Any]:
    """The arguments of an import in the form that the model expects."""
    foreign: ForeignSerial = given.pop("serial")
    period, offset_s = given.pop("production")
    buffer = given.pop("buffer")
    return {
        **given,
        "buffer": Fraction(buffer) if isinstance(buffer, str) else buffer,
        "stated": foreign.stated,
        "registry": foreign.registry,
        "space": foreign.space,
        "first": foreign.first,
        "last": foreign.last,
        "production": (period.start_utc, period.end_utc, offset_s),
        "built_in": foreign.registry != CLUB.id,
        "months": MONTHS.get(given["instrument"], (None, None)),
        "well_formed": foreign.well_formed and foreign.count in (None, foreign.last - foreign.first + 1),
    }


def accounts_of(model: Model, names: Names, action: Action) -> tuple[str, ...] | None:
    """The accounts whose holders may give a command; None if they cannot be determined.

    Args:
        model: The model.
        names: What the ledger calls things.
        action: The action.
    """
    given = action.given
    if "units" in given:
        transferor = model.transferor_of(names.request_of(given["units"]), given["from_"])
    elif action.name == "convert":
        transferor = given["from_"] or model.holder_of(given["number"])
    elif given.get("offer") in model.offers:
        offered = model.offers[given["offer"]]
        parties = {"revoke_offer": (offered.transferor,), "time_out": (offered.transferor, offered.transferee)}
        return parties.get(action.name, (offered.transferee,))
    else:
        return None
    return None if transferor is None else (transferor,)


def on_ledger(ledger: Ledger, names: Names, action: Action, *, respelled: bool = False) -> object:
    """Execute an action on the ledger.

    Args:
        ledger: The ledger.
        names: What the ledger calls things.
        action: The action.
        respelled: Pass equivalent arguments in another form, for example text for a block, or MWh for Wh.

    Raises:
        CarbonLedgerError: The ledger refuses it.
    """
    name = action.name
    given: dict[str, Any] = {**action.given, "key": action.key, "by": action.by}
    if "step_s" in given:
        return _metered(ledger, name, given, respelled)
    if "units" in given:
        given["block"] = _units(given.pop("units"), respelled)
    if "number" in given:
        given["issuance"] = _issuance(ledger, names.entry_of.get(given.pop("number"), 0), respelled)
    if "instrument" in given and name == "convert":
        wanted = given.pop("instrument")
        given["to_instrument"] = LEVIED if wanted == LEVIED.id else wanted
    if "offer" in given:
        given["offer"] = _offer(ledger, names.entry_of.get(given["offer"], 0), respelled)
    if "approval" in given:
        given["approval"] = names.entry_of.get(given["approval"], 0)
    if "quantified" in given:
        given["quantification"] = given.pop("quantified").ledger
    if name == "issue":
        given = _issued(action, given, respelled)
    if name in AMENDING:
        given = _amended(given, respelled)
    if name == STATED:
        given = statement_for_ledger(names, given, respelled=respelled)
    if name == "import_block":
        given |= _described(given, respelled)
    if name in ("calibrate", "attest") or name.startswith(("register_", "adopt_")):
        return _adopted(ledger, name, given)
    command: Callable[..., object] = getattr(ledger, name)
    return command(**given, **_REASONS.get(name, {}))


def _adopted(ledger: Ledger, name: str, given: dict[str, Any]) -> object:
    """Register or adopt something, attest the text of the methodology, or calibrate a meter."""
    if name == "calibrate":
        return ledger.record_calibration(**given, evidence=EVIDENCE)
    if name == "attest":
        return ledger.adopt_methodology(METHODOLOGY, note="compared", **given)
    id_ = given.pop("name")
    if name == "register_project" and id_ in RENEWED and RENEWED[id_][2] > RENEWABLE_YEARS:
        given["waivers"] = LONGER
    return getattr(ledger, name)(_thing(name, id_, given.pop("devices")), **given)


def _issued(action: Action, given: Mapping[str, Any], respelled: bool) -> dict[str, Any]:
    """The arguments of an issuance, with the factor and the waivers of credits."""
    fields = {**given, **factor_and_waivers(action)}
    waivers = fields.pop("waivers")
    for name in ("unread", "odd"):
        fields.pop(name, None)
    return {**fields, "waivers": list(waivers) if respelled else waivers}


def _units(units: Units, respelled: bool) -> object:
    """Units in a form that a ledger accepts: a block, several blocks, or a selection; as text if *respelled*."""
    if isinstance(units, Wanted):
        return Selection(**vars(units))
    if isinstance(units, BlockPart):
        return str(units.part()) if respelled else units.part()
    blocks = [cut.part() for cut in units]
    return [str(block) for block in blocks] if respelled else tuple(blocks)


def _amended(given: Mapping[str, Any], respelled: bool) -> dict[str, Any]:
    """The arguments of an amendment, whose day is given as text, or as a date if *respelled*."""
    fields = {name: value for name, value in given.items() if name not in ("day", "capacity", "closed")}
    fields["effective"] = date.fromisoformat(given["day"]) if respelled else given["day"]
    if given.get("capacity") is not None:
        fields["capacity"] = f"{given['capacity']} W"
    if given.get("closed") is not None:
        fields["decommissioned"] = given["closed"]
    return fields


def _described(given: Mapping[str, Any], respelled: bool) -> dict[str, Any]:
    foreign: ForeignSerial = given["serial"]
    text = foreign.text
    return {
        "serial": CLUB.parse(text) if respelled and foreign.registry == CLUB.id else text,
        "registry": foreign.registry,
        "count": foreign.count,
        "production": given["production"][0],
        "labels": list(given["labels"]) if respelled else given["labels"],
    }


def _thing(name: str, id_: str, devices: tuple[str, ...]) -> object:
    """The record that a registration command registers under an id."""
    match name:
        case "register_device":
            return next((item for item in DEVICES if item.id == id_), device(id_, LARGE_W, "2023-08-25"))
        case "register_meter":
            return Meter(id=id_, shares=dict.fromkeys(devices, 1))
        case "register_project":
            if id_ in RENEWED:
                return renewed_project(id_, devices)
            years = CREDITED_YEARS.get(id_)
            return project(id_, "I-REC-E", devices) if years is None else credits_project(id_, years)
        case "adopt_factor":
            return evolve(FACTOR, factor_id=id_)
        case "adopt_methodology":
            return id_
        case _:
            return COPIES[id_][0] if id_ in COPIES else id_


def factor_and_waivers(action: Action) -> dict[str, Any]:
    """The factor and the waivers of an issuance; credits need a factor and, mostly, a waiver for the text."""
    given, waivers = action.given, action.given["waivers"]
    if given["project"] == CREDITS:
        text = () if given.get("unread") else (METHODOLOGY_TEXT,)
        return {"factor": ODD_FACTOR if given.get("odd") else FACTOR, "waivers": (*waivers, *text)}
    return {"factor": None, "waivers": waivers}


def _issuance(ledger: Ledger, n: int, respelled: bool) -> int | Batch:
    """An issuance as the number of its entry, or as one of its batches if *respelled*."""
    if not respelled or "project" not in ledger.entry(n).event:
        return n
    batches = ledger.batches(str(ledger.entry(n).event["project"]))
    return next((batch for batch in batches if batch.batch_id.endswith(f"/{n}")), n)


def _offer(ledger: Ledger, n: int, respelled: bool) -> object:
    """An offer as the number of its entry, or as the ledger's record of it if *respelled*."""
    if not respelled:
        return n
    return next((offer for account in ledger.accounts() for offer in ledger.offers(account) if offer.n == n), n)


def _metered(ledger: Ledger, name: str, given: dict[str, Any], respelled: bool) -> object:
    commands: Mapping[tuple[str, bool], Callable[..., object]] = {
        ("record", True): ledger.record_generation,
        ("record", False): ledger.record_readings,
        ("record_meter", True): ledger.record_meter,
        ("record_meter", False): ledger.record_meter_readings,
        ("correct", True): ledger.correct_generation,
        ("correct", False): ledger.correct_readings,
        ("correct_meter", False): ledger.correct_meter,
    }
    start, step_s, values = given.pop("start"), given.pop("step_s"), given.pop("values")
    total = len(values) == 1 and (name, True) in commands
    if respelled and len(given.get("waivers", ())) == 1:
        given["waivers"] = given["waivers"][0]
    imports = given.pop("imports", None)
    exports = None if imports is None else [wh + taken for wh, taken in zip(values, imports, strict=True)]
    if total:
        net = f"{Decimal(values[0]).scaleb(-6):f} MWh" if respelled else f"{values[0]} Wh"
        given |= {"period": Period(start, start + step_s), "net": net}
        if exports is not None:
            sides = {"export": f"{exports[0]} Wh", "import_": f"{imports[0]} Wh"}
            given |= {**sides, "net": None} if respelled else sides
    elif name == "record" and (respelled or len(values) % 2 == 0):
        run = Readings(start, step_s, tuple(values), None, given.pop("quality", MEASURED), exports, imports)
        many = not respelled and ledger.record_many([(given.pop("device"), run)], **given)
        return many[0] if many else ledger.record_run(run=run, **given)
    elif respelled:
        respelled_step = f"{step_s} s" if step_s % 60 else f"{step_s // 60} min"
        given |= {"start": datetime.fromtimestamp(start, UTC), "step": respelled_step, "net_wh": tuple(values)}
    else:
        given |= {"start": instant_text(start), "step": f"{step_s} s", "net_wh": values}
    given |= {} if total or exports is None else {"export_wh": exports, "import_wh": imports}
    return commands[name, total](**given, **_REASONS.get(name, {}))
