"""The draw of a sample as formulas: population, interval, start, and how often each step is hit.

Every cell is a whole number below 10^14, which spreadsheets hold and divide exactly. The start is the SHA-256 of root
and seed, mod the interval: it follows digit by digit from the 64 hexadecimal digits.
"""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from hashlib import sha256
from typing import Final

from attrs import frozen

from carbon_ledger.exact import plain
from carbon_ledger.records import seconds_text
from carbon_ledger.reports.limbs import MOST_RAW
from carbon_ledger.reports.papers import Choices, Formula, Input, PaperCell, PaperRow, PaperSheet
from carbon_ledger.review.sampling import SIZES, Found, Sample, SampleItem
from carbon_ledger.review.steps import ClaimedStep

MOST_STEPS: Final = 20_000  # with more, the sheet of the population is left out
MOST_INTERVAL: Final = 5 * 10**12  # Wh; 19 intervals have to stay below 10^14
MILLION: Final = 1_000_000

DRAW: Final = "Draw"
POPULATION: Final = "Population"
SAMPLE: Final = "Sample"
SIZE, INTERVAL, START = f"{DRAW}!$B$12", f"{DRAW}!$B$13", f"{DRAW}!$B$15"
TOTAL, SHARE = f"{DRAW}!$B$10", f"{DRAW}!$B$7"

_DIGITS: Final = 64
_FIRST_DIGIT: Final = 26  # the row of the digest's first digit
_NOTES: Final = (
    "The sheet draws the sample again. Change nothing but the yellow cells of the sheet Sample. Compute the digest"
    " yourself, for example with: printf '%s' 'ROOT|SEED' | sha256sum",
    "The steps of the population are laid end to end, by device and start, and its Wh are counted from 0. The steps"
    " that hold the Wh s, s + i, s + 2i and so on are chosen.",
)
_UNCOUNTED: Final = (
    "The population has more Wh than a spreadsheet counts exactly, or the tolerable share has more than six places: the"
    " library's own figures are given here, without formulas."
)


@frozen
class Positions:
    """The steps of a population, and where the chosen steps lie in it.

    Attributes:
        steps: All steps; none if there are more than `MOST_STEPS`.
        before_wh: The energy of the population before each chosen step. [Wh]
        rows: The row of each chosen step in the sheet of the population, from 1; none without the sheet.
    """

    steps: tuple[ClaimedStep, ...]
    before_wh: tuple[int, ...]
    rows: tuple[int, ...]


def positions_of(population: Iterable[ClaimedStep], sample: Sample) -> Positions:
    """Where the chosen steps of a sample lie in its population.

    Args:
        population: The population.
        sample: The sample, which was drawn from it.
    """
    chosen = {(item.step.device, item.step.start_utc) for item in sample.items}
    steps, before, rows, total = list[ClaimedStep](), list[int](), list[int](), 0
    for k, step in enumerate(population):
        if (step.device, step.start_utc) in chosen:
            before.append(total)
            rows.append(k + 2)
        total += step.net_wh
        if sample.steps <= MOST_STEPS:
            steps.append(step)
    return Positions(tuple(steps), tuple(before), tuple(rows) if steps else ())


def shown_fraction(number: Fraction) -> Decimal:
    """A fraction of 0 or more for a cell, rounded down to 20 places; the spreadsheet's own number has 15 digits."""
    return plain(Decimal(f"{10**20 * number.numerator // number.denominator}e-20"))


def is_counted(sample: Sample) -> bool:
    """Whether a spreadsheet computes the draw and the evaluation of a sample exactly."""
    whole = (sample.tolerable * MILLION) % 1 == 0
    return sample.total_wh < MOST_RAW and sample.interval_wh < MOST_INTERVAL and whole


