"""The grammar of a registry's serials, and a range of serials that a grammar reads."""

import re
from collections.abc import Mapping
from operator import attrgetter
from typing import Any, Final

from attrs import field, frozen

from carbon_ledger.canonical import IDENTIFIER
from carbon_ledger.errors import SerialError
from carbon_ledger.mappings import FrozenMapping
from carbon_ledger.printing import quote
from carbon_ledger.records import Record, reads_record
from carbon_ledger.registries.dates import Production
from carbon_ledger.registries.templates import MAX_TEXT, SerialForm, SerialMismatch
from carbon_ledger.texts import WORDS, is_line, is_text

MAX_FORMS: Final = 8
TONNE_KG: Final = 1_000
MAX_UNIT_KG: Final = 1_000_000


@frozen(repr=False)
class SerialReading(Record):
    """A text read by a grammar: the form that fits, the parts, and the range.

    Args:
        form: The first form of the grammar that fits.
        parts: The text of each part, as written.
        first: First number.
        last: Last number, included.
        space: Within what the numbers are unique; empty: within the registry.
        production: The days of production that the text states.
    """

    form: SerialForm
    parts: Mapping[str, str]
    first: int
    last: int
    space: str
    production: Production


@frozen(kw_only=True, repr=False)
class SerialGrammar(Record):
    """How one registry writes its serials, as plain data.

    Args:
        id: The registry, e.g. ``acr``.
        name: The registry's own name.
        forms: The forms of its serials, 8 at most, in the order in which they are tried.
        lowest: The lowest number of a unit: 1, or 0.
        source: Where the forms and their number spaces come from, and how sure that is: [P], [S], [C] or [M]
            as in the glossary.
        unit_kg: The CO2e of one number of the serials: 1,000 for a tonne, 1 for a kilogram. None if the grammar states
            no mass, as for certificates: a number is then one unit of its instrument. [kg]

    Raises:
        SerialError: A field is invalid.

    Example:
        >>> gcc = SerialGrammar(id="gcc", name="Global Carbon Council", source="the registry's own exports [S]",
        ...     forms=(SerialForm("GCC-{project}-{vintage:digits 4}-{first}-{last}", space="{project}/{vintage}"),))
        >>> gcc.parse("GCC-S17-2024-1-250").count
        250
    """

    id: str
    name: str
    forms: tuple[SerialForm, ...]
    lowest: int = 1
    source: str = ""
    unit_kg: int | None = None

    def __attrs_post_init__(self) -> None:
        """Refuse invalid fields."""
        if not isinstance(self.id, str) or not IDENTIFIER.fullmatch(self.id):
            raise SerialError(f"registry id {quote(self.id)}: expected 1 to 64 letters, digits, '.', '_' or '-'")
        if not isinstance(self.forms, tuple) or not self.forms:
            raise SerialError(
                f"registry {self.id}: forms {quote(self.forms)}, expected a tuple of one SerialForm or more"
            )
        if len(self.forms) > MAX_FORMS:
            raise SerialError(f"registry {self.id}: {len(self.forms)} forms, expected at most {MAX_FORMS}")
        for form in self.forms:
            if not isinstance(form, SerialForm):
                raise SerialError(f"registry {self.id}: form {quote(form)}, expected a SerialForm")
        if type(self.lowest) is not int or self.lowest not in (0, 1):
            raise SerialError(f"registry {self.id}: lowest number {quote(self.lowest)}, expected 0 or 1")
        if self.unit_kg is not None and (type(self.unit_kg) is not int or not 1 <= self.unit_kg <= MAX_UNIT_KG):
            raise SerialError(
                f"registry {self.id}: unit_kg {quote(self.unit_kg)}, expected a whole number of kilograms from 1 to "
                f"{MAX_UNIT_KG}, 1000 for a tonne; leave it out if a number is no mass"
            )
        if not is_line(self.name):
            raise SerialError(f"registry {self.id}: name {quote(self.name)}, expected {WORDS}")
        if self.source != "" and not is_text(self.source):
            raise SerialError(f"registry {self.id}: source {quote(self.source)}, expected {WORDS}")

    def parse(self, text: str, *, count: int | None = None) -> "RegistrySerial":
        """Read a serial of this registry.

        Args:
            text: The serial, exactly as the registry writes it.
            count: How many units the serial should have, if that is stated beside it.

        Raises:
            SerialError: *text* fits none of the forms, its range is reversed or begins too low, or *count* is not
                last - first + 1.
        """
        serial = RegistrySerial(self, text)
        if count is not None and (type(count) is not int or count != serial.count):
            raise SerialError(
                f"{self.id} serial {quote(text)}: {quote(count, 40)} units stated, but {serial.first} to "
                f"{serial.last} are "
                f"{serial.count} (last - first + 1); find out which of the two is wrong"
            )
        return serial

    def read(self, text: str) -> SerialReading | SerialMismatch:
        """Read a text without raising.

        Returns:
            What was read; or why no form fits, of the form that fits furthest into the text.
        """
        if not isinstance(text, str) or len(text) > MAX_TEXT:
            return SerialMismatch(0, f"expected text of at most {MAX_TEXT} characters")
        nearest = SerialMismatch(-1, "")
        for form in self.forms:
            parts = form.read(text)
            if not isinstance(parts, SerialMismatch):
                return self._ranged(form, parts, len(text))
            nearest = max(nearest, parts, key=attrgetter("at"))
        return nearest

    def _ranged(self, form: SerialForm, parts: dict[str, str], length: int) -> SerialReading | SerialMismatch:
        first, last, production = int(parts["first"]), int(parts["last"]), form.production_of(parts)
        if isinstance(production, str):
            why = production
        elif _padded(parts) and len(parts["first"]) != len(parts["last"]):
            why = f"{quote(parts['first'])} to {quote(parts['last'])}: leading zeros, but not the same length"
        elif first < self.lowest:
            why = f"part 'first' is {quote(parts['first'])}, but this registry counts from {self.lowest}"
        elif last < first:
            why = f"the range {first} to {last} is reversed, expected first <= last (both included)"
        else:
            return SerialReading(form, FrozenMapping(parts), first, last, form.space_of(parts), production)
        return SerialMismatch(length, why)

    def to_record(self) -> dict[str, Any]:
        """The fields as plain values, from which `from_record` makes an equal grammar."""
        record: dict[str, Any] = {
            "id": self.id,
            "name": self.name,
            "forms": [form.to_record() for form in self.forms],
            "lowest": self.lowest,
        }
        if self.source:
            record["source"] = self.source
        return record if self.unit_kg is None else record | {"unit_kg": self.unit_kg}

    @classmethod
    @reads_record("a grammar")
    def from_record(cls, record: Mapping[str, Any]) -> "SerialGrammar":
        """The grammar of a record, validated again.

        Raises:
            SerialError: The record is not one that `to_record` returns.
        """
        fields = _fields(record, "grammar", {"id", "name", "forms", "lowest"}, {"source", "unit_kg"})
        if not isinstance(fields["forms"], list | tuple):
            raise SerialError(f"grammar record: forms {quote(fields['forms'])}, expected a list")
        shapes = [
            _fields(form, "form", {"template", "space"}, {"project", "instrument", "start", "end", "dates"})
            for form in fields["forms"]
        ]
        return cls(**{**fields, "forms": tuple(SerialForm(**shape) for shape in shapes)})


