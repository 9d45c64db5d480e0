"""The rules of a review: a table with a row for each, as the rules of events have one."""

from collections.abc import Callable, Iterator
from typing import Final

from attrs import frozen

from carbon_ledger.review.causes import Cause
from carbon_ledger.review.flags import SEVERITIES, Flag, key_of
from carbon_ledger.review.parameters import ReviewParameters
from carbon_ledger.review.questions import Questions
from carbon_ledger.review.rules import (
    bundles,
    completeness,
    corrections,
    devices,
    digits,
    evidence,
    expected,
    factors,
    output,
    people,
    ratios,
    timing,
    units,
    verifications,
    waivers,
)

Ask = Callable[[Questions, ReviewParameters], Iterator[Cause]]


@frozen
class ReviewRule:
    """A rule of a review.

    Attributes:
        id: The rule's id.
        version: The rule's version; it changes with what the rule finds.
        title: What the rule looks for.
        severities: The severities that it gives.
        certainty: How sure its threshold is: P, S, C or M.
        ask: What to ask for.
        find: The function.
    """

    id: str
    version: int
    title: str
    severities: str
    certainty: str
    ask: str
    find: Ask


RULES: Final = (
    ReviewRule(
        "R01a", 1, "a month near full load", "high", "M",
        "the meter's own record of the month, and the inflow or wind of the month", output.full_months,
    ),
    ReviewRule(
        "R01b", 1, "a year above what the technology reaches", "medium", "M",
        "the estimate of the yearly generation, and the nameplate", output.full_years,
    ),
    ReviewRule(
        "R01c", 1, "a month far from what was expected", "medium", "M",
        "the source of the estimate, the inflow or wind of the month, and the outages", expected.unexpected_months,
    ),
    ReviewRule(
        "R02", 1, "copied steps", "high", "M",
        "the meter's own file of both times", digits.repeated,
    ),
    ReviewRule(
        "R03", 1, "stuck values", "medium", "M",
        "the meter's log of events in this time", digits.stuck,
    ),
    ReviewRule(
        "R04", 1, "round totals", "medium, high", "M",
        "the interval data behind the totals, and the resolution of the meter", digits.round_totals,
    ),
    ReviewRule(
        "R05", 1, "unequal last digits", "low", "M",
        "the meter's own file, before any spreadsheet", digits.last_digits,
    ),
    ReviewRule(
        "R06", 2, "sun at night", "medium, high", "C",
        "the zone and the meaning of the meter's time stamps", output.sun_at_night,
    ),
    ReviewRule(
        "R07", 1, "recorded long after the readings ended", "medium, high", "M",
        "the reason of the delay, and the settlement statement of the time", people.late_entries,
    ),
    ReviewRule(
        "R08", 1, "recorded before the last step ended", "critical", "C",
        "the meter's own record of the interval", people.before_end,
    ),
    ReviewRule(
        "R09", 1, "recorded shortly before the issuance", "medium", "M",
        "the meter file with the time of its download", people.hasty,
    ),
    ReviewRule(
        "R10", 1, "one name recorded and issued", "high", "M",
        "who reviewed the readings, and evidence of the review", people.one_person,
    ),
    ReviewRule(
        "R11", 1, "a doubtful approval", "medium, high", "M",
        "the appointment of the verifier, and the working papers of the approval", people.approvals,
    ),
    ReviewRule(
        "R12", 2, "time without readings", "medium, high", "M",
        "the logger's own record of the missing time", completeness.gaps,
    ),
    ReviewRule(
        "R13", 1, "energy that was divided and not metered", "medium, high", "C",
        "the meter of each plant, and interval data across the end of the year", completeness.divided,
    ),
    ReviewRule(
        "R14", 1, "many, unexplained or idle waivers", "medium, high", "M",
        "the document behind each waiver", waivers.waived_much,
    ),
    ReviewRule(
        "R15", 1, "corrections go one way", "medium, high", "M",
        "the reason of each correction, with a document of its own", corrections.one_way,
    ),
    ReviewRule(
        "R16", 1, "claimed energy without evidence", "medium, high", "M",
        "settlement statements or meter files of these entries", evidence.unsupported,
    ),
    ReviewRule(
        "R17a", 1, "a document shows the future", "critical", "C",
        "the documents of the later entries", evidence.older_than_steps,
    ),
    ReviewRule(
        "R17b", 1, "one document for several meters or devices", "high", "M",
        "the document, and its description in the ledger", evidence.several_devices,
    ),
    ReviewRule(
        "R17c", 1, "one document for a long time", "medium", "M",
        "the document, and its description in the ledger", evidence.long_spans,
    ),
    ReviewRule(
        "R18a", 1, "two series with equal steps", "critical, high", "M",
        "the meter's own file of each plant", devices.equal_series,
    ),
    ReviewRule(
        "R18b", 2, "several devices with one capacity factor, or one ratio", "medium", "C",
        "the basis of the division, and any meter of a plant of its own", ratios.divided_before,
    ),
    ReviewRule(
        "R19", 1, "two devices that may be one plant", "high", "M",
        "the site plan, the meters' serial numbers and the registrations of both", devices.same_plant,
    ),
    ReviewRule(
        "R20", 1, "retired for the issuing account, or for no stated purpose", "low, medium", "M",
        "the buyer's claim, and who is related to whom", units.self_retired,
    ),
    ReviewRule(
        "R21", 1, "claimed for another time than the production", "low, medium, high", "M",
        "the rule of the buyer's programme for the period of a claim", units.claim_periods,
    ),
    ReviewRule(
        "R22", 1, "a doubtful emission factor", "medium, high", "C",
        "the factor that the methodology prescribes for the period, and whether it is fixed ex ante", factors.doubtful,
    ),
    ReviewRule(
        "R23", 1, "units come back to a former holder", "medium, high", "M",
        "the contracts behind the transfers, and who is related to whom", units.round_trips,
    ),
    ReviewRule(
        "R24", 1, "voided several times, or issued again to another account", "medium, high", "M",
        "the reason of each voiding", units.repeated_voids,
    ),
    ReviewRule(
        "R25", 1, "units without energy behind them", "critical", "C",
        "the correction that took the energy away, and how the units will be replaced", units.unsupported,
    ),
    ReviewRule(
        "R26", 1, "the clock was set back", "medium", "C",
        "the log of the machine's clock", people.clock_set_back,
    ),
    ReviewRule(
        "R27", 1, "devices outside, wide margins, late registration", "low, medium", "M",
        "the register's record of the plant, and why it is outside, registered late, or has a wide margin",
        completeness.outside,
    ),
    ReviewRule(
        "R28", 1, "issued after the last day", "high", "S",
        "the issuer's exception", timing.after_deadline,
    ),
    ReviewRule(
        "R29", 1, "small projects that are one", "medium", "S",
        "the register of owners, the distance of the plants, and the projects' documents", bundles.debundled,
    ),
    ReviewRule(
        "R30", 1, "a calibration was late", "low, high", "P",
        "the certificates of calibration, and the error found", timing.uncalibrated,
    ),
    ReviewRule(
        "R31", 1, "a verifier's statement that no longer supports what was issued", "high, critical", "S",
        "what the verifier says to the entries that came later, and a new statement", verifications.weakened,
    ),
)  # fmt: skip


