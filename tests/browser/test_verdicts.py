"""A page opened from a file without network checks itself: green for a sound ledger, red for every change, by name."""

import base64
import json
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.browser.conftest import Show
from tests.browser.ledgers import (
    IMPOSTOR,
    KEY,
    SIGNER,
    Published,
    consistent,
    data_of,
    edited,
    kalbajar,
    page_of,
    reprinted,
    small,
)

from carbon_ledger.log.checkpoint import Checkpoint
from carbon_ledger.log.merkle import inclusion_proof, leaf_hash
from carbon_ledger.log.note import format_note, parse_note
from carbon_ledger.signing import Signer, sign_checkpoint, sign_note

pytestmark = pytest.mark.browser

ALL = {"numbers", "hashes", "functions", "root", "printed", "checkpoint", "receipts", "signatures"}


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Published:
    return small(tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="module")
def html(ledger: Published) -> str:
    return page_of(ledger)


@pytest.mark.parametrize("make", [small, kalbajar])
def test_every_check_of_a_sound_ledger_is_green(make: Callable[[Path], Published], show: Show, tmp_path: Path) -> None:
    ledger = make(tmp_path)
    page = show(page_of(ledger))
    assert page.checks() == dict.fromkeys(ALL, "passed") | {"signatures": "not checked"}
    assert page.verdict.endswith("Not checked: the signatures.")
    assert page.check("root") == ("passed", f"The entries give the root that the report states: {ledger.root}.")
    shown = page.use_key(KEY)
    assert SIGNER.key_id.hex() in shown
    assert page.checks() == dict.fromkeys(ALL, "passed")
    assert page.verdict == (
        f"This browser checked {len(ledger.entries)} entries. Passed: the entries' numbers, the text of the entries, "
        "the two SHA-256 functions, the root, what the page prints, the checkpoint, the receipts, the signatures."
    )


def test_a_key_in_the_page_is_never_used(html: str, show: Show) -> None:
    """Whatever the page's data name as a key, the signatures are unchecked until the reader pastes one."""

    def add(data: Any) -> None:
        data.update(key=KEY, verifier_key=KEY, keys=[KEY])

    assert KEY not in html
    assert show(edited(html, add)).check("signatures")[0] == "not checked"


def other_letter(text: str, at: int) -> str:
    return text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :]


def test_one_changed_letter_in_an_entry(ledger: Published, html: str, show: Show) -> None:
    """Each entry in turn: the page names the entry, the root, and the checkpoint."""
    for n, data in enumerate(ledger.entries):
        at = data.decode().index('"by":"') + 6

        def change(found: Any, n: int = n, at: int = at) -> None:
            found["entries"][n] = other_letter(found["entries"][n], at)

        page = show(edited(html, change))
        cited = {k for k, _, _ in ledger.receipts}
        assert page.failed() == {"hashes", "root", "checkpoint"} | ({"receipts"} if n in cited else set())
        assert page.check("hashes")[1] == f"The text of entry {n} was changed since the report was written."
        assert page.verdict.startswith("FAILED in this browser: the text of the entries, the root, the checkpoint")
        if n in cited:
            assert f"The receipt of entry {n} does not prove the text" in page.check("receipts")[1]


def test_one_changed_letter_of_an_entry_in_the_file_itself(html: str, show: Show) -> None:
    assert html.count("Operator") == 1
    page = show(html.replace("Operator", "Operatör"))
    assert page.failed() == {"hashes", "root", "checkpoint"}
    assert "entry 1 " in page.check("hashes")[1]


def test_a_changed_root(html: str, show: Show) -> None:
    def change(data: Any) -> None:
        data["root"] = data["root"][:5] + ("0" if data["root"][5] != "0" else "1") + data["root"][6:]

    page = show(edited(html, change))
    assert page.failed() == {"root", "printed"}
    assert "but the report states" in page.check("root")[1]


