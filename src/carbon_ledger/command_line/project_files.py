"""A project as a TOML file: the accounts, devices, meters, projects, factors and methodologies that it describes."""

import os
import tomllib
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from attrs import NOTHING, frozen
from attrs import fields as fields_of_class

from carbon_ledger.command_line.arguments import evidence_of, number_of
from carbon_ledger.command_line.registered import is_registered
from carbon_ledger.command_line.showing import plain
from carbon_ledger.devices import Device
from carbon_ledger.errors import (
    AlreadyRegisteredError,
    CarbonLedgerError,
    MissingDataError,
    QuantityError,
    RefusedError,
)
from carbon_ledger.estimates import Estimate
from carbon_ledger.factors import EmissionFactor, builtin
from carbon_ledger.files import read_file
from carbon_ledger.meters import Meter
from carbon_ledger.periods import Period
from carbon_ledger.printing import named, near, quote
from carbon_ledger.projects import Project
from carbon_ledger.waivers import Waiver

if TYPE_CHECKING:
    from carbon_ledger.ledger.ledger import Ledger

MOST_BYTES: Final = 1 << 20
_MOST_DOTS: Final = 1_000  # of a line: reading a name takes time as the square of its parts
# The tables of a file, in the order in which their things are registered, and what each is called.
TABLES: Final[Mapping[str, str]] = {
    "accounts": "account",
    "methodologies": "methodology",
    "factors": "factor",
    "devices": "device",
    "meters": "meter",
    "projects": "project",
}
_AMENDED: Final = ("account", "device")  # what can be amended; all else is registered again, under another id
_ACCOUNT_FIELDS: Final = ("id", "name", "legal_id", "contact")
_METHODOLOGY_FIELDS: Final = ("id", "text", "note")


@frozen
class Item:
    """Something that a file describes.

    Args:
        kind: What it is: ``account``, ``device``, ...
        id: Its id.
        record: Its fields as plain values, as the ledger has them.
        register: Registers it in a ledger.
    """

    kind: str
    id: str
    record: Mapping[str, Any]
    register: "Callable[[Ledger, Mapping[str, Any]], object]"


