"""Pictures in SVG: bars, a stack and steps. Their widths are shares of the page, so that their texts keep their size.

Every picture has a title and a description, its parts differ in pattern as well as in colour, and the page has a table
with the same numbers beside it. Coordinates are computed in whole numbers: the same numbers give the same picture.
"""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Final

from attrs import frozen

from carbon_ledger.exact import text_of
from carbon_ledger.reports.ledger_page.markup import Html, number, plain, text

Amount = int | Decimal | Fraction

_HEIGHT: Final = 220  # of a picture with an axis. [px]
_TOP: Final = 26  # where its largest value is
_BOTTOM: Final = 24  # the space of its labels
_MOST_LABELS: Final = 9  # on a wide page
_NARROW: Final = 3  # a narrow page has every third of these labels
_WIDEST: Final = 800  # the widest bar, in hundredths of a per cent
_PLACES: Final = 3  # decimals of a label in a picture

# How each pattern is drawn over its colour: lines in a square of 8 px. A part without a pattern is plain.
_PATTERNS: Final = {
    "locked": ("M0 8 L8 0 M-2 2 L2 -2 M6 10 L10 6", ""),
    "buffered": ("", '<circle cx="4" cy="4" r="1.6"/>'),
    "pending": ("M2 0 V8 M6 0 V8", ""),
    "expired": ("M0 0 L8 8 M8 0 L0 8", ""),
    "retired": ("M0 0 L8 8 M-2 6 L2 10 M6 -2 L10 2", ""),
    "cancelled": ("M0 2 H8 M0 6 H8", ""),
    "withdrawn": ("M4 0 V8 M0 4 H8", ""),
    "exported": ("", '<circle cx="4" cy="4" r="2.6" class="ring"/>'),
    "elsewhere": ("", '<circle cx="4" cy="4" r="1.6"/>'),
    "free": ("M0 8 L8 0 M-2 2 L2 -2 M6 10 L10 6", ""),
    "debit": ("M0 0 L8 8 M8 0 L0 8", ""),
}


def patterns() -> str:
    """The patterns that all pictures of a page share; the page has them once, before the first picture."""
    found = "".join(
        f'<pattern id="pattern-{name}" width="8" height="8" patternUnits="userSpaceOnUse">'
        f'<rect width="8" height="8" class="fill-{name}"/>'
        + (f'<path d="{lines}" class="over"/>' if lines else "")
        + (f'<g class="over">{shapes}</g>' if shapes else "")
        + "</pattern>"
        for name, (lines, shapes) in _PATTERNS.items()
    )
    return f'<svg class="patterns" width="0" height="0" aria-hidden="true" focusable="false"><defs>{found}</defs></svg>'


def paint(name: str) -> str:
    """The attributes that fill a part of a picture with its colour and pattern."""
    return f'fill="url(#pattern-{name})"' if name in _PATTERNS else f'class="fill-{name}"'


def swatch(name: str) -> Html:
    """A small square in the colour and pattern of a part, for a legend or a table."""
    return Html(
        '<svg class="swatch" width="14" height="14" aria-hidden="true" focusable="false">'
        f'<rect x="0.5" y="0.5" width="13" height="13" {paint(name)}/></svg>'
    )


def legend(parts: Iterable[tuple[str, str]]) -> str:
    """A legend: the square of each part, and its meaning.

    Args:
        parts: The name of each part, and the words for it.
    """
    items = "".join(f"<li>{swatch(name)}{text(words)}</li>" for name, words in parts)
    return f'<ul class="legend">{items}</ul>'


def share(part: Amount, whole: Amount) -> str:
    """A part as a percentage of a whole, rounded down to hundredths; 0% of nothing.

    Example:
        >>> share(1, 3), share(0, 0)
        ('33.33%', '0.00%')
    """
    hundredths = int(Fraction(part) * 10_000 / Fraction(whole)) if whole else 0
    return _percent(hundredths)


def share_text(part: Amount, whole: Amount) -> str:
    """A part as a percentage of a whole in a text: as `share` gives it, but ``<0.01%`` where that is 0 and it is not.

    Example:
        >>> share_text(1, 3), share_text(1, 1_000_000), share_text(0, 3)
        ('33.33%', '<0.01%', '0.00%')
    """
    found = share(part, whole)
    return f"<{_percent(1)}" if part > 0 and found == _percent(0) else found


def _percent(hundredths: int) -> str:
    return f"{hundredths // 100}.{hundredths % 100:02d}%"


