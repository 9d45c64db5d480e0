"""The requests that a command's entries can come from: the arguments to whose digest an idempotency key is bound.

The digest of an entry is computed from the arguments of a command before they are resolved, and some arguments are
optional. Several requests can therefore have written the same entries. They are few, and this module lists them all.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from attrs import frozen

from carbon_ledger.canonical import digest, dumps
from carbon_ledger.core import lookup
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.entries.events import BLOCK_IMPORTED, CORRECTION_STAGED, QUANTIFICATION_APPROVED
from carbon_ledger.core.entries.splitting import run_arguments, run_of_entries, run_request, without_none
from carbon_ledger.core.holdings.labels import labels_over
from carbon_ledger.core.holdings.orders import ORDERS
from carbon_ledger.core.holdings.pieces import blocks_of_event
from carbon_ledger.core.state.view import View
from carbon_ledger.periods import Period
from carbon_ledger.serials import Block


@frozen
class Request:
    """A command with its arguments in their normal form.

    Attributes:
        command: The name of the command.
        arguments: The arguments, without those that the caller left out.
    """

    command: str
    arguments: Mapping[str, object]

    @property
    def content(self) -> bytes:
        """The canonical bytes of the command and its arguments, without the actor."""
        return dumps({"command": self.command, "arguments": dict(self.arguments)})

    def digest(self, by: str) -> str:
        """The digest of the request, to which an idempotency key is bound.

        Args:
            by: The actor.
        """
        return digest(dumps({"command": self.command, "by": by, "arguments": dict(self.arguments)}))


Requests = Iterator[Request]
RequestsFrom = Callable[[View, Sequence[Entry]], Requests]


@frozen
class CommandsOf:
    """The commands that end with an event of one type, and their requests.

    Attributes:
        commands: The names of the commands.
        requests: Every request that can have written the entries.
    """

    commands: tuple[str, ...]
    requests: RequestsFrom


def _event(command: str) -> CommandsOf:
    """A command whose arguments are the fields of its event, without the rules of a zone, which the ledger adds."""

    def requests(_: View, entries: Sequence[Entry]) -> Requests:
        yield Request(command, {name: value for name, value in entries[-1].event.items() if name != "zone_rules"})

    return CommandsOf((command,), requests)


def _fields(command: str, *names: str) -> CommandsOf:
    """A command whose arguments are some fields of its event."""

    def requests(_: View, entries: Sequence[Entry]) -> Requests:
        event = entries[-1].event
        yield Request(command, {name: event[name] for name in names if name in event})

    return CommandsOf((command,), requests)


_ENDS: Final = {"rejected": "reject", "revoked": "revoke_offer", "timed-out": "time_out"}


def _ended(_: View, entries: Sequence[Entry]) -> Requests:
    event = entries[-1].event
    yield Request(_ENDS[event["outcome"]], {name: event[name] for name in ("offer", "reason") if name in event})


def _adopted(_: View, entries: Sequence[Entry]) -> Requests:
    event = entries[-1].event
    names = {"zone": event["zone"], "release": event["zone_rules"]["release"], "reason": event["reason"]}
    yield Request("adopt_zone", names)


def _run(subject: str, *names: str) -> CommandsOf:
    """Commands that record a total or a column; the last name is the command that records a column."""

    def requests(_: View, entries: Sequence[Entry]) -> Requests:
        event, run = entries[0].event, run_of_entries(entries)
        arguments = without_none(
            **{subject: event[subject]},
            evidence=event.get("evidence"),
            series=event.get("series"),
            waivers=event.get("waivers"),
            **run_arguments(run),
        )
        for name in names if len(run.net_wh) == 1 else names[-1:]:
            yield Request(name, run_request(arguments))

    return CommandsOf(names, requests)


def _calibrated(_: View, entries: Sequence[Entry]) -> Requests:
    """A calibration: the caller may have left out what the ledger knew."""
    event = entries[-1].event
    for left_out in ((), ("due",), ("maximum_error",), ("due", "maximum_error")):
        yield Request("record_calibration", {name: value for name, value in event.items() if name not in left_out})


def _corrected(subject: str, *names: str) -> CommandsOf:
    """Commands that correct a total or a column; the last name is the command that corrects a column."""

    def requests(_: View, entries: Sequence[Entry]) -> Requests:
        event = entries[-1].event
        run = run_of_entries([entry for entry in entries if entry.type in (CORRECTION_STAGED, entries[-1].type)])
        fields = {name: event.get(name) for name in (subject, "reason", "evidence", "series", "waivers")}
        arguments = without_none(**fields, **run_arguments(run))
        for name in names if len(run.net_wh) == 1 else names[-1:]:
            yield Request(name, arguments)

    return CommandsOf(names, requests)


def _counts(event: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of an issuance that count units: what is held back, and what must come out."""
    return {
        "buffer": event.get("buffer_share", event.get("buffer_count")),
        "expect": event.get("expect", event.get("expect_by_vintage")),
    }