def read_project_file(path: str) -> tuple[Item, ...]:
    """What a TOML file describes, in the order in which it can be registered.

    Args:
        path: The file.

    Raises:
        MissingDataError: The file cannot be read.
        QuantityError: It is not TOML, or has a table or a field that does not exist.
        CarbonLedgerError: A value is invalid.
    """
    data = read_file(path, MissingDataError, most=MOST_BYTES)
    if any(line.count(b".") > _MOST_DOTS for line in data.splitlines()):
        raise QuantityError(f"{path}: a line has more than {_MOST_DOTS:,} points; shorten it")
    try:
        tables = tomllib.loads(data.decode("utf-8-sig"), parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        raise QuantityError(f"{path}: not TOML in UTF-8 ({str(error)[:200]}); correct the file") from None
    _require_known(tables, TABLES, path)
    found = []
    for table, kind in TABLES.items():
        rows = tables.get(table, [])
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise QuantityError(f"{path}: {table} is no list of tables; write [[{table}]] before each")
        found += [_item(kind, row, f"{path}: {kind} {number}", path) for number, row in enumerate(rows, 1)]
    _require_once(found, path)
    return tuple(found)


def _require_known(given: Mapping[str, Any], known: Sequence[str] | Mapping[str, Any], where: str) -> None:
    """Refuse a name that does not exist, with the one that it resembles."""
    for name in given:
        if name not in known:
            close = near(name, known)
            hint = f"did you mean {quote(close[0])}?" if close else f"known: {', '.join(known)}"
            raise QuantityError(f"{where}: there is no {quote(name, 60)}; {hint}")


def _require_once(items: Sequence[Item], path: str) -> None:
    seen = set()
    for item in items:
        if (item.kind, item.id) in seen:
            raise QuantityError(f"{path}: {item.kind} {item.id} is described twice; describe it once")
        seen.add((item.kind, item.id))


def _item(kind: str, row: dict[str, Any], where: str, path: str) -> Item:
    """One table of the file."""
    if not isinstance(row.get("id"), str):
        raise QuantityError(f"{where}: its id is missing; write id = ...")
    make = {
        "account": _account,
        "methodology": _methodology,
        "factor": _factor,
        "device": _device,
        "meter": _meter,
        "project": _project,
    }[kind]
    try:
        return make(row, f"{where} ({named(row['id'], 60)})", path)
    except TypeError:
        raise QuantityError(
            f"{where} ({named(row['id'], 60)}): a field is missing, or has a value of another kind"
        ) from None
    except CarbonLedgerError as error:
        _place(error, f"{where} ({named(row['id'], 60)})", f"{kind} {row['id']}: ", path)
        raise


def _place(error: CarbonLedgerError, where: str, subject: str, path: str) -> None:
    """Name the file and the table in the message of an error, once."""
    if not isinstance(error, RefusedError) and not (text := str(error)).startswith(f"{path}: "):
        error.args = (f"{where}: {text.removeprefix(subject)}",)


def _fields(kind: type, row: Mapping[str, Any], where: str, *others: str) -> dict[str, Any]:
    """The fields of a record, each of which exists, and all that are needed."""
    items = {item.alias: item for item in fields_of_class(kind) if item.init}
    _require_known(row, [*items, *others], where)
    lacking = [name for name, item in items.items() if item.default is NOTHING and name not in row]
    if lacking:
        raise QuantityError(f"{where}: {', '.join(lacking)} is missing")
    return {name: value for name, value in row.items() if name not in others}


def _account(row: dict[str, Any], where: str, _: str) -> Item:
    _require_known(row, _ACCOUNT_FIELDS, where)
    if "name" not in row:
        raise QuantityError(f"{where}: name is missing")
    given = {name: value for name, value in row.items() if name != "id"}
    return Item("account", row["id"], row, lambda ledger, common: ledger.open_account(row["id"], **given, **common))


def _methodology(row: dict[str, Any], where: str, path: str) -> Item:
    _require_known(row, _METHODOLOGY_FIELDS, where)
    text = row.get("text")
    if text is not None and not str(text).startswith("sha256:"):
        text = os.path.join(os.path.dirname(path), str(text))  # beside the TOML file
    digest, note = evidence_of(text), row.get("note")
    record = {"id": row["id"]} | ({} if digest is None else {"text": digest})
    return Item(
        "methodology",
        row["id"],
        record,
        lambda ledger, common: ledger.adopt_methodology(row["id"], text=digest, note=note, **common),
    )


def _factor(row: dict[str, Any], where: str, _: str) -> Item:
    if row.get("builtin") is True:
        _require_known(row, ("id", "builtin"), where)
        factor = builtin().get(row["id"])
    else:
        if "factor_id" in row:
            raise QuantityError(f"{where}: there is no 'factor_id'; its id is written id = ...")
        given = {("factor_id" if name == "id" else name): value for name, value in row.items()}
        factor = EmissionFactor(**_fields(EmissionFactor, given, where))
    return Item(
        "factor",
        factor.factor_id,
        plain(factor.to_record()),
        lambda ledger, common: ledger.adopt_factor(factor, **common),
    )


def _device(row: dict[str, Any], where: str, _: str) -> Item:
    device = Device(**_fields(Device, row, where))
    return Item(
        "device", device.id, plain(device.to_record()), lambda ledger, common: ledger.register_device(device, **common)
    )


def _meter(row: dict[str, Any], where: str, _: str) -> Item:
    meter = Meter(**_fields(Meter, row, where))
    return Item(
        "meter", meter.id, plain(meter.to_record()), lambda ledger, common: ledger.register_meter(meter, **common)
    )


def _project(row: dict[str, Any], where: str, _: str) -> Item:
    given = _fields(Project, row, where, "waivers")
    if "crediting_period" in given:
        given["crediting_period"] = _crediting_period(given["crediting_period"], given.get("zone"), where)
    if isinstance(given.get("history"), dict):
        given["history"] = {number_of(year): energy for year, energy in given["history"].items()}
    if "estimate" in given:
        given["estimate"] = _estimate(given["estimate"], where)
    project, waivers = Project(**given), _waivers(row.get("waivers", []), where)
    return Item(
        "project",
        project.id,
        plain(project.to_record()),
        lambda ledger, common: ledger.register_project(project, waivers=waivers, **common),
    )


def _table(value: object, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise QuantityError(f"{where}: {quote(value, 60)}, expected a table in braces")
    return value


def _crediting_period(value: object, zone: Any, where: str) -> Period:
    """A crediting period: a start, and either years or an exclusive end."""
    table = _table(value, f"{where}: crediting_period")
    _require_known(table, ("start", "end", "years"), f"{where}: crediting_period")
    if "start" not in table or ("end" in table) == ("years" in table):
        raise QuantityError(f"{where}: crediting_period has a start, and either years or an end")
    if "years" in table:
        return Period.years(table["start"], table["years"], zone=zone)
    return Period.of(table["start"], table["end"], zone=zone)


def _estimate(value: object, where: str) -> Estimate:
    table = _fields(Estimate, _table(value, f"{where}: estimate"), f"{where}: estimate")
    if isinstance(table.get("yearly"), dict):
        table["yearly"] = {number_of(year): units for year, units in table["yearly"].items()}
    return Estimate(**table)


def _waivers(value: object, where: str) -> list[Waiver]:
    if not isinstance(value, list):
        raise QuantityError(f"{where}: waivers is no list; write [[projects.waivers]] before each")
    found = []
    for row in value:
        table = _table(row, f"{where}: a waiver")
        _require_known(table, ("name", "reason"), f"{where}: a waiver")
        found.append(Waiver(table.get("name", ""), table.get("reason", "")))
    return found


def news_of(ledger: "Ledger", items: Sequence[Item]) -> tuple[Item, ...]:
    """What of the items the ledger does not have yet.

    Args:
        ledger: The ledger.
        items: What a file describes.

    Raises:
        AlreadyRegisteredError: Something is registered otherwise than the file describes it.
    """
    news, changes = [], []
    for item in items:
        if not is_registered(ledger, item.kind, item.id):
            news.append(item)
        elif item.kind == "methodology":
            news += [] if _is_attested(ledger, item) else [item]
        elif differing := _differences(_registered(ledger, item), item.record):
            changes.append(f"{item.kind} {item.id}: {'; '.join(differing)}; {_how_to_change(item)}")
    if changes:
        raise AlreadyRegisteredError(f"{len(changes)} of {len(items)} descriptions", ". ".join(changes))
    return tuple(news)


def _registered(ledger: "Ledger", item: Item) -> Mapping[str, Any]:
    thing = getattr(ledger, item.kind)(item.id)
    if item.kind == "account":
        return {name: value for name in _ACCOUNT_FIELDS if (value := getattr(thing, name)) is not None}
    record: Mapping[str, Any] = plain(thing.to_record())
    return record


def _is_attested(ledger: "Ledger", item: Item) -> bool:
    text = item.record.get("text")
    return text is None or any(found.text == text for found in ledger.attestations(item.id))


def _differences(registered: Mapping[str, Any], described: Mapping[str, Any]) -> list[str]:
    """The fields that differ: what is registered, and what the file has."""
    return [
        f"{name} is {quote(registered.get(name))}, and the file has {quote(described.get(name))}"
        for name in sorted({*registered, *described})
        if registered.get(name) != described.get(name)
    ]


def _how_to_change(item: Item) -> str:
    if item.kind in _AMENDED:
        return f"correct the file, or amend it with {item.kind} amend {item.id}"
    return f"correct the file, or describe another {item.kind} under a new id: this one is never replaced"


def apply_items(ledger: "Ledger", items: Sequence[Item], common: Mapping[str, Any]) -> tuple[Item, ...]:
    """Register what the ledger does not have yet.

    Args:
        ledger: The ledger.
        items: What a file describes.
        common: Arguments of every command: the actor.

    Returns:
        What was registered.

    Raises:
        AlreadyRegisteredError: Something is registered otherwise than the file describes it.
        CarbonLedgerError: A rule refuses something; the message names it.
    """
    news = news_of(ledger, items)
    for item in news:
        item.register(ledger, common)
    return news
