"""Methodologies that a caller passes: which objects are accepted, what they pin, and where workers import them."""

import os
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from attrs import evolve
from attrs import fields as fields_of
from tests.conftest import EVIDENCE, dump
from tests.support.metered_project import MAY
from tests.support.own_methodology import FACTOR, KEY, Write, issued, opened, project, registered, source, write
from tests.support.places import PYTHONPATH

import carbon_ledger as cl
from carbon_ledger import errors
from carbon_ledger.core.methodologies import Known
from carbon_ledger.exact import Rounding
from carbon_ledger.ledger.methodologies import imported_methodologies, known_methodologies, places_of
from carbon_ledger.methodologies import methodology_of, quantify_lines
from carbon_ledger.methodologies.base import ISSUANCE_FLOOR, Methodology, RoundingPoint

__all__ = ["write"]


def refusal(given: object) -> str:
    with pytest.raises(errors.MethodologyError) as refused:
        cl.open_ledger(":memory:", methodologies=given)
    return str(refused.value)


def test_an_object_that_is_passed_credits_a_project_and_its_code_is_pinned(write: Write, tmp_path: Path) -> None:
    """The digest is that of the file, which anybody can compute without this library."""
    module = write()
    with issued(tmp_path / "a.db", module.METHODOLOGY) as ledger:
        adopted = next(entry for entry in ledger.entries() if entry.type == "methodology.adopted")
        assert adopted.event["methodology"] == KEY
        assert adopted.event["code_digest"] == cl.digest_file(module.__file__)
        (batch,) = (item for entry in ledger.entries() for item in entry.event.get("batches", ()))
        assert batch["count"] == 45
        report = ledger.audit()
        assert (report.passed, report.not_recomputed, report.findings) == (True, (), ())