def _issued(view: View, entries: Sequence[Entry]) -> Requests:
    event = entries[-1].event
    if "of_carry" in event:
        arguments = without_none(project=event["project"], to=event["account"], **_counts(event))
        yield Request("issue_carry", arguments)
        return
    emissions = {name: event[name] for name in ("fuel_uses", "imports", "leakages") if name in event}
    arguments = without_none(
        project=event["project"],
        period=Period.from_record(event["period"]).in_utc.to_record(),
        to=event["account"],
        waivers=[[item["name"], item["reason"]] for item in event["waivers"]],
        emissions=emissions or None,
        **_counts(event),
    )
    factors: tuple[object, ...] = (None,)
    if "factor" in event:
        factors = (event["factor"], lookup.factor(view, event["factor"]).to_record())
    for factor in factors:
        yield Request("issue", without_none(**arguments, factor=factor))


def _imported(_: View, entries: Sequence[Entry]) -> Requests:
    event = entries[0].event
    names = ("serial", "registry", "instrument", "account", "project", "vintage", "production", "evidence")
    labels = [entry.event["label"] for entry in entries[1:]]
    buffer = event.get("buffer_share", event.get("buffer_count"))
    arguments = without_none(**{name: event[name] for name in names}, labels=labels or None, buffer=buffer)
    for count in (None, event["last"] - event["first"] + 1):
        yield Request("import_block", without_none(**arguments, count=count))


def _converted(_: View, entries: Sequence[Entry]) -> Requests:
    event = entries[-1].event
    for from_ in (None, event["account"]):
        arguments = without_none(issuance=event["issuance"], reason=event["reason"], from_=from_)
        yield Request("convert", {**arguments, "to_instrument": event["instrument"]})


def _approved(_: View, entries: Sequence[Entry]) -> Requests:
    event = entries[-1].event
    yield Request("approve", without_none(quantification=event["quantification"], note=event.get("note")))


_BLOCK_FIELDS: Final = frozenset(("batch", "first", "last", "more"))


def fields_without_blocks(entry: Entry) -> dict[str, Any]:
    """The fields of an event about blocks, except the blocks themselves."""
    return {name: value for name, value in entry.event.items() if name not in _BLOCK_FIELDS}


def blocks_of_entries(entries: Sequence[Entry]) -> tuple[Block, ...]:
    """The blocks of one command, in the order of its entries."""
    return tuple(block for entry in entries for block in blocks_of_event(entry.event))


def _units(command: str, holder: str = "account") -> CommandsOf:
    """A command about blocks.

    Args:
        command: The name of the command.
        holder: The field that names the account of the blocks, or an empty text if the event has no such field.
    """

    def requests(view: View, entries: Sequence[Entry]) -> Requests:
        blocks, fields = blocks_of_entries(entries), fields_without_blocks(entries[0])
        account = fields.pop(holder) if holder else _sole_account(view, blocks)
        texts = [str(block) for block in blocks]
        named: list[dict[str, object]] = [{"blocks": texts}]
        if len(texts) == 1:
            named.insert(0, {"block": texts[0]})
        for from_ in (None,) if account is None else (None, account):
            for units in named:
                yield Request(command, without_none(**units, from_=from_, **fields))
        if account is not None:
            for selection in _selections(view, blocks, fields.get("label")):
                yield Request(command, {"selection": selection, "from_": account, **fields})

    return CommandsOf((command,), requests)


def _sole_account(view: View, blocks: Sequence[Block]) -> str | None:
    """The account that holds all of some blocks, or None if several accounts hold them."""
    held = {piece.account for block in blocks for piece in view.pieces(block.batch_id, block.first, block.last)}
    return min(held) if len(held) == 1 else None