def draw_sheet(sample: Sample, positions: Positions) -> PaperSheet:
    """The sheet with root, seed, size, interval and start.

    Args:
        sample: The sample.
        positions: Where its steps lie.
    """
    digest = sha256(f"{sample.root}|{sample.seed}".encode()).hexdigest()
    counted = is_counted(sample)

    def computed(text: str, value: int | str | bool) -> PaperCell:
        return Formula(text, value) if counted else (str(value) if isinstance(value, bool) else value)

    hits = sum(item.hits for item in sample.items)
    last = 1 + len(sample.items)
    everything = f"{POPULATION}!$F$2:$F${1 + len(positions.steps)}" if positions.steps else f"{SAMPLE}!$I$2:$I${last}"
    total = f"SUM({POPULATION}!$D$2:$D${1 + len(positions.steps)})" if positions.steps else ""
    rows: list[PaperRow] = [
        ("Draw of the sample",),
        (_NOTES[0] if counted else _UNCOUNTED,),
        (_NOTES[1],),
        ("root of the log", sample.root),
        ("seed", sample.seed),
        ("confidence [%]", sample.confidence_percent),
        ("tolerable share", sample.tolerable),
        ("-ln(1 - confidence) in millionths", computed(_factor(), SIZES[sample.confidence_percent])),
        ("steps of the population", sample.steps),
        ("energy of the population T [Wh]", computed(total, sample.total_wh) if total else sample.total_wh),
        ("tolerable misstatement, rounded down [Wh]", computed(_limit(), _limit_of(sample))),
        ("size n, in intervals", computed(f"ROUNDUP(ROUND($B$8/({MILLION}*$B$7),9),0)", sample.size)),
        ("interval i = T div n [Wh]", computed("INT($B$10/$B$12)", sample.interval_wh)),
        ("SHA-256 of root|seed", digest),
        ("start s = SHA-256 mod i [Wh]", computed(f"$C${_FIRST_DIGIT + _DIGITS - 1}", sample.offset_wh)),
        ("chosen steps", computed(f'COUNTIF({everything},">0")', len(sample.items))),
        ("rows of the sheet Sample", computed(f"ROWS({SAMPLE}!$I$2:$I${max(last, 2)})", max(last, 2) - 1)),
        ("hits of the chosen steps", computed(f"SUM({everything})", hits)),
        ("hits of the rows of the sheet Sample", computed(f"SUM({SAMPLE}!$I$2:$I${max(last, 2)})", hits)),
        ("the draw is that of the sheet Sample", computed("AND($B$16=$B$17,$B$18=$B$19)", last > 1)),
        (),
        ("SHA-256 mod i, digit by digit",),
        ("Each rest is 16 times the rest above it plus the digit, less a multiple of i.",),
        (),
        ("place", "digit", "rest"),
        *_digits(digest, sample, counted),
    ]
    return PaperSheet(
        name=DRAW, rows=rows, is_wrapped=False, widths=(44, 22, 22), heads=(25,), titles=(1, 22), notes=(2, 3, 23)
    )


def _factor() -> str:
    (one, first), (_, second) = SIZES.items()
    return f"IF($B$6={one},{first},{second})"


def _limit() -> str:
    """The tolerable misstatement: T times the share in millionths, in parts that stay below 10^14."""
    ppm = f"ROUND({MILLION}*$B$7,0)"
    high = f"INT($B$10/{MILLION})"
    return f"{high}*{ppm}+INT(($B$10-{MILLION}*{high})*{ppm}/{MILLION})"


def _limit_of(sample: Sample) -> int:
    numerator, denominator = sample.tolerable.as_integer_ratio()
    return sample.total_wh * numerator // denominator


def _digits(digest: str, sample: Sample, counted: bool) -> Iterator[PaperRow]:
    """A row for each digit of the digest, with the rest after it."""
    i, rest = sample.interval_wh, 0
    for k, digit in enumerate(digest):
        row, value = _FIRST_DIGIT + k, int(digit, 16)
        number = f"16*C{row - 1}+B{row}" if k else f"B{row}"
        rest = (16 * rest + value) % i if i else 0
        if counted:
            yield (
                k + 1,
                Formula(f"HEX2DEC(MID($B$14,A{row},1))", value),
                Formula(f"IF($B$13=0,0,{number}-$B$13*INT(({number})/MAX(1,$B$13)))", rest),
            )


def population_sheet(sample: Sample, positions: Positions) -> PaperSheet:
    """The sheet with every step of the population, the energy before it, and its hits.

    Args:
        sample: The sample.
        positions: Its steps, and where the chosen ones lie.
    """
    counted, before = is_counted(sample), 0
    hits = {row: item.hits for row, item in zip(positions.rows, sample.items, strict=True)}
    rows: list[PaperRow] = [("device", "start", "end", "net_wh", "before_wh", "hits")]
    for row, step in enumerate(positions.steps, 2):
        cells: list[PaperCell] = [step.device, seconds_text(step.start_utc), seconds_text(step.end_utc), step.net_wh]
        found = hits.get(row, 0)
        if counted:
            cells.append(Formula(f"E{row - 1}+D{row - 1}", before) if row > 2 else 0)
            cells.append(Formula(_hits(f"E{row}", f"D{row}"), found))
        else:
            cells += [before, found]
        rows.append(cells)
        before += step.net_wh
    return PaperSheet(name=POPULATION, rows=rows, widths=(24, 22, 22, 18, 20, 8), heads=(1,), frozen=1)


