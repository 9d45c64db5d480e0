"""How a document is changed, and the command that carries it: each operator is a kind of mistake or of forgery.

An operator takes what chooses (seeded) and the decoded document, and gives another document or the text of one; None
where it has nothing to change. What it gives is canonical unless the operator is about that.
"""

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from random import Random
from typing import Any, Final

from tests.faults.suite.document_changes import (
    ALIENS,
    Document,
    Operator,
    changing,
    dropped,
    flipped_case,
    line_of,
    number_in,
    odd_character,
    of_a_line,
    of_document,
    of_lines,
    of_type,
    other_notation,
    place_of,
    renamed_key,
    repeated,
    shifted,
    swapped,
    with_key,
    without_key,
    written,
)

_LINE_FIELDS: Final = ("symbol", "name", "value", "unit", "formula", "inputs", "source", "confidence")


def _symbol_everywhere(chance: Random, document: Document) -> str | None:
    """A symbol renamed wherever it stands, formulas included."""
    line = line_of(chance, document)
    return None if line is None else written(document).replace(line["symbol"], f"X{line['symbol']}")


def _scaled(_: Random, document: Document) -> Document:
    """Each value and each amount doubled, so that sums still agree."""
    for line in document["lines"]:
        line["value"] = format(2 * Decimal(line["value"]), "f")
    for item in document["amounts"]:
        item["amount"] = format(2 * Decimal(item["amount"]), "f")
    return document


def _fields_of_lines_swapped(chance: Random, document: Document) -> Document | None:
    """One field of two lines exchanged."""
    if len(document["lines"]) < 2:
        return None
    one, other = chance.sample(document["lines"], 2)
    key = chance.choice(_LINE_FIELDS)
    mine, its = one.pop(key, None), other.pop(key, None)
    one.update({} if its is None else {key: its})
    other.update({} if mine is None else {key: mine})
    return document


def _waivers(chance: Random, document: Document) -> Document:
    more = {"name": chance.choice(("gap", "straddling-step", "assumption/x", "no-such")), "reason": "because"}
    at = chance.randrange(len(document["waivers"]) + 1)
    document["waivers"].insert(at, more)
    return document


def _other_reason(chance: Random, document: Document) -> Document | None:
    if not document["waivers"]:
        return None
    chance.choice(document["waivers"])["reason"] = "another reason"
    return document


def _waivers_swapped(chance: Random, document: Document) -> Document | None:
    return document | {"waivers": swapped(chance, document["waivers"])} if len(document["waivers"]) > 1 else None


def _source_throughout(chance: Random, document: Document) -> Document | None:
    """A source renamed on each line that has it."""
    sources = sorted({line["source"] for line in document["lines"] if "source" in line})
    if not sources:
        return None
    old = chance.choice(sources)
    for other in document["lines"]:
        if other.get("source") == old:
            other["source"] = f"another {old}"
    return document


def _factor_line(change: Callable[[Random, dict[str, Any]], dict[str, Any]]) -> Operator:
    def operator(chance: Random, document: Document) -> Document | None:
        found = [line for line in document["lines"] if line["symbol"] == "EF"]
        for line in found:
            line.update(change(chance, line))
        return document if found else None

    return operator


def _leakage_raised(_: Random, document: Document) -> Document | None:
    """A declared leakage of a tonne more, and all that follows from it."""
    lines = {line["symbol"]: line for line in document["lines"]}
    declared = next((symbol for symbol in lines if symbol.startswith("LE[") and "," in symbol), None)
    if declared is None:
        return None
    vintage = declared[3:7]
    for symbol, step in ((declared, 1), (f"LE[{vintage}]", 1), (f"ER[{vintage}]", -1), ("ER", -1)):
        lines[symbol]["value"] = format(Decimal(lines[symbol]["value"]) + step, "f")
    for item in document["amounts"]:
        if item["vintage"] == int(vintage):
            item["amount"] = format(Decimal(item["amount"]) - 1, "f")
    return document


def _moved_time(chance: Random, document: Document) -> str:
    """The last digit of an instant changed."""
    text = written(document)
    found = [at for at in range(len(text)) if text[at : at + 2] == 'Z"']
    at = chance.choice(found) - 1
    return text[:at] + str((int(text[at]) + 1) % 10) + text[at + 1 :]


def _other_field(name: str, *values: object) -> Operator:
    def operator(chance: Random, document: Document) -> Document:
        return document | {name: chance.choice(values)}

    return operator


