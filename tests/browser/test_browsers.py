"""Browsers that offer less: no WebCrypto, no secure context, no Ed25519, no scripts; and a policy that holds."""

import re

import pytest
from tests.browser.conftest import Show
from tests.browser.ledgers import KEY, Published, page_of, small

pytestmark = pytest.mark.browser

NO_CRYPTO = "Object.defineProperty(globalThis, 'crypto', { value: undefined });"
NO_ED25519 = """SubtleCrypto.prototype.importKey = async () => { throw new DOMException("x", "NotSupportedError"); };"""
TRUE_FOR_ALL = "SubtleCrypto.prototype.verify = async () => true;"
WRONG_DIGEST = """{ const digest = SubtleCrypto.prototype.digest; let count = 0;
SubtleCrypto.prototype.digest = async function (...given) { const found = await digest.apply(this, given);
  count += 1; if (count === 3) new Uint8Array(found)[31] ^= 1; return found; }; }"""


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Published:
    return small(tmp_path_factory.mktemp("small"))


def test_without_webcrypto_the_pages_own_function_checks(ledger: Published, show: Show) -> None:
    page = show(page_of(ledger), before=NO_CRYPTO)
    assert page.failed() == set()
    assert page.check("root")[0] == "passed"
    assert page.check("functions")[0] == "not checked"
    assert "the two SHA-256 functions" in page.verdict.split("Not checked: ")[1]
    page.use_key(KEY)
    state, words = page.check("signatures")
    assert state == "not checked"
    assert words.startswith("Signature not checked here")


def test_a_page_from_http_is_no_secure_context(ledger: Published, show: Show) -> None:
    page = show(page_of(ledger), at="http://reports.example/ledger.html")
    assert page.page.evaluate("isSecureContext") is False
    assert page.check("root")[0] == "passed"
    state, words = page.check("functions")
    assert state == "not checked"
    assert "no WebCrypto to this page" in words
    page.use_key(KEY)
    assert page.check("signatures")[0] == "not checked"
    # The changed page is red there too.
    changed = page_of(ledger).replace("Operator", "Operatör")
    assert show(changed, at="http://reports.example/").failed() == {"hashes", "root", "checkpoint"}


@pytest.mark.parametrize("before", [NO_ED25519, TRUE_FOR_ALL])
def test_without_ed25519_a_signature_is_never_called_valid(before: str, ledger: Published, show: Show) -> None:
    """Also a browser whose function answers yes to everything: it fails the known vector, and is not used."""
    page = show(page_of(ledger), before=before)
    page.use_key(KEY)
    state, words = page.check("signatures")
    assert state == "not checked"
    assert words.startswith("Signature not checked here")
    assert page.check("functions")[0] == "passed"


def test_two_functions_that_differ_are_reported(ledger: Published, show: Show) -> None:
    page = show(page_of(ledger), before=WRONG_DIGEST)
    assert page.failed() == {"functions"}
    assert "gave different hashes" in page.check("functions")[1]


def test_without_scripts_nothing_looks_checked(ledger: Published, show: Show) -> None:
    page = show(page_of(ledger), java_script_enabled=False)
    assert set(page.checks().values()) == {"not checked"}
    assert "the script of this page has not run" in page.verdict
    assert page.page.locator("noscript").count() == 1
    assert not page.page.is_visible("#ledger-proof-key")


def test_an_edited_script_does_not_run_under_the_pages_policy(ledger: Published, show: Show) -> None:
    """Somebody who edits the script has to edit the policy too; that no page can prevent."""
    page = show(page_of(ledger).replace("const CHUNK = 1024;", "const CHUNK = 1025;"))
    page.expected = True
    assert set(page.checks().values()) == {"not checked"}
    page.close()
    assert any("script-src" in item for item in page.objections)


def test_the_policy_stops_what_the_page_does_not_name(ledger: Published, show: Show) -> None:
    """An element that got into the page by any way runs nothing, loads nothing and styles nothing."""
    attacks = {
        "script-src": "<script>document.title = 'run'</script>",
        "script-src-attr": "<b onclick='document.title = 1'>b</b><img src=x onerror='document.title = 2'>",
        "img-src": "<img src='https://example.com/x.png'>",
        "style-src": "<style>h1 { color: red }</style>",
        "style-src-attr": "<b style='color: red'>b</b>",
        "frame-src": "<iframe src='https://example.com/'></iframe>",
        "base-uri": "<base href='https://example.com/'>",
        "object-src": "<object data='https://example.com/'></object>",
    }
    page = show(page_of(ledger, body="".join(attacks.values())))
    page.expected = True
    title = page.page.title()
    page.close()
    assert title == "A page that checks itself"
    found = {item.split(" ")[0] for item in page.objections}
    assert {"script-src-elem", "script-src-attr", "img-src", "style-src-elem", "style-src-attr"} <= found
    assert {"frame-src", "base-uri"} <= found
    assert set(page.requests) - {page.address} == set(page.blocked)


def test_a_second_window_of_the_same_file_gives_the_same(ledger: Published, show: Show) -> None:
    html = page_of(ledger)
    assert len({show(html).verdict for _ in range(3)}) == 1
    assert not re.search(r"Math\.random|Date\(", html)
