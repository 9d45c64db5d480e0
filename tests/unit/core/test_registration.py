"""Registrations: an id belongs to one record, and another record with the same id is refused."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve
from tests.conftest import device, dump
from tests.support.forging import found_in
from tests.support.metered_project import MAY, factor, metered, project
from tests.support.other_registry import BAKU, GCC, PRODUCTION, gs, import_go, import_serial, open_ledger

import carbon_ledger as cl
from carbon_ledger import errors
from carbon_ledger.registries.builtin import RELEASED_GRAMMARS

__all__ = ["metered", "open_ledger"]


def refusal(kind: type[errors.CarbonLedgerError], ledger: cl.Ledger, do: Callable[[], object]) -> str:
    """Refuse, leave no trace, and give what was said."""
    before = dump(ledger)
    with pytest.raises(kind) as refused:
        do()
    assert dump(ledger) == before
    return f"{getattr(refused.value, 'rule', '')}: {refused.value}"


def test_a_registry_is_registered_once_and_not_after_its_built_in_grammar_served(open_ledger: cl.Ledger) -> None:
    """A number space is one for ever: a second grammar could name another, and let a unit in again."""
    open_ledger.register_registry(GCC)
    for other in (GCC, evolve(GCC, lowest=1)):
        said = refusal(
            errors.AlreadyRegisteredError, open_ledger, lambda given=other: open_ledger.register_registry(given)
        )
        assert "registry gcc: already registered by entry 4" in said
    import_serial(open_ledger, gs(1, 10))
    own = evolve(GCC, id="gold-standard")
    said = refusal(errors.AlreadyRegisteredError, open_ledger, lambda: open_ledger.register_registry(own))
    assert "registry gold-standard: this is the id of the built-in grammar" in said


_VERRA = cl.serials.GRAMMARS["verra"].forms
_GS = cl.serials.GRAMMARS["gold-standard"].forms[0].template
_CAR = cl.serials.GRAMMARS["car"].forms[0].template


def own(*templates: str) -> cl.SerialGrammar:
    forms = tuple(cl.SerialForm(template, space="") for template in templates)
    return cl.SerialGrammar(id="own", name="Another name", forms=forms, lowest=0, source="x")


COPIES = {
    "the same forms": (evolve(GCC, id="own", name="x", source="x", forms=_VERRA), "verra"),
    "in another order": (evolve(GCC, id="own", forms=_VERRA[::-1]), "verra"),
    "one of its forms": (evolve(GCC, id="own", forms=_VERRA[1:]), "verra"),
    "one more form": (own("MINE-{first}-{last}", _GS), "gold-standard"),
    "other names": (own(_GS.replace("batch", "lot").replace("vintage", "year")), "gold-standard"),
    "another space": (evolve(GCC, id="own", forms=(evolve(_VERRA[0], space="{batch}"),)), "verra"),
    "numbers elsewhere": (own(_GS.replace("{batch:digits}-{first}-{last}", "{first}-{last}-{batch}")), "gold-standard"),
    "other lengths": (own(_GS.replace("{batch:digits}", "{batch:digits 1-9}")), "gold-standard"),
    "other kinds": (own(_GS.replace("{unit:digits}-", "{unit:code 3}/")), "gold-standard"),
    "fixed text": (own(_GS.replace("{batch:digits}", "30645").replace("{unit:digits}", "1")), "gold-standard"),
    "lower case": (own(_GS.replace("GS", "gs")), "gold-standard"),
    "other separators": (own(_GS.replace("-", " ")), "gold-standard"),
    "another word between the numbers": (own(_CAR.replace(" to ", "...")), "car"),
    "an earlier grammar's form": (own("gcc-{first}-{last}"), "gcc"),
}


@pytest.mark.parametrize("copy", COPIES)
def test_a_grammar_that_reads_serials_of_another_registry_is_refused(open_ledger: cl.Ledger, copy: str) -> None:
    """Invariants 27 and 30: the same text never enters twice, whatever the registry is called."""
    open_ledger.register_registry(GCC)
    grammar, other = COPIES[copy]
    said = refusal(errors.AlreadyRegisteredError, open_ledger, lambda: open_ledger.register_registry(grammar))
    assert said.startswith("same-registry: registry own: form ")
    assert f"that registry {other} reads as" in said
    assert f"pass registry='{other}'" in said
    assert "unknown-registry" in refusal(
        errors.UnknownThingError, open_ledger, lambda: import_serial(open_ledger, gs(1, 9), registry="own")
    )


def test_a_grammar_with_texts_of_its_own_is_registered_after_others(open_ledger: cl.Ledger) -> None:
    open_ledger.register_registry(GCC)
    open_ledger.register_registry("verra")
    import_serial(open_ledger, gs(1, 9))
    for k in (1, 2):
        open_ledger.register_registry(evolve(own(f"OWN{k}-{{p}}-{{first}}-{{last}}"), id=f"own-{k}"))
    assert open_ledger.grammar("own-2").forms[0].template == "OWN2-{p}-{first}-{last}"


def test_a_forged_copy_of_a_grammar_is_found(open_ledger: cl.Ledger) -> None:
    """Invariant 30: the rule compares the forms, whoever wrote the entry."""
    open_ledger.register_registry(GCC)
    open_ledger.register_registry(own("MINE-{first}-{last}"))
    found = found_in(open_ledger, 5, lambda event: event["grammar"]["forms"][0].update(template=_GS))
    assert found.entry == 5
    assert "[same-registry]" in found.detail


ART = "ART-GY-102-2025-11-1 to 9"
OF_ART = {
    "registry": "art-trees",
    "instrument": cl.Instrument(id="TREES", name="TREES", unit="tCO2e", claim="emission-reduction", source="s"),
    "project": "ART102",
}


def test_no_released_id_of_a_built_in_grammar_is_ever_free_again() -> None:
    """An entry of schema 1 pins no grammar of its own under these ids; later versions add none to them."""
    assert RELEASED_GRAMMARS == (
        "acr", "art-trees", "car", "cdm", "cercarbono", "gold-standard", "isometric", "m-rets", "undp", "verra",
    )  # fmt: skip


@pytest.mark.parametrize("name", cl.serials.GRAMMARS)
def test_the_id_of_each_built_in_grammar_is_its_own(open_ledger: cl.Ledger, name: str) -> None:
    """Invariants 27 and 30: at the door and in a forged entry, whatever the grammar reads."""
    mine = evolve(own("MINE-{first}-{last}"), id=name)
    said = refusal(errors.AlreadyRegisteredError, open_ledger, lambda: open_ledger.register_registry(mine))
    assert said.startswith(f"already-registered: registry {name}: this is the id of the built-in grammar of ")
    open_ledger.register_registry(own("MINE-{first}-{last}"))
    found = found_in(open_ledger, 4, lambda event: event.update(registry=name))
    assert (found.entry, "[already-registered]" in found.detail) == (4, True)


@pytest.mark.parametrize(
    "template", [form.template for grammar in cl.serials.GRAMMARS.values() for form in grammar.forms]
)
def test_the_texts_of_each_built_in_grammar_are_its_own(open_ledger: cl.Ledger, template: str) -> None:
    """Invariants 27 and 30: also in a forged entry, and before the ledger uses the built-in grammar."""
    copy = own(template)
    said = refusal(errors.AlreadyRegisteredError, open_ledger, lambda: open_ledger.register_registry(copy))
    assert said.startswith("same-registry: registry own: form ")
    open_ledger.register_registry(own("MINE-{first}-{last}"))
    found = found_in(open_ledger, 4, lambda event: event["grammar"]["forms"][0].update(template=template))
    assert (found.entry, "[same-registry]" in found.detail) == (4, True)


@pytest.mark.parametrize("by_import", [True, False])
def test_the_use_of_a_built_in_grammar_leaves_other_texts_free(open_ledger: cl.Ledger, by_import: bool) -> None:
    open_ledger.register_registry(own("MINE-{first}-{last}"))
    import_serial(open_ledger, ART, **OF_ART) if by_import else open_ledger.register_registry("art-trees")
    open_ledger.register_registry(evolve(own("OTHER-{first}-{last}"), id="other"))
    assert import_serial(open_ledger, ART.replace("1 to 9", "11 to 19"), **OF_ART).count == 9


@pytest.mark.parametrize("given", ["gcc", "", None, 7])
def test_what_is_no_grammar_is_not_registered(open_ledger: cl.Ledger, given: Any) -> None:
    assert "expected a SerialGrammar or one of acr" in refusal(
        errors.SerialError, open_ledger, lambda: open_ledger.register_registry(given)
    )


def test_a_built_in_instruments_id_is_its_own(open_ledger: cl.Ledger) -> None:
    """Nobody takes the id first, so that the built-in instrument could not be used any more."""
    open_ledger.register_device(device())
    mine = cl.Instrument(id="EECS-GO", name="Mine", unit="MWh", claim="energy-attribute", source="s")
    project = cl.Project(id="p", instrument=mine, zone=BAKU, devices=("plant",))
    for do in (
        lambda: import_go(open_ledger, 1, 9, instrument=mine),
        lambda: open_ledger.register_project(project),
    ):
        assert "instrument EECS-GO: this is the id of a built-in instrument with other fields" in refusal(
            errors.AlreadyRegisteredError, open_ledger, do
        )
    import_go(open_ledger, 1, 9)


def test_an_instrument_is_pinned_and_stands_for_one_record(open_ledger: cl.Ledger) -> None:
    mine = cl.Instrument(id="X", name="X", unit="MWh", claim="energy-attribute", valid_months=12, source="s")
    batch = import_go(open_ledger, 1, 9, instrument=mine)
    assert batch.expires_utc == mine.expires_utc(PRODUCTION.end_utc, BAKU)
    other = evolve(mine, valid_months=24)
    open_ledger.register_device(device())
    project = cl.Project(id="p", instrument=other, zone=BAKU, devices=("plant",))
    for do in (
        lambda: import_go(open_ledger, 10, 19, instrument=other),
        lambda: open_ledger.register_project(project),
    ):
        assert "instrument X: entry 4 uses this id" in refusal(errors.AlreadyRegisteredError, open_ledger, do)
    import_go(open_ledger, 10, 19, instrument=mine)
    open_ledger.register_project(evolve(project, instrument=mine))


TEXT = cl.Waiver("methodology-text", "read in secondary sources")


def test_an_adopted_id_means_one_record_for_ever(metered: cl.Ledger) -> None:
    """Invariant 23: a revision has an id of its own."""
    metered.adopt_factor(factor())
    assert metered.factor("f") == factor()
    assert metered.quantify("credits", MAY, factor="f") == metered.quantify("credits", MAY, factor=factor())
    before = dump(metered)
    revised = factor(value="0.6")
    for ask in (
        lambda: metered.quantify("credits", MAY, factor=revised),
        lambda: metered.issue("credits", MAY, to="op", factor=revised, waivers=[TEXT]),
    ):
        with pytest.raises(errors.FactorError, match=r"adopted another record under this id \(0\.5 tCO2e/MWh\)"):
            ask()
    with pytest.raises(errors.AlreadyRegisteredError):
        metered.adopt_factor(revised)
    assert dump(metered) == before
    other = factor(factor_id="f-2", value="0.6")
    (batch,) = metered.issue("credits", MAY, to="op", factor=other, waivers=[TEXT])
    assert batch.count == 60
    assert metered.factor("f-2").value == "0.6"


def test_a_methodology_is_adopted_with_its_first_project(metered: cl.Ledger) -> None:
    """Design decision 13: once, however many projects follow it."""
    before = metered.size
    metered.register_project(project("more"))
    assert [metered.entry(n).type for n in range(before, metered.size)] == ["project.registered"]
    adopted = [entry.event["methodology"] for entry in metered.entries() if entry.type == "methodology.adopted"]
    assert adopted == ["ACM0002@22.0"]
    assert metered.quantify("more", MAY, factor=factor()).amount == Decimal(50)


def test_an_instrument_s_id_means_one_record(ledger: cl.Ledger) -> None:
    """Units of one id add, so two projects cannot mean different things by it."""
    ledger.register_device(device())
    mine = cl.Instrument(id="MINE", name="Mine", unit="MWh", claim="energy-attribute")
    other = cl.Instrument(id="MINE", name="Mine", unit="Wh", claim="energy-attribute", granular=True)
    for name, instrument in (("a", mine), ("b", mine)):
        ledger.register_project(cl.Project(id=name, instrument=instrument, zone="UTC", devices=("plant",)))
    before = dump(ledger)
    with pytest.raises(errors.AlreadyRegisteredError, match="instrument MINE"):
        ledger.register_project(cl.Project(id="c", instrument=other, zone="UTC", devices=("plant",)))
    assert dump(ledger) == before


GSRN = "571313180400000018"


def test_an_external_identifier_belongs_to_one_device(ledger: cl.Ledger) -> None:
    """Domain invariant 31: GSRN, EIC, meter number and any other scheme, however they are written."""
    given = {"GSRN": GSRN, "EIC": "10YNL----------L", "meter-number": "A 17-3", "irec": "AZ-0042"}
    ledger.register_device(device("first", identifiers=given))
    assert dict(ledger.device("first").identifiers) == {name.lower(): value for name, value in given.items()}
    written = {"gsrn": "57 1313-180400000018", "eic": "10ynl----------l", "METER-NUMBER": "a173", "IREC": "az 0042"}
    for scheme, value in written.items():
        said = refusal(
            errors.AlreadyRegisteredError,
            ledger,
            lambda scheme=scheme, value=value: ledger.register_device(device("second", identifiers={scheme: value})),
        )
        assert "registered it for device first" in said
    ledger.register_device(device("second", identifiers={"other": "AZ-0042"}))
    assert ledger.audit().passed


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"identifiers": {"irec": "az 1"}}, "registered it for device first"),
        ({"identifiers": {"IREC": "2"}}, "not in normal form"),
        ({"identifiers": {"gsrn": GSRN[:-1] + "7"}}, "check digit"),
        ({"identifiers": {"eic": "10ynl----------l"}}, "not in normal form"),
        ({"latitude": "40"}, "latitude and longitude"),
        ({"latitude": "90.1", "longitude": "0"}, "degrees from -90 to 90"),
        ({"decommissioned": "2020-01-01"}, "after the day on which it was commissioned"),
    ],
)
def test_a_forged_device_is_a_finding(change: dict[str, Any], words: str) -> None:
    """Domain invariants 31 and 34."""
    ledger = cl.open_ledger(":memory:")
    ledger.register_device(device("first", identifiers={"irec": "AZ-1"}))
    ledger.register_device(device("second"))
    assert words in str(found_in(ledger, ledger.size - 1, lambda event: event.update(change)))


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"latitude": "40.1"}, errors.QuantityError),
        ({"longitude": "40.1"}, errors.QuantityError),
        ({"latitude": 40.1, "longitude": "46"}, errors.InexactNumberError),
        ({"latitude": "-90.01", "longitude": "46"}, errors.QuantityError),
        ({"latitude": "40", "longitude": "180.01"}, errors.QuantityError),
        ({"decommissioned": "2019-12-31"}, errors.QuantityError),
        ({"commissioned": None, "decommissioned": "2019-12-31"}, errors.QuantityError),
        ({"identifiers": "GSRN"}, errors.QuantityError),
    ],
)
def test_what_no_device_has_is_refused(fields: dict[str, Any], kind: type[Exception]) -> None:
    with pytest.raises(kind):
        device(**fields)


def test_a_place_is_exact(ledger: cl.Ledger) -> None:
    place = {"latitude": "-33.86880", "longitude": Decimal("151.2093")}
    ledger.register_device(device(**place))
    found = ledger.device("plant")
    assert (found.latitude, found.longitude) == (Decimal("-33.8688"), Decimal("151.2093"))
    assert ledger.entry(ledger.size - 1).event["latitude"] == "-33.8688"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda estimate: estimate["yearly_units"].update({"2024": "-1"}), "expected 0 or more"),
        (lambda estimate: estimate["yearly_units"].update({"9999": "1"}), "calendar year"),
        (lambda estimate: estimate["monthly_wh"].update({"1969-12": 1}), "calendar month"),
        (lambda estimate: estimate.update(day_basis="crediting-days"), "has no crediting period"),
        (lambda estimate: estimate.update(day_basis="360-days"), "360-days"),
        (lambda estimate: [estimate.pop(name) for name in ("monthly_wh", "yearly_units")], "monthly=, yearly= or both"),
        (lambda estimate: estimate.update(monthly_wh={}), "missing at least one field"),
        (lambda estimate: estimate.update(source=" "), "source"),
    ],
)
def test_a_forged_estimate_is_a_finding(change: Any, words: str) -> None:
    """Invariant 34: the rule refuses what the command refuses, because the rule makes the same record."""
    ledger = cl.open_ledger(":memory:")
    ledger.register_device(device())
    made = cl.Estimate(
        monthly={"2024-05": "5 GWh"}, yearly={2024: "60000"}, source="business plan", day_basis="calendar-days"
    )
    ledger.register_project(
        cl.Project(id="p", instrument="I-REC-E", zone="Asia/Baku", devices=("plant",), estimate=made)
    )
    finding = found_in(ledger, ledger.size - 1, lambda event: change(event["estimate"]))
    assert words in finding.detail
