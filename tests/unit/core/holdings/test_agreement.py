"""An import agrees with its serial in instrument, project, production and vintage (domain invariant 30)."""

from typing import Any

import pytest
from attrs import evolve
from tests.conftest import Clock, dump
from tests.support.forging import found_in
from tests.support.other_registry import BAKU, GCC, event, gs, import_go, import_serial, open_ledger

import carbon_ledger as cl
from carbon_ledger import errors
from carbon_ledger.core.grammars import own_grammar_event
from carbon_ledger.registries import GRAMMARS

__all__ = ["open_ledger"]

VCU = "8040-1-10-VCU-042-MER-PE-14-1360-01072013-30062014-1"
ACR = "ACR-US-192-2025-203-1-10"
MINE = cl.Instrument(id="MY-VCU", name="Mine", unit="tCO2e", claim="emission-reduction", source="s")
ERT = cl.Instrument(id="ACR-ERT", name="ACR", unit="tCO2e", claim="emission-reduction", source="s")
VCU_INSTRUMENT = cl.instruments.BUILTIN["VCS-VCU"].to_record()


def period(start: str, end: str, zone: str = "UTC") -> cl.Period:
    return cl.Period.of(start, end, zone=zone)


VERRA: dict[str, Any] = {
    "registry": "verra",
    "instrument": "VCS-VCU",
    "project": "1360",
    "production": period("2013-07-01", "2014-07-01"),
}
OF_ACR: dict[str, Any] = {
    "registry": "acr",
    "instrument": ERT,
    "project": "ACR192",
    "production": period("2024-12-09", "2025-06-04"),
}


OF_MRETS: dict[str, Any] = {
    "registry": "m-rets",
    "instrument": "GCC-ACC",
    "project": "1",
    "production": period("2025-01-01", "2025-06-04"),
}


def produced(start: str, end: str, zone: str = "UTC") -> dict[str, Any]:
    return {"production": period(start, end, zone)}


@pytest.mark.parametrize(
    ("serial", "more"),
    [
        (gs(1, 9), {"project": "1"}),
        (gs(1, 9), {"production": cl.Period.year(2025, zone=BAKU)}),
        (gs(1, 9), {"production": cl.Period.year(2025, zone="UTC")}),
        (VCU, VERRA),
        (VCU, VERRA | {"vintage": 2013}),
        (VCU, VERRA | produced("2014-06-30", "2014-07-01", BAKU)),
        (ACR, OF_ACR),
        (ACR, OF_ACR | {"project": "192"} | produced("2025-01-01", "2025-01-02")),
    ],
)
def test_what_agrees_comes_in(open_ledger: cl.Ledger, serial: str, more: dict[str, Any]) -> None:
    assert import_serial(open_ledger, serial, **more).serial == serial