@frozen(repr=False)
class RegistrySerial(Record):
    """A closed range of another registry's serials.

    Args:
        grammar: The registry's grammar.
        text: The serial, exactly as the registry writes it.

    Raises:
        SerialError: *text* does not fit the grammar.

    Example:
        >>> acr = SerialGrammar(id="acr", name="ACR",
        ...     forms=(SerialForm("ACR-{country}-{project}-{vintage}-{batch}-{first} to {last}", space="{batch}"),))
        >>> serial = acr.parse("ACR-US-192-2010-203-1 to 5000")
        >>> serial.count, serial.space, serial.fields["project"], str(serial.part(1, 10))
        (5000, '203', '192', 'ACR-US-192-2010-203-1 to 10')
        >>> parse = SerialGrammar(id="acr", name="ACR", forms=(SerialForm("ACR-{id}-{year}-{first}-{last}",
        ...     space="{id}", project="ACR{id}", start="{year}", end="{year}"),)).parse
        >>> parse("ACR-192-2010-1-5000").project, parse("ACR-192-2010-1-5000").vintage
        ('ACR192', 2010)
    """

    _derived = ("registry", "first", "last", "count")
    _is_line = True

    grammar: SerialGrammar = field(repr=attrgetter("id"))
    text: str
    _reading: SerialReading = field(init=False, repr=False, eq=False)

    @_reading.default
    def _read_text(self) -> SerialReading:
        reading = self.grammar.read(self.text)
        if isinstance(reading, SerialMismatch):
            raise SerialError(f"{self.grammar.id} serial {quote(self.text, 210)}: {reading.why}")
        return reading

    @property
    def registry(self) -> str:
        """The registry's id."""
        return self.grammar.id

    @property
    def fields(self) -> Mapping[str, str]:
        """The text of each part, as written, with its leading zeros, in the order of the template."""
        return self._reading.parts

    @property
    def first(self) -> int:
        """First number."""
        return self._reading.first

    @property
    def last(self) -> int:
        """Last number, included."""
        return self._reading.last

    @property
    def count(self) -> int:
        """How many units: last - first + 1."""
        return self.last - self.first + 1

    @property
    def mass_kg(self) -> int | None:
        """The CO2e of the range, or `None` if the grammar does not state the mass of a number. [kg]"""
        return None if self.grammar.unit_kg is None else self.count * self.grammar.unit_kg

    @property
    def revision(self) -> int:
        """The number of a revised issuance, such as 1 for ``R1``: the part ``revision``; 0 if the text has none."""
        return revision_of(self.fields.get("revision", "")) or 0

    @property
    def space(self) -> str:
        """Within what the numbers are unique: ranges of one registry and space must not overlap."""
        return self._reading.space

    @property
    def projects(self) -> tuple[str, ...]:
        """The project as the registry writes it, then its number alone; empty if the grammar does not name the part."""
        return tuple(filter(None, self._reading.form.projects_of(self.fields)))

    @property
    def project(self) -> str | None:
        """The project as the registry writes it, or `None` if the grammar does not name the part."""
        return self.projects[0] if self.projects else None

    @property
    def instrument(self) -> str | None:
        """The id of the units' instrument, or `None` if the grammar does not name it."""
        return self._reading.form.instrument or None

    @property
    def production(self) -> Production:
        """The days of production that the serial states, as far as the grammar names the parts."""
        return self._reading.production

    @property
    def vintage(self) -> int | None:
        """The calendar year of production, or `None` if the serial states none, or days of several years."""
        return self.production.vintage

    def overlaps(self, other: "RegistrySerial") -> bool:
        """Whether both have a unit in common: one registry, one space, and a number of both ranges."""
        if (self.registry, self.space) != (other.registry, other.space):
            return False
        return self.first <= other.last and other.first <= self.last

    def part(self, first: int, last: int) -> "RegistrySerial":
        """The serial of a part of this range, as the registry writes it.

        Args:
            first: First number of the part.
            last: Last number of the part, included.

        Raises:
            SerialError: The part is empty, or not within this range.
        """
        if type(first) is not int or type(last) is not int or not self.first <= first <= last <= self.last:
            raise SerialError(
                f"cannot take {quote(first, 40)} to {quote(last, 40)} of {self.registry} serial "
                f"{quote(self.text)}: expected whole "
                f"numbers with {self.first} <= first <= last <= {self.last}"
            )
        width = len(self.fields["first"]) if _padded(self.fields) else 0
        numbers = {"first": str(first).zfill(width), "last": str(last).zfill(width)}
        return RegistrySerial(self.grammar, self._reading.form.write({**self.fields, **numbers}))

    def cut(self, *counts: int) -> tuple["RegistrySerial", ...]:
        """Split this range into parts of the given counts; the rest is the last part.

        Returns:
            Serials that partition this one exactly, in order, none empty.

        Raises:
            SerialError: A count is below 1, or their sum is above the serial's count.
        """
        if any(type(count) is not int or count < 1 for count in counts) or sum(counts) > self.count:
            raise SerialError(
                f"cannot cut {self.registry} serial {quote(self.text)} of {self.count} into {quote(counts)}: expected "
                "counts of 1 or more within it"
            )
        parts, first = [], self.first
        for count in counts:
            parts.append(self.part(first, first + count - 1))
            first += count
        if first <= self.last:
            parts.append(self.part(first, self.last))
        return tuple(parts)

    def to_record(self) -> dict[str, Any]:
        """The serial as plain values: the text, and its range and space."""
        return {
            "registry": self.registry,
            "text": self.text,
            "space": self.space,
            "first": self.first,
            "last": self.last,
        }

    @classmethod
    @reads_record("a serial")
    def from_record(cls, record: Mapping[str, Any], grammar: SerialGrammar) -> "RegistrySerial":
        """The serial of a record, read again from the text in it.

        Args:
            record: What `to_record` returned.
            grammar: The grammar that the serial was read by.

        Raises:
            SerialError: The record is not one that `to_record` returns, or the grammar reads its text differently.
        """
        fields = _fields(record, "serial", _SERIAL_KEYS, set())
        serial = cls(grammar, fields["text"])
        if serial.to_record() != fields:
            raise SerialError(
                f"serial record {quote(fields, 300)}: in its text, the grammar of {grammar.id} reads "
                f"{quote(serial.to_record(), 300)}"
            )
        return serial

    def __str__(self) -> str:
        """The serial's text, exactly as it was given."""
        return self.text


def revision_of(mark: str) -> int | None:
    """The number of a mark such as ``R1`` or ``1``; 0 if it is empty, None if it is not such a mark."""
    found = _REVISION.fullmatch(mark)
    return int(found[1] or 0) if found else None


_REVISION: Final = re.compile(r"(?:R?([0-9]{1,4}))?")
_SERIAL_KEYS: Final = {"registry", "text", "space", "first", "last"}


def _padded(parts: Mapping[str, str]) -> bool:
    return any(len(parts[name]) > 1 and parts[name].startswith("0") for name in ("first", "last"))


def _fields(record: object, what: str, needed: set[str], allowed: set[str]) -> dict[str, Any]:
    if not isinstance(record, Mapping):
        raise SerialError(f"{what} record {quote(record)}: expected a mapping")
    keys = set(record)
    if not needed <= keys <= needed | allowed:
        odd = ", ".join(sorted(map(str, (needed - keys) | (keys - needed - allowed))))
        raise SerialError(f"{what} record: missing or unknown fields {odd:.200}; expected {', '.join(sorted(needed))}")
    return dict(record)