def short(value: Amount) -> str:
    """A number as a label shows it: with three decimals, cut and not rounded, and an ellipsis if it has more.

    Example:
        >>> short(Decimal("0.935484032")), short(-12500)
        ('0.935…', '-12,500')
    """
    exact = Fraction(value)
    if exact.denominator == 1:
        return number(int(exact))
    if isinstance(value, Decimal) and len(text_of(value).partition(".")[2]) <= _PLACES:
        return number(value)
    thousandths = int(abs(exact) * 10**_PLACES)
    whole, rest = divmod(thousandths, 10**_PLACES)
    return f"{'-' if exact < 0 else ''}{whole:,}.{rest:0{_PLACES}d}…"


def figure(
    anchor: str, title: str, description: str, height: int, body: str, after: str = "", css: str = "plain"
) -> Iterator[str]:
    """A picture with its title and its description, which readers of the screen are given in place of it.

    Args:
        anchor: The id of the picture.
        title: The title, which is also the caption.
        description: What the picture shows, with its main numbers.
        height: The height. [px]
        body: The shapes, as SVG.
        after: HTML below the picture.
        css: ``plot`` for a picture with an axis, otherwise ``plain``.
    """
    yield f'<figure><figcaption>{text(title)}</figcaption><svg class="{css}" width="100%" height="{height}" role="img" '
    yield f'aria-labelledby="{anchor}-t {anchor}-d" focusable="false"><title id="{anchor}-t">{plain(title)}</title>'
    yield f'<desc id="{anchor}-d">{plain(description)}</desc>{body}</svg>{after}</figure>'


def stack(anchor: str, title: str, parts: Sequence[tuple[str, str, int]]) -> Iterator[str]:
    """One bar that is divided into parts, with a legend.

    Args:
        anchor: The id of the picture.
        title: The title.
        parts: The name, the words and the number of each part, none below zero.

    Example:
        >>> "".join(stack("a", "Units", [("active", "active", 3), ("retired", "retired", 1)])).count("<rect")
        4
    """
    shown = [part for part in parts if part[2] > 0]
    whole = sum(count for _, _, count in shown)
    shapes, before = [], 0
    for name, _, count in shown:
        shapes.append(
            f'<rect x="{share(before, whole)}" y="0" width="{share(count, whole)}" height="40" {paint(name)}/>'
        )
        before += count
    edges = [sum(count for _, _, count in shown[:k]) for k in range(1, len(shown))]
    shapes += [f'<line class="edge" x1="{share(at, whole)}" x2="{share(at, whole)}" y1="0" y2="40"/>' for at in edges]
    words = [(name, f"{label}: {count:,}") for name, label, count in shown]
    description = "; ".join(label for _, label in words) or "no units"
    yield from figure(anchor, title, description, 40, "".join(shapes), legend(words))


@frozen
class Bar:
    """A bar of a picture.

    Attributes:
        label: What stands below it.
        parts: The name and the amount of each part, from the axis outwards; parts below zero go below the axis.
    """

    label: str
    parts: tuple[tuple[str, Amount], ...]

    @property
    def above(self) -> Fraction:
        """The sum of the parts above zero."""
        return sum((Fraction(value) for _, value in self.parts if value > 0), Fraction(0))

    @property
    def below(self) -> Fraction:
        """The sum of the parts below zero."""
        return sum((Fraction(value) for _, value in self.parts if value < 0), Fraction(0))


@frozen
class Scale:
    """The vertical scale of a picture, from its lowest to its highest line. It always shows zero."""

    low: Fraction
    high: Fraction

    @classmethod
    def of(cls, values: Iterable[Amount]) -> "Scale":
        """The scale that shows all values."""
        found = [Fraction(0), *(Fraction(value) for value in values)]
        low, high = -nice(-min(found)), nice(max(found))
        return cls(low, high if low or high else Fraction(1))

    def y(self, value: Amount) -> str:
        """The place of a value, rounded down to tenths. [px]"""
        room = _HEIGHT - _TOP - _BOTTOM
        tenths = int((self.high - Fraction(value)) * room * 10 / (self.high - self.low)) + _TOP * 10
        return f"{tenths // 10}.{tenths % 10}"

    def lines(self) -> str:
        """The lines at zero, at the ends and between them, each with its value."""
        values = {Fraction(0), self.high, self.low, self.high / 2}
        shapes = ""
        for value in sorted(values):
            css = "axis" if value == 0 else "grid"
            y = self.y(value)
            shapes += f'<line class="{css}" x1="0" x2="100%" y1="{y}" y2="{y}"/>'
            shapes += f'<text class="scale" x="-8" y="{y}" dy="4">{plain(axis_text(value))}</text>'
        return shapes


