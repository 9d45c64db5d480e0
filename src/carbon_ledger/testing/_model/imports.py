"""Imports from other registries in the naive model; each unit can be imported once."""

from collections.abc import Collection

from carbon_ledger.testing._model.arithmetic import Years, months_after
from carbon_ledger.testing._model.rows import BatchKey, Imported, RefusalError, Serial, Unit
from carbon_ledger.testing._model.units import UnitCommands


class ImportCommands(UnitCommands):
    """The commands that register things by id and import blocks of other registries."""

    def register(self, kind: str, name: str, devices: Collection[str] = ()) -> None:
        """Register a device, a meter, a project, a factor or a registry.

        Raises:
            RefusalError: The id is taken (importing a block also registers its registry), or a device is unknown.
        """
        errors = {"UnknownDeviceError" for device in devices if ("device", device) not in self.registered}
        errors |= {"AlreadyRegisteredError"} if (kind, name) in self.registered else set()
        if errors:
            raise RefusalError(*errors)
        self.registered = self.registered | {(kind, name)}
        if kind == "meter":
            self.meters = {**self.meters, name: dict.fromkeys(devices, 1)}
            self.touch_credits(devices)

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
        valid_months: int | None,
        well_formed: bool,
    ) -> int:
        """Import a block and return its number in this model.

        Args:
            registry: The other registry.
            space: The number space in which the serial numbers are unique.
            first: First serial number.
            last: Last serial number.
            instrument: The instrument of the units.
            to: The account that receives the units.
            production: Start and end of production, and the zone's offset from UTC. [s]
            vintage: The vintage, if the caller names one.
            project: The project's name in the other registry.
            labels: The labels that the units carry.
            built_in: Whether the library has the registry's grammar, so that it need not be registered.
            valid_months: Months after production until the units expire.
            well_formed: Whether the serial can be parsed and the count agrees with it.

        Raises:
            RefusalError: A unit was imported before, or an argument is invalid.
        """
        start, end, offset_s = production
        oldest, newest = map(Years(offset_s).of, (start, end - 1))
        year = newest if vintage is None else vintage
        errors = set() if to in self.accounts else {"UnknownAccountError"}
        errors |= set() if well_formed else {"SerialError"}
        errors |= set() if built_in or ("registry", registry) in self.registered else {"UnknownThingError"}
        if not (instrument != "GC" and oldest <= year <= newest) or self._was_imported(registry, space, first, last):
            errors.add("RefusedError")
        if errors:
            raise RefusalError(*errors)
        expires = None if valid_months is None else months_after(end, valid_months, offset_s)
        row = Imported(self.next_number(), registry, space, first, last, instrument, project, to, expires)
        return self._import(row, BatchKey(registry, year, row.number), end, labels)

    def _import(self, row: Imported, batch: BatchKey, produced_until: int, labels: Collection[str]) -> int:
        self.imported[row.number] = row
        self.produced_until[batch] = produced_until
        for serial in (Serial(batch, k) for k in range(1, row.last - row.first + 2)):
            self.units[serial] = Unit(row.account)
            self.labels |= {(serial, label) for label in labels}
        self.registered = self.registered | {("registry", row.registry)}  # an import fixes the registry's grammar
        return row.number

    def _was_imported(self, registry: str, space: str, first: int, last: int) -> bool:
        """Whether any of the serial numbers was imported before."""
        others = [row for row in self.imported.values() if (row.registry, row.space) == (registry, space)]
        return any(row.first <= last and first <= row.last for row in others)
