"""Other registries in the naive model: what comes in from them, each unit once."""

from collections.abc import Collection

from carbon_ledger.testing._model.arithmetic import Years, months_after
from carbon_ledger.testing._model.rows import BatchKey, Imported, RefusalError, Serial, Unit
from carbon_ledger.testing._model.units import UnitCommands


class ImportCommands(UnitCommands):
    """Registering what the ledger has to know, and importing blocks of other registries."""

    def register(self, kind: str, name: str, devices: Collection[str] = ()) -> None:
        """Register a thing of a kind: a device, a meter, a project, a factor, another registry.

        Raises:
            RefusalError: The id is taken, by a block that came in from a registry as well; or a device is not known.
        """
        errors = {"UnknownDeviceError" for device in devices if ("device", device) not in self.registered}
        errors |= {"AlreadyRegisteredError"} if (kind, name) in self.registered else set()
        if errors:
            raise RefusalError(*errors)
        self.registered = self.registered | {(kind, name)}

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
        """Bring a block in; give its number in this model.

        Args:
            registry: The other registry.
            space: Within what its numbers are unique.
            first: First number.
            last: Last number.
            instrument: What its units are.
            to: Who receives them.
            production: Start and end [s], and how far ahead of UTC its zone is [s].
            vintage: The year that is named.
            project: The one there.
            labels: What it came with.
            built_in: Whether its grammar is known unregistered.
            valid_months: Months after production in which its units can be used.
            well_formed: Whether its serial and count are as they must be.

        Raises:
            RefusalError: A unit came in before, or something about it is not as it must be.
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
        came = Imported(self.next_number(), registry, space, first, last, instrument, project, to, expires)
        return self._import(came, BatchKey(registry, year, came.number), end, labels)

    def _import(self, came: Imported, batch: BatchKey, produced_until: int, labels: Collection[str]) -> int:
        self.imported[came.number] = came
        self.produced_until[batch] = produced_until
        for serial in (Serial(batch, k) for k in range(1, came.last - came.first + 2)):
            self.units[serial] = Unit(came.account)
            self.labels |= {(serial, label) for label in labels}
        self.registered = self.registered | {("registry", came.registry)}  # its grammar is one for ever
        return came.number

    def _was_imported(self, registry: str, space: str, first: int, last: int) -> bool:
        """Whether one of the numbers came in before."""
        others = [came for came in self.imported.values() if (came.registry, came.space) == (registry, space)]
        return any(came.first <= last and first <= came.last for came in others)
