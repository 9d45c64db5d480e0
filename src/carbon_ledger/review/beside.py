"""What an auditor puts beside a review on a page: changes, a sample and its results, dispositions, a threshold."""

from collections.abc import Iterable
from datetime import date
from typing import Protocol

from attrs import frozen

from carbon_ledger.errors import QuantityError
from carbon_ledger.review.change_results import Changes
from carbon_ledger.review.evidence_results import EvidenceCheck
from carbon_ledger.review.results import Review
from carbon_ledger.review.sampling import Found, Materiality, Sample


class NotedFlag(Protocol):
    """What an auditor noted on a flag."""

    @property
    def key(self) -> str:
        """The key of the flag."""

    @property
    def disposition(self) -> str:
        """What became of it, such as ``explained``."""

    @property
    def misstated_wh(self) -> int | None:
        """The misstatement, or None. [Wh]"""

    @property
    def response(self) -> str:
        """The answer, or the reason; or empty."""

    @property
    def by(self) -> str:
        """Who decided, or empty."""

    @property
    def date(self) -> date | None:
        """The day of the decision, or None."""


class Noted(Protocol):
    """The dispositions of a file."""

    def of_review(self, review: Review) -> Iterable[NotedFlag]:
        """What was noted on each flag of a review."""


@frozen
class Beside:
    """What is beside a review on a page; each is None if it is absent."""

    changes: Changes | None
    sample: Sample | None
    found: Found | None
    evidence: EvidenceCheck | None
    dispositions: Noted | None
    materiality: Materiality | None


def require_review(**given: object) -> None:
    """Refuse arguments that only a page with a review shows.

    Args:
        given: The arguments by their names; an absent one is None.

    Raises:
        QuantityError: One of them is there.
    """
    for name, value in given.items():
        if value is not None:
            raise QuantityError(f"report({name}=...) without a review: expected review=ledger.review() as well")
