"""Arguments of commands and queries, checked: evidence, times, roles and readings."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from carbon_ledger.core.entries.entry import recorded_text
from carbon_ledger.core.entries.events import ROLES
from carbon_ledger.core.entries.schema import DIGEST, compile_check
from carbon_ledger.core.timekeeping import second_of
from carbon_ledger.errors import MissingDataError, QuantityError, WaiverError
from carbon_ledger.exact import Rounding
from carbon_ledger.mappings import listed
from carbon_ledger.metering.readings import Readings, column_wh
from carbon_ledger.periods import Period, checked_period
from carbon_ledger.periods.instants import instant_text, instant_utc
from carbon_ledger.printing import quote
from carbon_ledger.units import duration_s, energy_wh
from carbon_ledger.waivers import Waiver, waivers_record

_is_digest: Final = compile_check(DIGEST)


def checked_evidence(evidence: object, name: str = "evidence") -> str | None:
    """The digest of a document, checked; ``None`` without evidence.

    Args:
        evidence: The digest.
        name: The name of the argument, for the message.

    Raises:
        QuantityError: *evidence* is not a digest as `digest_file` returns it.
    """
    if evidence is None:
        return None
    if not isinstance(evidence, str) or not _is_digest(evidence):
        raise QuantityError(
            f"{name} {quote(evidence)}: expected the digest of a document, 'sha256:' and 64 hexadecimal digits in "
            "lower case; pass cl.digest_file(path)"
        )
    return evidence


def required_evidence(evidence: object, what: str) -> str:
    """The digest of a document that a command requires, checked.

    Raises:
        MissingDataError: *evidence* is ``None``.
        QuantityError: *evidence* is not a digest as `digest_file` returns it.
    """
    found = checked_evidence(evidence)
    if found is None:
        raise MissingDataError(f"{what}: evidence is missing; pass the digest of the document, cl.digest_file(path)")
    return found


def checked_second(time: object) -> int:
    """The time that a query is about, cut to the second as the recorded times of actions are.

    Args:
        time: An aware `datetime`, or ISO 8601 text with its zone.

    Returns:
        The time. [s since 1970-01-01 UTC]

    Raises:
        NaiveTimeError: *time* has no zone.
        PeriodError: *time* is not a time.
    """
    if isinstance(time, datetime) and time.utcoffset() is not None:
        return second_of(recorded_text(time))
    return instant_utc(time, "at")


def checked_role(role: object) -> str:
    """The name of a role, checked.

    Raises:
        QuantityError: *role* is not a role.
    """
    if not isinstance(role, str) or role not in ROLES:
        raise QuantityError(f"role {quote(role)}: expected one of {', '.join(ROLES)}")
    return str(role)


def checked_recorded_time(time: object, name: str, zone: str | None = None) -> str:
    """A time to compare with recorded times, to the microsecond.

    Args:
        time: An aware `datetime`, ISO 8601 text with its zone, or a date of *zone*.
        name: The argument's name, for messages.
        zone: IANA zone of a date.

    Raises:
        NaiveTimeError: *time* has no zone.
        PeriodError: *time* is not a time.
    """
    if isinstance(time, datetime) and time.utcoffset() is not None:
        return recorded_text(time)
    return f"{instant_text(instant_utc(time, name, zone=zone))[:-1]}.000000Z"


def run_of_total(period: Period, net: object, gross: object, rounding: Rounding | None) -> Readings:
    """A run of one step, for a total over a period."""
    net_wh = energy_wh(net, "net", rounding=rounding)
    gross_wh = None if gross is None else (energy_wh(gross, "gross", rounding=rounding),)
    within = checked_period(period, "period")
    return Readings(within.start_utc, within.seconds, (net_wh,), gross_wh)


def run_of_column(start: object, step: object, net_wh: object, gross_wh: object, zone: str | None) -> Readings:
    """A run of equal steps, for a column of readings."""
    gross = None if gross_wh is None else column_wh(gross_wh, "gross_wh")
    net = column_wh(net_wh, "net_wh")
    return Readings(instant_utc(start, "start", zone=zone), duration_s(step, "step"), net, gross)


def checked_waivers(waivers: Iterable[Waiver] | Waiver) -> tuple[Waiver, ...]:
    """The waivers that a caller passed: none, one, or several.

    Raises:
        WaiverError: *waivers* contains something other than a `Waiver`.
    """
    items = (waivers,) if isinstance(waivers, Waiver) else listed(waivers if waivers is not None else ())
    if items is None or isinstance(waivers, str):
        raise WaiverError(f"waivers {quote(waivers)}: expected a list of Waiver(name, reason)")
    for item in items:
        if not isinstance(item, Waiver):
            raise WaiverError(f"waiver {quote(item)}: expected a Waiver(name, reason)")
    return items


def some_waivers(waivers: Iterable[Waiver] | Waiver) -> list[dict[str, str]] | None:
    """The waivers as an event contains them in an optional field; None if no waiver was passed.

    Raises:
        WaiverError: *waivers* contains something other than a `Waiver`.
    """
    return waivers_record(checked_waivers(waivers)) or None
