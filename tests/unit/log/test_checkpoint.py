"""Checkpoints: the example of the specification, and malformed checkpoints."""

import base64
from typing import Any

import pytest

from carbon_ledger.errors import FormatError
from carbon_ledger.log.checkpoint import Checkpoint, format_checkpoint, parse_checkpoint
from carbon_ledger.log.merkle import EMPTY_ROOT

ROOT64 = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="
EXAMPLE = f"example.com/behind-the-sofa\n20852163\n{ROOT64}\n"


def test_the_example_of_the_specification() -> None:
    """C2SP tlog-checkpoint, introduction."""
    checkpoint = parse_checkpoint(EXAMPLE.encode())
    assert checkpoint == Checkpoint("example.com/behind-the-sofa", 20_852_163, base64.b64decode(ROOT64))
    assert format_checkpoint(checkpoint) == EXAMPLE.encode()


def test_extensions_are_read_and_written() -> None:
    """The layout of transparency-dev/formats, log/checkpoint_test.go, "valid with multiple trailing data lines"."""
    text = f"{EXAMPLE}lots\nof\nlines\n".encode()
    checkpoint = parse_checkpoint(text)
    assert checkpoint.extensions == ("lots", "of", "lines")
    assert format_checkpoint(checkpoint) == text


def test_an_origin_may_have_spaces_and_pluses() -> None:
    """C2SP tlog-checkpoint: "clients MUST NOT assume that the origin is following this format"."""
    assert parse_checkpoint(f"Moon Log + ü\n1\n{ROOT64}\n".encode()).origin == "Moon Log + ü"


def test_the_empty_tree_has_one_root() -> None:
    text = f"log\n0\n{base64.b64encode(EMPTY_ROOT).decode()}\n".encode()
    assert parse_checkpoint(text) == Checkpoint("log", 0, EMPTY_ROOT)
    with pytest.raises(FormatError, match="of 0 entries has the root"):
        parse_checkpoint(f"log\n0\n{ROOT64}\n".encode())


BAD_TEXTS = {
    "nothing": "",
    "no lines": "\n",
    "two lines": "Head\n9944\n",
    "empty origin": f"\n9944\n{ROOT64}\n",
    "no newline at the end": f"log\n123\n{ROOT64}",
    "no newline behind an extension": f"{EXAMPLE}extension",
    "size of letters": f"log\nbananas\n{ROOT64}\n",
    "negative size": f"log\n-34\n{ROOT64}\n",
    "size too large": f"log\n3438945738945739845734895735\n{ROOT64}\n",
    "size with a zero before": f"log\n0123\n{ROOT64}\n",
    "size with a plus": f"log\n+123\n{ROOT64}\n",
    "size with a space": f"log\n123 \n{ROOT64}\n",
    "empty size": f"log\n\n{ROOT64}\n",
    "root not base64": "log\n123\nThisIsn'tBase64\n",
    "root of another length": "log\n123\nYmFuYW5hcw==\n",
    "root of a byte more": f"log\n123\n{base64.b64encode(bytes(33)).decode()}\n",
    "root without padding": f"log\n123\n{ROOT64[:-1]}\n",
    "root with unused bits": f"log\n123\n{ROOT64[:-2]}J=\n",
    "root in URL letters": f"log\n123\n{ROOT64.replace('/', '_')}\n",
    "empty root": "log\n123\n\n",
    "empty extension": f"{EXAMPLE}\n",
    "empty extension between": f"{EXAMPLE}a\n\nb\n",
    "carriage returns": EXAMPLE.replace("\n", "\r\n"),
    "with its signature": f"{EXAMPLE}\n— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq8=\n",
}


@pytest.mark.parametrize("text", BAD_TEXTS.values(), ids=BAD_TEXTS)
def test_malformed_checkpoint_is_refused(text: str) -> None:
    """With the cases of transparency-dev/formats, log/checkpoint_test.go."""
    with pytest.raises(FormatError):
        parse_checkpoint(text.encode())


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (("", 1, bytes(32)), "origin"),
        (("a\nb", 1, bytes(32)), "origin"),
        ((b"log", 1, bytes(32)), "origin"),
        (("log", -1, bytes(32)), "size is -1"),
        (("log", True, bytes(32)), "size is True"),
        (("log", 2**63, bytes(32)), "size"),
        (("log", 1, bytes(31)), "root is 31 bytes"),
        (("log", 1, "0" * 32), "root is of type str"),
        (("log", 1, bytes(32), ("",)), "extension"),
        (("log", 1, bytes(32), ("a\nb",)), "extension"),
    ],
)
def test_invalid_fields_are_refused(fields: Any, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        Checkpoint(*fields)
