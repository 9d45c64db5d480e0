"""Every argument of every command and function, with wrong values: only this library's errors are raised.

Invariant 36; after an error nothing has changed. Python's own `TypeError` stays for a missing or an unknown argument.
"""

import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import EVIDENCE, Clock, dump
from tests.support import arrow_producer as arrow
from tests.support.everything import BAKU, FilledLedger, everything, method_of
from tests.support.grid import tool07_functions
from tests.support.hostile_values import VALUES

import carbon_ledger as cl
from carbon_ledger import canonical, exact, factors, instruments, labels, signing, units
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.log import bundles, checkpoint, coordinates, note, proof
from carbon_ledger.metering.calibration import MeterError
from carbon_ledger.methodologies import FuelUse, ImportedElectricity, Leakage, life_of, methodology_of
from carbon_ledger.periods import instants, zones
from carbon_ledger.serials import SerialForm, SerialGrammar, block_of
from carbon_ledger.units import spellings

PATHS: set[str] = set()
PART = 24  # of all values, each argument meets one in so many; which ones, its place says
SHARES = [0, *(pytest.param(share, marks=pytest.mark.slow) for share in (1, 2))]  # the slow tests give it more
SKIPPED = {  # int() is a function of its own, with an error of its own
    ("audit", "progress"): "a class",
    ("audit a published log", "source"): "a class",
}


class Undo(Exception):  # noqa: N818 no error: it undoes what succeeded
    """Raised where a call succeeded, to undo it."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> FilledLedger:
    return everything(tmp_path_factory.mktemp("made"))


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes a path may write: nowhere but here."""
    monkeypatch.chdir(tmp_path)


def replaced(arguments: Mapping[str, Any], place: int, part: int = PART) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """The arguments, one of them replaced."""
    for position, name in enumerate(arguments):
        if name in PATHS:
            continue
        for number, (what, make) in enumerate(VALUES.items()):
            if (number + position + place) % part == 0:
                yield name, what, dict(arguments) | {name: make()}


def attempt(call: Callable[..., object], given: Mapping[str, Any]) -> None:
    """Call it; an error that is none of ours comes out of here."""
    said = ""
    try:
        call(**given)
    except cl.CarbonLedgerError as error:
        said = str(error)
    assert len(said) < 9_000
    assert said.replace("\n", "").isprintable()


def undone(made: FilledLedger, name: str, call: Callable[[], object]) -> None:
    """Call it, and undo what it did."""
    if name in ("backup", "publish"):  # which are refused in a batch, and change nothing in the ledger
        call()
        return
    with suppress(Undo), made.ledger.batch():
        call()
        raise Undo


COMMANDS = sorted(
    name
    for name, thing in inspect.getmembers(cl.Ledger, callable)
    if not name.startswith("_") and len(inspect.signature(thing).parameters) > 1
)


# Given in place of another argument, never with it.
INSTEAD = {"as_of": {"entry"}, "generation_by": {"project"}}


def test_every_command_and_question_has_a_valid_call(made: FilledLedger) -> None:
    assert sorted(made.calls) == COMMANDS
    for name, arguments in made.calls.items():
        _, *taken = inspect.signature(getattr(cl.Ledger, name)).parameters
        assert set(arguments) == set(taken) - INSTEAD.get(name, set()), name
        days = 500 if name == "advance_clock" else 0
        made.clock.move(days=days)
        undone(made, name, lambda name=name, arguments=arguments: method_of(made, name)(**arguments))
        made.clock.move(days=-days)


@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize("name", COMMANDS)
def test_an_argument_of_a_ledger_may_be_anything(made: FilledLedger, name: str, share: int) -> None:
    before, size = dump(made.ledger), made.ledger.size
    for argument, what, given in replaced(made.calls[name], COMMANDS.index(name) + 8 * share):
        if SKIPPED.get((name, argument)) == what:
            continue
        undone(made, name, lambda given=given: attempt(method_of(made, name), given))
        assert made.ledger.size == size, (argument, what)
    assert dump(made.ledger) == before


