"""Commands as values: each can be given to the model and to the ledger, and to the ledger in other words."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple

from carbon_ledger.instants import instant_text
from carbon_ledger.ledger.ledger import Ledger
from carbon_ledger.periods import Period
from carbon_ledger.serials import Batch, Block
from carbon_ledger.testing.model import Model
from carbon_ledger.testing.rows import BatchKey
from carbon_ledger.testing.stage import FACTOR
from carbon_ledger.testing.strategies import Cut
from carbon_ledger.waivers import Waiver

EVIDENCE: Final = "sha256:" + "e" * 64
CLAIM_PERIOD: Final = Period.year(2024, zone="UTC")
CREDITS: Final = "acc"
METHODOLOGY_TEXT: Final = Waiver("methodology-text", "the stage is made up")
_REASONS: Final[Mapping[str, Mapping[str, Any]]] = {
    "open_account": {"name": "Opened"},
    "correct": {"reason": "calibration", "evidence": EVIDENCE},
    "void": {"reason": "void"},
    "withdraw": {"reason": "withdraw"},
    "retire": {"beneficiary": "Somebody", "purpose": "a claim", "period": CLAIM_PERIOD},
    "cancel": {"reason": "cancel"},
}


class Action(NamedTuple):
    """A command with its arguments.

    Attributes:
        name: The command: one of the model's.
        given: Its arguments by name; a block is a `Cut`, an issuance the model's number of it.
        key: Idempotency key.
        by: The actor.
    """

    name: str
    given: Mapping[str, Any]
    key: str | None = None
    by: str = "machine"

    @property
    def content(self) -> object:
        """What an idempotency key stands for."""
        return self.name, self.by, sorted((name, _said(value)) for name, value in self.given.items())


def _said(value: object) -> str:
    return f"{value.block.batch_id}/{value.first}-{value.last}" if isinstance(value, Cut) else str(value)


class Names:
    """What the ledger calls the model's issuances and batches.

    Attributes:
        entry_of: Entry number of each of the model's issuances.
    """

    def __init__(self) -> None:
        self.entry_of: dict[int, int] = {}

    def batch_id(self, batch: BatchKey) -> str:
        """The id that the ledger must have given to a batch of the model (ledger-model section 6)."""
        return f"{batch.project}/{batch.vintage:04d}/{self.entry_of[batch.issuance]}"

    def batch_key(self, batch_id: str) -> BatchKey:
        """The model's key of a batch of the ledger; of one it does not know, a key that it does not know."""
        project, vintage, n = batch_id.split("/")
        return BatchKey(project, int(vintage), self.number_of(int(n)))

    def number_of(self, n: int) -> int:
        """The model's number of the issuance of an entry, or -1."""
        return next((number for number, entry in self.entry_of.items() if entry == n), -1)


def on_model(model: Model, names: Names, action: Action, at_utc: int) -> object:
    """Do an action on the model.

    Args:
        model: The model.
        names: What the ledger calls things.
        action: The action.
        at_utc: The time of the action. [s]

    Raises:
        RefusalError: The model refuses it.
    """
    given = dict(action.given)
    if "cut" in given:
        cut: Cut = given.pop("cut")
        given |= {"batch": names.batch_key(cut.block.batch_id), "first": cut.first, "last": cut.last}
        given["at"] = at_utc
    if action.name == "void":
        given["at"] = at_utc
    if "period" in given:
        period: Period = given.pop("period")
        given |= {"start": period.start_utc, "end": period.end_utc}
        given["waivers"] = {item.name for item in given["waivers"]}
    commands: Mapping[str, Callable[..., object]] = {
        "open_account": model.open_account,
        "record": model.record,
        "record_meter": model.record_meter,
        "correct": model.correct,
        "issue": model.issue,
        "void": model.void,
        "withdraw": model.withdraw,
        "transfer": model.transfer,
        "retire": model.retire,
        "cancel": model.cancel,
    }
    return commands[action.name](**given)


def on_ledger(ledger: Ledger, names: Names, action: Action, *, respelled: bool = False) -> object:
    """Do an action on the ledger.

    Args:
        ledger: The ledger.
        names: What the ledger calls things.
        action: The action.
        respelled: Say the same with other arguments that mean the same: text for a block, MWh for Wh.

    Raises:
        CarbonLedgerError: The ledger refuses it.
    """
    given: dict[str, Any] = {**action.given, "key": action.key, "by": action.by}
    if "step_s" in given:
        return _metered(ledger, action.name, given, respelled)
    commands: Mapping[str, Callable[..., object]] = {
        "open_account": ledger.open_account,
        "issue": ledger.issue,
        "void": ledger.void,
        "withdraw": ledger.withdraw,
        "transfer": ledger.transfer,
        "retire": ledger.retire,
        "cancel": ledger.cancel,
    }
    if "cut" in given:
        block: Block = given.pop("cut").part()
        given["block"] = str(block) if respelled else block
    if "number" in given:
        given["issuance"] = _issuance(ledger, names.entry_of[given.pop("number")], respelled)
    if action.name == "issue":
        given |= factor_and_waivers(action)
        given["waivers"] = list(given["waivers"]) if respelled else given["waivers"]
    return commands[action.name](**given, **_REASONS.get(action.name, {}))


def factor_and_waivers(action: Action) -> dict[str, Any]:
    """What an issuance is quantified with: credits need a factor, and a waiver for their methodology's text."""
    waivers = action.given["waivers"]
    if action.given["project"] == CREDITS:
        return {"factor": FACTOR, "waivers": (*waivers, METHODOLOGY_TEXT)}
    return {"factor": None, "waivers": waivers}


def _issuance(ledger: Ledger, n: int, respelled: bool) -> int | Batch:
    """An issuance by the number of its entry, or by one of its batches."""
    batches = ledger.batches(str(ledger.entry(n).event["project"])) if respelled else ()
    return next((batch for batch in batches if batch.batch_id.endswith(f"/{n}")), n)


def _metered(ledger: Ledger, name: str, given: dict[str, Any], respelled: bool) -> object:
    commands: Mapping[tuple[str, bool], Callable[..., object]] = {
        ("record", True): ledger.record_generation,
        ("record", False): ledger.record_readings,
        ("record_meter", True): ledger.record_meter,
        ("record_meter", False): ledger.record_meter_readings,
        ("correct", True): ledger.correct_generation,
        ("correct", False): ledger.correct_readings,
    }
    start, step_s, values = given.pop("start"), given.pop("step_s"), given.pop("values")
    total = len(values) == 1
    if total:
        net = f"{Decimal(values[0]).scaleb(-6):f} MWh" if respelled else f"{values[0]} Wh"
        given |= {"period": Period(start, start + step_s), "net": net}
    elif respelled:
        given |= {"start": datetime.fromtimestamp(start, UTC), "step": f"{step_s // 60} min", "net_wh": tuple(values)}
    else:
        given |= {"start": instant_text(start), "step": f"{step_s} s", "net_wh": values}
    return commands[name, total](**given, **_REASONS.get(name, {}))
