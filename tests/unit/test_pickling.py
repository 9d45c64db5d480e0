"""Errors and records survive pickle and copy, as they must to be returned by a worker process."""

import copy
import inspect
import pickle
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import attrs
import pytest
from tests.conftest import Clock, device
from tests.messages.ledgers import busy
from tests.support.arrow_producer import Producer, instants, integers, table
from tests.support.everything import APRIL, BAKU, FACTOR, MAY, TAKEN, everything
from tests.support.other_registry import GCC

import carbon_ledger as cl
from carbon_ledger import errors

KINDS = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, errors.CarbonLedgerError)]
WAYS: list[Callable[[Any], Any]] = [
    *(lambda thing, protocol=protocol: pickle.loads(pickle.dumps(thing, protocol)) for protocol in range(6)),
    copy.copy,
    copy.deepcopy,
]


class OfAUser(errors.RefusedError):
    """What somebody builds on ours: other arguments, keyword-only ones, one that is no part of the message."""

    default_rule = "quota"

    def __init__(self, account: str, *, left: int) -> None:
        """Say it in words of its own."""
        super().__init__(f"account {account}", f"{left} requests left")
        self.left = left


def made(kind: type[errors.CarbonLedgerError]) -> errors.CarbonLedgerError:
    error = (
        kind("device d", "expected\nanother", rule="a-rule") if issubclass(kind, errors.RefusedError) else kind("why")
    )
    error.add_note("a note")
    error.extra = ["more", 1]
    return error


def same(left: errors.CarbonLedgerError, right: errors.CarbonLedgerError) -> bool:
    return (
        type(left) is type(right)
        and left.args == right.args
        and vars(left) == vars(right)
        and str(left) == str(right)
        and repr(left) == repr(right)
        and left.__notes__ == right.__notes__
    )


@pytest.mark.parametrize("kind", KINDS)
def test_every_error_comes_back_as_it_was(kind: type[errors.CarbonLedgerError]) -> None:
    error = made(kind)
    for way in WAYS:
        again = way(error)
        assert again is not error
        assert same(error, again)
    if issubclass(kind, errors.RefusedError):
        assert (again.rule, again.subject, again.detail) == ("a-rule", "device d", "expected\nanother")


@pytest.mark.parametrize("kind", [kind for kind in KINDS if issubclass(kind, errors.RefusedError)])
def test_every_refusal_has_a_rule_of_its_own(kind: type[errors.RefusedError]) -> None:
    assert kind("x", "y").rule == kind.default_rule
    assert [other.__name__ for other in KINDS if getattr(other, "default_rule", "") == kind.default_rule] == [
        kind.__name__
    ]


def test_an_error_of_another_signature_comes_back() -> None:
    error = OfAUser("a", left=3)
    for way in WAYS:
        again = way(error)
        assert (type(again), again.left, again.rule, str(again)) == (OfAUser, 3, "quota", str(error))


def test_a_missing_extra_is_still_an_import_error() -> None:
    again = pickle.loads(pickle.dumps(errors.MissingExtraError("why", name="numpy", path="/x")))
    assert (again.msg, again.name, again.path, str(again)) == ("why", "numpy", "/x", "why")


def test_what_is_unknown_shares_a_base() -> None:
    named = {kind for kind in KINDS if kind.__name__.startswith("Unknown")} - {errors.UnknownUnitError}
    assert len(named) == 7
    assert all(issubclass(kind, errors.UnknownThingError) for kind in named)


@pytest.mark.parametrize(
    ("ask", "rule"),
    [
        (lambda ledger: ledger.balance("x"), "unknown-account"),
        (lambda ledger: ledger.retirement(99), "unknown-retirement"),
        (lambda ledger: ledger.accept(99), "unknown-offer"),
        (lambda ledger: ledger.revoke_approval(99, reason="why"), "unknown-approval"),
        (lambda ledger: ledger.grammar("nobody"), "unknown-registry"),
        (lambda ledger: ledger.document("nothing"), "unknown-document"),
    ],
)
def test_a_question_about_what_is_not_there_is_of_that_base(ask: Callable[[cl.Ledger], object], rule: str) -> None:
    with pytest.raises(errors.UnknownThingError) as refused:
        ask(busy())
    assert refused.value.rule == rule


def refuse(account: str) -> None:
    cl.open_ledger(":memory:").balance(account)


def test_a_process_pool_gives_the_refusal_back() -> None:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        with pytest.raises(errors.UnknownAccountError) as refused:
            pool.submit(refuse, "nobody").result(60)
        assert (refused.value.rule, refused.value.subject) == ("unknown-account", "account nobody")
    with get_context("spawn").Pool(1) as pool, pytest.raises(errors.UnknownAccountError):
        pool.apply_async(refuse, ("nobody",)).get(60)


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
    yield cl.NotRecomputed(methodology="OWN-A@1", reason="not passed", entries=(8,), count=1)
    yield from (ledger.audit(), cl.Finding("a check", 3, "what"), ledger.entry(3), ledger.quantify("p", MAY))
    bundles = ledger.energytag_bundles("op")
    yield from (bundles, bundles.unsaid[0], ledger.cad_trust_units("credits"))
    yield from (ledger.reconcile("p", APRIL), ledger.statement("op"), ledger.trace(f"{batch.batch_id}/1"))
    yield from (ledger.holdings("op"), ledger.balance("op", instrument="GC"), ledger.carry("p"), ledger.offers("op")[0])
    yield from (ledger.retirements("op")[0], ledger.approvals("p")[0], ledger.match(**calls["match"]), TAKEN)
    yield from (ledger.registry_serial(imported), ledger.hours(ledger.batches("h")[0]), ledger.labels(batch))
    yield from (cl.Selection(3, instrument="I-REC-E"), cl.Rounding("floor", places=3), calls["match"]["profile"])
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
    attesting = cl.open_ledger(":memory:")
    attesting.adopt_methodology("GCCM001@4.0", text="sha256:" + "0" * 64, note="compared")
    yield from attesting.attestations("GCCM001@4.0")
    yield from calibrated()
    yield from layouts()


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


def test_public_records_come_back_equal(tmp_path: Path) -> None:
    seen = set()
    for record in records(tmp_path):
        seen.add(type(record))
        for way in WAYS:
            again = way(record)
            assert again == record, type(record)
            assert type(again) is type(record)
            if attrs.has(type(record)):
                assert repr(again) == repr(record)
    public = {getattr(cl, name) for name in cl.__all__}
    assert {kind.__name__ for kind in public - seen if inspect.isclass(kind) and attrs.has(kind)} == set()


def test_a_quantity_comes_back_in_the_units_of_this_library() -> None:
    for text in ("5 MWh", "3 tCO2e", "2 h"):
        amount = cl.quantity(text)
        again = pickle.loads(pickle.dumps(amount))
        assert again == amount
        assert again + amount == 2 * amount
        assert cl.convert(again, text.split()[1]) == cl.convert(amount, text.split()[1])