@pytest.mark.parametrize("mark", ['<code id="root">', 'data-root="'])
def test_a_root_that_is_printed_falsely(mark: str, html: str, show: Show) -> None:
    at = html.index(mark) + len(mark)
    page = show(html[:at] + ("0" if html[at] != "0" else "1") + html[at + 1 :])
    assert page.failed() == {"printed"}
    assert "the root " in page.check("printed")[1]


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        ('data-size="10"', 'data-size="11"', "the number of entries 11"),
        ('<span class="ledger-size">10<', '<span class="ledger-size">100<', "the number of entries 100"),
        ('data-ledger="small"', 'data-ledger="large"', "the ledger large"),
    ],
)
def test_facts_that_are_printed_falsely(
    old: str, new: str, name: str, ledger: Published, html: str, show: Show
) -> None:
    old, new = (text.replace("10", str(len(ledger.entries))) if "10" in text else text for text in (old, new))
    assert html.count(old) == 1
    page = show(html.replace(old, new))
    assert page.failed() == {"printed"}
    assert name.replace("10", str(len(ledger.entries))) in page.check("printed")[1] or "11" in name
    assert show(reprinted(html.replace(old, new))).failed() == {"printed"}


def test_another_ledger_id(html: str, show: Show) -> None:
    """Entry 0 states whose ledger it is."""
    page = show(
        edited(html, lambda data: data.update(ledger="other")).replace('data-ledger="small"', 'data-ledger="other"')
    )
    assert page.failed() == {"printed"}
    assert "where entry 0 opens small" in page.check("printed")[1]


Change = Callable[[list[str]], list[str]]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda texts: texts[:-1], "entries were removed or added"),
        (lambda texts: texts[:3] + texts[4:], "At the place of entries 3, 4"),
        (lambda texts: [*texts[:3], texts[4], texts[3], *texts[5:]], "At the place of entries 3, 4 "),
        (lambda texts: [*texts[:3], texts[2], *texts[3:]], "At the place of entries 3, 4"),
        (lambda texts: [*texts[:3], texts[2], *texts[4:]], "At the place of entry 3 "),
        (lambda texts: [*texts[:3], "{}", *texts[4:]], "At the place of entry 3 "),
        (lambda texts: [*texts[:3], "not JSON", *texts[4:]], "At the place of entry 3 "),
        (lambda texts: [*texts[:3], texts[3].replace('"n":3,', '"n":"3",'), *texts[4:]], "At the place of entry 3 "),
        (lambda _: [], "entries were removed or added"),
    ],
)
def test_entries_removed_swapped_repeated_or_replaced(change: Change, words: str, html: str, show: Show) -> None:
    page = show(edited(html, lambda data: data.update(entries=change(data["entries"]))))
    assert {"numbers", "root"} <= page.failed()
    assert words in page.check("numbers")[1]
    assert page.verdict.startswith("FAILED")


def test_spaces_and_order_of_fields_change_an_entry(html: str, show: Show) -> None:
    """The very text is hashed: the same JSON in another spelling is another entry."""

    def change(data: Any) -> None:
        entry = json.loads(data["entries"][2])
        data["entries"][2] = json.dumps(dict(reversed(entry.items())), separators=(",", ":"))
        data["entries"][3] += " "

    page = show(edited(html, change))
    assert page.check("numbers")[0] == "passed"
    assert "entries 2, 3 was" in page.check("hashes")[1].replace("were", "was")


def test_a_page_cut_off_consistently_is_found_by_its_checkpoint(ledger: Published, html: str, show: Show) -> None:
    """The forger's root is that of the entries left, and all that is printed agrees; the signed checkpoint does not."""

    def change(data: Any) -> None:
        del data["entries"][-2:]
        consistent(data)
        data["receipts"] = []

    forged = edited(html, change)
    data = data_of(forged)
    size = len(ledger.entries)
    forged = forged.replace(f'data-size="{size}"', f'data-size="{size - 2}"').replace(ledger.root, data["root"])
    forged = forged.replace(f'ledger-size">{size}<', f'ledger-size">{size - 2}<')
    page = show(reprinted(forged))
    assert page.failed() == {"checkpoint"}
    assert "entries were removed" in page.check("checkpoint")[1]


def forged_page(ledger: Published, html: str, signer: Signer) -> str:
    """Somebody rewrote an entry and everything that follows from it, with a key of his own."""

    def change(data: Any) -> None:
        data["entries"][1] = data["entries"][1].replace("Operator", "Imposter")
        consistent(data)
        leaves = [leaf_hash(text.encode()) for text in data["entries"]]
        note = sign_checkpoint(Checkpoint(signer.name, len(leaves), bytes.fromhex(data["root"])), signer)
        data["checkpoint"] = note.decode()
        for item in data["receipts"]:
            hashes = "".join(f"{base64.b64encode(hash_).decode()}\n" for hash_ in inclusion_proof(leaves, item["n"]))
            item["receipt"] = f"c2sp.org/tlog-proof@v1\nindex {item['n']}\n{hashes}\n{note.decode()}"

    changed = edited(html, change)
    return reprinted(changed.replace(ledger.root, data_of(changed)["root"]))


