"""Causes: what a rule yields. The catalogue adds the rule's id, version and what to ask for, which makes a flag."""

from attrs import field, frozen

from carbon_ledger.review.flags import Cited, Figure

Amounts = dict[str, int]


@frozen(kw_only=True)
class Cause:
    """One cause to look.

    Attributes:
        severity: The severity.
        subject: What it is about.
        text: What was found.
        cited: The entries that it rests on.
        figures: The figures behind it.
        claimed_wh: Claimed energy that it is about, by project. [Wh]
        units: Units that it is about, if they do not follow from the energy.
    """

    severity: str
    subject: str
    text: str
    cited: Cited
    figures: tuple[Figure, ...] = ()
    claimed_wh: Amounts = field(factory=dict)
    units: int | None = None


def add_to(amounts: Amounts, more: Amounts) -> None:
    """Add amounts by project to others.

    Args:
        amounts: The amounts that change.
        more: What is added.
    """
    for name, wh in more.items():
        amounts[name] = amounts.get(name, 0) + wh


def some(count: int, one: str, many: str | None = None) -> str:
    """A count with its noun.

    Args:
        count: The count.
        one: The noun for one.
        many: The noun for several; by default, with an s.

    Example:
        >>> some(1, "entry", "entries"), some(1200, "step")
        ('1 entry', '1,200 steps')
    """
    return f"{count:,} {one if count == 1 else many or one + 's'}"
