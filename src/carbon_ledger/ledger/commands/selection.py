"""Which units a command is about: a block, several, or a count of them in a stated order."""

from collections.abc import Iterator, Sequence

from attrs import evolve, frozen

from carbon_ledger.core import lookup
from carbon_ledger.core.holdings.labels import labels_over
from carbon_ledger.core.holdings.orders import ORDERS, Key
from carbon_ledger.core.holdings.pieces import has_expired, sole_holder
from carbon_ledger.core.intervals import merge_serials
from carbon_ledger.core.state.rows import IssuedBatch, Piece
from carbon_ledger.core.state.view import View
from carbon_ledger.errors import InsufficientBalanceError, NotHolderError, QuantityError, SerialError
from carbon_ledger.labels import label_of
from carbon_ledger.printing import printable, quote
from carbon_ledger.serials import Batch, Block, block_of


@frozen
class Selection:
    """A count of an account's units, in a stated order, whichever blocks they are in.

    It is resolved when the command is recorded, in one transaction with it, over the units that the command
    may take: active ones that have not expired (locked ones to release, buffered ones to release or cancel).

    Args:
        count: How many units.
        instrument: Of which instrument.
        vintage: Of this vintage alone.
        project: Of this project alone; for imported units, the project's name as it came with them.
        label: Only units that carry this label or tag.
        order: ``oldest-vintage``, ``newest-vintage``, ``earliest-expiry`` (those that never expire last),
            ``oldest-issue`` or ``newest-issue``; ties go to the older entry, and in a batch to the lower serials.

    Raises:
        QuantityError: *count* is no whole number of at least 1, or *order* is none of these.
        RefusedError: *label* is not known.

    Example:
        >>> Selection(250, instrument="I-REC-E").order
        'oldest-vintage'
    """

    count: int
    instrument: str
    vintage: int | None = None
    project: str | None = None
    order: str = "oldest-vintage"
    label: str | None = None

    def __attrs_post_init__(self) -> None:
        """Refuse what selects nothing."""
        if type(self.count) is not int or self.count < 1:
            raise QuantityError(f"selection of {quote(self.count)} units: a whole number of at least 1 is expected")
        if not isinstance(self.order, str) or self.order not in ORDERS:
            raise QuantityError(f"selection order {quote(self.order)}: expected one of {', '.join(ORDERS)}")
        for name, value, kind, expected in (
            ("instrument", self.instrument, str, "an instrument's id, such as 'I-REC-E'"),
            ("vintage", self.vintage, int | None, "a calendar year such as 2024, or None for all"),
            ("project", self.project, str | None, "a project's id, or None for all"),
        ):
            if not isinstance(value, kind) or isinstance(value, bool):
                raise QuantityError(f"selection {name} {quote(value)}: expected {expected}")
        if self.label is not None:
            label_of(self.label)

    def to_record(self) -> dict[str, object]:
        """What was asked for, as an idempotency key seals it."""
        fields = {"count": self.count, "instrument": self.instrument, "order": self.order}
        others = (("vintage", self.vintage), ("project", self.project), ("label", self.label))
        return fields | {name: value for name, value in others if value is not None}

    def fits(self, batch: Batch) -> bool:
        """Whether units of a batch are what is asked for."""
        return (
            batch.instrument == self.instrument
            and self.vintage in (None, batch.vintage)
            and self.project in (None, batch.project)
        )

    def __str__(self) -> str:
        """What it asks for, in words."""
        of = [self.instrument]
        of += [] if self.vintage is None else [f"vintage {self.vintage}"]
        of += [] if self.project is None else [f"project {self.project}"]
        of += [] if self.label is None else [f"label {self.label}"]
        return printable(f"{self.count:,} units of {', '.join(of)} ({self.order})")


One = Block | Batch | str
# Not a Sequence of them: a text is one as well.
Many = Selection | tuple[One, ...] | list[Block] | list[Batch] | list[str] | list[One]
Units = One | Many


