"""Exact numbers in a spreadsheet, whose own numbers are binary and have 15 reliable digits.

A number is a row of limbs: whole numbers below a million, each in a cell of its own, with the sign of the number. The
limbs of 36,411.290323 are 290323 and 36411, and its places are one group of six digits. Every cell of the arithmetic
below is a whole number below 10^14, which any spreadsheet holds exactly, and which is far from where one spreadsheet
takes two numbers for equal because they are close. Results are therefore exact, and not rounded anywhere.

A row has six groups of cells. `exact`: the number as text, with all places of its groups. `limb`: the limbs. `raw`: the
limbs before carrying. `up`: what is carried to the next limb, rounded down. `sign`: -1 if the number is below 0, or 1.
`over`: the carries of the number without its sign.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

from attrs import frozen

from carbon_ledger.exact import arithmetic

BASE: Final = 1_000_000
DIGITS: Final = 6
MOST_RAW: Final = 10**14
Term = tuple[int, "Node"]


@frozen(eq=False)
class Literal:
    """Limbs that are written as they are, because the number has more digits than a spreadsheet's own number."""


@frozen(eq=False)
class FromFormula:
    """A number that a formula takes from other cells, in units of its last place: a whole number below 10^14.

    Attributes:
        formula: The formula, without the equals sign.
    """

    formula: str


@frozen(eq=False)
class Added:
    """Rows that are added, each with its sign."""

    terms: "tuple[Term, ...]"


@frozen(eq=False)
class Multiplied:
    """Two rows that are multiplied."""

    one: "Node"
    other: "Node"


@frozen(eq=False)
class NotBelowZero:
    """A row, or 0 if it is below 0."""

    inner: "Node"


@frozen(eq=False)
class RoundedUp:
    """A row of 0 or more, rounded up to fewer places."""

    inner: "Node"


How = Literal | FromFormula | Added | Multiplied | NotBelowZero | RoundedUp


@frozen(eq=False)
class Node:
    """An exact number of the arithmetic sheet: a row of limbs.

    Attributes:
        name: What the row is, in words or as a symbol.
        value: The exact value.
        groups: Decimal places of the number, in groups of six.
        how: How the raw limbs follow, e.g. a sum of other rows.
    """

    name: str
    value: Decimal
    groups: int
    how: How

    @property
    def whole(self) -> int:
        """The value in units of its last place."""
        return whole_of(self.value, self.groups)

    @property
    def text(self) -> str:
        """The value with all places of its groups, as the arithmetic sheet writes it.

        Example:
            >>> Node("a", Decimal("-0.5"), 1, Literal()).text
            '-0.500000'
        """
        whole, places = self.whole, DIGITS * self.groups
        digits = str(abs(whole)).rjust(places + 1, "0")
        return ("-" if whole < 0 else "") + (f"{digits[:-places]}.{digits[-places:]}" if places else digits)


