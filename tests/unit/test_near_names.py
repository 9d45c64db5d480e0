"""A misspelt name is refused with the name that was probably meant, whatever kind of name it is."""

from collections.abc import Callable

import pytest
from tests.conftest import EVIDENCE
from tests.messages.ledgers import busy

import carbon_ledger as cl
from carbon_ledger import errors
from carbon_ledger.printing import did_you_mean, one_of

YEAR = cl.Period.year(2025, zone="UTC")

CASES: dict[str, tuple[Callable[[cl.Ledger], object], str]] = {
    "state": (lambda ledger: ledger.holdings("op", state="retird"), "retired"),  # type: ignore[arg-type]
    "state of a position": (lambda ledger: ledger.positions(state="expird"), "expired"),  # type: ignore[arg-type]
    "instrument": (lambda ledger: ledger.positions(instrument="I-REC"), "I-REC-E"),
    "instrument of a balance": (lambda ledger: ledger.balance("op", instrument="EECS-G0"), "EECS-GO"),
    "instrument of a project": (
        lambda _: cl.Project(id="x", instrument="GCC-AAC", zone="UTC", devices=("plant",)),
        "GCC-ACC",
    ),
    "order": (lambda _: cl.Selection(1, instrument="GC", order="newest-vintag"), "newest-vintage"),  # type: ignore[arg-type]
    "role": (lambda ledger: ledger.actors("isuer"), "issuer"),  # type: ignore[arg-type]
    "policy": (lambda _: cl.open_ledger(":memory:", policy="role"), "roles"),  # type: ignore[arg-type]
    "account": (lambda ledger: ledger.balance("buyr"), "buyer"),
    "device": (lambda ledger: ledger.device("plnt"), "plant"),
    "meter": (lambda ledger: ledger.meter("feedr"), "feeder"),
    "waiver": (lambda _: cl.Waiver("gapp", "why"), "gap"),
    "quality": (
        lambda ledger: ledger.record_generation("plant", YEAR, net="1 MWh", quality="estimate"),  # type: ignore[arg-type]
        "estimated",
    ),
    "direction": (lambda _: cl.Rounding("flor", places=0), "floor"),  # type: ignore[arg-type]
    "technology": (
        lambda _: cl.Device(
            id="x", name="X", technology="wind/onshor", capacity="1 MW", country="DE", grid="DE", zone="UTC",
            commissioned="2024-01-01",
        ),
        "wind/onshore",
    ),
    "methodology": (lambda _: cl.methodologies.methodology_of("ACM002@22.0"), "ACM0002@22.0"),
    "label": (lambda ledger: ledger.label("x/2025/1/1", "corsi", evidence=EVIDENCE, reason="why"), "CORSIA"),
    "layout": (lambda _: cl.read_meter_file("none.csv", "nem-12"), "nem12"),
}  # fmt: skip


@pytest.mark.parametrize("kind", CASES)
def test_a_misspelt_name_is_refused_with_the_near_name(kind: str) -> None:
    ask, meant = CASES[kind]
    with pytest.raises(errors.CarbonLedgerError) as refused:
        ask(busy())
    assert f"did you mean '{meant}'?" in str(refused.value)


def test_a_project_and_a_factor_of_the_ledger_are_named() -> None:
    ledger = busy()
    project, factor = ledger.projects()[0].id, ledger.factors()[0].factor_id
    with pytest.raises(errors.UnknownProjectError, match=f"did you mean '{project}x*'"):
        ledger.project(f"{project}{project[-1]}" if len(project) > 2 else project.upper())
    with pytest.raises(errors.UnknownFactorError, match=f"did you mean '{factor}'"):
        ledger.factor(factor.upper())


def test_what_resembles_nothing_has_no_hint() -> None:
    with pytest.raises(errors.UnknownAccountError) as refused:
        busy().balance("zzzzzz")
    assert "did you mean" not in str(refused.value)
    assert did_you_mean(3, ["a"]) == did_you_mean("x" * 61, ["x" * 60]) == ""
    assert one_of("a", []) == "one of "


def test_a_misspelt_id_is_compared_with_the_first_thousand_only() -> None:
    """A refusal in a ledger of very many accounts reads a bounded number of ids, on every store."""
    ledger = cl.open_ledger(":memory:")
    with ledger.batch():
        for k in range(1_005):
            ledger.open_account(f"account-{k:05}", name="A")
    view = ledger._store.view()
    assert len(view.registrations("account", 1_000)) == 1_000
    assert list(view.registrations("account", 2)) == ["account-00000", "account-00001"]
    with pytest.raises(errors.UnknownAccountError, match="did you mean 'account-00"):
        ledger.balance("acount-00002")


def test_a_view_gives_the_first_ids_alone(ledger: cl.Ledger) -> None:
    view = ledger._store.view()
    every = list(view.registrations("account"))
    assert len(every) > 1
    assert list(view.registrations("account", 1)) == every[:1]
    assert list(view.registrations("account", None)) == every