def axis_text(value: Fraction) -> str:
    """A value of an axis, exact: `nice` values have few digits, and large ones are written as powers of ten."""
    if abs(value) >= 10**7:
        power = len(str(abs(int(value)))) - 1
        return f"{axis_text(value / 10**power)} x 10^{power}"
    if value.denominator == 1:
        return number(int(value))
    digits = 0
    while (value * 10**digits).denominator != 1:
        digits += 1
    return number(Decimal(int(value * 10**digits)).scaleb(-digits))


def nice(value: Fraction) -> Fraction:
    """The least of 1, 2, 4, 5 and 10 times a power of ten that is not below a value; 0 for 0.

    Example:
        >>> nice(Fraction(37)), nice(Fraction(1, 30))
        (Fraction(40, 1), Fraction(1, 25))
    """
    if value <= 0:
        return Fraction(0)
    power = Fraction(1)
    while power < value:
        power *= 10
    while power / 10 >= value:
        power /= 10
    return next(power * step / 10 for step in (1, 2, 4, 5, 10) if power * step / 10 >= value)


def bars(
    anchor: str, title: str, description: str, found: Sequence[Bar], words: Sequence[tuple[str, str]]
) -> Iterator[str]:
    """Bars of several parts, with an axis and a legend.

    Args:
        anchor: The id of the picture.
        title: The title.
        description: What the picture shows.
        found: The bars, from left to right.
        words: The name of each part, and the words for it.
    """
    scale = Scale.of([value for bar in found for value in (bar.above, bar.below)])
    slot = 10_000 // max(1, len(found))
    width = min(slot * 7 // 10, _WIDEST)
    shapes = [scale.lines()]
    for k, bar in enumerate(found):
        left, at = slot * k + (slot - width) // 2, {True: Fraction(0), False: Fraction(0)}
        for name, value in bar.parts:
            if value:
                start = at[value > 0]
                at[value > 0] = end = start + Fraction(value)
                shapes.append(_bar(left, width, scale, max(start, end), min(start, end), name))
        shapes.append(_label(k, len(found), slot * k + slot // 2, bar.label))
    yield from figure(anchor, title, description, _HEIGHT, "".join(shapes), legend(words), "plot")


def _bar(left: int, width: int, scale: Scale, high: Fraction, low: Fraction, name: str) -> str:
    y, end = scale.y(high), scale.y(low)
    height = Decimal(end) - Decimal(y)
    return f'<rect x="{_percent(left)}" y="{y}" width="{_percent(width)}" height="{height}" {paint(name)}/>'


def _label(k: int, count: int, centre: int, label: str) -> str:
    """A label below the axis; long series have fewer labels, and narrow pages have fewer still."""
    step = -(-count // _MOST_LABELS)
    if k % step:
        return ""
    css = "tick" if count <= _NARROW or k % (step * _NARROW) == 0 else "tick wide"
    return f'<text class="{css}" x="{_percent(centre)}" y="{_HEIGHT - 6}">{plain(label)}</text>'


def steps(anchor: str, title: str, description: str, found: Sequence[tuple[str, Decimal]]) -> Iterator[str]:
    """A line of steps: one level for each label, which is below the axis where the level is below zero.

    Args:
        anchor: The id of the picture.
        title: The title.
        description: What the picture shows.
        found: The label and the level of each step, from left to right.
    """
    scale = Scale.of([level for _, level in found])
    slot = 10_000 // max(1, len(found))
    shapes, zero = [scale.lines()], scale.y(0)
    for k, (label, level) in enumerate(found):
        left, y, centre = slot * k, scale.y(level), slot * k + slot // 2
        high, low = sorted((Decimal(y), Decimal(zero)))
        name = "debit" if level < 0 else "carry"
        shapes.append(
            f'<rect x="{_percent(left)}" y="{high}" width="{_percent(slot)}" height="{low - high}" {paint(name)}/>'
        )
        shapes.append(f'<line class="step" x1="{_percent(left)}" x2="{_percent(left + slot)}" y1="{y}" y2="{y}"/>')
        if k:
            x, before = _percent(left), scale.y(found[k - 1][1])
            shapes.append(f'<line class="step" x1="{x}" x2="{x}" y1="{before}" y2="{y}"/>')
        if len(found) <= _MOST_LABELS:
            css = "level" if len(found) <= _NARROW else "level wide"
            above = zero if level < 0 else y  # so that the number is never on the pattern
            shapes.append(
                f'<text class="{css}" x="{_percent(centre)}" y="{above}" dy="-6">{plain(short(level))}</text>'
            )
        shapes.append(_label(k, len(found), centre, label))
    words = [("carry", "carry: amount that has no unit yet")]
    words += [("debit", "debit: units without energy behind them")] if any(level < 0 for _, level in found) else []
    yield from figure(anchor, title, description, _HEIGHT, "".join(shapes), legend(words), "plot")
