"""Public records, as a ledger and the package give them, and the classes of everything that is public."""

import inspect
import types
import typing
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import attrs
import pint
from tests.conftest import Clock, device
from tests.support.arrow_producer import Producer, instants, integers, table
from tests.support.everything import APRIL, BAKU, FACTOR, MAY, TAKEN, everything
from tests.support.other_registry import GCC

import carbon_ledger as cl

# JSON objects, whose values have the types of JSON; the log's reference describes them.
# Names that annotations have only for type checkers.
_LOCAL: Final = {"pint": pint, "SparkSession": object}
JSON: Final = ("to_record", "to_dict", "record", "event", "sigs")


def public_things() -> Iterator[tuple[str, Any]]:
    """Every public class and function, by the name that a caller imports."""
    for name in cl.__all__:
        thing = getattr(cl, name)
        if inspect.ismodule(thing):
            yield from names_of(thing, name)
        else:
            yield name, thing


def names_of(module: types.ModuleType, name: str) -> Iterator[tuple[str, Any]]:
    """The public names of a module that is public as a whole, and of the modules in it."""
    listed = getattr(module, "__all__", None)
    # What a module gives only on demand is among its variables only after somebody asked for it.
    for key in sorted(vars(module) if listed is None else listed):
        thing = getattr(module, key)
        own = listed is not None or getattr(thing, "__module__", "") == module.__name__
        if own and not key.startswith("_"):
            if inspect.ismodule(thing):
                yield from names_of(thing, f"{name}.{key}")
            elif inspect.isclass(thing) or inspect.isfunction(thing):
                yield f"{name}.{key}", thing


class Surface:
    """What the annotations of everything public lead to.

    Attributes:
        seen: Every class of this library, with the place where it was found.
        holes: Every place whose annotation says nothing: Any or object.
    """

    def __init__(self) -> None:
        self.seen: dict[type, str] = {}
        self.holes: list[str] = []
        for name, thing in public_things():
            if inspect.isclass(thing):
                self._class(thing, name)
            elif inspect.isfunction(thing):
                self._returned(thing, name)

    def _class(self, kind: type, where: str) -> None:
        if kind in self.seen or not kind.__module__.startswith("carbon_ledger"):
            return
        if issubclass(kind, BaseException):
            return
        self.seen[kind] = where
        for name in dir(kind):
            thing = inspect.getattr_static(kind, name)
            thing = thing.__func__ if isinstance(thing, staticmethod | classmethod) else thing
            thing = thing.fget if isinstance(thing, property) else thing
            if inspect.isfunction(thing) and not name.startswith("_") and name not in JSON:
                self._returned(thing, f"{kind.__name__}.{name}")
        if attrs.has(kind):
            hints = typing.get_type_hints(kind, localns=_LOCAL)
            for item in attrs.fields(kind):
                if not item.name.startswith("_") and item.name not in JSON:
                    self._type(hints[item.name], f"{kind.__name__}.{item.name}")

    def _returned(self, function: Any, where: str) -> None:
        names = {"pint": pint, "Decimal": Decimal, **vars(inspect.getmodule(function))}
        hints = typing.get_type_hints(inspect.unwrap(function), globalns=names, localns=_LOCAL)
        self._type(hints.get("return"), where)

    def _type(self, annotation: object, where: str) -> None:
        if annotation in (Any, object):
            self.holes.append(where)
        elif inspect.isclass(annotation) and not typing.get_args(annotation):
            self._class(annotation, where)
        elif not isinstance(annotation, typing.TypeVar):
            for part in _parts(typing.get_args(annotation)):
                self._type(part, where)


def _parts(arguments: Iterable[object]) -> Iterator[object]:
    for item in arguments:
        if isinstance(item, list | tuple):
            yield from _parts(item)
        elif item is not Ellipsis and not isinstance(item, str | int):
            yield item


def parts(thing: object) -> Iterator[object]:
    """A record and every record inside it, in its fields and their collections."""
    if hasattr(type(thing), "to_dict"):
        yield thing
    if attrs.has(type(thing)):
        for item in attrs.fields(type(thing)):
            yield from parts(getattr(thing, item.name))
    elif isinstance(thing, tuple | list | frozenset):
        for item in thing:
            yield from parts(item)
    elif isinstance(thing, dict | types.MappingProxyType):
        yield from parts(list(thing.values()))


