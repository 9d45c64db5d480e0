"""A reader's own file beside the page: the ledger's export, a checkpoint or a receipt, with the entry that differs."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.browser.conftest import Show
from tests.browser.ledgers import HOSTILE, IMPOSTOR, KEY, SIGNER, Published, edited, hostile, page_of, small

from carbon_ledger.log.checkpoint import Checkpoint
from carbon_ledger.log.merkle import leaf_hash, root_hash
from carbon_ledger.signing import Signer, sign_checkpoint

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Published:
    return small(tmp_path_factory.mktemp("small"))


def export_of(entries: tuple[bytes, ...] | list[bytes]) -> bytes:
    """What `carbon-ledger export entries` writes: each entry's bytes and a line feed."""
    return b"".join(data + b"\n" for data in entries)


def note_of(entries: tuple[bytes, ...] | list[bytes], signer: Signer = SIGNER) -> bytes:
    root = root_hash([leaf_hash(data) for data in entries])
    return sign_checkpoint(Checkpoint(signer.name, len(entries), root), signer)


def file_of(folder: Path, data: bytes, name: str = "file.bin") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def test_the_export_of_a_ledger(ledger: Published, show: Show, tmp_path: Path) -> None:
    """Same, earlier, later, and forked, with the number at which the two differ."""
    entries = list(ledger.entries)
    size = len(entries)
    page = show(page_of(ledger))
    words = page.compare(file_of(tmp_path, export_of(entries), "export.jsonl"))
    assert words == f"export.jsonl: passed. The file has {size} entries: the same as this report, with the same root."
    words = page.compare(file_of(tmp_path, export_of(entries[:4])))
    assert "passed. The file has 4 entries. They are the first of" in words
    words = page.compare(file_of(tmp_path, export_of([*entries, b'{"n":%d}' % size])))
    assert f"passed. The file has {size + 1} entries. The first {size} are those of this report" in words
    for n in range(size):
        forked = [*entries[:n], entries[n].replace(b'"by":"op"', b'"by":"oq"'), *entries[n + 1 :]]
        words = page.compare(file_of(tmp_path, export_of(forked), f"forked-{n}.jsonl"))
        assert (
            f"FAILED. Not the same ledger, or one of the two was changed: the first difference is entry {n} " in words
        )
        assert f"The {n} before are the same" in words
        assert '"by":"oq"' in words
    assert page.failed() == set()


def test_an_export_that_was_changed_by_another_program(ledger: Published, show: Show, tmp_path: Path) -> None:
    page = show(page_of(ledger))
    entries = list(ledger.entries)
    whole = export_of(entries)
    for data, words in (
        (whole.replace(b"\n", b"\r\n"), "carriage returns"),
        (b"\xef\xbb\xbf" + whole, "Another program changed the file"),
        (b"[" + b",".join(entries) + b"]", "Another program changed the file"),
        (whole[:-20], f"The file ends inside the line of entry {len(entries) - 1}"),
        (export_of([*entries[:3], *entries[4:]]), "the first difference is entry 3"),
        (export_of([*entries[:3], entries[4], entries[3], *entries[5:]]), "the first difference is entry 3"),
        (export_of([*entries[:3], entries[2], *entries[3:]]), "the first difference is entry 3"),
        (export_of([entries[0], b"", *entries[1:]]), "the first difference is entry 1"),
        (whole.replace(b"Operator", b"Operat\xf6r"), "the first difference is entry 1"),
        (b"{" + b"x" * 9_000_000, "a line is longer than any entry"),
    ):
        found = page.compare(file_of(tmp_path, data, f"{words[:5].strip()}.jsonl"))
        assert "FAILED" in found
        assert words in found


def test_an_export_without_its_last_line_feed_is_the_same(ledger: Published, show: Show, tmp_path: Path) -> None:
    assert "the same as this report" in show(page_of(ledger)).compare(file_of(tmp_path, export_of(ledger.entries)[:-1]))