def _hits(before: str, net: str) -> str:
    """How many of s, s + i, s + 2i and so on lie in a step."""
    last, first = f"INT(({before}+{net}-1-{START})/MAX(1,{INTERVAL}))", f"INT(({before}-1-{START})/MAX(1,{INTERVAL}))"
    return f"IF({INTERVAL}=0,1,{last}-{first})"


_HEAD: Final = (
    *("n", "device", "start", "end", "entry", "evidence", "before_wh", "net_wh", "hits", "is_key", "found_wh"),
    *("error_wh", "taint", "rank", "remark"),
)
FOUND_COLUMN: Final = _HEAD.index("found_wh")


@frozen
class Tested:
    """What the documents show for one chosen step.

    Attributes:
        item: The chosen step.
        found_wh: The energy that the documents show, or None if it was not tested yet. [Wh]
        rank: The place of its taint among those of all steps, from 1; 0 if it has none.
    """

    item: SampleItem
    found_wh: int | None
    rank: int

    @property
    def error_wh(self) -> int:
        """By how much the step is overstated; 0 if it was not tested. [Wh]"""
        return 0 if self.found_wh is None else self.item.step.net_wh - self.found_wh

    @property
    def is_tainted(self) -> bool:
        """Whether it is overstated, and is no key item."""
        return self.error_wh > 0 and not self.item.is_key


def results_of(sample: Sample, found: Found) -> tuple[Tested, ...]:
    """The chosen steps with what was found, and the ranks of their taints in descending order.

    Args:
        sample: The sample.
        found: The energy that the documents show. [Wh by (device, s since 1970-01-01 UTC)]
    """
    items = [Tested(item, found.get((item.step.device, item.step.start_utc)), 0) for item in sample.items]
    tainted = [k for k, item in enumerate(items) if item.is_tainted]
    tainted.sort(key=lambda k: -Fraction(items[k].error_wh, items[k].item.step.net_wh))
    ranks = {k: place for place, k in enumerate(tainted, 1)}
    return tuple(Tested(item.item, item.found_wh, ranks.get(k, 0)) for k, item in enumerate(items))


def sample_sheet(sample: Sample, positions: Positions, results: Sequence[Tested]) -> PaperSheet:
    """The sheet with the chosen steps, in which the auditor enters what the documents show.

    Args:
        sample: The sample.
        positions: Where its steps lie.
        results: Its steps with what was found.
    """
    counted, last = is_counted(sample), 1 + len(results)
    rows: list[PaperRow] = [_HEAD]
    for k, result in enumerate(results):
        row, step = k + 2, result.item.step
        place = f"{POPULATION}!%s{positions.rows[k]}" if positions.rows else ""
        before, net = positions.before_wh[k], step.net_wh
        cells: list[PaperCell] = [k + 1, step.device, seconds_text(step.start_utc), seconds_text(step.end_utc)]
        cells += [step.entry, step.evidence]
        cells += [Formula(place % "E", before), Formula(place % "D", net)] if place and counted else [before, net]
        if counted:
            cells.append(Formula(_hits(f"G{row}", f"H{row}"), result.item.hits))
            cells.append(Formula(f'IF(H{row}>={INTERVAL},"yes","no")', "yes" if result.item.is_key else "no"))
            cells += [Input(result.found_wh), *_errors(result, row, last)]
        else:
            cells += [result.item.hits, "yes" if result.item.is_key else "no", Input(result.found_wh), *3 * [None]]
        rows.append((*cells, Input()))
    choices = (Choices(FOUND_COLUMN, 2, max(last, 2)),)
    widths = (6, 20, 21, 21, 8, 24, 18, 16, 6, 8, 18, 16, 20, 6, 30)
    return PaperSheet(name=SAMPLE, rows=rows, widths=widths, heads=(1,), frozen=1, choices=choices)


def _errors(result: Tested, row: int, last: int) -> Iterator[PaperCell]:
    """The error of a step, its taint, and the rank of the taint."""
    yield Formula(f"IF(ISNUMBER(K{row}),H{row}-K{row},0)", result.error_wh)
    share = Fraction(result.error_wh, result.item.step.net_wh)
    taint = shown_fraction(share) if result.is_tainted else 0
    yield Formula(f'IF(AND(L{row}>0,J{row}="no"),L{row}/H{row},0)', taint)
    above, equal = f"SUMPRODUCT(--(M$2:M${last}>M{row}))", f"SUMPRODUCT(--(M$2:M{row}=M{row}))"
    yield Formula(f"IF(M{row}>0,{above}+{equal},0)", result.rank)
