"""The reference of serials is complete: every form of every grammar with an example, its source, and every rule."""

from tests.docs.documents import ROOT, quoted, table

from carbon_ledger.registries.rows import BALANCE_REFUSALS, REFUSALS
from carbon_ledger.registries.templates import KINDS
from carbon_ledger.serials import GRAMMARS

PAGE = ROOT / "docs" / "reference" / "serials.md"


def test_every_form_is_there_with_its_space_and_a_text_that_it_reads() -> None:
    rows = [[cell.strip("`") for cell in row] for row in table(PAGE, "Grammars")]
    forms = [(grammar.id, form) for grammar in GRAMMARS.values() for form in grammar.forms]
    assert [row[:3] for row in rows] == [[id_, form.template, form.space or "(all)"] for id_, form in forms]
    for (registry, form), row in zip(forms, rows, strict=True):
        example = GRAMMARS[registry].parse(row[3])
        assert example.fields == form.read(row[3])


def test_every_source_is_the_one_of_the_code() -> None:
    expected = [[f"`{item.id}`", item.name, item.source] for item in GRAMMARS.values()]
    assert table(PAGE, "Sources") == expected


def test_every_rule_and_every_kind_is_there() -> None:
    rows = table(PAGE, "Exports")
    assert [row[0].strip("`") for row in rows] == list(REFUSALS)
    assert [row[0].strip("`") for row in table(PAGE, "Balances")] == list(BALANCE_REFUSALS)
    written = [quoted(row[0])[0] for row in table(PAGE, "Your own")]
    assert [text.strip("{}").partition(":")[2] for text in written] == ["", *KINDS, "digits 4"]
