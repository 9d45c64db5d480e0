"""Imports from other registries in the naive model; each unit can be imported once."""

from collections.abc import Collection, Sequence
from fractions import Fraction
from typing import Final

from carbon_ledger.testing._model.arithmetic import Years, months_after
from carbon_ledger.testing._model.rows import (
    ACTIVE,
    BUFFERED,
    LAPSED,
    LATEST,
    NOTHING,
    STANDING,
    BatchKey,
    Imported,
    RefusalError,
    Serial,
    Stated,
    Unit,
)
from carbon_ledger.testing._model.units import UnitCommands

_RENEWABLE_YEARS: Final = 5  # of a crediting period of the Gold Standard
_MOST_YEARS: Final = 10  # for which the Global Carbon Council credits a project


def _follows(period: tuple[int, int, int], others: Sequence[tuple[int, int, int]]) -> bool:
    """Whether a crediting period has the right number among others of its plants, and is credited in time.

    Each period has a number, a first year and a count of years.
    """
    number, first, years = period
    for other_number, other_first, other_years in others:
        if other_number < number and other_first + other_years > first:
            return False
        if other_number > number and first + years > other_first:
            return False
        if other_number == number and other_first != first:
            return False
    numbers = {other[0] for other in others}
    missing = [n for n in range(min({number} | numbers), max({number} | numbers)) if n not in numbers | {number}]
    if number not in numbers and missing:
        return False
    longest = {n: max(other[2] for other in (*others, period) if other[0] == n) for n in numbers | {number}}
    return years <= _RENEWABLE_YEARS and sum(longest.values()) <= 3 * _RENEWABLE_YEARS