@frozen
class UnitsRequest:
    """Units as a caller named them, taken at the door.

    Attributes:
        blocks: The blocks named, in the caller's order; none for a selection.
        selection: The selection.
        one: Whether a single block was named, not a sequence of one.
    """

    blocks: tuple[Block, ...]
    selection: Selection | None
    one: bool

    def arguments(self) -> dict[str, object]:
        """What an idempotency key seals of them."""
        if self.selection is not None:
            return {"selection": self.selection.to_record()}
        return {"block": str(self.blocks[0])} if self.one else {"blocks": [str(block) for block in self.blocks]}

    def result(self, blocks: tuple[Block, ...]) -> Block | tuple[Block, ...]:
        """What a command gives back of blocks: one where one was named, else all of them."""
        return blocks[0] if self.one else blocks


def units_of(value: object, from_: str | None) -> UnitsRequest:
    """Take units at the door.

    Args:
        value: A `Block`, a `Batch` (all of it) or a text; a list or tuple of these; or a `Selection`.
        from_: The account that holds them, where it is named.

    Raises:
        SerialError: *value* is none of these, or no block at all.
        QuantityError: A selection, and no account to take it from.
    """
    if isinstance(value, Selection):
        if from_ is None:
            raise QuantityError(f"selection of {value}: name the account to take them from, from_=")
        return UnitsRequest((), value, one=False)
    if isinstance(value, list | tuple):
        blocks = tuple(block_of(item) for item in value)
        if not blocks:
            raise SerialError("no block: name one or more, or a Selection")
        return UnitsRequest(blocks, None, one=False)
    return UnitsRequest((block_of(value),), None, one=True)


def sole_account(view: View, blocks: Sequence[Block]) -> str:
    """The one account that holds all of some blocks.

    Raises:
        NotHolderError: Several accounts hold them.
        UnknownBatchError: No such batch.
        SerialError: A block goes beyond its batch.
    """
    holders = {sole_holder(view, block): block for block in blocks}
    if len(holders) > 1:
        parts = ", ".join(f"{name} (such as {block})" for name, block in sorted(holders.items()))
        raise NotHolderError(
            f"{len(blocks)} blocks", f"they are held by {parts}; a command takes units of one account at a time"
        )
    return next(iter(holders))


def selected(view: View, selection: Selection, account: str, state: str, at_utc: int | None) -> tuple[Block, ...]:
    """The blocks that a selection takes of an account.

    Args:
        view: The state.
        selection: What is asked for.
        account: The account.
        state: The state of the units.
        at_utc: The time at which they must not have expired; none where that does not matter. [s since 1970-01-01 UTC]

    Raises:
        InsufficientBalanceError: There are fewer such units.
    """
    issued: dict[str, IssuedBatch] = {}
    pieces: list[Piece] = []
    expired = 0
    for piece in view.holdings(account):
        if piece.state != state:
            continue
        found = issued.get(piece.batch_id) or lookup.batch(view, piece.batch_id)
        issued[piece.batch_id] = found
        if selection.fits(found.batch):
            parts = [piece] if selection.label is None else list(_carrying(view, piece, selection.label))
            if at_utc is not None and has_expired(found.batch, at_utc):
                expired += sum(part.count for part in parts)
            else:
                pieces += parts
    there = sum(piece.count for piece in pieces)
    if there < selection.count:
        also = f" ({expired:,} more have expired)" if expired else ""
        raise InsufficientBalanceError(
            f"account {account}",
            f"{selection} are asked for, and it has {there:,} that are {state}{also}; "
            f"see holdings({quote(account)}, state={quote(state)})",
        )

    def place(piece: Piece) -> tuple[Key, int, str, int]:
        found = issued[piece.batch_id]
        return ORDERS[selection.order](found), found.n, piece.batch_id, piece.first

    return merge_serials(_first_units(sorted(pieces, key=place), selection.count))


def _carrying(view: View, piece: Piece, label: str) -> Iterator[Piece]:
    """The parts of a piece that carry a label, ascending."""
    for row in labels_over(view, Block(piece.batch_id, piece.first, piece.last), label):
        yield evolve(piece, first=max(piece.first, row.first), last=min(piece.last, row.last))


def _first_units(pieces: Sequence[Piece], count: int) -> Iterator[Block]:
    """The first *count* units of pieces, a block for each piece."""
    for piece in pieces:
        if count == 0:
            break
        taken = Block(piece.batch_id, piece.first, piece.first + min(count, piece.count) - 1)
        count -= taken.count
        yield taken