def test_nothing_is_found_that_was_not_passed(write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not in the current directory, not beside the ledger, and not among the modules that are imported."""
    write()
    (tmp_path / "own_toy.py").write_text(source(), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    with opened(tmp_path / "a.db") as ledger:
        before = dump(ledger)
        with pytest.raises(errors.MethodologyError, match=r"no object with this key was passed"):
            ledger.register_project(project())
        with pytest.raises(errors.MethodologyError, match=r"no object with this key was passed"):
            ledger.adopt_methodology(KEY)
        assert dump(ledger) == before


def test_a_ledger_of_another_methodology_is_read_moved_and_voided_without_it(write: Write, tmp_path: Path) -> None:
    """What computes a figure needs the object; what moves units does not."""
    methodology = write().METHODOLOGY
    issued(tmp_path / "a.db", methodology).close()
    with opened(tmp_path / "a.db") as ledger:
        ledger.open_account("buyer", name="Buyer")
        june = cl.Period.month(2024, 6, zone="Asia/Baku")
        ledger.record_generation("plant", june, net="10 MWh")
        before = dump(ledger)
        for refused in (
            lambda: ledger.quantify("toys", june, factor=FACTOR),
            lambda: ledger.issue("toys", june, factor=FACTOR, to="op"),
            lambda: ledger.correct_generation("plant", MAY, net="90 MWh", reason="meter", evidence=EVIDENCE),
        ):
            with pytest.raises(errors.MethodologyError, match=r"entry 3 adopts.*no object with this key was passed"):
                refused()
        assert dump(ledger) == before
        assert ledger.attestations(KEY) == ()
        (held,) = ledger.holdings("op")
        ledger.transfer(held.take(5), to="buyer")
        assert ledger.audit().findings == ()
    with opened(tmp_path / "a.db", methodology) as ledger:
        ledger.issue("toys", june, factor=FACTOR, to="op")
        ledger.correct_generation("plant", MAY, net="90 MWh", reason="meter", evidence=EVIDENCE)
        assert ledger.audit().passed


def test_other_code_under_the_pinned_key_is_refused_and_a_new_version_is_not(write: Write, tmp_path: Path) -> None:
    issued(tmp_path / "a.db", write().METHODOLOGY).close()
    other = write(share="0.8").METHODOLOGY
    with opened(tmp_path / "a.db", other) as ledger:
        ledger.record_generation("plant", cl.Period.month(2024, 6, zone="Asia/Baku"), net="10 MWh")
        before = dump(ledger)
        with pytest.raises(errors.MethodologyError, match=r"pins the code digest sha256.*under a new version"):
            ledger.quantify("toys", cl.Period.month(2024, 6, zone="Asia/Baku"), factor=FACTOR)
        assert dump(ledger) == before
    later = write(share="0.8", version="1.1", module="own_toy_later").METHODOLOGY
    with opened(tmp_path / "a.db", write().METHODOLOGY, later) as ledger:
        ledger.register_project(project("later", later.key))
        assert ledger.audit().passed


def test_two_objects_of_one_key_are_refused_whatever_their_case(write: Write) -> None:
    one = write().METHODOLOGY
    two = write(module="own_other").METHODOLOGY
    assert "are passed, expected different names or versions" in refusal([one, two])
    assert "'OWN-TOY@1.0' is passed twice; pass it once" in refusal([one, one])
    assert "are passed" in refusal([one, write(module="own_case", name="OWN-Toy").METHODOLOGY])
    known_methodologies([one, write(module="own_later", version="2.0").METHODOLOGY])


def test_the_key_of_a_methodology_of_this_library_is_refused(write: Write) -> None:
    """A built-in key cannot be claimed, neither by the library's own object nor by other code under its name."""
    assert "ACM0002@22.0: this is a methodology of this library" in refusal([methodology_of("ACM0002@22.0")])
    claimed = write(name="ACM0002", version="22.0").METHODOLOGY
    assert "ACM0002@22.0: this is a methodology of this library" in refusal([claimed])
    later = write(name="ACM0002", version="99.0", module="own_acm").METHODOLOGY
    assert "call it OWN-ACM0002@99.0" in refusal([later])


def test_what_is_no_list_of_methodologies_is_refused(write: Write) -> None:
    methodology = write().METHODOLOGY
    for given in (None, "OWN-TOY", b"OWN-TOY", methodology, 7):
        assert "expected a list of Methodology objects" in refusal(given)
    for given in ([None], ["own_toy:METHODOLOGY"], [Methodology], [methodology, 7]):
        assert "expected a Methodology object" in refusal(given)


FIELDS: dict[str, tuple[dict[str, object], str]] = {
    "a name with a blank": ({"name": "OWN-A B"}, "methodology name"),
    "a name with an at sign": ({"name": "OWN-A@1"}, "methodology name"),
    "no text as its name": ({"name": 7}, "methodology name"),
    "no version": ({"version": ""}, "version ''"),
    "no text as its version": ({"version": 1}, "version 1"),
    "a confidence of its own": ({"confidence": "sure"}, "confidence 'sure'"),
    "no rounding of issuance": ({"roundings": ()}, "ISSUANCE_FLOOR among them"),
    "what is no rounding point": ({"roundings": (ISSUANCE_FLOOR, 7)}, "ISSUANCE_FLOOR among them"),
    "no rounding in it": ({"roundings": (ISSUANCE_FLOOR, RoundingPoint("x", 7))}, "ISSUANCE_FLOOR among them"),
    "one point twice": ({"roundings": (ISSUANCE_FLOOR, ISSUANCE_FLOOR)}, "ISSUANCE_FLOOR among them"),
    "no factor": ({"factor_kinds": ()}, "factor_kinds"),
    "an unknown factor": ({"factor_kinds": ("guess",)}, "factor_kinds"),
    "an option that is no tuple": ({"vintage_options": None}, "vintage_options None, expected a tuple"),
    "options that are a text": ({"vintage_options": "ex-post"}, "vintage_options 'ex-post', expected a tuple"),
    "no option": ({"vintage_options": ()}, "vintage_options"),
    "an unknown option": ({"vintage_options": ("later",)}, "vintage_options"),
    "a limit that nothing would apply": ({"limit_w": 15_000_000}, "limit_w 15000000"),
    "embodied emissions that nothing would count": ({"embodied": 7}, "embodied 7"),
    "neither seen nor not": ({"text_seen": 1}, "text_seen True or False"),
    "no text as its tool": ({"tool": None}, "tool as text"),
    "checks that are no tuple": ({"checks": None}, "checks None, expected a tuple"),
    "roundings that are no tuple": ({"roundings": 7}, "roundings 7, expected a tuple"),
    "kinds that are a text": ({"factor_kinds": "fuel"}, "factor_kinds 'fuel', expected a tuple"),
    "an unknown vintage option": ({"vintage_options": ("sometimes",)}, "vintage_options ('sometimes',)"),
    "a vintage option that is a text": ({"vintage_options": "ex-ante"}, "vintage_options 'ex-ante', expected a tuple"),
    "a limit that nothing applies": ({"limit_w": 15_000_000}, "limit_w 15000000, expected None"),
    "kinds without a hash": ({"factor_kinds": ([],)}, "factor_kinds ([],)"),
    "a confidence without a hash": ({"confidence": []}, "confidence []"),
    "a class as its calculation": ({"calculation": Decimal}, "expected a function"),
    "a function of Python": ({"checks": (len,)}, "expected a function"),
    "a calculation of this library": (
        {"calculation": quantify_lines},
        "expected one of your own module",
    ),
    "a check of another module": ({"checks": (refusal,)}, "so that one digest covers the code"),
}


@pytest.mark.parametrize("case", FIELDS)
def test_fields_are_checked_when_an_object_is_passed(write: Write, case: str) -> None:
    fields, expected = FIELDS[case]
    module = write()
    module.METHODOLOGY = evolve(module.METHODOLOGY, **fields)
    assert expected in refusal([module.METHODOLOGY])


def test_text_is_checked_when_an_object_is_passed(write: Write) -> None:
    module = write()
    point = RoundingPoint("", Rounding("floor", places=0))
    for fields in ({"title": "two\nlines"}, {"source": " "}, {"roundings": (ISSUANCE_FLOOR, point)}):
        module.METHODOLOGY = evolve(write().METHODOLOGY, **fields)
        with pytest.raises(errors.QuantityError):
            cl.open_ledger(":memory:", methodologies=[evolve(module.METHODOLOGY)])


def test_a_check_of_this_library_is_admitted(write: Write) -> None:
    module = write()
    module.METHODOLOGY = evolve(module.METHODOLOGY, checks=methodology_of("ACM0002@22.0").checks[:1])
    assert KEY in known_methodologies([module.METHODOLOGY]).own


def test_an_object_that_its_module_does_not_name_is_refused(write: Write) -> None:
    """A closure, or a copy with other checks: the digest of the module does not cover what differs."""
    module = write(
        source()
        + """

def made(share):
    def closure(methodology, activity, factor):
        lines, amounts = calculate(methodology, activity, factor)
        return lines, tuple((year, amount * share) for year, amount in amounts)

    return base.Methodology(
        name="OWN-TOY", version="1.0", title="t", source="s", confidence="C", checks=(), calculation=closure
    )


CLOSURE = made(1)
"""
    )
    for given in (module.made(2), evolve(module.METHODOLOGY, checks=())):
        assert "no name of module own_toy, which defines its calculation, is assigned to it" in refusal([given])
    # A closure that the module itself makes follows from its text.
    assert known_methodologies([module.CLOSURE]).own[KEY].place == "own_toy:CLOSURE"


def test_a_module_without_readable_source_is_refused(write: Write, tmp_path: Path) -> None:
    module = write()
    (tmp_path / "code" / "own_toy.py").unlink()
    assert "cannot be read" in refusal([module.METHODOLOGY])
    names: dict[str, object] = {"__name__": "own_nowhere"}
    exec(source(), names)
    assert "module 'own_nowhere'" in refusal([names["METHODOLOGY"]])
    names = {"__name__": "json"}  # a module that is imported, with other functions
    exec(source(), names)
    assert "is not imported" in refusal([names["METHODOLOGY"]])
    exec(source(), names := {"__name__": 7})
    assert "is not imported" in refusal([names["METHODOLOGY"]])


def test_a_function_of_another_module_is_known_by_its_code(write: Write) -> None:
    """Whatever module it states: a decorator copies the name of the module that it decorates."""
    module = write()
    other = write("def calculate(*_): return (), ()\n", module="own_helper")
    other.calculate.__module__ = "own_toy"
    module.METHODOLOGY = evolve(module.METHODOLOGY, calculation=other.calculate)
    assert "defined in own_helper, but checks in own_toy" in refusal([module.METHODOLOGY])


def test_an_iterable_that_raises_is_an_error_of_this_library(write: Write) -> None:
    methodology = write().METHODOLOGY

    def broken() -> Iterator[Methodology]:
        yield methodology
        raise ZeroDivisionError

    assert "ZeroDivisionError when it was read" in refusal(broken())
    assert KEY in known_methodologies(iter([methodology])).own


def test_a_class_of_ones_own_is_refused(write: Write) -> None:
    """Its methods are not covered by the digest of the module of the calculation."""

    class Mine(Methodology):
        @property
        def key(self) -> str:
            return "ACM0002@22.0"

    plain = write().METHODOLOGY
    mine = Mine(**{item.name: getattr(plain, item.name) for item in fields_of(Methodology)})
    assert "<Mine>, expected a Methodology object" in refusal([mine])


SCRIPT = """
import sys
import carbon_ledger as cl
{source}

def main():
    with cl.open_ledger(sys.argv[1], methodologies=[METHODOLOGY]) as ledger:
        print(ledger.audit().passed)
        try:
            ledger.audit(workers=2)
        except cl.errors.MethodologyError as error:
            print(error)

main()
"""


def test_a_methodology_of_the_running_script_is_audited_in_the_process_and_refused_for_workers(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT.format(source=source()), encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, str(script), str(tmp_path / "a.db")],
        env={**os.environ, "PYTHONPATH": PYTHONPATH},
        capture_output=True,
        text=True,
        check=True,
    )
    passed, refused = ran.stdout.splitlines()
    assert passed == "True"
    assert "worker processes cannot import it, because the running script defines it" in refused