def test_a_page_forged_as_a_whole_is_found_by_the_readers_key_alone(ledger: Published, html: str, show: Show) -> None:
    """What no page can prove about itself: all is green until the reader pastes a key from elsewhere."""
    page = show(forged_page(ledger, html, IMPOSTOR))
    assert page.failed() == set()
    page.use_key(KEY)
    assert page.failed() == {"signatures"}
    assert "it is signed by example.com/hydro+" in page.check("signatures")[1]
    assert "the signatures" in page.verdict


def test_a_changed_receipt(ledger: Published, html: str, show: Show) -> None:
    """Every line of a receipt's proof in turn."""
    count = data_of(html)["receipts"][0]["receipt"].split("\n\n")[0].count("\n") + 1
    for line in range(1, count):

        def change(data: Any, line: int = line) -> None:
            lines = data["receipts"][0]["receipt"].split("\n")
            lines[line] = f"index {data['receipts'][1]['n']}" if line == 1 else other_letter(lines[line], 3)
            data["receipts"][0]["receipt"] = "\n".join(lines)

        page = show(edited(html, change))
        assert page.failed() == {"receipts"}
        assert f"receipt of entry {ledger.receipts[0][0]} " in page.check("receipts")[1]


@pytest.mark.parametrize(
    "text", ["", "x", "c2sp.org/tlog-proof@v2\nindex 0\n\n", "c2sp.org/tlog-proof@v1\nindex 00\n\na\n"]
)
def test_a_malformed_receipt(text: str, html: str, show: Show) -> None:
    page = show(edited(html, lambda data: data["receipts"][0].update(receipt=text)))
    assert page.failed() == {"receipts"}
    assert "cannot be read" in page.check("receipts")[1]


def test_a_changed_signature(html: str, show: Show) -> None:
    def change(data: Any) -> None:
        note = data["checkpoint"]
        at = note.rindex(" ") + 20
        data["checkpoint"] = other_letter(note, at)

    page = show(edited(html, change))
    page.use_key(KEY)
    assert page.failed() == {"signatures"}
    words = page.check("signatures")[1]
    assert words.startswith("The report's checkpoint: the signature of example.com/hydro+")
    assert "is NOT valid" in words


def test_a_changed_signature_in_a_receipt_alone(ledger: Published, html: str, show: Show) -> None:
    def change(data: Any) -> None:
        text = data["receipts"][1]["receipt"]
        data["receipts"][1]["receipt"] = other_letter(text, text.rindex(" ") + 20)

    page = show(edited(html, change))
    page.use_key(KEY)
    assert page.failed() == {"signatures"}
    assert f"receipt of entry {ledger.receipts[1][0]}: " in page.check("signatures")[1]


def test_a_changed_checkpoint(html: str, show: Show) -> None:
    """Its text is signed: another root or size fails against the entries, another origin under the key."""

    def change(old: str, new: str) -> Callable[[Any], None]:
        return lambda data: data.update(checkpoint=data["checkpoint"].replace(old, new, 1))

    root = data_of(html)["checkpoint"].split("\n")[2]
    page = show(edited(html, change(root, other_letter(root, 4))))
    assert page.failed() == {"checkpoint"}
    page.use_key(KEY)
    assert page.failed() == {"checkpoint", "signatures"}
    page = show(edited(html, change("example.com/hydro\n", "example.com/solar\n")))
    assert page.failed() == set()
    page.use_key(KEY)
    assert page.failed() == {"signatures"}


def test_the_name_of_a_signer_cannot_turn_the_line(ledger: Published, html: str, show: Show) -> None:
    """A log's name may have any character but spaces and controls: those that turn a line are written out."""
    signer = Signer("example.com/\u202eordyh\u2066", bytes(range(32)))
    note = sign_checkpoint(Checkpoint(signer.name, len(ledger.entries), bytes.fromhex(ledger.root)), signer)
    page = show(edited(html, lambda data: data.update(checkpoint=note.decode(), receipts=[])))
    page.use_key(KEY)
    words = page.check("signatures")[1] + page.check("checkpoint")[1]
    words += page.use_key(str(signer.verifier_key)) + page.check("signatures")[1]
    assert page.check("signatures")[0] == "passed"
    assert words.isprintable()
    assert words.count("\\u{202e}ordyh") == 4