@pytest.mark.parametrize(
    ("serial", "more", "rule", "values"),
    [
        (gs(1, 9), {"instrument": "VCS-VCU"}, "instrument", ("GS-VER", "VCS-VCU")),
        (gs(1, 9), {"instrument": "I-REC-E"}, "instrument", ("GS-VER", "I-REC-E")),
        (VCU, VERRA | {"instrument": MINE}, "instrument", ("VCS-VCU", "MY-VCU")),
        (ACR, OF_ACR | {"instrument": "VCS-VCU"}, "instrument", ("VCS-VCU", "verra", "acr")),
        (ACR, OF_ACR | {"instrument": "I-REC-E"}, "instrument", ("emission-reduction", "energy-attribute")),
        ("MIRECS-1-MI-11-2025-1-1 to 5", OF_MRETS, "instrument", ("energy-attribute", "emission-reduction")),
        (gs(1, 9), {"project": "Hydro-3"}, "project", ("'GS1'", "'Hydro-3'")),
        (gs(1, 9), {"project": "GS2"}, "project", ("'GS1'", "'GS2'")),
        (gs(1, 9), {"project": "gs1"}, "project", ("'GS1'", "'gs1'")),
        (gs(1, 9), {"project": "01"}, "project", ("'GS1'", "'01'")),
        (VCU, VERRA | {"project": "136"}, "project", ("'1360'", "'136'")),
        (gs(1, 9), produced("2024-12-31", "2025-09-01"), "vintage", ("2025-01-01", "2024-12-31")),
        (gs(1, 9, vintage=2024), {}, "vintage", ("2024-12-31", "2025-08-31")),
        (gs(1, 9, vintage=2019), {}, "vintage", ("2019-12-31", "2025-08-31")),
        (gs(1, 9), produced("2025-11-01", "2026-01-01", "Asia/Tokyo"), "", ()),
        (gs(1, 9), produced("2025-12-01", "2026-01-02"), "vintage", ("2025-12-31", "2026-01-01")),
        (VCU, VERRA | produced("2013-06-30", "2014-07-01"), "vintage", ("2013-07-01", "2013-06-30")),
        (VCU, VERRA | produced("2013-07-01", "2014-07-02"), "vintage", ("2014-06-30", "2014-07-01")),
        (ACR, OF_ACR | produced("2024-01-01", "2025-01-01"), "vintage", ("2025-01-01", "2024-12-31")),
        (ACR, OF_ACR | produced("2025-01-01", "2026-01-02"), "vintage", ("2025-12-31", "2026-01-01")),
        (ACR, OF_ACR | {"vintage": 2024}, "vintage", ("vintage is 2025", "vintage is 2024")),
    ],
)
def test_what_contradicts_its_serial_is_refused(
    clock: Clock, open_ledger: cl.Ledger, serial: str, more: dict[str, Any], rule: str, values: tuple[str, ...]
) -> None:
    """The message names what the serial says, and what was given."""
    clock.move(days=10)
    if not rule:
        assert import_serial(open_ledger, serial, **more)
        return
    before = dump(open_ledger)
    with pytest.raises(errors.RefusedError) as refused:
        import_serial(open_ledger, serial, **more)
    assert dump(open_ledger) == before
    assert refused.value.rule == f"serial-{rule}"
    assert all(value in refused.value.detail for value in values), refused.value.detail


def test_a_grammar_of_ones_own_names_its_parts(open_ledger: cl.Ledger) -> None:
    """The entry pins what the grammar says, and the rule holds imports against it."""
    template, space = GCC.forms[0].template, "{project}/{vintage}"
    named = {"project": "{project}", "instrument": "GCC-ACC", "start": "{vintage}", "end": "{vintage}"}
    form = cl.SerialForm(template, space=space, **named)
    open_ledger.register_registry(evolve(GCC, forms=(form,)))
    assert event(open_ledger)["grammar"]["forms"] == [{"template": template, "space": space, **named}]
    assert open_ledger.grammar("gcc").forms == (form,)
    given: dict[str, Any] = {"registry": "gcc", "instrument": "GCC-ACC", "project": "S17"}
    for wrong in ({"instrument": ERT}, {"project": "S1"}, {"production": cl.Period.year(2024, zone=BAKU)}):
        with pytest.raises(errors.RefusedError, match="serial-"):
            import_serial(open_ledger, "GCC-S17-2025-1-250", **given | wrong)
    assert import_serial(open_ledger, "GCC-S17-2025-1-250", **given).count == 250