def flags_of(questions: Questions, parameters: ReviewParameters) -> Iterator[Flag]:
    """Every flag of every rule; causes of one rule with the same entries are one flag.

    Args:
        questions: The questions.
        parameters: The thresholds.
    """
    for rule in RULES:
        found: dict[str, list[Cause]] = {}
        for cause in rule.find(questions, parameters):
            found.setdefault(key_of(rule.id, rule.version, cause.cited), []).append(cause)
        for key, causes in found.items():
            yield _flag(questions, rule, key, causes)


def _flag(questions: Questions, rule: ReviewRule, key: str, causes: list[Cause]) -> Flag:
    """The flag of causes with the same entries."""
    ordered = sorted(causes, key=lambda item: (SEVERITIES.index(item.severity), item.subject, item.text))
    amounts: dict[str, int] = {}
    for cause in causes:
        for name, wh in cause.claimed_wh.items():
            amounts[name] = amounts.get(name, 0) + wh
    units = [cause.units for cause in causes if cause.units is not None]
    return Flag(
        rule=rule.id,
        version=rule.version,
        severity=ordered[0].severity,
        subject="; ".join(dict.fromkeys(item.subject for item in ordered)),
        cause="; ".join(dict.fromkeys(item.text for item in ordered)),
        entries=ordered[0].cited.first(),
        entry_count=ordered[0].cited.count,
        last_entry=ordered[0].cited.last,
        key=key,
        figures=tuple(dict.fromkeys(figure for item in ordered for figure in item.figures)),
        exposure_wh=sum(amounts.values()),
        exposure_units=max(units) if units else questions.units_of(amounts),
        ask=rule.ask,
    )