def _selections(view: View, blocks: Sequence[Block], label: object) -> Iterator[dict[str, object]]:
    """Every selection that can have selected these blocks."""
    batches = [lookup.batch(view, name).batch for name in dict.fromkeys(block.batch_id for block in blocks)]
    instruments, vintages, projects = (
        {getattr(batch, name) for batch in batches} for name in ("instrument", "vintage", "project")
    )
    if len(instruments) > 1:
        return
    labels = {row.label for row in labels_over(view, blocks[0])}
    if isinstance(label, str):
        labels.add(label)
    count = sum(block.count for block in blocks)
    for carried in (None, *sorted(labels)):
        for vintage in (None, *vintages) if len(vintages) == 1 else (None,):
            for project in (None, *projects) if len(projects) == 1 else (None,):
                chosen = without_none(vintage=vintage, project=project, label=carried)
                for order in ORDERS:
                    yield {"count": count, "instrument": min(instruments), "order": order, **chosen}


# By the type of the command's `subject_entry`.
COMMANDS_BY_EVENT: Final[Mapping[str, CommandsOf]] = {
    "ledger.opened": CommandsOf((), lambda *_: iter(())),
    "account.opened": _event("open_account"),
    "account.amended": _event("amend_account"),
    "device.registered": _event("register_device"),
    "device.amended": _event("amend_device"),
    "meter.registered": _event("register_meter"),
    "meter.calibrated": CommandsOf(("record_calibration",), _calibrated),
    "project.registered": _event("register_project"),
    "registry.registered": _event("register_registry"),
    "methodology.adopted": _fields("adopt_methodology", "methodology"),
    "methodology.attested": _event("adopt_methodology"),
    "factor.adopted": _event("adopt_factor"),
    "generation.recorded": _run("device", "record_generation", "record_readings"),
    "meter.recorded": _run("meter", "record_meter", "record_meter_readings"),
    "document.described": _event("describe_document"),
    "generation.corrected": _corrected("device", "correct_generation", "correct_readings"),
    "meter.corrected": _corrected("meter", "correct_meter"),
    "issuance.recorded": CommandsOf(("issue", "issue_carry"), _issued),
    "issuance.voided": _fields("void", "issuance", "reason"),
    "units.transferred": _units("transfer", "from"),
    "units.retired": _units("retire"),
    "units.cancelled": _units("cancel"),
    "units.withdrawn": _units("withdraw", ""),
    "units.exported": _units("export"),
    "units.converted": CommandsOf(("convert",), _converted),
    "block.imported": CommandsOf(("import_block",), _imported),
    "units.labelled": _units("label", ""),
    "units.unlabelled": _units("unlabel", ""),
    "units.locked": _units("lock"),
    "units.released": _units("release"),
    "buffer.released": _units("release_buffer"),
    "buffer.cancelled": _units("cancel_buffer"),
    "transfer.offered": _units("offer", "from"),
    "transfer.accepted": _event("accept"),
    "transfer.ended": CommandsOf(tuple(_ENDS.values()), _ended),
    "relation.declared": _event("declare_relation"),
    "relation.ended": _event("end_relation"),
    "role.granted": _event("grant"),
    "role.revoked": _event("revoke"),
    "quantification.approved": CommandsOf(("approve",), _approved),
    "approval.revoked": _event("revoke_approval"),
    "verification.stated": _event("state_verification"),
    "zone.adopted": CommandsOf(("adopt_zone",), _adopted),
    "time.advanced": _fields("advance_clock", "reason"),
}


def subject_entry(entries: Sequence[Entry]) -> Entry:
    """The entry whose type identifies the command: the first entry of an import, the last of every other command."""
    return entries[0] if entries[0].type == BLOCK_IMPORTED else entries[-1]


def requests_of(view: View, entries: Sequence[Entry]) -> Requests | None:
    """Every request that can have written a command's entries, or None if the entries do not determine the requests.

    Args:
        view: The state before the last of the entries.
        entries: The command's entries, in order.
    """
    subject = subject_entry(entries)
    if subject.type == QUANTIFICATION_APPROVED and "device" in subject.event:
        return None  # the request named the quantification of all devices together
    return COMMANDS_BY_EVENT[subject.type].requests(view, entries)