def signed_note(text: bytes, signer: signing.Signer) -> bytes:
    """A note with one signature."""
    return signing.sign_note(text, signer)


def functions() -> dict[str, tuple[Callable[..., object], dict[str, Any]]]:
    """Public functions and records, each with valid arguments."""
    may = cl.Period.month(2024, 5, zone=BAKU)
    question = {"region": "AZ", "purpose": "crediting", "kind": None, "technology": None, "on": may}
    registry = factors.builtin()
    key = signing.generate_signer("log.example/one")
    text = checkpoint.format_checkpoint(checkpoint.Checkpoint("log.example/one", 7, bytes(32)))
    signed = signing.sign_note(text, key)
    block = cl.Block("p/2024/1", 1, 9)
    expected = cl.Estimate(yearly={2024: "9"}, monthly={"2024-05": "5 MWh"}, source="s", day_basis="crediting-days")
    emission = {"vintage": 2024, "source": "a test", "evidence": EVIDENCE}
    csv = {
        "time_column": "time",
        "value_column": "net",
        "zone": BAKU,
        "unit": "MWh",
        "step": "1 hour",
        "delimiter": ",",
    }
    return {
        "quantity": (cl.quantity, {"value": "5 MWh"}),
        "convert": (cl.convert, {"value": "5 MWh", "unit": "GJ", "rounding": cl.Rounding("floor", places=3)}),
        "energy": (units.energy, {"wh": 5}),
        "emissions": (units.emissions, {"t": 5}),
        "unit": (spellings.checked_unit, {"spelling": "MWh", "name": "unit"}),
        "decimal": (exact.checked_decimal, {"value": "5", "name": "n"}),
        "rounding": (cl.Rounding, {"direction": "floor", "places": 3}),
        "round": (cl.Rounding("floor", places=3).apply, {"number": 5}),
        "period": (cl.Period, {"start_utc": 0, "end_utc": 3_600, "zone": BAKU}),
        "period of": (cl.Period.of, {"start": "2024-05-01", "end": "2024-06-01", "zone": BAKU}),
        "day": (cl.Period.day, {"day": "2024-05-01", "zone": BAKU}),
        "month": (cl.Period.month, {"year": 2024, "month": 5, "zone": BAKU}),
        "year": (cl.Period.year, {"year": 2024, "zone": BAKU}),
        "years": (cl.Period.years, {"start": "2024-05-01", "count": 7, "zone": BAKU}),
        "days": (may.days, {"zone": BAKU}),
        "split": (may.split_by_year, {"zone": BAKU}),
        "instant": (instants.instant_utc, {"value": "2024-05-01", "name": "t", "zone": BAKU}),
        "recorded": (instants.instant_of, {"text": "2024-05-01T00:00:00Z"}),
        "date": (instants.checked_date, {"value": "2024-05-01", "name": "d"}),
        "zone": (zones.zone_info, {"name": BAKU}),
        "block": (cl.Block, {"batch_id": "p/2024/1", "first": 1, "last": 5}),
        "block of": (block_of, {"value": "p/2024/1/1"}),
        "take": (block.take, {"count": 3}),
        "serial": (cl.parse_serial, {"text": "GS1-1-KE-GS7495-16-2025-30645-608-609", "registry": None, "count": 2}),
        "form": (SerialForm, {"template": "A-{p}-{first}-{last}", "space": "{p}"}),
        "grammar": (
            SerialGrammar,
            {"id": "g", "name": "G", "forms": (SerialForm("A-{first}-{last}", space=""),), "lowest": 0, "source": "s"},
        ),
        "label": (labels.label_of, {"value": "CORSIA"}),
        "waiver": (cl.Waiver, {"name": "gap", "reason": "why"}),
        "device": (
            cl.Device,
            {
                "id": "d", "name": "D", "technology": "hydro/run-of-river", "capacity": "1 MW", "country": "AZ",
                "grid": "AZ", "zone": BAKU, "commissioned": "2020-01-01",
            },
        ),
        "meter": (cl.Meter, {"id": "m", "shares": {"a": 1}}),
        "project": (
            cl.Project,
            {
                "id": "p", "instrument": "GCC-ACC", "zone": BAKU, "devices": ("d",), "methodology": "ACM0002@22.0",
                "baseline": "greenfield", "crediting_period": cl.Period.years("2021-01-01", 10, zone=BAKU),
                "history": None, "requires_approval": True, "baseline_year": "calendar", "registered": "2024-01-01",
                "estimate": None,
            },
        ),
        "estimate": (
            cl.Estimate,
            {"monthly": {"2024-05": "5 MWh"}, "yearly": {2024: "9"}, "source": "s", "day_basis": "calendar-days"},
        ),
        "energy of an estimate": (expected.energy, {"period": may, "zone": BAKU, "crediting": may}),
        "units of an estimate": (expected.units, {"period": may, "zone": BAKU, "crediting": may}),
        "life of a methodology": (life_of, {"methodology": "ACM0002@22.0", "instrument": "VCS-VCU"}),
        **tool07_functions(),
        "instrument": (
            cl.Instrument,
            {"id": "i", "name": "I", "unit": "MWh", "claim": "energy-attribute", "granular": False, "source": "s"},
        ),
        "instrument of": (instruments.instrument_of, {"value": "GC"}),
        "factor": (
            cl.EmissionFactor,
            {
                "factor_id": "f", "value": "0.5", "unit": "tCO2e/MWh", "kind": "combined_margin", "region": "AZ",
                "source": "s", "technologies": ("hydro",), "data_years": (2020,), "valid_from": "2024-01-01",
                "weights": ("0.5", "0.5"), "flags": ("a",), "crediting_period_ordinal": 1,
            },
        ),
        "get a factor": (registry.get, {"factor_id": "ifi-2021-v3.1-az-firm"}),
        "find a factor": (registry.find, question),
        "explain a factor": (registry.explain, question),
        "fuel": (factors.fuel, {"name": "crude-oil"}),
        "co2e": (factors.co2e, {"mass": "1 t", "gas": "CH4", "gwp_set": "AR5"}),
        "meter error": (MeterError, {"share": "0.2 %"}),
        "methodology": (methodology_of, {"text": "ACM0002@22.0"}),
        "leakage": (Leakage, emission | {"amount": "1 tCO2e", "reason": "r"}),
        "import": (
            ImportedElectricity,
            emission | {"amount": "1 MWh", "meter": "m", "emission_factor": "0.6 tCO2e/MWh", "losses": "3 %"},
        ),
        "fuel use": (
            FuelUse,
            emission
            | {
                "fuel": "diesel", "amount": "12.5 t", "ncv": "43.3 TJ/Gg", "emission_factor": "74800 kgCO2/TJ",
                "basis": "ipcc-upper",
            },
        ),
        "profile": (cl.ConsumptionProfile, {"start": "2024-05-01T00:00Z", "step": "1 hour", "consumption_wh": [1, 2]}),
        "selection": (
            cl.Selection,
            {"count": 3, "instrument": "GC", "order": "oldest-issue", "vintage": 2024, "project": "p", "label": "E+"},
        ),
        "meter file": (cl.read_meter_csv, csv | {"path": "m.csv", "time_format": "%Y", "missing": "gap"}),
        "meter frame": (
            cl.read_meter_frame,
            {
                "frame": arrow.Producer([arrow.table(arrow.instants([0, 3600]), arrow.integers([1, 2], b"net"))]),
                "time": "time", "zone": BAKU, "step": "1 hour", "values": ["net"], "stamp": "start",
                "quality": {"default": "measured"}, "meter_column": "", "channel_column": "", "missing_is": "refuse",
                "remainder": "refuse",
            },
        ),
        "registry file": (
            cl.read_registry_csv,
            {
                "path": "r.csv", "serial_column": "S", "quantity_column": "Q", "registry": "acr", "columns": (),
                "thousands": ",",
            },
        ),
        "registry file with ranges": (
            cl.read_registry_csv,
            {
                "path": "r.csv", "serial_column": "S", "quantity_column": "Q", "range_columns": ["F", "L"],
                "quantity_unit": "kg", "quantity": "parent-total", "parent_columns": ["P"], "revision_column": "R",
                "revisions": "newest",
            },
        ),
        "registry balances": (
            cl.read_registry_balances,
            {
                "path": "r.csv", "id_columns": ["I"], "issued_column": "Q", "retired_columns": ["R"],
                "cancelled_columns": ["C"], "held_columns": ["H"], "thousands": ",", "empty": "zero",
            },
        ),
        "digest of a file": (cl.digest_file, {"path": "m.csv"}),
        "factor file": (factors.read_factor_csv, {"path": "f.csv"}),
        "eGRID": (factors.read_egrid, {"path": "f.csv", "release": "r", "data_year": 2023, "known_on": "2024-01-01"}),
        "IFI": (factors.read_ifi_table, {"path": "f.csv", "version": "v", "known_on": "2024-01-01"}),
        "OWID": (factors.read_owid, {"path": "f.csv", "release": "r", "known_on": "2024-01-01", "supersedes": ()}),
        "OWID energy": (
            factors.read_owid_energy,
            {"path": "f.csv", "codebook": "c.csv", "release": "r", "known_on": "2024-01-01", "supersedes": ()},
        ),
        "open factors": (factors.read_open_factors, {"path": "f.csv", "release": "r", "known_on": "2024-01-01"}),
        "EPA fuels": (factors.read_epa_fuels, {"path": "f.csv", "release": "r", "known_on": "2024-01-01"}),
        "receipt": (cl.verify_receipt, {"receipt": b"", "entry": b"", "trusted_keys": [key.verifier_key]}),
        "signer": (signing.generate_signer, {"name": "log.example/one"}),
        "sign": (signed_note, {"text": text, "signer": key}),
        "verify": (signing.verify_note, {"note": signed, "trusted_keys": [str(key.verifier_key)]}),
        "verify a checkpoint": (
            signing.verify_checkpoint,
            {"note": signed, "trusted_keys": [key.verifier_key], "origin": "log.example/one"},
        ),
        "verifier key": (signing.VerifierKey.parse, {"text": str(key.verifier_key)}),
        "signing key": (signing.Signer.from_bytes, {"data": key.encode()}),
        "signing key of a file": (signing.Signer.from_file, {"path": "k"}),
        "save a key": (key.save, {"path": "key"}),
        "checkpoint": (checkpoint.Checkpoint, {"origin": "log.example/one", "size": 7, "root": bytes(32)}),
        "parse a checkpoint": (checkpoint.parse_checkpoint, {"text": text}),
        "parse a note": (note.parse_note, {"data": signed}),
        "parse a proof": (proof.parse_proof, {"data": b""}),
        "tile": (coordinates.Tile, {"level": 0, "index": 5, "width": 256}),
        "tile path": (coordinates.Tile.parse, {"path": "tile/0/001"}),
        "bundle path": (coordinates.Bundle.parse, {"path": "tile/entries/001"}),
        "bundle": (bundles.decode_bundle, {"bundle": coordinates.Bundle(0, 1), "data": b"\0\1a"}),
        "canonical": (canonical.dumps, {"value": {"a": [1]}}),
        "read canonical": (canonical.loads, {"data": b"{}"}),
        "identifier": (canonical.identifier, {"value": "a", "name": "device"}),
        "entry": (Entry.from_bytes, {"data": b"{}"}),
        "open": (
            cl.open_ledger,
            {
                "path": ":memory:", "ledger_id": "t", "by": "me", "clock": Clock(), "policy": "open", "timeout_s": 5,
                "read_only": False,
            },
        ),
        "audit a published log": (cl.audit_published, {"source": "published", "trusted_keys": [key.verifier_key]}),
    }  # fmt: skip


FUNCTIONS = functions()


@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_an_argument_of_a_function_may_be_anything(name: str, share: int) -> None:
    call, arguments = FUNCTIONS[name]
    attempt(call, arguments)
    for argument, what, given in replaced(arguments, len(name) + 6 * share, part=18):
        if SKIPPED.get((name, argument)) != what:
            attempt(call, given)
