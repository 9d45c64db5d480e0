"""Which columns of a table are values: their units, what they are, and what they stand for."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from attrs import define, evolve, field, frozen

from carbon_ledger.metering.guess.courses import Course, course_of
from carbon_ledger.metering.guess.numerals import is_marker, is_number
from carbon_ledger.metering.guess.questions import ROLE_CHOICES, SKIP, Inquiry
from carbon_ledger.metering.guess.table import TableSample
from carbon_ledger.metering.guess.times import TimeFinding
from carbon_ledger.metering.guess.words import (
    ENERGY_UNITS,
    POWER_UNITS,
    is_generation,
    is_other_unit,
    is_reactive,
    names_register,
    role_in,
    unit_in,
)
from carbon_ledger.printing import quote

_UNIT_CHOICES: Final[Mapping[str, str]] = {
    **{unit: f"energy of the step, in {unit}" for unit in ENERGY_UNITS},
    **{unit: f"average power of the step, in {unit}" for unit in POWER_UNITS},
}


@frozen(kw_only=True)
class Candidate:
    """A column that may be one of values.

    Args:
        position: Where it is.
        name: Its header.
        unit: Its unit, as far as the file names it; may be empty.
        role: Its role, as far as its header names it; may be empty.
    """

    position: int
    name: str
    unit: str
    role: str


def candidates_of(table: TableSample, taken: set[int], unit: str, inquiry: Inquiry) -> list[Candidate]:
    """The columns that may be values.

    Args:
        table: The table.
        taken: The positions of columns that are something else.
        unit: The unit that a column of units has; may be empty.
        inquiry: Takes the reasons and the doubts.
    """
    found = []
    for position, name in enumerate(table.names):
        cells = table.cells(position)
        if position in taken:
            continue
        if not any(map(is_number, cells)):
            if unit_in(name):
                inquiry.doubt(f"column {quote(name)} has no number in the rows that were looked at, and is not read")
            continue
        if not all(not cell or is_number(cell) or is_marker(cell) for cell in cells):
            continue
        below = table.units[position] if position < len(table.units) else ""
        if is_other_unit(name) or is_other_unit(below) or is_reactive(name):
            inquiry.because(f"column {quote(name)} is neither energy nor power, and is not read")
            continue
        found.append(
            Candidate(
                position=position, name=name, unit=unit_in(below) or unit_in(name) or unit, role=role_in(name) or ""
            )
        )
    units = [item for item in found if item.unit]
    if units and len(units) < len(found):
        for item in found:
            if not item.unit and not item.role and not is_generation(item.name):
                inquiry.doubt(f"column {quote(item.name)} names no unit, and is not read")
        found = [item for item in found if item.unit or item.role or is_generation(item.name)]
    energies = [item for item in found if item.unit in ENERGY_UNITS]
    powers = [item for item in found if item.unit in POWER_UNITS]
    if energies and powers:
        for item in powers:
            inquiry.doubt(
                f"column {quote(item.name)} is power; it is not read, since {quote(energies[0].name)} has energy"
            )
        found = [item for item in found if item not in powers]
    return found


@define
class ValueReader:
    """Finds what the columns of values are.

    Args:
        table: The table.
        times: Its times.
        inquiry: Takes reasons, doubts and questions.
        numbers: How the numbers are written, if that is known.
        keys: What each row belongs to: its meter and its channel.
        found: The columns that may be values.
        has_energies: Whether values are of steps, as far as is known, and not standings.
    """

    table: TableSample
    times: TimeFinding
    inquiry: Inquiry
    numbers: Mapping[str, Any] | None
    keys: Sequence[str]
    found: Sequence[Candidate] = ()
    has_energies: bool = field(default=True, init=False)

    def values(self, channels: Mapping[str, str]) -> list[dict[str, Any]]:
        """The fields of each `ValueColumn`; fewer as long as questions are open.

        Args:
            channels: The role of each channel, where a column names the channel of a row.
        """
        values = []
        found = self.found
        for item in found:
            suffix = f"_{item.position + 1}" if len(found) > 1 else ""
            if channels:
                for cell, role in channels.items():
                    base = self._with_unit(evolve(item, unit=unit_in(cell) or item.unit), suffix)
                    values.append({**base, "role": role, "channel": cell})
                continue
            answer = self._role(item, suffix, can_skip=len(found) > 1)
            if answer == SKIP:
                continue
            base = self._with_unit(item, suffix)
            values.append({**base, "role": answer} if answer and answer != "net" else base)
        return values

    def wide_value(self, unit: str, name: str, channels: Mapping[str, str]) -> list[dict[str, Any]]:
        """The fields of the values of a table whose rows are days.

        Args:
            unit: The unit, as far as the file names it; may be empty.
            name: What the values are called, e.g. by the header of the first of them.
            channels: The role of each channel, where a column names the channel of a row.
        """
        item = Candidate(position=0, name=name, unit=unit, role=role_in(name) or "")
        if channels:
            units = {cell: self._unit_fields(evolve(item, unit=unit_in(cell) or unit), "") for cell in channels}
            return [{**units[cell], "column": "", "role": role, "channel": cell} for cell, role in channels.items()]
        base = {**self._unit_fields(item, ""), "column": ""}
        role = self._role(item, "", can_skip=False)
        return [{**base, "role": role} if role and role != "net" else base]

    def _role(self, item: Candidate, suffix: str, *, can_skip: bool) -> str | None:
        same = [other for other in self.found if other.role and other.role == item.role]
        if item.role and len(same) < 2:
            self.inquiry.because(f"column {quote(item.name)} is {item.role}, by its header")
            return item.role
        choices = {**ROLE_CHOICES, SKIP: "the column is not read"}
        if not can_skip:  # gross generation alone cannot be read
            choices = {role: meaning for role, meaning in choices.items() if role not in ("gross", SKIP)}
        shown = f"column {quote(item.name)}"
        text = f"what does {shown} stand for?"
        if is_generation(item.name):
            text = f"column {quote(item.name)} is generation: before or after the plant's own use?"
            if not can_skip:
                text += " gross generation, before that use, cannot be read alone: net energy is export minus import"
        if len(same) > 1:
            text = (
                f"{len(same)} columns seem to be {item.role}, and what is read of a role is added up: what is {shown}?"
            )
        return self.inquiry.ask(f"role{suffix}", text, choices, item.role)

    def _with_unit(self, item: Candidate, suffix: str) -> dict[str, Any]:
        base = self._unit_fields(item, suffix)
        if base.get("kind") != "power":
            kind = self._kind(item, suffix)
            if kind == "energy" and self.times.is_day and self._is_alone(item):
                self.inquiry.doubt(f"each value of {quote(item.name)} is read as the energy of a whole day")
            if kind == "register-reset-daily":
                base |= {"kind": "register", "reset": "day"}
            elif kind == "register":
                base |= {"kind": "register", **self._modulus(item, suffix)}
        return base

    def _modulus(self, item: Candidate, suffix: str) -> dict[str, str]:
        """The standing at which a register returns to 0, if its standings fall."""
        course = self._course(item)
        if course.never_falls:
            return {}
        choices = {
            "1" + "0" * (course.digits + more): f"the register has {course.digits + more} digits" for more in range(3)
        }
        choices["none"] = "it does not return to 0: its meter was exchanged, or a standing is wrong"
        text = f"the standings of {quote(item.name)} fall: at which standing does the register return to 0?"
        answer = self.inquiry.ask(f"modulus{suffix}", text, choices, next(iter(choices)))
        return {"modulus": answer} if answer and answer != "none" else {}

    def _is_alone(self, item: Candidate) -> bool:
        return item.name in self.table.names

    def _unit_fields(self, item: Candidate, suffix: str) -> dict[str, Any]:
        base: dict[str, Any] = {"column": item.name}
        unit: str | None = item.unit
        if unit:
            self.inquiry.because(f"the unit of {quote(item.name)} is {unit}, as the file says")
        else:
            unit = self.inquiry.ask(
                f"unit{suffix}", f"in which unit are the values of {quote(item.name)}?", _UNIT_CHOICES
            )
        if unit and unit != "kWh":
            base["unit"] = unit
        if unit in POWER_UNITS:
            base["kind"] = "power"
            self.inquiry.because(f"{unit} is a unit of power: each value is multiplied by the length of its step")
            self.inquiry.doubt(
                f"each value of {quote(item.name)} is read as the average power of its step; of momentary power the "
                "energy cannot be known"
            )
        return base

    def _kind(self, item: Candidate, suffix: str) -> str | None:
        """Whether values are energies or standings: as their course shows, or as the caller answers."""
        if self.numbers is None or not self.times.walls:
            return None
        course = self._course(item)
        if not course.is_open and not (course.is_zero and self._has_registers()):
            return "energy"
        choices = {
            "register": "the standing of a meter at the time of the row; differences are the energy",
            "register-reset-daily": "the standing of a register that is set to 0 at each local midnight",
            "energy": "the energy of each step, which is added up",
        }
        self.inquiry.doubt(
            f"the values of {quote(item.name)} may be standings of a register, as they do not fall: {course.shown}"
            if course.never_falls
            else f"the values of {quote(item.name)} may be standings of a register that falls at times: {course.shown}"
        )
        text = f"are the values of {quote(item.name)} standings, or energies?"
        answer = self.inquiry.ask(f"kind{suffix}", text, choices, course.suggested)
        self.has_energies = answer == "energy"
        return answer

    def _course(self, item: Candidate) -> Course:
        rows = [*self.table.rows, *self.table.last]
        cells = [row[item.position] for row in rows]
        return course_of(self.times.walls, cells, self.keys, self.numbers or {}, names_register(item.name))

    def _has_registers(self) -> bool:
        """Whether another column of the file seems to have standings."""
        return any(self._course(other).suggested for other in self.found if other.unit not in POWER_UNITS)
