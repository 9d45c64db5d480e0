"""The state of a ledger on a server: queries that depend on a figure are answered from a list that is read before."""

from typing import Any, Final

from carbon_ledger.core.state.rows import Approval, Expiring, Grant
from carbon_ledger.log.audit_path import HASH_BYTES
from carbon_ledger.log.tiles import root_hash
from carbon_ledger.stores.sql.slices import tile_query
from carbon_ledger.stores.sql.view import SqlView

_MOST: Final = 100  # rows of a list; a longer list is not used
_APPROVALS: Final = f"where to_n is null order by quantification, from_n limit {_MOST}"
_GRANTS: Final = f"where actor = ? and to_n is null limit {_MOST}"
_EXPIRING: Final = f"where account = ? and instrument = ? and to_n is null order by expires_utc limit {_MOST}"


class PostgresView(SqlView):
    """The state of a store on a server after its first *size* entries.

    In the latest state of a command, the roles of an actor are few, and so are the approvals that are neither used nor
    revoked, and the times at which units of an account expire. Each is read as a list, which a command can ask for
    before it knows the digest of a quantification, or the time at which new units will expire.
    """

    def root(self, size: int) -> str:
        """The RFC 6962 root of the first *size* entries; all tiles are asked for together."""

        def hint(level: int, index: int, width: int) -> bytes:
            self._store.hint(*tile_query(level, index, width))
            return bytes(width * HASH_BYTES)

        if 0 <= size <= self.size:
            root_hash(size, hint)
        return super().root(size)

    def newest_approval(self, quantification: str, before: int, actor: str | None = None) -> Approval | None:
        """The newest approval of a quantification, or an actor's, before an entry, neither used nor revoked."""
        rows: list[Any] = self._rows("approval", _APPROVALS, ()) if self._newest else []
        if not self._newest or len(rows) == _MOST:
            return super().newest_approval(quantification, before, actor)
        found = (
            row
            for row in reversed(rows)
            if row.quantification == quantification and row.from_n < before and actor in (None, row.actor)
        )
        return next(found, None)

    def grant(self, actor: str, role: str, scope: str) -> Grant | None:
        """The live grant of a role to an actor."""
        rows: list[Any] = self._rows("role", _GRANTS, (actor,)) if self._newest else []
        if not self._newest or len(rows) == _MOST:
            return super().grant(actor, role, scope)
        return next((row for row in rows if (row.role, row.scope) == (role, scope)), None)

    def expiring(self, account: str, instrument: str, expires_utc: int) -> Expiring | None:
        """The account's current totals of units that expire at this time."""
        rows: list[Any] = self._rows("expiring", _EXPIRING, (account, instrument)) if self._newest else []
        if not self._newest or len(rows) == _MOST:
            return super().expiring(account, instrument, expires_utc)
        return next((row for row in rows if row.expires_utc == expires_utc), None)
