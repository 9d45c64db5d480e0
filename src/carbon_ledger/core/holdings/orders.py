"""The orders in which a selection chooses units."""

from collections.abc import Callable, Mapping
from typing import Final

from carbon_ledger.core.state.rows import IssuedBatch

Key = tuple[int, ...]

# The sort key of each order. Of equal keys, the older entry comes first, then the older vintage.
ORDERS: Final[Mapping[str, Callable[[IssuedBatch], Key]]] = {
    "oldest-vintage": lambda found: (found.batch.vintage,),
    "newest-vintage": lambda found: (-found.batch.vintage,),
    "earliest-expiry": lambda found: (1, 0) if found.batch.expires_utc is None else (0, found.batch.expires_utc),
    "oldest-issue": lambda found: (found.n,),
    "newest-issue": lambda found: (-found.n,),
}
