"""The indexes of the derived tables, in every SQL database alike."""

import re
from functools import cache
from typing import Final

from carbon_ledger.stores.tables import BY_NAME

_INDEX: Final = re.compile(r"create index (\w+) on (\w+) \(([^)]*)\)")

# Queries about the latest state seek among live rows only, because a long history may have a small state. An index
# named `..._live` or `..._ended` has only those rows.
INDEXES: Final = """
create index reading_live on reading (device, start_utc) where to_n is null;
create index claim_live on claim (device, start_utc) where to_n is null;
create index claim_ended on claim (device, to_n, start_utc) where to_n is not null;
create index claim_issuance on claim (issuance_n);
create index vintage_live on vintage (project, vintage, issuance_n) where to_n is null;
create index issuance_project on issuance (project, n, from_n);
create index batch_issuance on batch (n);
create index batch_project on batch (project, vintage, n);
create index piece_account on piece (account, batch_id, first, from_n);
create index expiring_live on expiring (account, instrument, expires_utc) where to_n is null;
create index expiring_ended on expiring (account, instrument, to_n) where to_n is not null;
create index offer_giver on offer (giver, n, from_n);
create index offer_taker on offer (taker, n, from_n);
create index label_live on label (batch_id, label, first) where to_n is null;
create index role_live on role (role, actor, scope) where to_n is null;
create index role_holders on role (role, actor, scope, from_n);
create index approval_live on approval (quantification, from_n) where to_n is null;
create index approval_actor_live on approval (quantification, actor, from_n) where to_n is null;
create index approval_project on approval (project, from_n);
"""


@cache
def indexes_of(table: str) -> dict[str, list[str]]:
    """The indexes of a table other than its key's, and its columns followed by the rest of the key."""
    found = {}
    for name, of, columns in _INDEX.findall(INDEXES):
        if of == table:
            own = columns.split(", ")
            found[name] = [*own, *(column for column in BY_NAME[table].key if column not in own)]
    return found
