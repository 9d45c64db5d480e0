"""The ledger's ids of the things in the model, and the forms in which an action names units."""

from attrs import frozen

from carbon_ledger.methodologies import Quantification
from carbon_ledger.testing._model.rows import NOTHING, BatchKey, Quantified, Range, Serial, Stated, UnitsRequest, Wanted
from carbon_ledger.testing.strategies import BlockPart

Units = BlockPart | tuple[BlockPart, ...] | Wanted


@frozen
class ForeignSerial:
    """A serial number of another registry, as text and parsed.

    `count` is the number of units that the registry states; `well_formed` is false for an invalid serial. `stated` is
    what the serial says of its units.
    """

    registry: str
    text: str
    space: str
    first: int
    last: int
    count: int | None = None
    well_formed: bool = True
    stated: Stated = NOTHING


@frozen
class Figures:
    """A quantification, as computed by the model and by the ledger."""

    model: Quantified
    ledger: Quantification

    def __str__(self) -> str:
        """The digest that identifies the quantification in a ledger."""
        return self.ledger.digest


class Names:
    """The ledger's ids of the model's issuances, imports, conversions, offers and approvals.

    Attributes:
        entry_of: The entry number of each number in the model.
        quantified: All quantifications, oldest first.
    """

    def __init__(self) -> None:
        self.entry_of: dict[int, int] = {}
        self.quantified: list[Figures] = []

    def batch_id(self, batch: BatchKey) -> str:
        """The id that the ledger must have assigned to a batch of the model (ledger-model section 6)."""
        return f"{batch.project}/{batch.vintage:04d}/{self.entry_of[batch.issuance]}"

    def batch_key(self, batch_id: str) -> BatchKey:
        """The model's key of a batch; a batch that the model does not have gets a key that it does not have."""
        project, vintage, n = batch_id.split("/")
        return BatchKey(project, int(vintage), self.number_of(int(n)))

    def number_of(self, n: int) -> int:
        """The model's number for an entry, or -1."""
        return next((number for number, entry in self.entry_of.items() if entry == n), -1)

    def serial(self, serial: Serial) -> tuple[str, int]:
        """The batch id and the serial number of a unit of the model."""
        return self.batch_id(serial.batch), serial.k

    def request_of(self, units: Units) -> UnitsRequest:
        """Units of an action in the form that the model expects."""
        if isinstance(units, Wanted):
            return units
        if isinstance(units, BlockPart):
            return self._range(units)
        return tuple(map(self._range, units))

    def _range(self, cut: BlockPart) -> Range:
        return Range(self.batch_key(cut.block.batch_id), cut.first, cut.last)
