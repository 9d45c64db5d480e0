"""Messages about methodologies of a caller's own: objects that are passed, what they return, what an audit lacks."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from attrs import evolve

import carbon_ledger as cl
from carbon_ledger.core.methodologies import Known, OwnMethodology, other_code
from carbon_ledger.errors import MethodologyError
from carbon_ledger.exact import Rounding
from carbon_ledger.ledger.methodologies import imported_methodologies, known_methodologies, places_of
from carbon_ledger.methodologies import methodology_of, quantify_lines
from carbon_ledger.methodologies.base import ISSUANCE_FLOOR, Activity, Line, Methodology, RoundingPoint
from carbon_ledger.methodologies.outcomes import guarded, require_outcome
from tests.conftest import EVIDENCE, device
from tests.golden.own_methodology import METHODOLOGY
from tests.messages.ledgers import BAKU, MAY, begin
from tests.messages.snapshots import PRINTED, Case, Expect, Output, Refusal, outputs, refusals, refused

FUEL = cl.EmissionFactor(factor_id="f", value="0.5", unit="tCO2e/MWh", kind="fuel", region="AZ", source="a test")
OTHER = "sha256:" + "0" * 64


def passed(**fields: object) -> cl.Ledger:
    return cl.open_ledger(":memory:", methodologies=[evolve(METHODOLOGY, **fields)])


def issued(ledger: cl.Ledger) -> cl.Ledger:
    ledger.open_account("op", name="Op")
    ledger.register_device(device())
    ledger.register_project(
        cl.Project(
            id="heat",
            instrument="GCC-ACC",
            zone=BAKU,
            devices=("plant",),
            methodology=METHODOLOGY.key,
            baseline="greenfield",
            crediting_period=cl.Period.years("2021-01-01", 10, zone=BAKU),
        )
    )
    ledger.record_generation("plant", MAY, net="100 MWh")
    ledger.issue("heat", MAY, factor=FUEL, to="op")
    return ledger


def own() -> cl.Ledger:
    return cl.open_ledger(":memory:", ledger_id="test", by="tester", methodologies=[METHODOLOGY])


def placed(place: str | None, digest: str | None = None) -> Known:
    known = known_methodologies([METHODOLOGY]).own[METHODOLOGY.key]
    item = OwnMethodology(methodology=METHODOLOGY, code_digest=digest or known.code_digest, place=place)
    return Known(own={METHODOLOGY.key: item})


PLACE = "tests.golden.own_methodology:METHODOLOGY"
ROUND = Rounding("floor", places=0)
LINE = Line(symbol="X", name="x", value=Decimal(1), unit="1", source="s")

PASSING: list[Refusal] = [
    ("methodologies-that-are-one", lambda: cl.open_ledger(":memory:", methodologies=METHODOLOGY), MethodologyError),
    ("methodology-by-its-key", lambda: cl.open_ledger(":memory:", methodologies=["OWN-A@1"]), MethodologyError),
    ("two-of-one-key", lambda: known_methodologies([METHODOLOGY, METHODOLOGY]), MethodologyError),
    ("key-of-this-library", lambda: known_methodologies([methodology_of("ACM0002@22.0")]), MethodologyError),
    ("name-without-own", lambda: passed(name="HEAT"), MethodologyError),
    ("malformed-name", lambda: passed(name="OWN HEAT"), MethodologyError),
    ("malformed-version", lambda: passed(version=""), MethodologyError),
    ("confidence", lambda: passed(confidence="sure"), MethodologyError),
    ("roundings", lambda: passed(roundings=(RoundingPoint("a", ROUND),)), MethodologyError),
    ("factor-kinds", lambda: passed(factor_kinds=("guess",)), MethodologyError),
    ("limit", lambda: passed(limit_w=15_000_000), MethodologyError),
    ("text-seen", lambda: passed(text_seen="yes"), MethodologyError),
    ("calculation-that-is-no-function", lambda: passed(calculation=Decimal), MethodologyError),
    ("calculation-of-this-library", lambda: passed(calculation=quantify_lines), MethodologyError),
    ("check-of-another-module", lambda: passed(checks=(device,)), MethodologyError),
    ("copy-of-an-object", lambda: passed(title="A copy"), MethodologyError),
    ("script-for-workers", lambda: places_of(placed(None)), MethodologyError),
    ("worker-without-module", lambda: imported_methodologies(places_of(placed("nowhere:M"))), MethodologyError),
    ("worker-with-other-code", lambda: imported_methodologies(places_of(placed(PLACE, OTHER))), MethodologyError),
    ("methodology-not-passed", lambda: begin().adopt_methodology("OWN-GOLDEN@1.0"), MethodologyError),
]


def returned(outcome: object) -> None:
    generation = cl.methodologies.VintageGeneration(2024, "plant", 1_000_000)
    activity = Activity(
        project="p",
        baseline="greenfield",
        crediting_period_ordinal=1,
        devices=(device(),),
        period=MAY,
        generation=[generation],
    )
    require_outcome("OWN-A@1", activity, outcome)


def line(**fields: Any) -> Callable[[], None]:
    given = {"symbol": "X", "name": "x", "value": Decimal(1), "unit": "1", "source": "s"} | fields
    return lambda: returned(((Line(**given),), ()))


def failed() -> object:
    raise KeyError("boiler")


RETURNING: list[Refusal] = [
    ("no-pair", lambda: returned(None), MethodologyError),
    ("no-line", lambda: returned(((7,), ())), MethodologyError),
    ("symbol", line(symbol="X Y"), MethodologyError),
    ("line-twice", lambda: returned((2 * (LINE,), ())), MethodologyError),
    ("float", line(value=1.5), MethodologyError),
    ("unit", line(unit="t of CO2"), MethodologyError),
    ("no-source", line(source=""), MethodologyError),
    ("confidence-of-line", line(confidence="sure"), MethodologyError),
    ("inputs", line(inputs=["EG"]), MethodologyError),
    ("input-that-is-no-line", line(inputs=("EG",)), MethodologyError),
    ("declared-emission", line(symbol="LE[2024,1]"), MethodologyError),
    ("no-amounts", line(), MethodologyError),
    ("amount-as-float", lambda: returned(((), ((2024, 1.5),))), MethodologyError),
    ("amount-without-line", lambda: returned(((), ((2024, Decimal(1)),))), MethodologyError),
    ("exception", lambda: guarded("OWN-A@1", "its calculation", failed), MethodologyError),
]

PAGES: list[Output] = [
    ("report-without-the-object", lambda: issued(own()).audit(methodologies=[])),
    (
        "message-of-other-code",
        lambda: other_code(3, METHODOLOGY.key, OTHER, placed(PLACE, EVIDENCE).own[METHODOLOGY.key]),
    ),
]


@refusals(PASSING, RETURNING)
def test_it_is_refused_in_these_words(case: Case, expect: Expect) -> None:
    expect(refused(case))


@outputs(PRINTED, PAGES)
def test_it_is_printed_so(case: Case, expect: Expect) -> None:
    """Without the root, which depends on the day of the test."""
    expect(" ".join(word for word in str(case.do()).split(" ") if len(word) < 65 or word.startswith("sha256:")))


def test_the_methodology_is_fit_for_its_ledger() -> None:
    assert isinstance(METHODOLOGY, Methodology)
    assert ISSUANCE_FLOOR in METHODOLOGY.roundings
    assert issued(own()).audit().passed
