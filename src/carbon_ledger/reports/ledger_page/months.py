"""Months as whole numbers, so that they can be counted and compared."""


def month_text(month: int) -> str:
    """A month as a reader sees it.

    Args:
        month: Years times 12, plus the month from 0.

    Example:
        >>> month_text(2024 * 12 + 4)
        '2024-05'
    """
    return f"{month // 12:04d}-{month % 12 + 1:02d}"
