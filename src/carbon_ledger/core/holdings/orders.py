"""The orders in which a selection takes units."""

from collections.abc import Callable, Mapping
from typing import Final

from carbon_ledger.core.state.rows import IssuedBatch

Key = tuple[int, ...]

# By what units are taken; ties go to the older entry, then to the older vintage.
ORDERS: Final[Mapping[str, Callable[[IssuedBatch], Key]]] = {
    "oldest-vintage": lambda found: (found.batch.vintage,),
    "newest-vintage": lambda found: (-found.batch.vintage,),
    "earliest-expiry": lambda found: (1, 0) if found.batch.expires_utc is None else (0, found.batch.expires_utc),
    "oldest-issue": lambda found: (found.n,),
    "newest-issue": lambda found: (-found.n,),
}