def records(folder: Path) -> Iterator[Any]:
    """Public records, as a ledger and the package give them."""
    made = everything(folder)
    ledger, calls = made.ledger, made.calls
    (batch,) = ledger.batches("p")
    (imported,) = ledger.imported()
    yield from (
        batch,
        batch.block,
        APRIL,
        FACTOR,
        cl.instruments.BUILTIN["GC"],
        cl.Waiver("gap", "why"),
        GCC,
        GCC.forms[0],
    )
    yield from (ledger.device("plant"), ledger.project("credits"), ledger.meter("feeder"), ledger.issuances("p")[0])
    yield from (ledger.account("op"), *ledger.amendments(account="op"), *ledger.documents(), *ledger.relations("op"))
    yield from (cl.AuditNote(3, "what"), ledger.backup(folder / "copy.db"), ledger.positions("op")[0])
    yield from (ledger.positions("op"), ledger.positions("op").columns[0])
    yield ledger.generation_by(**calls["generation_by"])[0]
    yield cl.NotRecomputed(methodology="OWN-A@1", reason="not passed", entries=(8,), count=1)
    yield from (ledger.audit(), cl.Finding("a check", 3, "what"), ledger.entry(3), ledger.quantify("p", MAY))
    bundles = ledger.energytag_bundles("op")
    yield from (bundles, bundles.unsaid[0], ledger.cad_trust_units("credits"))
    yield from (ledger.reconcile("p", APRIL), ledger.statement("op"), ledger.trace(f"{batch.batch_id}/1"))
    yield from (ledger.holdings("op"), ledger.balance("op", instrument="GC"), ledger.carry("p"), ledger.offers("op")[0])
    yield from (ledger.retirements("op")[0], ledger.approvals("p")[0], ledger.match(**calls["match"]), TAKEN)
    yield from (ledger.registry_serial(imported), ledger.hours(ledger.batches("h")[0]), ledger.labels(batch))
    yield from (cl.Selection(3, instrument="I-REC-E"), cl.Rounding("floor", places=3), calls["match"]["profile"])
    yield calls["publish"]["views"]
    yield from (calls["publish"]["signer"].verifier_key, calls["receipt"]["checkpoint"], calls["record_run"]["run"])
    yield from (ledger.meter_layout(**calls["meter_layout"]), ledger.record_meter_file(**calls["record_meter_file"]))
    (folder / "m.csv").write_text("time,net\n2025-05-01T00:00,1\n2025-05-01T01:00,2\n")
    yield cl.read_meter_csv(folder / "m.csv", time_column="time", value_column="net", zone=BAKU)
    frame = Producer([table(instants([0, 3600]), integers([1, 2], b"net"))])
    metered = cl.read_meter_frame(frame, time="time", zone=BAKU, values="net")
    yield from (metered, metered.only, metered.layout.quality, metered.layout.values[0])
    (folder / "r.csv").write_text("S,Q\nACR-US-1-2024-7-1 to 5,5\nnone,1\n")
    yield cl.read_registry_csv(folder / "r.csv", serial_column="S", quantity_column="Q", registry="acr", columns=["S"])
    yield cl.read_registry_balances(folder / "r.csv", id_columns=["S"], issued_column="Q", held_columns=[])
    yield cl.update_dispositions(folder / "dispositions.csv", ledger.review()).rows[0]
    yield cl.read_dispositions(folder / "dispositions.csv")
    attesting = cl.open_ledger(":memory:")
    attesting.adopt_methodology("GCCM001@4.0", text="sha256:" + "0" * 64, note="compared")
    yield from attesting.attestations("GCCM001@4.0")
    yield from calibrated()
    yield from layouts()
    yield from (*ledger.claims(**calls["claims"]), *ledger.roles("tester"))
    receipt = ledger.receipt(3, checkpoint=calls["receipt"]["checkpoint"])
    yield cl.verify_receipt(receipt, ledger.entry_bytes(3), calls["publish"]["signer"].verifier_key)
    yield ledger.correct_generation(**calls["correct_generation"] | {"key": "c"})
    yield ledger.trace(f"{ledger.batches('w')[0].batch_id}/1")


