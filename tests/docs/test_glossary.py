"""The glossary has every word of the field that a public name uses."""

import inspect
import re

import attrs
from tests.docs.glossary import stems, words_in_code

import carbon_ledger as cl

# Ordinary English, and words of Python: no reader looks these up in a glossary of the field.
PLAIN = {
    *(
        "accept",
        "advance",
        "area",
        "as",
        "at",
        "before",
        "by",
        "bytes",
        "carbon",
        "changes",
        "clock",
        "close",
        "covers",
    ),
    *("csv", "data"),
    *("dataset", "detail", "direction", "directory", "elsewhere", "end", "ended", "error", "exact", "file", "from"),
    *("gas", "id", "in", "issued", "last", "level", "licence", "line", "lower", "lowest", "m", "month", "n", "name"),
    *(
        "not",
        "number",
        "of",
        "on",
        "open",
        "option",
        "order",
        "other",
        "out",
        "parse",
        "path",
        "place",
        "prepared",
        "progress",
    ),
    *("publisher", "quantity", "read", "reader", "reason", "record", "reference", "refused", "register", "replaced"),
    *(
        "report",
        "requires",
        "row",
        "s",
        "self",
        "sha",
        "set",
        "since",
        "source",
        "start",
        "status",
        "subject",
        "text",
        "thing",
        "time",
    ),
    *(
        "closing",
        "cumulative",
        "difference",
        "divided",
        "empty",
        "follows",
        "held",
        "info",
        "labelled",
        "least",
        "mismatch",
        "most",
    ),
    *("apart", "b", "both", "common", "compare", "compared", "deviations", "excess", "left", "off"),
    *("overlap", "overlaps", "proportion", "ratio", "scale", "shifted", "small"),
    *("page", "part", "prepared", "rule", "sigs", "symbol", "told", "toward", "verified", "why"),
    *("timeout", "to", "total", "until", "upper", "utc", "valid", "value", "version", "w", "worker", "year", "class"),
}


def public_names() -> set[str]:
    """Names of the library, of what a ledger does with which arguments, and of the fields of records."""
    names = set(cl.__all__)
    for name, method in inspect.getmembers(cl.Ledger):
        if not name.startswith("_"):
            names.add(name)
            names |= set(inspect.signature(method).parameters) if inspect.isfunction(method) else set()
    for name in cl.__all__:
        kind = getattr(cl, name)
        if inspect.isclass(kind) and attrs.has(kind):
            names |= {field.name for field in attrs.fields(kind) if not field.name.startswith("_")}
    return names


def test_every_word_of_a_public_name_is_explained() -> None:
    known = words_in_code()
    stem_of_known = {stem for word in known for stem in stems(word)} | known
    missing = set()
    for name in public_names():
        for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name):
            forms = stems(word.lower())
            if not forms & (stem_of_known | PLAIN):
                missing.add(word.lower())
    assert missing == set()