def test_dates_of_a_grammar_of_ones_own_are_pinned_with_their_notation(open_ledger: cl.Ledger) -> None:
    form = cl.SerialForm("D-{from}-{to}-{first}-{last}", space="", start="{from}", end="{to}", dates="YYYYMM")
    open_ledger.register_registry(cl.SerialGrammar(id="d", name="D", forms=(form,)))
    assert event(open_ledger)["grammar"]["forms"][0]["dates"] == "YYYYMM"
    assert open_ledger.grammar("d").forms == (form,)
    given: dict[str, Any] = {"registry": "d", "instrument": "I-REC-E"}
    with pytest.raises(errors.RefusedError, match="serial-vintage"):
        import_serial(open_ledger, "D-202502-202503-1-9", **given, **produced("2025-02-01", "2025-04-02"))
    assert import_serial(open_ledger, "D-202502-202503-1-9", **given, **produced("2025-02-01", "2025-04-01"))


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (lambda event: event.update(project="GS2"), "serial-project"),
        (lambda event: event.update(instrument=VCU_INSTRUMENT), "serial-instrument"),
        (lambda event: event.update(instrument=MINE.to_record()), "serial-instrument"),
        (lambda event: event["production"].update(start="2024-12-31T00:00:00Z"), "serial-vintage"),
        (lambda event: event.update(serial=gs(1, 9, vintage=2024)), "serial-vintage"),
    ],
)
def test_a_forged_import_that_contradicts_its_serial_is_found(open_ledger: cl.Ledger, change: Any, rule: str) -> None:
    import_serial(open_ledger, gs(1, 9))
    found = found_in(open_ledger, 4, change)
    assert found.entry == 4
    assert f"[{rule}]" in found.detail


def test_a_serial_that_states_nothing_agrees_with_any(open_ledger: cl.Ledger) -> None:
    assert import_go(open_ledger, 1, 9, project="p", production=cl.Period.year(2020, zone="UTC")).vintage == 2020


KILOGRAMS: dict[str, Any] = {
    "registry": "isometric",
    "instrument": ERT,
    "project": "F5X7",
    "production": period("2024-01-01", "2024-06-01"),
}
ISO = "ISO-1-BSTORE-GBR-F5X7-2024-1-2000"


@pytest.mark.parametrize("instrument", [ERT, "GCC-ACC"])
def test_a_kilogram_is_never_held_as_a_tonne(open_ledger: cl.Ledger, instrument: cl.Instrument | str) -> None:
    """Invariant 30: 2,000 numbers of 1 kg are 2 t, and no instrument has a unit of 1 kg."""
    with pytest.raises(errors.RefusedError, match="a number of its serials is 1 kgCO2e, and a unit of") as refused:
        import_serial(open_ledger, ISO, **KILOGRAMS | {"instrument": instrument})
    assert refused.value.rule == "serial-unit"
    assert open_ledger.imported() == ()


@pytest.mark.parametrize(("unit_kg", "instrument", "accepted"), [
    (1000, ERT, True), (1000, "I-REC-E", False), (None, "I-REC-E", True), (None, ERT, True), (1, ERT, False),
    (1, "I-REC-E", False), (2000, ERT, False),
])  # fmt: skip
def test_the_unit_of_a_grammar_of_ones_own_is_held_against_the_instrument(
    open_ledger: cl.Ledger, unit_kg: int | None, instrument: cl.Instrument | str, accepted: bool
) -> None:
    """Invariant 30: a stated mass is that of the unit; where none is stated, a number is one unit of the instrument."""
    open_ledger.register_registry(evolve(GCC, unit_kg=unit_kg))
    assert open_ledger.grammar("gcc").unit_kg == unit_kg
    assert event(open_ledger)["grammar"].get("unit_kg") == unit_kg
    if accepted:
        assert import_serial(open_ledger, "GCC-1-9", registry="gcc", instrument=instrument).count == 9
        return
    with pytest.raises(errors.RefusedError, match="serial-unit"):
        import_serial(open_ledger, "GCC-1-9", registry="gcc", instrument=instrument)


@pytest.mark.parametrize("unit_kg", [1, 999])
def test_a_forged_unit_of_a_grammar_is_found_at_its_import(open_ledger: cl.Ledger, unit_kg: int) -> None:
    open_ledger.register_registry(GCC)
    import_serial(open_ledger, "GCC-1-9", registry="gcc", instrument="GCC-ACC")
    found = found_in(open_ledger, 4, lambda event: event["grammar"].update(unit_kg=unit_kg))
    assert (found.entry, "[serial-unit]" in found.detail) == (5, True)


