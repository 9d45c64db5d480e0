"""What the page about compatibility promises about numbers is what the code has."""

import tomllib

from tests.docs.documents import ROOT

from carbon_ledger.core.entries.entry import MAX_BYTES, SCHEMA
from carbon_ledger.core.entries.events import EVENTS
from carbon_ledger.stores.sqlite.earlier_schemas import EARLIER
from carbon_ledger.stores.sqlite.schema import APPLICATION_ID, SCHEMA_VERSION

PAGE = " ".join((ROOT / "docs" / "reference" / "compatibility.md").read_text(encoding="utf-8").split())


def test_the_numbers_of_the_entry_format_are_those_of_the_code() -> None:
    assert f"the fields of schema {SCHEMA}, " in PAGE
    assert f"at most {MAX_BYTES:,} bytes" in PAGE
    assert f"{len(EVENTS)} event types" in PAGE


def test_the_numbers_of_the_file_are_those_of_the_code() -> None:
    assert f"`application_id` {APPLICATION_ID}" in PAGE
    assert f"schema version, which is {SCHEMA_VERSION} now" in PAGE
    assert f"derived tables of versions {' and '.join(map(str, sorted(EARLIER)))}." in PAGE


def test_the_oldest_python_is_that_of_the_package() -> None:
    with (ROOT / "pyproject.toml").open("rb") as file:
        project = tomllib.load(file)["project"]
    assert f"Python {project['requires-python'].removeprefix('>=')} or newer" in PAGE
    assert all(name.partition(">")[0] in PAGE for name in project["dependencies"])


def test_the_page_says_alpha_as_the_package_does() -> None:
    with (ROOT / "pyproject.toml").open("rb") as file:
        classifiers = tomllib.load(file)["project"]["classifiers"]
    assert ("Development Status :: 3 - Alpha" in classifiers) == ("is alpha software" in PAGE)