def test_an_export_is_read_in_slices(show: Show, tmp_path: Path) -> None:
    """Twelve megabytes: lines cross the edges of the slices in which the file is read."""
    texts = [b'{"n":%d,"text":"%s"}' % (n, b"x" * (n * 1_237 % 60_000)) for n in range(400)]
    long = Published("long", tuple(texts), note_of(texts), ())
    page = show(page_of(long))
    assert len(export_of(texts)) > 10_000_000
    assert "the same as this report" in page.compare(file_of(tmp_path, export_of(texts)))
    texts[399] = texts[399][:-1] + b" }"
    assert "the first difference is entry 399" in page.compare(file_of(tmp_path, export_of(texts), "other.jsonl"))


def test_an_export_against_a_page_with_some_entries(ledger: Published, show: Show, tmp_path: Path) -> None:
    """The root of the file's entries is compared with the root that the page states: all of the ledger is checked."""
    entries = list(ledger.entries)
    page = show(page_of(ledger, whole=False))
    assert "the same as this report, with the same root" in page.compare(file_of(tmp_path, export_of(entries)))
    later = export_of([*entries, b"{}"])
    assert "a later state of the same ledger" in page.compare(file_of(tmp_path, later, "later"))
    assert "not checked" in page.compare(file_of(tmp_path, export_of(entries[:3]), "earlier"))
    other = export_of([entries[0].replace(b"op", b"oq"), *entries[1:]])
    assert "give the root" in page.compare(file_of(tmp_path, other, "other"))
    cited = ledger.receipts[0][0]
    other = export_of([*entries[:cited], b"{}", *entries[cited + 1 :]])
    assert f"the first difference is entry {cited}" in page.compare(file_of(tmp_path, other, "cited"))


def test_a_published_checkpoint(ledger: Published, show: Show, tmp_path: Path) -> None:
    entries = list(ledger.entries)
    page = show(page_of(ledger, signed=False))
    words = page.compare(file_of(tmp_path, ledger.note, "checkpoint"))
    assert words.startswith("checkpoint: passed. The checkpoint of the log example.com/hydro with ")
    assert "Its signature is not checked" in words
    page.use_key(KEY)
    words = page.compare(file_of(tmp_path, note_of(entries[:4]), "older"))
    assert (
        "passed. The checkpoint of the log example.com/hydro with 4 entries has the root of this page's first 4"
        in words
    )
    assert f"It is signed by example.com/hydro+{SIGNER.key_id.hex()}." in words
    words = page.compare(file_of(tmp_path, note_of(entries[:4], IMPOSTOR), "impostor"))
    assert "FAILED" in words
    assert "it is signed by example.com/hydro+" in words
    assert "FAILED" in page.compare(file_of(tmp_path, note_of(entries[::-1]), "forked"))
    assert "FAILED" in page.compare(file_of(tmp_path, note_of([*entries[:3], b"{}"]), "forked-4"))
    words = page.compare(file_of(tmp_path, note_of([*entries, b"{}"]), "newer"))
    assert "not checked" in words
    assert "is newer than this report" in words
    changed = ledger.note.decode().replace("example.com/hydro\n", "example.com/hydra\n").encode()
    assert "is NOT valid" in page.compare(file_of(tmp_path, changed, "changed"))


def test_a_receipt(ledger: Published, show: Show, tmp_path: Path) -> None:
    n, _, receipt = ledger.receipts[0]
    page = show(page_of(ledger, signed=False))
    page.use_key(KEY)
    words = page.compare(file_of(tmp_path, receipt, "receipt.tlog-proof"))
    assert f"passed. The receipt of entry {n} proves its text" in words
    assert "It is signed by" in words
    other = receipt.replace(b"index %d\n" % n, b"index %d\n" % (n - 1))
    assert "FAILED" in page.compare(file_of(tmp_path, other, "other"))

    def change(data: dict[str, list[str]]) -> None:
        data["entries"][0] += " "

    page = show(edited(page_of(ledger, signed=False), change))
    words = page.compare(file_of(tmp_path, receipt, "receipt"))
    assert "FAILED" in words
    assert "But: The checkpoint" in words


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "The file is empty"),
        (b"SQLite format 3\0" + bytes(100), "Export it first"),
        (b'{"account":"operator","units":255}\n', "are no entries but rows of a table. Export the entries"),
        (b"\x89PNG" + bytes(2_000_000), "no export, no checkpoint and no receipt"),
        (b"\xff\xfe\x00", "is not UTF-8"),
        (b"hello", "no export, no checkpoint and no receipt"),
        (KEY.encode(), "Paste a verifier key into the field above"),
        (b"c2sp.org/tlog-proof@v1\n", "cannot be read"),
        ("text\n\n\u2014 x AAAA\n".encode(), "cannot be read"),
        ("<img src=x onerror=alert(1)>\n9\nx\n\n\u2014 x AAAAAAAA\n".encode(), "cannot be read"),
    ],
)
def test_another_file(data: bytes, words: str, ledger: Published, show: Show, tmp_path: Path) -> None:
    page = show(page_of(ledger))
    found = page.compare(file_of(tmp_path, data, "<img src=x>.bin"))
    assert words in found
    assert found.startswith("<img src=x>.bin: ")
    assert "passed" not in found
    assert page.page.locator("#ledger-proof-compared *").count() == 0