def layouts() -> Iterator[Any]:
    """A layout with every part, and what was refused."""
    exchange = cl.MeterExchange(
        at="2025-05-01T12:00Z", last_standing="10", first_standing="0", evidence="sha256:" + "0" * 64
    )  # fmt: skip
    layout = cl.MeterLayout(
        name="plant", zone=BAKU, time={"columns": "t"}, values={"column": "kWh", "kind": "register"},
        exchanges=exchange, quality={"column": "q", "flags": {"geschätzt": "estimated"}},
    )  # fmt: skip
    yield from (layout, layout.table, layout.numbers, layout.time, layout.quality, *layout.values, *layout.exchanges)
    yield cl.WideLayout(first="1", last="48")
    yield cl.RefusedReading(line=2, column="kWh", error="QuantityError", reason="x")
    with TemporaryDirectory() as folder:
        path = Path(folder, "may.csv")
        path.write_text("time,Export kWh\n2024-05-13T00:00,5\n2024-05-13T01:00,3\n", encoding="utf-8")
        described = cl.describe_meter_file(path, zone=BAKU)
        yield from (described, *described.questions, described.answered(stamp="end"))


def calibrated() -> Iterator[Any]:
    """A calibration that was late, the issuance that did not apply it, and the volumes of the readings."""
    ledger = cl.open_ledger(":memory:", clock=Clock())
    ledger.open_account("op", name="Operator")
    ledger.register_device(device())
    ledger.register_meter(cl.Meter(id="own", shares={"plant": 1}))
    expected = cl.Estimate(monthly={"2025-05": "48 MWh"}, source="a plan", day_basis="calendar-days")
    yield expected
    ledger.register_project(cl.Project(id="e", instrument="I-REC-E", zone=BAKU, devices=("plant",), estimate=expected))
    ledger.record_generation("plant", MAY, export="50 MWh", import_="1 MWh", invoiced=("51 MWh", "1 MWh"))
    ledger.issue("e", MAY, to="op")
    given = {"due": "2025-05-02", "done": "2025-05-20", "evidence": "sha256:" + "0" * 64}
    yield ledger.record_calibration("own", maximum_error="0.2 %", **given)
    (recorded,) = ledger.calibrations("own")
    yield from ledger.reconcile("e", MAY).comparisons
    yield ledger.monitoring_report("e", MAY)
    yield from (recorded, recorded.calibration, *ledger.late_calibrations("e"), *ledger.volumes("plant", MAY))


def sample(kind: type) -> Any:
    """A record of a class with a value of its type in each field; no rule of the class is checked."""
    record = object.__new__(kind)
    hints = typing.get_type_hints(kind, localns=_LOCAL)
    for item in attrs.fields(kind):
        object.__setattr__(record, item.name, _sample_value(hints[item.name]))
    return record


_SAMPLES: Final[dict[object, object]] = {
    str: "a text",
    int: 7,
    bool: True,
    bytes: b"\x00",
    Decimal: Decimal("0.50"),
    Fraction: Fraction(1, 3),
    datetime: datetime(2025, 5, 1, 0, 0, 0, 123_456, tzinfo=UTC),
    date: date(2025, 5, 1),
    cl.Period: MAY,
    cl.EmissionFactor: FACTOR,
    cl.Waiver: cl.Waiver("gap", "why"),
    cl.Block: cl.Block("p/2025/1", 1, 3),
}


def _sample_value(annotation: Any) -> object:
    """A value of a type; of a union, of the first of its types."""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if annotation in _SAMPLES:
        return _SAMPLES[annotation]
    if origin in (typing.Union, types.UnionType):
        return _sample_value(arguments[0])
    if origin in (tuple, list, frozenset):
        return tuple(_sample_value(item) for item in arguments if item is not Ellipsis)
    if inspect.isclass(origin) and issubclass(origin, Mapping):
        return {"a name": _sample_value(arguments[1])}
    if inspect.isclass(annotation) and attrs.has(annotation):
        return sample(annotation)
    return None
