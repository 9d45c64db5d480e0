"""The section states what was not checked until a script has checked it, and escapes what it is given."""

import re

from carbon_ledger.reports.ledger_page.proof import script
from carbon_ledger.reports.ledger_page.proof_section import (
    CHECKS,
    NOT_YET,
    REVIEW_CHECKS,
    section_html,
    verdict_html,
)


def test_without_a_script_nothing_is_checked() -> None:
    page = section_html("all entries of the ledger (5 entries)")
    assert page.count(NOT_YET) == len(CHECKS)
    assert page.count('data-state="unchecked"') == len(CHECKS)
    assert "passed</td>" not in page
    assert NOT_YET in verdict_html("nothing")
    assert "<noscript>" in page


def test_what_a_page_contains_is_escaped() -> None:
    for text in (section_html("<img src=x>\u202e"), verdict_html("<img src=x>\u202e")):
        assert "<img" not in text
        assert "\u202e" not in text


def test_no_attribute_runs_a_script_or_sets_a_style() -> None:
    page = section_html("") + verdict_html("")
    assert not re.search(r"\s(?:on\w+|style)=", page)
    assert "<form" not in page


def test_every_id_that_the_script_uses_is_on_the_page() -> None:
    page = section_html("") + verdict_html("")
    used = set(re.findall(r'\bpart\("([a-z-]+)"\)', script()))
    assert len(used) > 8
    assert {name for name in used - {"data"} if f'id="ledger-proof-{name}"' not in page} == set()


def test_the_script_has_words_for_exactly_the_checks() -> None:
    table = re.search(r"const CHECKS = \{(.*?)\};", script(), re.DOTALL)
    assert table
    assert set(re.findall(r"^  (\w+):", table[1], re.MULTILINE)) == {name for name, _, _ in CHECKS}


def test_the_script_of_a_review_has_words_for_its_further_checks() -> None:
    found = re.findall(r'^  { name: "(\w+)", words:', script(reviewed=True), re.MULTILINE)
    assert found == [name for name, _, _ in REVIEW_CHECKS]
    page, plain = section_html("", reviewed=True), section_html("")
    assert page.count(NOT_YET) == len(CHECKS) + len(REVIEW_CHECKS)
    assert "the sums and pictures of this" in plain
    assert "the sums and pictures of this" not in page
    assert page.count("How the figures, the sample and the older state are checked") == 1
