"""Templates of serials: how a registry writes its serials, as plain text.

A template is literal text and parts in braces, e.g. ``GCC-{project}-{vintage:digits 4}-{first}-{last}``.
Templates are data: a log can pin one, and it can be read again without code. A template contains no regular
expressions, and a text is read in one pass, in time proportional to its length.
"""

import re
from collections.abc import Iterable, Mapping
from string import ascii_letters, ascii_uppercase, digits
from types import MappingProxyType
from typing import Final

from attrs import field, frozen

from carbon_ledger.canonical import IDENTIFIER
from carbon_ledger.errors import SerialError
from carbon_ledger.printing import one_of, quote
from carbon_ledger.records import Record
from carbon_ledger.registries.dates import NOTATIONS, Production, production_between

MAX_TEXT: Final = 200
MAX_TEMPLATE: Final = 400
MAX_PART: Final = 32
MAX_PARTS: Final = 32
MAX_NUMBER_DIGITS: Final = 15  # so that every number is below 2^53, which an entry can hold

KINDS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "digits": frozenset(digits),
        "letters": frozenset(ascii_uppercase),
        "alphanumeric": frozenset(digits + ascii_letters),
        "code": frozenset(digits + ascii_letters + "+.-"),
    }
)
RANGE: Final = ("first", "last")
_WRITTEN: Final = ("space", "project", "start", "end")

_WORDS: Final = {
    "digits": "digits (0-9)",
    "letters": "letters (A-Z)",
    "alphanumeric": "letters or digits",
    "code": "letters, digits, '+', '.' or '-'",
}
_PART: Final = re.compile(r"\{([^{}]*)\}")
_SPEC: Final = re.compile(
    r"(?P<name>[a-z][a-z_]{0,31})"
    r"(?::(?P<kind>[a-z]+)(?: (?P<least>[1-9][0-9]?)(?:-(?P<most>[1-9][0-9]?))?)?)?"
)


@frozen(repr=False)
class SerialMismatch(Record):
    """Why a text does not fit a form.

    Args:
        at: How far the text fits. [characters]
        why: What was given and what was expected there.
    """

    at: int
    why: str


@frozen(repr=False)
class SerialPart(Record):
    """A part of a template: its name, the kind of its characters, and its length. [characters]"""

    name: str
    kind: str
    least: int
    most: int

    def objection(self, given: str) -> str:
        """What is wrong with the text of this part; empty if nothing is."""
        chars = frozenset(given)
        if chars <= KINDS[self.kind] and self.least <= len(given) <= self.most:
            return ""
        hint = ""
        if self.kind == "digits" and chars & {"O", "o"} and chars <= KINDS["digits"] | {"O", "o"}:
            hint = "; it has the letter O where the digit zero (0) belongs"
        elif foreign := [char for char in given if not char.isascii()]:
            hint = f"; {quote(foreign[0])} (U+{ord(foreign[0]):04X}) is not ASCII"
        length = f"{self.least}" if self.least == self.most else f"{self.least} to {self.most}"
        return f"part {quote(self.name)} is {quote(given, 60)}, expected {_WORDS[self.kind]} of length {length}{hint}"


_Pieces = tuple[str | SerialPart, ...]


