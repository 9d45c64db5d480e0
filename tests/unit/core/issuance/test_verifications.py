"""Verifiers' statements: what one may say, which root it is about, and what overtakes it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import EVIDENCE, Clock, device, dump
from tests.support.forging import found_in
from tests.support.metered_project import project as credited
from tests.support.staffed_ledger import JULY, JUNE, MAY, begin, project

import carbon_ledger as cl
from carbon_ledger import errors

REPORT = "sha256:" + "e" * 64
BAKU = "Asia/Baku"
WINTER = cl.Period.of("2023-12-01", "2024-02-01", zone=BAKU)
STATEMENT: dict[str, Any] = {
    "body": "Verifiers Ltd",
    "opinion": "unmodified",
    "assurance": "reasonable",
    "quantities": {2024: 10},
    "report": REPORT,
}


@pytest.fixture(params=["memory", "sqlite"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> cl.Ledger:
    """May and June recorded for a project that requires a statement, and for one that does not."""
    opened = begin(":memory:" if request.param == "memory" else tmp_path / "stated.db", clock)
    with opened.batch():
        opened.grant("issuer", "verifier")
        for name in ("plant", "second"):
            opened.register_device(device(name))
        opened.register_project(project(requires_verification=True))
        opened.register_project(project("rival", devices=("plant", "second")))
        for period in (MAY, JUNE):
            opened.record_generation("plant", period, net="10.5 MWh", by="meter-operator")
    return opened


def state(ledger: cl.Ledger, period: cl.Period = MAY, **given: Any) -> Any:
    seen = {"size": ledger.size, "root": ledger.root(), "by": "verifier"}
    return ledger.state_verification(given.pop("project", "p"), period, **(STATEMENT | seen | given))


def correct(ledger: cl.Ledger, period: cl.Period = MAY, net: str = "10 MWh") -> int:
    ledger.correct_generation("plant", period, net=net, reason="r", evidence=EVIDENCE, by="meter-operator")
    return ledger.size - 1


def refused(rule: str, action: Callable[[], object]) -> str:
    with pytest.raises(errors.RefusedError) as caught:
        action()
    assert caught.value.rule == rule
    return caught.value.detail


def test_a_statement_is_listed_as_it_was_recorded(ledger: cl.Ledger) -> None:
    size, root = ledger.size, ledger.root()
    made = state(
        ledger, accreditation="DAkkS D-VS-1", quantities={2024: "10.50"}, open_requests={"FAR-1": "Calibrate."}, key="k"
    )
    assert (made.n, made.by, made.project, made.period) == (size, "verifier", "p", MAY)
    assert (made.size, made.root, made.body, made.accreditation) == (size, root, "Verifiers Ltd", "DAkkS D-VS-1")
    assert (made.opinion, made.assurance, made.report) == ("unmodified", "reasonable", REPORT)
    assert {year: str(quantity) for year, quantity in made.quantities.items()} == {2024: "10.5"}
    assert dict(made.open_requests) == {"FAR-1": "Calibrate."}
    assert (made.replaces, made.replaced_by, made.overtaken_by) == ((), None, ())
    assert list(ledger.verifications("p")) == [made]
    assert list(ledger.verifications("rival")) == []
    assert list(ledger.as_of(entry=made.n - 1).verifications("p")) == []
    again = state(
        ledger,
        accreditation="DAkkS D-VS-1",
        quantities={2024: "10.50"},
        open_requests={"FAR-1": "Calibrate."},
        key="k",
        size=size,
        root=bytes.fromhex(root),
    )
    assert (again, ledger.size) == (made, size + 1)
    assert ledger.audit().passed


def test_what_is_not_given_is_not_in_the_entry(ledger: cl.Ledger) -> None:
    """And a project without the requirement has no such field, so that older ledgers keep their bytes."""
    made = state(ledger)
    assert set(ledger.entry(made.n).event) == {
        *("project", "period", "size", "root", "body", "opinion", "assurance", "quantities", "report")
    }
    assert "requires_verification" not in ledger.project("rival").to_record()
    assert ledger.project("p").to_record()["requires_verification"] is True


def test_the_root_is_that_of_the_log_at_that_size(ledger: cl.Ledger) -> None:
    """Of every size since the project: a verifier saw the ledger as it was at some time, not as it is."""
    registered = ledger._view().registration("project", "p") or 0
    before = dump(ledger)
    for size in range(1, ledger.size + 2):
        root = ledger.as_of(entry=size - 1).root() if size <= ledger.size else 64 * "0"
        if not registered < size <= ledger.size:
            refused("verification-size", lambda size=size, root=root: state(ledger, size=size, root=root))
        for wrong in {ledger.root(), 64 * "0"} - {root}:
            with pytest.raises(errors.RefusedError, match=r"root|entries"):
                state(ledger, size=size, root=wrong)
    assert dump(ledger) == before
    middle = registered + 1
    assert state(ledger, size=middle, root=ledger.as_of(entry=middle - 1).root()).size == middle
    assert ledger.audit().passed


def test_the_root_of_a_long_log_is_found(ledger: cl.Ledger) -> None:
    """Beyond one tile of 256 hashes."""
    with ledger.batch():
        for k in range(300):
            ledger.open_account(f"a{k}", name="A")
    for size in (255, 256, 257, 290):
        made = state(ledger, MAY, size=size, root=ledger.as_of(entry=size - 1).root(), replaces=_standing(ledger))
        assert made.size == size
    assert ledger.audit().passed


def _standing(ledger: cl.Ledger) -> list[int]:
    return [item.n for item in ledger.verifications("p") if item.replaced_by is None]


def test_a_period_has_ended(ledger: cl.Ledger, clock: Clock) -> None:
    coming = cl.Period(MAY.start_utc, int(clock.now.timestamp()) + 3600, BAKU)
    refused("future-period", lambda: state(ledger, coming))


def test_quantities_are_of_vintages_of_the_period(ledger: cl.Ledger) -> None:
    assert "has 2024 in Asia/Baku" in refused("verification-vintage", lambda: state(ledger, quantities={2023: 1}))
    both = state(ledger, WINTER, quantities={2024: 1, 2023: 2})
    assert list(both.quantities) == [2023, 2024]
    edge = cl.Period.of("2023-12-01", "2024-01-01", zone=BAKU)
    refused("verification-vintage", lambda: state(ledger, edge, quantities={2024: 1}))
    refused("verification-opinion", lambda: state(ledger, quantities={2024: -1}))
    with pytest.raises(errors.QuantityError):
        state(ledger, quantities={2024: "0." + 41 * "1"})


@pytest.mark.parametrize("opinion", ["adverse", "disclaimed"])
def test_an_opinion_that_supports_nothing_has_no_quantity(ledger: cl.Ledger, opinion: str) -> None:
    refused("verification-opinion", lambda: state(ledger, opinion=opinion))
    assert dict(state(ledger, opinion=opinion, quantities={}).quantities) == {}


@pytest.mark.parametrize(
    "wrong",
    [
        {"opinion": "qualified"},
        {"opinion": None},
        {"assurance": "absolute"},
        {"quantities": None},
        {"quantities": [10]},
        {"quantities": {"2024": 10}},
        {"quantities": {2024: 1.5}},
        {"quantities": {1: 1}},
        {"report": "a report"},
        {"size": 0},
        {"size": "9"},
        {"root": "0"},
        {"root": 64 * "G"},
        {"root": b"0"},
        {"body": ""},
        {"accreditation": ""},
        {"open_requests": ["FAR-1"]},
        {"open_requests": {"FAR 1": "Calibrate."}},
        {"open_requests": {"FAR-1": ""}},
        {"replaces": "5"},
        {"replaces": [-1]},
        {"replaces": True},
        {"replaces": 1.5},
    ],
)
def test_malformed_arguments_are_refused_and_change_nothing(ledger: cl.Ledger, wrong: dict[str, Any]) -> None:
    before = dump(ledger)
    with pytest.raises(errors.QuantityError):
        state(ledger, **wrong)
    with pytest.raises(errors.MissingDataError):
        state(ledger, report=None)
    assert dump(ledger) == before


def test_a_second_statement_about_the_same_time_says_which_it_replaces(ledger: cl.Ledger) -> None:
    may, june = state(ledger), state(ledger, JUNE)
    both = cl.Period(MAY.start_utc, JUNE.end_utc, BAKU)
    assert f"e.g. replaces={may.n}" in refused("verification-overlap", lambda: state(ledger))
    refused("verification-overlap", lambda: state(ledger, both))
    refused("verification-overlap", lambda: state(ledger, both, replaces=may))
    refused("verification-overlap", lambda: state(ledger, replaces=[may, june]))
    for unknown in (0, may.n - 1, ledger.size, ledger.size + 7):
        refused("unknown-verification", lambda unknown=unknown: state(ledger, replaces=[may.n, unknown]))
    other = state(ledger, project="rival")
    refused("unknown-verification", lambda: state(ledger, replaces=[may, other]))
    whole = state(ledger, both, replaces=[june.n, may])
    assert whole.replaces == (may.n, june.n)
    assert [item.replaced_by for item in ledger.verifications("p")] == [whole.n, whole.n, None]
    refused("verification-replaced", lambda: state(ledger, replaces=[may, whole]))
    assert state(ledger, replaces=whole).replaced_by is None
    state(ledger, JUNE)
    assert ledger.audit().passed


def test_a_correction_overtakes_the_statement_of_its_time(ledger: cl.Ledger) -> None:
    """Also one that restores the value, and one that was recorded between what the verifier saw and the statement."""
    may, june = state(ledger), state(ledger, JUNE)
    first = correct(ledger)
    back = correct(ledger, net="10.5 MWh")
    assert [item.overtaken_by for item in ledger.verifications("p")] == [(first, back), ()]
    assert [item.overtaken_by for item in ledger.as_of(entry=first).verifications("p")] == [(first,), ()]
    assert [item.overtaken_by for item in ledger.as_of(entry=june.n).verifications("p")] == [(), ()]
    late = state(ledger, replaces=may, size=back, root=ledger.as_of(entry=back - 1).root())
    assert late.overtaken_by == (back,)
    assert state(ledger, replaces=late).overtaken_by == ()


def test_a_late_reading_overtakes_the_statement_of_its_time(ledger: cl.Ledger) -> None:
    """The verifier saw a gap, or no gap; a reading beside the verified time changes nothing."""
    early = cl.Period.of("2024-05-01", "2024-07-15", zone=BAKU)
    made = state(ledger, early)
    ledger.record_generation("second", MAY, net="1 MWh", by="meter-operator")
    assert ledger.verifications("p")[0].overtaken_by == ()
    ledger.record_generation("plant", JULY.days()[20], net="1 MWh", by="meter-operator")
    assert ledger.verifications("p")[0].overtaken_by == ()
    ledger.record_generation("plant", JULY.days()[3], net="1 MWh", by="meter-operator")
    assert ledger.verifications("p")[0].overtaken_by == (ledger.size - 1,)
    assert made.overtaken_by == ()


def test_a_late_calibration_overtakes_the_statement_of_credits_alone(ledger: cl.Ledger) -> None:
    ledger.register_project(credited("credits"))
    ledger.register_meter(
        cl.Meter(
            id="m", shares={"plant": 1}, accuracy_class="0.2S", installed="2024-01-01", calibration_due="2024-05-10"
        )
    )
    for name in ("credits", "p"):
        state(ledger, project=name)
    done = {"done": "2024-05-20", "maximum_error": "0.2 %", "evidence": EVIDENCE, "by": "meter-operator"}
    ledger.record_calibration("m", due="2024-05-10", next_due="2025-05-10", **done)
    assert [ledger.verifications(name)[0].overtaken_by for name in ("credits", "p")] == [(ledger.size - 1,), ()]
    ledger.record_calibration("m", **(done | {"done": "2025-05-01"}), due="2025-05-10")
    assert len(ledger.verifications("credits")[0].overtaken_by) == 1


def test_a_late_calibration_overtakes_the_days_that_it_is_about(ledger: cl.Ledger) -> None:
    """It was due on 10 May and done on 20 May: both days are included, and the days beside them are not."""
    ledger.register_project(credited("credits"))
    ledger.register_meter(
        cl.Meter(
            id="m", shares={"plant": 1}, accuracy_class="0.2S", installed="2024-01-01", calibration_due="2024-05-10"
        )
    )
    days = [MAY.days()[k - 1] for k in (9, 10, 20, 21)]
    for day in days:
        state(ledger, day, project="credits")
    done = {"done": "2024-05-20", "maximum_error": "0.2 %", "evidence": EVIDENCE, "by": "meter-operator"}
    ledger.record_calibration("m", due="2024-05-10", next_due="2025-05-10", **done)
    assert [bool(item.overtaken_by) for item in ledger.verifications("credits")] == [False, True, True, False]


def test_only_a_verifier_states(ledger: cl.Ledger) -> None:
    for actor in ("registrar", "meter-operator", "auditor"):
        with pytest.raises(errors.NotAuthorisedError):
            state(ledger, by=actor)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"root": 64 * "0"}, "but the first"),
        ({"size": 2}, "the verifier saw only"),
        ({"size": 10_000}, "entries before this one"),
        ({"opinion": "adverse"}, "supports no quantity"),
        ({"opinion": "qualified"}, "opinion"),
        ({"quantities": [{"vintage": 2023, "amount": "1"}]}, "a quantity of vintage 2023"),
        ({"quantities": [{"vintage": 2024, "amount": "-1"}]}, "expected 0 or more"),
        ({"quantities": [{"vintage": 2024, "amount": "1"}, {"vintage": 2024, "amount": "2"}]}, "normal form"),
        ({"quantities": [{"vintage": 2024, "amount": "0." + 41 * "1"}]}, "places"),
        (
            {"period": {"start": "2024-04-30T20:00:00Z", "end": "2099-05-31T20:00:00Z", "zone": BAKU}},
            "has not happened",
        ),
        ({"period": {"start": "2024-05-30T20:00:00Z", "end": "2024-06-02T20:00:00Z", "zone": BAKU}}, "same time"),
        ({"replaces": [5]}, "no statement about project"),
        ({"replaces": [1 << 40]}, "no statement about project"),
        ({"project": "nobody"}, "not registered"),
        ({"zone_rules": {"release": "2024a", "transitions": [], "closing": "", "first": 0}}, "zone"),
    ],
)
def test_a_forged_statement_is_a_finding(change: dict[str, Any], words: str) -> None:
    """Domain invariant 34."""
    ledger = cl.open_ledger(":memory:")
    ledger.register_device(device())
    ledger.register_project(project())
    ledger.state_verification("p", JUNE, **STATEMENT, size=ledger.size, root=ledger.root())
    ledger.state_verification("p", MAY, **STATEMENT, size=ledger.size, root=ledger.root())
    assert ledger.audit().passed
    assert words in str(found_in(ledger, ledger.size - 1, lambda event: event.update(change)))


def test_a_forged_replacement_is_a_finding() -> None:
    """Domain invariant 34."""
    ledger = cl.open_ledger(":memory:")
    ledger.register_device(device())
    ledger.register_project(project())

    def stated(period: cl.Period, **given: Any) -> int:
        seen = {"size": ledger.size, "root": ledger.root()}
        return ledger.state_verification("p", period, **STATEMENT, **seen, **given).n

    june, first = stated(JUNE), stated(MAY)
    second = stated(MAY, replaces=first)
    last = stated(MAY, replaces=second)
    for numbers, words in (
        ([], "replaces"),
        ([first], "replaced verification"),
        ([june, second], "is about other time"),
        ([second, june], "normal form"),
        ([second, second], "normal form"),
    ):
        assert words in str(found_in(ledger, last, lambda event, numbers=numbers: event.update(replaces=numbers)))
    assert "same time" in str(found_in(ledger, last, lambda event: event.pop("replaces")))