def test_wrong_keys(html: str, show: Show) -> None:
    page = show(html)
    page.use_key(str(IMPOSTOR.verifier_key))
    assert page.failed() == {"signatures"}
    assert f"not by example.com/hydro+{IMPOSTOR.key_id.hex()}" in page.check("signatures")[1]
    page.use_key(str(Signer("example.com/solar", bytes(range(32))).verifier_key))
    assert page.failed() == {"signatures"}
    page.use_key(f"  {KEY}\n")
    assert page.failed() == set()
    assert page.check("signatures")[0] == "passed"
    page.use_key("")
    assert page.check("signatures")[0] == "not checked"


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("no key", "this is not a verifier key"),
        (KEY[:-4], "is not base64|not an Ed25519 key"),
        (KEY.replace("hydro", "hydra"), "the key is damaged"),
        (KEY.replace("+", " ", 1), "this is not a verifier key"),
        ("log+00000000+" + base64.b64encode(b"\x02" + bytes(32)).decode(), "not an Ed25519 key"),
        ("<img src=x onerror=alert(1)>", "this is not a verifier key"),
    ],
)
def test_a_text_that_is_no_key(key: str, words: str, html: str, show: Show) -> None:
    page = show(html)
    assert re.search(words, page.use_key(key))
    assert page.check("signatures")[0] == "not checked"
    assert page.page.get_attribute("#ledger-proof-key", "aria-invalid") == "true"


def test_a_private_key_is_refused_and_cleared(html: str, show: Show) -> None:
    page = show(html)
    words = page.use_key(SIGNER.encode().decode())
    assert "PRIVATE key" in words
    assert page.page.input_value("#ledger-proof-key") == ""
    assert page.check("signatures")[0] == "not checked"


def test_several_signatures(ledger: Published, html: str, show: Show) -> None:
    """A witness may sign beside the log. One bad signature under the reader's key refuses the note."""
    witness = Signer("witness.example.org", bytes(range(1, 33)))
    text = parse_note(ledger.note).text
    both = sign_note(text, SIGNER, witness)
    page = show(edited(html, lambda data: data.update(checkpoint=both.decode(), receipts=[])))
    for key in (KEY, str(witness.verifier_key)):
        page.use_key(key)
        assert page.check("signatures")[0] == "passed"
    good, other = parse_note(both).signatures
    bad = parse_note(sign_note(b"other\n", SIGNER)).signatures[0]
    note = format_note(type(parse_note(both))(text, (good, other, bad)))
    page = show(edited(html, lambda data: data.update(checkpoint=note.decode(), receipts=[])))
    page.use_key(KEY)
    assert page.failed() == {"signatures"}


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[:-1],
        lambda text: text.replace('"version": 1', '"version": 2'),
        lambda text: text.replace('"entries"', '"others"'),
        lambda text: text.replace('"whole": true', '"whole": false'),
        lambda text: text.replace('"leaves": "', '"leaves": "!'),
        lambda text: text.replace('"width": 6', '"width": 5'),
        lambda text: text.replace('"width": 6', '"width": 0'),
        lambda text: text.replace('"size": ', '"size": 1'),
        lambda text: text.replace('"size": ', '"size": 0.1'),
        lambda text: text.replace('"checkpoint": "', '"checkpoint": ["'),
        lambda text: text.replace('"receipts": [', '"receipts": [1, '),
        lambda text: text.replace('"entries": [', '"entries": [1, '),
        lambda _: '{"version": 1}',
        lambda _: "null",
        lambda _: "",
    ],
)
def test_data_that_cannot_be_read(damage: Callable[[str], str], html: str, show: Show) -> None:
    """No damage of the data block leaves a page that looks sound."""
    plain = edited(html, lambda _: None)
    start = plain.index('id="ledger-proof-data">') + len('id="ledger-proof-data">')
    end = plain.index("</script>", start)
    text = damage(plain[start:end])
    assert text != plain[start:end]
    page = show(plain[:start] + text + plain[end:])
    assert page.verdict.startswith("FAILED")
    assert page.failed()