def test_a_methodology_without_a_place_has_no_name_for_workers(write: Write) -> None:
    own = known_methodologies([write().METHODOLOGY]).own[KEY]
    with pytest.raises(errors.MethodologyError, match=r"move it to a module that can be imported"):
        places_of(Known(own={KEY: evolve(own, place=None)}))


def test_a_closure_in_a_test_is_refused() -> None:
    def calculate(*_: object) -> object:
        return (), ()

    local = Methodology(
        name="OWN-LOCAL",
        version="1",
        title="t",
        source="s",
        confidence="C",
        checks=(),
        calculation=calculate,
    )
    assert "is assigned to it" in refusal([local])


def test_places_are_read_back_and_another_module_behind_a_name_is_refused(write: Write) -> None:
    known = known_methodologies([write().METHODOLOGY])
    places = places_of(known)
    assert imported_methodologies(places).own.keys() == known.own.keys()
    assert imported_methodologies("[]").own == {}
    write(share="0.8")
    with pytest.raises(errors.MethodologyError, match=r"imports another one from own_toy:METHODOLOGY"):
        imported_methodologies(places)
    write(name="OWN-OTHER")
    with pytest.raises(errors.MethodologyError, match=r"imports another one from own_toy:METHODOLOGY"):
        imported_methodologies(places)
    write("")
    with pytest.raises(errors.MethodologyError, match=r"cannot import own_toy:METHODOLOGY \(AttributeError"):
        imported_methodologies(places)
    with pytest.raises(errors.MethodologyError, match=r"cannot import nowhere_at_all:X \(ModuleNotFoundError"):
        imported_methodologies(places.replace("own_toy:METHODOLOGY", "nowhere_at_all:X"))


