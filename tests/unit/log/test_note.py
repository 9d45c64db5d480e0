"""Signed notes as text: published notes, and malformed notes."""

import base64
from typing import Any

import pytest

from carbon_ledger.errors import FormatError
from carbon_ledger.log.note import Note, Signature, check_key_name, format_note, key_id, parse_note

# golang.org/x/mod/sumdb/note, note_test.go, TestOpen (BSD-3-Clause): two keys that signed one text.
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
PETER64 = "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
ENOCH64 = "rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ="
PETER_LINE = f"— PeterNeumann {PETER64}\n"
ENOCH_LINE = f"— EnochRoot {ENOCH64}\n"

# C2SP signed-note, introduction: a text with an empty line in it.
QUASIMODO = """\
Ognuno sta solo sul cuor della terra
trafitto da un raggio di sole:

ed è subito sera.

— quasimodo.example/salvatore \
NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=
"""


def test_two_signatures() -> None:
    data = f"{TEXT}\n{PETER_LINE}{ENOCH_LINE}".encode()
    note = parse_note(data)
    assert note.text == TEXT.encode()
    assert [signature.key for signature in note.signatures] == ["PeterNeumann+c74f20a3", "EnochRoot+af0cfe78"]
    assert note.signatures[0].value == base64.b64decode(PETER64)[4:]
    assert format_note(note) == data


def test_the_text_extends_to_the_last_empty_line() -> None:
    note = parse_note(QUASIMODO.encode())
    assert note.text.decode() == QUASIMODO.rpartition("\n\n")[0] + "\n"
    assert note.text.endswith("ed è subito sera.\n".encode())
    assert format_note(note) == QUASIMODO.encode()


def test_a_note_may_be_one_newline() -> None:
    assert parse_note(f"\n\n{PETER_LINE}".encode()).text == b"\n"


@pytest.mark.parametrize("encoded", ["PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"])
def test_key_id(encoded: str) -> None:
    name, given, key = encoded.split("+", 2)
    assert key_id(name, base64.b64decode(key)).hex() == given


BAD_NOTES = {
    "nothing": "",
    "text alone": TEXT,
    "no signature": f"{TEXT}\n",
    "no empty line": TEXT + PETER_LINE,
    "no newline at the end": f"{TEXT}\n{PETER_LINE[:-1]}",
    "a letter for the newline at the end": f"{TEXT}\n{PETER_LINE[:-1]}X",
    "newline more at the end": f"{TEXT}\n{PETER_LINE}\n",
    "no text": f"\n{PETER_LINE}",
    "control character": f"\x01{TEXT}\n{PETER_LINE}",
    "carriage returns": f"{TEXT}\n{PETER_LINE}".replace("\n", "\r\n"),
    "space in the name": f"{TEXT}\n— Bad Name {PETER64}\n",
    "plus in the name": f"{TEXT}\n— Bad+Name {PETER64}\n",
    "other space in the name": f"{TEXT}\n— Bad\u00a0Name {PETER64}\n",
    "wide space in the name": f"{TEXT}\n— Bad\u3000Name {PETER64}\n",
    "line separator in the name": f"{TEXT}\n— Bad\u2028Name {PETER64}\n",
    "no name": f"{TEXT}\n—  {PETER64}\n",
    "no value": f"{TEXT}\n— PeterNeumann \n",
    "no space": f"{TEXT}\n— PeterNeumann\n",
    "two spaces": f"{TEXT}\n— PeterNeumann  {PETER64}\n",
    "space behind": f"{TEXT}\n— PeterNeumann {PETER64} \n",
    "no dash": f"{TEXT}\n{PETER_LINE.removeprefix('— ')}",
    "dash without its space": f"{TEXT}\n{PETER_LINE.replace('— ', '—')}",
    "hyphen": f"{TEXT}\n{PETER_LINE.replace('—', '-')}",
    "en dash": f"{TEXT}\n{PETER_LINE.replace('—', chr(0x2013))}",
    "unexpected line": f"{TEXT}\n{PETER_LINE}Unexpected line.\n",
    "key ID alone": f"{TEXT}\n— PeterNeumann x08gow==\n",
    "less than a key ID": f"{TEXT}\n— PeterNeumann x08g\n",
    "no base64": f"{TEXT}\n— PeterNeumann x08g*\n",
    "unused bits": f"{TEXT}\n{PETER_LINE.replace('nAM=', 'nAN=')}",
    "101 signatures": f"{TEXT}\n{PETER_LINE * 101}",
}


@pytest.mark.parametrize("text", BAD_NOTES.values(), ids=BAD_NOTES)
def test_malformed_note_is_refused(text: str) -> None:
    """With the cases of golang.org/x/mod/sumdb/note, note_test.go, TestOpen."""
    with pytest.raises(FormatError):
        parse_note(text.encode())


def test_bytes_that_are_not_text_are_refused() -> None:
    with pytest.raises(FormatError, match="not UTF-8"):
        parse_note(b"\xff" + f"{TEXT}\n{PETER_LINE}".encode())


def test_a_hundred_signatures_are_read() -> None:
    """C2SP signed-note: at least 16 must be; Go's limit is 100."""
    assert len(parse_note(f"{TEXT}\n{PETER_LINE * 100}".encode()).signatures) == 100


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\u2003b", "a\u0085b", "a\nb", None, b"a"])
def test_invalid_key_name_is_refused(name: Any) -> None:
    with pytest.raises(FormatError, match="key name is"):
        check_key_name(name)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (("a b", bytes(4), b"x"), "key name"),
        (("a", bytes(3), b"x"), "key id of 4 bytes"),
        (("a", "abcd", b"x"), "key id of 4 bytes"),
        (("a", bytes(4), b""), "is empty"),
        (("a", bytes(4), "x"), "is empty"),
    ],
)
def test_invalid_signature_is_refused(fields: Any, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        Signature(*fields)


@pytest.mark.parametrize("text", [b"", b"a", b"a\nb", b"\x00\n", b"\xff\n", "a\n", None])
def test_unsignable_text_is_refused(text: Any) -> None:
    """x/mod/sumdb/note, note_test.go, TestSign: a text without its newline is refused."""
    with pytest.raises(FormatError, match="note text"):
        Note(text, (Signature("a", bytes(4), b"x"),))


def test_a_note_has_a_signature() -> None:
    with pytest.raises(FormatError, match="note has 0 signatures"):
        Note(b"a\n", ())
