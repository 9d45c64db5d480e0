"""Reviews and samples of a ledger. Their rules are loaded when they are first asked.

A review is judgement beside the proof of the audit, and it never approves.
"""

from collections.abc import Iterable

from carbon_ledger.errors import QuantityError
from carbon_ledger.printing import quote
from carbon_ledger.queries.snapshot import Snapshot
from carbon_ledger.review.parameters import DEFAULTS, ReviewParameters
from carbon_ledger.review.results import Review
from carbon_ledger.review.sampling import Sample


def review(
    reader: Snapshot,
    scope: Iterable[str] | None = None,
    since: int | None = None,
    parameters: ReviewParameters | None = None,
) -> Review:
    """Review a ledger: what an auditor would ask about, with entries, figures, exposure and what to ask for.

    An audit proves that a ledger follows from its entries. A review asks whether the entries are plausible. Its rules
    depend on the entries alone, and on no clock.

    Args:
        scope: The ids of the projects to review, with their devices; by default, all projects and devices.
        since: Only flags that rest on an entry with this number or a later one, such as the size of the checkpoint of
            the last review; by default, all.
        parameters: The thresholds; by default, those of `ReviewParameters`.

    Raises:
        UnknownProjectError: There is no such project.
        QuantityError: *scope* is not a sequence of ids, *since* is not a whole number of at least 0, or *parameters* is
            not a `ReviewParameters`.
        BrokenLogError: The ledger is damaged; audit the ledger.

    Example:
        >>> import carbon_ledger as cl
        >>> found = cl.open_ledger(":memory:", ledger_id="new").review()
        >>> found.flags, found.parameters.late_days
        ((), 60)
    """
    used = DEFAULTS if parameters is None else parameters
    if not isinstance(used, ReviewParameters):
        raise QuantityError(f"review(parameters={quote(parameters)}): expected a ReviewParameters, or None")
    if since is not None and (type(since) is not int or since < 0):
        raise QuantityError(f"review(since={quote(since)}): expected the number of an entry, or None for all")
    from carbon_ledger.review.reviewing import reviewed

    return reviewed(reader, scope, since, used)


def sample(
    reader: Snapshot,
    seed: str,
    *,
    scope: Iterable[str] | None = None,
    confidence_percent: int = 95,
    tolerable: object = "2%",
) -> Sample:
    """Draw a sample of the claimed steps in proportion to their energy, as every other program draws it: `draw_sample`.

    Args:
        seed: A text that the auditor wrote down before the log was received.
        scope: The ids of the projects; by default, all.
        confidence_percent: 90 or 95. [%]
        tolerable: The tolerable misstatement, as a share of the claimed energy.

    Raises:
        UnknownProjectError: There is no such project.
        QuantityError: An argument is not what is listed here.
        InexactNumberError: *tolerable* is a float.
    """
    from carbon_ledger.review.reviewing import sampled

    return sampled(reader, seed, scope, confidence_percent, tolerable)
