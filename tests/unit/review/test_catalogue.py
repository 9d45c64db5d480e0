"""Every rule of a review speaks on a ledger with its problem, and all are silent on a sound one."""

import os
import subprocess
import sys
from itertools import permutations

import pytest
from scripts import write_review_rules
from tests.support.places import PYTHONPATH, ROOT
from tests.support.reviewed_ledgers import EXPECTED, RECIPES, Story, begun, digest_of, month, plant

from carbon_ledger.review.catalogue import RULES
from carbon_ledger.review.flags import SEVERITIES


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_the_rules_speak_where_they_should_and_nowhere_else(name: str) -> None:
    story = RECIPES[name]()
    assert {flag.rule for flag in story.ledger.review().flags} == EXPECTED[name]


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_every_reviewed_ledger_passes_its_audit(name: str) -> None:
    """What a review asks is nothing that an audit proves."""
    assert RECIPES[name]().ledger.audit().passed


def test_every_severity_of_a_flag_is_one_that_its_rule_gives() -> None:
    given = {rule.id: rule.severities.split(", ") for rule in RULES}
    assert all(set(names) <= set(SEVERITIES) for names in given.values())
    for recipe in RECIPES.values():
        assert all(flag.severity in given[flag.rule] for flag in recipe().ledger.review().flags)


def test_every_rule_has_an_id_of_its_own() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES)
    assert [rule.id for rule in RULES] == sorted(rule.id for rule in RULES)


def three_plants(order: tuple[str, ...]) -> Story:
    """Three plants in an order of registration; each has a problem, and one has two."""
    story = begun("open", *(plant(name, name=f"{name} river") for name in order))
    for name in ("plant", "second", "third"):
        story.goto(month(3), 3)
        story.record(month(3), device=name, evidence=None if name == "second" else digest_of(7))
        story.approve_and_issue(month(3), "hydro" if name == "plant" else name)
    return story


def test_the_order_of_registration_changes_no_key() -> None:
    """No flag depends on the order of a dictionary or of registrations."""
    keys = [
        [flag.key for flag in three_plants(order).ledger.review().flags]
        for order in permutations(("plant", "second", "third"))
    ]
    assert keys[0]
    assert all(item == keys[0] for item in keys)


def test_the_page_of_rules_is_what_the_code_gives() -> None:
    assert write_review_rules.PAGE.read_text(encoding="utf-8") == write_review_rules.page(), (
        "run python scripts/write_review_rules.py"
    )


_PRINTED = """
from tests.support.reviewed_ledgers import RECIPES
for name in ("r06", "r13", "r14", "r15", "r18"):
    print(RECIPES[name]().ledger.review())
"""


@pytest.mark.outside
def test_no_flag_depends_on_the_order_of_a_set() -> None:
    """Python orders sets of texts by a seed that differs from process to process."""
    printed = set()
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join([PYTHONPATH, str(ROOT)])}
        done = subprocess.run([sys.executable, "-c", _PRINTED], env=environment, capture_output=True, check=True)
        printed.add(done.stdout)
    assert len(printed) == 1