@frozen(repr=False)
class SerialForm(Record):
    """One way in which a registry writes a range of serials.

    Args:
        template: Literal text and parts, each ``{name}``, ``{name:kind}``, ``{name:kind 4}`` or
            ``{name:kind 1-6}`` with its length in characters. Kinds are ``digits``, ``letters`` (A-Z),
            ``alphanumeric`` and ``code`` (letters, digits, ``+``, ``.``, ``-``). A part without a kind is
            alphanumeric; a part without a length has 1 to 32 characters. ``{first}`` and ``{last}`` are the range,
            both included, and are always digits. A name that is repeated stands for the same text each time.
        space: Within what the numbers are unique, so that two ranges in the same space must not overlap: text with
            parts of the template, e.g. ``{batch}``; empty if the whole registry has one numbering.
            Leading zeros of digits are ignored in a space.
        project: How the registry writes the project of the units, as text with parts of the template, e.g.
            ``GS{project}``; empty if the serial does not name the project, or it is not known which part does.
        instrument: The id of the instrument of units with such a serial, e.g. ``VCS-VCU``; empty if it is not known.
        start: The first day or year of production, as text with parts of the template; empty if the serial does not
            say it.
        end: The last day or year of production, included, as text with parts of the template. Production ends in it if
            there is no *start*.
        dates: How *start* and *end* are written: ``YYYY`` (the default), ``YYYYMM``, ``YYYYMMDD``, ``DDMMYYYY`` or
            ``MMDDYYYY``.

    Raises:
        SerialError: The template or another field is malformed, the template lacks ``{first}`` or ``{last}``, or does
            not show where a part ends.

    Example:
        >>> form = SerialForm("GCC-{project}-{vintage:digits 4}-{first}-{last}", space="{project}/{vintage}",
        ...     project="{project}", instrument="GCC-ACC", start="{vintage}", end="{vintage}")
        >>> form.read("GCC-S17-2024-1-250")["last"]
        '250'
    """

    template: str
    space: str = field(kw_only=True)
    project: str = field(kw_only=True, default="")
    instrument: str = field(kw_only=True, default="")
    start: str = field(kw_only=True, default="")
    end: str = field(kw_only=True, default="")
    dates: str = field(kw_only=True, default="YYYY")
    _steps: tuple[tuple[str | SerialPart, str], ...] = field(init=False, repr=False, eq=False)
    _written: Mapping[str, _Pieces] = field(init=False, repr=False, eq=False)

    @_steps.default
    def _read_template(self) -> tuple[tuple[str | SerialPart, str], ...]:
        """The pieces in order, each part with the literal text that ends it; the last one ends with the text."""
        pieces = _pieces_of(self.template, "template")
        names = [piece.name for piece in pieces if isinstance(piece, SerialPart)]
        if len(names) > MAX_PARTS:
            raise SerialError(f"template {quote(self.template, 200)}: {len(names)} parts, expected at most {MAX_PARTS}")
        for name in RANGE:
            if names.count(name) != 1:
                raise SerialError(
                    f"template {quote(self.template, 200)}: expected {{{name}}} once, found {names.count(name)}"
                )
        steps = []
        for piece, after in zip(pieces, (*pieces[1:], ""), strict=True):
            if isinstance(piece, SerialPart) and (isinstance(after, SerialPart) or after[:1] in KINDS[piece.kind]):
                raise SerialError(
                    f"template {quote(self.template, 200)}: what follows part {quote(piece.name)} could be a "
                    f"part of it; "
                    "put a character between them that the part cannot have"
                )
            steps.append((piece, "" if isinstance(after, SerialPart) else after))
        return tuple(steps)

    @_written.default
    def _read_fields(self) -> Mapping[str, _Pieces]:
        """The pieces of the fields that are written with parts of the template."""
        if self.instrument != "" and not (isinstance(self.instrument, str) and IDENTIFIER.fullmatch(self.instrument)):
            raise SerialError(
                f"instrument {quote(self.instrument, 200)}: expected an instrument's id, e.g. 'VCS-VCU', or nothing"
            )
        if not isinstance(self.dates, str) or self.dates not in NOTATIONS:
            raise SerialError(f"dates {quote(self.dates, 200)}: expected {one_of(self.dates, NOTATIONS)}")
        return {name: self._pieces_with_parts(getattr(self, name), name) for name in _WRITTEN}

    def _pieces_with_parts(self, text: object, what: str) -> _Pieces:
        pieces = _pieces_of(text, what)
        if ":" in str(text):
            raise SerialError(
                f"{what} {quote(text, 200)}: name its parts alone, {{name}}; the template says their kinds"
            )
        known = {piece.name: piece for piece, _ in self._steps if isinstance(piece, SerialPart)}
        for piece in pieces:
            if isinstance(piece, SerialPart) and (piece.name not in known or piece.name in RANGE):
                names = ", ".join(sorted({*known} - {*RANGE})) or "none"
                raise SerialError(f"{what} {quote(text, 200)}: part {quote(piece.name)}, expected parts of it: {names}")
        return tuple(known[piece.name] if isinstance(piece, SerialPart) else piece for piece in pieces)

    @property
    def pieces(self) -> tuple[str | SerialPart, ...]:
        """The literal texts and the parts of the template, in order."""
        return tuple(piece for piece, _ in self._steps)

    def read(self, text: str) -> dict[str, str] | SerialMismatch:
        """Read a text part by part.

        Returns:
            The text of each part, as written, in order; or why the text does not fit this form.
        """
        found: dict[str, str] = {}
        at = 0
        for piece, after in self._steps:
            if isinstance(piece, str):
                if not text.startswith(piece, at):
                    return SerialMismatch(
                        at, f"expected {quote(piece)} at character {at + 1}, found {quote(text[at : at + 20])}"
                    )
                at += len(piece)
                continue
            end = text.find(after, at) if after else len(text)
            given = text[at:] if end < 0 else text[at:end]
            why = piece.objection(given)
            if not why and given != (before := found.setdefault(piece.name, given)):
                why = f"part {quote(piece.name)} is {quote(given)} and was {quote(before)} before, expected the same"
            if end < 0:
                why = (
                    f"{why or f'the text ends with part {quote(piece.name)} ({quote(given)})'}; {quote(after)} "
                    f"has to follow it"
                )
            if why:
                return SerialMismatch(at, why)
            at = end
        if at < len(text):
            return SerialMismatch(at, f"expected the end at character {at + 1}, found {quote(text[at : at + 20])}")
        return found

    def write(self, parts: Mapping[str, str]) -> str:
        """Write the text that has these parts."""
        return _with_parts(self.pieces, parts)

    def space_of(self, parts: Mapping[str, str]) -> str:
        """Write the number space of a text that has these parts."""
        pieces = self._written["space"]
        return "".join(piece if isinstance(piece, str) else _plain(piece, parts[piece.name]) for piece in pieces)

    def projects_of(self, parts: Mapping[str, str]) -> tuple[str, ...]:
        """The project of a text that has these parts: as the registry writes it, then its parts alone; or nothing."""
        pieces = self._written["project"]
        whole = _with_parts(pieces, parts)
        return tuple(
            dict.fromkeys((whole, _with_parts([item for item in pieces if isinstance(item, SerialPart)], parts)))
        )

    def production_of(self, parts: Mapping[str, str]) -> Production | str:
        """The days of production that a text with these parts states; or what is wrong with them."""
        start, end = (_with_parts(self._written[name], parts) for name in ("start", "end"))
        return production_between(start, end, self.dates)

    def to_record(self) -> dict[str, str]:
        """The fields as plain values, without those that have their default."""
        record = {"template": self.template, "space": self.space}
        optional = {
            name: getattr(self, name) for name in ("project", "instrument", "start", "end") if getattr(self, name)
        }
        return record | optional | ({"dates": self.dates} if self.dates != "YYYY" else {})


