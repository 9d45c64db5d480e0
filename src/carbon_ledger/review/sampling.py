"""Samples by monetary units, drawn by integers alone, so that every program draws the same; and their evaluation."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from hashlib import sha256
from typing import ClassVar, Final

from attrs import frozen

from carbon_ledger.errors import QuantityError
from carbon_ledger.exact import arithmetic, checked_share
from carbon_ledger.printing import quote
from carbon_ledger.records import Record
from carbon_ledger.review.steps import ClaimedStep
from carbon_ledger.tables import BOOLEAN, INTEGER, TEXT, Column, Listing
from carbon_ledger.texts import is_line

# Poisson factors in hundredths, by confidence in percent, for 0, 1, 2, ... errors. [C: computed again by a test]
FACTORS: Final = {
    90: (231, 389, 533, 669, 800, 928, 1054, 1178, 1300, 1421, 1541),
    95: (300, 475, 630, 776, 916, 1052, 1185, 1315, 1444, 1571, 1697),
}
# -ln(1 - confidence) in millionths, rounded up. [C]
SIZES: Final = {90: 2_302_586, 95: 2_995_733}
_MILLION: Final = 1_000_000

Found = Mapping[tuple[str, int], int]


@frozen(kw_only=True, repr=False)
class SampleItem(Record):
    """A step that a sample has chosen.

    Attributes:
        step: The step.
        hits: How often an interval ended in it; 1 or more.
        is_key: Whether it has at least an interval of energy, so that it is always chosen.
    """

    _columns: ClassVar[tuple[Column, ...]] = (
        Column("device", TEXT, lambda item: item.step.device),
        Column("start", "time", lambda item: item.step.start_utc),
        Column("end", "time", lambda item: item.step.end_utc),
        Column("net_wh", INTEGER, lambda item: item.step.net_wh),
        Column("entry", INTEGER, lambda item: item.step.entry),
        Column("evidence", TEXT, lambda item: item.step.evidence),
        Column("hits", INTEGER),
        Column("is_key", BOOLEAN),
    )

    step: ClaimedStep
    hits: int
    is_key: bool


@frozen(kw_only=True, repr=False)
class Sample(Record):
    """A sample of claimed steps, with all that is needed to draw it again.

    Attributes:
        root: The root of the log, as hexadecimal digits. It binds the draw to the log.
        seed: The auditor's text, which was written down before the log was received.
        confidence_percent: The confidence: 90 or 95. [%]
        tolerable: The tolerable misstatement, as a share of the population.
        steps: The steps of the population.
        total_wh: The energy of the population. [Wh]
        size: How many intervals the population is divided into.
        interval_wh: The length of an interval; 0 if the whole population is tested. [Wh]
        offset_wh: Where in the first interval the draw begins. [Wh]
        items: The chosen steps, by device and time.
    """

    _in_repr = ("size", "interval_wh", "items")

    root: str
    seed: str
    confidence_percent: int
    tolerable: Decimal
    steps: int
    total_wh: int
    size: int
    interval_wh: int
    offset_wh: int
    items: Listing[SampleItem]


@frozen(kw_only=True, repr=False)
class SampleEvaluation(Record):
    """What a tested sample says about its population. It finds overstatement only.

    Attributes:
        errors: How many chosen steps are overstated.
        understated: How many are understated; they lower no bound.
        projected_wh: The overstatement of the population, projected and rounded up. [Wh]
        upper_wh: Its upper bound at the confidence of the sample, rounded up. [Wh]
        tolerable_wh: The tolerable misstatement, rounded down. [Wh]
        accept: Whether the upper bound is at most the tolerable misstatement.
    """

    errors: int
    understated: int
    projected_wh: int
    upper_wh: int
    tolerable_wh: int
    accept: bool


def sample_size(confidence_percent: int, tolerable: object) -> int:
    """How many intervals a population is divided into: -ln(1 - confidence) / tolerable, rounded up.

    Args:
        confidence_percent: 90 or 95. [%]
        tolerable: The tolerable misstatement, as a share such as ``"2%"``.

    Raises:
        QuantityError: The confidence is another one, or the share is not above 0 and below 1.
        InexactNumberError: The share is a float.

    Example:
        >>> [sample_size(95, share) for share in ("1%", "2%", "5%", "10%")]
        [300, 150, 60, 30]
    """
    if type(confidence_percent) is not int or confidence_percent not in SIZES:
        raise QuantityError(f"confidence_percent {quote(confidence_percent)}: expected 90 or 95")
    share = Fraction(_tolerable(tolerable))
    return -(-SIZES[confidence_percent] * share.denominator // (_MILLION * share.numerator))


def _tolerable(value: object) -> Decimal:
    share = checked_share(value, "tolerable")
    if not 0 < share < 1:
        raise QuantityError(f"tolerable {quote(value)}: expected a share above 0 and below 1, such as '2%'")
    return share


def draw_sample(
    population: Iterable[ClaimedStep], root: str, seed: str, *, confidence_percent: int = 95, tolerable: object = "2%"
) -> Sample:
    """Draw a sample of steps in proportion to their energy, by the root of the log and the auditor's seed.

    With T the energy of the population and n its `sample_size`, i is T div n, and s is the SHA-256 of ``root|seed`` as
    a number, mod i. The steps that hold the Wh s, s + i, s + 2i and so on are chosen, where the Wh are counted from 0
    in the order of the population. Only whole numbers are used.

    Args:
        population: The steps, all above zero, by device id and start. `Ledger.sample` passes those that are claimed.
        root: The root of the log, as hexadecimal digits.
        seed: A text that the auditor wrote down before the log was received.
        confidence_percent: 90 or 95. [%]
        tolerable: The tolerable misstatement, as a share of the population.

    Raises:
        QuantityError: An argument is not what is listed here.
        InexactNumberError: *tolerable* is a float.

    Source:
        Monetary-unit sampling with fixed intervals. [M]
    """
    if not is_line(root) or not is_line(seed):
        raise QuantityError(
            f"sample of root {quote(root)} and seed {quote(seed)}: expected one line of text for each, not empty"
        )
    size, share = sample_size(confidence_percent, tolerable), _tolerable(tolerable)
    steps = tuple(population) if iter(population) is population else population
    count, total = 0, 0
    for step in steps:
        if step.net_wh <= 0:
            raise QuantityError(f"step of {step.device} with {step.net_wh} Wh: a population has steps above zero")
        count, total = count + 1, total + step.net_wh
    interval = total // size
    offset = int.from_bytes(sha256(f"{root}|{seed}".encode()).digest()) % interval if interval else 0
    return Sample(
        root=root,
        seed=seed,
        confidence_percent=confidence_percent,
        tolerable=share,
        steps=count,
        total_wh=total,
        size=size,
        interval_wh=interval,
        offset_wh=offset,
        items=Listing(_chosen(steps, interval, offset), SampleItem),
    )


def _chosen(steps: Iterable[ClaimedStep], interval: int, offset: int) -> Iterable[SampleItem]:
    before, following = 0, offset
    for step in steps:
        after, hits = before + step.net_wh, 0
        if not interval:
            hits = 1
        elif following < after:
            hits = 1 + (after - 1 - following) // interval
            following += hits * interval
        if hits:
            yield SampleItem(step=step, hits=hits, is_key=step.net_wh >= interval)
        before = after


def evaluate_sample(sample: Sample, found: Found) -> SampleEvaluation:
    """The projected overstatement of a population and its upper bound, from what was found for each chosen step.

    A step that has at least an interval of energy is counted with its own error. Every other error is a share of its
    step, its taint; taints are taken in descending order with the factors of Poisson's distribution.

    Args:
        sample: The sample.
        found: The energy that the documents show, by device and start, for every chosen step that differs from its
            recorded value. [Wh by (device, s since 1970-01-01 UTC)]

    Raises:
        QuantityError: A step was not chosen; or there are more than 10 errors, for which no factor is listed.

    Source:
        Evaluation of monetary-unit samples by taints (Stringer's bound). [M]
    """
    items = {(item.step.device, item.step.start_utc): item for item in sample.items}
    strange = [key for key in found if key not in items]
    if strange:
        raise QuantityError(f"step {quote(strange[0])} was not chosen; give (device, start in s) of chosen steps")
    exact, taints, understated = Fraction(0), list[Fraction](), 0
    for key, wh in sorted(found.items()):
        item = items[key]
        error = item.step.net_wh - wh
        understated += error < 0
        if error > 0 and item.is_key:
            exact += error
        elif error > 0:
            taints.append(Fraction(error, item.step.net_wh))
    factors = FACTORS[sample.confidence_percent]
    if len(taints) >= len(factors):
        raise QuantityError(f"{len(taints)} errors: more than {len(factors) - 1}; extend the test to all steps")
    i = sample.interval_wh
    upper = Fraction(factors[0], 100) if i else Fraction(0)
    for k, taint in enumerate(sorted(taints, reverse=True), 1):
        upper += Fraction(factors[k] - factors[k - 1], 100) * taint
    bound, projected = exact + i * upper, exact + i * sum(taints, Fraction(0))
    limit = Fraction(sample.tolerable) * sample.total_wh
    return SampleEvaluation(
        errors=sum(items[key].step.net_wh > wh for key, wh in found.items()),
        understated=understated,
        projected_wh=_above(projected),
        upper_wh=_above(bound),
        tolerable_wh=limit.numerator // limit.denominator,
        accept=bound <= limit,
    )


def _above(number: Fraction) -> int:
    """The smallest whole number that is not below a number."""
    return -(-number.numerator // number.denominator)


@frozen(kw_only=True, repr=False)
class Materiality(Record):
    """A programme's threshold of materiality, for emission reductions of a year.

    Attributes:
        programme: The programme.
        share: The threshold, as a share of the reductions.
        threshold_t: The threshold. [tCO2e]
        performance_t: Three quarters of it, below which errors are tolerated while testing. [tCO2e]
        source: Where the threshold was found.
        certainty: How sure that is: P, S, C or M.
    """

    programme: str
    share: Decimal
    threshold_t: Decimal
    performance_t: Decimal
    source: str
    certainty: str


_CDM: Final = "decision 9/CMP.7, by carbonmarketwatch.org/2012/05/30/materiality"
_MEETING: Final = "CDM coordination meeting of 2012, slideplayer.com/slide/749372"
# (programme, scale, the least yearly reductions [tCO2e], the share in percent, source)
_THRESHOLDS: Final = (
    ("CDM", "large", 500_001, "0.5", _CDM),
    ("CDM", "large", 300_001, "1", _CDM),
    ("CDM", "large", 0, "2", _CDM),
    ("CDM", "small", 0, "5", _CDM),
    ("CDM", "micro", 0, "10", _CDM),
    ("JI", "large", 100_001, "2", _MEETING),
    ("JI", "large", 0, "5", _MEETING),
    ("EU ETS", "large", 500_001, "2", _MEETING),
    ("EU ETS", "large", 0, "5", _MEETING),
)


def materiality(programme: str, yearly_t: object, *, scale: str = "large") -> Materiality:
    """The threshold of materiality of a programme.

    Args:
        programme: ``CDM``, ``JI`` or ``EU ETS``.
        yearly_t: The emission reductions, or emissions, of a year. [tCO2e; text, int or Decimal]
        scale: ``large``; under the CDM also ``small`` or ``micro``.

    Raises:
        QuantityError: No threshold of the programme and scale has a source; the verification standard of the GCC has a
            clause on materiality, whose figure was not seen.
        InexactNumberError: *yearly_t* is a float.

    Source:
        Secondary sources, which each row names. [S] Performance materiality at 75 %. [M]

    Example:
        >>> materiality("CDM", 39561).threshold_t  # a hydropower project of 31 MW
        Decimal('791.22')
    """
    with arithmetic():
        amount = checked_share(yearly_t, "yearly_t")
        for name, of_scale, least, percent, source in _THRESHOLDS:
            if (name, of_scale) == (programme, scale) and amount >= least:
                share = Decimal(percent).scaleb(-2)
                return Materiality(
                    programme=name,
                    share=share,
                    threshold_t=amount * share,
                    performance_t=amount * share * 3 / 4,
                    source=source,
                    certainty="S",
                )
    known = sorted({f"{name} ({of_scale})" for name, of_scale, *_ in _THRESHOLDS})
    raise QuantityError(f"materiality of {quote(programme)} ({quote(scale)}): expected one of {', '.join(known)}")
