"""The thresholds of a review's rules. A review prints them, so that a reader knows what was not flagged."""

from typing import ClassVar, Final

from attrs import asdict, field, fields, frozen

from carbon_ledger.errors import QuantityError
from carbon_ledger.printing import quote
from carbon_ledger.records import Record

Texts = tuple[str, ...]
Deadline = tuple[int, int, int, int]


def _integer(default: int) -> int:
    value: int = field(default=default, metadata={"integer": True})
    return value


@frozen(kw_only=True, repr=False)
class ReviewParameters(Record):
    """The thresholds of a review. Each default was estimated or measured on synthetic series, not taken from a rule.

    Attributes:
        month_most_percent: R01a: net energy of a local month, of capacity times time. [M]
        month_least_days: R01a: days of a month that must have readings.
        year_most_percent_hydro: R01b: net energy of a local year, of capacity times time. [M]
        year_most_percent_solar: R01b: as above. [M]
        year_most_percent_wind: R01b: as above. [M]
        year_least_days: R01b: days of a year that must have readings.
        month_off_percent: R01c: difference of a month from its estimate, or from the same month of other years.
        month_deviations: R01c: the same in standard deviations of all months, which are estimated from the median
            absolute deviation. [M]
        month_least_years: R01c: other years that have the month.
        repeat_steps: R02: steps of a window that is found twice. [M]
        repeat_daily_steps: R02: steps of a window of daily readings.
        repeat_distinct_steps: R02: different values above 0 in such a window, if it has so many steps.
        repeat_horizon_steps: R02: how many steps a window is looked back for.
        resolved_units: R02, R03, R05: median step in units of the meter's resolution from which digits are tested.
        stuck_hours: R03: equal steps in a row of at most an hour, in hours. [M]
        stuck_days: R03: equal daily steps in a row.
        plateau_percent: R03, R05: a value that has this share of the steps is a plateau, such as rated output. [M]
        round_least_days: R04: length of a step that counts as a total.
        round_percent: R04: the power of ten that divides all totals, of their median. [M]
        round_totals: R04: totals from which all together are judged.
        round_single_percent: R04: a single total, of all claimed energy.
        digits_least_steps: R05: steps from which last digits are judged.
        digits_chi_square_tenths: R05: chi-square of ten digits, 9 degrees of freedom, p = 1e-4, in tenths. [M]
        night_ppm: R06: energy of a night step of a solar plant, of capacity times time.
        night_latitude_degrees: R06: latitude up to which it is night from 22:00 to 02:00 solar time. [C]
        shifted_left_percent: R06: night steps that are left if all steps are shifted by whole hours; if so few, it is a
            shift.
        late_days: R07: time from the end of a reading to its entry.
        late_medians: R07: the same, in medians of the device.
        late_issued_days: R07: time from a late entry to an issuance that makes it high.
        hasty_s: R09: time from an entry to the issuance that claims it.
        hasty_percent: R09: claimed energy of an issuance that was recorded so shortly before.
        young_role_s: R11: age of a verifier's role at an approval.
        hasty_approval_s: R11: time from an approval to its issuance.
        gap_medium_percent: R12: time without a reading, of devices times period.
        gap_high_percent: R12: as above.
        gap_excess_percent: R12: energy of the claimed days above that of the same days of other years.
        estimate_medium_percent: R13: claimed energy that was divided and not metered.
        estimate_high_percent: R13: as above.
        waived_medium: R14: rules that one issuance waives.
        waived_high: R14: as above.
        reason_words: R14: words of a waiver's reason.
        corrections: R15: corrections of a series from which their directions are judged, at p < 0.05.
        raised_percent: R15: what corrections add, of claimed energy.
        unsupported_high_percent: R16: claimed energy without evidence.
        early_s: R17a: time from the first use of a document to the end of a step that it is evidence of.
        span_days: R17c: time that one document is evidence of, in several commands.
        kinds_of_many: R17b: kinds of documents that show several devices.
        kinds_of_long: R17c: kinds of documents that span a long time.
        equal_steps: R18a: steps that two series have in common.
        equal_distinct: R18a: different values above 0 among them.
        equal_digits: R18a: significant digits of a single equal total.
        same_factor_devices: R18b: devices with the same capacity factor.
        ratio_steps: R18b: common steps of series with one ratio, and different values among them.
        ratio_digits: R18b: significant digits of such a value.
        near_m: R19: distance of two plants.
        purpose_words: R20: words of a retirement's purpose.
        late_claim_days: R21: time from the end of production to the period of the claim.
        return_days: R23: time in which units come back to a former holder.
        voids: R24: voided issuances of overlapping time.
        clock_back: R26: commands recorded a microsecond after the entry before.
        margin_percent: R27: a device's margin. [M]
        registered_days: R27: time from generation to the registration of its device.
        small_scale_w: R29: largest capacity of a small-scale project. [S: CDM AMS-I.D]
        small_scale_near_percent: R29: how far below it a project is near the limit.
        small_scale_apart_m: R29: distance from which plants of one owner are no parts of one plant. [M]
        deadlines: R28: first and last month of production, and month and day of the next year until which I-REC
            certificates of it are issued. [S: evident.app]
    """

    _omitted: ClassVar[tuple[str, ...]] = ()

    month_most_percent: int = _integer(95)
    month_least_days: int = _integer(20)
    year_most_percent_hydro: int = _integer(70)
    year_most_percent_solar: int = _integer(30)
    year_most_percent_wind: int = _integer(55)
    year_least_days: int = _integer(300)
    month_off_percent: int = _integer(30)
    month_deviations: int = _integer(4)
    month_least_years: int = _integer(3)
    repeat_steps: int = _integer(24)
    repeat_daily_steps: int = _integer(7)
    repeat_distinct_steps: int = _integer(8)
    repeat_horizon_steps: int = _integer(20_000)
    resolved_units: int = _integer(100)
    stuck_hours: int = _integer(12)
    stuck_days: int = _integer(4)
    plateau_percent: int = _integer(2)
    round_least_days: int = _integer(7)
    round_percent: int = _integer(1)
    round_totals: int = _integer(6)
    round_single_percent: int = _integer(5)
    digits_least_steps: int = _integer(300)
    digits_chi_square_tenths: int = _integer(337)
    night_ppm: int = _integer(1_000)
    night_latitude_degrees: int = _integer(55)
    shifted_left_percent: int = _integer(5)
    late_days: int = _integer(60)
    late_medians: int = _integer(3)
    late_issued_days: int = _integer(7)
    hasty_s: int = _integer(3_600)
    hasty_percent: int = _integer(50)
    young_role_s: int = _integer(86_400)
    hasty_approval_s: int = _integer(60)
    gap_medium_percent: int = _integer(5)
    gap_high_percent: int = _integer(20)
    gap_excess_percent: int = _integer(20)
    estimate_medium_percent: int = _integer(5)
    estimate_high_percent: int = _integer(50)
    waived_medium: int = _integer(3)
    waived_high: int = _integer(5)
    reason_words: int = _integer(4)
    corrections: int = _integer(5)
    raised_percent: int = _integer(1)
    unsupported_high_percent: int = _integer(5)
    early_s: int = _integer(86_400)
    span_days: int = _integer(100)
    kinds_of_many: Texts = ("meter-file", "monthly-report", "monitoring-report", "settlement-statement")
    kinds_of_long: Texts = ("yearly-statement", "annual-report")
    equal_steps: int = _integer(24)
    equal_distinct: int = _integer(8)
    equal_digits: int = _integer(5)
    same_factor_devices: int = _integer(3)
    ratio_steps: int = _integer(3)
    ratio_digits: int = _integer(4)
    near_m: int = _integer(200)
    purpose_words: int = _integer(3)
    late_claim_days: int = _integer(366)
    return_days: int = _integer(90)
    voids: int = _integer(2)
    clock_back: int = _integer(2)
    margin_percent: int = _integer(105)
    registered_days: int = _integer(366)
    small_scale_w: int = _integer(15_000_000)
    small_scale_near_percent: int = _integer(5)
    small_scale_apart_m: int = _integer(1_000)
    deadlines: tuple[Deadline, ...] = ((1, 6, 5, 31), (7, 12, 9, 30))

    def __attrs_post_init__(self) -> None:
        """Refuse a threshold that is not a whole number of at least 1.

        Raises:
            QuantityError: A threshold is not a whole number of at least 1.
        """
        for item in fields(type(self)):
            value = getattr(self, item.name)
            if item.metadata.get("integer") and (type(value) is not int or value < 1):
                raise QuantityError(f"{item.name} {quote(value)}: expected a whole number of at least 1")

    def changed(self) -> tuple[str, ...]:
        """The thresholds that differ from their defaults, each as ``name = value``."""
        usual = asdict(DEFAULTS, recurse=False)
        return tuple(f"{name} = {value}" for name, value in asdict(self, recurse=False).items() if value != usual[name])


DEFAULTS: Final = ReviewParameters()
