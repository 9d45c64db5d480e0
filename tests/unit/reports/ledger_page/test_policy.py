"""The policy of a page names its scripts and styles by hash, and allows nothing else."""

import base64
import hashlib

from carbon_ledger.reports.ledger_page.policy import content_security_policy


def test_a_script_and_a_style_are_named_by_the_hash_of_their_utf_8() -> None:
    policy = content_security_policy(["let a = 'ə';"], ["p {}", "b {}"])
    script = base64.b64encode(hashlib.sha256("let a = 'ə';".encode()).digest()).decode()
    assert f"; script-src 'sha256-{script}'; style-src 'sha256-" in policy
    assert policy.count("sha256-") == 3


def test_nothing_else_is_allowed() -> None:
    assert content_security_policy([], []) == (
        "default-src 'none'; script-src 'none'; style-src 'none'; base-uri 'none'; form-action 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )
    assert "unsafe" not in content_security_policy(["a"], ["b"], images=True)
    assert "; img-src data:; " in content_security_policy(["a"], ["b"], images=True)
