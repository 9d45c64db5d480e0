"""Grammars of other registries: the log pins one, and serials are read with the pinned grammar."""

import pytest
from attrs import evolve
from tests.support.other_registry import GCC, event, gs, import_go, import_serial, open_ledger

import carbon_ledger as cl

__all__ = ["open_ledger"]


def test_a_registry_without_a_built_in_grammar_is_pinned_whole(open_ledger: cl.Ledger) -> None:
    assert open_ledger.register_registry(GCC) == GCC
    assert event(open_ledger) == {
        "registry": "gcc",
        "name": "Global Carbon Council",
        "grammar": {
            "forms": [
                {"template": "GCC-{project}-{vintage:digits 4}-{first}-{last}", "space": "{project}/{vintage}"},
                {"template": "GCC-{first}-{last}"},
            ],
            "lowest": 0,
            "source": "a test [M]",
        },
    }
    assert open_ledger.grammar("gcc") == GCC
    assert GCC.source
    plain = cl.SerialGrammar(id="plain", name="P", forms=(cl.SerialForm("PLAIN-{first}-{last}", space=""),))
    open_ledger.register_registry(plain)
    assert "source" not in event(open_ledger)["grammar"]
    assert open_ledger.grammar("plain") == plain


def test_a_built_in_grammar_is_pinned_by_its_version(open_ledger: cl.Ledger) -> None:
    for given in ("gold-standard", cl.serials.GRAMMARS["verra"]):
        found = open_ledger.register_registry(given)
        assert event(open_ledger) == {"registry": found.id, "name": found.name, "version": 1}
        assert open_ledger.grammar(found.id) == cl.serials.GRAMMARS[found.id]
    batch = import_serial(open_ledger, gs(1, 9))
    assert "version" not in event(open_ledger)
    assert open_ledger.registry_serial(batch) == cl.parse_serial(gs(1, 9))


def test_a_built_in_grammar_needs_no_registering_and_each_import_names_its_version(open_ledger: cl.Ledger) -> None:
    for first in (1, 11):
        import_serial(open_ledger, gs(first, first + 9))
        assert event(open_ledger)["version"] == 1
    assert open_ledger.grammar("gold-standard") == cl.serials.GRAMMARS["gold-standard"]


def test_a_grammar_from_zero_and_without_a_space_is_read_by_what_the_log_pins(open_ledger: cl.Ledger) -> None:
    open_ledger.register_registry(GCC)
    batch = import_serial(open_ledger, "GCC-0-99", registry=GCC, instrument="GCC-ACC")
    assert (batch.count, event(open_ledger)["first"]) == (100, 0)
    assert {"space", "version"} & set(event(open_ledger)) == set()
    assert str(open_ledger.registry_serial(batch.take(1))) == "GCC-0-0"
    parsed = cl.parse_serial("GCC-S17-2024-1-250", registry=GCC)
    assert import_serial(open_ledger, parsed, registry="gcc", instrument="GCC-ACC").count == 250
    assert event(open_ledger)["space"] == "S17/2024"


def test_a_ledger_keeps_what_it_pinned_whatever_is_built_in_later(
    open_ledger: cl.Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = cl.Instrument(id="OLD", name="As it was", unit="MWh", claim="energy-attribute", source="s")
    import_go(open_ledger, 1, 9, instrument=old)
    later = {**cl.instruments.BUILTIN, "OLD": evolve(old, valid_months=12)}
    monkeypatch.setattr("carbon_ledger.core.lookup.BUILTIN", later)
    assert import_go(open_ledger, 10, 19, instrument=old).expires_utc is None
