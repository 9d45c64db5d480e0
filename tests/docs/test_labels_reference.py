"""The glossary's labels are those of the code, with what each certifies and where that comes from."""

from tests.docs.documents import ROOT, table

from carbon_ledger.labels import BUILTIN

PAGE = ROOT / "docs" / "reference" / "glossary.md"


def test_every_label_is_there_with_its_words() -> None:
    expected = [[f"`{item.id}`", item.name, item.certifies, item.source] for item in BUILTIN.values()]
    assert table(PAGE, "Labels") == expected