def _zone(chance: Random, document: Document) -> Document:
    zone = chance.choice(("UTC", "asia/baku", "Asia/Tbilisi", "../etc/passwd", "Mars/Base", "", "A" * 70))
    return document | {"period": document["period"] | {"zone": zone}}


def _energy_moved(chance: Random, document: Document) -> Document | None:
    """A Wh taken from one part of a split, or of the steps, and given to another."""
    holders = document["splits"] and chance.choice(document["splits"])["parts"]
    holders = holders or document["steps"]
    if len(holders) < 2:
        return None
    holders[0]["net_wh"] -= 1
    holders[1]["net_wh"] += 1
    return document


def _gap_hidden(_: Random, document: Document) -> Document | None:
    """The gaps, or what was excluded, not listed."""
    found = [(item, key) for item in document["steps"] for key in ("gaps", "excluded") if key in item]
    for item, key in found:
        del item[key]
    return document if found else None


def _as_other_text(change: Callable[[Random, str], str]) -> Operator:
    """An operator on the text of the document."""
    return lambda chance, document: change(chance, written(document))


def _space(chance: Random, text: str) -> str:
    at = chance.choice([k for k, character in enumerate(text) if character in ",:{}[]"])
    return text[: at + 1] + chance.choice((" ", "\n", "\t")) + text[at + 1 :]


def _escaped(chance: Random, text: str) -> str:
    """One letter written as an escape."""
    at = chance.choice([k for k, character in enumerate(text) if character.isalpha()])
    return f"{text[:at]}\\u{ord(text[at]) % 65536:04x}{text[at + 1 :]}"


def _twice(_: Random, text: str) -> str:
    """A key that occurs twice."""
    return f'{text[:-1]},"waivers":[]}}'


def _bare_number(chance: Random, document: Document) -> str | None:
    """A number of 10^5 digits, a float or NaN where a value was."""
    place = place_of(chance, document, chance.choice((int, str)))
    if place is None:
        return None
    place[0][place[1]] = "@@"
    number = chance.choice(("9" * 100_000, "1e400", "NaN", "-0", "1.0", "0x1", "null", "-Infinity", '"\\ud800"'))
    return written(document).replace('"@@"', number)


def _deep(chance: Random, document: Document) -> str:
    depth = chance.choice((20, 900, 60_000))
    opened, closed = chance.choice((("[", "]"), ('{"x":', "}")))
    inner = opened * depth + "1" + closed * depth
    key = chance.choice(sorted(document))
    return written(document | {key: "@@"}).replace('"@@"', inner)


def _long(chance: Random, document: Document) -> Document | None:
    """A text of 10^5 characters, or of digits."""
    place = place_of(chance, document, str)
    if place is None:
        return None
    place[0][place[1]] = chance.choice(("9", "x", " ", "é", "0.", "[")) * 100_000
    return document