Make = Callable[[Path], Published]


def test_a_dropped_file_is_compared_and_does_not_replace_the_page(ledger: Published, show: Show) -> None:
    page = show(page_of(ledger))
    transfer = page.page.evaluate_handle(
        """text => { const transfer = new DataTransfer();
        transfer.items.add(new File([text], "dropped.jsonl")); return transfer; }""",
        export_of(ledger.entries).decode(),
    )
    for place in ("h1", "#ledger-proof-drop"):
        page.page.evaluate("() => { ledgerProof.page.comparing = null; }")
        page.page.dispatch_event(place, "dragover", {"dataTransfer": transfer})
        page.page.dispatch_event(place, "drop", {"dataTransfer": transfer})
        assert "dropped.jsonl: passed. " in page.compared()
    stopped = """place => { const drop = new DragEvent("drop", { bubbles: true, cancelable: true });
        document.querySelector(place).dispatchEvent(drop); return drop.defaultPrevented; }"""
    assert page.page.evaluate(stopped, "h1")
    assert page.page.url == page.address


def test_hostile_names_change_nothing(show: Show, tmp_path: Path) -> None:
    """No text of a ledger becomes an element, runs, or hides anything, wherever the page shows it."""
    ledger = hostile()
    cited = "".join(f'<span data-entry="{n}">entry {n}</span> ' for n in range(len(ledger.entries) + 2))
    page = show(page_of(ledger, body=f"<p>{cited}</p>"))
    page.use_key(KEY)
    assert set(page.checks().values()) == {"passed"}
    assert page.page.locator("script").count() == 2
    assert page.page.locator("img").count() == 0
    assert page.page.locator("[data-entry] button").count() == len(ledger.entries)
    for n in range(len(ledger.entries)):
        page.page.click(f"[data-entry='{n}'] button")
        shown = page.page.text_content("#ledger-proof-entry-text") or ""
        assert f'"n":{n}}}' in shown
        assert shown.isprintable()
        assert page.page.locator("#ledger-proof-entry-text *").count() == 0
    page.page.click("[data-entry='7'] button")
    assert "\\u{202e}evil\\u{2066}" in (page.page.text_content("#ledger-proof-entry-text") or "")
    assert HOSTILE[6] not in page.page.content().split("ledger-proof-data")[0]
    changed = [data.replace(b"evil", b"good") for data in ledger.entries]
    words = page.compare(file_of(tmp_path, export_of(changed), "other.jsonl"))
    assert "the first difference is entry 7" in words
    assert words.isprintable()
    assert page.page.evaluate("({}).n") is None
    assert page.page.title() == "A page that checks itself"


def test_an_entry_that_is_not_in_the_page(ledger: Published, show: Show) -> None:
    page = show(page_of(ledger))
    for text in ("1000000", "-1", "1.5", ""):
        page.page.fill("#ledger-proof-entry-number", text)
        page.page.click("#ledger-proof-entry-show")
        shown = page.page.inner_text("#ledger-proof-entry-words")
        assert shown == "This page does not have that entry."
        assert not page.page.is_visible("#ledger-proof-entry-text")
