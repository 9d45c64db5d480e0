"""The evaluation of a sample as formulas: the projected overstatement, its upper bound, and what is tolerable.

For each taint e/w, the interval times the taint is divided digit by digit into whole Wh and a rest below w, so that
every whole number stays below 10^14 and is exact. Only the rests are fractions, and their sum is rounded to 9 places.
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Final

from attrs import frozen

from carbon_ledger.reports.limbs import column_name
from carbon_ledger.reports.papers import Formula, PaperCell, PaperRow, PaperSheet
from carbon_ledger.review.sampling import FACTORS, Sample
from carbon_ledger.review.workpapers.draw import DRAW, INTERVAL, MILLION, SAMPLE, Tested, is_counted, shown_fraction

EVALUATION: Final = "Evaluation"
UNTESTED: Final = "not all steps are tested"
TOO_MANY: Final = "more than 10 errors: test all steps"
ACCEPT: Final = "accept: the upper bound is at most the tolerable misstatement"
REFUSE: Final = "do not accept: the upper bound is above the tolerable misstatement"

_PLACES: Final = 9
_WHOLE_DIGITS: Final = 13  # of an interval
_RESULT_ROW, _DIGITS_ROW, _FIRST_SLOT, _BASE_COLUMN = 18, 24, 27, 5
_NOTES: Final = (
    "Enter what the documents show in the column found_wh of the sheet Sample. A step without an entry is not tested"
    " yet, and counts as if it had no error.",
    "A step with at least an interval of energy counts with its own error. Every other error is a share of its step,"
    " its taint; taints are taken in descending order with the factors of Poisson's distribution.",
    "Each row divides interval x error / net by long division: q is the quotient so far, and r what is left. A sample"
    " finds overstatement only.",
)
_UNCOUNTED: Final = (
    "A spreadsheet does not compute this sample exactly (sheet Draw). Save the sheet Sample as CSV, and evaluate it"
    " with read_sample_results and evaluate_sample."
)


@frozen
class _Slot:
    """One taint of the evaluation.

    Attributes:
        rank: Its rank, from 1.
        error_wh: The error; 0 without one. [Wh]
        net_wh: The recorded energy of the step; 1 without one. [Wh]
        interval_wh: The interval. [Wh]
        factor: What its factor adds to that of one error fewer, in hundredths.
    """

    rank: int
    error_wh: int
    net_wh: int
    interval_wh: int
    factor: int

    @property
    def whole(self) -> int:
        return self.interval_wh * self.error_wh // self.net_wh

    @property
    def rest(self) -> int:
        return self.interval_wh * self.error_wh % self.net_wh

    @property
    def hundredths(self) -> Fraction:
        """What its part of the bound has below 100 Wh of the whole, in hundredths of a Wh."""
        return self.factor * (self.whole % 100 + Fraction(self.rest, self.net_wh))


def evaluation_sheet(sample: Sample, results: Sequence[Tested]) -> PaperSheet:
    """The sheet with the evaluation of a sample.

    Args:
        sample: The sample.
        results: Its steps with what was found.
    """
    if not is_counted(sample):
        return PaperSheet(
            name=EVALUATION,
            rows=[("Evaluation",), (_UNCOUNTED,)],
            widths=(44,),
            titles=(1,),
            notes=(2,),
            is_wrapped=False,
        )
    slots = _slots(sample, results)
    rows: list[PaperRow] = [
        ("Evaluation of the sample",),
        (_NOTES[0],),
        (_NOTES[1],),
        (),
        *_summary(sample, results, slots),
    ]
    rows += [(), ("Arithmetic",), (_NOTES[2],), (), *_arithmetic(sample, slots)]
    widths = (44, 26, 10, 18, 18, *2 * _WHOLE_DIGITS * [16], 18, 18, 22)
    return PaperSheet(
        name=EVALUATION, rows=rows, widths=widths, heads=(23, 26), titles=(1, 20), notes=(2, 3, 21), is_wrapped=False
    )


def result_of(sheet: PaperSheet) -> PaperCell:
    """The cell of the first page with the result of an evaluation.

    Args:
        sheet: The sheet of the evaluation.
    """
    if len(sheet.rows) < _RESULT_ROW:
        return f"see the sheet {EVALUATION}"
    result = sheet.rows[_RESULT_ROW - 1][1]
    return Formula(f"{EVALUATION}!$B${_RESULT_ROW}", result.value) if isinstance(result, Formula) else result


def _slots(sample: Sample, results: Sequence[Tested]) -> list[_Slot]:
    ranked = {item.rank: item for item in results if item.rank}
    factors = FACTORS[sample.confidence_percent]
    found = []
    for rank in range(1, len(factors)):
        item = ranked.get(rank)
        error, net = (0, 1) if item is None else (item.error_wh, item.item.step.net_wh)
        found.append(_Slot(rank, error, net, sample.interval_wh, factors[rank] - factors[rank - 1]))
    return found


def _range(column: str, results: Sequence[Tested]) -> str:
    return f"{SAMPLE}!${column}$2:${column}${max(2, 1 + len(results))}"


def _summary(sample: Sample, results: Sequence[Tested], slots: Sequence[_Slot]) -> Iterator[PaperRow]:
    """The rows 5 to 18."""
    error, first, last = _range("L", results), _FIRST_SLOT, _FIRST_SLOT + len(slots) - 1
    taints = sum(item.rank > 0 for item in results)
    key = sum(item.error_wh for item in results if item.item.is_key and item.error_wh > 0)
    tested = sum(item.found_wh is not None for item in results)
    bound, fraction = _bound(sample, slots, key)
    rests = sum((Fraction(item.rest, item.net_wh) for item in slots), Fraction(0))
    projected = key + sum(item.whole for item in slots) - (-_rounded(rests) // 10**_PLACES)
    limit, over = divmod(sample.total_wh * int(sample.tolerable * MILLION), MILLION)
    is_below = bound < limit or (bound == limit and fraction * MILLION <= over * 10**_PLACES)
    where = _Columns()
    yield "chosen steps", Formula(f'COUNTIF({_range("I", results)},">0")', len(results))
    yield "steps that were tested", Formula(f"COUNT({_range('K', results)})", tested)
    yield "overstated steps", Formula(f'COUNTIF({error},">0")', sum(item.error_wh > 0 for item in results))
    yield "understated steps", Formula(f'COUNTIF({error},"<0")', sum(item.error_wh < 0 for item in results))
    own = f'SUMIFS({error},{_range("J", results)},"yes",{error},">0")'
    yield "errors of steps of at least an interval [Wh]", Formula(own, key)
    yield "taints", Formula(f'COUNTIF({_range("M", results)},">0")', taints)
    yield "interval i [Wh]", Formula(INTERVAL, sample.interval_wh)
    rest = f"ROUNDUP(ROUND(SUM({where.shares}{first}:{where.shares}{last}),{_PLACES}),0)"
    whole = f"SUM({where.whole}{first}:{where.whole}{last})"
    yield "projected overstatement, rounded up [Wh]", _limited(f"B9+{whole}+{rest}", projected, taints)
    yield "its upper bound, rounded up [Wh]", _limited("B14+IF(B15>0,1,0)", bound + (fraction > 0), taints)
    yield "  whole Wh of the upper bound", Formula(_whole_bound(where, first, last), bound)
    part = shown_fraction(Fraction(fraction, 10**_PLACES))
    hundredths = _hundredths(where, first, last)
    yield "  part of a Wh, to 9 places", Formula(f"ROUND({hundredths}-INT({hundredths}),{_PLACES})", part)
    yield "tolerable misstatement, rounded down [Wh]", Formula(f"{DRAW}!$B$11", limit)
    ppm = f"ROUND({MILLION}*{DRAW}!$B$7,0)"
    high = f"INT({DRAW}!$B$10/{MILLION})"
    low = f"({DRAW}!$B$10-{MILLION}*{high})*{ppm}"
    yield "  millionths of a Wh that were rounded down", Formula(f"{low}-{MILLION}*INT({low}/{MILLION})", over)
    compared = f'IF(OR(B14<B16,AND(B14=B16,ROUND({MILLION}*B15,3)<=B17)),"{ACCEPT}","{REFUSE}")'
    verdict = UNTESTED if tested < len(results) else TOO_MANY if taints > len(slots) else ACCEPT if is_below else REFUSE
    yield "result", Formula(f'IF(B6<B5,"{UNTESTED}",IF(B10>{len(slots)},"{TOO_MANY}",{compared}))', verdict)


def _limited(formula: str, value: int, taints: int) -> Formula:
    """A figure, or words if there are more errors than the factors are for."""
    most = len(next(iter(FACTORS.values()))) - 1
    return Formula(f'IF(B10>{most},"{TOO_MANY}",{formula})', TOO_MANY if taints > most else value)


def _rounded(number: Fraction) -> int:
    """A fraction of 0 or more in units of the ninth place, rounded half up."""
    return (2 * 10**_PLACES * number.numerator + number.denominator) // (2 * number.denominator)


def _bound(sample: Sample, slots: Sequence[_Slot], key: int) -> tuple[int, int]:
    """The upper bound: whole Wh, and the rest in units of the ninth place."""
    base, i = FACTORS[sample.confidence_percent][0], sample.interval_wh
    hundredths = base * (i % 100) + sum((item.hundredths for item in slots), Fraction(0))
    carried, part = divmod(_rounded(hundredths / 100), 10**_PLACES)
    return key + base * (i // 100) + sum(item.factor * (item.whole // 100) for item in slots) + carried, part


@frozen
class _Columns:
    """The columns of the arithmetic behind the digits."""

    _after: int = _BASE_COLUMN + 2 * _WHOLE_DIGITS

    @property
    def whole(self) -> str:
        """The quotient after the last digit."""
        return column_name(self._after - 2)

    @property
    def rest(self) -> str:
        return column_name(self._after - 1)

    @property
    def shares(self) -> str:
        return column_name(self._after)

    @property
    def hundreds(self) -> str:
        return column_name(self._after + 1)

    @property
    def hundredths(self) -> str:
        return column_name(self._after + 2)


def _base() -> str:
    (one, first), (_, second) = FACTORS.items()
    return f"IF({DRAW}!$B$6={one},{first[0]},{second[0]})"


def _whole_bound(where: _Columns, first: int, last: int) -> str:
    parts = f"{_base()}*INT(B11/100)+SUM({where.hundreds}{first}:{where.hundreds}{last})"
    return f"B9+{parts}+INT({_hundredths(where, first, last)})"


def _hundredths(where: _Columns, first: int, last: int) -> str:
    below = f"{_base()}*(B11-100*INT(B11/100))+SUM({where.hundredths}{first}:{where.hundredths}{last})"
    return f"ROUND(({below})/100,{_PLACES})"


def _arithmetic(sample: Sample, slots: Sequence[_Slot]) -> Iterator[PaperRow]:
    """The digits of the interval, and a row for each taint."""
    digits = [sample.interval_wh // 10 ** (_WHOLE_DIGITS - 1 - k) % 10 for k in range(_WHOLE_DIGITS)]
    blank: list[PaperCell] = [None] * _BASE_COLUMN
    yield (
        "digits of the interval",
        *blank[1:],
        *(name for k in range(_WHOLE_DIGITS) for name in (f"digit {k + 1}", None)),
    )
    cells = list(blank)
    for k, digit in enumerate(digits):
        power = 10 ** (_WHOLE_DIGITS - 1 - k)
        cells += [Formula(f"INT($B$11/{power})-10*INT($B$11/{10 * power})", digit), None]
    yield cells
    yield ()
    names = [name for k in range(_WHOLE_DIGITS) for name in (f"q {k + 1}", f"r {k + 1}")]
    yield (
        "",
        "rank of the taint",
        "factor",
        "error_wh",
        "net_wh",
        *names,
        "rest / net",
        "bound, whole",
        "bound, hundredths",
    )
    for k, slot in enumerate(slots):
        yield _slot_row(slot, _FIRST_SLOT + k, digits)


def _slot_row(slot: _Slot, row: int, digits: Sequence[int]) -> PaperRow:
    (one, first), (_, second) = FACTORS.items()
    rank = slot.rank
    factor = f"IF({DRAW}!$B$6={one},{first[rank] - first[rank - 1]},{second[rank] - second[rank - 1]})"
    chosen = f"SUMIF({SAMPLE}!$N:$N,B{row},{SAMPLE}!$%s:$%s)"
    cells: list[PaperCell] = [
        None,
        rank,
        Formula(factor, slot.factor),
        Formula(f"IF(B{row}<=$B$10,{chosen % ('L', 'L')},0)", slot.error_wh),
        Formula(f"IF(B{row}<=$B$10,{chosen % ('H', 'H')},1)", slot.net_wh),
    ]
    quotient, rest = 0, 0
    for k, digit in enumerate(digits):
        q, r = _BASE_COLUMN + 2 * k, _BASE_COLUMN + 2 * k + 1
        of_digit = f"{column_name(q)}${_DIGITS_ROW}*$D{row}"
        number = f"(10*{column_name(r - 2)}{row}+{of_digit})" if k else f"({of_digit})"
        part = f"INT({number}/$E{row})"
        number_wh = 10 * rest + digit * slot.error_wh
        quotient, rest = 10 * quotient + number_wh // slot.net_wh, number_wh % slot.net_wh
        cells.append(Formula(f"10*{column_name(q - 2)}{row}+{part}" if k else part, quotient))
        cells.append(Formula(f"{number}-$E{row}*{part}", rest))
    where = _Columns()
    whole, left = f"{where.whole}{row}", f"{where.rest}{row}/$E{row}"
    cells.append(Formula(left, shown_fraction(Fraction(rest, slot.net_wh))))
    cells.append(Formula(f"$C{row}*INT({whole}/100)", slot.factor * (quotient // 100)))
    cells.append(Formula(f"$C{row}*({whole}-100*INT({whole}/100))+$C{row}*{left}", shown_fraction(slot.hundredths)))
    return cells
