"""Rules about emission factors: superseded ones, flags of their records, and missing places."""

from collections.abc import Iterator
from datetime import date
from fractions import Fraction

from attrs import define, field

from carbon_ledger.core import lookup
from carbon_ledger.core.pinned_zones import zone_of
from carbon_ledger.factors import EmissionFactor
from carbon_ledger.periods.zones import local_time
from carbon_ledger.review.causes import Amounts, Cause, add_to
from carbon_ledger.review.flags import HIGH, MEDIUM, Cited
from carbon_ledger.review.parameters import ReviewParameters
from carbon_ledger.review.questions import Questions


@define
class _Use:
    """The issuances that use one factor."""

    last_day: date
    cited: Cited = field(factory=Cited)
    claimed: Amounts = field(factory=dict)


def doubtful(questions: Questions, _: ReviewParameters) -> Iterator[Cause]:
    """R22: a factor that was superseded, has flags, or neither a digest nor a place."""
    adopted = [lookup.factor(questions.view, name) for name in sorted(questions.view.registrations("factor"))]
    for name, use in sorted(_uses(questions).items()):
        factor = lookup.factor(questions.view, name)
        severity, what, figures = MEDIUM, list[str](), list[tuple[str, int | str]]()
        for newer in adopted:
            if not supersedes(newer, factor):
                continue
            known = newer.published_at is not None and newer.published_at <= use.last_day
            severity = HIGH if known else severity
            units = sum(map(questions.units, use.claimed))
            what.append(f"{newer.factor_id} ({newer.value} {newer.unit}) supersedes it{_published(newer, known)}")
            if factor.number and newer.unit == factor.unit:
                ratio = Fraction(newer.number) / Fraction(factor.number)
                figures.append((f"units_at_{newer.factor_id}", units * ratio.numerator // ratio.denominator))
        if factor.flags:
            what.append(f"its record has the flags {', '.join(factor.flags)}")
        if factor.digest is None and factor.place is None:
            what.append("its record has neither a digest nor a place")
        if what:
            adopted_n = questions.view.registration("factor", name)
            cited = Cited([*use.cited, *([] if adopted_n is None else [adopted_n])])
            yield Cause(
                severity=severity,
                subject=f"factor {name}",
                text="; ".join(what),
                cited=cited,
                figures=tuple(figures),
                claimed_wh=use.claimed,
            )


def _published(newer: EmissionFactor, known: bool) -> str:
    if newer.published_at is None:
        return ""
    return f", published on {newer.published_at}, {'before' if known else 'after'} the last issuance"


def _uses(questions: Questions) -> dict[str, _Use]:
    found: dict[str, _Use] = {}
    for project in questions.projects:
        zone = zone_of(questions.view, questions.project(project).zone)
        for issuance in questions.issuances(project):
            name = questions.event(issuance.n).get("factor")
            if name is None:
                continue
            day = local_time(questions.recorded_utc(issuance.n), zone).date()
            use = found.setdefault(name, _Use(day))
            use.last_day = max(use.last_day, day)
            use.cited.add(issuance.n)
            add_to(use.claimed, {project: sum(part.net_wh for part in questions.claimed_parts(issuance))})
    return found


def supersedes(newer: EmissionFactor, factor: EmissionFactor) -> bool:
    """Whether a factor takes the place of another: it names it, or is a later revision of the same series.

    A field that a record does not have is equal to no field.
    """
    if newer.supersedes == factor.factor_id:
        return True
    if newer.series is None or newer.series != factor.series or newer.factor_id == factor.factor_id:
        return False
    if newer.revision is not None and factor.revision is not None:
        return newer.revision > factor.revision
    if newer.published_at is None or factor.published_at is None:
        return False
    return newer.published_at > factor.published_at