OPERATORS: Final[Mapping[str, Operator]] = {
    "a line dropped": of_lines(dropped),
    "a line repeated": of_lines(repeated),
    "two lines swapped": of_lines(swapped),
    "no line": of_lines(lambda *_: []),
    "lines reversed": of_lines(lambda _, lines: lines[::-1]),
    "an alien line": of_lines(lambda chance, lines: [*lines, chance.choice(ALIENS)]),
    "a line of another symbol added": of_lines(
        lambda _, lines: [*lines, *({**line, "symbol": "XX"} for line in lines[:1])]
    ),
    "another symbol": of_a_line(
        lambda chance, line: {"symbol": chance.choice(("XX", "EG", "ER", f"{line['symbol']}x", "EG[1]", ""))}
    ),
    "a symbol renamed everywhere": _symbol_everywhere,
    "another unit of a line": of_a_line(
        lambda chance, _: {"unit": chance.choice(("kWh", "MWh", "Wh", "tCO2", "tCO2e", "mwh", "1"))}
    ),
    "other words of a line": of_a_line(
        lambda chance, line: {"name": chance.choice(("other words", f"{line['name']}, as before", "Ə" * 5_000))}
    ),
    "words of a line that cannot be printed": of_a_line(
        lambda chance, line: {"name": odd_character(chance, line["name"])}
    ),
    "blank words of a line": of_a_line(
        lambda chance, _: {"name": chance.choice(("", " ", "\t", "\xa0", "x" * 10_001))}
    ),
    "another source": of_a_line(
        lambda chance, line: {"source": chance.choice(("elsewhere", f"{line.get('source', '')}.", ""))}
    ),
    "another confidence": of_a_line(
        lambda chance, _: {"confidence": chance.choice(("P", "S", "C", "M", "Q", "p", ""))}
    ),
    "another formula": of_a_line(
        lambda chance, line: {"formula": chance.choice(("x", f"{line.get('formula', '')} + 0", ""))}
    ),
    "other inputs": of_a_line(
        lambda chance, line: {"inputs": chance.choice(([], ["EG"], line.get("inputs", [])[::-1], ["XX", "XX"]))}
    ),
    "a field of two lines exchanged": _fields_of_lines_swapped,
    "a value raised by 1e-9": changing(number_in, shifted("0.000000001")),
    "a value raised by 1": changing(number_in, shifted("1")),
    "the sign of a value": changing(number_in, lambda _, text: text[1:] if text.startswith("-") else f"-{text}"),
    "another notation": changing(number_in, other_notation),
    "a value as a number": changing(number_in, lambda _, text: int(Decimal(text))),
    "every value doubled": _scaled,
    "a waiver added": _waivers,
    "another reason of a waiver": _other_reason,
    "waivers swapped": _waivers_swapped,
    "a source renamed throughout": _source_throughout,
    "another source of the factor": _factor_line(lambda _, line: {"source": f"another {line.get('source', '')}"}),
    "another confidence of the factor": _factor_line(lambda chance, _: {"confidence": chance.choice("PSCM")}),
    "a leakage raised throughout": _leakage_raised,
    "no waiver": _other_field("waivers", []),
    "an instant moved": _moved_time,
    "another zone": _zone,
    "another project": _other_field("project", "other", "P", "", "-x", "x" * 65),
    "another unit": _other_field("unit", "tCO2e", "MWh", "Wh", "kWh"),
    "another methodology": _other_field("methodology", "ACM0002@22.0", "AMS-I.D@18.0", "GCCM001@4.0", "X@1", "ACM0002"),
    "another factor": _other_field("factor", "other", "", "f", "x" * 65),
    "a Wh moved": _energy_moved,
    "gaps hidden": _gap_hidden,
    "steps repeated": lambda chance, document: document | {"steps": repeated(chance, document["steps"])},
    "no steps": _other_field("steps", []),
    "no amounts": _other_field("amounts", []),
    "a split invented": lambda _, document: (
        document
        | {
            "splits": [
                *document["splits"],
                {
                    "device": "x",
                    "start": "2024-01-01T00:00:00Z",
                    "end": "2024-01-01T01:00:00Z",
                    "parts": [{"vintage": 2023, "net_wh": 1}, {"vintage": 2024, "net_wh": 1}],
                },
            ]
        }
    ),
    "a whole number raised": of_type(int, lambda chance, number: number + chance.choice((1, -1, 10**9, 2**53, 10**30))),
    "the sign of a whole number": of_type(int, lambda _, number: -number),
    "a whole number as something else": of_type(
        int, lambda chance, number: chance.choice((str(number), float(number), True, [number], None))
    ),
    "an odd character": of_type(str, odd_character),
    "a letter's case": of_type(str, flipped_case),
    "a space": of_type(str, lambda chance, text: chance.choice((f" {text}", f"{text} ", f"{text}\n", f"{text}\t"))),
    "a text as something else": of_type(str, lambda chance, _: chance.choice(ALIENS)),
    "an item dropped": of_type(list, dropped),
    "an item repeated": of_type(list, repeated),
    "items swapped": of_type(list, swapped),
    "an alien item": of_type(list, lambda chance, items: [*items, chance.choice(ALIENS)]),
    "a list as something else": of_type(list, lambda chance, _: chance.choice(ALIENS)),
    "a field dropped": of_document(without_key),
    "an unknown field": of_document(with_key),
    "a field renamed": of_document(renamed_key),
    "an object as something else": of_document(lambda chance, _: chance.choice(ALIENS)),
    "white space": _as_other_text(_space),
    "an escape": _as_other_text(_escaped),
    "a key twice": _as_other_text(_twice),
    "keys in another order": lambda _, document: json.dumps(
        dict(sorted(document.items(), reverse=True)), ensure_ascii=False, separators=(",", ":")
    ),
    "cut off": _as_other_text(lambda chance, text: text[: chance.randrange(1, len(text))]),
    "something after it": _as_other_text(
        lambda chance, text: text + chance.choice((" ", "\n", "{}", "\x00", "\ufeff"))
    ),
    "a mark before it": _as_other_text(lambda _, text: f"\ufeff{text}"),
    "another text": lambda chance, _: chance.choice(
        ("{}", "[]", "null", "0", '""', "x", "true", "[" * 200, '{"lines":[]}')
    ),
    "a bare number": _bare_number,
    "nested deep": _deep,
    "a long text": _long,
}
