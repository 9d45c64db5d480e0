"""Other registries in the naive model: what comes in from them, each unit once."""

from collections.abc import Collection

from carbon_ledger.testing.naive.counting import Years, months_after
from carbon_ledger.testing.naive.handling import Handling
from carbon_ledger.testing.naive.rows import BatchKey, Brought, RefusalError, Serial, Unit


class Crossing(Handling):
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
        written_well: bool,
    ) -> int:
        """Bring a block in; give its number in this model.

        Args:
            registry: The other registry.
            space: Within what its numbers are unique there.
            first: First number.
            last: Last number.
            instrument: What its units are.
            to: The account that receives them.
            production: Start and end [s], and how far ahead of UTC its zone is [s].
            vintage: The year that is named.
            project: The project there.
            labels: What it came with.
            built_in: Whether its grammar is known without being registered.
            valid_months: Months after the end of production in which its units can be used.
            written_well: Whether the registry writes serials like this, and states their count.

        Raises:
            RefusalError: A unit came in before, or something about it is not as it must be.
        """
        start, end, offset_s = production
        years = Years(offset_s)
        errors = set() if to in self.accounts else {"UnknownAccountError"}
        if not built_in and ("registry", registry) not in self.registered:
            errors.add("RefusedError")
        if not written_well:
            errors.add("SerialError")
        others = [came for came in self.brought.values() if (came.registry, came.space) == (registry, space)]
        if any(came.first <= last and first <= came.last for came in others):
            errors.add("RefusedError")
        year = years.of(end - 1) if vintage is None else vintage
        if instrument == "GC" or not years.of(start) <= year <= years.of(end - 1):
            errors.add("RefusedError")
        if errors:
            raise RefusalError(*errors)
        number = self.next_number()
        batch = BatchKey(registry, year, number)
        expires = None if valid_months is None else months_after(end, valid_months, offset_s)
        self.brought[number] = Brought(number, registry, space, first, last, instrument, project, to, expires)
        self.produced_until[batch] = end
        serials = [Serial(batch, k) for k in range(1, last - first + 2)]
        self.units |= dict.fromkeys(serials, Unit(to))
        self.labels |= {(serial, label) for serial in serials for label in labels}
        self.registered = self.registered | {("registry", registry)}  # its grammar is one for ever
        return number
