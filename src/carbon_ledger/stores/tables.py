"""Tables of derived rows: the columns of each table, and rows as plain values, which are the same in every store."""

from collections.abc import Callable, Iterable, Mapping
from itertools import product
from pathlib import Path
from typing import Any, Final

from attrs import Factory, field, frozen

from carbon_ledger.core.state.rows import (
    LASTING_STATES,
    STATES,
    Approval,
    Balance,
    Carry,
    Claim,
    Expiring,
    Grant,
    ImportedSerials,
    Issuance,
    IssuedBatch,
    IssuedVintage,
    KeyUse,
    Label,
    Offer,
    Owed,
    Piece,
    Reading,
    Registration,
    Row,
)
from carbon_ledger.errors import BrokenLogError, CarbonLedgerError
from carbon_ledger.log.coordinates import WIDTH
from carbon_ledger.printing import quote
from carbon_ledger.stores.row_values import (
    Values,
    balance_values,
    batch_row,
    batch_values,
    carry_row,
    carry_values,
    flat_values,
    issuance_row,
    issuance_values,
    owed_row,
    owed_values,
)

__all__ = ["BY_NAME", "TABLES", "Table", "Values", "as_of"]


def _kinds(columns: tuple[str, ...]) -> frozenset[tuple[type, ...]]:
    """The types that the values of a row may have: a tuple of types for each combination."""
    each = []
    for column in columns:
        kind = int if column.split()[1] == "integer" else str
        each.append((kind,) if column.endswith(" not null") else (kind, type(None)))
    return frozenset(product(*each))


@frozen
class Table:
    """A table: its columns with their SQL types, its key, and the conversion of its rows to and from plain values."""

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    to_values: Callable[[Any], Values]
    from_values: Callable[..., Row]
    _kinds: frozenset[tuple[type, ...]] = field(
        init=False, repr=False, eq=False, default=Factory(lambda self: _kinds(self.columns), takes_self=True)
    )
    names: tuple[str, ...] = field(init=False, repr=False, eq=False)  # of the columns

    @names.default
    def _names(self) -> tuple[str, ...]:
        return tuple(column.split()[0] for column in self.columns)

    def row(self, values: Values, path: Path | str) -> Row:
        """The row with the plain values that a file has.

        Raises:
            BrokenLogError: The values are not a row of this table. SQLite checks types on writing, not on reading.
        """
        if tuple(map(type, values)) not in self._kinds:
            raise BrokenLogError(
                f"{path}: table {self.name} has the invalid row {quote(values, 200)}; audit the ledger"
            )
        try:
            return self.from_values(*values)
        except (ArithmeticError, CarbonLedgerError, TypeError, ValueError) as error:
            raise BrokenLogError(
                f"{path}: table {self.name} has the invalid row {quote(values, 200)} ({error!s:.200}); audit the ledger"
            ) from None


_TEXT, _INTEGER = "text not null", "integer not null"