def test_workers_import_the_methodology_by_its_name(write: Write, tmp_path: Path) -> None:
    """Also one whose module prints, which is no message of a worker."""
    methodology = write(source(attack="print('calculating')") + "\nprint('imported')\n").METHODOLOGY
    (tmp_path / "ledgers").mkdir()
    with issued(tmp_path / "ledgers" / "a.db", methodology) as ledger:
        one, several = ledger.audit(), ledger.audit(workers=2)
        assert several.passed
        assert (several.root, several.not_recomputed) == (one.root, ())
        missing = ledger.audit(workers=2, methodologies=[])
        assert (missing.passed, missing.findings) == (False, ())
        assert missing.not_recomputed == ledger.audit(methodologies=[]).not_recomputed


def test_workers_import_nothing_from_beside_the_ledger(write: Write, tmp_path: Path) -> None:
    """The module lies beside the ledger, and this process can import it: its workers may not."""
    methodology = write().METHODOLOGY
    issued(tmp_path / "code" / "a.db", methodology).close()
    with opened(tmp_path / "code" / "a.db", methodology, read_only=True) as ledger:
        assert ledger.audit().passed
        with pytest.raises(errors.MethodologyError, match=r"a worker process cannot import own_toy:METHODOLOGY"):
            ledger.audit(workers=2)


def test_a_project_of_the_library_is_registered_beside_ones_own(write: Write) -> None:
    with registered(opened(":memory:", write().METHODOLOGY)) as ledger:
        ledger.register_project(evolve(project("known"), methodology="ACM0002@22.0"))
        with pytest.raises(errors.MethodologyError, match=r"expected a name and a version"):
            ledger.adopt_methodology("own-toy@1.0")
        ledger.adopt_methodology(KEY, text=EVIDENCE, note="compared")
        assert [item.text for item in ledger.as_of(entry=ledger.size - 1).attestations(KEY)] == [EVIDENCE]