def test_a_forged_tonne_of_a_grammar_of_certificates_is_found_at_its_import(open_ledger: cl.Ledger) -> None:
    open_ledger.register_registry(GCC)
    import_serial(open_ledger, "GCC-1-9", registry="gcc", instrument="I-REC-E")
    found = found_in(open_ledger, 4, lambda event: event["grammar"].update(unit_kg=1000))
    assert (found.entry, "[serial-unit]" in found.detail) == (5, True)


@pytest.mark.parametrize("unit_kg", [0, -1, 1_000_001, "1000"])
def test_a_forged_unit_that_is_no_mass_is_found(open_ledger: cl.Ledger, unit_kg: object) -> None:
    """The mass is absent where it is not stated, and never 0."""
    open_ledger.register_registry(evolve(GCC, unit_kg=1000))
    found = found_in(open_ledger, 4, lambda event: event["grammar"].update(unit_kg=unit_kg))
    assert (found.entry, "unit_kg" in found.detail) == (4, True)


@pytest.mark.parametrize("name", ["isometric", "mine"])
@pytest.mark.parametrize("template", [None, "iso-{unit}-{pathway}-{country}-{project}-{year}-{first} to {last}"])
def test_a_grammar_of_ones_own_does_not_call_kilograms_tonnes(
    open_ledger: cl.Ledger, name: str, template: str | None
) -> None:
    """Invariant 30: a serial of a built-in grammar of kilograms is read by that grammar alone."""
    forms = GRAMMARS["isometric"].forms
    if template is not None:
        forms = (cl.SerialForm(template, space="{project}"),)
    copy = cl.SerialGrammar(id=name, name="Mine", source="s", forms=forms)
    before = dump(open_ledger)
    with pytest.raises(errors.AlreadyRegisteredError):
        open_ledger.register_registry(copy)
    assert dump(open_ledger) == before
    open_ledger.register_registry(GCC)
    forged = {"registry": name, "name": "Mine", "grammar": own_grammar_event(copy)["grammar"]}
    found = found_in(open_ledger, open_ledger.size - 1, lambda event: event.update(forged))
    assert ("[already-registered]" if name == "isometric" else "[same-registry]") in found.detail


def test_a_forged_import_of_kilograms_is_found(open_ledger: cl.Ledger) -> None:
    """The entry of an import of tonnes, with the serial of kilograms in its place."""
    import_serial(open_ledger, "ART-GY-102-2025-11-1 to 9", registry="art-trees", instrument=ERT, project="ART102")
    change = {"registry": "isometric", "serial": ISO.replace("2000", "9"), "space": "F5X7/2024", "project": "F5X7"}
    assert "[serial-unit]" in found_in(open_ledger, 4, lambda event: event.update(change)).detail


@pytest.mark.parametrize(
    ("registry", "serial", "project"),
    [
        ("art-trees", "FCPF-CI-130-2025-20-1 to 9", "ART130"),
        ("cercarbono", "CDC_7_1_1_321_14_CO_1_1_2025 1 to 9", "7"),
    ],
)
def test_the_units_of_a_registry_without_an_instrument_in_its_serials_are_credits(
    open_ledger: cl.Ledger, registry: str, serial: str, project: str
) -> None:
    with pytest.raises(errors.RefusedError, match="serial-instrument"):
        import_serial(open_ledger, serial, registry=registry, instrument="I-REC-E", project=project)
    with pytest.raises(errors.RefusedError, match="serial-project"):
        import_serial(open_ledger, serial, registry=registry, instrument=ERT, project="8")
    with pytest.raises(errors.RefusedError, match="serial-vintage"):
        import_serial(open_ledger, serial.replace("2025", "2024"), registry=registry, instrument=ERT, project=project)
    assert import_serial(open_ledger, serial, registry=registry, instrument=ERT, project=project).count == 9
    assert event(open_ledger)["version"] == 1
