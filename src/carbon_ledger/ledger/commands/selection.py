"""The units that a command is about: one block, several blocks, or a number of units in a stated order."""

from collections.abc import Iterator, Sequence

from attrs import evolve, frozen

from carbon_ledger.choices import SelectionOrder
from carbon_ledger.core import lookup
from carbon_ledger.core.holdings.labels import labels_over
from carbon_ledger.core.holdings.orders import ORDERS, Key
from carbon_ledger.core.holdings.pieces import USE, has_passed, sole_holder
from carbon_ledger.core.intervals import merge_serials
from carbon_ledger.core.state.rows import IssuedBatch, Piece
from carbon_ledger.core.state.view import View
from carbon_ledger.errors import InsufficientBalanceError, NotHolderError, QuantityError, SerialError
from carbon_ledger.labels import label_of
from carbon_ledger.printing import one_of, printable, quote
from carbon_ledger.records import Record
from carbon_ledger.serials import Batch, Block, block_of
from carbon_ledger.tables import Listing


@frozen(repr=False)
class Selection(Record):
    """A number of an account's units, chosen in a stated order, whichever blocks the units are in.

    The selection is resolved in the transaction that records the command. It chooses from the units that the command
    can use: active units that have not expired, and that can still be transferred if the command gives them away; for
    `release`, locked units; for `release_buffer` and `cancel_buffer`, buffered units.

    Args:
        count: The number of units.
        instrument: The id of the units' instrument.
        vintage: Only units of this vintage.
        project: Only units of this project; for imported units, the project's name in the other registry.
        label: Only units that carry this label or tag.
        order: ``oldest-vintage``, ``newest-vintage``, ``earliest-expiry`` (units that never expire come last),
            ``oldest-issue`` or ``newest-issue``. Ties go to the older entry, and in a batch to the lower serials.

    Raises:
        QuantityError: *count* is not a whole number of at least 1, or another argument is malformed.
        RefusedError: *label* is unknown.

    Example:
        >>> Selection(250, instrument="I-REC-E").order
        'oldest-vintage'
    """

    count: int
    instrument: str
    vintage: int | None = None
    project: str | None = None
    order: SelectionOrder = "oldest-vintage"
    label: str | None = None

    def __attrs_post_init__(self) -> None:
        """Refuse malformed arguments."""
        if type(self.count) is not int or self.count < 1:
            raise QuantityError(f"selection of {quote(self.count)} units: expected a whole number of at least 1")
        if not isinstance(self.order, str) or self.order not in ORDERS:
            raise QuantityError(f"selection order {quote(self.order)}: expected {one_of(self.order, ORDERS)}")
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
        """The selection's fields, as an argument of a command."""
        fields = {"count": self.count, "instrument": self.instrument, "order": self.order}
        others = (("vintage", self.vintage), ("project", self.project), ("label", self.label))
        return fields | {name: value for name, value in others if value is not None}

    def fits(self, batch: Batch) -> bool:
        """Whether units of a batch match the instrument, the vintage and the project."""
        return (
            batch.instrument == self.instrument
            and self.vintage in (None, batch.vintage)
            and self.project in (None, batch.project)
        )

    def __str__(self) -> str:
        """The selection in words, for messages."""
        of = [self.instrument]
        of += [] if self.vintage is None else [f"vintage {self.vintage}"]
        of += [] if self.project is None else [f"project {self.project}"]
        of += [] if self.label is None else [f"label {self.label}"]
        return printable(f"{self.count:,} units of {', '.join(of)} ({self.order})")


One = Block | Batch | str
# No `Sequence[One]`: a str is a sequence of str as well.
Many = Selection | tuple[One, ...] | Listing[Batch] | list[Block] | list[Batch] | list[str] | list[One]
Units = One | Many


@frozen
class UnitsRequest:
    """The units that a caller named, checked.

    Attributes:
        blocks: The named blocks, in the caller's order; empty for a selection.
        selection: The selection, or ``None`` if blocks were named.
        one: Whether the caller named a single block, and not a list.
    """

    blocks: tuple[Block, ...]
    selection: Selection | None
    one: bool

    def arguments(self) -> dict[str, object]:
        """The units as arguments of a command, whose digest an idempotency key is bound to."""
        if self.selection is not None:
            return {"selection": self.selection.to_record()}
        return {"block": str(self.blocks[0])} if self.one else {"blocks": [str(block) for block in self.blocks]}

    def result(self, blocks: tuple[Block, ...]) -> Block | tuple[Block, ...]:
        """What a command returns of its blocks: the block if the caller named a single one, else all of them."""
        return blocks[0] if self.one else blocks


