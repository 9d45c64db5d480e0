"""The reference is complete: every public name, error, rule, unit, instrument and waiver, and no other."""

import ast
import inspect
import re
from collections.abc import Iterator
from fractions import Fraction
from itertools import chain, product
from pathlib import Path

import attrs
import pytest
from scripts import write_api
from tests.docs.documents import ROOT, quoted, table
from tests.support.sources import nodes_of

import carbon_ledger as cl
from carbon_ledger.core.state.rows import STATES
from carbon_ledger.exact import DIRECTIONS, Rounding, text_of
from carbon_ledger.ledger.reader import Reader
from carbon_ledger.units import spellings
from carbon_ledger.waivers import WAIVABLE

REFERENCE = ROOT / "docs" / "reference"
SOURCE = ROOT / "src" / "carbon_ledger"
ERRORS = {name: kind for name, kind in vars(cl.errors).items() if inspect.isclass(kind)}


def text_of_page(name: str) -> str:
    return (REFERENCE / name).read_text(encoding="utf-8")


def nodes() -> Iterator[ast.AST]:
    return chain.from_iterable(nodes_of(path) for path in sorted(SOURCE.rglob("*.py")))


def test_the_api_page_is_what_the_code_gives() -> None:
    """Complete too: the script stops at a method of a ledger that it cannot place."""
    assert text_of_page("api.md") == write_api.text(), "run python scripts/write_api.py"


def test_every_public_name_is_in_the_api_page() -> None:
    page = text_of_page("api.md")
    names = {item.partition("(")[0] for item in quoted(page)} | set(re.findall(r"^#+ (.+)$", page, re.MULTILINE))
    assert [name for name in cl.__all__ if name not in names] == []


@pytest.mark.parametrize("kind", [cl.Ledger, Reader])
def test_every_method_is_written_as_it_is_called(kind: type) -> None:
    page = text_of_page("api.md")
    for name, method in inspect.getmembers_static(kind):
        if not name.startswith("_"):
            start = f"| `{name}` |" if isinstance(method, property) else f"| `{name}("
            assert start in page
    assert "| `issue(project, period, *, to, factor=None, " in page
    assert "clock=..., read_only=False, " in page


@pytest.mark.parametrize("name", write_api.PARTS)
def test_every_field_of_an_answer_is_there(name: str) -> None:
    shown = text_of_page("api.md").split(f"### {name}\n")[1].split("#")[0]
    assert set(quoted(shown)) >= {item.name for item in attrs.fields(getattr(cl, name))}


def rows_of_errors() -> dict[str, list[str]]:
    rows = {}
    for heading in (
        "Numbers, times and serials",
        "Factors, methodologies and waivers",
        "Refusals",
        "The log and the file",
    ):
        for row in table(REFERENCE / "errors.md", heading):
            rows[row[0].strip("`")] = row
    return rows


def test_every_error_has_a_row_and_every_row_an_error() -> None:
    assert set(rows_of_errors()) == set(ERRORS)


def test_a_refusal_has_its_rule_beside_it() -> None:
    rows = rows_of_errors()
    for name, kind in ERRORS.items():
        if issubclass(kind, cl.errors.RefusedError):
            assert rows[name][1] == f"`{kind.default_rule}`"


def test_every_rule_in_the_code_is_documented_and_no_other() -> None:
    rules = {kind.default_rule for kind in ERRORS.values() if issubclass(kind, cl.errors.RefusedError)}
    for node in nodes():
        if isinstance(node, ast.keyword) and node.arg == "rule" and isinstance(node.value, ast.Constant):
            rules.add(node.value.value)
    shown = {cell for row in table(REFERENCE / "errors.md", "Refusals") for cell in quoted(row[1])}
    after = text_of_page("errors.md").split("Rules that have no class of their own:")[1].split("## ")[0]
    shown |= set(re.findall(r"^\| `([a-z-]+)` \|", after, re.MULTILINE))
    assert shown == rules