def _with_parts(pieces: Iterable[str | SerialPart], parts: Mapping[str, str]) -> str:
    return "".join(piece if isinstance(piece, str) else parts[piece.name] for piece in pieces)


def _plain(part: SerialPart, text: str) -> str:
    """A part of a space without leading zeros and letter case, which do not make a different unit."""
    return text.lstrip("0") or "0" if part.kind == "digits" else text.upper()


def _pieces_of(text: object, what: str) -> _Pieces:
    if not isinstance(text, str) or not (text.isascii() and text.isprintable()) or len(text) > MAX_TEMPLATE:
        raise SerialError(
            f"{what} {quote(text, 200)}: expected printable ASCII text of at most {MAX_TEMPLATE} characters"
        )
    pieces: list[str | SerialPart] = []
    parts: dict[str, SerialPart] = {}
    for place, piece in enumerate(_PART.split(text)):
        if place % 2:
            part = _part_of(piece, text, what)
            pieces.append(parts.setdefault(part.name, part))
            if ":" in piece and parts[part.name] is not part:
                raise SerialError(
                    f"{what} {quote(text, 200)}: part {quote(part.name)} comes again; name its kind once, at first"
                )
        elif "{" in piece or "}" in piece:
            raise SerialError(f"{what} {quote(text, 200)}: a brace without its other; parts are written {{name}}")
        elif piece:
            pieces.append(piece)
    return tuple(pieces)


def _part_of(spec: str, text: str, what: str) -> SerialPart:
    match = _SPEC.fullmatch(spec)
    name = match["name"] if match else ""
    kind = (match["kind"] if match else "") or ("digits" if name in RANGE else "alphanumeric")
    if match is None or kind not in KINDS:
        raise SerialError(
            f"{what} {quote(text, 200)}: part {{{spec:.60}}}, expected {{name}} or {{name:kind}}, with a length "
            f"such as "
            f"{{name:digits 4}} or {{name:digits 1-6}}; kinds are {', '.join(KINDS)}"
        )
    longest = MAX_NUMBER_DIGITS if name in RANGE else MAX_PART
    least = int(match["least"] or 1)
    most = int(match["most"] or match["least"] or longest)
    if not least <= most <= longest:
        raise SerialError(f"{what} {quote(text, 200)}: part {quote(name)}, expected a length from 1 to {longest}")
    if name in RANGE and kind != "digits":
        raise SerialError(f"{what} {quote(text, 200)}: part {quote(name)} is the range, expected digits")
    return SerialPart(name, kind, least, most)
