"""The life of a methodology: from when until when a programme registers projects with a version, and what succeeds it.

A row says what one programme decided about one version. A version without a row has no dates in that programme. The
programmes' own words decide; a row states where they were read, and how sure that is.
"""

from datetime import date
from typing import Final

from attrs import frozen

from carbon_ledger.records import Record


@frozen(kw_only=True, repr=False)
class Life(Record):
    """When a programme registers projects with a version of a methodology, and until when it may be used.

    Attributes:
        methodology: Name and version, e.g. ``ACM0002@22.0``.
        instrument: The id of the programme's instrument, e.g. ``VCS-VCU``.
        register_from: First day on which a project is registered, or its crediting period renewed, with this version.
        register_until: Last such day; by default, none was announced.
        use_until: Last day whose generation is credited with this version, in any project; by default, a project that
            was registered in time uses the version until its crediting period ends.
        successor: Name and version of the methodology to use afterwards, or an empty text.
        source: The document, and where it was read.
        confidence: P (published page), S (secondary), C (computed here) or M (memory).
    """

    methodology: str
    instrument: str
    register_from: date | None = None
    register_until: date | None = None
    use_until: date | None = None
    successor: str = ""
    source: str
    confidence: str

    @property
    def place(self) -> str:
        """The source with its confidence, as messages name them."""
        return f"{self.source}; {self.confidence}"

    def registers_on(self, day: date) -> bool:
        """Whether the programme registers a project, or renews a crediting period, with this version on a day."""
        begun = self.register_from is None or self.register_from <= day
        return begun and (self.register_until is None or day <= self.register_until)


# Requests for registration and for renewal are accepted until the end of 2026; running projects stay until renewal.
_VERRA: Final = "verra.org, page of VMR0017 v1.0"
_VERRA_ACM0002: Final = "verra.org, page of ACM0002"
_CDM: Final = "article 6 wiki: the CDM closes at the end of 2026"

LIVES: Final = (
    Life(
        methodology="ACM0002@22.0",
        instrument="VCS-VCU",
        register_from=date(2024, 5, 31),
        register_until=date(2026, 12, 31),
        successor="VMR0017@1.0",
        source=_VERRA_ACM0002,
        confidence="P",
    ),
    Life(
        methodology="AMS-I.D@18.0",
        instrument="VCS-VCU",
        register_until=date(2026, 12, 31),
        successor="VMR0017@1.0",
        source=_VERRA,
        confidence="P",
    ),
    Life(
        methodology="VMR0017@1.0",
        instrument="VCS-VCU",
        register_from=date(2026, 4, 23),
        source=_VERRA,
        confidence="P",
    ),
    Life(
        methodology="ACM0002@22.0",
        instrument="CDM-CER",
        register_until=date(2026, 12, 31),
        source=_CDM,
        confidence="S",
    ),
    Life(
        methodology="AMS-I.D@18.0",
        instrument="CDM-CER",
        register_until=date(2026, 12, 31),
        source=_CDM,
        confidence="S",
    ),
)


def life_of(methodology: str, instrument: str) -> Life | None:
    """The life of a version of a methodology in a programme, or ``None`` if the programme announced no dates.

    Args:
        methodology: Name and version of the methodology, e.g. ``ACM0002@22.0``.
        instrument: The id of the instrument that the programme issues, e.g. ``VCS-VCU``.

    Example:
        >>> life_of("ACM0002@22.0", "VCS-VCU").successor
        'VMR0017@1.0'
        >>> life_of("ACM0002@22.0", "GCC-ACC") is None
        True
    """
    found = [life for life in LIVES if (life.methodology, life.instrument) == (methodology, instrument)]
    return found[0] if found else None