class ImportCommands(UnitCommands):
    """The commands that register things by id and import blocks of other registries."""

    def register(
        self,
        kind: str,
        name: str,
        devices: Collection[str] = (),
        alike: Collection[str] = (),
        identifier: str | None = None,
        years: int | None = None,
        crediting: tuple[int, int, int] | None = None,
        waived: bool = False,
    ) -> None:
        """Register a device, a meter, a project, a methodology, a factor or a registry.

        Args:
            kind: What is registered.
            name: Its id.
            devices: The devices that it needs.
            alike: The registries whose serials it can read, too; the empty text is a registry that is built in.
            identifier: An external identifier of a device, or None.
            years: The years for which a project of the Global Carbon Council is credited, or None.
            crediting: Number, first year and years of a crediting period that can be renewed twice, or None.
            waived: Whether what the programme says of crediting periods is waived.

        Raises:
            RefusalError: The id is taken (importing a block also registers its registry), a device is unknown, another
                device has the identifier, the ledger has a registry that is alike, a project is credited for more
                than ten years, or its crediting period does not follow the others of its devices.
        """
        errors = {"UnknownDeviceError" for device in devices if ("device", device) not in self.registered}
        taken = (kind, name) in self.registered or any(not other or (kind, other) in self.registered for other in alike)
        taken = taken or ("identifier", identifier) in self.registered
        errors |= {"AlreadyRegisteredError"} if taken else set()
        errors |= {"RefusedError"} if years is not None and years > _MOST_YEARS else set()
        others = [row for row in self.crediting.values() if row[0] & set(devices)]
        misplaced = crediting is not None and not waived and not _follows(crediting, [row[1] for row in others])
        errors |= {"RefusedError"} if misplaced else set()
        if errors:
            raise RefusalError(*errors)
        if crediting is not None:
            self.crediting = {**self.crediting, name: (frozenset(devices), crediting)}
        self.registered = self.registered | {(kind, name)}
        self.registered |= {("identifier", identifier)} if identifier else set()
        if kind == "meter":
            self.meters = {**self.meters, name: dict.fromkeys(devices, 1)}
            self.touch_credits(devices)

    def attest(self, text: str, by: str) -> None:
        """Attest the text of the credits' methodology; the first attestation lets the approvals of credits lapse.

        Raises:
            RefusalError: The actor has attested this document before.
        """
        row = ("text", f"{text}/{by}")
        if row in self.registered:
            raise RefusalError("AlreadyRegisteredError")
        if not self.attested:
            for number, item in self.approvals.items():
                if self.projects[item.project].factor and item.status == STANDING:
                    self.approvals[number] = item._replace(status=LAPSED)
        self.registered = self.registered | {row}

    def import_block(
        self,
        registry: str,
        space: str,
        first: int,
        last: int,
        instrument: str,
        to: str,
        production: tuple[int, int, int],
        vintage: int | None,
        project: str,
        labels: Collection[str],
        *,
        built_in: bool,
        months: tuple[int | None, int | None],
        well_formed: bool,
        stated: Stated = NOTHING,
        buffer: Fraction | int | None = None,
        at: int = LATEST,
    ) -> int:
        """Import a block and return its number in this model.

        Args:
            registry, space: The other registry, and the number space in which the serial numbers are unique.
            first, last: First and last serial number.
            instrument, to: The instrument of the units, and the account that receives them.
            production: Start and end of production, and the zone's offset from UTC; not after *at*. [s]
            vintage, project: The vintage, if the caller names one, and the project's name in the other registry.
            labels: The labels that the units carry.
            built_in: Whether the library has the registry's grammar, so that it need not be registered.
            months: Months after production until the units expire, and until they can no longer be transferred.
            well_formed: Whether the serial can be parsed and the count agrees with it.
            stated: What the serial says of its units.
            buffer, at: The number or the share of units that are held back, and the time of the import. [s]

        Raises:
            RefusalError: A unit was imported before, or an argument is invalid.
        """
        start, end, offset_s = production
        oldest, newest = map(Years(offset_s).of, (start, end - 1))
        year = newest if vintage is None else vintage
        agreed = stated.agrees_with(instrument, project, start + offset_s, end + offset_s)
        count = last - first + 1
        held = buffer if isinstance(buffer, int) else -(-count * (buffer or Fraction(0)) // 1)  # rounded up
        fits = instrument != "GC" and oldest <= year <= newest and agreed and end <= at and held <= count
        fits = fits and not self._was_imported(registry, space, first, last)
        self._require_acceptable(registry, to, built_in=built_in, well_formed=well_formed, fits=fits)
        limits = [None if number is None else months_after(end, number, offset_s) for number in months]
        row = Imported(self.next_number(), registry, space, first, last, instrument, project, to, *limits)
        return self._import(row, BatchKey(registry, year, row.number), (start, end), labels, held)

    def _require_acceptable(self, registry: str, to: str, *, built_in: bool, well_formed: bool, fits: bool) -> None:
        errors = set() if to in self.accounts else {"UnknownAccountError"}
        errors |= set() if well_formed else {"SerialError"}
        errors |= set() if built_in or ("registry", registry) in self.registered else {"UnknownThingError"}
        errors |= set() if fits else {"RefusedError"}
        if errors:
            raise RefusalError(*errors)

    def _import(
        self, row: Imported, batch: BatchKey, production: tuple[int, int], labels: Collection[str], held: int
    ) -> int:
        self.imported[row.number] = row
        self.produced_from[batch], self.produced_until[batch] = production
        for serial in (Serial(batch, k) for k in range(1, row.last - row.first + 2)):
            self.units[serial] = Unit(row.account, BUFFERED if serial.k > row.last - row.first + 1 - held else ACTIVE)
            self.labels |= {(serial, label) for label in labels}
        self.registered = self.registered | {("registry", row.registry)}  # an import fixes the registry's grammar
        return row.number

    def _was_imported(self, registry: str, space: str, first: int, last: int) -> bool:
        """Whether any of the serial numbers was imported before."""
        others = [row for row in self.imported.values() if (row.registry, row.space) == (registry, space)]
        return any(row.first <= last and first <= row.last for row in others)