TABLES: Final[Mapping[type, Table]] = {
    Registration: Table(
        "registration",
        (f"kind {_TEXT}", f"id {_TEXT}", f"n {_INTEGER}"),
        ("kind", "id"),
        flat_values(Registration),
        Registration,
    ),
    Reading: Table(
        "reading",
        (
            f"device {_TEXT}",
            f"start_utc {_INTEGER}",
            f"end_utc {_INTEGER}",
            f"step_s {_INTEGER}",
            f"net_wh {_INTEGER}",
            "gross_wh integer",
            f"source_n {_INTEGER}",
            f"from_n {_INTEGER}",
            "to_n integer",
            f"quality {_TEXT}",
        ),
        ("device", "start_utc", "from_n"),
        flat_values(Reading),
        Reading,
    ),
    Owed: Table(
        "owed",
        (f"meter {_TEXT}", f"from_n {_INTEGER}", f"owed {_TEXT}"),
        ("meter", "from_n"),
        owed_values,
        owed_row,
    ),
    Claim: Table(
        "claim",
        (
            f"device {_TEXT}",
            f"start_utc {_INTEGER}",
            f"end_utc {_INTEGER}",
            f"issuance_n {_INTEGER}",
            f"from_n {_INTEGER}",
            "to_n integer",
        ),
        ("device", "start_utc", "from_n"),
        flat_values(Claim),
        Claim,
    ),
    Carry: Table(
        "accrual",
        (
            f"project {_TEXT}",
            f"vintage {_INTEGER}",
            f"from_n {_INTEGER}",
            f"claimed {_TEXT}",
            f"adjustments {_INTEGER}",
            f"counted {_INTEGER}",
            f"toward_debit {_INTEGER}",
        ),
        ("project", "vintage", "from_n"),
        carry_values,
        carry_row,
    ),
    Issuance: Table(
        "issuance",
        (
            f"n {_INTEGER}",
            f"from_n {_INTEGER}",
            f"project {_TEXT}",
            f"start_utc {_INTEGER}",
            f"end_utc {_INTEGER}",
            f"account {_TEXT}",
            f"quantification {_TEXT}",
            f"amounts {_TEXT}",
            f"counted {_INTEGER}",
            f"voided {_INTEGER}",
            f"toward_debit {_INTEGER}",
            f"converted {_INTEGER}",
        ),
        ("n", "from_n"),
        issuance_values,
        issuance_row,
    ),
    IssuedVintage: Table(
        "vintage",
        (f"project {_TEXT}", f"vintage {_INTEGER}", f"issuance_n {_INTEGER}", f"from_n {_INTEGER}", "to_n integer"),
        ("project", "vintage", "issuance_n", "from_n"),
        flat_values(IssuedVintage),
        IssuedVintage,
    ),
    IssuedBatch: Table(
        "batch",
        (
            f"batch_id {_TEXT}",
            f"n {_INTEGER}",
            f"project {_TEXT}",
            f"instrument {_TEXT}",
            f"vintage {_INTEGER}",
            f"count {_INTEGER}",
            f"account {_TEXT}",
            f"start_utc {_INTEGER}",
            f"end_utc {_INTEGER}",
            "expires_utc integer",
            "transferable_until_utc integer",
            "device text",
            "registry text",
            "serial text",
        ),
        ("batch_id",),
        batch_values,
        batch_row,
    ),
    Piece: Table(
        "piece",
        (
            f"batch_id {_TEXT}",
            f"first {_INTEGER}",
            f"last {_INTEGER}",
            f"account {_TEXT}",
            f"state {_TEXT}",
            f"from_n {_INTEGER}",
        ),
        ("batch_id", "first", "from_n"),
        flat_values(Piece),
        Piece,
    ),
    Balance: Table(
        "balance",
        (
            f"account {_TEXT}",
            f"instrument {_TEXT}",
            f"from_n {_INTEGER}",
            *(f"{state} {_INTEGER}" for state in STATES),
        ),
        ("account", "instrument", "from_n"),
        balance_values,
        Balance,
    ),
    Expiring: Table(
        "expiring",
        (
            f"account {_TEXT}",
            f"instrument {_TEXT}",
            f"expires_utc {_INTEGER}",
            *(f"{state} {_INTEGER}" for state in LASTING_STATES),
            f"from_n {_INTEGER}",
            "to_n integer",
        ),
        ("account", "instrument", "expires_utc", "from_n"),
        flat_values(Expiring),
        Expiring,
    ),
    Offer: Table(
        "offer",
        (
            f"n {_INTEGER}",
            f"from_n {_INTEGER}",
            f"giver {_TEXT}",
            f"taker {_TEXT}",
            "deadline_utc integer",
            f"status {_TEXT}",
        ),
        ("n", "from_n"),
        flat_values(Offer),
        Offer,
    ),
    Label: Table(
        "label",
        (
            f"batch_id {_TEXT}",
            f"first {_INTEGER}",
            f"last {_INTEGER}",
            f"label {_TEXT}",
            f"source_n {_INTEGER}",
            f"from_n {_INTEGER}",
            "to_n integer",
        ),
        ("batch_id", "label", "first", "from_n"),
        flat_values(Label),
        Label,
    ),
    ImportedSerials: Table(
        "external",
        (
            f"registry {_TEXT}",
            f"space {_TEXT}",
            f"first {_INTEGER}",
            f"last {_INTEGER}",
            f"batch_id {_TEXT}",
            f"n {_INTEGER}",
        ),
        ("registry", "space", "first"),
        flat_values(ImportedSerials),
        ImportedSerials,
    ),
    Grant: Table(
        "role",
        (f"actor {_TEXT}", f"role {_TEXT}", f"scope {_TEXT}", f"from_n {_INTEGER}", "to_n integer"),
        ("actor", "role", "scope", "from_n"),
        flat_values(Grant),
        Grant,
    ),
    Approval: Table(
        "approval",
        (
            f"quantification {_TEXT}",
            f"project {_TEXT}",
            f"start_utc {_INTEGER}",
            f"end_utc {_INTEGER}",
            f"actor {_TEXT}",
            f"from_n {_INTEGER}",
            "to_n integer",
        ),
        ("quantification", "from_n"),
        flat_values(Approval),
        Approval,
    ),
    KeyUse: Table(
        "key_use",
        (f"key {_TEXT}", f"actor {_TEXT}", f"n {_INTEGER}"),
        ("key", "actor"),
        flat_values(KeyUse),
        KeyUse,
    ),
}

BY_NAME: Final[Mapping[str, Table]] = {table.name: table for table in TABLES.values()}


def as_of(rows: Iterable[Values], table: str, size: int, now: int) -> Iterable[Values]:
    """The rows as of *size* entries, for a table that is read while others write.

    Args:
        rows: Rows of the table; rows of the table of tiles have at least the level and the number.
        table: The table's name.
        size: The number of entries as of which the rows are returned.
        now: The number of entries in the log; a row that names a later entry is returned unchanged.
    """
    if size == now:
        return rows

    def later(n: object) -> bool:
        return isinstance(n, int) and size <= n < now

    if table == "tile":
        return (row for row in rows if not later(_last_leaf(*row[:2])))
    names = BY_NAME[table].names
    start = names.index("from_n" if "from_n" in names else "n")
    end = names.index("to_n") if "to_n" in names else start
    return ((*row[:end], None, *row[end + 1 :]) if later(row[end]) else row for row in rows if not later(row[start]))


def _last_leaf(level: object, number: object) -> int | None:
    """The leaf that filled a tile; `None` if a damaged file has numbers that no tile has."""
    if type(level) is not int or type(number) is not int or not 0 <= level < 8:
        return None
    return int((number + 1) * WIDTH ** (level + 1)) - 1