def test_a_reserved_error_is_raised_nowhere_and_any_other_is_raised_or_is_a_root() -> None:
    named = {node.id for node in nodes() if isinstance(node, ast.Name)}
    roots = {base.__name__ for kind in ERRORS.values() for base in kind.__mro__[1:]}
    idle = {name for name in ERRORS if name not in named | roots}
    rows = rows_of_errors()
    assert {name for name, row in rows.items() if "reserved" in row} == idle


def test_every_spelling_of_a_unit_is_listed_and_no_other() -> None:
    listed = [
        spelling
        for heading in ("Energy", "Power", "Duration", "CO2e", "Mass", "Area")
        for row in table(REFERENCE / "numbers.md", heading)
        for spelling in quoted(row[1])
    ]
    assert len(listed) == len(set(listed))
    assert set(listed) == set(spellings.UNITS)


def test_the_spellings_of_one_row_are_one_unit() -> None:
    for heading in ("Energy", "Power", "Duration", "CO2e", "Mass", "Area"):
        for row in table(REFERENCE / "numbers.md", heading):
            assert len({spellings.UNITS[spelling] for spelling in quoted(row[1])}) == 1, row


def test_the_units_of_factors_are_those_of_the_rule() -> None:
    ((masses, _, gases, _, energies),) = table(REFERENCE / "numbers.md", "Emission factors")
    made = {
        f"{mass}{space}{gas}/{energy}"
        for mass, space, gas, energy in product(quoted(masses), ("", " "), quoted(gases), quoted(energies))
    }
    assert made | {"lb/MWh"} == set(spellings.INTENSITIES)


def test_every_spelling_that_is_refused_with_advice_is_named() -> None:
    shown = quoted(text_of_page("numbers.md").split("## Traps\n")[1].split("## ")[0])
    assert set(spellings._TRAPS) | set(spellings._LOOK_ALIKES) <= set(shown)


def test_the_table_of_roundings_is_what_they_give() -> None:
    rows = table(REFERENCE / "numbers.md", "Rounding")
    assert [row[0].strip("`") for row in rows] == list(DIRECTIONS)
    for direction, *results in rows:
        rounding = Rounding(direction.strip("`"), places=0)
        numbers = (Fraction(5, 2), Fraction(-5, 2), Fraction(13, 5), Fraction(-13, 5))
        assert [text_of(rounding.apply(number)) for number in numbers] == results


def test_the_catalogue_is_the_one_of_the_code() -> None:
    expected = [
        [
            f"`{item.id}`",
            item.name,
            f"1 {item.unit}",
            item.claim,
            f"{item.transferable_months} months" if item.transferable_months else "no limit",
            f"{item.valid_months} months" if item.valid_months else "no limit",
            item.source,
        ]
        for item in cl.instruments.BUILTIN.values()
    ]
    assert table(REFERENCE / "instruments.md", "Instruments") == expected


def test_every_waiver_is_listed_with_its_words() -> None:
    rows = table(REFERENCE / "waivers.md", "Waivers")
    assert {row[0].strip("`"): row[1] for row in rows} == WAIVABLE


def test_every_state_of_a_unit_is_in_the_glossary() -> None:
    rows = table(REFERENCE / "glossary.md", "What happens to a unit")
    assert [row[0].strip("`") for row in rows] == list(STATES)


def test_the_glossary_says_the_clash_first() -> None:
    page = text_of_page("glossary.md")
    first = page.split("## ")[1]
    for word in ("retirement", "cancellation", "redemption", "EECS", "EnergyTag", "I-REC"):
        assert word in first


def test_every_layer_of_the_house_is_in_contributing() -> None:
    import tomllib

    with (ROOT / "pyproject.toml").open("rb") as file:
        contracts = tomllib.load(file)["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    expected = [sorted(name.strip().removeprefix("carbon_ledger.") for name in layer.split("|")) for layer in layers]
    rows = table(ROOT / "CONTRIBUTING.md", "The house")
    assert [sorted(quoted(row[1].partition(":")[0])) for row in rows] == expected


def test_the_version_is_one() -> None:
    for name in ("CHANGELOG.md", "CITATION.cff"):
        assert cl.__version__ in Path(ROOT / name).read_text(encoding="utf-8")
