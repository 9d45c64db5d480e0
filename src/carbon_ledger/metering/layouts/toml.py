"""Plain values as a TOML document. The standard library reads TOML, and does not write it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

_BARE: Final = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
_ESCAPES: Final = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}


def toml_of(record: Mapping[str, Any]) -> str:
    """Write a mapping as a TOML document.

    Args:
        record: Texts, whole numbers, booleans, lists of them, and mappings and lists of mappings of the same.

    Example:
        >>> print(toml_of({"name": "plant", "time": {"columns": ["t"]}, "values": [{"unit": "kWh"}]}))
        name = "plant"
        <BLANKLINE>
        [time]
        columns = ["t"]
        <BLANKLINE>
        [[values]]
        unit = "kWh"
        <BLANKLINE>
    """
    return "\n".join(_lines(record, "")) + "\n"


def _lines(record: Mapping[str, Any], path: str) -> Iterator[str]:
    tables = {key: value for key, value in record.items() if isinstance(value, Mapping) or _is_tables(value)}
    for key, value in record.items():
        if key not in tables:
            yield f"{_key(key)} = {_value(value)}"
    for key, value in tables.items():
        name = f"{path}{_key(key)}"
        for table in (value,) if isinstance(value, Mapping) else value:
            yield ""
            yield f"[{name}]" if isinstance(value, Mapping) else f"[[{name}]]"
            yield from _lines(table, f"{name}.")


def _is_tables(value: object) -> bool:
    return (
        isinstance(value, Sequence) and not isinstance(value, str) and any(isinstance(item, Mapping) for item in value)
    )


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _value(key)


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return f'"{"".join(map(_escaped, value))}"'
    if isinstance(value, Sequence):
        return f"[{', '.join(map(_value, value))}]"
    raise TypeError(f"no TOML value: {type(value).__name__}")


def _escaped(character: str) -> str:
    code = ord(character)
    if character in _ESCAPES:
        return _ESCAPES[character]
    return f"\\u{code:04X}" if code < 0x20 or code == 0x7F else character
