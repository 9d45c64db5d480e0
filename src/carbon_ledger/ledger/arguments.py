"""What callers may pass: evidence, times and roles, each checked once."""

from datetime import datetime
from typing import Final

from carbon_ledger.core.entries.entry import recorded_text
from carbon_ledger.core.entries.events import ROLES
from carbon_ledger.core.entries.schema import DIGEST, compile_check
from carbon_ledger.core.holdings.pieces import second_of
from carbon_ledger.errors import MissingDataError, QuantityError
from carbon_ledger.exact import Rounding
from carbon_ledger.metering.readings import Readings, column_wh
from carbon_ledger.periods import Period, checked_period
from carbon_ledger.periods.instants import instant_text, instant_utc
from carbon_ledger.printing import quote
from carbon_ledger.units import duration_s, energy_wh

_is_digest: Final = compile_check(DIGEST)


def checked_evidence(evidence: object) -> str | None:
    """Take the digest of a document, as `digest_file` gives it.

    Raises:
        QuantityError: *evidence* is no such digest.
    """
    if evidence is None:
        return None
    if not isinstance(evidence, str) or not _is_digest(evidence):
        raise QuantityError(
            f"evidence {quote(evidence)}: expected the digest of a document, 'sha256:' and 64 hexadecimal digits in "
            "lower case; cl.digest_file(path) gives it"
        )
    return evidence


def required_evidence(evidence: object, what: str) -> str:
    """Take the digest of a document that has to be there.

    Raises:
        MissingDataError: There is none.
        QuantityError: *evidence* is no such digest.
    """
    found = checked_evidence(evidence)
    if found is None:
        raise MissingDataError(f"{what}: without evidence; give the digest of the document, cl.digest_file(path)")
    return found


def checked_second(time: object) -> int:
    """Take a time that is asked about, cut to the second as actions cut theirs.

    Args:
        time: An aware `datetime`, or ISO 8601 text with its zone.

    Returns:
        The time. [s since 1970-01-01 UTC]

    Raises:
        NaiveTimeError: *time* has no zone.
        PeriodError: *time* is no time.
    """
    if isinstance(time, datetime) and time.utcoffset() is not None:
        return second_of(recorded_text(time))
    return instant_utc(time, "at")


def checked_role(role: object) -> str:
    """Take the name of a role.

    Raises:
        QuantityError: There is no such role.
    """
    if not isinstance(role, str) or role not in ROLES:
        raise QuantityError(f"role {quote(role)}: expected one of {', '.join(ROLES)}")
    return str(role)


def checked_recorded_time(time: object, name: str, zone: str | None = None) -> str:
    """Take a time that is compared with recorded ones, to the microsecond.

    Args:
        time: An aware `datetime`, ISO 8601 text with its zone, or a date of *zone*.
        name: What the time is, for the message.
        zone: IANA zone of a date.

    Raises:
        NaiveTimeError: *time* has no zone.
        PeriodError: *time* is no time.
    """
    if isinstance(time, datetime) and time.utcoffset() is not None:
        return recorded_text(time)
    return f"{instant_text(instant_utc(time, name, zone=zone))[:-1]}.000000Z"


def run_of_total(period: Period, net: object, gross: object, rounding: Rounding | None) -> Readings:
    """A total over a period: a run of one step."""
    net_wh = energy_wh(net, "net", rounding=rounding)
    gross_wh = None if gross is None else (energy_wh(gross, "gross", rounding=rounding),)
    within = checked_period(period, "period")
    return Readings(within.start_utc, within.seconds, (net_wh,), gross_wh)


def run_of_column(start: object, step: object, net_wh: object, gross_wh: object, zone: str | None) -> Readings:
    """A column of readings: a run of equal steps."""
    gross = None if gross_wh is None else column_wh(gross_wh, "gross_wh")
    net = column_wh(net_wh, "net_wh")
    return Readings(instant_utc(start, "start", zone=zone), duration_s(step, "step"), net, gross)