def test_one_letter_anywhere_in_the_data(html: str, show: Show) -> None:
    """No single letter of an entry, receipt, checkpoint, root, id or noted hash can be changed unseen."""
    chosen = random.Random(7)
    plain = data_of(html)
    places: list[tuple[Any, Any]] = [(plain, name) for name in ("root", "ledger", "checkpoint", "leaves", "printed")]
    places += [(plain["entries"], n) for n in range(len(plain["entries"]))]
    places += [(item, "receipt") for item in plain["receipts"]] * 4
    missed = []
    for k, (holder, name) in enumerate(places):
        text = holder[name]
        at = chosen.randrange(len(text))
        letter = chosen.choice([item for item in "0aZ= +/\n\u202e" if item != text[at]])
        holder[name] = text[:at] + letter + text[at + 1 :]
        page = show(edited(html, lambda data: data.update(plain)))
        page.use_key(KEY)
        if not page.failed():
            missed.append((k, name, at, text[at], letter))
        holder[name] = text
    assert missed == []


def test_some_entries_with_receipts(ledger: Published, show: Show) -> None:
    """A certificate, or a ledger too long for a page: inclusion is proven, and the root is not computed."""
    page = show(page_of(ledger, whole=False))
    assert page.checks() == dict.fromkeys(ALL, "passed") | {"root": "not checked", "signatures": "not checked"}
    page.use_key(KEY)
    assert page.check("signatures")[0] == "passed"
    assert "The other entries of the ledger are not in this page" in page.check("numbers")[1]
    assert "has the root that the report states" in page.check("checkpoint")[1]

    def change(data: Any) -> None:
        data["entries"][0] = other_letter(data["entries"][0], 30)
        data["leaves"] = base64.b64encode(b"".join(leaf_hash(text.encode())[:6] for text in data["entries"])).decode()

    page = show(edited(page_of(ledger, whole=False), change))
    assert page.failed() == {"receipts"}
    page = show(edited(page_of(ledger, whole=False), lambda data: data["numbers"].reverse()))
    assert page.failed() == {"numbers", "receipts"}


@pytest.mark.parametrize("mark", ["Every entry is there once", "</h3>\n<p>Whoever sends a page", "</h1>", "</main>"])
def test_words_of_the_page_that_were_changed(mark: str, html: str, show: Show) -> None:
    """Any word or number outside the data, too: the page has the hash of its own text."""
    assert html.count(mark) == 1
    page = show(html.replace(mark, f"2 {mark}"))
    assert page.failed() == {"printed"}
    assert "were changed since it was written" in page.check("printed")[1]
    assert show(reprinted(html.replace(mark, f"2 {mark}"))).failed() == set()


def test_words_below_the_script_of_the_page(html: str, show: Show) -> None:
    """The text is hashed when the whole page is there, not when the script begins."""
    assert show(html.replace("</body>", "<p>2</p></body>")).failed() == {"printed"}


def test_a_page_that_a_browser_saved_is_still_sound(html: str, show: Show) -> None:
    """What the page's script writes does not count as text of the page, so that a saved page passes again."""
    cited = html.replace("</h1>", '</h1><p><span data-entry="1">entry 1</span></p>')
    page = show(reprinted(cited))
    page.use_key(KEY)
    page.page.click("[data-entry] button")
    saved = page.page.content()
    assert saved != cited
    again = show(saved)
    assert again.failed() == set()
    assert again.page.locator("[data-entry] button").count() == 1


def test_without_entries_nothing_was_checked(ledger: Published, show: Show) -> None:
    page = show(page_of(ledger, whole=False, signed=False))
    assert page.failed() == set()
    assert page.verdict.startswith("This browser checked nothing")


def test_without_a_checkpoint(ledger: Published, show: Show) -> None:
    page = show(page_of(ledger, signed=False))
    absent = {name for name, state in page.checks().items() if state == "not in this page"}
    assert absent == {"checkpoint", "receipts", "signatures"}
    assert page.verdict.endswith("Not in this page: the checkpoint, the receipts, the signatures.")
    page.use_key(KEY)
    assert page.check("signatures") == ("not in this page", "The report has no signed checkpoint and no receipts.")