def groups_of(value: Decimal) -> int:
    """How many groups of six places a number needs.

    Example:
        >>> groups_of(Decimal("26880")), groups_of(Decimal("0.384")), groups_of(Decimal("0.1234567"))
        (0, 1, 2)
    """
    exponent = value.as_tuple().exponent
    places = -exponent if isinstance(exponent, int) else 0
    return max(0, -(-places // DIGITS))


def whole_of(value: Decimal, groups: int) -> int:
    """A number in units of the last place of its groups.

    Example:
        >>> whole_of(Decimal("0.384"), 1)
        384000
    """
    with arithmetic():
        return int(value.scaleb(DIGITS * groups))


def limbs_needed(nodes: Sequence[Node]) -> int:
    """How many limbs hold every number with the most places of any, and one limb to spare; 3 or more."""
    groups = max((node.groups for node in nodes), default=0)
    longest = max((len(str(abs(whole_of(node.value, groups)))) for node in nodes), default=1)
    longest = max(longest, DIGITS * (groups + 1))
    return max(2, -(-longest // DIGITS)) + 1


def signed_limbs(whole: int, count: int) -> list[int]:
    """The limbs of a whole number, each with its sign; the last one has all that is left.

    Example:
        >>> signed_limbs(-36_411_290_323, 3)
        [-290323, -36411, 0]
    """
    sign, rest = (-1 if whole < 0 else 1), abs(whole)
    limbs = []
    for _ in range(count - 1):
        rest, limb = divmod(rest, BASE)
        limbs.append(sign * limb)
    return [*limbs, sign * rest]


# A formula, or an empty text for a number that is written as it is; and the value.
Cell = tuple[str, int | str | Decimal]


@frozen
class Sheet:
    """Where the cells of rows are.

    Attributes:
        count: How many limbs a number has.
        rows: The number of each node's row, from 1.
        first: The column of the text, from 0; the groups of cells follow it.
    """

    count: int
    rows: Mapping[Node, int]
    first: int = 3

    def cell(self, node: Node, group: str, j: int = 0) -> str:
        """The address of a cell of a row."""
        return f"{column_name(self.column(group) + j)}{self.rows[node]}"

    def column(self, group: str) -> int:
        """The first column of a group of cells, from 0."""
        n = self.count
        widths = {"exact": 0, "limb": 1, "raw": 1 + n, "up": 1 + 2 * n, "sign": 3 * n, "over": 3 * n + 1}
        return self.first + widths[group]

    def cells(self, node: Node) -> dict[tuple[str, int], Cell]:
        """The cells of a row, by group and place in the group: the formula of each, and the value that it gives."""
        last = self.count - 1
        found: dict[tuple[str, int], Cell] = {("raw", j): cell for j, cell in enumerate(self._raw(node))}
        raw = [int(found["raw", j][1]) for j in range(self.count)]
        carried = 0
        for j in range(last):
            before = f"+{self.cell(node, 'up', j - 1)}" if j else ""
            carried = (raw[j] + carried) // BASE
            found["up", j] = f"INT(({self.cell(node, 'raw', j)}{before})/{BASE})", carried
        top = f"{self.cell(node, 'raw', last)}+{self.cell(node, 'up', last - 1)}"
        sign = -1 if raw[last] + carried < 0 else 1
        found["sign", 0] = f"IF({top}<0,-1,1)", sign
        where, carried = self.cell(node, "sign"), 0
        for j in range(self.count):
            before = f"+{self.cell(node, 'over', j - 1)}" if j else ""
            sum_, total = f"{where}*{self.cell(node, 'raw', j)}{before}", sign * raw[j] + carried
            if j == last:
                found["limb", j] = f"{where}*({sum_})", sign * total
                break
            carried = total // BASE
            found["over", j] = f"INT(({sum_})/{BASE})", carried
            over = f"{BASE}*{self.cell(node, 'over', j)}"
            found["limb", j] = f"{where}*({sum_}-{over})", sign * (total - BASE * carried)
        found["exact", 0] = self._text(node), node.text
        return found

    def _raw(self, node: Node) -> list[Cell]:
        """The limbs of a row before carrying."""
        count = self.count
        match node.how:
            case Literal():
                return [("", limb) for limb in signed_limbs(node.whole, count)]
            case FromFormula(formula):
                return [(formula, node.whole), *[("", 0)] * (count - 1)]
            case Added(terms):
                return [self._added(terms, node.groups, j) for j in range(count)]
            case Multiplied(one, other):
                return [self._product(one, other, j) for j in range(count)]
            case NotBelowZero(inner):
                limbs, sign = signed_limbs(max(0, inner.whole), count), self.cell(inner, "sign")
                return [(f"IF({sign}<0,0,{self.cell(inner, 'limb', j)})", limb) for j, limb in enumerate(limbs)]
            case RoundedUp(inner):
                return self._rounded_up(inner, inner.groups - node.groups)

    def _added(self, terms: Sequence[Term], groups: int, j: int) -> Cell:
        formula, total = "", 0
        for sign, item in terms:
            place = j - (groups - item.groups)
            if place >= 0:
                formula += f"{'+' if sign > 0 else '-'}{self.cell(item, 'limb', place)}"
                total += sign * signed_limbs(item.whole, self.count)[place]
        return formula.removeprefix("+"), total

    def _product(self, one: Node, other: Node, j: int) -> Cell:
        left, right = signed_limbs(one.whole, self.count), signed_limbs(other.whole, self.count)
        products = (f"{self.cell(one, 'limb', i)}*{self.cell(other, 'limb', j - i)}" for i in range(j + 1))
        return "+".join(products), sum(left[i] * right[j - i] for i in range(j + 1))

    def _rounded_up(self, inner: Node, dropped: int) -> list[Cell]:
        limbs, rest = signed_limbs(inner.whole, self.count), range(dropped)
        more = ",".join(f"{self.cell(inner, 'limb', j)}<>0" for j in rest)
        first = f"{self.cell(inner, 'limb', dropped)}+IF(OR({more}),1,0)", limbs[dropped] + any(limbs[:dropped])
        kept = [(self.cell(inner, "limb", j), limbs[j]) for j in range(dropped + 1, self.count)]
        return [first, *kept, *[("", 0)] * dropped]

    def _text(self, node: Node) -> str:
        """The formula for the number as text: a minus, the whole part, a point, and six digits of each group."""
        padded = [f'TEXT(ABS({self.cell(node, "limb", j)}),"000000")' for j in range(self.count)]
        whole = f'TEXT(ABS({self.cell(node, "limb", node.groups)}),"0")'
        for j in range(node.groups + 1, self.count):
            top = self.cell(node, "limb", j)
            digits = "&".join([f'TEXT(ABS({top}),"0")', *reversed(padded[node.groups : j])])
            whole = f"IF({top}<>0,{digits},{whole})"
        places = "&".join(reversed(padded[: node.groups]))
        point = f'&"."&{places}' if places else ""
        return f'IF({self.cell(node, "sign")}<0,"-","")&{whole}{point}'


def column_name(column: int) -> str:
    """The letters of a column, from 0.

    Example:
        >>> column_name(0), column_name(25), column_name(26), column_name(702)
        ('A', 'Z', 'AA', 'AAA')
    """
    name = ""
    column += 1
    while column:
        column, letter = divmod(column - 1, 26)
        name = chr(ord("A") + letter) + name
    return name
