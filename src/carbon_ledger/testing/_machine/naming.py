"""What the ledger calls the things of the model, and units as an action says them."""

from attrs import frozen

from carbon_ledger.methodologies import Quantification
from carbon_ledger.testing._model.rows import BatchKey, Quantified, Range, Serial, UnitsRequest, Wanted
from carbon_ledger.testing.strategies import BlockPart

Units = BlockPart | tuple[BlockPart, ...] | Wanted


@frozen
class ForeignSerial:
    """A serial of another registry, as it writes it, and what stands in it.

    `count` is how many units the registry states beside it; `well_formed` says whether it is a serial at all.
    """

    registry: str
    text: str
    space: str
    first: int
    last: int
    count: int | None = None
    well_formed: bool = True


@frozen
class Figures:
    """What was quantified, by the model and by the ledger."""

    model: Quantified
    ledger: Quantification

    def __str__(self) -> str:
        """The digest, by which a ledger knows it."""
        return self.ledger.digest


class Names:
    """What the ledger calls the model's issuances, imports, conversions, offers and approvals.

    Attributes:
        entry_of: Entry number of each of the model's numbers.
        quantified: What was quantified, oldest first.
    """

    def __init__(self) -> None:
        self.entry_of: dict[int, int] = {}
        self.quantified: list[Figures] = []

    def batch_id(self, batch: BatchKey) -> str:
        """The id that the ledger must have given to a batch of the model (ledger-model section 6)."""
        return f"{batch.project}/{batch.vintage:04d}/{self.entry_of[batch.issuance]}"

    def batch_key(self, batch_id: str) -> BatchKey:
        """The model's key of a batch of the ledger; of one it does not know, a key that it does not know."""
        project, vintage, n = batch_id.split("/")
        return BatchKey(project, int(vintage), self.number_of(int(n)))

    def number_of(self, n: int) -> int:
        """The model's number of an entry, or -1."""
        return next((number for number, entry in self.entry_of.items() if entry == n), -1)

    def serial(self, serial: Serial) -> tuple[str, int]:
        """A unit of the model as the ledger names it."""
        return self.batch_id(serial.batch), serial.k

    def request_of(self, units: Units) -> UnitsRequest:
        """Units of an action as the model takes them."""
        if isinstance(units, Wanted):
            return units
        if isinstance(units, BlockPart):
            return self._range(units)
        return tuple(map(self._range, units))

    def _range(self, cut: BlockPart) -> Range:
        return Range(self.batch_key(cut.block.batch_id), cut.first, cut.last)
