"""The reference of authority is the table of the code, and names every role, policy and refusal."""

import re

from tests.docs.documents import ROOT, table

from carbon_ledger.core.entries.events import POLICIES, ROLES
from carbon_ledger.core.issuance import approvals
from carbon_ledger.core.rules import RULES

PAGE = ROOT / "docs" / "reference" / "authority.md"


def test_the_table_is_that_of_the_code() -> None:
    expected = [
        [f"`{kind}`", rule.may.action, ", ".join(f"`{role}`" for role in rule.may.roles) or "nobody", rule.may.of]
        for kind, rule in RULES.items()
    ]
    assert sorted([*row, ""][:4] for row in table(PAGE, "The table")) == sorted(expected)


def test_every_role_and_policy_is_there() -> None:
    roles = table(PAGE, "Roles")
    assert [row[0].strip("`") for row in roles] == list(ROLES)
    assert [row[0].strip("`") for row in roles if row[-1] == "one"] == ["account-holder"]
    assert [row[0].strip("`") for row in table(PAGE, "Authority: who may do what")] == list(POLICIES)


def test_every_refusal_and_status_of_an_approval_is_there() -> None:
    source = ROOT / "src" / "carbon_ledger" / "core" / "issuance" / "approvals.py"
    code = source.read_text(encoding="utf-8")
    page = PAGE.read_text(encoding="utf-8")
    rules = set(re.findall(r'rule="([a-z-]+)"', code)) - {"unknown-approval"}
    assert len(rules) > 5
    assert {rule for rule in rules if f"`{rule}`" not in page} == set()
    for status in (approvals.STANDING, approvals.LAPSED, approvals.USED, approvals.REVOKED):
        assert f"`{status}`" in page
