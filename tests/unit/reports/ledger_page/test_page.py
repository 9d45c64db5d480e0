"""The page: well-formed, under a strict policy, with its root on every printed page, whatever texts a ledger has."""

import base64
import hashlib
import html
import re
from pathlib import Path

import pytest
from tests.support.html_pages import Page
from tests.support.reported_ledgers import begun, crowded, full, hostile, hourly, page_of

import carbon_ledger as cl


@pytest.fixture(scope="module", params=["full", "hourly", "hostile", "crowded", "begun"])
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[cl.Ledger, str]:
    folder: Path = tmp_path_factory.mktemp("page")
    makers = {"full": lambda: full(folder), "hourly": hourly, "hostile": hostile, "begun": begun}
    ledger = makers.get(request.param, lambda: crowded(60))()
    return ledger, page_of(ledger, folder)


def test_the_page_is_well_formed_and_its_ids_are_used_once(case: tuple[cl.Ledger, str]) -> None:
    page = Page(case[1])
    assert len(page.ids()) == len(set(page.ids()))
    links = {str(attributes["href"]) for tag, attributes in page.tags if tag == "a"}
    assert links <= {f"#{anchor}" for anchor in page.ids()}


def test_nothing_is_loaded_and_nothing_runs_but_the_one_script(case: tuple[cl.Ledger, str]) -> None:
    page = Page(case[1])
    scripts = [attributes for tag, attributes in page.tags if tag == "script"]
    assert [attributes.get("type") for attributes in scripts] == ["application/json", None]
    assert {tag for tag, _ in page.tags} & {
        "img",
        "iframe",
        "link",
        "object",
        "embed",
        "base",
        "form",
        "style:",
    } == set()
    for _, attributes in page.tags:
        assert not [key for key in attributes if key.startswith("on") or key in ("src", "style", "srcset", "action")]


def test_the_policy_has_the_hash_of_each_style_and_script(case: tuple[cl.Ledger, str]) -> None:
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', case[1])
    styles = re.findall(r"<style>(.*?)</style>", case[1], re.DOTALL)
    scripts = re.findall(r"<script>(.*?)</script>", case[1], re.DOTALL)
    assert (len(styles), len(scripts)) == (2, 1)
    for source in (*styles, *scripts):
        digest = base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in html.unescape(policy)
    assert "default-src 'none'" in html.unescape(policy)
    assert "unsafe" not in policy


def test_the_root_and_the_size_are_those_of_the_ledger(case: tuple[cl.Ledger, str]) -> None:
    ledger, text = case
    roots = re.findall(r'ledger-root mono">([0-9a-f]*)<', text)
    assert roots == [ledger.root()] * 2  # on the first page, and at the foot of every printed page
    assert re.findall(r'class="ledger-size">([0-9,]*)<', text) == [f"{ledger.size:,}"] * 2
    assert f'data-root="{ledger.root()}"' in text


def test_what_a_reader_sees_is_printable(case: tuple[cl.Ledger, str]) -> None:
    text = Page(case[1]).text
    assert [item for item in text if not item.isprintable() and item != "\n"] == []


def test_every_table_of_numbers_is_in_a_part_that_scrolls(case: tuple[cl.Ledger, str]) -> None:
    assert case[1].count("<table") == case[1].count('<div class="scroll" tabindex="0"')


def test_every_picture_has_a_table_beside_it(case: tuple[cl.Ledger, str]) -> None:
    page = case[1]
    sections = re.findall(r'<section id="(states|generation|carry)".*?</section>', page, re.DOTALL)
    assert sections == ["states", "generation", "carry"]
    for found in re.findall(r'<section id="(?:states|generation|carry)".*?</section>', page, re.DOTALL):
        assert found.count("<table") >= found.count("<figure>")


def test_an_empty_ledger_states_what_it_has_not(tmp_path: Path) -> None:
    text = Page(page_of(begun(), tmp_path)).text
    for words in (
        "No unit was issued or imported.",
        "No account has or had units.",
        "Nothing was issued.",
        "No check was waived, and no assumption was declared.",
        "No unit was retired.",
        "No reading was corrected, no issuance was voided, and no unit was withdrawn.",
    ):
        assert words in text
