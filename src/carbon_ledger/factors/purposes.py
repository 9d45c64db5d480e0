"""The purposes that a factor may be used for, and the refusals that a registry and a calculation share."""

from collections.abc import Iterable, Mapping
from datetime import date
from types import MappingProxyType
from typing import Final

from carbon_ledger.errors import FactorNotApplicableError
from carbon_ledger.factors.plausibility import outside_any_grid
from carbon_ledger.factors.record import KINDS, EmissionFactor
from carbon_ledger.periods import Period, checked_date
from carbon_ledger.periods.zones import Zone, local_time
from carbon_ledger.printing import one_of, quote
from carbon_ledger.waivers import Waiver, waived

# Operating and build margins are inputs of a combined margin, and are not used for crediting by themselves. The
# purpose "crediting" is for a baseline; the purpose "project-emissions" is for what a project itself emits.
PURPOSES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "crediting": ("combined_margin",),
        "project-emissions": ("combined_margin", "fuel", "reservoir"),
        "location-based": ("average_production", "average_consumption"),
        "market-based": ("residual_mix",),
    }
)

# The conservative choice among several numbers: the lowest baseline, the highest emissions. The opposite choice is
# refused if it would give more credits.
CONSERVATIVE: Final[Mapping[str, str]] = MappingProxyType(
    {"crediting": "lowest", "project-emissions": "highest", "location-based": "highest", "market-based": "highest"}
)
NOT_CONSERVATIVE: Final[Mapping[str, str]] = MappingProxyType({"crediting": "highest", "project-emissions": "lowest"})

Days = tuple[date, date]


def admitted_kinds(purpose: str) -> tuple[str, ...]:
    """The kinds of factor that a purpose admits.

    Raises:
        FactorNotApplicableError: *purpose* is not one of `PURPOSES`.

    Example:
        >>> admitted_kinds("crediting")
        ('combined_margin',)
    """
    if not isinstance(purpose, str) or purpose not in PURPOSES:
        raise FactorNotApplicableError(f"purpose {quote(purpose)}", f"expected {one_of(purpose, PURPOSES)}")
    return PURPOSES[purpose]


def kind_misfit(kind: str, purpose: str) -> str:
    """Why a kind does not suit a purpose, or an empty text if it does.

    Raises:
        FactorNotApplicableError: *purpose* is not one of `PURPOSES`, or *kind* is not one of `KINDS`.
    """
    admitted = admitted_kinds(purpose)
    if not isinstance(kind, str) or kind not in KINDS:
        raise FactorNotApplicableError(f"kind {quote(kind)}", f"expected {one_of(kind, KINDS)}")
    return "" if kind in admitted else f"purpose {purpose} admits {' or '.join(admitted)}, never {kind}"


def days_of(on: object, zone: Zone | None = None) -> Days:
    """The first and the last day of a period; of a single day, that day twice.

    The days of a period are local days of the period's zone, or of UTC if it has no zone: the validity of a factor is
    published in days, without a zone.

    Args:
        on: The period or the day.
        zone: The rules of the period's zone; by default, the installed rules.

    Raises:
        PeriodError: *on* is neither a period nor a date.

    Example:
        >>> first, last = days_of(Period.of("2023-08-25", "2024-04-29", zone="Asia/Baku"))
        >>> first.isoformat(), last.isoformat()
        ('2023-08-25', '2024-04-28')
    """
    if not isinstance(on, Period):
        day = checked_date(on, "on")
        return day, day
    rules = zone if zone is not None else on.zone or "UTC"
    return local_time(on.start_utc, rules).date(), local_time(on.end_utc - 1, rules).date()


def validity_misfit(factor: EmissionFactor, days: Days) -> str:
    """Why a factor is not valid on all days from the first to the last, or an empty text if it is."""
    first, last = days
    if factor.valid_from is not None and first < factor.valid_from:
        return f"valid from {factor.valid_from}, but needed on {first}"
    if factor.valid_to is not None and last > factor.valid_to:
        return f"valid to {factor.valid_to} (that day included), but needed on {last}"
    return ""


def technology_misfit(factor: EmissionFactor, technologies: Iterable[str]) -> str:
    """Which of some technologies a factor is not for, or an empty text if it is for all of them."""
    others = sorted({technology for technology in technologies if not factor.applies_to(technology)})
    return f"for {' and '.join(factor.technologies)}, not for {', '.join(others)}" if others else ""


def check_factor(
    factor: EmissionFactor,
    *,
    purpose: str,
    on: Period,
    region: str,
    technologies: Iterable[str],
    waivers: Iterable[Waiver] = (),
    zone: Zone | None = None,
) -> None:
    """Refuse a factor for a use that it does not suit.

    Args:
        factor: The factor.
        purpose: One of `PURPOSES`.
        on: The monitoring period; the factor must be valid on all of its days.
        region: The electricity system of the devices.
        technologies: Technologies of the devices.
        waivers: Waivers. ``factor-kind``, ``implausible-factor``, ``factor-region`` and ``expired-factor`` lift one
            refusal each; no waiver admits a factor for another technology.
        zone: The rules of the period's zone; by default, the installed rules.

    Raises:
        FactorNotApplicableError: The purpose does not admit the factor's kind; or the factor is not what any grid
            emits, is for another region or technology, is not valid in the whole period, or was withdrawn.

    Source:
        Domain rules, section 5: a lifecycle average is no baseline for credits. Ledger-model section 8a: a factor
        above 1.5 tCO2e/MWh or below 0 credits nothing.
    """
    listed = tuple(waivers)
    misfits = (
        ("factor-kind", kind_misfit(factor.kind, purpose)),
        ("factor-region", "" if factor.region == region else f"for {factor.region}, not for {region}"),
        ("", technology_misfit(factor, technologies)),
        ("expired-factor", validity_misfit(factor, days_of(on, zone)) or withdrawal_misfit(factor, None)),
    )
    oddity = outside_any_grid(factor)
    if oddity and not waived("implausible-factor", listed):
        raise FactorNotApplicableError(
            f"factor {factor}", f"{oddity}; {_way_out('implausible-factor')}", rule="implausible-factor"
        )
    for waiver, misfit in misfits:
        if misfit and not waived(waiver, listed):
            raise FactorNotApplicableError(f"factor {factor}", f"{misfit}; {_way_out(waiver)}", rule=waiver or None)


def withdrawal_misfit(factor: EmissionFactor, as_of: date | None) -> str:
    """Whether and when a factor was withdrawn, as known on a day or, with ``None``, today; empty if it was not."""
    if factor.withdrawn_at is None or (as_of is not None and as_of < factor.withdrawn_at):
        return ""
    return f"withdrawn by its publisher on {factor.withdrawn_at}"


def _way_out(waiver: str) -> str:
    if not waiver:
        return "use a factor for these technologies"
    return f"use another factor, or pass Waiver({quote(waiver)}, reason), which stays in the log"