def checked_units(value: object, from_: str | None) -> UnitsRequest:
    """The units that a caller named, checked.

    Args:
        value: A `Block`, a `Batch` (all of it) or a text; a list, tuple or listing of these; or a `Selection`.
        from_: The account that holds the units, if the caller named the account.

    Raises:
        SerialError: *value* is something else, an invalid block, or an empty list.
        QuantityError: *value* is a `Selection`, and *from_* is missing.
    """
    if isinstance(value, Selection):
        if from_ is None:
            raise QuantityError(f"selection of {value}: expected from_=, the account that holds the units; pass from_=")
        return UnitsRequest((), value, one=False)
    if isinstance(value, list | tuple | Listing):
        blocks = tuple(block_of(item) for item in value)
        if not blocks:
            raise SerialError(f"block {quote(value)}: expected at least one block; pass blocks, or a Selection")
        return UnitsRequest(blocks, None, one=False)
    return UnitsRequest((block_of(value),), None, one=True)


def sole_account(view: View, blocks: Sequence[Block]) -> str:
    """The one account that holds all of the blocks.

    Raises:
        NotHolderError: Several accounts hold the blocks.
        UnknownBatchError: There is no such batch.
        SerialError: A block extends past the end of its batch.
    """
    holders = {sole_holder(view, block): block for block in blocks}
    if len(holders) > 1:
        parts = ", ".join(f"{name} (such as {block})" for name, block in sorted(holders.items()))
        raise NotHolderError(
            f"{len(blocks)} blocks",
            f"they are held by {parts}; expected units of one account: call the command once for each account",
        )
    return next(iter(holders))


def selected(
    view: View, selection: Selection, account: str, state: str, at_utc: int | None, limit: str = USE
) -> tuple[Block, ...]:
    """The blocks that a selection chooses from an account.

    Args:
        view: The state.
        selection: The selection.
        account: The account's id.
        state: The state that the units must be in.
        at_utc: The time at which the limit must not have passed; ``None`` includes expired units.
            [s since 1970-01-01 UTC]
        limit: The time limit of the action: `USE`, or `TRANSFER` for an action that gives units away.

    Raises:
        InsufficientBalanceError: The account has fewer such units.
    """
    issued: dict[str, IssuedBatch] = {}
    pieces: list[Piece] = []
    late = expired = 0
    for piece in view.holdings(account):
        if piece.state != state:
            continue
        found = issued.get(piece.batch_id) or lookup.batch(view, piece.batch_id)
        issued[piece.batch_id] = found
        if selection.fits(found.batch):
            parts = [piece] if selection.label is None else list(_carrying(view, piece, selection.label))
            if at_utc is not None and has_passed(found.batch, at_utc, limit):
                count = sum(part.count for part in parts)
                over = has_passed(found.batch, at_utc, USE)
                late, expired = (late, expired + count) if over else (late + count, expired)
            else:
                pieces += parts
    if not pieces:
        lookup.instrument_id(view, selection.instrument)
    available = sum(piece.count for piece in pieces)
    if available < selection.count:
        raise InsufficientBalanceError(
            f"account {account}",
            f"{selection} were requested, but only "
            + _available(account, state, (available, late, expired), to_use=limit == USE),
        )

    def place(piece: Piece) -> tuple[Key, int, str, int]:
        found = issued[piece.batch_id]
        return ORDERS[selection.order](found), found.n, piece.batch_id, piece.first

    return merge_serials(_first_units(sorted(pieces, key=place), selection.count))


def _available(account: str, state: str, counts: tuple[int, int, int], *, to_use: bool) -> str:
    """How many units there are for a selection, and why not the others: too late to be transferred, or expired."""
    available, late, expired = counts
    if to_use or not (late or expired):
        also = f" ({expired:,} more have expired)" if expired else ""
        return f"{available:,} are {state}{also}; see holdings({quote(account)}, state={quote(state)})"
    others = [f"{late:,} can only be retired or cancelled"] if late else []
    others += [f"{expired:,} have expired"] if expired else []
    return f"{available:,} can be transferred; {', '.join(others)}; see positions({quote(account)})"


def _carrying(view: View, piece: Piece, label: str) -> Iterator[Piece]:
    """The parts of a piece that carry a label, in order of serials."""
    for row in labels_over(view, Block(piece.batch_id, piece.first, piece.last), label):
        yield evolve(piece, first=max(piece.first, row.first), last=min(piece.last, row.last))


def _first_units(pieces: Sequence[Piece], count: int) -> Iterator[Block]:
    """The first *count* units of the pieces, one block for each piece."""
    for piece in pieces:
        if count == 0:
            break
        taken = Block(piece.batch_id, piece.first, piece.first + min(count, piece.count) - 1)
        count -= taken.count
        yield taken
